"""The log: JSON lines that no client can forge, one access line a request, never a secret (ASVS 16.2.1 to 16.4.1)."""

import pytest

from harness.client import Client
from harness.people import People, fresh_email, fresh_password
from harness.raw import RawConnection, request


@pytest.fixture
def own(start_server):
    return start_server()


@pytest.fixture
def behind_proxy(start_server):
    return start_server(TRUSTED_PROXIES="127.0.0.1")


def lines_of(server, request_id):
    server.wait_for_log(lambda line: line.get("request_id") == request_id)
    return [line for line in server.log_lines() if line.get("request_id") == request_id]


def test_one_access_line_a_request(own):
    client = Client(own)
    for reply in (client.get("/health"), client.get("/auth/me"), client.get("/nowhere"), client.post("/auth/me")):
        accesses = [line for line in lines_of(own, reply.header("X-Request-Id")) if line.get("status") == reply.status]
        assert len(accesses) == 1
        assert accesses[0]["level"] == "info"


def test_every_line_is_json_with_utc_time_and_level(own):
    reply = People(own).browser().get("/auth/me")
    lines_of(own, reply.header("X-Request-Id"))
    for line in own.log_lines():
        assert line["time"].endswith("Z") and line["message"]
        assert line["level"] in ("debug", "info", "warning", "error")


# W3C Trace Context: a trusted proxy's is taken over for correlation, begun anew where it is malformed
def test_the_lines_of_a_request_have_its_trace(behind_proxy):
    own = behind_proxy
    client, trace, caller = Client(own), "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    sound = client.get("/auth/me", headers={"traceparent": f"00-{trace}-{caller}-01", "tracestate": "rojo=00f067aa0ba902b7"})
    (line,) = lines_of(own, sound.header("X-Request-Id"))
    assert (
        line["trace_id"] == trace
        and len(line["span_id"]) == 16
        and line["span_id"] != caller
        and "foreign_trace_id" not in line
    )
    for malformed in (
        None,
        "",
        f"00-{'0' * 32}-{caller}-01",
        f"00-{trace}-{'0' * 16}-01",
        f"ff-{trace}-{caller}-01",
        f"00-{trace}-{caller}-01-x",
        trace,
        '00-"},{-forged-01',
    ):
        reply = client.get("/auth/me", headers={"traceparent": malformed})
        (line,) = lines_of(own, reply.header("X-Request-Id"))
        assert line["trace_id"] == line["request_id"] and "foreign_trace_id" not in line, malformed


# W3C Trace Context §7.2: nobody files what he does under the trace of somebody else's request
def test_a_strangers_trace_is_told_apart(own):
    trace = "0af7651916cd43dd8448eb211c80319c"
    reply = Client(own).get("/auth/me", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})
    (line,) = lines_of(own, reply.header("X-Request-Id"))
    assert line["trace_id"] == line["request_id"] and line["foreign_trace_id"] == trace


def test_a_fault_has_its_trace_too(behind_proxy):
    own, trace = behind_proxy, "4bf92f3577b34da6a3ce929d0e0e4736"
    own.execute("ALTER TABLE registrations RENAME TO registrations_gone")
    body = {"email": fresh_email(), "password": fresh_password()}
    reply = Client(own).post("/auth/register", body, headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-00"})
    assert reply.status >= 500
    own.wait_for_log(lambda line: line.get("request_id") == reply.header("X-Request-Id") and line["message"] == "request")
    lines = lines_of(own, reply.header("X-Request-Id"))
    assert {line["message"] for line in lines} == {"request failed", "request"}
    assert {line["trace_id"] for line in lines} == {trace} and len({line["span_id"] for line in lines}) == 1


def test_requests_refused_before_a_route_have_their_line(own):
    with RawConnection(own) as connection:
        reply = connection.send(b"GET /health HTTP/1.1\r\nBad : x\r\n\r\n").reply("GET", "/health")
    assert lines_of(own, reply.header("X-Request-Id"))


# ASVS 14.2.1, 16.2.5: no query, no body
def test_queries_are_not_logged(own):
    reply = Client(own).get("/auth/me?canary=do-not-log-queries")
    lines_of(own, reply.header("X-Request-Id"))
    assert "do-not-log-queries" not in own.log()


# ASVS 16.4.1
@pytest.mark.parametrize(
    "agent",
    [
        "esc\x1b[31mred",
        "bidi\u202egnp.exe",
        "tab\tand\x07bell",
        'quote"},{"level":"error',
        "next line\u0085\u2028",
        "\xff invalid",
    ],
    ids=["ESC", "U+202E", "BEL", "quotes", "line separators", "Latin-1"],
)
def test_a_user_agent_cannot_forge_or_repaint(own, agent):
    before = len(own.log_lines())
    encoding = "latin-1" if "invalid" in agent else "utf-8"
    body = b'{"email":"nobody@example.test","password":"%s"}' % fresh_password().encode()
    head = request(own, "POST /auth/login HTTP/1.1", "Content-Type: application/json", f"Content-Length: {len(body)}")
    head = head.replace(b"\r\n\r\n", b"\r\nUser-Agent: " + agent.encode(encoding) + b"\r\n\r\n")
    with RawConnection(own) as connection:
        reply = connection.send(head + body).reply("POST", "/auth/login")
        assert reply.status in (400, 401)
    lines_of(own, reply.header("X-Request-Id"))
    text = own.log()
    assert not any(sign in text for sign in "\x1b\x07\u202e\u0085\u2028")
    assert all("level" in line for line in own.log_lines()[before:])
    assert not any(line["level"] == "error" for line in own.log_lines())


@pytest.mark.parametrize("target", ["/%0d%0a%7b%22level%22:%22error%22%7d", "/\u202e", "/%1b[2J"], ids=ascii)
def test_a_path_cannot_forge_or_repaint(own, target):
    with RawConnection(own) as connection:
        reply = connection.send(request(own, f"GET {target} HTTP/1.1")).reply("GET", "/nowhere")
        assert reply.status in (400, 404)
    lines_of(own, reply.header("X-Request-Id"))
    assert "\u202e" not in own.log()
    assert not any(line["level"] == "error" for line in own.log_lines())


def test_fields_are_bounded(own):
    agent = "a" * 8 * 1024
    reply = Client(own, user_agent=agent).post("/auth/login", {"email": fresh_email(), "password": fresh_password()})
    long_path = Client(own).get("/" + "p" * 8 * 1024)
    for answer in (reply, long_path):
        lines_of(own, answer.header("X-Request-Id"))
    assert max(len(line) for line in own.log().splitlines()) < 4096
    assert agent not in own.log()


def test_what_a_person_sees_of_it_is_safe_too(own):
    """The agent as stored for the session list: bounded, and inert as JSON."""
    people = People(own)
    account = people.verified()
    client = people.sign_in(account, user_agent="a" * 8 * 1024)
    (session,) = client.get("/auth/sessions").json["sessions"]
    assert 0 < len(session["user_agent"]) <= 1024


def test_the_level_can_be_raised(start_server):
    server = start_server(LOG_LEVEL="error")
    client = Client(server)
    assert client.get("/health").status == 200
    server.stop()
    assert [line for line in server.log_lines() if line["level"] in ("info", "debug", "warning")] == []
