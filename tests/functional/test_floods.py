"""Crowds that want places, not answers: connections, files, requests by the thousand (ASVS 15.2.2, attacks 24 to
27). Slow heads, slow bodies, slow readers: attacks/test_25_slow_clients.py; sign-ins: attacks/test_28_login_flood.py."""

import resource
import time
from contextlib import ExitStack
from pathlib import Path

from harness import process
from harness.people import People, fresh_email, fresh_password
from harness.raw import Closed, RawConnection, exchange, request

STRANGERS = [f"127.0.0.{number}" for number in range(20, 60)]


def asked(connection, server):
    return connection.send(request(server, "GET /health HTTP/1.1")).reply("GET", "/health")


def is_served(server, source="127.0.0.1", timeout=10) -> bool:
    try:
        with RawConnection(server, timeout, source) as connection:
            return asked(connection, server).status == 200
    except (Closed, OSError):
        return False


def wait_until_served(server, source="127.0.0.1", seconds=40):
    deadline = time.monotonic() + seconds
    while not is_served(server, source):
        assert time.monotonic() < deadline, "never recovered"
        time.sleep(0.05)


def memory_kib(server) -> int:
    lines = Path(f"/proc/{server.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def open_files(server) -> int:
    return len(list(Path(f"/proc/{server.pid}/fd").iterdir()))


def limit_open_files(soft: int, hard: int | None = None):
    """For preexec_fn."""
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard or soft))


# Connections of one address
def test_an_address_has_so_many_connections_and_no_more(start_server):
    server = start_server(HTTP_MAX_CONNECTIONS_PER_ADDRESS=4)
    with ExitStack() as held:
        mine = [held.enter_context(RawConnection(server, source="127.0.0.5")) for _ in range(4)]
        assert [asked(connection, server).status for connection in mine] == [200] * 4
        turned_away = held.enter_context(RawConnection(server, source="127.0.0.5"))
        assert turned_away.reply("GET", "/health").refusal == (503, "overloaded"), "before it has asked"
        assert turned_away.is_closed()
        assert is_served(server), "others are not meant"
        assert [asked(connection, server).status for connection in mine] == [200] * 4, "nor those that are open"
    wait_until_served(server, "127.0.0.5")


def test_trusted_proxies_have_no_such_limit(start_server):
    server = start_server(HTTP_MAX_CONNECTIONS_PER_ADDRESS=4, TRUSTED_PROXIES="127.0.0.5")
    with ExitStack() as held:
        crowd = [held.enter_context(RawConnection(server, source="127.0.0.5")) for _ in range(20)]
        assert [asked(connection, server).status for connection in crowd] == [200] * 20


# The cap on all connections: those that waited longest give way
def test_a_crowd_that_says_nothing_keeps_nobody_out(start_server):
    server = start_server(HTTP_MAX_CONNECTIONS=32, IO_THREADS=1)
    client, _ = People(server).signed_in()
    with ExitStack() as held:
        crowd = [held.enter_context(RawConnection(server, source=source)) for source in STRANGERS * 5]
        for connection in crowd[::2]:
            connection.send_tolerant(b"GET /health HTT")  # and this half is slow
        for _ in range(20):
            assert client.get("/auth/me").status == 200
            assert is_served(server)
        assert open_files(server) < 32 + 96, "the crowd's connections are gone"


def test_those_that_have_waited_longest_give_way_first(start_server):
    server = start_server(HTTP_MAX_CONNECTIONS=32, IO_THREADS=1)
    with ExitStack() as held:
        crowd = [held.enter_context(RawConnection(server, source=source)) for source in STRANGERS[:32]]
        assert [asked(connection, server).status for connection in crowd] == [200] * 32
        assert asked(crowd[0], server).status == 200, "so that the second has waited longest"
        assert is_served(server, "127.0.0.5")
        assert crowd[1].is_closed()
        assert asked(crowd[0], server).status == 200 and asked(crowd[31], server).status == 200


def test_a_proxys_connections_do_not_give_way(start_server):
    server = start_server(HTTP_MAX_CONNECTIONS=8, IO_THREADS=1, TRUSTED_PROXIES="127.0.0.5")
    with ExitStack() as held:
        crowd = [held.enter_context(RawConnection(server, source="127.0.0.5")) for _ in range(8)]
        assert [asked(connection, server).status for connection in crowd] == [200] * 8
        with RawConnection(server) as late:
            assert late.reply("GET", "/health").refusal == (503, "overloaded")
        assert [asked(connection, server).status for connection in crowd] == [200] * 8
    wait_until_served(server)


# Files
def test_the_soft_limit_of_open_files_is_raised(start_server):
    server = start_server(preexec_fn=limit_open_files(256, 2048))
    assert resource.prlimit(server.pid, resource.RLIMIT_NOFILE)[0] == 2048


def test_connections_leave_room_for_files(start_server):
    server = start_server(preexec_fn=limit_open_files(220), IO_THREADS=2)
    line = server.wait_for_log(lambda line: "HTTP_MAX_CONNECTIONS lowered" in line["message"])
    assert line["open_files"] == 220 and 16 <= line["connections"] <= 220 - 64
    people = People(server)
    client, account = people.signed_in()
    with ExitStack() as held:
        for source in STRANGERS * 6:
            held.enter_context(RawConnection(server, source=source))
        assert client.get("/auth/me").status == 200
        assert people.login(account.email, account.password).status == 200, "the stores have their files"
        assert open_files(server) < 220
    assert not any("accept failed" in line["message"] for line in server.log_lines())


def test_a_limit_that_leaves_no_room_stops_the_start(backend, tmp_path):
    settings = process.TEST_SETTINGS | backend.settings(tmp_path) | {"IO_THREADS": 2}
    result = process.command("serve", settings=settings, folder=tmp_path, preexec_fn=limit_open_files(70))
    assert result.returncode == 1 and "ulimit -Hn) is 70" in result.stderr


def test_running_out_of_files_is_survived(start_server):
    """Taken away while it runs, for it would not run out by itself."""
    server = start_server(IO_THREADS=1)
    client, _ = People(server).signed_in()
    soft, hard = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
    with ExitStack() as held:
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (open_files(server) + 3, hard))
        for source in STRANGERS:
            held.enter_context(RawConnection(server, source=source))
        server.wait_for_log(lambda line: line["message"] == "accept failed")
        wait_until_served(server)  # those that wait longest give way here too
        assert sum("accept failed" in line["message"] for line in server.log_lines()) < 10, "said, not shouted"
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (soft, hard))
        wait_until_served(server)
    assert client.get("/auth/me").status == 200


# Attack 24: many requests at once are answered in turn, with others' between
def test_thousands_of_pipelined_requests_keep_nobody_waiting(server, people):
    client, _ = people.signed_in()
    before = memory_kib(server)
    with RawConnection(server) as eager:
        eager.send(request(server, "GET /health HTTP/1.1") * 3000)
        assert client.get("/auth/me").status == 200
        assert all(eager.reply("GET", "/health").status == 200 for _ in range(3000))
    assert memory_kib(server) - before < 8 * 1024


def test_empty_lines_are_no_requests(server):
    with RawConnection(server) as connection:
        connection.send(b"\r\n" + request(server, "GET /health HTTP/1.1"))
        assert connection.reply("GET", "/health").status == 200
    reply, closed = exchange(server, b"\r\n" * 5000, "GET", "/health")
    assert reply.status == 400 and closed


# Attack 27: members whose names collide under libstdc++'s hash, which has no secret
def colliding_names(count: int) -> list[str]:
    """Pairs of blocks of eight letters: the second undoes what the first did to MurmurHash64A's state."""
    multiplier, mask, seed = 0xC6A4A7935BD1E995, 2**64 - 1, 0xC70F6907
    inverse = pow(multiplier, -1, 2**64)

    def mixed(block: int) -> int:
        block = block * multiplier & mask
        return (block ^ block >> 47) * multiplier & mask

    def unmixed(mix: int) -> int:
        mix = mix * inverse & mask
        return (mix ^ mix >> 47) * inverse & mask

    start = seed ^ 16 * multiplier & mask
    names, number = [], 0
    while len(names) < count:
        first = f"{number:08x}".encode()
        number += 1
        state = (start ^ mixed(int.from_bytes(first, "little"))) * multiplier & mask
        second = unmixed(state ^ 0x1234567).to_bytes(8, "little")  # any fixed state
        if all(0x20 <= byte < 0x7F and byte not in b'"\\' for byte in second):
            names.append((first + second).decode())
    return names


def test_colliding_members_are_read_like_others(client):
    names = colliding_names(600)
    members = "".join(f',"{name}":0' for name in names)
    body = f'{{"email":"{fresh_email()}","password":"{fresh_password()}"{members}}}'
    assert len(body) <= 16 * 1024
    headers = {"Content-Type": "application/json"}
    assert client.post("/auth/login", body=body.encode(), headers=headers).refusal == (401, "invalid_credentials")
    doubled = body[:-1] + f',"{names[0]}":1}}'
    assert client.post("/auth/login", body=doubled.encode(), headers=headers).refusal == (400, "invalid_json")
