"""Afterwards: what the record store, the log and the post hold, against what was acknowledged."""

import asyncio
import datetime
import json
import time
from collections import Counter

from harness.sealed_log import Keys, SealedLog

from .accounts import CONFIRM, RESET, VERIFY
from .caller import Caller, Unexpected, Unknown
from .journal import Journal
from .person import Browser, Person
from .post import Post
from .site import Site

KEPT, MAIL = "nothing acknowledged is lost", "each mail arrives or is given up"
AUDIT = "each acknowledged event is in the audit log once"
_MANY = {"session.ended"}  # one request may end several
KINDS = (VERIFY, RESET, CONFIRM)
_LOG_GRACE = 15.0  # seconds; what waits for a server that was away is told of when its own time is over
TABLES = (
    "users",
    "registrations",
    "sessions",
    "one_time_tokens",
    "sign_in_challenges",
    "webauthn_challenges",
    "totp_enrolments",
    "login_guesses",
    "factor_guesses",
    "mails",
    "audit_logs",
    "audit_pending",
)


class Check:
    def __init__(self, site: Site, journal: Journal, caller: Caller, people: list[Person], addresses: dict[str, Person]):
        self._site, self._journal, self._check = site, journal, journal.check
        self._caller, self._people, self._addresses = caller, people, addresses

    def accounts(self) -> None:
        """Address, name, status, factors of everybody who is sure of them."""
        rows = {row["id"]: row for row in self._site.rows("SELECT id, email, name, role, status, second_factors FROM users")}
        by_email = {row["email"]: row["id"] for row in rows.values()}
        for person in self._people:
            maybe = [by_email[email] for email in person.emails if email in by_email] if person.ids_maybe else []
            found = [id_ for id_ in (*person.ids, *maybe) if id_ in rows]
            person.ids, person.ids_maybe = (found or person.ids)[:1], False
        known = {person.id for person in self._people}
        for person in self._people:
            row = rows.get(person.id or "")
            if person.stage == "active" and not person.deleted_maybe:
                if self._check(KEPT, row is not None, "the account is not in the record", person.name):
                    self._one_account(person, row)
            elif person.stage == "gone":
                self._check("nothing ended is alive", row is None, "a deleted account is in the record", person.name)
        for id_, row in rows.items():
            self._check("nothing is in the record that nobody asked for", id_ in known, f"an account of {row['email']}")

    def _one_account(self, person: Person, row: dict) -> None:
        def holds(what: str, fact, candidates) -> None:
            self._check(KEPT, fact in candidates, f"{what} is {fact!r} in the record, not of {candidates!r}", person.name)

        holds("the address", row["email"], person.emails)
        holds("the name", row["name"], person.display)
        holds("the status", row["status"], person.status)
        holds("the role", row["role"], ["admin" if person.number == 800_000 else "user"])
        factors = row["second_factors"].split()
        if not person.apps_maybe and not person.app_removed_maybe:
            holds("an authenticator", "totp" in factors, [person.app is not None])
        if not person.passkeys_maybe:
            holds("a passkey", "webauthn" in factors, [bool(person.passkeys)])

    def factors(self) -> None:
        passkeys = Counter(row["user_id"] for row in self._site.rows("SELECT user_id FROM webauthn_credentials"))
        codes = Counter(row["user_id"] for row in self._site.rows("SELECT user_id FROM recovery_codes WHERE used_at IS NULL"))
        for person in self._people:
            if person.stage != "active" or person.deleted_maybe:
                continue
            if not person.passkeys_maybe:
                self._check(
                    KEPT,
                    passkeys[person.id] == len(person.passkeys),
                    f"{passkeys[person.id]} passkeys in the record, {len(person.passkeys)} acknowledged",
                    person.name,
                )
            if not person.recovery_maybe and person.recovery:
                self._check(
                    KEPT,
                    codes[person.id] == len(person.recovery),
                    f"{codes[person.id]} recovery codes in the record, {len(person.recovery)} left",
                    person.name,
                )

    def sessions(self) -> None:
        open_ = Counter(row["user_id"] for row in self._site.rows("SELECT user_id FROM sessions"))
        for person in self._people:
            sure = len([one for one in person.signed_in if not one.doubtful])
            most = len(person.signed_in) + person.orphans
            self._check(
                "the list of sessions is right",
                sure <= open_[person.id or ""] <= most,
                f"{open_[person.id or '']} sessions in the record; {sure} to {most} were acknowledged",
                person.name,
            )

    async def passwords(self) -> None:
        """Everybody who is sure of a password signs in with it once more, on whichever instance; and whoever has a
        session uses it on every one."""
        people = [one for one in self._people if one.stage == "active" and one.certain and one.number < 800_000]

        async def some() -> None:
            while people:
                try:
                    await self._signs_in(people.pop())
                except (Unknown, Unexpected):
                    pass  # told already, or there was no answer

        await asyncio.gather(*(some() for _ in range(8)))

    async def _signs_in(self, person: Person) -> None:
        sid = [one for one in person.signed_in if not one.doubtful]
        for browser in sid[:2]:
            for number in range(self._caller.wire.count):
                await self._caller.ask(person, browser, "GET", "/auth/me", instance=number, kind="check a session")
                self._journal.checked["acknowledged sessions live on every instance"] += 1
        await self._caller.ask(
            person,
            Browser(),
            "POST",
            "/auth/login",
            {"email": person.email, "password": person.password},
            csrf=False,
            kind="check a password",
        )
        person.orphans += 1
        self._journal.checked[KEPT] += 1

    def stores(self) -> dict[str, int]:
        """Nothing piles up: keys of Redis expire by themselves, rows are those that people explain. How many there are."""
        lives = self._site.redis_lives()
        self._check("what piles up expires", -1 not in lives, f"{lives.count(-1)} keys of Redis live for ever")
        asked = Counter()
        for person in self._people:
            asked.update(person.asked_mails)
        challenged = sum(count for (event, _), count in self._journal.events.items() if event == "login.challenged")
        lost = sum(count for (_, status), count in self._journal.tries.items() if not status.startswith(("2", "4")))
        rows = {table: self._site.rows(f"SELECT count(*) AS n FROM {table}")[0]["n"] for table in TABLES}
        for table, most in (
            ("registrations", asked[VERIFY]),
            ("one_time_tokens", asked[RESET] + 2 * asked[CONFIRM]),
            ("sign_in_challenges", challenged + lost),
        ):
            self._check(
                "what piles up is explained", rows[table] <= most, f"{rows[table]} rows in {table}, {most} are explained"
            )
        return {"redis keys": len(lives)} | rows

    # --- the audit log

    def events(self) -> None:
        found = Counter(
            (row["event"], row["request_id"])
            for row in self._site.rows("SELECT event, request_id FROM audit_logs WHERE request_id <> ''")
        )
        for (event, request_id), _ in self._journal.events.items():
            count = found[event, request_id]
            self._check(
                AUDIT,
                count == 1 or (event in _MANY and count > 1),
                f"{event} of {request_id} is there {count} times",
                self._journal.events_of[request_id],
            )

    def sealed(self, audit_key: str) -> int:
        """By our own verifier and by the command; the number of entries."""
        log = SealedLog(self._site.group[0])
        try:
            log.check(Keys(audit_key))
            whole = ""
        except Exception as error:  # an assertion, a key that is missing, a signature that is none
            whole = f"{type(error).__name__} {error}"
        self._check("the audit log is sealed without a gap", not whole, whole)
        done = self._site.group[0].command("--json", "audit", "verify")
        told = json.loads(done.stdout) if done.stdout else {}
        self._check(
            "audit verify is clean",
            done.returncode == 0 and not told.get("noticed"),
            f"exit {done.returncode}: {done.stderr[:300]} {told.get('findings')}",
        )
        return told.get("sealed", 0)

    def received(self, post: Post, sealed: int) -> None:
        chosen = [
            number
            for number, event in enumerate(self._events_in_order()[:sealed])
            if event.partition(".")[0] in ("user", "email", "password")
        ]
        for name, numbers in post.entries.items():
            wanted = chosen if name.startswith("webhook") else list(range(sealed))
            seen = list(dict.fromkeys(numbers))
            missing = sorted(set(wanted) - set(seen))
            self._check(
                "each receiver got each entry, in order",
                seen[: len(wanted)] == wanted,
                f"{name}: {len(missing)} of {len(wanted)} are missing, first {missing[:3]}; "
                f"in order: {seen == sorted(seen)}",
            )

    def _events_in_order(self) -> list[str]:
        log = SealedLog(self._site.group[0])
        event_of = {row["id"]: row["event"] for row in self._site.rows("SELECT id, event FROM audit_logs")}
        return [event_of.get(id_, "") for id_, _ in log.entries()]

    # --- mail

    def mail(self, post: Post) -> None:
        rows = self._site.rows("SELECT id, kind, state FROM mails")
        delivered = {id_.strip("<>").partition("@")[0]: what for id_, what in post.delivered.items()}
        for row in rows:
            here = row["id"] in delivered
            self._check(
                MAIL,
                here if row["state"] == "sent" else row["state"] == "dead",
                f"{row['kind']} {row['id']} is " f"{row['state']} and {'came' if here else 'did not come'}",
            )
        ids = {row["id"] for row in rows}
        gone = {person.name for person in self._people if person.stage == "gone"}  # their mails go with them
        for id_, (recipient, _) in delivered.items():
            if recipient in self._addresses and self._addresses[recipient].name in gone:
                continue
            self._check("no mail that nobody asked for", id_ in ids, f"{id_} for {recipient} is in no outbox")
        links = Counter(
            (self._addresses[recipient].name, page)
            for recipient, page in delivered.values()
            if page in KINDS and recipient in self._addresses
        )
        asked = {(person.name, page): count for person in self._people for page, count in person.asked_mails.items()}
        for (name, page), count in links.items():
            self._check(
                "no mail that nobody asked for",
                count <= asked.get((name, page), 0),
                f"{count} links to {page} came, {asked.get((name, page), 0)} were asked for",
                name,
            )

    def log(self) -> None:
        """No error in an instance's log that no fault explains."""
        started = time.time() - (time.monotonic() - self._journal.timeline.started)
        for number, line in self._site.log_lines("error"):
            at = _epoch(line["time"]) - started + self._journal.timeline.started
            faults = self._journal.timeline.over(at, at, grace=_LOG_GRACE)
            self._check("no error in a log without a fault", bool(faults), f"instance {number}: {line['message'][:200]}")


def _epoch(text: str) -> float:
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
