"""Who does what next: an open loop of so many steps a second, whatever becomes of those before."""

import asyncio
import random
import time
import traceback
from collections import Counter, deque

from .accounts import CONFIRM, RESET, Accounts
from .caller import Caller, Unexpected, Unknown
from .factors import Factors
from .person import Person

_TICK = 0.02  # seconds
_PAUSE = 2.0  # seconds between two steps of a person, which no limit is meant for, and no cache is older than
_STALL = 0.75  # seconds that nothing ran here: others took the machine, from the servers most likely too


class Traffic:
    """`users` people take part once `ramp` seconds have passed."""

    def __init__(self, caller: Caller, origin: str, rng: random.Random, users: int, rate: float, ramp: float):
        self.addresses: dict[str, Person] = {}
        self.factors = Factors(caller, origin)
        self.accounts = Accounts(caller, self.addresses, self.factors)
        self._caller, self._rng = caller, rng
        self._users, self._rate, self._ramp = users, rate, ramp
        self.people: list[Person] = []
        self.gone: list[Person] = []
        self._queue: deque[Person] = deque()
        self._under_way: set[asyncio.Task] = set()
        self.steps: Counter[str] = Counter()
        self.starved = 0  # ticks in which nobody was free
        self._ended = False
        self._inside = self._weights()

    def _weights(self):
        """(weight, step, whether the person can) of somebody who is signed in."""
        do, factors = self.accounts, self.factors
        return [
            (40, do.look, lambda p: True),
            (10, do.ask_as_edge, lambda p: True),
            (5, do.sign_in, lambda p: True),
            (4, do.sign_out, lambda p: True),
            (3, do.list_sessions, lambda p: p.certain),
            (3, do.rename, lambda p: True),
            (2, do.take_token, lambda p: True),
            (1, do.forged, lambda p: True),
            (2, do.end_others, lambda p: True),
            (4, factors.step_up, lambda p: p.certain),
            (2, do.change_password, lambda p: p.certain),
            (2, do.ask_for_reset, lambda p: p.certain and p.asked_mails.get(RESET, 0) < 3),
            (1, do.ask_for_address, lambda p: p.certain and p.asked_mails.get(CONFIRM, 0) < 3 and not p.wanted_email),
            (2, factors.enrol_app, lambda p: p.certain and not p.has_factor),
            (1, factors.enrol_passkey, lambda p: p.certain and len(p.passkeys) < 2 and not p.passkeys_maybe),
            (0.7, factors.remove_app, lambda p: p.certain and p.app),
            (1, factors.make_recovery_codes, lambda p: p.certain and p.has_factor and len(p.recovery) < 3),
            (0.4, do.delete, lambda p: p.certain),
        ]

    def newcomer(self) -> Person:
        number = len(self.people) + len(self.gone)
        person = Person(
            number, f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}", random.Random(self._rng.random())
        )
        self.people.append(person)
        self._queue.append(person)
        return person

    async def flow(self) -> None:
        """Until end()."""
        begun, owed, last = time.monotonic(), 0.0, time.monotonic()
        while not self._ended:
            await asyncio.sleep(_TICK)
            now = time.monotonic()
            if now - last > _STALL:
                self._caller.journal.timeline.note("machine.stalled", last, now)
            owed, last = min(owed + (now - last) * self._rate, self._rate), now
            due = min(self._users, int(self._users * (now - begun) / self._ramp) + 1)
            if len(self.people) < due:
                for _ in range(min(due - len(self.people), 5)):
                    self.newcomer()
            while owed >= 1:
                owed -= 1
                self._start_one(now)
        await asyncio.gather(*self._under_way)

    def end(self) -> None:
        self._ended = True

    def _start_one(self, now: float) -> None:
        for _ in range(len(self._queue)):
            person = self._queue.popleft()
            if person.stage == "gone":
                self.people.remove(person)
                self.gone.append(person)
                continue
            if person.busy or person.rests_until > now:
                self._queue.append(person)
                continue
            person.busy = True  # here, not when the task begins: staff may choose somebody in between
            task = asyncio.ensure_future(self._step(person))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
            return
        self.starved += 1

    async def _step(self, person: Person) -> None:
        step = self._choose(person)
        self.steps[step.__name__] += 1
        try:
            await step(person)
        except Unknown:
            pass  # a question without an answer
        except Unexpected:
            person.doubt()
        except Exception:  # a mistake of this program: told, and it fails the run
            self._caller.journal.violate("the soak itself works", traceback.format_exc(limit=-4), person.name)
        finally:
            person.busy = False
            person.steps += 1
            person.rests_until = max(person.rests_until, time.monotonic() + _PAUSE)
            self._queue.append(person)

    def _choose(self, person: Person):
        do = self.accounts
        if person.stage == "new":
            return do.sign_up
        if person.stage == "asked":
            return do.verify
        if any(browser.doubtful for browser in person.signed_in):
            return do.resolve
        if person.newest(RESET):
            return do.reset
        if person.wanted_email and person.newest(CONFIRM):
            return do.move_address
        if not person.signed_in or not person.certain:
            return do.sign_in
        able = [(weight, step) for weight, step, can in self._inside if can(person)]
        return person.rng.choices([step for _, step in able], [weight for weight, _ in able])[0]
