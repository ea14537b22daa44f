"""The example edges of deploy/, run for real in front of the service and of an application that knows no passwords.
Traefik and Envoy are in no Debian package: test_forward_auth.py asks as they do, test_edge_files.py reads their files."""

import json
import secrets
import socket
from urllib.parse import parse_qs, urlsplit

import pytest

from harness import edges
from harness.client import Client
from harness.daemon import wait_until
from harness.people import People
from harness.server import Server

HTML = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
FORGED = {
    "X-Auth-User": "00000000-0000-0000-0000-000000000000",
    "X-Auth-Role": "admin",
    "X-Auth-Aal": "2",
    "X-Auth-Session": "forged",
    "X-Auth-Token": "forged",
    "x-auth-email": "admin@example.org",
}
RESPELT = {"X_Auth_User": "forged", "X-Auth_Role": "admin", "X_Auth-Aal": "2", "X.Auth.User": "forged", "X-Auth.Role": "admin"}


class Site:
    def __init__(self, edge, service, app):
        self.edge, self.service, self.app = edge, service, app
        self.people = People(service)

    def visitor(self, signed_in: Client | None = None) -> Client:
        """A browser at the edge; with the session of one that signed in at the service."""
        client = Client(self.edge, checked=False)
        if signed_in:
            client.cookies.update(signed_in.cookies)
        return client


@pytest.fixture(scope="module", params=sorted(edges.EDGES))
def site(request, backend, tmp_path_factory):
    edge, app = edges.EDGES[request.param](), edges.ToyApp()
    settings = edge.settings | {"TOKEN_AUDIENCES": "reports", "MFA_REQUIRED_ROLES": "none"}
    service = Server(tmp_path_factory.mktemp(request.param), backend, settings).start()
    edge.before(service, app)
    yield Site(edge, service, app)
    edge.close()
    service.stop()
    app.stop()


def asked_back(reply) -> dict:
    """Where a redirect leads and what it says to the sign-in page."""
    assert reply.status == 302, reply
    location = urlsplit(reply.all("Location")[0])
    return {"page": f"{location.scheme}://{location.netloc}{location.path}"} | {
        name: values[0] for name, values in parse_qs(location.query).items()
    }


def is_closed(site, reply) -> None:
    assert reply.status >= 400, reply
    assert not site.app.seen, "the application was asked"


@pytest.fixture(autouse=True)
def nothing_seen(site):
    site.app.seen.clear()


# ASVS 8.2.1, 7.2.1
def test_nobody_gets_in_signed_out(site):
    for path in ("/", "/app", "/payments/1", "/backoffice/", "/reports/"):
        reply = site.visitor().get(path)
        is_closed(site, reply)
        assert reply.status == 401
    assert site.visitor().post("/app", {"a": 1}, headers=HTML).status == 401, "a form that is sent is no page load"


# ASVS 3.7.2
def test_a_page_load_goes_to_the_sign_in_page_and_comes_back(site):
    reply = site.visitor().get("/payments/new?to=ada&next=/x", headers=HTML)
    own = site.edge.settings["PUBLIC_URL"]
    assert asked_back(reply) == {
        "page": f"{own}/sign-in",
        "aal": "2",
        "max_age": "300",
        "return_to": f"{own}/payments/new?to=ada&next=/x",
    }
    assert asked_back(site.visitor().get("/app", headers=HTML)) == {"page": f"{own}/sign-in", "return_to": f"{own}/app"}
    assert not site.app.seen


def test_the_application_learns_who_is_there(site):
    client, account = site.people.signed_in()
    visitor = site.visitor(client)
    reply = visitor.get("/app?x=1&y=%2F")
    got = reply.json
    assert got["path"] == "/app?x=1&y=%2F"
    session = next(one["id"] for one in client.get("/auth/sessions").json["sessions"] if one["current"])
    assert edges.identity(got) == {
        "x-auth-user": account.id,
        "x-auth-role": "user",
        "x-auth-aal": "1",
        "x-auth-session": session,
    }


# ASVS 4.1.3: an intermediary's fields cannot be overridden by the end user
@pytest.mark.parametrize("path", ["/app", "/public/page"])
def test_what_a_client_says_of_itself_is_dropped(site, path):
    visitor = site.visitor(site.people.signed_in()[0])
    honest = visitor.get(path).json
    for name, value in (FORGED | RESPELT).items():
        assert edges.identity(visitor.get(path, headers={name: value}).json) == edges.identity(honest), name
    assert edges.identity(visitor.get(path, headers=FORGED | RESPELT).json) == edges.identity(honest)
    assert edges.identity(site.visitor().get("/public/page", headers=FORGED | RESPELT).json) == {}


# W3C Trace Context §7.2: the service believes the edge's, so a client must not be able to have the edge say it
def test_nobody_files_what_he_does_under_somebody_elses_trace(site):
    trace = secrets.token_hex(16)
    fields = {"Traceparent": f"00-{trace}-b7ad6b7169203331-01", "TraceState": "rojo=00f067aa0ba902b7"}
    visitor = site.visitor(site.people.signed_in()[0])
    for path in ("/app", "/public/page"):
        names = {name.lower() for name, _ in visitor.get(path, headers=fields).json["headers"]}
        assert not names & {"traceparent", "tracestate"}, path
    of_service = visitor.get("/auth/me", headers=fields).header("X-Request-Id")
    line = site.service.wait_for_log(lambda line: line.get("request_id") == of_service)
    assert line["trace_id"] == of_service and "foreign_trace_id" not in line
    assert trace not in site.service.log(), "what the edge asked about /app is of an earlier line"
    direct = Client(site.service).get("/auth/me", headers=fields | {"X-Forwarded-For": "203.0.113.9"}).header("X-Request-Id")
    assert (
        site.service.wait_for_log(lambda line: line.get("request_id") == direct)["trace_id"] == trace
    ), "from an edge it counts"


# ASVS 8.2.1, 7.5.3
def test_a_path_may_ask_for_a_second_factor(site):
    weak = site.visitor(site.people.signed_in()[0])
    reply = weak.get("/payments/1")
    is_closed(site, reply)
    assert reply.status == 403
    strong = site.visitor(site.people.with_totp()[0])
    assert edges.identity(strong.get("/payments/1").json)["x-auth-aal"] == "2"
    assert weak.get("/app").status == 200


# ASVS 8.2.1
def test_a_path_may_ask_for_a_role(site):
    user = site.visitor(site.people.with_totp()[0])
    reply = user.get("/backoffice/", headers=HTML)
    is_closed(site, reply)
    assert reply.status == 403, "no sign-in helps"
    staff = site.visitor(site.people.of_role("staff")[0])
    assert edges.identity(staff.get("/backoffice/").json)["x-auth-role"] == "staff"


def test_a_path_may_have_a_token_come_along(site):
    visitor = site.visitor(site.people.signed_in()[0])
    first = edges.identity(visitor.get("/reports/").json)["x-auth-token"]
    assert first.count(".") == 2
    assert edges.identity(visitor.get("/reports/2").json)["x-auth-token"] == first, "not signed anew each time"
    assert "x-auth-token" not in edges.identity(visitor.get("/app").json)


def test_bodies_go_to_the_application_alone(site):
    visitor = site.visitor(site.people.signed_in()[0])
    body = json.dumps({"text": "x" * 200_000}).encode()
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        reply = visitor.request(method, "/app", body=body, headers={"Content-Type": "application/json"})
        assert reply.status == 200, reply
        assert (reply.json["method"], reply.json["body"]) == (method, body.decode())
    encoded = visitor.request("POST", "/app", body=b"\x1f\x8b", headers={"Content-Encoding": "x-test"})
    assert encoded.status == 200 and encoded.json["body"] == "\x1f\x8b", "what a body is encoded in is not the edge's question"


# The application need not be trusted with a session
def test_the_application_does_not_get_the_session_itself(site):
    client = site.people.signed_in()[0]
    visitor = site.visitor(client)
    token = visitor.cookies["__Host-sid"]
    for before, after in (("", ""), ("a=1; ", ""), ("", "; b=2"), ("a=1; ", "; b=2")):
        reply = visitor.get("/app", cookies=f"{before}__Host-sid={token}; __Host-trusted=t{after}")
        cookie = {name.lower(): value for name, value in reply.json["headers"]}.get("cookie", "")
        assert token not in json.dumps(reply.json)
        pairs = dict(pair.split("=") for pair in cookie.replace(" ", "").split(";") if pair)
        own = {name: value for name, value in pairs.items() if not name.startswith("__Host-")}
        assert own == ({"a": "1"} if before else {}) | ({"b": "2"} if after else {})
        assert set(pairs.values()) - set(own.values()) <= {""}, "a cookie of the service with what it says"


# ASVS 15.3.7, attack 19
def test_a_doubled_session_cookie_lets_nobody_in(site):
    visitor = site.visitor(site.people.signed_in()[0])
    token = visitor.cookies["__Host-sid"]
    is_closed(site, visitor.get("/app", cookies=f"__Host-sid={token}; __Host-sid={token}"))


# ASVS 7.4.1
def test_a_session_that_ended_is_over_at_the_edge_at_once(site):
    client = site.people.signed_in()[0]
    visitor = site.visitor(client)
    assert visitor.get("/app").status == 200
    site.app.seen.clear()
    assert client.post("/auth/logout", csrf=True).status == 200
    is_closed(site, visitor.get("/app"))


def raw(site, lines: str) -> bytes:
    with socket.create_connection(("127.0.0.1", site.edge.port), timeout=10) as connection:
        connection.sendall(lines.encode("latin-1"))
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return answer


# Attack 43, attack 23, ASVS 8.2.1. A path without its last slash is the same page to many applications.
@pytest.mark.parametrize(
    "path",
    [
        "/payments",
        "/backoffice",
        "/payments?x=/",
        "/backoffice?",
        "/%62ackoffice",
        "/public/..;/backoffice/",
        "/public/%2e%2e/backoffice/",
        "/public/../backoffice/",
        "/public/..%2fbackoffice/",
        "/public/%252e%252e/backoffice/",
        "//backoffice/",
        "/public//../backoffice/",
        "/public\\..\\backoffice/",
        "/public/%5c../backoffice/",
        "/public;x=/backoffice/",
        "/backoffice%2f",
        "/public/./../backoffice/x",
        "/public/x%00/../backoffice",
    ],
)
def test_no_spelling_of_a_path_gets_around_its_rule(site, path):
    session = site.people.signed_in()[0].cookies["__Host-sid"]
    for method in ("GET", "POST"):
        answer = raw(
            site,
            f"{method} {path} HTTP/1.1\r\nHost: {site.edge.authority}\r\nCookie: __Host-sid={session}\r\n"
            "Content-Length: 0\r\nConnection: close\r\n\r\n",
        )
        assert int(answer.split()[1]) >= 300, answer
        assert not site.app.seen, site.app.seen


def test_the_bare_path_is_open_to_whom_its_rule_is_for(site):
    """Directly, or by way of the slash."""
    staff = site.visitor(site.people.of_role("staff")[0])
    for path in ("/payments", "/backoffice"):
        reply = staff.get(path)
        if reply.status == 301:
            reply = staff.get(urlsplit(reply.header("Location")).path)
        assert reply.status == 200 and reply.json["path"].rstrip("/") == path, reply


# Attack 43: DNS rebinding, and a host that the cookie is not for
def test_a_foreign_host_gets_nothing(site):
    session = site.people.signed_in()[0].cookies["__Host-sid"]
    for fields in ("Host: evil.test", f"Host: evil.test\r\nX-Forwarded-Host: {site.edge.authority}"):
        answer = raw(site, f"GET /app HTTP/1.1\r\n{fields}\r\nCookie: __Host-sid={session}\r\nConnection: close\r\n\r\n")
        assert not site.app.seen, answer


# ASVS 3.7.2, attack 22: open redirects
@pytest.mark.parametrize(
    "fields",
    [
        {"X-Forwarded-Host": "evil.test"},
        {"X-Forwarded-Uri": "//evil.test/"},
        {"X-Original-URL": "https://evil.test/"},
        {"X-Forwarded-Proto": "javascript"},
        {"X-Forwarded-Uri": "/\r\n Set-Cookie: a=b".replace("\r\n", "")},
        {"X-Forwarded-Method": "GET", "Forwarded": "host=evil.test"},
    ],
)
def test_forged_forwarding_leads_nobody_away(site, fields):
    own = site.edge.settings["PUBLIC_URL"]
    reply = site.visitor().get("/app?x", headers=HTML | fields)
    assert asked_back(reply) == {"page": f"{own}/sign-in", "return_to": f"{own}/app?x"}
    direct = site.visitor().get("/auth/verify?sign_in=redirect", headers=HTML | {"X-Forwarded-Method": "GET"} | fields)
    assert direct.status == 401 or asked_back(direct)["return_to"].startswith(own + "/"), direct


# ASVS 14.3.2: what says who somebody is must not stay anywhere
def test_refusals_are_kept_nowhere(site):
    for reply in (site.visitor().get("/app", headers=HTML), site.visitor().get("/auth/verify", headers=HTML)):
        assert reply.all("Cache-Control") in (["no-store"], []), reply
    assert site.visitor().get("/auth/verify").all("Cache-Control") == ["no-store"]


def test_large_headers_are_borne_or_refused(site):
    visitor = site.visitor(site.people.signed_in()[0])
    assert visitor.get("/app", headers={"X-Note": "x" * 6000}).status == 200
    site.app.seen.clear()
    cookie = visitor.cookies.header()
    many = "; ".join([cookie] + [f"c{i}={'x' * 3000}" for i in range(2)])
    assert visitor.get("/app", cookies=many).status == 200
    site.app.seen.clear()
    is_closed(site, visitor.get("/app", cookies=f"{cookie}; big={'x' * 30_000}"))


def test_connections_to_the_application_are_kept(site):
    visitor = site.visitor(site.people.signed_in()[0])
    site.app.connections.clear()
    for _ in range(20):
        assert visitor.get("/app").status == 200
    assert len(site.app.connections) < 5, site.app.connections


def test_all_that_is_the_services_goes_to_the_service(site):
    visitor = site.visitor(site.people.signed_in()[0])
    for path in edges.service_paths():
        visitor.get(path)
        assert not site.app.seen, f"the edge gives {path} to the application"


def test_the_service_itself_is_reached_through_the_edge(site):
    client = site.visitor()
    account = site.people.verified()
    assert client.post("/auth/login", account.credentials).status == 200
    assert client.get("/auth/me").json["id"] == account.id
    assert client.get("/.well-known/jwks.json").status == 200
    assert client.get("/auth/verify").status == 200
    assert edges.identity(client.get("/app").json)["x-auth-user"] == account.id


# ASVS 16.5.3: fail closed. Last, for it stops what the others need.
def test_zz_without_the_service_nobody_gets_in(site):
    visitor = site.visitor(site.people.signed_in()[0])
    assert visitor.get("/app").status == 200
    site.app.seen.clear()
    site.service.stop()
    try:
        for path in ("/app", "/payments/1", "/reports/"):
            reply = site.visitor(visitor).get(path, headers=HTML)
            is_closed(site, reply)
            assert reply.status >= 500, reply
        assert visitor.get("/public/x").status == 200
    finally:
        site.service.start()
    wait_until(lambda: visitor.get("/app").status == 200, "they get in again")
