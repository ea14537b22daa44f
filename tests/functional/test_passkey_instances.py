"""Passkeys over several instances of one service: what one did, every other knows."""

import pytest

from harness.instances import elsewhere, wait_refused
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
from harness.people import People, fresh_email

pytestmark = pytest.mark.servers
WRONG, EXPIRED = (401, "mfa_failed"), (400, "challenge_expired")


@pytest.fixture
def group(start_instances):
    return start_instances(3)


@pytest.fixture
def people(group):
    return People(group[0])


# WA §7.1, §7.2: begun here, finished there
def test_a_ceremony_may_change_instances(group, people):
    client, account = people.signed_in()
    asked, passkey = start_registration(client), Passkey()
    moved = elsewhere(client, group[1])
    assert finish_registration(moved, passkey, asked).status == 200
    browser = People(group[2]).browser()
    asked = start_login(browser, email=account.email)
    moved = elsewhere(browser, group[0])
    assert finish_login(moved, passkey, asked).status == 200
    asked = start_step_up(moved)
    assert finish_step_up(elsewhere(moved, group[1]), passkey, asked).status == 200
    wait_refused(moved)


# ASVS 6.3.8, WA §14.6.2
def test_an_unknown_address_looks_the_same_from_all(group):
    for _ in range(5):
        email = fresh_email()
        options = [start_login(People(member).browser(), email=email)["publicKey"] for member in group]
        assert options[0]["allowCredentials"]
        assert [one["allowCredentials"] for one in options] == [options[0]["allowCredentials"]] * 3
        assert len({one["challenge"] for one in options}) == 3


# ASVS 6.5.6, 7.4.3: at once
def test_a_removed_passkey_is_gone_from_all(group, people):
    client, account = people.with_passkey()
    browsers = [People(member).browser() for member in group]
    asked = [start_login(browser) for browser in browsers]
    waiting = People(group[1]).browser()
    pending = waiting.post("/auth/login", account.credentials).json["webauthn"]
    path = "/auth/webauthn/credentials/" + account.passkey.record["id"]
    assert client.delete(path, csrf=True).status == 200
    for browser, one in zip(browsers, asked):
        assert finish_login(browser, account.passkey, one).refusal == WRONG
    assert finish_login(elsewhere(waiting, group[2]), account.passkey, pending).refusal in (EXPIRED, WRONG)
    for member in group:
        assert try_login(People(member).browser(), account.passkey).refusal == WRONG


# ASVS 7.4.2: and so is what was begun by somebody who is disabled meanwhile
def test_a_disabled_account_is_out_on_all(group, people):
    account = people.with_passkey()[1]
    browsers = [People(member).browser() for member in group]
    asked = [start_login(browser) for browser in browsers]
    assert group[1].command("user", "disable", account.email).returncode == 0
    for browser, one in zip(browsers, asked):
        assert finish_login(browser, account.passkey, one).refusal in ((403, "account_disabled"), WRONG, EXPIRED)
        assert browser.get("/auth/me").refusal == (401, "unauthenticated")
