"""Server-sent events, read as they come (WHATWG HTML §9.2)."""

import json
import time

from .raw import Closed, RawConnection, request
from .reply import Reply

PATH = "/admin/audit-logs/stream"


class Tail:
    """Somebody who follows the audit log. `last`: the id of the entry that he saw last."""

    def __init__(self, server, client, query: str = "", last: str | None = None, version: str = "1.1"):
        fields = [f"Cookie: {client.cookies.header()}", "Accept: text/event-stream"]
        fields += [f"Last-Event-ID: {last}"] if last else []
        self._connection = RawConnection(server, timeout=20)
        self._connection.send(request(server, f"GET {PATH}{query} HTTP/{version}", *fields))
        lines = self._connection._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines[1:])]
        self.head = Reply(int(lines[0].split(" ")[1]), headers, method="GET")
        self._text = ""
        self.comments = 0
        self.retry: int | None = None  # milliseconds, once the service has said so
        self.events: list[dict] = []

    def __enter__(self) -> "Tail":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        self._connection.__exit__()

    @property
    def ids(self) -> list[str]:
        return [event["id"] for event in self.events if event["event"] == "entry"]

    @property
    def entries(self) -> list[dict]:
        return [event["data"] for event in self.events if event["event"] == "entry"]

    def names(self) -> list[str]:
        return [entry["event"] for entry in self.entries]

    def take(self) -> None:
        """The next chunk. Raises Closed where the service has ended it, TimeoutError where nothing comes."""
        size = int(self._connection._until(b"\r\n"), 16)
        data = self._connection._exactly(size + 2)[:-2]
        if size == 0:
            raise Closed("with its last chunk")
        self._text += data.decode()
        *blocks, self._text = self._text.split("\n\n")
        for block in blocks:
            self._read(block)

    def _read(self, block: str) -> None:
        fields = {}
        for line in block.split("\n"):
            name, _, value = line.partition(":")
            if not name:
                self.comments += 1
            else:
                fields[name] = value.removeprefix(" ")
        if "data" in fields:
            self.events.append(fields | {"data": json.loads(fields["data"])})
        elif fields:
            assert set(fields) == {"retry"}, fields
            self.retry = int(fields["retry"])

    def until(self, what, within: float = 30) -> "Tail":
        """Reads on until `what(self)` holds."""
        deadline = time.monotonic() + within
        while not what(self):
            left = deadline - time.monotonic()
            assert left > 0, f"not within {within} s: {self.names()[-20:]}"
            self._connection._socket.settimeout(left)
            try:
                self.take()
            except TimeoutError:
                pass
        return self

    def until_end(self, within: float = 30) -> str:
        """Reads on until the service ends it; how it did."""
        deadline = time.monotonic() + within
        try:
            while True:
                self._connection._socket.settimeout(max(0.01, deadline - time.monotonic()))
                self.take()
        except (Closed, ConnectionResetError) as end:
            return str(end) or "reset"
