"""Ended sessions: asks with their cookies again, at once and later, on every instance. None may be let in."""

import asyncio
import random
import time
from dataclasses import dataclass

from .journal import Journal
from .person import SESSION, Browser, Person
from .timeline import Timeline
from .wire import Answer, Lost, NotSent, Wire

PROMISE = "nothing ended is alive"
_LATER = (1.3, 6.0, 31.0)  # seconds after the end
_SHARE = 0.3  # of the ended ones that are asked with during the run
CHANNEL = 1.0  # seconds
REDIS_FAULTY = 30.0  # the instance that ended it could not reach Redis, or Redis forgot


@dataclass
class Ended:
    cookie: str
    person: str
    why: str
    at: float  # when that was acknowledged; monotonic seconds
    instance: int  # by which one


@dataclass
class Late:
    """A session that was let in after its end."""

    ended: Ended
    instance: int  # that let it in
    lag: float  # seconds from the acknowledgement to the sending of the request
    faults: list[str]


class Undertaker:
    def __init__(self, wire: Wire, journal: Journal, timeline: Timeline, rng: random.Random):
        self._wire, self._journal, self._timeline, self._rng = wire, journal, timeline, rng
        self.ended: list[Ended] = []
        self.late: list[Late] = []
        self.asked = 0
        self._tasks: set[asyncio.Task] = set()

    def bury(self, cookie: str, person: Person, why: str, answer: Answer) -> None:
        """`answer` is what acknowledged the end."""
        ended = Ended(cookie, person.name, why, answer.came, answer.instance)
        self.ended.append(ended)
        self._journal.note(person.name, f"session {cookie[:8]}… ended: {why}")
        if self._rng.random() < _SHARE:
            task = asyncio.ensure_future(self._visit(ended))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def end(self, person: Person, browser: Browser, why: str, answer: Answer) -> None:
        if browser.sid:
            self.bury(browser.sid, person, why, answer)
        browser.forget_session()

    def end_all(self, person: Person, why: str, answer: Answer, but: Browser | None = None) -> None:
        for browser in person.signed_in:
            if browser is not but:
                self.end(person, browser, why, answer)
        person.orphans = 0

    async def _visit(self, ended: Ended) -> None:
        await asyncio.gather(*(self.ask(ended, number) for number in range(self._wire.count)))
        for delay in _LATER:
            await asyncio.sleep(max(0.0, ended.at + delay - time.monotonic()))
            number = self._rng.randrange(self._wire.count)
            if not self._wire.shunned(number):
                await self.ask(ended, number)

    async def ask(self, ended: Ended, number: int) -> None:
        """With the ended session's cookie."""
        try:
            answer = await self._wire.ask(number, "GET", "/auth/me", {"Cookie": f"{SESSION}={ended.cookie}"}, None, 10.0)
        except (NotSent, Lost):
            return
        self.asked += 1
        if answer.status == 503:
            return
        if answer.status == 401:
            self._journal.checked[PROMISE] += 1
            return
        faults = self._timeline.over(ended.at, answer.sent, before=1.0, grace=REDIS_FAULTY)
        lag = answer.sent - ended.at
        self.late.append(Late(ended, number, lag, sorted({fault.kind for fault in faults})))
        most = 0.0 if number == ended.instance else allowed(faults)
        self._journal.check(
            PROMISE,
            answer.status == 200 and lag <= most,
            f"{ended.cookie[:8]}… ({ended.why}) was answered {answer.status} by instance {number} {lag:.3f} s"
            f" after its end; faults: {', '.join(self.late[-1].faults) or 'none'}",
            ended.person,
        )

    async def ask_all(self) -> None:
        """Every one of them, on every instance."""
        places = [(ended, number) for ended in self.ended for number in range(self._wire.count)]
        self._rng.shuffle(places)

        async def some() -> None:
            while places:
                await self.ask(*places.pop())

        await asyncio.gather(*(some() for _ in range(16)))

    async def rest(self) -> None:
        """No more visits."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def allowed(faults) -> float:
    """Seconds after its end that another instance than the one that ended it may let a session in (docs/adr/0009): what
    is heard of through a channel is not heard of in the same instant, and a process's own cache is a second old at most."""
    if any(fault.kind.startswith(("redis", "link.redis")) or fault.kind == "instance.kill" for fault in faults):
        return REDIS_FAULTY
    return CHANNEL
