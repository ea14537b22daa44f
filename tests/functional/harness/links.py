"""TCP links that can be slowed, throttled, cut, refused and swallowed, in a process of their own: for traffic that the
threads of `Proxy` would slow down themselves. `python -m harness.links` is that process; `Links` starts and tells it."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

from .ports import free_port

_MOST_WAITING = 1 << 20  # bytes on their way before the sender is held up


class Links:
    """`upstreams` maps a link's name to the port behind it; `port(name)` is the one to connect to."""

    def __init__(self, upstreams: dict[str, int]):
        self._ports = {name: free_port() for name in upstreams}
        self._upstreams = upstreams
        self._process: subprocess.Popen | None = None

    def port(self, name: str) -> int:
        return self._ports[name]

    def __enter__(self) -> "Links":
        self._process = subprocess.Popen(
            [sys.executable, "-m", "harness.links"],
            cwd=Path(__file__).parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._say({"open": [[name, self._ports[name], upstream] for name, upstream in self._upstreams.items()]})
        return self

    def __exit__(self, *_) -> None:
        self._process.stdin.close()
        self._process.wait(60)

    def set(
        self,
        *names: str,
        delay: float = 0.0,
        bytes_a_second: float = 0.0,
        swallow: bool = False,
        refuse: bool = False,
        cut: bool = False,
    ) -> None:
        """How these links are from now on. `delay` is of each chunk, one way, in seconds; a rate of 0 is without bound.
        `swallow`: connections stay, new ones are accepted, nothing goes through; what was swallowed is lost, so that the
        connections that lost it end when it is over. `refuse` cuts all and takes none. `cut` ends all there are, once."""
        self._say(
            {"set": list(names), "delay": delay, "rate": bytes_a_second, "swallow": swallow, "refuse": refuse, "cut": cut}
        )

    def _say(self, order: dict) -> None:
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "done\n", "the process of the links has ended"


class _Link:
    def __init__(self, port: int, upstream: int):
        self.port, self.upstream = port, upstream
        self.delay = self.rate = 0.0
        self.swallow = False
        self.ends: set[_End] = set()
        self._server: asyncio.Server | None = None

    async def listen(self) -> None:
        if self._server is None:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(lambda: _End(self, None), "127.0.0.1", self.port, backlog=256)

    async def set(self, order: dict) -> None:
        if order["cut"] or order["refuse"] or (self.swallow and not order["swallow"]):
            self.cut()
        self.delay, self.rate, self.swallow = order["delay"], order["rate"], order["swallow"]
        if not order["refuse"]:
            await self.listen()
        elif self._server is not None:
            self._server.close()
            self._server = None

    def cut(self) -> None:
        for end in list(self.ends):
            if end.transport:
                end.transport.abort()


class _End(asyncio.Protocol):
    """One side of a connection; `other` is the side that gets what comes here."""

    def __init__(self, link: _Link, other: "_End | None"):
        self.link, self.other = link, other
        self.transport: asyncio.Transport | None = None
        self._due = 0.0  # when the last chunk leaves
        self._waiting = 0  # bytes
        self._early: list[bytes] = []  # what came before the other side stood

    def connection_made(self, transport) -> None:
        self.transport = transport
        self.link.ends.add(self)
        if self.other is None:
            asyncio.ensure_future(self._connect())

    async def _connect(self) -> None:
        try:
            loop = asyncio.get_running_loop()
            await loop.create_connection(lambda: _Upstream(self.link, self), "127.0.0.1", self.link.upstream)
        except OSError:
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        if self.link.swallow:
            return
        loop = asyncio.get_running_loop()
        now = loop.time()
        lasts = len(data) / self.link.rate if self.link.rate else 0.0
        # A microsecond apart, since the loop may turn round what is due at the same instant.
        self._due = max(now + self.link.delay, self._due + 1e-6 if self._waiting else 0.0) + lasts
        if self._due <= now:
            self._pass_on(data)
            return
        self._waiting += len(data)
        if self._waiting > _MOST_WAITING:
            self.transport.pause_reading()
        loop.call_at(self._due, self._leave, data)

    def _leave(self, data: bytes) -> None:
        self._waiting -= len(data)
        if self._waiting <= _MOST_WAITING and not self.transport.is_closing():
            self.transport.resume_reading()
        self._pass_on(data)

    def _pass_on(self, data: bytes) -> None:
        if self.link.swallow:
            return
        if self.other is None or self.other.transport is None:
            self._early.append(data)
        elif not self.other.transport.is_closing():
            self.other.transport.write(data)

    def connection_lost(self, _) -> None:
        self.link.ends.discard(self)
        if self.other and self.other.transport and not self.link.swallow:
            self.other.transport.close()


class _Upstream(_End):
    """The side of the server."""

    def connection_made(self, transport) -> None:
        super().connection_made(transport)
        client = self.other
        client.other = self
        if client.transport.is_closing():
            transport.abort()
        for data in client._early:
            transport.write(data)
        client._early.clear()


async def _obey() -> None:
    links: dict[str, _Link] = {}
    loop = asyncio.get_running_loop()
    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    while line := await orders.readline():
        order = json.loads(line)
        for name, port, upstream in order.get("open", []):
            links[name] = _Link(port, upstream)
            await links[name].listen()
        for name in order.get("set", []):
            await links[name].set(order)
        print("done", flush=True)


if __name__ == "__main__":
    asyncio.run(_obey())
