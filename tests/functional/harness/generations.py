"""Processes of one service that follow each other on one port, started as a service manager starts them, under load."""

import http.client
import json
import os
import select
import signal
import socket
import subprocess
import threading
import time

from . import canaries, process
from .people import Account
from .server import START_SECONDS, STOP_SECONDS, Server

_FIRST_PASSED = 3


class Generation:
    """One process of `server`'s service: its folder, port and settings. `listener` is passed to it as systemd passes
    sockets; what it tells of itself comes to `said`."""

    _number = 0

    def __init__(self, server: Server, listener: socket.socket | None = None, *, watchdog: float = 0, **settings):
        Generation._number += 1
        folder = server.folder
        folder.mkdir(parents=True, exist_ok=True)
        self._notify_path = folder / f"notify{Generation._number}"
        self._notified = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notified.bind(str(self._notify_path))
        self.said: list[str] = []
        environment = process.environment(server.settings | settings) | {"NOTIFY_SOCKET": str(self._notify_path)}
        command, options = [process.binary(), "serve"], {}
        if watchdog:
            environment["WATCHDOG_USEC"] = str(int(watchdog * 1e6))
        if listener is not None:
            environment["LISTEN_FDS"] = "1"
            command = ["/bin/sh", "-c", 'LISTEN_PID=$$ exec "$0" "$@"', *command]  # the process's own id, known to it alone
            number = listener.fileno()
            options = {"pass_fds": (_FIRST_PASSED,), "preexec_fn": lambda: _place(number)}
        self._log_path = folder / f"generation{Generation._number}.log"
        with self._log_path.open("wb") as log:
            self._process = subprocess.Popen(
                command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **options
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def log(self) -> str:
        return self._log_path.read_text("utf-8", "replace")

    def hears(self, wanted, timeout: float = START_SECONDS) -> str:
        """The next message for which `wanted(message)` holds, or that holds the text `wanted`."""
        holds = wanted if callable(wanted) else lambda message: wanted in message.splitlines()
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            ended = self._process.poll() is not None  # before the look: what it said last is heard all the same
            self._notified.settimeout(0.1)
            try:
                self.said.append(self._notified.recv(4096).decode())
            except TimeoutError:
                assert not ended or holds == wanted, f"it ended instead:\n{self.log()[-3000:]}"
                continue
            if holds(self.said[-1]):
                return self.said[-1]
        raise AssertionError(f"it never said {wanted}, but {self.said}:\n{self.log()[-3000:]}")

    def ready(self) -> "Generation":
        self.hears("READY=1")
        return self

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def wait(self) -> int:
        status = self._process.wait(STOP_SECONDS)
        canaries.note_log(self.log())
        process.assert_no_sanitizer_report(self.log())
        self._notified.close()
        self._notify_path.unlink(missing_ok=True)
        return status

    def end(self) -> None:
        self.signal(signal.SIGTERM)
        assert self.wait() == 0, self.log()[-3000:]

    def kill9(self) -> None:
        self._process.kill()
        self.wait()


def _place(number: int) -> None:
    """In the new process: the socket where systemd puts the first one."""
    if number != _FIRST_PASSED:
        os.dup2(number, _FIRST_PASSED)
    os.set_inheritable(_FIRST_PASSED, True)


class Visitor(threading.Thread):
    """Signs in, an unsafe request, and asks who it is, again and again, by its own plain client: nothing is asked twice,
    and whatever is not answered counts. `target()` is where the next connection goes."""

    def __init__(self, target, authority: str, account: Account, *, keep_alive: bool, pause: float):
        super().__init__(daemon=True)
        self._target, self._authority, self._account = target, authority, account
        self._keep_alive, self._pause = keep_alive, pause
        self._connection: http.client.HTTPConnection | None = None
        self._stop_asked = threading.Event()
        self.answered = 0
        self.failed: list[str] = []

    def run(self) -> None:
        while not self._stop_asked.is_set():
            reply = self._ask("POST", "/auth/login", json.dumps(self._account.credentials))
            if reply:
                cookies = [line.split(";")[0] for line in reply.headers.get_all("Set-Cookie", [])]
                self._ask("GET", "/auth/me", cookies=[one for one in cookies if "csrf" not in one])
            self._stop_asked.wait(self._pause)
        if self._connection:
            self._connection.close()

    def stop(self) -> None:
        self._stop_asked.set()

    def _open(self) -> http.client.HTTPConnection:
        known = self._connection
        if known and known.sock and not select.select([known.sock], [], [], 0)[0]:
            return known
        if known:
            known.close()  # told so by the last answer, or closed since: nothing was asked on it
        self._connection = http.client.HTTPConnection("127.0.0.1", self._target(), timeout=30)
        self._connection.connect()
        return self._connection

    def _ask(self, method: str, path: str, body: str | None = None, cookies=()):
        headers = {"Host": self._authority, "Content-Type": "application/json"} if body else {"Host": self._authority}
        if cookies:
            headers["Cookie"] = "; ".join(cookies)
        if not self._keep_alive:
            headers["Connection"] = "close"
        try:
            connection = self._open()
            connection.request(method, path, body, headers)
            reply = connection.getresponse()
            text = reply.read()
        except (OSError, http.client.HTTPException) as error:
            self.failed.append(f"{method} {path}: {error!r}")
            self._connection = None
            return None
        self.answered += 1
        if reply.status != 200:
            self.failed.append(f"{method} {path}: {reply.status} {text[:200]!r}")
        return reply


class Steady:
    """with Steady(target, authority, accounts) as load: …; afterwards nothing may have failed."""

    def __init__(self, target, authority: str, accounts: list[Account]):
        # New connections without a pause, kept ones as busy, and kept ones that are idle most of the time.
        kinds = [(False, 0.0), (True, 0.0), (False, 0.02), (True, 0.3)]
        self._visitors = [
            Visitor(target, authority, account, keep_alive=keep_alive, pause=pause)
            for account, (keep_alive, pause) in zip(accounts, kinds * len(accounts))
        ]

    @property
    def answered(self) -> int:
        return sum(visitor.answered for visitor in self._visitors)

    @property
    def failed(self) -> list[str]:
        return [line for visitor in self._visitors for line in visitor.failed]

    def goes_on(self, more: int = 20) -> None:
        """Until so many further requests were answered."""
        wanted, deadline = self.answered + more, time.monotonic() + 60
        while self.answered < wanted:
            assert time.monotonic() < deadline, f"nothing is answered any more: {self.failed[:5]}"
            time.sleep(0.01)

    def __enter__(self) -> "Steady":
        for visitor in self._visitors:
            visitor.start()
        return self

    def __exit__(self, *_) -> None:
        for visitor in self._visitors:
            visitor.stop()
        for visitor in self._visitors:
            visitor.join(90)
            assert not visitor.is_alive(), "a request hangs"


def listener(port: int) -> socket.socket:
    """A socket that listens, as a service manager holds one."""
    own = socket.socket()
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    own.bind(("127.0.0.1", port))
    own.listen(4096)
    return own
