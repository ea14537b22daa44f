"""What is done to the servers, one kind a coroutine: it returns when the cause is gone. Instance 0 is never restarted, so
that what leaks has the whole run to show."""

import asyncio
import random
import signal
import time
from contextlib import closing

from harness.server import StartFailed

from .journal import Journal
from .site import Site
from .timeline import Fault

_START_SECONDS = 60.0
_STUCK_SECONDS = 20.0  # leases end after 15
MAIL_REFUSAL = "451 4.3.0 not now"


class Faults:
    def __init__(self, site: Site, journal: Journal, rng: random.Random, longest: float):
        """`longest` bounds the seconds that one lasts."""
        self._site, self._journal, self._rng, self._longest = site, journal, rng, longest
        self.down: set[int] = set()  # instances that are not running because of this
        self.kinds = {
            "instance.kill": self._kill_instance,
            "instance.restart": self._restart_instance,
            "instance.freeze": self._freeze_instance,
            "instance.stuck": self._stick_instance,
            "postgres.kill": self._kill_postgres,
            "postgres.locked": self._lock_postgres,
            "postgres.immediate": self._immediate_postgres,
            "postgres.freeze": self._freeze_postgres,
            "postgres.slow": self._slow_postgres,
            "postgres.cut": self._cut_postgres,
            "link.postgres": self._lose_postgres_link,
            "redis.kill": self._kill_redis,
            "redis.freeze": self._freeze_redis,
            "redis.flush": self._flush_redis,
            "redis.full": self._fill_redis,
            "redis.slow": self._slow_redis,
            "redis.cut": self._cut_redis,
            "link.redis": self._lose_redis_link,
            "smtp.down": self._stop_smtp,
            "smtp.slow": self._slow_smtp,
            "smtp.refuses": self._refusing_smtp,
            "receivers.down": self._stop_receivers,
            "receivers.refuse": self._refusing_receivers,
        }

    def deck(self) -> list[str]:
        """Every kind once, in an order of the seed's."""
        kinds = list(self.kinds)
        self._rng.shuffle(kinds)
        return kinds

    async def cause(self, kind: str) -> Fault:
        """Returns when it is over. What does not come back afterwards is a broken promise."""
        fault = self._journal.timeline.begin(kind)
        try:
            fault.target = str(await self.kinds[kind]() or "")
        except AssertionError as error:
            self._journal.violate("everything comes back by itself", f"after {kind}: {error}")
        finally:
            fault.ended = time.monotonic()
        return fault

    async def _last(self, least: float = 1.0) -> None:
        await asyncio.sleep(self._rng.uniform(least, max(least, self._longest)))

    def _victim(self) -> int:
        return self._rng.randrange(1, len(self._site.group.members))

    async def _kill_instance(self) -> int:
        number = self._victim()
        member = self._site.group[number]
        self.down.add(number)
        await asyncio.to_thread(member.kill9)
        await self._last(0.5)
        await self._start(number)
        return number

    async def _restart_instance(self) -> int:
        number = self._victim()
        self.down.add(number)
        await asyncio.to_thread(self._site.group[number].stop)
        await self._start(number)
        return number

    async def _start(self, number: int) -> None:
        """As a supervisor does: without the record store it does not begin, and is tried again."""
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                await asyncio.to_thread(self._site.group[number].start)
                self.down.discard(number)
                return
            except StartFailed:
                if time.monotonic() > deadline:
                    raise
            await asyncio.sleep(0.5)

    async def _freeze_instance(self) -> int:
        return await self._freeze_for(self._rng.uniform(1.0, self._longest))

    async def _stick_instance(self) -> int:
        """For longer than its leases on mail and deliveries last."""
        return await self._freeze_for(_STUCK_SECONDS)

    async def _freeze_for(self, seconds: float) -> int:
        number = self._rng.randrange(len(self._site.group.members))
        member = self._site.group[number]
        member.freeze()
        await asyncio.sleep(seconds)
        member.thaw()
        return number

    async def _kill_postgres(self) -> None:
        await asyncio.to_thread(self._site.postgres.kill9)
        await self._last()
        await asyncio.to_thread(self._site.postgres.start)

    async def _immediate_postgres(self) -> None:
        await asyncio.to_thread(self._site.postgres.stop, signal.SIGQUIT)
        await self._last()
        await asyncio.to_thread(self._site.postgres.start)

    async def _freeze_postgres(self) -> None:
        await asyncio.to_thread(self._site.postgres.freeze)
        await self._last()
        await asyncio.to_thread(self._site.postgres.thaw)

    async def _lock_postgres(self) -> str:
        """Somebody holds a table, as a dump or a migration does."""
        table = self._rng.choice(["users", "sessions", "audit_logs", "audit_heads", "login_guesses"])
        database = self._site.database
        with closing(await asyncio.to_thread(self._site.postgres.connect, database)) as connection:
            with connection.transaction():
                await asyncio.to_thread(connection.execute, f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
                await self._last()
        return table

    def _links(self, server: str) -> list[str]:
        return [f"{server}{number}" for number in range(len(self._site.group.members))]

    async def _slow(self, names: list[str], delay: float, rate: float) -> None:
        self._site.links.set(*names, delay=delay, bytes_a_second=rate)
        await self._last(3.0)
        self._site.links.set(*names)

    async def _slow_postgres(self) -> None:
        await self._slow(self._links("postgres"), self._rng.uniform(0.005, 0.05), 200_000)

    async def _cut_postgres(self) -> None:
        for _ in range(3):
            self._site.links.set(*self._links("postgres"), cut=True)
            await asyncio.sleep(0.7)

    async def _lose_postgres_link(self) -> int:
        number = self._rng.randrange(len(self._site.group.members))
        self._site.links.set(f"postgres{number}", **self._rng.choice([{"swallow": True}, {"refuse": True}]))
        await self._last()
        self._site.links.set(f"postgres{number}")
        return number

    async def _kill_redis(self) -> None:
        await asyncio.to_thread(self._site.redis.kill9)
        await self._last()
        await asyncio.to_thread(self._site.redis.start)

    async def _freeze_redis(self) -> None:
        await asyncio.to_thread(self._site.redis.freeze)
        await self._last()
        await asyncio.to_thread(self._site.redis.thaw)

    async def _flush_redis(self) -> None:
        await asyncio.to_thread(self._site.redis.execute, "FLUSHALL")

    async def _fill_redis(self) -> None:
        redis = self._site.redis
        await asyncio.to_thread(redis.execute, "CONFIG", "SET", "maxmemory", "1mb")
        await self._last(2.0)
        await asyncio.to_thread(redis.execute, "CONFIG", "SET", "maxmemory", "0")

    async def _slow_redis(self) -> None:
        await self._slow(self._links("redis"), self._rng.uniform(0.005, 0.08), 200_000)

    async def _cut_redis(self) -> None:
        for _ in range(3):
            self._site.links.set(*self._links("redis"), cut=True)
            await asyncio.sleep(0.7)

    async def _lose_redis_link(self) -> int:
        number = self._rng.randrange(len(self._site.group.members))
        self._site.links.set(f"redis{number}", **self._rng.choice([{"swallow": True}, {"refuse": True}]))
        await self._last()
        self._site.links.set(f"redis{number}")
        return number

    async def _stop_smtp(self) -> None:
        await asyncio.to_thread(self._site.smtp.stop)
        await self._last()
        await asyncio.to_thread(self._site.smtp.start)

    async def _slow_smtp(self) -> None:
        self._site.smtp.seconds_a_mail = 0.5
        await self._last(3.0)
        self._site.smtp.seconds_a_mail = 0.0

    async def _refusing_smtp(self) -> None:
        for command in ("MAIL", "RCPT", "DATA"):
            self._site.smtp.refuse(command, *[MAIL_REFUSAL] * 5)
        await self._last(3.0)

    async def _stop_receivers(self) -> None:
        receivers = (self._site.hook, self._site.siem, self._site.syslog)
        for receiver in receivers:
            await asyncio.to_thread(receiver.stop)
        await self._last()
        for receiver in receivers:
            receiver.start()

    async def _refusing_receivers(self) -> None:
        for receiver in (self._site.hook, self._site.siem):
            receiver.answers += [500, "drop", 503]
        self._site.syslog.way = "reset"
        await self._last(2.0)
        self._site.syslog.way = "good"
