"""HTTP/1.1 over kept connections for thousands of clients in one thread, with the difference that matters in a fault:
a request that was surely not carried out, and one of which nobody knows."""

import asyncio
import itertools
import json
import time
from collections import deque
from dataclasses import dataclass, field

_KEPT_SECONDS = 30.0  # less than the service keeps an idle connection
_CONNECT_SECONDS = 2.0


class NotSent(Exception):
    """Refused before anything was said: surely not carried out."""


class Lost(Exception):
    """No answer: carried out, or not, or later."""


@dataclass(slots=True)
class Answer:
    status: int
    headers: list[tuple[str, str]]  # names in lower case
    body: bytes
    instance: int
    sent: float  # monotonic seconds, before its first byte went
    came: float
    _json: object = field(default=None, repr=False)

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)

    @property
    def json(self):
        if self._json is None:
            self._json = json.loads(self.body)
        return self._json

    @property
    def code(self) -> str | None:
        """The problem's code; None for an answer that is no problem."""
        return self.json["code"] if self.header("content-type") == "application/problem+json" else None

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def request_id(self) -> str | None:
        return self.header("x-request-id")


class Wire:
    """To instances of one service on these ports of loopback, which know themselves as `authority`."""

    def __init__(self, ports: list[int], authority: str):
        self._ports = ports
        self.authority = authority
        self._kept: list[deque] = [deque() for _ in ports]
        self._turn = itertools.count()
        self._shunned = [0.0] * len(ports)  # until then
        self.open = 0

    @property
    def count(self) -> int:
        return len(self._ports)

    def pick(self) -> int:
        """An instance in turn, past those that have failed within two seconds, as a balancer would."""
        now = time.monotonic()
        for _ in self._ports:
            number = next(self._turn) % len(self._ports)
            if self._shunned[number] <= now:
                return number
        return next(self._turn) % len(self._ports)

    def shun(self, number: int, seconds: float = 2.0) -> None:
        self._shunned[number] = time.monotonic() + seconds

    def shunned(self, number: int) -> bool:
        return self._shunned[number] > time.monotonic()

    async def ask(
        self, number: int, method: str, path: str, headers: dict[str, str], body: bytes | None, seconds: float
    ) -> Answer:
        """One try. Raises NotSent or Lost."""
        reader, writer, kept = await self._connection(number)
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.authority}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if body is not None or method != "GET":
            lines.append(f"Content-Length: {len(body or b'')}")
        sent = time.monotonic()
        try:
            async with asyncio.timeout(seconds):
                writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b""))
                status, answered, content, keep = await _read(reader)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError) as error:
            writer.transport.abort()
            self.open -= 1
            raise Lost(type(error).__name__) from None
        except BaseException:
            writer.transport.abort()
            self.open -= 1
            raise
        if keep:
            self._kept[number].append((reader, writer, time.monotonic()))
        else:
            writer.close()
            self.open -= 1
        return Answer(status, answered, content, number, sent, time.monotonic())

    async def _connection(self, number: int):
        kept = self._kept[number]
        while kept:
            reader, writer, since = kept.pop()
            if not reader.at_eof() and not writer.is_closing() and time.monotonic() - since < _KEPT_SECONDS:
                return reader, writer, True
            writer.close()
            self.open -= 1
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                reader, writer = await asyncio.open_connection("127.0.0.1", self._ports[number])
        except (OSError, TimeoutError) as error:
            raise NotSent(type(error).__name__) from None
        self.open += 1
        return reader, writer, False

    def close(self) -> None:
        for kept in self._kept:
            while kept:
                kept.pop()[1].close()


async def _read(reader: asyncio.StreamReader):
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    status = int(head[0].split(" ")[1])
    headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in head[1:] if line)]
    told = dict(headers)
    body = await reader.readexactly(int(told["content-length"])) if "content-length" in told else b""
    if "chunked" in told.get("transfer-encoding", ""):
        body = await _read_chunks(reader)
    return status, headers, body, told.get("connection", "") != "close"


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while size := int(await reader.readline(), 16):
        parts.append(await reader.readexactly(size))
        await reader.readline()
    await reader.readline()
    return b"".join(parts)
