"""Bytes to the service as they are, and its answers read by RFC 9112: for what a well-behaved client cannot send."""

import select
import socket

from . import contract
from .reply import Reply


class Closed(Exception):
    """The service closed the connection instead of answering (further)."""


class RawConnection:
    """`source`: another address of this machine to come from, such as 127.0.0.2. `check` holds each answer against the
    contract; `method` and `path` say for which operation."""

    def __init__(self, server, timeout: float = 10, source: str = "127.0.0.1"):
        self._server = server
        # Unbound where it may be: bind() would take a port of those that free_port() gives to who is yet to listen there.
        bound = None if source == "127.0.0.1" else (source, 0)
        self._socket = socket.create_connection(("127.0.0.1", server.port), timeout, bound)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def __enter__(self) -> "RawConnection":
        return self

    def __exit__(self, *_) -> None:
        self._socket.close()

    def send(self, data: bytes | str) -> "RawConnection":
        self._socket.sendall(data.encode("latin-1") if isinstance(data, str) else data)
        return self

    def send_tolerant(self, data: bytes) -> "RawConnection":
        """The service may refuse and close before it has read all of it."""
        try:
            self.send(data)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return self

    def end_sending(self) -> "RawConnection":
        self._socket.shutdown(socket.SHUT_WR)
        return self

    def reply(self, method: str = "GET", path: str = "/", check: bool = True) -> Reply:
        head = self._until(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        version, status, *_ = lines[0].split(" ", 2)
        assert version == "HTTP/1.1", lines[0]
        headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines[1:] if line)]
        reply = Reply(int(status), headers, method=method)
        length = reply.header("Content-Length")
        if 100 <= reply.status < 200:
            return reply
        if method != "HEAD" and reply.status != 204:
            assert length is not None, f"an answer without Content-Length: {head!r}"
            reply.body = self._exactly(int(length))
        if check:
            contract.check(method, path, reply, self._server)
        return reply

    def is_closed(self, within: float | None = None) -> bool:
        """Whether the service closes now: waits for it so many seconds, else up to the connection's timeout."""
        if self._buffer:
            return False
        try:
            self._socket.settimeout(within or self._socket.gettimeout())
            return self._socket.recv(1) == b""
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False

    def is_cut_off(self) -> bool:
        """Whether the service resets the connection, answers unread: waits for it, up to ten seconds."""
        poll = select.poll()
        poll.register(self._socket, 0)
        return bool(poll.poll(10_000))

    def _receive(self) -> None:
        try:
            data = self._socket.recv(65536)
        except ConnectionResetError as cause:
            raise Closed("reset") from cause
        if not data:
            raise Closed(f"after {self._buffer[:200]!r}")
        self._buffer += data

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._buffer:
            self._receive()
        head, self._buffer = self._buffer.split(mark, 1)
        return head

    def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._receive()
        body, self._buffer = self._buffer[:size], self._buffer[size:]
        return body


def request(server, line: str, *fields: str, body: bytes = b"", host: bool = True) -> bytes:
    """A request with the given request line and fields, exactly as written; `Host` first unless told not to."""
    lines = [line] + ([f"Host: localhost:{server.port}"] if host else []) + list(fields)
    return "\r\n".join(lines).encode("utf-8") + b"\r\n\r\n" + body


def exchange(server, data: bytes, method: str = "GET", path: str = "/", *, closes_within: float = 10) -> tuple[Reply, bool]:
    """Sends bytes on a connection of their own; the answer, and whether the service then closed."""
    with RawConnection(server) as connection:
        connection.send_tolerant(data)
        reply = connection.reply(method, path)
        return reply, connection.is_closed(closes_within)
