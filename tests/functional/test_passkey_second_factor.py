"""A passkey after the right password: offered with the answer, bound to that sign-in, counted as other factors are."""

import pytest

from harness.audit import details, subjects
from harness.client import CSRF_COOKIE, SESSION_COOKIE
from harness.passkey_flows import finish_login, register, start_login, try_login
from harness.passkeys import SYNCED, UP, Passkey
from harness.people import People, fresh_password

PRE_SESSION, DEVICE = "__Host-pre", "__Host-device"
WRONG, EXPIRED = (401, "mfa_failed"), (400, "challenge_expired")
START = "/auth/webauthn/login/start"
TOLD = "A sign-in to your account stopped at the second factor"


@pytest.fixture
def owner(people):
    return people.with_passkey()[1]


def pending(people, account):
    """The right password in a browser of its own: (the browser, the answer)."""
    client = people.browser()
    reply = client.post("/auth/login", account.credentials)
    assert reply.status == 200 and reply.json["mfa_required"] is True, reply
    return client, reply.json


def assert_nobody_is_signed_in(client) -> None:
    assert client.get("/auth/me").refusal == (401, "unauthenticated")


# ASVS 6.3.3, 7.2.4: the answer brings the options along
def test_the_right_password_asks_for_the_passkey(people, owner):
    client, answer = pending(people, owner)
    assert answer.keys() == {"mfa_required", "methods", "challenge_id", "webauthn"}
    assert answer["methods"] == ["webauthn"]
    options = answer["webauthn"]["publicKey"]
    assert [one["id"] for one in options["allowCredentials"]] == [owner.passkey.text_id]
    assert options["userVerification"] == "preferred"
    assert set(client.cookies) == {PRE_SESSION, CSRF_COOKIE}
    assert_nobody_is_signed_in(client)


# ASVS 6.3.3, 63B §2.2.2: also a key that verifies nobody, for the password came before
@pytest.mark.parametrize("flags, key", [(None, "hwk"), (UP, "hwk"), (SYNCED, "swk")])
@pytest.mark.parametrize("nested", [False, True], ids=["flat", "toJSON"])
def test_the_passkey_ends_the_sign_in(people, flags, key, nested):
    account = people.with_passkey(Passkey(flags=SYNCED) if flags == SYNCED else None)[1]
    client, answer = pending(people, account)
    reply = finish_login(client, account.passkey, answer["webauthn"], flags=flags, nested=nested)
    assert reply.json == {"success": True}
    assert set(reply.set_cookies) == {SESSION_COOKIE, CSRF_COOKIE, DEVICE, PRE_SESSION}
    assert reply.set_cookies[PRE_SESSION].expires_now
    me = client.get("/auth/me").json
    assert (me["id"], me["aal"], me["amr"]) == (account.id, 2, ["pwd", key, "user", "mfa"])
    assert client.get("/auth/me/export").status == 200, "such a sign-in is a step-up"


# WA §7.2 step 17: where the setting asks for it
def test_user_verification_is_asked_for_where_the_setting_says(start_server):
    people = People(start_server(WEBAUTHN_USER_VERIFICATION="required"))
    account = people.with_passkey()[1]
    client, answer = pending(people, account)
    assert answer["webauthn"]["publicKey"]["userVerification"] == "required"
    assert finish_login(client, account.passkey, answer["webauthn"], flags=UP).refusal == WRONG
    again = start_login(client, challenge_id=answer["challenge_id"])
    assert again["publicKey"]["userVerification"] == "required"
    assert finish_login(client, account.passkey, again).status == 200


# WA §7.2 step 6: the account of the password has one handle
@pytest.mark.parametrize("handle, outcome", [(None, 200), (b"", 200), (bytes(32), 401)])
def test_a_user_handle_may_be_left_out_but_not_be_wrong(people, owner, handle, outcome):
    client, answer = pending(people, owner)
    assert finish_login(client, owner.passkey, answer["webauthn"], user_handle=handle).status == outcome


# ASVS 6.6.3: another try in the same sign-in
def test_a_sign_in_may_ask_again(people, owner):
    client, answer = pending(people, owner)
    assert finish_login(client, owner.passkey, answer["webauthn"], spoil=True).refusal == WRONG
    assert finish_login(client, owner.passkey, answer["webauthn"]).refusal == EXPIRED, "that challenge is spent"
    before = dict(client.cookies)
    reply = client.post(START, {"challenge_id": answer["challenge_id"]}, csrf=True)
    assert reply.status == 200 and reply.set_cookies == {} and dict(client.cookies) == before
    options = reply.json["publicKey"]
    assert [one["id"] for one in options["allowCredentials"]] == [owner.passkey.text_id]
    assert options["challenge"] != answer["webauthn"]["publicKey"]["challenge"]
    assert finish_login(client, owner.passkey, reply.json).status == 200


# ASVS 3.5.1, 6.6.2: and only there
def test_asking_again_needs_the_browser_and_the_token_of_the_sign_in(people, owner):
    client, answer = pending(people, owner)
    body = {"challenge_id": answer["challenge_id"]}
    assert client.post(START, body).refusal == (403, "csrf_failed")
    stranger = people.browser()
    stranger.get("/auth/csrf")
    assert stranger.post(START, body, csrf=True).refusal in (EXPIRED, (403, "csrf_failed"))
    waiting = pending(people, people.with_passkey()[1])[0]
    assert waiting.post(START, body, csrf=True).refusal == EXPIRED
    for made_up in ("A" * 43, "", "x" * 2000, answer["webauthn"]["challenge_id"]):
        assert client.post(START, {"challenge_id": made_up}, csrf=True).refusal == EXPIRED
    assert finish_login(client, owner.passkey, start_login(client, **body)).status == 200


def test_an_account_without_a_passkey_has_none_to_ask_for(people):
    account = people.with_totp()[1]
    client, challenge = people.challenge(account)
    assert client.post(START, {"challenge_id": challenge}, csrf=True).refusal == (409, "conflict")
    assert people.answer(client, challenge, account).status == 200


# ASVS 6.3.3: any of the factors, strongest first
def test_another_factor_ends_it_too(people):
    session, account = people.with_totp()
    passkey = register(session)
    codes = people.recovery_codes(session)
    client, answer = pending(people, account)
    assert answer["methods"] == ["webauthn", "totp", "recovery_code"]
    assert people.answer(client, answer["challenge_id"], account).status == 200
    assert client.get("/auth/me").json["amr"] == ["pwd", "otp", "mfa"]
    assert finish_login(client, passkey, answer["webauthn"]).refusal in (EXPIRED, (403, "csrf_failed"))
    client, answer = pending(people, account)
    body = {"challenge_id": answer["challenge_id"], "code": codes[0]}
    assert client.post("/auth/mfa/recovery/verify", body, csrf=True).json == {"success": True, "remaining": 9}


# ASVS 6.6.3: wrong codes and wrong passkeys are counted together, for the sign-in
def test_five_wrong_ones_end_a_sign_in(people):
    session, account = people.with_totp()
    passkey = register(session)
    client, answer = pending(people, account)
    asked = answer["webauthn"]
    for wrong in ({"spoil": True}, {"origin": "https://evil.example"}, {"flags": 0}):
        assert finish_login(client, passkey, asked, **wrong).refusal == WRONG
        asked = start_login(client, challenge_id=answer["challenge_id"])
    for _ in range(2):
        assert people.wrong_code(client, account, answer["challenge_id"]).refusal == WRONG
    assert finish_login(client, passkey, asked).refusal == EXPIRED
    assert client.post(START, {"challenge_id": answer["challenge_id"]}, csrf=True).refusal == EXPIRED
    assert_nobody_is_signed_in(client)
    again, answer = pending(people, account)
    assert finish_login(again, passkey, answer["webauthn"]).status == 200


# ASVS 6.6.2, attack 13
def test_it_is_bound_to_its_browser(people, owner):
    client, answer = pending(people, owner)
    thief = pending(people, people.with_passkey()[1])[0]
    assert finish_login(thief, owner.passkey, answer["webauthn"]).refusal == EXPIRED
    assert_nobody_is_signed_in(thief)
    assert finish_login(client, owner.passkey, answer["webauthn"]).refusal == EXPIRED, "whoever tried has spent it"
    again = start_login(client, challenge_id=answer["challenge_id"])
    assert finish_login(client, owner.passkey, again).status == 200


# ASVS 6.5.1, 6.6.2: a sign-in is ended once
def test_two_challenges_of_one_sign_in_open_one_session(people, owner):
    client, answer = pending(people, owner)
    second = start_login(client, challenge_id=answer["challenge_id"])
    before = dict(client.cookies)
    assert finish_login(client, owner.passkey, answer["webauthn"]).status == 200
    client.cookies.update(before)
    assert finish_login(client, owner.passkey, second).refusal == EXPIRED


def by_reset(people, session, account):
    people.ask_for_reset(account.email)
    assert people.reset(people.reset_token(account.email), fresh_password()).status == 200


def by_command(*arguments):
    def act(people, session, account):
        assert people.server.command("user", arguments[0], account.email, *arguments[1:]).returncode == 0

    return act


def by_removal(people, session, account):
    path = f"/auth/webauthn/credentials/{account.passkey.record['id']}"
    assert session.delete(path, csrf=True).status == 200


def by_another(people, session, account):
    register(session)


# ASVS 6.3.4, 6.4.3, 7.4.2
@pytest.mark.parametrize(
    "act",
    [
        pytest.param(by_reset, id="password reset"),
        pytest.param(by_command("disable"), id="disabled"),
        pytest.param(by_command("demand-password-change"), id="password demanded"),
        pytest.param(by_command("reset-mfa"), id="factors reset"),
        pytest.param(by_removal, id="passkey removed"),
        pytest.param(by_another, id="passkey added"),
    ],
)
def test_what_happens_to_the_account_voids_the_sign_in(people, act):
    session, account = people.with_passkey()
    client, answer = pending(people, account)
    act(people, session, account)
    assert finish_login(client, account.passkey, answer["webauthn"]).refusal == EXPIRED
    assert client.post(START, {"challenge_id": answer["challenge_id"]}, csrf=True).refusal == EXPIRED
    assert_nobody_is_signed_in(client)


# ASVS 6.4.3, attack 9
def test_a_reset_skips_no_passkey(people, owner):
    people.ask_for_reset(owner.email)
    owner.password = fresh_password()
    assert people.reset(people.reset_token(owner.email), owner.password).status == 200
    client, answer = pending(people, owner)
    assert finish_login(client, owner.passkey, answer["webauthn"]).status == 200


# ASVS 6.3.5, 6.3.7: the right password was known to whoever failed here
def test_the_owner_is_told_of_a_failed_one(server, people, owner):
    client, answer = pending(people, owner)
    assert finish_login(client, owner.passkey, answer["webauthn"], spoil=True).refusal == WRONG
    told = people.mails(owner.email, count=3)[0]
    assert told["subject"] == TOLD and "passkey" in told["text"].lower() and "127.0.0.1" in told["text"]
    (row,) = details(server, owner, "login.failed")
    assert (row["method"], row["step"]) == ("webauthn", 21)
    for _ in range(3):
        again = start_login(client, challenge_id=answer["challenge_id"])
        assert finish_login(client, owner.passkey, again, spoil=True).refusal == WRONG
    assert subjects(people, owner).count(TOLD) == 3, "three an hour"


# ASVS 6.3.5: without a password before it, a wrong passkey says nothing of the owner
def test_nobody_is_told_where_no_password_came_before(people, owner):
    assert try_login(people.browser(), owner.passkey, spoil=True).refusal == WRONG
    assert TOLD not in subjects(people, owner)


# ASVS 6.3.3: a trusted browser is asked for no passkey, and its session is worth the password only
def test_a_browser_may_be_trusted(start_server):
    people = People(start_server(MFA_TRUSTED_BROWSER_DAYS=30))
    account = people.with_passkey()[1]
    client, answer = pending(people, account)
    assert finish_login(client, account.passkey, answer["webauthn"], remember_browser=True).status == 200
    assert client.post("/auth/login", account.credentials).json["mfa_required"] is False
    assert client.get("/auth/me").json["aal"] == 1
    assert client.get("/auth/me/export").refusal == (403, "step_up_required")
    assert people.login(account.email, account.password).json["mfa_required"] is True
