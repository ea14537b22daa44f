"""The attackers, a process of their own: `python -m harness.attackers KIND PORT HOST ACCOUNTS` until it is ended.

They come from 127.0.1.1 to 127.0.1.250, for an attack from one address is the least of them. They yield to everything
else (nice 15): an attacker brings his own processors, and here takes them from the service.
"""

import asyncio
import json
import os
import random
import sys

from .machine import allow_open_files

ADDRESSES = [f"127.0.1.{number}" for number in range(1, 251)]
SLOW_CONNECTIONS = 4000
IDLE_CONNECTIONS = 12_000  # more than HTTP_MAX_CONNECTIONS
SPARE_FILES = 100
ASKERS = 48


class Attack:
    def __init__(self, port: int, host: str, accounts: int):
        self._port, self._host, self._accounts = port, host, accounts

    async def connect(self):
        source = random.choice(ADDRESSES)
        return await asyncio.wait_for(asyncio.open_connection("127.0.0.1", self._port, local_addr=(source, 0)), timeout=10)

    def post(self, path: str, **members: str) -> bytes:
        body = json.dumps(members)
        return (
            f"POST {path} HTTP/1.1\r\nHost: {self._host}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()

    def somebody(self) -> str:
        """An account or nobody, the same number of each."""
        return f"user{random.randint(1, 2 * self._accounts)}@bench.example"

    async def repeat(self, once) -> None:
        while True:
            try:
                await once()
            except (TimeoutError, OSError, asyncio.IncompleteReadError):
                await asyncio.sleep(0.05)

    async def ask(self, request, times: int) -> None:
        """A few requests on one connection, for each the whole answer."""
        reader, writer = await self.connect()
        try:
            for _ in range(times):
                writer.write(request())
                head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
                length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
                await asyncio.wait_for(reader.readexactly(int(length or 0)), 30)
                if b"\r\nConnection: close" in head:
                    return
        finally:
            writer.close()

    async def login(self) -> None:
        guess = lambda: self.post("/auth/login", email=self.somebody(), password=f"a guess {random.random()}")
        await self.at_once([lambda: self.ask(guess, 8)] * ASKERS)

    async def reset(self) -> None:
        spray = lambda: self.post("/auth/password/reset/request", email=self.somebody())
        await self.at_once([lambda: self.ask(spray, 8)] * ASKERS)

    async def slowloris(self) -> None:
        async def drip() -> None:
            reader, writer = await self.connect()
            try:
                writer.write(f"GET /auth/me HTTP/1.1\r\nHost: {self._host}\r\nX-Slow: ".encode())
                while not reader.at_eof():
                    await asyncio.sleep(random.uniform(2, 4))
                    writer.write(b"x")
                    await writer.drain()
            finally:
                writer.close()

        await self.at_once([drip] * SLOW_CONNECTIONS)

    async def connections(self) -> None:
        async def hold() -> None:
            reader, writer = await self.connect()
            try:
                while await reader.read(4096):
                    pass
            finally:
                writer.close()

        await self.at_once([hold] * IDLE_CONNECTIONS)

    async def at_once(self, actions: list) -> None:
        room = allow_open_files() - SPARE_FILES
        await asyncio.gather(*(self.repeat(action) for action in actions[:room]))


if __name__ == "__main__":
    os.nice(15)
    kind, port, host, accounts = sys.argv[1:]
    asyncio.run(getattr(Attack(int(port), host, int(accounts)), kind)())
