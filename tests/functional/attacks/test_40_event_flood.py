"""Attack 40, its flood: events without end -> events are not dropped, and the table does not grow with them. The other
half, entries that somebody changes, is in test_audit_tampering.py."""

import pytest

from harness.concurrently import at_once
from harness.daemon import wait_until
from harness.limits import BEHIND_PROXY, Caller, fresh_address
from harness.people import People, fresh_email, fresh_password
from harness.refusals import counted, refused

FLOOD, CALLERS = 3000, 6
MOST_ROWS = 100 + 200 + 1  # Refusals::kMostRows, a minute


@pytest.fixture
def server(start_server):
    return start_server(RATE_LIMIT_LOGIN="off", **BEHIND_PROXY)


def flood(server, requests: int):
    """Refused sign-ins, each from another address."""
    caller = Caller(server)
    for _ in range(requests):
        reply = caller.ask(
            address=fresh_address(),
            headers={"Origin": "https://evil.example.test"},
            json={"email": fresh_email(), "password": fresh_password()},
        )
        assert reply.refusal == (403, "origin_not_allowed")


# ASVS 16.3.3, 16.5.2, attack 40
def test_a_flood_of_refusals_is_counted_whole_in_few_rows(server):
    people = People(server)
    account = people.verified()
    at_once([lambda: flood(server, FLOOD // CALLERS)] * CALLERS)
    assert people.login(account.email, fresh_password()).status == 401
    assert people.login(account.email, account.password).status == 200
    wait_until(lambda: refused(server), "the first of them are written at once")
    events = {row["event"] for row in server.rows("SELECT event FROM audit_logs WHERE subject_id = ?", account.id)}
    assert {"login.failed", "login.succeeded"} <= events, "what else happens is not crowded out"
    server.stop()  # writes what is left
    assert sum(row["details"]["count"] for row in refused(server)) == FLOOD
    assert len(refused(server)) <= 2 * MOST_ROWS, "it may have lasted into a second minute"


# ASVS 16.5.2, attack 40
def test_of_one_kind_a_flood_is_few_rows(server):
    client, _ = People(server).signed_in()
    for _ in range(500):
        assert client.post("/auth/logout", csrf="A" * 43).refusal == (403, "csrf_failed")
    server.stop()
    assert counted(server, "csrf_failed") == 500
    assert len(refused(server, "csrf_failed")) <= 8
