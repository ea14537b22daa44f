"""Half a minute of bench/soak, and then its record tampered with in every way that its checks are for."""

import asyncio
import json

import pytest

from harness import beside  # noqa: F401
from soak import availability
from soak.attackers import PROMISE as GUESSES
from soak.check import AUDIT, KEPT, MAIL
from soak.journal import Journal
from soak.person import Person
from soak.site import Site
from soak.soak import Plan, Soak
from soak.timeline import Timeline
from soak.undertaker import PROMISE as ENDED

pytestmark = pytest.mark.servers


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "journal.jsonl", Timeline())


@pytest.fixture(scope="module")
def soaked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("soak")
    kinds = ("instance.restart", "postgres.immediate", "redis.kill", "smtp.down", "receivers.down")
    plan = Plan(
        0.4,
        60,
        2,
        11,
        25.0,
        folder,
        kinds,
        pause=(0.5, 1.0),
        longest_fault=1.0,
        ramp=8.0,
        rest=13.0,
        last=4.0,
        every_kind=True,
        victims=4,
    )
    # The machine's own stand-stills are no faults of Redis: else a session's end could rightly be heard of half a minute later.
    with Site(folder, 2, {"REDIS_TIMEOUT_MS": 3000}) as site:
        soak = Soak(plan, site)
        asyncio.run(soak.run())
        yield soak


@pytest.mark.timeout(300)
def test_a_short_soak_keeps_every_promise(soaked):
    assert {fault.kind for fault in soaked.timeline.faults} >= set(soaked.plan.kinds)
    # How many requests succeed in time is the machine's matter, too, and nothing for a test.
    assert [one for one in soaked.journal.violations if one.promise != availability.PROMISE] == []
    for promise in (KEPT, AUDIT, MAIL, ENDED, GUESSES, "each receiver got each entry, in order", "audit verify is clean"):
        assert soaked.journal.checked[promise] > 0, promise
    assert soaked.journal.tries["GET /auth/me", "200"] > 50


_touched: set[str] = set()


def _fresh(soak) -> Person:
    """Somebody whose record is still as it was."""
    person = next(
        one
        for one in soak.traffic.people
        if one.stage == "active" and one.id and one.certain and one.signed_in and one.name not in _touched
    )
    _touched.add(person.name)
    return person


def _sql(text: str):
    return lambda soak: soak.site.group[0].execute(text.format(id=_fresh(soak).id))


def _lost_event(soak) -> None:
    request_id = next(id_ for event, id_ in soak.journal.events if event == "user.registered")
    soak.site.postgres.execute(
        "SET session_replication_role = replica; DELETE FROM audit_logs WHERE request_id = " f"'{request_id}'",
        database=soak.site.database,
    )


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
        log.write(
            json.dumps({"time": "2020-01-01T00:00:00.000000Z", "level": "error", "message": "planted"}, separators=(",", ":"))
            + "\n"
        )


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


@pytest.mark.parametrize("number", range(len(SABOTAGE)))
def test_a_record_that_was_tampered_with_is_found(soaked, journal, number):
    sabotage, parts, *promises = SABOTAGE[number]
    given = {
        "sealed": [soaked.site.group[0].settings["AUDIT_KEY"]],
        "mail": [soaked.post],
        "received": [soaked.post, soaked.delivered],
    }
    journal.events, journal.events_of = soaked.journal.events, soaked.journal.events_of

    def look() -> list[int]:
        for part in parts.split():
            getattr(soaked.checks(journal), part)(*given.get(part, []))
        return [journal.broken[promise] for promise in promises]

    before = look()  # what others broke that came earlier
    sabotage(soaked)
    assert all(after > 2 * former for former, after in zip(before, look())), before
