"""A passkey proven again inside a session: what it opens, and what does not do in its place."""

import pytest

from harness.ageing import age_challenges, age_proofs
from harness.audit import details
from harness.client import CSRF_COOKIE, SESSION_COOKIE
from harness.instances import elsewhere
from harness.passkey_flows import finish_step_up, get_body, register, start_step_up, try_login, try_step_up
from harness.passkeys import SYNCED, UP, UV, Passkey
from harness.people import People, fresh_email

STEP_UP, WRONG, EXPIRED = (403, "step_up_required"), (401, "mfa_failed"), (400, "challenge_expired")
START = "/auth/step-up/webauthn/start"
EXPORT, ADDRESS = "/auth/me/export", "/auth/email/change"


def check(client) -> dict:
    return client.post("/auth/step-up/check", csrf=True).json


@pytest.fixture
def stale(start_server):
    """(People, a session that must prove again, its account)."""
    people = People(start_server())
    client, account = people.with_passkey()
    age_proofs(people.server, account.id, 301)
    return people, client, account


# ASVS 7.5.1, 7.5.3
def test_it_opens_what_was_closed(stale):
    _, client, account = stale
    reply = client.get(EXPORT)
    assert reply.refusal == STEP_UP and reply.json["methods"] == ["webauthn"]
    assert check(client) == {"requires_mfa": True, "methods": ["webauthn"]}
    assert client.post(ADDRESS, {"new_email": fresh_email()}, csrf=True).refusal == STEP_UP
    assert try_step_up(client, account.passkey).json == {"success": True}
    assert client.get(EXPORT).status == 200
    assert try_step_up(client, account.passkey).status == 200
    assert client.post(ADDRESS, {"new_email": fresh_email()}, csrf=True).status == 200


# WA §7.2 steps 1-2: the account's own passkeys, in this session
def test_the_options_name_the_accounts_passkeys(people):
    client, account = people.with_passkey()
    second = register(client, transports=["usb"])
    options = start_step_up(client)["publicKey"]
    assert sorted(one["id"] for one in options["allowCredentials"]) == sorted([account.passkey.text_id, second.text_id])
    assert (options["rpId"], options["userVerification"]) == ("localhost", "required")
    assert set(client.post(START, csrf=True).set_cookies) == set()


# ASVS 7.2.4, 16.3.1
@pytest.mark.parametrize("nested", [False, True], ids=["flat", "toJSON"])
def test_it_renews_the_session_and_says_how(server, people, nested):
    account = people.with_passkey(Passkey(flags=SYNCED))[1]
    client = people.sign_in_with_passkey(account)
    other = people.sign_in_with_passkey(account)
    before, me = client.cookies[SESSION_COOKIE], client.get("/auth/me").json
    reply = try_step_up(client, account.passkey, nested=nested)
    assert reply.status == 200 and set(reply.set_cookies) == {SESSION_COOKIE, CSRF_COOKIE}
    assert client.get("/auth/me", cookies=f"{SESSION_COOKIE}={before}").refusal == (401, "unauthenticated")
    after = client.get("/auth/me").json
    assert after["auth_time"] > me["auth_time"] and (after["aal"], after["amr"]) == (2, ["swk", "user", "mfa"])
    assert other.get("/auth/me").status == 200, "this session only"
    (row,) = details(server, account, "step_up.succeeded")
    assert row == {"method": "webauthn", "passkey": account.passkey.record["id"]}


def test_an_account_without_a_passkey_is_told_what_would_do(people):
    client, _ = people.signed_in()
    reply = client.post(START, csrf=True)
    assert reply.refusal == STEP_UP and reply.json["methods"] == ["password"]
    client, _ = people.with_totp()
    assert client.post(START, csrf=True).json["methods"] == ["totp"]


# ASVS 7.5.1, attack 14: a code of the app is less than a passkey
def test_a_code_steps_no_account_up_that_has_a_passkey(server, people):
    client, account = people.with_totp()
    register(client)
    before, code = client.cookies[SESSION_COOKIE], account.totp.fresh_code()
    for path, body in (("mfa/totp/verify", {"code": code}), ("step-up/password", {"password": account.password})):
        reply = client.post(f"/auth/{path}", body, csrf=True)
        assert reply.refusal == STEP_UP and reply.json["methods"] == ["webauthn"], path
        assert reply.set_cookies == {}
    assert client.cookies[SESSION_COOKIE] == before
    assert people.answer(*people.challenge(account), account, code=code).status == 200, "nor was the code spent"


# ASVS 7.5.1: nor is a session fresh that a code opened
def test_a_session_that_a_code_opened_is_not_fresh(people):
    client, account = people.with_totp()
    account.passkey = register(client)
    opened = people.browser()
    challenge = opened.post("/auth/login", account.credentials).json["challenge_id"]
    people.answer(opened, challenge, account)
    assert (opened.get("/auth/me").json["aal"], check(opened)["requires_mfa"]) == (2, True)
    assert check(opened)["methods"] == ["webauthn"]
    assert opened.get(EXPORT).refusal == STEP_UP
    assert opened.post(ADDRESS, {"new_email": fresh_email()}, csrf=True).refusal == STEP_UP
    for path in ("webauthn/register/start", "mfa/totp/disable"):
        assert opened.post(f"/auth/{path}", csrf=True).refusal == STEP_UP, path
    assert try_step_up(opened, account.passkey).status == 200
    assert set(opened.get("/auth/me").json["amr"]) == {"pwd", "otp", "hwk", "user", "mfa"}
    assert opened.get(EXPORT).status == 200


# ASVS 6.5.1: a recovery code stands in for whatever is lost
def test_a_recovery_code_stands_in(people):
    client, account = people.with_passkey()
    codes = people.recovery_codes(client)
    opened = people.browser()
    challenge = opened.post("/auth/login", account.credentials).json["challenge_id"]
    body = {"challenge_id": challenge, "code": codes[0]}
    assert opened.post("/auth/mfa/recovery/verify", body, csrf=True).status == 200
    assert opened.get(EXPORT).status == 200
    assert check(opened) == {"requires_mfa": False, "methods": []}
    assert client.post("/auth/mfa/recovery/verify", {"code": codes[1]}, csrf=True).status == 200
    assert client.get(EXPORT).status == 200


# ASVS 7.5.1: a session that a password opened before there was a passkey
def test_a_session_of_before_must_prove_the_passkey(people):
    client, account = people.signed_in()
    before = people.sign_in(account)
    account.passkey = register(client, end_other_sessions=False)
    assert before.get(EXPORT).json["methods"] == ["webauthn"]
    reply = before.post("/auth/step-up/password", {"password": account.password}, csrf=True)
    assert reply.refusal == STEP_UP and reply.json["methods"] == ["webauthn"]
    assert try_step_up(before, account.passkey).status == 200
    assert (before.get("/auth/me").json["aal"], before.get(EXPORT).status) == (2, 200)


# WA §7.2 step 17: of a passkey that has verified its user before, it is asked
def test_a_passkey_that_verified_its_user_must_again(server, people):
    client, account = people.with_passkey()
    assert try_step_up(client, account.passkey, flags=UP).refusal == WRONG
    (row,) = details(server, account, "step_up.failed")
    assert (row["method"], row["reason"], row["step"]) == ("webauthn", "mfa_failed", 17)
    assert try_step_up(client, account.passkey).status == 200


# ASVS 7.5.1: a session that the passkey opened is stepped up by a code once the passkey is gone
def test_a_code_steps_up_where_the_passkey_is_gone(start_server):
    people = People(start_server())
    client, account = people.with_totp()
    passkey = register(client)
    opened = people.browser()
    assert try_login(opened, passkey).status == 200
    assert opened.delete(f"/auth/webauthn/credentials/{passkey.record['id']}", csrf=True).status == 200
    age_proofs(people.server, account.id, 301)
    assert opened.get(EXPORT).refusal == STEP_UP
    assert people.step_up(opened, account).status == 200
    assert opened.get(EXPORT).status == 200


# WA §7.2 step 17: a security key that cannot is taken as it is, until it did once
def test_a_key_that_verifies_nobody_steps_up_after_a_password(people):
    client, account = people.with_passkey(Passkey(flags=UP))
    assert start_step_up(client)["publicKey"]["userVerification"] == "preferred"
    assert try_step_up(client, account.passkey).status == 200
    assert client.get("/auth/me").json["amr"] == ["pwd", "hwk", "user", "mfa"]
    assert try_step_up(client, account.passkey, flags=UP | UV).status == 200
    assert client.get("/auth/webauthn/credentials").json["credentials"][0]["user_verified"] is True
    assert try_step_up(client, account.passkey, flags=UP).refusal == WRONG
    assert try_login(people.browser(), account.passkey, flags=UP).refusal == WRONG, "alone it never does"


# WA §7.2 step 17: without a password before it, possession of a key alone is one factor
def test_a_key_that_verifies_nobody_steps_no_session_up_that_knows_no_password(people):
    client, account = people.with_passkey()
    bare = register(client, Passkey(flags=UP))
    opened = people.sign_in_with_passkey(account)
    assert try_step_up(opened, bare).refusal == WRONG
    assert try_step_up(client, bare).status == 200, "in the session that a password opened"


# WA §7.2 step 11, attack 13: of this session
def test_a_challenge_is_of_one_session(server, people):
    client, account = people.with_passkey()
    other = people.sign_in_with_passkey(account)
    asked = start_step_up(client)
    assert finish_step_up(other, account.passkey, asked).refusal == EXPIRED
    assert finish_step_up(client, account.passkey, asked).refusal == EXPIRED, "whoever tried has spent it"
    asked, view = start_step_up(client), elsewhere(client, server)
    body = get_body(client, account.passkey, asked)
    assert client.post("/auth/step-up/webauthn/finish", body, csrf=True).status == 200
    view.cookies.update(client.cookies)
    assert view.post("/auth/step-up/webauthn/finish", body, csrf=True).refusal == EXPIRED, "a replay"


# WA §7.2 step 11: another id, another session: what was begun before it is void
def test_a_challenge_dies_with_the_id_of_its_session(people):
    client, account = people.with_passkey()
    asked = start_step_up(client)
    assert try_step_up(client, account.passkey).status == 200
    assert finish_step_up(client, account.passkey, asked).refusal == EXPIRED


# ASVS 6.5.5, 6.6.2
def test_a_challenge_ends_in_time(start_server):
    people = People(start_server(MFA_CHALLENGE_TTL_SECONDS=60))
    client, account = people.with_passkey()
    asked = start_step_up(client)
    age_challenges(people.server, 61)
    assert finish_step_up(client, account.passkey, asked).refusal == EXPIRED


# ASVS 3.5.1
def test_it_needs_a_session_and_its_token(people, client):
    for path in ("start", "finish"):
        assert client.post(f"/auth/step-up/webauthn/{path}", {}).refusal == (401, "unauthenticated")
        signed_in, _ = people.with_passkey()
        assert signed_in.post(f"/auth/step-up/webauthn/{path}", {}).refusal == (403, "csrf_failed")
        foreign = {"Origin": "https://evil.example"}
        reply = signed_in.post(f"/auth/step-up/webauthn/{path}", {}, csrf=True, headers=foreign)
        assert reply.refusal == (403, "origin_not_allowed")


# ASVS 7.5.1: a code is no proof beside a passkey, but who mistypes that of a set-up is told so, and asked for nothing else
@pytest.mark.parametrize("active", [False, True], ids=["first", "another"])
def test_a_mistyped_code_of_a_set_up_is_a_wrong_code(people, active):
    client, account = people.with_passkey()
    current = people.enrol_totp(client, account) if active else None
    pending = people.set_up_totp(client, account)
    for code in [pending.wrong_code()] + ([current.fresh_code()] if current else []):
        assert client.post("/auth/mfa/totp/verify", {"code": code}, csrf=True).refusal == WRONG
    assert client.post("/auth/mfa/totp/verify", {"code": pending.fresh_code()}, csrf=True).json == {"success": True}
