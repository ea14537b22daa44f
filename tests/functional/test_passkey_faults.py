"""The record store fails in the middle of a ceremony: all of it happens or nothing."""

from contextlib import contextmanager

import pytest

from harness.client import SESSION_COOKIE
from harness.passkey_flows import (
    finish_login,
    finish_registration,
    finish_step_up,
    start_login,
    start_registration,
    start_step_up,
    try_login,
)
from harness.passkeys import Passkey
from harness.people import People

FAULT = {(500, "internal"), (503, "unavailable")}


@pytest.fixture
def own(start_server):
    return start_server()


@contextmanager
def without(server, table: str):
    """Nothing can be written there; what the transaction wrote before can."""
    server.execute(f"ALTER TABLE {table} RENAME TO {table}_away")
    try:
        yield
    finally:
        server.execute(f"ALTER TABLE {table}_away RENAME TO {table}")


def state(server, account) -> dict:
    """All that a ceremony may change."""
    of = {"webauthn_credentials": "user_id", "audit_logs": "subject_id", "users": "id"}
    found = {
        table: server.rows(f"SELECT * FROM {table} WHERE {column} = ? ORDER BY id", account.id) for table, column in of.items()
    }
    found["sessions"] = server.rows(
        "SELECT id, token_hash, aal, factor FROM sessions WHERE user_id = ? ORDER BY id", account.id
    )
    found["mails"] = server.rows("SELECT id FROM mails ORDER BY id")
    return found


def assert_all_or_nothing(server, client, account, table, finish, challenges) -> None:
    """`finish(asked)` meets the fault; its challenge is spent, and with another one it succeeds."""
    before, cookies = state(server, account), dict(client.cookies)
    with without(server, table):
        assert finish(challenges[0]).refusal in FAULT
    assert state(server, account) == before and dict(client.cookies) == cookies
    assert finish(challenges[0]).refusal == (400, "challenge_expired")
    assert finish(challenges[1]).status == 200


# WA §7.1 step 29, ASVS 2.3.3
@pytest.mark.parametrize("table", ["mails", "audit_logs"])
def test_a_registration(own, table):
    people = People(own)
    client, account = people.signed_in()
    passkey, asked = Passkey(), [start_registration(client) for _ in range(2)]
    assert_all_or_nothing(own, client, account, table, lambda one: finish_registration(client, passkey, one), asked)
    assert len(own.rows("SELECT id FROM webauthn_credentials WHERE user_id = ?", account.id)) == 1
    assert try_login(people.browser(), passkey).status == 200


# WA §7.2 step 25, ASVS 2.3.3: no session, and the count as it was
def test_a_sign_in(own):
    people = People(own)
    account = people.with_passkey(Passkey(count=5))[1]
    browser = people.browser()
    asked, before = start_login(browser), state(own, account)
    held = dict(browser.cookies)
    with without(own, "audit_logs"):
        assert finish_login(browser, account.passkey, asked).refusal in FAULT
    assert state(own, account) == before and dict(browser.cookies) == held and SESSION_COOKIE not in held
    assert try_login(browser, account.passkey).status == 200
    (row,) = own.rows("SELECT sign_count FROM webauthn_credentials WHERE user_id = ?", account.id)
    assert row["sign_count"] == account.passkey.count


# WA §7.2 step 25: the sign-in that waits for it goes on waiting
def test_a_second_factor(own):
    people = People(own)
    account = people.with_passkey()[1]
    browser = people.browser()
    pending = browser.post("/auth/login", account.credentials).json
    asked = [pending["webauthn"], start_login(browser, challenge_id=pending["challenge_id"])]
    assert_all_or_nothing(own, browser, account, "audit_logs", lambda one: finish_login(browser, account.passkey, one), asked)
    assert browser.get("/auth/me").json["aal"] == 2


# WA §7.2 step 25, ASVS 7.2.4
def test_a_step_up(own):
    people = People(own)
    client, account = people.with_passkey(Passkey(count=5))
    asked = [start_step_up(client), start_step_up(client)]
    assert_all_or_nothing(own, client, account, "audit_logs", lambda one: finish_step_up(client, account.passkey, one), asked)


# ASVS 2.3.3, 6.5.6
@pytest.mark.parametrize("table", ["mails", "audit_logs"])
def test_a_removal(own, table):
    people = People(own)
    client, account = people.with_passkey()
    path = "/auth/webauthn/credentials/" + account.passkey.record["id"]
    before, held = state(own, account), dict(client.cookies)
    with without(own, table):
        assert client.delete(path, csrf=True).refusal in FAULT
    assert state(own, account) == before and dict(client.cookies) == held
    assert client.delete(path, csrf=True).status == 200
    assert own.rows("SELECT id FROM webauthn_credentials WHERE user_id = ?", account.id) == []
