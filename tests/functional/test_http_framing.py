"""Where a request ends is never in doubt (RFC 9112; ASVS 4.2.1, attacks 23 and 24)."""

import pytest

from harness.people import People
from harness.raw import Closed, RawConnection, exchange, request

HIDDEN = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
REFUSED = (400, "invalid_request")
JSON = "Content-Type: application/json"


def post(server, *fields, body=b""):
    return request(server, "POST /auth/login HTTP/1.1", JSON, *fields, body=body)


def get(server, *fields, line="GET /health HTTP/1.1", host=True):
    return request(server, line, *fields, host=host)


BAD_LENGTHS = {
    "CL.TE": ["Content-Length: 6", "Transfer-Encoding: chunked"],
    "TE.CL": ["Transfer-Encoding: chunked", "Content-Length: 6"],
    "two lengths": ["Content-Length: 2", "Content-Length: 3"],
    "two equal lengths": ["Content-Length: 2", "Content-Length: 2"],
    "list of lengths": ["Content-Length: 2, 2"],
    "signed length": ["Content-Length: +2"],
    "negative length": ["Content-Length: -1"],
    "hex length": ["Content-Length: 0x2"],
    "length with words": ["Content-Length: 2 bytes"],
    "empty length": ["Content-Length: "],
    "length beyond 64 bits": ["Content-Length: 99999999999999999999999999"],
    "unknown coding": ["Transfer-Encoding: gzip"],
    "chunked not last": ["Transfer-Encoding: chunked, gzip"],
    "chunked twice": ["Transfer-Encoding: chunked, chunked"],
    "TE.TE": ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"],
    "vertical tab": ["Transfer-Encoding: \vchunked"],
    "look-alike coding": ["Transfer-Encoding: xchunked"],
}


@pytest.mark.parametrize("fields", BAD_LENGTHS.values(), ids=BAD_LENGTHS.keys())
def test_a_doubtful_length_is_refused_and_the_connection_closed(server, fields):
    reply, closed = exchange(server, post(server, *fields, body=b"0\r\n\r\n" + HIDDEN.encode()), "POST", "/auth/login")
    too_much = {(413, "payload_too_large")} if "99999" in fields[0] else set()  # fits no integer: nonsense or too much
    assert reply.refusal in {REFUSED} | too_much
    assert closed, "and the hidden request was not answered"


BAD_CHUNKS = {
    "no hex": b"x\r\n", "sign": b"+2\r\n{}\r\n0\r\n\r\n", "0x": b"0x2\r\n{}\r\n0\r\n\r\n",
    "space": b"2 \n{}\r\n0\r\n\r\n",
    "too big": b"FFFFFFFFFFFFFFFFF\r\n", "no CRLF after data": b"2\r\n{}XX0\r\n\r\n", "bare LF": b"2\n{}\n0\n\n",
    "longer than said": b"1\r\n{}\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("body", BAD_CHUNKS.values(), ids=BAD_CHUNKS.keys())
def test_a_bad_chunk_is_refused_and_the_connection_closed(server, body):
    reply, closed = exchange(server, post(server, "Transfer-Encoding: chunked", body=body + HIDDEN.encode()),
                             "POST", "/auth/login")
    assert reply.status in (400, 413) and closed


def heads(server):
    host = f"Host: localhost:{server.port}"
    return {
        "obs-fold": f"GET /health HTTP/1.1\r\n{host}\r\nX-Folded: a\r\n b\r\n\r\n",
        "fold at once": f"GET /health HTTP/1.1\r\n {host}\r\n\r\n",
        "bare LF": f"GET /health HTTP/1.1\n{host}\n\n",
        "one bare LF": f"GET /health HTTP/1.1\r\n{host}\r\nX: y\nZ: z\r\n\r\n",
        "bare CR": f"GET /health HTTP/1.1\r\n{host}\r\nX: y\rZ: z\r\n\r\n",
        "NUL in value": f"GET /health HTTP/1.1\r\n{host}\r\nX: a\0b\r\n\r\n",
        "NUL in target": f"GET /health\0 HTTP/1.1\r\n{host}\r\n\r\n",
        "space before colon": f"GET /health HTTP/1.1\r\n{host}\r\nX : y\r\n\r\n",
        "no colon": f"GET /health HTTP/1.1\r\n{host}\r\nnonsense\r\n\r\n",
        "empty name": f"GET /health HTTP/1.1\r\n{host}\r\n: y\r\n\r\n",
        "name with bracket": f"GET /health HTTP/1.1\r\n{host}\r\nX(1): y\r\n\r\n",
        "two Hosts": f"GET /health HTTP/1.1\r\n{host}\r\n{host}\r\n\r\n",
        "no Host": "GET /health HTTP/1.1\r\n\r\n",
        "two spaces": f"GET  /health HTTP/1.1\r\n{host}\r\n\r\n",
        "tab": f"GET\t/health\tHTTP/1.1\r\n{host}\r\n\r\n",
        "HTTP/2 preface": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "HTTP/0.9": "GET /health\r\n\r\n",
        "HTTP/3.7": f"GET /health HTTP/3.7\r\n{host}\r\n\r\n",
        "lower-case version": f"GET /health http/1.1\r\n{host}\r\n\r\n",
        "no slash": f"GET health HTTP/1.1\r\n{host}\r\n\r\n",
        "TLS": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        "noise": "\xff\xfe\xfd\r\n\r\n",
    }


HEAD_NAMES = list(heads(type("Port", (), {"port": 1})()))


@pytest.mark.parametrize("name", HEAD_NAMES)
def test_a_malformed_head_is_refused_and_the_connection_closed(server, name):
    data = heads(server)[name].encode("latin-1")
    reply, closed = exchange(server, data, "GET", "/health")
    assert reply.refusal == REFUSED and closed


# Attack 23: absolute target with another authority, and h2c
def test_the_host_equals_that_of_an_absolute_target(server):
    line = f"GET http://localhost:{server.port}/auth/me HTTP/1.1"
    with RawConnection(server) as connection:
        reply = connection.send(get(server, line=line)).reply("GET", "/auth/me", check=False)
        assert reply.status in (400, 401), "understood, or refused: never another resource"
    reply, _ = exchange(server, get(server, line="GET http://evil.test/auth/me HTTP/1.1"), "GET", "/auth/me", timeout=1)
    assert reply.status == 400


def test_an_upgrade_to_h2c_is_not_taken(server):
    with RawConnection(server) as connection:
        connection.send(get(server, "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"))
        reply = connection.reply("GET", "/health")
        assert reply.status in (200, 400) and not reply.all("Upgrade")


# DNS rebinding (ASVS 13.4.5)
@pytest.mark.parametrize("host", ["evil.test", "evil.test:{port}", "localhost.evil.test:{port}", "",
                                  "169.254.169.254", "localhost:{port}.evil.test", "localhost:{port}:{port}",
                                  "localhost:{port}/x", "a@localhost:{port}", "localhost:x"])
def test_a_foreign_host_is_refused(client, host):
    for path in ("/auth/me", "/dev/mailbox", "/dev/mailbox/messages", "/auth/csrf", "/verify-email"):
        reply = client.get(path, headers={"Host": host.format(port=client.server.port)})
        assert reply.refusal == REFUSED, path


@pytest.mark.parametrize("host", ["localhost:{port}", "127.0.0.1:{port}", "[::1]:{port}", "LOCALHOST:{port}"])
def test_own_hosts_are_answered(client, host):
    headers = {"Host": host.format(port=client.server.port)}
    assert client.get("/auth/me", headers=headers).status == 401


def test_health_is_answered_for_any_host(client):
    """Probes of load balancers and orchestrators send what they like."""
    for path in ("/health", "/health/ready"):
        assert client.get(path, headers={"Host": "10.0.0.7:8000"}).status == 200


# Links are built from PUBLIC_URL (CS Forgot Password)
def test_forwarded_hosts_do_not_reach_the_mail(people, client):
    account = people.register()
    client.post("/auth/verify-email/resend", {"email": account.email}, headers={
        "X-Forwarded-Host": "evil.test", "Forwarded": "host=evil.test", "X-Forwarded-Proto": "https"})
    mails = people.mails(account.email, count=2)
    assert all("evil.test" not in mail["text"] + mail["html"] for mail in mails)


# Attack 24: answers come in order and belong to their own cookies
def test_pipelined_requests_are_answered_in_order_each_for_its_cookie(server, people):
    browsers = [people.signed_in() for _ in range(3)]
    order = [0, 1, 2, 1, 0, 2, 2, 0, 1] * 3
    with RawConnection(server) as connection:
        connection.send(b"".join(
            request(server, "GET /auth/me HTTP/1.1", f"Cookie: {browsers[number][0].cookies.header()}")
            for number in order))
        for number in order:
            assert connection.reply("GET", "/auth/me").json["email"] == browsers[number][1].email


def test_a_slow_pipelined_request_does_not_let_the_next_overtake(server, people):
    account = people.verified()
    body = b'{"email":"%s","password":"%s"}' % (account.email.encode(), account.password.encode())
    with RawConnection(server) as connection:
        connection.send(post(server, f"Content-Length: {len(body)}", body=body) + get(server))
        assert connection.reply("POST", "/auth/login").json["mfa_required"] is False
        assert connection.reply("GET", "/health").json == {"status": "ok"}


def test_a_malformed_pipelined_request_does_not_spoil_the_one_before(server):
    with RawConnection(server) as connection:
        connection.send(get(server) + b"GET /health HTTP/1.1\r\nBad : x\r\n\r\n" + get(server))
        assert connection.reply("GET", "/health").status == 200
        assert connection.reply("GET", "/health").refusal == REFUSED
        assert connection.is_closed()


def test_a_request_aborted_half_way_leaks_into_nobody_elses(server, people):
    client, account = people.signed_in()
    with RawConnection(server) as connection:
        connection.send(post(server, "Content-Length: 500", body=b'{"email":"left@example.test"'))
    assert client.get("/auth/me").json["email"] == account.email


def test_a_connection_is_kept_unless_told_otherwise(server):
    with RawConnection(server) as connection:
        for _ in range(5):
            assert connection.send(get(server)).reply("GET", "/health").status == 200
        closing = connection.send(get(server, "Connection: close")).reply("GET", "/health")
        assert closing.header("Connection").lower() == "close"
        assert connection.is_closed()


def test_http_1_0_is_closed_after_the_answer(server):
    with RawConnection(server) as connection:
        connection.send(get(server, line="GET /health HTTP/1.0"))
        assert connection.reply("GET", "/health").status == 200
        assert connection.is_closed()


def test_a_refusal_that_is_no_framing_error_keeps_the_connection(server):
    with RawConnection(server) as connection:
        assert connection.send(get(server, line="GET /nowhere HTTP/1.1")).reply("GET", "/nowhere").status == 404
        body = b"not json"
        connection.send(post(server, f"Content-Length: {len(body)}", body=body))
        assert connection.reply("POST", "/auth/login").refusal == (400, "invalid_json")
        assert connection.send(get(server)).reply("GET", "/health").status == 200


def test_half_a_request_and_a_close_gets_no_answer(server):
    with RawConnection(server) as connection:
        connection.send(b"GET /hea").end_sending()
        try:
            assert connection.reply("GET", "/health").status == 400
        except Closed:
            pass
    assert People(server).browser().get("/health").status == 200
