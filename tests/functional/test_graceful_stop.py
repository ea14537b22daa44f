"""SIGTERM: finish what is in flight, take nothing new, end in bounded time with 0."""

import threading
import time

import pytest

from harness.client import Client
from harness.daemon import wait_until
from harness.people import People
from harness.process import cpu_seconds
from harness.raw import Closed, RawConnection, request

# Hashing gives way to all else: on a busy machine it takes longer than the usual grace.
SLOW_HASH = {
    "ARGON2_TIME_COST": 30,
    "ARGON2_MEMORY_COST": 65536,
    "HASH_QUEUE_MAX_WAIT_MS": 30000,
    "SHUTDOWN_GRACE_SECONDS": 50,
}


class Patient(Client):
    """For as long as such a hash may take."""

    def __init__(self, server, **options):
        super().__init__(server, **{"timeout": 60} | options)


def begin_sign_in(people, account):
    """A sign-in whose hash is being computed: (its thread, where its answer will be)."""
    before, replies = cpu_seconds(people.server), []
    login = threading.Thread(target=lambda: replies.append(people.login(account.email, account.password)))
    login.start()
    wait_until(lambda: cpu_seconds(people.server) > before + 0.1, "the hash is under way")
    assert not replies, "the hash is too cheap for this test"
    return login, replies


def stopped_within(server, seconds):
    begin = time.monotonic()
    assert server.wait() == 0
    assert time.monotonic() - begin < seconds


# Server.stop() asserts exit 0 after every test of the suite; here with work in flight.
def test_a_request_in_flight_is_answered(start_server):
    server = start_server(**SLOW_HASH)
    people = People(server, Patient)
    login, replies = begin_sign_in(people, people.verified())
    server.terminate()
    login.join(60)
    assert server.wait() == 0
    assert [reply.status for reply in replies] == [200]
    assert replies[0].header("Connection").lower() == "close"


def test_nothing_new_is_taken(start_server):
    server = start_server(**SLOW_HASH)
    people = People(server, Patient)
    login, _ = begin_sign_in(people, people.verified())
    server.terminate()
    wait_until(lambda: not _connects(server), "it takes no connections any more")
    login.join(60)
    assert server.wait() == 0


def _connects(server):
    try:
        with RawConnection(server, timeout=1) as connection:
            connection.send(request(server, "GET /health HTTP/1.1")).reply("GET", "/health", check=False)
            return True
    except (OSError, Closed):
        return False


def test_idle_connections_do_not_hold_it_up(start_server):
    server = start_server(SHUTDOWN_GRACE_SECONDS=30)
    connections = [RawConnection(server) for _ in range(20)]
    for connection in connections[:10]:
        assert connection.send(request(server, "GET /health HTTP/1.1")).reply("GET", "/health").status == 200
    server.terminate()
    stopped_within(server, 25)
    assert all(connection.is_closed() for connection in connections)


@pytest.mark.parametrize(
    "half",
    [b"GET /health HTTP/1.1\r\nHost: loc", b"POST /auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"],
    ids=["half a head", "half a body"],
)
def test_a_request_that_never_ends_does_not_hold_it_up(start_server, half):
    server = start_server(SHUTDOWN_GRACE_SECONDS=1, HTTP_HEAD_TIMEOUT_SECONDS=60, HTTP_BODY_TIMEOUT_SECONDS=60)
    with RawConnection(server) as connection:
        connection.send(half)
        time.sleep(0.1)
        server.terminate()
        stopped_within(server, 25)


def test_a_client_that_does_not_read_does_not_hold_it_up(start_server):
    server = start_server(SHUTDOWN_GRACE_SECONDS=1)
    with RawConnection(server) as connection:
        connection.send_tolerant(request(server, "GET /verify-email HTTP/1.1") * 50)
        server.terminate()
        stopped_within(server, 25)


def test_a_second_sigterm_is_no_crash(start_server):
    server = start_server()
    server.terminate()
    if server.is_running:
        server.terminate()
    assert server.wait() in (0, -15)


def test_the_mail_of_an_answered_registration_is_there_after_a_stop(start_server):
    server = start_server()
    account = People(server).register()
    server.restart()
    people = People(server)
    assert people.verify(people.token(account.email)).status == 200
