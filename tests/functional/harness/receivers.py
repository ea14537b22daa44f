"""Receivers of audit events that take them, refuse, hang, break off, die and come back."""

import http.server
import re
import socket
import ssl
import struct
import threading
import time
from dataclasses import dataclass, field

from .daemon import wait_until
from .ports import free_port
from .tls import Pair

_ENTRY = re.compile(rb' entry="(\d+)"')
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close() sends RST


def server_context(pair: Pair, clients=None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    if clients:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(clients)
    return context


def frames_of(text: bytes) -> list[bytes]:
    """Octet counting (RFC 6587 §3.4.1). Raises ValueError on anything else, and on half a frame."""
    frames = []
    while text:
        length, _, rest = text.partition(b" ")
        size = int(length)
        if len(rest) < size:
            raise ValueError("half a frame")
        frames.append(rest[:size])
        text = rest[size:]
    return frames


def assert_complete(numbers: list[int], count: int, first: int = 0) -> None:
    """Nothing is lost, and what came again came in order, too: leaving out what was there already leaves all, sorted."""
    seen = list(dict.fromkeys(numbers))
    assert seen[:count] == list(range(first, first + count)), seen


class SyslogReceiver:
    """`way` is what it does with connections from now on:

    `good` reads all, keeps it, and closes in order; `hang` reads nothing; `mute` reads all and never closes; `reset`
    breaks off after some bytes; `early` closes in order before it has read; `ragged` reads all and ends TCP without
    TLS's farewell. Only what was read by a good connection is kept. The port stays the same over stop() and start().
    """

    def __init__(self, context: ssl.SSLContext | None = None):
        self.port = free_port()
        self.way = "good"
        self.seconds = 0.0  # that a good connection takes before it closes
        self.messages: list[bytes] = []
        self.connections = 0
        self.read = 0  # bytes, of all connections
        self.failures: list[Exception] = []
        self._context = context
        self._listener: socket.socket | None = None
        self._open: list[socket.socket] = []

    def settings(self, **others) -> dict:
        scheme = "tls" if self._context else "tcp"
        return {
            "AUDIT_SYSLOG_URL": f"{scheme}://localhost:{self.port}",
            "AUDIT_PUSH_FROM": "start",
            "AUDIT_PUSH_TIMEOUT_SECONDS": 2,
        } | others

    @property
    def numbers(self) -> list[int]:
        return [int(_ENTRY.search(message).group(1)) for message in self.messages]

    def wait_for(self, count: int, timeout: float = 30) -> list[bytes]:
        wait_until(lambda: len(set(self.numbers)) >= count, f"{count} entries arrive", timeout)
        return self.messages

    def wait_for_connections(self, more: int = 1) -> None:
        wanted = self.connections + more
        wait_until(lambda: self.connections >= wanted, "it is tried")

    def start(self) -> "SyslogReceiver":
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=[self._listener], daemon=True).start()
        return self

    def stop(self) -> None:
        if self._listener:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        for connection in self._open:
            connection.close()
        self._open.clear()

    def __enter__(self) -> "SyslogReceiver":
        return self.start()

    def __exit__(self, *_) -> None:
        self.stop()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=[connection, self.way], daemon=True).start()

    def _serve(self, connection: socket.socket, way: str) -> None:
        try:
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            self._open.append(connection)
            self._take(connection, way)
        except (OSError, ValueError) as error:
            self.failures.append(error)
            connection.close()

    def _take(self, connection: socket.socket, way: str) -> None:
        if way == "hang":
            return
        if way == "early":
            self._leave(connection)
            return
        text = b""
        while part := connection.recv(4096):
            text += part
            self.read += len(part)
            if way == "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                connection.close()
                return
        if way == "mute":
            return
        if way == "ragged":
            _close_below(connection)
            return
        time.sleep(self.seconds)
        self.messages += frames_of(text)
        self._leave(connection)

    def _leave(self, connection: socket.socket) -> None:
        if self._context:
            connection = connection.unwrap()
        connection.close()


def _close_below(connection: ssl.SSLSocket) -> None:
    """The end of TCP alone: whoever stands between could make it."""
    socket.socket(fileno=connection.detach()).close()


@dataclass
class Posted:
    headers: dict
    body: bytes
    path: str
    at: float = field(default_factory=time.monotonic)


class HookReceiver:
    """Takes POSTs. `answers` are for the next so many, then 204: a status, (status, headers), `hang` (no answer, until
    stop()) or `drop` (ends the connection). `taken` holds what was answered 2xx, `all` everything."""

    def __init__(self, context: ssl.SSLContext | None = None, path: str = "/hook"):
        self.port = free_port()
        self.path = path
        self.answers: list = []
        self.always = 204
        self.seconds = 0.0
        self.all: list[Posted] = []
        self.taken: list[Posted] = []
        self.at_once = self.most_at_once = 0
        self._lock = threading.Lock()
        self._context = context
        self._server: http.server.ThreadingHTTPServer | None = None
        self._ended = threading.Event()

    @property
    def url(self) -> str:
        return f"{'https' if self._context else 'http'}://localhost:{self.port}{self.path}"

    def start(self) -> "HookReceiver":
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                receiver._post(self)

            def log_message(self, *_):
                pass

        self._ended.clear()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None
        if self._context:
            self._server.socket = self._context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True).start()
        return self

    def stop(self) -> None:
        if self._server:
            self._ended.set()
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> "HookReceiver":
        return self.start()

    def __exit__(self, *_) -> None:
        self.stop()

    def wait_for(self, count: int, timeout: float = 30) -> list[Posted]:
        wait_until(lambda: len(self.taken) >= count, f"{count} requests are taken", timeout)
        return self.taken

    def _post(self, request) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        posted = Posted({name.lower(): value for name, value in request.headers.items()}, body, request.path)
        with self._lock:
            self.all.append(posted)
            answer = self.answers.pop(0) if self.answers else self.always
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            self._answer(request, posted, answer)
        finally:
            with self._lock:
                self.at_once -= 1

    def _answer(self, request, posted: Posted, answer) -> None:
        if answer in ("hang", "drop"):
            if answer == "hang":
                self._ended.wait(60)
            request.close_connection = True
            request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            return
        time.sleep(self.seconds)
        status, headers = answer if isinstance(answer, tuple) else (answer, {})
        if 200 <= status < 300:
            self.taken.append(posted)
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", "0")
        request.end_headers()
