"""Limits on head, body and connections (ASVS 4.2.1, attack 25). On time: attacks/test_25_slow_clients.py."""

import json
import time

import pytest

from harness import raw
from harness.daemon import wait_until
from harness.people import People
from harness.raw import RawConnection, exchange, request

KIB = 1024
HEAD_LIMIT, BODY_LIMIT, FIELD_LIMIT = 16 * KIB, 16 * KIB, 100
LOGIN = ("POST", "/auth/login")


def login(server, *fields, body=b""):
    return request(server, "POST /auth/login HTTP/1.1", "Content-Type: application/json", *fields, body=body)


def answer(server, data):
    """Without waiting for a close that does not come."""
    with RawConnection(server) as connection:
        return connection.send(data).reply(*LOGIN)


def padded_body(size):
    body = json.dumps({"email": "a@example.test", "password": "long enough", "padding": ""}).encode()
    return body[:-2] + b"x" * (size - len(body)) + body[-2:]


def test_a_body_of_16_kib_is_read(server):
    body = padded_body(BODY_LIMIT)
    assert len(body) == BODY_LIMIT
    reply = answer(server, login(server, f"Content-Length: {BODY_LIMIT}", body=body))
    assert reply.refusal == (401, "invalid_credentials")


# `Expect` is answered before the body is read
def test_expect_continue(server):
    body = padded_body(200)
    with RawConnection(server) as connection:
        connection.send(login(server, f"Content-Length: {len(body)}", "Expect: 100-continue"))
        interim = connection.reply(check=False)
        assert interim.status == 100
        assert connection.send(body).reply(*LOGIN).refusal == (401, "invalid_credentials")
    reply, closed = exchange(server, login(server, "Content-Length: 1000000", "Expect: 100-continue"), *LOGIN)
    assert reply.refusal == (413, "payload_too_large") and closed


def test_an_unknown_expectation_is_refused(server):
    reply, _ = exchange(server, login(server, "Content-Length: 2", "Expect: miracle", body=b"{}"), *LOGIN, closes_within=1)
    assert reply.status in (400, 417)


def test_a_chunked_body_is_read(server):
    body = padded_body(300)
    parts = (body[:7], body[7:200], body[200:], b"")
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    reply = answer(server, login(server, "Transfer-Encoding: chunked", body=chunks))
    assert reply.refusal == (401, "invalid_credentials")


def test_a_head_below_the_limit_is_read(server):
    padding = "x" * (HEAD_LIMIT - 400)
    with RawConnection(server) as connection:
        connection.send(request(server, "GET /health HTTP/1.1", f"X-Padding: {padding}"))
        assert connection.reply("GET", "/health").status == 200


@pytest.mark.parametrize(
    "line, field",
    [
        ("GET /health HTTP/1.1", "X-Padding: " + "x" * HEAD_LIMIT),
        ("GET /health?" + "x" * HEAD_LIMIT + " HTTP/1.1", "X: y"),
        ("GET /health HTTP/1.1", "x" * HEAD_LIMIT + ": y"),
        ("GET /health HTTP/1.1", "Cookie: " + "a=b; " * (HEAD_LIMIT // 5)),
    ],
    ids=["value", "target", "name", "cookies"],
)
def test_a_head_over_the_limit_is_refused(server, line, field):
    reply, closed = exchange(server, request(server, line, field), "GET", "/health")
    assert reply.refusal == (431, "headers_too_large") and closed


def test_an_endless_head_is_refused(server):
    with RawConnection(server) as connection:
        connection.send(f"GET /health HTTP/1.1\r\nHost: localhost:{server.port}\r\n")
        for number in range(2000):
            connection.send_tolerant(f"X-{number}: {'y' * 30}\r\n".encode())
        assert connection.reply("GET", "/health").refusal == (431, "headers_too_large")
        assert connection.is_closed()


def test_too_many_fields_are_refused(server):
    fields = [f"X-{number}: y" for number in range(FIELD_LIMIT - 1)]  # and Host
    with RawConnection(server) as connection:
        connection.send(request(server, "GET /health HTTP/1.1", *fields))
        assert connection.reply("GET", "/health").status == 200
    reply, closed = exchange(server, request(server, "GET /health HTTP/1.1", *fields, "One: more"), "GET", "/health")
    assert reply.refusal == (431, "headers_too_large") and closed


# Attack 25: connections beyond the cap do not starve those that ask; which of them give way: test_floods.py
def test_connections_beyond_the_cap_are_survived(start_server):
    server = start_server(HTTP_MAX_CONNECTIONS=8, IO_THREADS=1)  # of two, one may hold all of so few, and none of its own
    client, _ = People(server).signed_in()
    held = [RawConnection(server) for _ in range(40)]
    time.sleep(0.2)
    assert client.get("/auth/me").status == 200, "a connection that is open is served"
    for connection in held:
        connection.__exit__()
    wait_until(lambda: answers(server), "it has recovered")


def answers(server):
    try:
        with RawConnection(server) as connection:
            return connection.send(request(server, "GET /health HTTP/1.1")).reply("GET", "/health").status == 200
    except (raw.Closed, OSError):
        return False
