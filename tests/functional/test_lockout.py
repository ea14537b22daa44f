"""Guessing a password at sign-ins: counted for the address, for known browsers apart, and over all time."""

import json

import pytest

from harness.audit import details, subjects
from harness.guesses import LIMITED, LOCKED, WRONG, guess, guess_wrong, lock, waited
from harness.people import CONFIRM_CHANGE, People, fresh_email, fresh_password


# ASVS 6.3.1, 63B §3.2.2
def test_ten_wrong_passwords_lock_the_right_one_too(server, people):
    account = people.verified()
    assert {reply.refusal for reply in guess_wrong(server, account.email, 10)} == {WRONG}
    locked = guess(server, account.email, account.password)
    assert locked.refusal == LOCKED and 0 < int(locked.header("Retry-After")) <= 900
    assert not locked.set_cookies
    assert guess(server, account.email.upper(), account.password).refusal == LOCKED, "however it is spelt"


# ASVS 6.3.8, attack 1
def test_addresses_of_every_kind_lock_alike(start_server):
    server = start_server()
    people = People(server)
    known, waiting, disabled = people.verified(), people.register(), people.verified()
    assert server.command("user", "disable", disabled.email).returncode == 0

    def answers(email: str) -> list:
        told = [reply.without_request_id() for reply in guess_wrong(server, email, 12)]
        return [
            (status, body, [(name, value) for name, value in headers if name != "retry-after"])
            for status, body, headers in told
        ]

    expected = answers(known.email)
    assert [answer[0] for answer in expected] == [401] * 10 + [429] * 2
    for email in (waiting.email, disabled.email, fresh_email()):
        assert answers(email) == expected, email
    waits = {guess(server, email).header("Retry-After") for email in (known.email, waiting.email, disabled.email)}
    assert all(800 < int(wait) <= 900 for wait in waits)


# 63B §3.2.2: over all times
def test_from_the_threshold_on_each_guess_waits_longer(start_server):
    server = start_server()
    account = People(server).verified()
    assert guess(server, account.email).refusal == WRONG
    server.execute("UPDATE login_guesses SET in_a_row = 9")  # of which the window knows one
    for wait in (900, 1800, 3600):
        assert guess(server, account.email).refusal == WRONG
        refused = guess(server, account.email, account.password)
        assert refused.refusal == LOCKED and wait - 60 < int(refused.header("Retry-After")) <= wait
        waited(server)
    assert guess(server, account.email, account.password).status == 200


def at_the_end(server, account) -> None:
    """One guess of the strangers' share is left, and no wait."""
    assert guess(server, account.email).refusal == WRONG
    server.execute("UPDATE login_guesses SET in_a_row = 89 WHERE share = 'unknown'")
    waited(server)
    assert guess(server, account.email).refusal == WRONG


# 63B §3.2.2
def test_a_used_up_share_is_good_for_nothing_however_long_one_waits(start_server):
    server = start_server()
    account = People(server).verified()
    at_the_end(server, account)
    waited(server)
    locked = guess(server, account.email, account.password)
    assert locked.refusal == LOCKED and locked.header("Retry-After") == "86400" and "link by mail" in locked.json["detail"]


# 63B §3.2.2, DESIGN "Settled": the way back
@pytest.mark.parametrize("way", ["reset", "unlock"])
def test_the_way_back(start_server, way):
    server = start_server()
    people = People(server)
    client, account = people.signed_in()
    at_the_end(server, account)
    assert guess(server, account.email, account.password).refusal == LOCKED
    assert client.post("/auth/login", account.credentials).status == 200, "it knows this browser"
    assert guess(server, account.email, account.password).refusal == LOCKED, "which tells strangers nothing"
    if way == "reset":
        people.ask_for_reset(account.email)
        account.password = fresh_password()
        assert people.reset(people.reset_token(account.email), account.password).status == 200
    else:
        assert server.command("user", "unlock", account.email).returncode == 0
    assert guess(server, account.email, account.password).status == 200


# ASVS 6.1.1: at once, in every browser and process
def test_an_operator_unlocks(start_server):
    server = start_server()
    client, account = People(server).signed_in()
    lock(server, account)
    for _ in range(10):
        client.post("/auth/login", account.credentials | {"password": fresh_password()})
    assert client.post("/auth/login", account.credentials).refusal == LOCKED
    done = server.command("user", "unlock", account.email, "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["email"] == account.email
    assert client.post("/auth/login", account.credentials).status == 200
    assert guess(server, account.email, account.password).status == 200
    assert len(details(server, account, "account.unlocked")) == 1
    assert server.command("user", "unlock", fresh_email()).returncode == 1


# ASVS 6.1.1, 63B §5.1
def test_a_known_browser_gets_in_and_stands_in_for_no_factor(people):
    client, account = people.with_totp()
    lock(people.server, account)
    reply = client.post("/auth/login", account.credentials)
    assert reply.status == 200 and reply.json["mfa_required"]
    stranger, _ = people.signed_in()
    assert stranger.post("/auth/login", account.credentials).refusal == LOCKED, "known to somebody else"


# ASVS 6.1.1: a shared machine that somebody guesses at locks the owner out of no other
def test_a_known_browser_that_used_its_share_up_leaves_the_others(people):
    client, account = people.signed_in()
    other = people.sign_in(account)
    for _ in range(10):
        assert client.post("/auth/login", account.credentials | {"password": fresh_password()}).refusal == WRONG
    assert other.post("/auth/login", account.credentials).status == 200
    assert client.post("/auth/login", account.credentials).status == 200


# ASVS 6.3.8: what was guessed before there was an account locks nobody out of it
def test_a_proven_mailbox_unlocks(people):
    account = people.register()
    guess_wrong(people.server, account.email, 10)
    assert guess(people.server, account.email, account.password).refusal == LOCKED
    assert people.verify(people.token(account.email)).status == 200
    assert guess(people.server, account.email, account.password).status == 200


# CS Authentication: nor out of an address that an account moves to
def test_a_new_address_is_unlocked(people):
    client, account = people.signed_in()
    wanted = fresh_email()
    guess_wrong(people.server, wanted, 10)
    assert client.post("/auth/email/change", {"new_email": wanted}, csrf=True).status == 200
    token = people.token(wanted, CONFIRM_CHANGE)
    assert people.post("/auth/email/change/confirm", {"token": token}).status == 200
    assert guess(people.server, wanted, account.password).status == 200


# Attack 3: whoever has the password fills no mailbox with it
def test_news_of_failed_attempts_is_capped(people):
    account = people.with_totp()[1]
    for _ in range(5):
        guess_wrong(people.server, account.email, 5)
        assert guess(people.server, account.email, account.password).status == 200
    told = "Sign-in to your account after failed attempts"
    assert subjects(people, account).count(told) == 3


# ASVS 6.3.5, 16.3.2
def test_a_lock_is_recorded_and_told_once_and_a_flood_fills_nothing(server, people):
    account = people.verified()
    before = len(people.mails(account.email))
    guess_wrong(server, account.email, 40)
    (recorded,) = details(server, account, "account.locked")
    assert recorded == {"method": "pwd", "in_a_row": 10, "known_browser": False}
    assert len(details(server, account, "login.failed")) == 10
    mails = people.mails(account.email, count=before + 1)
    assert len(mails) == before + 1
    assert "10 in a row" in mails[0]["text"] and "127.0.0.1" in mails[0]["text"]


# ASVS 6.3.5
def test_the_owner_hears_of_a_sign_in_after_five_failures(server, people):
    account = people.verified()
    guess_wrong(server, account.email, 4)
    assert guess(server, account.email, account.password).status == 200
    told = "Sign-in to your account after failed attempts"
    assert told not in subjects(people, account)
    guess_wrong(server, account.email, 5)
    assert guess(server, account.email, account.password).status == 200
    assert subjects(people, account).count(told) == 1


# 63B §3.2.2
def test_a_right_password_clears_the_count(server, people):
    account = people.verified()
    for _ in range(2):
        guess_wrong(server, account.email, 9)
        assert guess(server, account.email, account.password).status == 200


# attack 10: whoever registers somebody's address has a password for it, and clears nothing with it
def test_the_password_of_a_pending_registration_clears_nothing(server, people):
    account = people.verified()
    other = people.register(account.email)
    guess_wrong(server, account.email, 9)
    assert guess(server, account.email, other.password).refusal == (403, "email_not_verified")
    assert guess(server, account.email, account.password).refusal == LOCKED


# DESIGN "Settled"; ASVS 6.3.1
def test_one_address_has_ten_failures_over_all_accounts(start_server):
    server = start_server(LOCKOUT_ADDRESS_THRESHOLD=10, TRUSTED_PROXIES="127.0.0.1")
    people = People(server)
    account = people.verified()
    known = people.browser()
    assert known.post("/auth/login", account.credentials, headers={"X-Forwarded-For": "198.51.100.7"}).status == 200
    for _ in range(10):
        assert guess(server, fresh_email(), address="198.51.100.7").refusal == WRONG
        assert guess(server, account.email, account.password, address="198.51.100.8").status == 200
    refused = guess(server, account.email, account.password, address="198.51.100.7")
    assert refused.refusal == LIMITED and 0 < int(refused.header("Retry-After")) <= 900
    assert known.post("/auth/login", account.credentials, headers={"X-Forwarded-For": "198.51.100.7"}).status == 200
    assert guess(server, account.email, account.password, address="198.51.100.9").status == 200


# attack 7
def test_an_ipv6_network_is_one_address(start_server):
    server = start_server(LOCKOUT_ADDRESS_THRESHOLD=10, TRUSTED_PROXIES="127.0.0.1")
    for host in range(10):
        assert guess(server, fresh_email(), address=f"2001:db8:0:7::{host + 1}").refusal == WRONG
    assert guess(server, fresh_email(), address="2001:db8:0:7:ffff::1").refusal == LIMITED
    assert guess(server, fresh_email(), address="2001:db8:0:8::1").refusal == WRONG


# ASVS 6.3.1, attack 7: one budget for sign-ins and step-ups, of one network
def test_a_step_up_is_a_guess_of_its_network(start_server):
    server = start_server(LOCKOUT_ADDRESS_THRESHOLD=10, TRUSTED_PROXIES="127.0.0.1")
    client, _ = People(server).signed_in()
    client.cookies.pop("__Host-device")  # a session on a browser that the account does not know
    for host in range(10):
        assert guess(server, fresh_email(), address=f"2001:db8:0:7::{host + 1}").refusal == WRONG

    def step_up(address: str):
        return client.post(
            "/auth/step-up/password", {"password": fresh_password()}, csrf=True, headers={"X-Forwarded-For": address}
        ).refusal

    assert step_up("2001:db8:0:7:ffff::1") == LIMITED
    assert step_up("2001:db8:0:8::1") == WRONG
