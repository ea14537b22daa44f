"""bench/soak believes nobody: each promise that it checks by answers is broken here, and it must say so. The others:
test_soak_record.py. The long run is `bench/soak/run` (docs/reliability.md)."""

import asyncio
import json
import random
import time
from types import SimpleNamespace

import pytest

from harness import beside  # noqa: F401
from soak import availability, samples
from soak.accounts import Accounts
from soak.attackers import PROMISE as GUESSES
from soak.attackers import Attackers, allowed, codes_allowed
from soak.caller import Caller, Unexpected, Unknown
from soak.factors import Factors
from soak.journal import Journal
from soak.person import Browser, Mail, Person
from soak.timeline import Fault, Timeline
from soak.undertaker import PROMISE as ENDED
from soak.undertaker import Undertaker
from soak.wire import Answer, Lost, NotSent

ID = ("x-request-id", "0123")
PROBLEM = ("content-type", "application/problem+json")


class Script:
    """A wire whose answers are written beforehand: (status, headers, body), or what is to be raised."""

    def __init__(self, *answers):
        self.count, self.authority = 2, "localhost"
        self._answers = list(answers)
        self.asked: list[tuple[int, str, str]] = []

    def pick(self) -> int:
        return len(self.asked) % 2

    def shun(self, number: int) -> None:
        pass

    def shunned(self, number: int) -> bool:
        return False

    async def ask(self, number, method, path, headers, body, seconds) -> Answer:
        self.asked.append((number, method, path))
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        status, sent, content = answer
        now = time.monotonic()
        return Answer(status, sent, json.dumps(content).encode(), number, now, now)


def problem(status: int, code: str, *headers, **members) -> tuple:
    return status, [ID, PROBLEM, *headers], {"status": status, "code": code, "request_id": "0123"} | members


OK = (200, [ID], {"ok": True})


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "journal.jsonl", Timeline())


def somebody() -> Person:
    return Person(1, "10.0.0.1", random.Random(1))


def ask(journal, *answers, method="POST", **options) -> Script:
    wire = Script(*answers)
    undertaker = Undertaker(wire, journal, journal.timeline, random.Random(1))
    caller = Caller(wire, journal, undertaker)

    async def once() -> None:
        try:
            await caller.ask(somebody(), Browser(), method, "/auth/x", **options)
        except (Unknown, Unexpected):
            pass

    asyncio.run(once())
    return wire


def broken(journal) -> set[str]:
    return set(journal.broken)


def test_what_is_as_it_should_be_is_no_violation(journal):
    ask(journal, OK)
    ask(journal, problem(401, "invalid_credentials"), want=("401 invalid_credentials",))
    ask(journal, problem(503, "unavailable", ("retry-after", "1")))
    assert broken(journal) == set()


@pytest.mark.parametrize(
    "answer, promise",
    [
        (problem(500, "internal"), "no answer is a 500"),
        (problem(503, "unavailable"), "a 503 says when to try again"),
        (problem(401, "unauthenticated", request_id="another"), "a refusal is a problem+json with the request's id"),
        ((404, [ID], {"error": "no"}), "a refusal is a problem+json with the request's id"),
        (problem(403, "forbidden"), "answers are as the rules have them"),
    ],
    ids=["500", "no Retry-After", "another id", "no problem", "another answer"],
)
def test_an_answer_that_is_not_as_it_should_be_is_found(journal, answer, promise):
    ask(journal, answer)
    assert promise in broken(journal)


def test_a_write_is_not_sent_twice_and_a_read_is(journal):
    assert len(ask(journal, Lost("x"), OK).asked) == 1
    assert len(ask(journal, NotSent("x"), OK).asked) == 2
    assert len(ask(journal, Lost("x"), OK, method="GET").asked) == 2


def buried(journal, *answers, faults=(), instance=0, waits=0.0) -> Undertaker:
    """A session ended on instance 0 `waits` seconds ago; then all are asked."""
    wire = Script(*answers)
    undertaker = Undertaker(wire, journal, journal.timeline, random.Random(1))
    now = time.monotonic()
    journal.timeline.faults += [Fault(kind, "", now - waits, now) for kind in faults]

    async def once() -> None:
        undertaker._rng = SimpleNamespace(random=lambda: 1.0, shuffle=lambda _: None)  # no visits by themselves
        undertaker.bury("cookie", somebody(), "logout", Answer(200, [], b"", 0, now - waits, now - waits))
        await undertaker.ask(undertaker.ended[0], instance)

    asyncio.run(once())
    return undertaker


def test_a_session_that_is_served_again_is_found(journal):
    buried(journal, problem(401, "unauthenticated"))
    assert broken(journal) == set()
    buried(journal, OK)
    assert broken(journal) == {ENDED}


@pytest.mark.parametrize(
    "instance, waits, faults, found",
    [
        (0, 0.0, ["redis.kill"], True),
        (1, 0.5, [], False),
        (1, 1.5, [], True),
        (1, 1.5, ["postgres.kill"], True),
        (1, 20.0, ["redis.kill"], False),
        (1, 31.0, ["redis.kill"], True),
    ],
)
def test_how_late_another_instance_may_hear_of_an_end(journal, instance, waits, faults, found):  # docs/adr/0009
    undertaker = buried(journal, OK, instance=instance, waits=waits, faults=faults)
    assert (broken(journal) == {ENDED}) == found
    assert len(undertaker.late) == 1, "told in any case"


def accounts(journal, *answers) -> Accounts:
    wire = Script(*answers)
    caller = Caller(wire, journal, Undertaker(wire, journal, journal.timeline, random.Random(1)))
    return Accounts(caller, {}, Factors(caller, "http://localhost"))


class Everywhere(random.Random):
    """Whoever has it does on every instance at once what may be done so, and nothing a second time."""

    def random(self) -> float:
        return next(self.numbers)


def racing() -> Person:
    person = somebody()
    person.rng = Everywhere()
    person.rng.numbers = iter([0.0, 1.0, 1.0])
    return person


USED, SPENT = problem(400, "invalid_token"), problem(400, "challenge_expired")


@pytest.mark.parametrize("answers, found", [((OK, USED), False), ((OK, OK), True)])
def test_a_token_that_is_taken_twice_is_found(journal, answers, found):
    mail = Mail("verify-email", "token", "id")
    asyncio.run(accounts(journal, *answers)._spend(racing(), mail, "/auth/verify-email", {}, "email.verified"))
    assert (broken(journal) == {"a one-time token works once"}) == found


@pytest.mark.parametrize(
    "answers, promise",
    [((OK, SPENT), None), ((OK, OK), "a code or challenge works once"), ((SPENT, SPENT), "of several at once one is taken")],
)
def test_a_code_that_is_taken_twice_or_never_is_found(journal, answers, promise):
    asyncio.run(
        accounts(journal, *answers).factors._prove(racing(), Browser(), "/auth/mfa/totp/verify", {}, "login.succeeded")
    )
    assert broken(journal) == ({promise} if promise else set())


def test_an_instance_that_is_gone_is_found(journal):
    gone = SimpleNamespace(is_running=False, pid=0, log=lambda: "")
    samples.Samples(None, journal, set())._one(1, gone, 0.0)
    assert broken(journal) == {"no instance crashes"}


def test_guesses_beyond_the_budget_are_found(journal):
    attackers = Attackers(accounts(journal, OK)._caller, accounts(journal, OK), journal.timeline, random.Random(1), 4)
    attackers.victims[0].tried += [1.0] * 10
    attackers.code_victims[0].tried += [1.0] * 10
    attackers.judge()
    assert broken(journal) == set()
    attackers.victims[0].tried.append(1.0)
    attackers.code_victims[0].tried.append(1.0)
    attackers.judge()
    assert journal.broken[GUESSES] == 2


def test_how_many_guesses_are_allowed():  # docs/adr/0017
    quiet, shaken = Timeline(), Timeline()
    shaken.faults.append(Fault("redis.kill", "", 5.0, 6.0))
    assert allowed([float(at) for at in range(11)], quiet, 3) == 10
    assert allowed([float(at) for at in range(11)], shaken, 3) == 30
    assert allowed([0.0] * 10 + [901.0], quiet, 3) == 11
    assert codes_allowed([0.0] * 10) == 10
    assert codes_allowed([0.0] * 10 + [901.0]) == 20


def test_an_outage_is_measured_and_one_at_rest_is_found(journal):
    timeline = journal.timeline
    timeline.faults.append(Fault("redis.kill", "", 100.0, 102.0))
    for at in range(1000):
        journal.deed(at / 10, at / 10 + 0.01, True)
    for at in (100.5, 101.0, 103.0):
        journal.deed(at, at + 0.01, False)
    (one,) = availability.around(journal, timeline)
    assert (one.outage, one.recovery) == (0.75, 1.0)
    availability.judge(journal, timeline)
    assert broken(journal) == set(), "all of it touched the fault or the grace after it"
    for at in (10.0, 20.0):
        journal.deed(at, at + 0.01, False)
    availability.judge(journal, timeline)
    assert broken(journal) == {availability.PROMISE}


@pytest.mark.parametrize(
    "what, promise",
    [("resident", "no leak of memory"), ("files", "no leak of files"), ("threads", "threads are constant"), (None, None)],
)
def test_a_leak_is_found(journal, what, promise):
    watched = samples.Samples(None, journal, set())
    for number in range(400):
        fact = {"resident": 40.0, "files": 50, "threads": 12}
        if what:
            fact[what] += number / 4
        watched.of[0, 1].append(samples.Sample(at=number * samples.EVERY, **fact))
    watched.connections = [60]
    watched.judge(20, 3)
    assert broken(journal) == ({promise} if promise else set())
    watched.connections.append(61)
    watched.judge(20, 3)
    assert "database connections are bounded" in broken(journal)


def test_a_machine_that_stood_still_is_a_fault_in_the_order_of_time():
    timeline = Timeline()
    timeline.faults += [Fault("redis.kill", "", 10.0, 11.0), Fault("redis.kill", "", 500.0, 501.0)]
    timeline.note("machine.stalled", 100.0, 102.0)
    assert [fault.begun for fault in timeline.faults] == [10.0, 100.0, 500.0]
    assert [fault.kind for fault in timeline.over(101.0, 101.5)] == ["machine.stalled"]
    assert timeline.quiet(90.0, 99.0) and not timeline.quiet(99.0, 100.0)
