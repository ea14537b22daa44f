"""Attack 25: a slow head, a slow body, unread answers, idle connections -> closed in time; /auth/me within its bound
(ASVS 4.2.1, 15.2.2). Ten thousand connections, and that bound: bench/attack; who gives way to whom: test_floods.py."""

import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from harness.client import Client
from harness.people import People
from harness.raw import RawConnection, request
from harness.server import Server

IDLE = 500


@pytest.fixture(scope="module")
def impatient(backend, tmp_path_factory):
    settings = {"HTTP_HEAD_TIMEOUT_SECONDS": 1, "HTTP_BODY_TIMEOUT_SECONDS": 1, "HTTP_IDLE_TIMEOUT_SECONDS": 1}
    running = Server(tmp_path_factory.mktemp("impatient"), backend, settings).start()
    yield running
    running.stop()


def trickle(connection, byte, every=0.2, seconds=3.0):
    """Sends a byte now and then, until the time is over or the service has closed."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        connection.send_tolerant(byte)
        time.sleep(every)
        yield


# Trickling does not extend the time
def test_a_slow_head_is_answered_with_408(impatient):
    with RawConnection(impatient) as connection:
        connection.send(f"GET /health HTTP/1.1\r\nHost: localhost:{impatient.port}\r\nX-Slow: ")
        for _ in trickle(connection, b"x", seconds=0.8):
            pass
        assert connection.reply("GET", "/health").refusal == (408, "request_timeout")
        assert connection.is_closed()


def test_a_slow_body_is_answered_with_408(impatient):
    with RawConnection(impatient) as connection:
        fields = ("Content-Type: application/json", "Content-Length: 1000")
        connection.send(request(impatient, "POST /auth/login HTTP/1.1", *fields, body=b'{"email":"'))
        for _ in trickle(connection, b"x", seconds=0.8):
            pass
        assert connection.reply("POST", "/auth/login").refusal == (408, "request_timeout")
        assert connection.is_closed()


def test_an_idle_connection_is_closed_without_an_answer(impatient):
    with RawConnection(impatient) as fresh, RawConnection(impatient) as used:
        used.send(request(impatient, "GET /health HTTP/1.1"))
        assert used.reply("GET", "/health").status == 200
        assert used.is_closed()
        assert fresh.is_closed()


def test_whoever_asks_is_served_beside_a_crowd_that_waits(start_server):
    server = start_server(HTTP_IDLE_TIMEOUT_SECONDS=2)  # a head and a body have the time that a busy machine may need
    client, _ = People(server).signed_in()
    with ExitStack() as held:
        crowd = [held.enter_context(RawConnection(server, source=f"127.0.0.{20 + number % 40}")) for number in range(IDLE)]
        assert all(client.get("/auth/me").status == 200 for _ in range(20))
        assert all(connection.is_closed() for connection in crowd), "each in its time"
        assert client.get("/auth/me").status == 200


def memory_kib(server) -> int:
    lines = Path(f"/proc/{server.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


# Answers that nobody takes
def test_unread_answers_are_not_kept(start_server):
    server = start_server(HTTP_WRITE_TIMEOUT_SECONDS=1)
    before = memory_kib(server)
    with RawConnection(server, timeout=1) as greedy:
        taken = send_until_refused(greedy, request(server, "GET /dev/mailbox HTTP/1.1") * 100)
        assert taken < 32 * 2**20, "the service stops reading who does not read"
        assert greedy.is_cut_off(), "and does not wait for ever"
    assert memory_kib(server) - before < 8 * 1024
    assert Client(server).get("/health").status == 200


def send_until_refused(connection, data: bytes) -> int:
    sent = 0
    try:
        while sent < 64 * 2**20:
            connection.send(data)
            sent += len(data)
    except (TimeoutError, ConnectionError):
        pass
    return sent
