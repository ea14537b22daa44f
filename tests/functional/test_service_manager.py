"""What systemd hands over and is told: sd_listen_fds(3), sd_notify(3), sd_watchdog_enabled(3), the journal's priorities."""

import contextlib
import os
import pty
import re
import signal
import socket
import sqlite3
import subprocess
import time

import pytest

from harness import process
from harness.daemon import accepts, wait_until
from harness.generations import Generation, listener
from harness.ports import free_port
from harness.server import Server


@pytest.fixture
def service(backend, tmp_path):
    return Server(tmp_path / "service", backend)


def test_it_says_when_it_is_ready_and_when_it_stops(service):
    running = Generation(service)
    message = running.hears("READY=1")
    assert f"STATUS=ready at {service.public_url}" in message.splitlines()
    with socket.create_connection(("127.0.0.1", service.port), timeout=5):
        pass  # whoever was told may connect
    running.signal(signal.SIGTERM)
    running.hears("STOPPING=1")
    assert running.wait() == 0


def test_sighup_is_no_end(service):
    running = Generation(service).ready()
    before = time.monotonic_ns() // 1000
    running.signal(signal.SIGHUP)
    message = running.hears("RELOADING=1")
    (told,) = re.findall(r"^MONOTONIC_USEC=(\d+)$", message, re.MULTILINE)
    assert before <= int(told) <= time.monotonic_ns() // 1000
    running.ready()
    running.end()


def test_sighup_of_a_terminal_ends_it(service):
    """As that of a shell whose window was closed does any program; docs/keys.md says so."""
    ours, terminal = pty.openpty()
    with contextlib.ExitStack() as stack:
        stack.callback(os.close, ours)
        service.folder.mkdir(exist_ok=True)
        running = subprocess.Popen(
            [process.binary(), "serve"],
            cwd=service.folder,
            env=process.environment(service.settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=terminal,
        )
        stack.callback(running.kill)
        os.close(terminal)
        wait_until(lambda: accepts(service.port), "it serves")
        running.send_signal(signal.SIGHUP)
        assert running.wait(60) == -signal.SIGHUP


def test_it_beats_while_all_of_it_is_alive(service):
    running = Generation(service, watchdog=0.3).ready()
    for _ in range(5):
        running.hears("WATCHDOG=1")
    running.end()


@pytest.mark.sqlite_only
def test_a_store_that_hangs_stops_the_beat(service):
    """Somebody holds the file's lock: the writer waits for it, five seconds each time."""
    running = Generation(service, watchdog=0.3).ready()
    running.hears("WATCHDOG=1")
    with contextlib.closing(
        sqlite3.connect(service.backend.database_file(service.folder), timeout=30, isolation_level=None)
    ) as other:
        other.execute("BEGIN IMMEDIATE")
        running.said.clear()
        deadline = time.monotonic() + 60
        while '"part":"record_store"' not in running.log():  # others may be late for a look, too, on a slow machine
            assert time.monotonic() < deadline, "it beats on"
            with contextlib.suppress(AssertionError):
                running.hears("WATCHDOG=1", timeout=0.5)
        assert "does not answer the watchdog" in running.log()
        other.execute("ROLLBACK")
    running.hears("WATCHDOG=1")
    running.end()


def test_nobody_beats_without_being_asked(service):
    running = Generation(service).ready()
    running.end()
    assert not any("WATCHDOG" in message for message in running.said)


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("NOTIFY_SOCKET", "relative", "names no Unix socket"),
        ("NOTIFY_SOCKET", "/" + "x" * 200, "names no Unix socket"),
        ("NOTIFY_SOCKET", "/nowhere/at/all", "cannot be reached"),
        ("WATCHDOG_USEC", "soon", "must be a number"),
    ],
)
def test_what_is_no_manager_is_refused(service, name, value, wanted):
    result = process.command("serve", settings=service.settings | {name: value}, folder=service.folder)
    assert result.returncode == 1 and wanted in result.stderr and name in result.stderr


def refusal(service, passed):
    running = Generation(service, passed)
    assert running.wait() == 1
    return running.log()


def test_a_passed_socket_must_listen_where_the_settings_say(service):  # else production's rules would be about another
    other = free_port()
    with listener(other) as passed:
        log = refusal(service, passed)
    assert f"listens on 127.0.0.1:{other}" in log and f"say 127.0.0.1:{service.port}" in log


def test_a_passed_socket_on_all_addresses_is_not_one_on_loopback(service):
    with socket.socket() as passed:
        passed.bind(("0.0.0.0", service.port))
        passed.listen()
        assert f"listens on 0.0.0.0:{service.port}" in refusal(service, passed)


@pytest.mark.parametrize("kind", ["bound", "datagram", "unix", "file"])
def test_what_is_no_listening_tcp_socket_is_refused(service, tmp_path, kind):
    with contextlib.ExitStack() as stack:
        if kind == "bound":
            passed = stack.enter_context(socket.socket())
            passed.bind(("127.0.0.1", service.port))
        elif kind == "datagram":
            passed = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            passed.bind(("127.0.0.1", service.port))
        elif kind == "unix":
            passed = stack.enter_context(socket.socket(socket.AF_UNIX))
            passed.bind(str(tmp_path / "socket"))
            passed.listen()
        else:
            passed = stack.enter_context((tmp_path / "file").open("w"))
        assert re.search(r"the passed descriptor 3 is no (socket|TCP socket that listens)", refusal(service, passed))


def test_sockets_for_another_process_are_left_alone(service):
    with listener(free_port()):
        service.settings |= {"LISTEN_FDS": "1", "LISTEN_PID": "1"}
        Generation(service).ready().end()


def test_lines_for_the_journal_begin_with_their_priority(service):
    """Standard error is what JOURNAL_STREAM says: a file stands in for the journal's socket."""
    log = service.folder / "journal"
    with log.open("wb") as journal:
        found = os.fstat(journal.fileno())
        service.settings["JOURNAL_STREAM"] = f"{found.st_dev}:{found.st_ino}"
        service._stderr_path = log
        service.start()
        service.stop()
    lines = log.read_text().splitlines()
    assert lines and all(re.match(r'<[3467]>\{"time":', line) for line in lines)
    assert any(line.startswith("<6>") and '"message":"ready"' in line for line in lines)
