"""A server that greets as Redis does and then answers every command the same, whatever was asked."""

import socketserver
import threading

from .ports import free_port

_GREETING = b"%1\r\n+role\r\n+master\r\n"


class FakeRedis:
    """`answer` is RESP3 as it goes over the wire, without its last line break."""

    def __init__(self, answer: str):
        self._server = _Server(("127.0.0.1", free_port()), _Connection)
        self._server.answer = answer.encode() + b"\r\n"
        self.url = f"redis://127.0.0.1:{self._server.server_address[1]}/0"

    def __enter__(self) -> "FakeRedis":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def asked(self) -> set[bytes]:
        """The names of the commands so far."""
        return set(self._server.asked)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.asked: list[bytes] = []


class _Connection(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        try:
            while command := self._command():
                self.server.asked.append(command[0])
                self.wfile.write(self._answer(command))
        except (ConnectionError, ValueError):
            pass  # the client is gone

    def _command(self) -> list[bytes]:
        count = self.rfile.readline()
        return [self.rfile.read(int(self.rfile.readline()[1:]) + 2)[:-2] for _ in range(int(count[1:] or 0))]

    def _answer(self, command: list[bytes]) -> bytes:
        if command[0] == b"HELLO":
            return _GREETING
        if command[0] == b"PING":
            return b"+PONG\r\n"
        if command[0] == b"SUBSCRIBE":
            return b">3\r\n+subscribe\r\n$%d\r\n%s\r\n:1\r\n" % (len(command[1]), command[1])
        return self.server.answer
