"""Attack 23: CL.TE, TE.CL, TE.TE, CL.0, chunk extensions, two Hosts, an absolute target, an upgrade to h2c -> 400 and
close; no answer to a hidden request (RFC 9112; ASVS 4.2.1)."""

import pytest

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
    "no hex": b"x\r\n",
    "sign": b"+2\r\n{}\r\n0\r\n\r\n",
    "0x": b"0x2\r\n{}\r\n0\r\n\r\n",
    "space": b"2 \n{}\r\n0\r\n\r\n",
    "too big": b"FFFFFFFFFFFFFFFFF\r\n",
    "no CRLF after data": b"2\r\n{}XX0\r\n\r\n",
    "bare LF": b"2\n{}\n0\n\n",
    "longer than said": b"1\r\n{}\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("body", BAD_CHUNKS.values(), ids=BAD_CHUNKS.keys())
def test_a_bad_chunk_is_refused_and_the_connection_closed(server, body):
    reply, closed = exchange(
        server, post(server, "Transfer-Encoding: chunked", body=body + HIDDEN.encode()), "POST", "/auth/login"
    )
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
    reply, _ = exchange(server, get(server, line="GET http://evil.test/auth/me HTTP/1.1"), "GET", "/auth/me", closes_within=1)
    assert reply.status == 400


def test_an_upgrade_to_h2c_is_not_taken(server):
    with RawConnection(server) as connection:
        connection.send(get(server, "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"))
        reply = connection.reply("GET", "/health")
        assert reply.status in (200, 400) and not reply.all("Upgrade")


def answers(server, data: bytes) -> list[int]:
    """The status of every answer that comes before the service closes, or before it waits for more."""
    seen = []
    with RawConnection(server) as connection:
        connection.send_tolerant(data)
        connection.end_sending()
        try:
            while True:
                seen.append(connection.reply(check=False).status)
        except (Closed, TimeoutError):
            return seen


# ASVS 4.2.1, attack 23: CL.0, a body where a route takes none; it is its own request's and nobody else's
@pytest.mark.parametrize(
    "line, path",
    [
        ("GET /health HTTP/1.1", "/health"),
        ("GET /auth/me HTTP/1.1", "/auth/me"),
        ("GET /nowhere HTTP/1.1", "/nowhere"),
        ("HEAD /health HTTP/1.1", "/health"),
        ("OPTIONS /auth/login HTTP/1.1", "/auth/login"),
        ("POST /auth/logout HTTP/1.1", "/auth/logout"),
        ("GET /assets/page.css HTTP/1.1", "/assets/page.css"),
    ],
)
@pytest.mark.parametrize("coding", ["length", "chunked"])
def test_a_body_that_nobody_asked_for_hides_no_request(server, line, path, coding):
    hidden = HIDDEN.replace("localhost", f"localhost:{server.port}").encode()
    fields, body = [f"Content-Length: {len(hidden)}"], hidden
    if coding == "chunked":
        fields, body = ["Transfer-Encoding: chunked"], b"%x\r\n%s\r\n0\r\n\r\n" % (len(hidden), hidden)
    with RawConnection(server) as connection:
        connection.send(request(server, line, *fields, body=body))
        connection.reply(line.split(" ")[0], path, check=False)
        connection.end_sending()
        with pytest.raises(Closed):
            connection.reply(check=False)


# ASVS 4.2.1, attack 23: an extension of a chunk, and fields behind the last one, end nothing early
EXTENSIONS = {
    "an extension": b"2;x=y\r\n{}\r\n0\r\n\r\n",
    "a quoted one": b'2;x="y;z"\r\n{}\r\n0\r\n\r\n',
    "one with a line feed": b"2;x=\n{}\r\n0\r\n\r\n",
    "one with a bare carriage return": b"2;x=\r{}\r\n0\r\n\r\n",
    "an endless one": b"2;" + b"x" * 20000 + b"\r\n{}\r\n0\r\n\r\n",
    "one that hides a head": b"2;\nGET /health HTTP/1.1\r\nHost: localhost\r\n\r\n{}\r\n0\r\n\r\n",
    "a trailer": b"2\r\n{}\r\n0\r\nX: y\r\n\r\n",
    "a length in the trailer": b"2\r\n{}\r\n0\r\nContent-Length: 50\r\n\r\n",
    "a coding in the trailer": b"2\r\n{}\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n",
    "a Host in the trailer": b"2\r\n{}\r\n0\r\nHost: evil.test\r\n\r\n",
    "zeros in front": b"0000000000000000002\r\n{}\r\n0\r\n\r\n",
    "a last chunk that only looks empty": b"2\r\n{}\r\n00x\r\n\r\n",
    "a last chunk with a sign": b"2\r\n{}\r\n-0\r\n\r\n",
}


# RFC 9112 §7.1.1 has unknown extensions ignored: what is in form is read, to its end and not further.
@pytest.mark.parametrize("body", EXTENSIONS.values(), ids=EXTENSIONS.keys())
def test_a_chunk_ends_where_it_says(server, body):
    hidden = HIDDEN.replace("localhost", f"localhost:{server.port}").encode()
    seen = answers(server, post(server, "Transfer-Encoding: chunked", body=body) + hidden)
    assert seen in ([422, 200], [400], [413]), "whole and then the next, or refused and closed"


# ASVS 4.2.1, attack 23: what comes behind the body says nothing about the request (RFC 9110 §6.5.1)
def test_a_trailer_is_no_head(people, server):
    client, _ = people.signed_in()
    trailers = [f"Cookie: {client.cookies.header()}", f"X-CSRF-Token: {client.cookies['csrf_token']}"]
    body = b"2\r\n{}\r\n0\r\n" + "\r\n".join(trailers).encode() + b"\r\n\r\n"
    for fields, refused in (([], 401), (trailers[:1], 403)):
        data = request(
            server,
            "POST /auth/step-up/password HTTP/1.1",
            JSON,
            *fields,
            "Transfer-Encoding: chunked",
            "Connection: close",
            body=body,
        )
        assert exchange(server, data, "POST", "/auth/step-up/password")[0].status in (400, refused)


# ASVS 4.2.1, attack 23: near variants of the coding's name, over which a proxy and a server may disagree
@pytest.mark.parametrize(
    "field",
    [
        "Transfer-Encoding: chunked ",
        "Transfer-Encoding:chunked",
        "transfer-encoding: CHUNKED",
        "Transfer-Encoding: Chunked, identity",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: ,chunked",
        "Transfer-Encoding: chunked,",
        "Transfer-Encoding: chunked;q=1",
        'Transfer-Encoding: "chunked"',
        "Transfer-Encoding: chun\tked",
        "Transfer-Encoding: chunked\x85",
        "Transfer-Encoding\t: chunked",
        "X: y\nTransfer-Encoding: chunked",
        "Transfer_Encoding: chunked",
        "Transfer-Encoding: x\r\n chunked",
        "Transfer-Encoding: chunked\r\nTransfer-encoding: chunked",
        "Transfer-Encoding: \u017fchunked",
    ],
    ids=ascii,
)
def test_a_length_beside_any_coding_is_refused_or_the_coding_is_no_coding(server, field):
    """With both, the shorter reading leaves the hidden request behind: it must never be answered."""
    hidden = HIDDEN.replace("localhost", f"localhost:{server.port}").encode()
    seen = answers(server, post(server, f"Content-Length: {5 + len(hidden)}", field, body=b"0\r\n\r\n" + hidden))
    assert seen == [400], "the body is 0 CRLF CRLF and more: no JSON where the field means nothing"


# ASVS 4.2.1, attack 23
@pytest.mark.parametrize(
    "fields",
    [
        ["Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA"],
        [
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version: 13",
        ],
        ["Upgrade: TLS/1.2", "Connection: Upgrade"],
    ],
    ids=["h2c", "websocket", "TLS"],
)
def test_no_other_protocol_is_spoken(server, fields):
    with RawConnection(server) as connection:
        connection.send(get(server, *fields, line="GET /auth/me HTTP/1.1"))
        reply = connection.reply("GET", "/auth/me")
        assert reply.status in (400, 401) and not reply.all("Upgrade")
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
    assert set(answers(server, get(server, *fields) + preface)) <= {200, 400}, "never a frame"


# ASVS 4.2.1, attack 23: who is asked is never in doubt
@pytest.mark.parametrize(
    "line, fields",
    [
        ("GET http://evil.test/auth/me HTTP/1.1", ["Host: {own}"]),
        ("GET http://{own}/auth/me HTTP/1.1", ["Host: evil.test"]),
        ("GET http://{own}@evil.test/auth/me HTTP/1.1", ["Host: {own}"]),
        ("GET //evil.test/auth/me HTTP/1.1", ["Host: {own}"]),
        ("GET /auth/me HTTP/1.1", ["Host: {own}", "host: {own}"]),
        ("GET /auth/me HTTP/1.1", ["Host: {own}", "Host: evil.test"]),
        ("GET /auth/me HTTP/1.1", ["Host: {own}, evil.test"]),
        ("GET /auth/me HTTP/1.1", ["Host: evil.test", "X-Forwarded-Host: {own}"]),
        ("GET /auth/me HTTP/1.1", ["Host: {own} evil.test"]),
        ("GET evil.test:80 HTTP/1.1", ["Host: {own}"]),
        ("CONNECT {own} HTTP/1.1", ["Host: {own}"]),
        ("GET file:///etc/passwd HTTP/1.1", ["Host: {own}"]),
        ("GET * HTTP/1.1", ["Host: {own}"]),
    ],
    ids=ascii,
)
def test_no_request_is_for_somebody_else(people, server, line, fields):
    client, _ = people.signed_in()
    own = f"localhost:{server.port}"
    lines = [field.replace("{own}", own) for field in fields] + [f"Cookie: {client.cookies.header()}"]
    data = request(server, line.replace("{own}", own), *lines, "Connection: close", host=False)
    reply, _ = exchange(server, data, "GET", "/nowhere")
    assert reply.status in (400, 404, 405) and b"@example.test" not in reply.body
