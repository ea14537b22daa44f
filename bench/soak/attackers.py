"""Who guesses: passwords of accounts whose owners are away, and codes where the password is known."""

import asyncio
import random
import time
from dataclasses import dataclass, field

from .accounts import Accounts
from .caller import Caller, Unexpected, Unknown
from .person import Browser, Person
from .site import THRESHOLD
from .timeline import Timeline
from .wire import Answer

PROMISE = "no more guesses than the budget"
WINDOW = 900.0  # LOCKOUT_WINDOW_SECONDS, by default


@dataclass
class Victim:
    person: Person
    tried: list[float] = field(default_factory=list)  # when a wrong password or code was looked at
    refused: int = 0
    lost: int = 0


class Attackers:
    """Passwords of `victims` accounts, and of as many addresses that have none; codes of a quarter as many."""

    def __init__(self, caller: Caller, accounts: Accounts, timeline: Timeline, rng: random.Random, victims: int):
        self._caller, self._accounts, self._timeline, self._rng = caller, accounts, timeline, rng
        self.victims = [Victim(self._person(number)) for number in range(2 * victims)]
        self.with_account = self.victims[:victims]
        self.code_victims = [Victim(self._person(2 * victims + number)) for number in range(max(victims // 4, 1))]
        self.settled = False
        self._ended = False

    @property
    def people(self) -> list[Person]:
        """Who has an account."""
        return [victim.person for victim in (*self.with_account, *self.code_victims)]

    def _person(self, number: int) -> Person:
        return Person(900_000 + number, f"10.250.{number >> 8}.{number & 255}", random.Random(self._rng.random()))

    def end(self) -> None:
        self._ended = True

    async def attack(self) -> None:
        """Gives the victims their accounts, before faults begin, and guesses until end()."""
        for person in self.people:
            await self._settle(person)
        for victim in self.code_victims:
            await with_app(self._accounts, victim.person)
        self.settled = True
        while not self._ended:
            victim = self._rng.choice(self.victims)
            guess = self._guess
            if self._rng.random() < 0.2:
                victim, guess = self._rng.choice(self.code_victims), self._guess_code
            await asyncio.gather(*(guess(victim) for _ in range(self._rng.choice([1, 1, 1, 4]))))
            await asyncio.sleep(self._rng.uniform(0.05, 0.4))

    async def _settle(self, person: Person) -> None:
        await self._accounts.sign_up(person)
        while person.stage != "active":
            await asyncio.sleep(0.2)
            await self._accounts.verify(person)

    async def _guess(self, victim: Victim) -> None:
        stranger = Browser(address=self._address())
        try:
            answer = await self._caller.ask(
                victim.person,
                stranger,
                "POST",
                "/auth/login",
                {"email": victim.person.email, "password": f"guess number {self._rng.random()}"},
                csrf=False,
                good=False,
                kind="guess a password",
                want=("401 invalid_credentials", "429 account_locked"),
            )
        except Unknown:
            victim.lost += 1
            return
        except Unexpected:
            return
        self._count(victim, answer)

    async def _guess_code(self, victim: Victim) -> None:
        person, stranger = victim.person, Browser(address=self._address())
        try:
            told = await self._caller.ask(
                person,
                stranger,
                "POST",
                "/auth/login",
                {"email": person.email, "password": person.password},
                csrf=False,
                good=False,
                kind="guess a code",
                want=("200",),
                event="login.challenged",
            )
            answer = await self._caller.ask(
                person,
                stranger,
                "POST",
                "/auth/mfa/totp/verify",
                {"challenge_id": told.json["challenge_id"], "code": person.app.wrong_code()},
                good=False,
                kind="guess a code",
                want=("401 mfa_failed", "429 account_locked"),
            )
        except Unknown:
            victim.lost += 1
            return
        except Unexpected:
            return
        self._count(victim, answer)

    def _count(self, victim: Victim, answer: Answer) -> None:
        if answer.status == 401:
            victim.tried.append(time.monotonic())
            self._caller.journal.acknowledged("login.failed", answer.request_id, victim.person.name)
        else:
            victim.refused += 1

    def _address(self) -> str:
        return f"10.251.{self._rng.randrange(250)}.{self._rng.randrange(250)}"

    def judge(self) -> None:
        """Of each victim: what was looked at, against what the rules allow by then."""
        for victim in (*self.victims, *self.code_victims):
            codes = victim in self.code_victims
            most = codes_allowed(victim.tried) if codes else allowed(victim.tried, self._timeline, self._caller.wire.count)
            self._caller.journal.check(
                PROMISE,
                len(victim.tried) <= most,
                f"{len(victim.tried)} wrong {'codes' if codes else 'passwords'} were looked at, " f"{most} are allowed",
                victim.person.name,
            )


async def with_app(accounts: Accounts, person: Person) -> None:
    """Signs in and sets up an app, however often that takes."""
    while not person.app:
        if person.signed_in:
            await accounts.factors.enrol_app(person)
        else:
            await accounts.sign_in(person)
        await asyncio.sleep(0.2)


def allowed(tried: list[float], timeline: Timeline, instances: int) -> int:
    """Ten, and one for each wait that is over (docs/adr/0017). While Redis is away, or was emptied, or the instance that
    counts in its place ended, each instance may spend the window itself: what the record store counts stops those that
    come one after another, not those that are under way at once."""
    if not tried:
        return THRESHOLD
    waits = int((tried[-1] - tried[0]) // WINDOW)
    until = tried[THRESHOLD - 1] if len(tried) >= THRESHOLD else tried[-1]
    shaken = [
        fault
        for fault in timeline.over(tried[0], until, grace=30.0)
        if fault.kind.startswith(("redis", "link", "instance", "postgres"))
    ]
    return THRESHOLD * (instances if shaken else 1) + waits


def codes_allowed(tried: list[float]) -> int:
    """Ten a window, which the record store counts: nothing that happens to Redis or an instance adds one."""
    return THRESHOLD * (1 + int((tried[-1] - tried[0]) // WINDOW)) if tried else THRESHOLD
