"""One soak from its first server to its last check."""

import asyncio
import random
import time
from dataclasses import dataclass
from pathlib import Path

from . import availability
from .attackers import Attackers
from .caller import Caller, Unexpected, Unknown
from .check import Check
from .faults import Faults
from .journal import Journal
from .person import REST_SECONDS, Person
from .post import Post
from .samples import Samples
from .site import Site
from .staff import Staff
from .timeline import Timeline
from .traffic import Traffic
from .undertaker import Undertaker
from .wire import Wire

_PAIRS = 0.15  # share of faults that another one joins
_POOL = 20  # DATABASE_POOL_SIZE


@dataclass(frozen=True)
class Plan:
    minutes: float
    users: int
    instances: int
    seed: int
    rate: float  # steps a second
    folder: Path
    kinds: tuple[str, ...] = ()  # of faults; all if none is named
    pause: tuple[float, float] = (6.0, 12.0)  # seconds between faults
    longest_fault: float = 8.0
    ramp: float = 180.0  # seconds until all users have come and faults begin
    rest: float = REST_SECONDS  # that somebody waits after a lost answer
    last: float = 20.0  # seconds without a fault at the end
    every_kind: bool = False  # goes on until each kind was there
    victims: int = 20

    @property
    def seconds(self) -> float:
        return self.minutes * 60


class Soak:
    """`site` runs. What it found lies in its parts afterwards."""

    def __init__(self, plan: Plan, site: Site):
        rng = random.Random(plan.seed)
        Person.rest_seconds = plan.rest
        self.plan, self.site = plan, site
        self.timeline = Timeline()
        self.journal = Journal(plan.folder / "journal.jsonl", self.timeline)
        self.wire = Wire(site.ports, site.group[0].authority)
        self.undertaker = Undertaker(self.wire, self.journal, self.timeline, random.Random(rng.random()))
        self.caller = Caller(self.wire, self.journal, self.undertaker)
        self.traffic = Traffic(self.caller, site.origin, random.Random(rng.random()), plan.users, plan.rate, plan.ramp)
        self.post = Post(site, self.journal, self.traffic.addresses)
        self.attackers = Attackers(
            self.caller, self.traffic.accounts, self.timeline, random.Random(rng.random()), plan.victims
        )
        self.staff = Staff(self.caller, site, self.traffic, random.Random(rng.random()))
        self.faults = Faults(site, self.journal, random.Random(rng.random()), plan.longest_fault)
        self.samples = Samples(site, self.journal, self.faults.down)
        self._rng = random.Random(rng.random())
        self.kept: dict[str, int] = {}  # rows and keys at the end
        self.sealed = self.delivered = 0  # entries of the log, and those that receivers must have

    async def run(self) -> None:
        self.timeline.started = time.monotonic()
        post = asyncio.ensure_future(self.post.deliver())
        await self.staff.hire()
        running = asyncio.gather(self.traffic.flow(), self.attackers.attack(), self.staff.work(), self.samples.take())
        say = asyncio.ensure_future(self._say())
        faults = asyncio.ensure_future(self._break_things())
        await asyncio.wait((running, faults), return_when=asyncio.FIRST_COMPLETED)
        if not faults.done():
            running.result()  # one of them failed: that is this program's mistake
        await faults
        for part in (self.traffic, self.attackers, self.staff, self.samples):
            part.end()
        await running
        say.cancel()
        print("soak: the traffic is over; waiting until everything is settled", flush=True)
        await self._settle()
        self.post.end()
        await post
        await self._check()
        self.wire.close()

    async def _say(self) -> None:
        while True:
            await asyncio.sleep(15)
            good = sum(one for _, _, one in self.journal.deeds)
            print(
                f"soak: {self.timeline.since_start(time.monotonic()):4.0f} s, {len(self.traffic.people)} people, "
                f"{len(self.journal.deeds)} good requests, {len(self.journal.deeds) - good} of them failed, "
                f"{len(self.timeline.faults)} faults, {sum(self.journal.broken.values())} violations, starved "
                f"{self.traffic.starved}",
                flush=True,
            )

    async def _break_things(self) -> None:
        end = self.timeline.started + self.plan.seconds
        await asyncio.sleep(self.plan.ramp)
        while not self.attackers.settled:
            await asyncio.sleep(0.5)
        deck = self._deck()
        missing = self.plan.every_kind
        while time.monotonic() < end - self.plan.last or missing:
            deck = deck or self._deck()
            kinds = [deck.pop()]
            if self._rng.random() < _PAIRS:
                kinds += [kind for kind in deck if _apart(kind, kinds[0])][:1]
            print(f"soak: {self.timeline.since_start(time.monotonic()):4.0f} s, fault: {' and '.join(kinds)}", flush=True)
            await asyncio.gather(*(self.faults.cause(kind) for kind in kinds))
            missing = missing and bool(deck)
            await asyncio.sleep(self._rng.uniform(*self.plan.pause))
        await asyncio.sleep(max(0.0, end - time.monotonic()))

    def _deck(self) -> list[str]:
        return [kind for kind in self.faults.deck() if not self.plan.kinds or kind in self.plan.kinds]

    async def _settle(self) -> None:
        """Doubts are answered, mail is out, the log is sealed and delivered."""
        people = [*self.traffic.people, self.staff.admin]
        waits = max((one.rests_until for one in people), default=0.0) - time.monotonic()
        await asyncio.sleep(max(0.0, waits))
        await self.undertaker.rest()
        for person in people:
            try:
                if any(browser.doubtful for browser in person.signed_in):
                    await self.traffic.accounts.resolve(person)
                if person.stage == "active" and not person.certain:
                    await self.traffic.accounts.sign_in(person)
            except (Unknown, Unexpected) as error:
                self.journal.violate("everything comes back by itself", f"{type(error).__name__} {error}", person.name)
        await self._wait("mail is delivered or given up", "SELECT 1 FROM mails WHERE state = 'queued' LIMIT 1", 120)

    async def _wait(self, what: str, sql: str, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while await asyncio.to_thread(self.site.rows, sql):
            if time.monotonic() > deadline:
                self.journal.violate("everything comes back by itself", f"not within {seconds:.0f} s: {what}")
                return
            await asyncio.sleep(0.5)

    def checks(self, journal: Journal) -> Check:
        """Of what the record store and the post hold by now."""
        people = [*self.traffic.people, *self.traffic.gone, self.staff.admin, *self.attackers.people]
        return Check(self.site, journal, self.caller, people, self.traffic.addresses)

    async def _check(self) -> None:
        check = self.checks(self.journal)
        check.accounts()
        check.factors()
        check.sessions()
        self.kept = check.stores()
        await check.passwords()
        await self.undertaker.ask_all()
        self.attackers.judge()
        self.samples.judge(_POOL, self.plan.instances)
        availability.judge(self.journal, self.timeline)
        self.delivered = await self._drain_log()
        for member in self.site.group:
            status = await asyncio.to_thread(self._stop, member)
            self.journal.check("no instance crashes", status == 0, f"{member.folder.name} ended with {status}")
        check.events()
        self.sealed = check.sealed(self.site.group[0].settings["AUDIT_KEY"])
        self.post.take()
        check.received(self.post, self.delivered)
        check.mail(self.post)
        check.log()

    async def _drain_log(self) -> int:
        """How many entries the receivers must have; what an instance records of its end they get after the next start."""
        await self._wait("the log is sealed", "SELECT 1 FROM audit_pending LIMIT 1", 30)
        await self._wait(
            "the log is delivered",
            "SELECT 1 FROM audit_deliveries WHERE next_entry < " "(SELECT max(tree_size) FROM audit_heads) LIMIT 1",
            60,
        )
        (head,) = await asyncio.to_thread(self.site.rows, "SELECT max(tree_size) AS entries FROM audit_heads")
        return head["entries"]

    @staticmethod
    def _stop(member) -> int:
        member.terminate()
        return member.wait()


def _apart(one: str, other: str) -> bool:
    """Whether two faults concern different servers."""

    def servers(kind: str) -> set[str]:
        first, _, second = kind.partition(".")
        return {second if first == "link" else first}

    return not servers(one) & servers(other)
