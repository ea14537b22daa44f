"""Restarts that no client notices: by a passed socket, by a shared port, behind a load balancer (docs/operations.md)."""

import http.client
import os
import signal
import threading
import time

import pytest

from harness.daemon import wait_until
from harness.generations import Generation, Steady, listener
from harness.instances import Instances
from harness.people import People
from harness.ports import free_port
from harness.server import Server

HANDOVERS = int(os.environ.get("SECUREAUTH_HANDOVERS", "4"))  # docs/deployment.md tells of 100


@pytest.fixture
def service(backend, tmp_path):
    return Server(tmp_path / "service", backend, {"SHUTDOWN_IDLE_TIMEOUT_MS": None})


def accounts_of(service, count=4):
    """Made by a process of its own, which is gone afterwards."""
    service.start()
    made = [People(service).verified() for _ in range(count)]
    service.stop()
    return made


def status_of(port, path, authority):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": authority})
        reply = connection.getresponse()
        reply.read()
        return reply.status, reply.headers.get("Connection")
    finally:
        connection.close()


@pytest.mark.sqlite_only  # what both processes share matters most there
@pytest.mark.parametrize("threads", [1, 3])
def test_a_passed_socket_outlives_its_processes(service, threads):
    accounts = accounts_of(service)
    service.settings["IO_THREADS"] = threads
    with listener(service.port) as passed:
        old = Generation(service, passed).ready()
        with Steady(lambda: service.port, service.authority, accounts) as load:
            for turn in range(HANDOVERS):
                load.goes_on()
                if turn % 2:  # as `systemctl restart` does: nobody serves meanwhile, and who comes waits
                    old.end()
                    old = Generation(service, passed).ready()
                else:
                    new = Generation(service, passed).ready()
                    old.end()
                    old = new
                load.goes_on()
        old.end()
    assert load.failed == []


@pytest.mark.sqlite_only
@pytest.mark.parametrize("threads", [[1] * HANDOVERS, [2] * HANDOVERS, [1, 2, 3, 3]], ids=["one", "two", "more each time"])
def test_a_shared_port_is_handed_over(service, threads):
    accounts = accounts_of(service)
    service.settings |= {"LISTEN_REUSE_PORT": "true", "METRICS_LISTEN": f"127.0.0.1:{free_port()}"}
    old = Generation(service, IO_THREADS=threads[0]).ready()
    with Steady(lambda: service.port, service.authority, accounts) as load:
        for count in threads:
            load.goes_on()
            new = Generation(service, IO_THREADS=count).ready()
            old.end()
            old = new
            load.goes_on()
    old.end()
    assert load.failed == []


def test_a_port_is_not_shared_unless_both_say_so(service):
    service.settings["LISTEN_REUSE_PORT"] = "true"
    old = Generation(service).ready()
    second = Server(service.folder.parent / "second", service.backend, {"PORT": service.port})
    result = second.command("serve")
    assert result.returncode == 1 and str(service.port) in result.stderr
    old.end()


def test_a_process_that_ends_alone_closes_its_port(service):
    service.settings |= {"LISTEN_REUSE_PORT": "true", "IO_THREADS": "2"}
    Generation(service).ready().end()
    with pytest.raises(ConnectionRefusedError):
        status_of(service.port, "/health", service.authority)


class Balancer:
    """Asks every instance whether it is ready, as load balancers do, and sends nobody to one that is not."""

    def __init__(self, members):
        self._members, self._turn, self._done = members, 0, threading.Event()
        self._ready = list(members)
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self._thread.join()

    def _is_ready(self, member):
        try:
            return status_of(member.port, "/health/ready", member.authority)[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def _watch(self):
        while not self._done.wait(0.05):
            ready = [member for member in self._members if self._is_ready(member)]
            self._ready = ready or self._ready  # where none is, as balancers do

    def sends_to(self, member):
        return member in self._ready

    def port(self):
        ready = self._ready
        self._turn += 1
        return ready[self._turn % len(ready)].port


def test_behind_a_load_balancer_instances_are_restarted_one_by_one(backend, tmp_path):
    if backend.name == "sqlite":
        pytest.skip("several instances need PostgreSQL")
    instances = Instances(tmp_path, backend, 2, {"SHUTDOWN_DELAY_SECONDS": 5, "SHUTDOWN_IDLE_TIMEOUT_MS": None}).start()
    accounts = [People(instances[0]).verified() for _ in range(4)]
    with Balancer(list(instances)) as balancer, Steady(balancer.port, instances[0].authority, accounts) as load:
        for member in list(instances) * 2:
            load.goes_on()
            member.stop()
            member.start()
            wait_until(lambda member=member: balancer.sends_to(member), "the balancer sees it again", 20)
            load.goes_on()
    instances.stop()
    assert load.failed == []


def test_before_it_stops_it_serves_on_but_is_not_ready(start_server):
    server = start_server(SHUTDOWN_DELAY_SECONDS=30)
    assert status_of(server.port, "/health/ready", server.authority) == (200, None)
    server.terminate()
    wait_until(lambda: status_of(server.port, "/health/ready", server.authority)[0] == 503, "it is not ready", 10)
    assert status_of(server.port, "/health", server.authority) == (200, "close")
    server.terminate()  # a second signal: at once, whatever the delay
    assert server.wait() == 1


def test_the_delay_ends_by_itself(start_server):
    server = start_server(SHUTDOWN_DELAY_SECONDS=1)
    begin = time.monotonic()
    server.terminate()
    assert server.wait() == 0
    assert time.monotonic() - begin >= 1


def test_a_second_signal_does_not_wait_for_what_is_in_flight(start_server):
    server = start_server(SHUTDOWN_GRACE_SECONDS=600, HTTP_BODY_TIMEOUT_SECONDS=600)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.putrequest("POST", "/auth/login", skip_host=True)
    for name, value in (("Host", server.authority), ("Content-Type", "application/json"), ("Content-Length", "100")):
        connection.putheader(name, value)
    connection.putheader("Expect", "100-continue")
    connection.endheaders()
    assert connection.sock.recv(100).startswith(b"HTTP/1.1 100 "), "its head was read"
    connection.send(b"{")  # of a body that does not end: in flight for ten minutes
    server.terminate()
    server.wait_for_log(lambda line: line["message"] == "stopping")
    server._process.send_signal(signal.SIGINT)
    assert server.wait(20) == -signal.SIGINT
    connection.close()


@pytest.mark.sqlite_only
@pytest.mark.parametrize("shared", [False, True], ids=["alone", "with a successor"])
def test_who_waits_in_the_queue_when_the_signal_comes_is_answered(service, shared):
    """The process is held still meanwhile: all of them are connected and have asked before it takes the first one."""
    service.settings |= {"LISTEN_REUSE_PORT": str(shared).lower(), "HTTP_MAX_CONNECTIONS_PER_ADDRESS": "0"}
    old = Generation(service, IO_THREADS=2).ready()
    new = Generation(service, IO_THREADS=2).ready() if shared else None
    old.signal(signal.SIGSTOP)
    waiting = [http.client.HTTPConnection("127.0.0.1", service.port, timeout=30) for _ in range(400)]
    for connection in waiting:
        connection.request("GET", "/health", headers={"Host": service.authority})
    old.signal(signal.SIGTERM)
    old.signal(signal.SIGCONT)
    assert [connection.getresponse().status for connection in waiting] == [200] * 400
    assert old.wait() == 0
    if new:
        new.end()
