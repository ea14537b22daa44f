"""Attack 26: 16 KiB + 1, 1 GB declared, endless chunks, a gzip bomb, `Expect: 100-continue` -> 413 or 415 before the body
is read; on every route, with a body in its contract or without."""

import gzip
import zlib

import pytest

from harness.bodies import OPERATIONS, target
from harness.process import memory_of
from harness.raw import Closed, RawConnection, exchange, request

KIB = 1024
TOO_LARGE, NOT_JSON = (413, "payload_too_large"), (415, "unsupported_media_type")
LARGE = (
    "/auth/webauthn/register/finish",
    "/auth/webauthn/login/finish",
    "/auth/webauthn/signup/finish",
    "/auth/step-up/webauthn/finish",
)
UNSAFE = [route for route in OPERATIONS if route[0] != "GET"]
on_every_route = pytest.mark.parametrize("route", UNSAFE, ids=[" ".join(route) for route in UNSAFE])


def limit(route) -> int:
    return (64 if route[1] in LARGE else 16) * KIB


def head(server, route, *fields: str, body: bytes = b"") -> bytes:
    return request(server, f"{route[0]} {target(route)} HTTP/1.1", "Content-Type: application/json", *fields, body=body)


def refused(server, route, data: bytes, *expected) -> None:
    reply, closed = exchange(server, data, route[0], target(route))
    assert reply.refusal in (expected or (TOO_LARGE,)) and closed


# ASVS 4.2.1, attack 26: the head alone is sent: whoever waited for the body would not answer
@on_every_route
@pytest.mark.parametrize("more", [1, 10**9, 10**18])
def test_a_declared_size_is_refused_before_a_byte_of_the_body(server, route, more):
    refused(server, route, head(server, route, f"Content-Length: {limit(route) + more}"))


# ASVS 4.2.1, attack 26: no invitation to send it
@on_every_route
def test_nobody_is_told_to_go_on_with_what_is_too_much(server, route):
    with RawConnection(server) as connection:
        connection.send(head(server, route, f"Content-Length: {10**9}", "Expect: 100-continue"))
        assert connection.reply(*route, check=False).status == 413, "not 100"
        assert connection.is_closed()


# ASVS 4.2.1, attack 26
@on_every_route
def test_chunks_without_end_are_cut_off(server, route):
    with RawConnection(server) as connection:
        connection.send(head(server, route, "Transfer-Encoding: chunked"))
        for _ in range(4 * limit(route) // (4 * KIB)):
            connection.send_tolerant(b"1000\r\n" + b" " * 4 * KIB + b"\r\n")
        try:
            assert connection.reply(route[0], target(route)).refusal == TOO_LARGE
        except Closed:
            pass  # what was sent on after the refusal may reset the connection before it is read
        assert connection.is_closed()


# ASVS 4.2.1, attack 26: what costs little to send and much to keep count of
@pytest.mark.parametrize(
    "chunk",
    [b"1\r\n \r\n", b"1;" + b"x" * 1000 + b"\r\n \r\n", b"0000000000000001\r\n \r\n"],
    ids=["of one byte", "with extensions", "with zeros"],
)
def test_small_chunks_without_end_are_cut_off(server, chunk):
    with RawConnection(server) as connection:
        connection.send(head(server, ("POST", "/auth/login"), "Transfer-Encoding: chunked"))
        for _ in range(40):
            connection.send_tolerant(chunk * (8 * KIB // len(chunk)))
        try:
            assert connection.reply("POST", "/auth/login").refusal in (TOO_LARGE, (400, "invalid_request"))
        except Closed:
            pass
        assert connection.is_closed()


# ASVS 4.2.1, attack 26: to every byte of the limit and not one more
@pytest.mark.parametrize("path", ["/auth/login", "/auth/webauthn/login/finish"])
def test_one_byte_more_than_the_limit_is_too_much(server, client, path):
    def sent(size: int):
        return client.post(path, body=b"{" + b" " * (size - 2) + b"}", headers={"Content-Type": "application/json"})

    assert sent(limit(("POST", path))).refusal not in (TOO_LARGE, NOT_JSON)
    assert sent(limit(("POST", path)) + 1).refusal == TOO_LARGE


def bomb(pack) -> bytes:
    """Sixty-four megabytes that pack into a body of the size that is allowed."""
    packed = pack(b'{"email":"' + b"a" * (64 * KIB * KIB) + b'"}')
    return packed if len(packed) <= 16 * KIB else pack(b'{"email":"' + b"a" * (12 * KIB * KIB) + b'"}')


# ASVS 4.2.1, 5.2.3, attack 26: nothing is unpacked
@pytest.mark.parametrize(
    "coding", ["gzip", "x-gzip", "deflate", "br", "zstd", "identity, gzip", "gzip, identity", "GZIP", "compress", "aes128gcm"]
)
def test_a_packed_body_is_refused_unopened(server, coding):
    packed = bomb(zlib.compress if coding == "deflate" else gzip.compress)
    assert len(packed) <= 16 * KIB
    before = memory_of(server)
    for fields in ([f"Content-Length: {len(packed)}"], [f"Content-Length: {10**9}"]):
        data = head(server, ("POST", "/auth/login"), f"Content-Encoding: {coding}", *fields, "Connection: close", body=packed)
        reply, _ = exchange(server, data, "POST", "/auth/login")
        assert reply.refusal in (NOT_JSON, TOO_LARGE)
    assert memory_of(server) - before < 8 * KIB * KIB


# ASVS 4.2.1, attack 26: nor packed as a transfer coding, which is a doubtful framing
@pytest.mark.parametrize("coding", ["gzip", "gzip, chunked", "deflate, chunked", "chunked, gzip"])
def test_a_packed_transfer_is_refused(server, coding):
    packed = bomb(gzip.compress)
    chunk = b"%x\r\n%s\r\n0\r\n\r\n" % (len(packed), packed)
    data = head(server, ("POST", "/auth/login"), f"Transfer-Encoding: {coding}", body=chunk)
    reply, closed = exchange(server, data, "POST", "/auth/login")
    assert reply.refusal in ((400, "invalid_request"), NOT_JSON, (501, "not_implemented")) and closed
