"""Who guesses: passwords of accounts whose owners are away, and codes behind a password that is known."""

import asyncio
import random
import time
from dataclasses import dataclass, field

from .accounts import Accounts
from .caller import Caller, Unexpected, Unknown
from .person import Browser, Person
from .site import THRESHOLD
from .timeline import Timeline

PROMISE = "no more guesses than the budget"
WINDOW = 900.0  # LOCKOUT_WINDOW_SECONDS, by default


@dataclass
class Victim:
    person: Person
    tried: list[float] = field(default_factory=list)  # when a wrong password or code was looked at
    refused: int = 0
    lost: int = 0


class Attackers:
    """Passwords of `victims` accounts, and of as many addresses that have none."""

    def __init__(self, caller: Caller, accounts: Accounts, timeline: Timeline, rng: random.Random, victims: int):
        self._caller, self._accounts, self._timeline, self._rng = caller, accounts, timeline, rng
        self.victims = [Victim(self._person(number)) for number in range(2 * victims)]
        self.with_account = self.victims[:victims]
        self.code_victims: list[Victim] = []  # whose password is known; somebody who has an app
        self._ended = False

    def _person(self, number: int) -> Person:
        return Person(900_000 + number, f"10.250.{number >> 8}.{number & 255}", random.Random(self._rng.random()))

    def end(self) -> None:
        self._ended = True

    async def attack(self) -> None:
        for victim in self.with_account:
            await self._settle(victim.person)
        while not self._ended:
            victim = self._rng.choice(self.victims)
            await asyncio.gather(*(self._guess(victim) for _ in range(self._rng.choice([1, 1, 1, 4]))))
            await asyncio.sleep(self._rng.uniform(0.05, 0.4))

    async def _settle(self, person: Person) -> None:
        """Gives a victim its account, before faults begin."""
        await self._accounts.sign_up(person)
        while person.stage != "active":
            await asyncio.sleep(0.2)
            await self._accounts.verify(person)

    async def _guess(self, victim: Victim) -> None:
        stranger = Browser(address=self._address())
        try:
            answer = await self._caller.ask(
                victim.person, stranger, "POST", "/auth/login",
                {"email": victim.person.email, "password": f"guess number {self._rng.random()}"}, csrf=False, good=False,
                kind="guess a password", want=("401 invalid_credentials", "429 account_locked"))
        except Unknown:
            victim.lost += 1
            return
        except Unexpected:
            return
        if answer.status == 401:
            victim.tried.append(time.monotonic())
            self._caller.journal.acknowledged("login.failed", answer.request_id, victim.person.name)
        else:
            victim.refused += 1

    def _address(self) -> str:
        return f"10.251.{self._rng.randrange(250)}.{self._rng.randrange(250)}"

    def judge(self) -> None:
        """Of each victim: what was looked at, against what the rules allow by then."""
        for victim in self.victims:
            most = allowed(victim.tried, self._timeline, self._caller.wire.count)
            self._caller.journal.check(PROMISE, len(victim.tried) <= most,
                                       f"{len(victim.tried)} wrong passwords were looked at, {most} are allowed",
                                       victim.person.name)


def allowed(tried: list[float], timeline: Timeline, instances: int) -> int:
    """Ten, and one for each wait that is over (docs/adr/0017). While Redis is away, or was emptied, or the instance that
    counts in its place ended, each instance may spend the window itself: what the record store counts stops those that
    come one after another, not those that are under way at once."""
    if not tried:
        return THRESHOLD
    waits = int((tried[-1] - tried[0]) // WINDOW)
    until = tried[THRESHOLD - 1] if len(tried) >= THRESHOLD else tried[-1]
    shaken = [fault for fault in timeline.over(tried[0], until, grace=30.0)
              if fault.kind.startswith(("redis", "link", "instance", "postgres"))]
    return THRESHOLD * (instances if shaken else 1) + waits
