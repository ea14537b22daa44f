"""Signing in with a passkey and no password (WebAuthn Level 3 §7.2): who gets in, and what the session says."""

import secrets

import pytest
from fido2.utils import websafe_decode

from harness.ageing import age_challenges
from harness.audit import details, subjects
from harness.client import CSRF_COOKIE, SESSION_COOKIE
from harness.passkey_flows import finish_login, register, start_login, try_login
from harness.passkeys import BE, SYNCED, UP, UV, Passkey
from harness.people import People, fresh_email

PRE_SESSION, DEVICE = "__Host-pre", "__Host-device"
WRONG, EXPIRED = (401, "mfa_failed"), (400, "challenge_expired")
START = "/auth/webauthn/login/start"


@pytest.fixture
def owner(people):
    """The account; its session is left open."""
    return people.with_passkey()[1]


# WA §7.2 steps 1-2
def test_a_discoverable_passkey_is_asked_for_without_a_name(people):
    client = people.browser()
    reply = client.post(START, {})
    options = reply.json["publicKey"]
    assert (options["rpId"], options["allowCredentials"], options["userVerification"]) == ("localhost", [], "required")
    assert len(websafe_decode(options["challenge"])) == 32 and 290_000 < options["timeout"] <= 300_000
    assert set(reply.set_cookies) == {PRE_SESSION, CSRF_COOKIE}
    cookie = reply.set_cookies[PRE_SESSION]
    assert cookie.attributes == {"path": "/", "samesite": "Strict", "secure": "", "httponly": "", "max-age": "300"}
    assert reply.json["challenge_id"] not in cookie.value


# ASVS 6.3.3, 63B §2.2.2: what may be copied and what may not
@pytest.mark.parametrize("flags, key", [(UP | UV, "hwk"), (UP | UV | BE, "swk"), (SYNCED, "swk")])
@pytest.mark.parametrize("nested", [False, True], ids=["flat", "toJSON"])
def test_a_passkey_signs_in_by_itself(people, flags, key, nested):
    account = people.with_passkey(Passkey(flags=flags))[1]
    client = people.browser()
    reply = try_login(client, account.passkey, nested=nested)
    assert reply.json == {"success": True}
    assert set(reply.set_cookies) == {SESSION_COOKIE, CSRF_COOKIE, DEVICE, PRE_SESSION}
    assert reply.set_cookies[PRE_SESSION].expires_now
    me = client.get("/auth/me").json
    assert (me["id"], me["aal"], me["amr"], me["webauthn_enabled"]) == (account.id, 2, [key, "user", "mfa"], True)
    assert client.post("/auth/step-up/check", csrf=True).json == {"requires_mfa": False, "methods": []}
    assert client.get("/auth/me/export").status == 200, "such a sign-in is a step-up"


# WA §7.2 steps 5-6: by address, with or without a user handle
@pytest.mark.parametrize("handle", ["own", None, b""], ids=["own handle", "no handle", "empty handle"])
def test_by_address_its_passkeys_are_named(people, owner, handle):
    client = people.browser()
    asked = start_login(client, email=owner.email.upper())
    assert asked["publicKey"]["allowCredentials"] == [{"type": "public-key", "id": owner.passkey.text_id, "transports": []}]
    assert asked["publicKey"]["userVerification"] == "required"
    assert finish_login(client, owner.passkey, asked, user_handle=handle).status == 200
    assert client.get("/auth/me").json["id"] == owner.id


def test_any_of_several_passkeys_signs_in(people):
    session, account = people.with_passkey(Passkey(flags=SYNCED))
    second = register(session, transports=["usb"])
    asked = start_login(people.browser(), email=account.email)["publicKey"]["allowCredentials"]
    assert sorted(one["id"] for one in asked) == sorted([account.passkey.text_id, second.text_id])
    for passkey in (account.passkey, second):
        assert try_login(people.browser(), passkey).status == 200
        assert try_login(people.browser(), passkey, account.email).status == 200


# WA §7.2 step 24: the flags and the count of the last use are kept
def test_the_record_follows_each_use(server, people):
    session, account = people.with_passkey(Passkey(flags=UP | UV | BE, count=3))
    account.passkey.flags = SYNCED
    before = session.get("/auth/webauthn/credentials").json["credentials"][0]
    people.sign_in_with_passkey(account)
    after = session.get("/auth/webauthn/credentials").json["credentials"][0]
    assert (before["backed_up"], before["last_used_at"]) == (False, None)
    assert after["backed_up"] is True and after["last_used_at"] > before["created_at"]
    (row,) = server.rows("SELECT sign_count FROM webauthn_credentials WHERE user_id = ?", account.id)
    assert row["sign_count"] == 4
    (factor,) = session.get("/auth/mfa").json["methods"]
    assert factor == {"method": "webauthn", "credentials": 1, "last_used_at": after["last_used_at"]}


# ASVS 16.3.1, 6.3.5
def test_it_is_recorded_and_a_new_browser_is_told(server, people, owner):
    people.sign_in_with_passkey(owner)
    assert details(server, owner, "login.succeeded")[-1]["aal"] == 2
    old = "2026-01-01T00:00:00.000000Z"
    server.execute(f"UPDATE users SET created_at = '{old}' WHERE id = '{owner.id}'")
    known = people.sign_in_with_passkey(owner)
    told = subjects(people, owner, count=3)
    assert told[0] == "New sign-in to your account"
    assert try_login(known, owner.passkey).status == 200
    assert len(subjects(people, owner)) == len(told), "this browser is known by now"


# ASVS 7.2.4, attack 16
def test_the_session_that_the_browser_had_ends(people):
    client, account = people.with_passkey()
    before = f"{SESSION_COOKIE}={client.cookies[SESSION_COOKIE]}"
    assert try_login(client, account.passkey).status == 200
    assert client.get("/auth/me", cookies=before).refusal == (401, "unauthenticated")
    assert client.get("/auth/me").status == 200


# ASVS 7.2.4, attack 16: a cookie that somebody planted is never adopted
def test_a_planted_cookie_is_never_adopted(people, owner):
    planted = people.browser()
    start_login(planted)
    client = people.browser()
    client.cookies[PRE_SESSION] = planted.cookies[PRE_SESSION]
    asked = start_login(client)
    assert client.cookies[PRE_SESSION] != planted.cookies[PRE_SESSION]
    assert finish_login(planted, owner.passkey, asked).refusal == EXPIRED


def fakes(people, email: str) -> list[dict]:
    client = people.browser()
    reply = client.post(START, {"email": email})
    client.close()
    assert reply.status == 200 and set(reply.set_cookies) == {PRE_SESSION, CSRF_COOKIE}
    return reply.json["publicKey"]["allowCredentials"]


# ASVS 6.3.8, attack 1: an unknown address has passkeys too, the same each time
def test_unknown_addresses_get_stable_made_up_passkeys(server, people):
    email = fresh_email()
    first = fakes(people, email)
    assert first and first == fakes(people, email) == fakes(people, email.upper())
    assert first != fakes(people, fresh_email())
    assert server.rows("SELECT id FROM users WHERE email = ?", email) == []


# ASVS 6.3.8: the same over a restart, and another for another service
def test_made_up_passkeys_stay_over_restarts(start_server):
    server, another = (start_server(SECRET_KEY=secrets.token_hex(32)) for _ in range(2))
    email = fresh_email()
    before = fakes(People(server), email)
    assert fakes(People(server.restart()), email) == before
    assert fakes(People(another), email) != before


# ASVS 6.3.8: shaped as real ones are, each address with its own
def test_made_up_passkeys_look_real(people):
    registered, without = people.register(), people.verified()
    lists = {email: fakes(people, email) for email in (registered.email, without.email, *[fresh_email() for _ in range(20)])}
    assert len({str(one) for one in lists.values()}) == len(lists)
    shown = [one for fake in lists.values() for one in fake]
    assert all(one.keys() == {"type", "id", "transports"} and one["type"] == "public-key" for one in shown)
    assert all(16 <= len(websafe_decode(one["id"])) <= 64 for one in shown)
    assert {len(fake) for fake in lists.values()} <= {1, 2}
    for account in (registered, without):
        assert fakes(people, account.email) == lists[account.email], "a sign-up changes nothing"


# ASVS 6.3.8: who may not sign in has none to name
def test_whether_an_account_is_disabled_changes_nothing(server, people, owner):
    before = fakes(people, owner.email)
    assert server.command("user", "disable", owner.email).returncode == 0
    assert fakes(people, owner.email) == before


# ASVS 6.3.8: and a finish cannot tell them apart either
def test_a_made_up_passkey_is_refused_as_a_wrong_one_is(people, owner):
    refused = []
    for email in (owner.email, fresh_email()):
        client = people.browser()
        asked = start_login(client, email=email)
        named = websafe_decode(asked["publicKey"]["allowCredentials"][0]["id"])
        refused.append(finish_login(client, Passkey(), asked, user_handle=None, credential_id=named))
    first, second = (reply.without_request_id() for reply in refused)
    assert first == second and refused[0].refusal == WRONG


@pytest.mark.parametrize("email", ["", "no address", 5])
def test_what_is_no_address_is_said_to_be_none(people, email):
    assert people.browser().post(START, {"email": email}).refusal == (422, "validation_failed")


# ASVS 6.3.4: only a passkey that is right learns that the account is disabled; WA §7.2 step 24: its record stays
def test_a_disabled_account_is_told_after_a_right_passkey_only(server, people):
    session, account = people.with_passkey(Passkey(count=5))
    assert server.command("user", "disable", account.email).returncode == 0
    record = "SELECT * FROM webauthn_credentials WHERE user_id = ?"
    before = server.rows(record, account.id)
    client = people.browser()
    assert try_login(client, account.passkey, spoil=True).refusal == WRONG
    reply = try_login(client, account.passkey)
    assert reply.refusal == (403, "account_disabled") and SESSION_COOKIE not in reply.set_cookies
    assert server.rows(record, account.id) == before
    assert server.command("user", "enable", account.email).returncode == 0
    people.sign_in_with_passkey(account)


# ASVS 6.4.3: a password that must be changed first
def test_a_demanded_change_of_password_comes_first(server, people, owner):
    assert server.command("user", "demand-password-change", owner.email).returncode == 0
    reply = try_login(people.browser(), owner.passkey)
    assert reply.refusal == (403, "password_change_required") and SESSION_COOKIE not in reply.set_cookies


# ASVS 6.5.5, 6.6.2
def test_a_challenge_ends_in_time(start_server):
    people = People(start_server(MFA_CHALLENGE_TTL_SECONDS=60))
    account = people.with_passkey()[1]
    client = people.browser()
    asked = start_login(client)
    assert asked["publicKey"]["timeout"] <= 60_000
    age_challenges(people.server, 61)
    assert finish_login(client, account.passkey, asked).refusal == EXPIRED


# ASVS 3.5.1, attack 18
def test_it_needs_the_token_of_its_browser_and_this_site(people, owner):
    client = people.browser()
    assert client.post(START, {}, headers={"Origin": "https://evil.example"}).refusal == (403, "origin_not_allowed")
    asked = start_login(client)
    other = people.browser()
    other.get("/auth/csrf")
    for token in (False, "", "x", other.cookies[CSRF_COOKIE], client.cookies[CSRF_COOKIE][:-1]):
        assert finish_login(client, owner.passkey, asked, csrf=token).refusal == (403, "csrf_failed"), token
    assert finish_login(client, owner.passkey, asked).status == 200
