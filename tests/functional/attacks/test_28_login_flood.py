"""Attack 28: a flood of sign-ins fills the hashing pool -> 503 overloaded with Retry-After; memory bounded; sessions
served (ASVS 15.2.2). Who comes from a known browser waits for no stranger: test_05_lock_out_the_owner.py."""

from pathlib import Path

import pytest

from harness.concurrently import at_once
from harness.people import People, fresh_email, fresh_password

FLOOD = 16
ARENA_KIB = 65536


@pytest.fixture
def people(start_server):
    return People(start_server(HASH_THREADS=1, HASH_QUEUE_MAX_WAIT_MS=50, ARGON2_TIME_COST=8, ARGON2_MEMORY_COST=ARENA_KIB))


def test_a_flood_of_sign_ins(people):
    signed_in, account = people.signed_in()
    logins = [lambda: people.login(fresh_email(), fresh_password()) for _ in range(FLOOD)]
    *replies, me = at_once([*logins, lambda: signed_in.get("/auth/me")])

    refusals = [reply.refusal for reply in replies]
    assert set(refusals) <= {(401, "invalid_credentials"), (503, "overloaded")}
    assert (503, "overloaded") in refusals, "the queue is bounded"
    assert (401, "invalid_credentials") in refusals, "and what it takes is served"
    assert all(int(reply.header("Retry-After")) >= 1 for reply in replies if reply.status == 503)
    assert me.status == 200, "a session check needs no hash"
    assert people.login(account.email, account.password).status == 200, "afterwards all is well"


def memory_kib(server) -> int:
    lines = Path(f"/proc/{server.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def test_a_flood_takes_one_hash_of_memory_a_thread(people):
    people.login(fresh_email(), fresh_password())
    before = memory_kib(people.server)
    at_once([lambda: people.login(fresh_email(), fresh_password()) for _ in range(FLOOD)])
    assert memory_kib(people.server) - before < ARENA_KIB / 4


def test_a_refused_registration_leaves_nothing_behind(people):
    emails = [fresh_email() for _ in range(FLOOD)]
    replies = at_once(
        [lambda e=e: people.browser().post("/auth/register", {"email": e, "password": fresh_password()}) for e in emails]
    )
    refused = [email for email, reply in zip(emails, replies) if reply.refusal == (503, "overloaded")]
    accepted = [email for email, reply in zip(emails, replies) if reply.status == 200]
    assert refused and len(refused) + len(accepted) == FLOOD
    assert all(people.mails(email, count=1) for email in accepted)
    assert all(people.mails(email) == [] for email in refused)
