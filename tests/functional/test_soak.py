"""bench/soak believes nobody: each promise that it checks is broken here, and it must say so. The long run is
`bench/soak/run` (docs/reliability.md)."""

import asyncio
import json
import random
import sys
import time
from types import SimpleNamespace

import pytest

from harness.contract import ROOT

sys.path.append(str(ROOT / "bench"))  # behind, for bench/harness is another package than ours

from soak import availability, samples  # noqa: E402
from soak.accounts import Accounts  # noqa: E402
from soak.attackers import PROMISE as GUESSES  # noqa: E402
from soak.attackers import Attackers, allowed, codes_allowed  # noqa: E402
from soak.caller import Caller, Unexpected, Unknown  # noqa: E402
from soak.check import AUDIT, KEPT, MAIL  # noqa: E402
from soak.factors import Factors  # noqa: E402
from soak.journal import Journal  # noqa: E402
from soak.person import Browser, Mail, Person  # noqa: E402
from soak.site import Site  # noqa: E402
from soak.soak import Plan, Soak  # noqa: E402
from soak.timeline import Fault, Timeline  # noqa: E402
from soak.undertaker import PROMISE as ENDED  # noqa: E402
from soak.undertaker import Undertaker  # noqa: E402
from soak.wire import Answer, Lost, NotSent  # noqa: E402

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


@pytest.mark.parametrize("answer, promise", [
    (problem(500, "internal"), "no answer is a 500"),
    (problem(503, "unavailable"), "a 503 says when to try again"),
    (problem(401, "unauthenticated", request_id="another"), "a refusal is a problem+json with the request's id"),
    ((404, [ID], {"error": "no"}), "a refusal is a problem+json with the request's id"),
    (problem(403, "forbidden"), "answers are as the rules have them"),
], ids=["500", "no Retry-After", "another id", "no problem", "another answer"])
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


@pytest.mark.parametrize("instance, waits, faults, found", [
    (0, 0.0, ["redis.kill"], True), (1, 0.5, [], False), (1, 1.5, [], True), (1, 1.5, ["postgres.kill"], True),
    (1, 20.0, ["redis.kill"], False), (1, 31.0, ["redis.kill"], True)])
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


@pytest.mark.parametrize("answers, promise", [((OK, SPENT), None), ((OK, OK), "a code or challenge works once"),
                                              ((SPENT, SPENT), "of several at once one is taken")])
def test_a_code_that_is_taken_twice_or_never_is_found(journal, answers, promise):
    asyncio.run(accounts(journal, *answers).factors._prove(racing(), Browser(), "/auth/mfa/totp/verify", {}, "login.succeeded"))
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


@pytest.mark.parametrize("what, promise", [("resident", "no leak of memory"), ("files", "no leak of files"),
                                           ("threads", "threads are constant"), (None, None)])
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


# --- a short soak, and a record that was tampered with


@pytest.fixture(scope="module")
def soaked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("soak")
    kinds = ("instance.restart", "postgres.immediate", "redis.kill", "smtp.down", "receivers.down")
    plan = Plan(0.4, 60, 2, 11, 25.0, folder, kinds, pause=(0.5, 1.0), longest_fault=1.0, ramp=8.0, rest=13.0, last=4.0,
                every_kind=True, victims=4)
    with Site(folder, 2) as site:
        soak = Soak(plan, site)
        asyncio.run(soak.run())
        yield soak


@pytest.mark.servers
@pytest.mark.timeout(300)
def test_a_short_soak_keeps_every_promise(soaked):
    assert {fault.kind for fault in soaked.timeline.faults} == set(soaked.plan.kinds)
    # How many requests succeed in time is the machine's matter, too, and nothing for a test.
    assert [one for one in soaked.journal.violations if one.promise != availability.PROMISE] == []
    for promise in (KEPT, AUDIT, MAIL, ENDED, GUESSES, "each receiver got each entry, in order", "audit verify is clean"):
        assert soaked.journal.checked[promise] > 0, promise
    assert soaked.journal.tries["GET /auth/me", "200"] > 50


_touched: set[str] = set()


def _fresh(soak) -> Person:
    """Somebody whose record is still as it was."""
    person = next(one for one in soak.traffic.people
                  if one.stage == "active" and one.id and one.certain and one.signed_in and one.name not in _touched)
    _touched.add(person.name)
    return person


def _sql(text: str):
    return lambda soak: soak.site.group[0].execute(text.format(id=_fresh(soak).id))


def _lost_event(soak) -> None:
    request_id = next(id_ for event, id_ in soak.journal.events if event == "user.registered")
    soak.site.postgres.execute("SET session_replication_role = replica; DELETE FROM audit_logs WHERE request_id = "
                               f"'{request_id}'", database=soak.site.database)


def _unknown_mail(soak) -> None:
    soak.post.delivered["<0198c0de-0000-7000-8000-000000000000@x>"] = (_fresh(soak).email, "")


def _mail_that_did_not_come(soak) -> None:
    soak.post.delivered.pop(next(iter(soak.post.delivered)))


def _more_links_than_asked(soak) -> None:
    _fresh(soak).asked_mails.clear()


def _entry_missing(soak) -> None:
    soak.post.entries["siem"].remove(3)


def _entries_turned_round(soak) -> None:
    numbers = soak.post.entries["syslog"]
    numbers[2], numbers[3] = numbers[3], numbers[2]


def _key_for_ever(soak) -> None:
    soak.site.redis.execute("SET", "secureauth:x", "1", database=soak.site.redis_database)


def _error_in_a_log(soak) -> None:
    with (soak.site.group[0].folder / "stderr.log").open("a") as log:
        log.write(json.dumps({"time": "2020-01-01T00:00:00.000000Z", "level": "error", "message": "planted"},
                             separators=(",", ":")) + "\n")


def _nobodys_account(soak) -> None:
    _fresh(soak).ids.clear()


_REGISTRATIONS = """INSERT INTO registrations (id, email, email_key, password_hash, token_hash, created_at, expires_at)
  SELECT gen_random_uuid(), 'x', 'x', 'x', decode(md5(n::text), 'hex'), now(), now() FROM generate_series(1, 1000) n"""

SABOTAGE = [
    (_sql("UPDATE users SET name = 'somebody else' WHERE id = '{id}'"), "accounts", KEPT),
    (_sql("UPDATE users SET email = 'another@soak.example' WHERE id = '{id}'"), "accounts", KEPT),
    (_sql("UPDATE users SET status = 'disabled' WHERE id = '{id}'"), "accounts", KEPT),
    (_sql("UPDATE users SET second_factors = 'totp webauthn' WHERE id = '{id}'"), "accounts", KEPT),
    (_sql("DELETE FROM sessions WHERE user_id = '{id}'"), "sessions", "the list of sessions is right"),
    (_sql("DELETE FROM users WHERE id = '{id}'"), "accounts", KEPT),
    (_lost_event, "events sealed", AUDIT, "audit verify is clean", "the audit log is sealed without a gap"),
    (_nobodys_account, "accounts", "nothing is in the record that nobody asked for"),
    (_key_for_ever, "stores", "what piles up expires"),
    (_sql(_REGISTRATIONS), "stores", "what piles up is explained"),
    (_error_in_a_log, "log", "no error in a log without a fault"),
    (_entry_missing, "received", "each receiver got each entry, in order"),
    (_entries_turned_round, "received", "each receiver got each entry, in order"),
    (_unknown_mail, "mail", "no mail that nobody asked for"),
    (_mail_that_did_not_come, "mail", MAIL),
    (_more_links_than_asked, "mail", "no mail that nobody asked for"),
]


@pytest.mark.servers
@pytest.mark.parametrize("number", range(len(SABOTAGE)))
def test_a_record_that_was_tampered_with_is_found(soaked, journal, number):
    sabotage, parts, *promises = SABOTAGE[number]
    given = {"sealed": [soaked.site.group[0].settings["AUDIT_KEY"]], "mail": [soaked.post],
             "received": [soaked.post, soaked.delivered]}
    journal.events, journal.events_of = soaked.journal.events, soaked.journal.events_of

    def look() -> list[int]:
        for part in parts.split():
            getattr(soaked.checks(journal), part)(*given.get(part, []))
        return [journal.broken[promise] for promise in promises]

    before = look()  # what others broke that came earlier
    sabotage(soaked)
    assert all(after > 2 * former for former, after in zip(before, look())), before
