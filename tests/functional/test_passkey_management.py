"""The passkeys that an account has: listed, renamed, removed; what authenticators and owners are told of them."""

import uuid

import pytest
from fido2.utils import websafe_decode

from harness.ageing import age_proofs
from harness.audit import details, subjects
from harness.client import CSRF_COOKIE, SESSION_COOKIE
from harness.passkey_flows import (
    finish_login,
    finish_registration,
    finish_step_up,
    register,
    start_login,
    start_registration,
    start_step_up,
    try_login,
)
from harness.passkeys import SYNCED, Passkey
from harness.people import People

LIST = "/auth/webauthn/credentials"
FACTORS_RESET = "Your second factors were taken away"
REMOVED = "A way to sign in was removed from your account"
STEP_UP, NOT_FOUND, CONFLICT = (403, "step_up_required"), (404, "not_found"), (409, "conflict")
EXPIRED, WRONG = (400, "challenge_expired"), (401, "mfa_failed")


def listed(client) -> list[dict]:
    return client.get(LIST).json["credentials"]


def rename(client, passkey, name, csrf=True):
    return client.request("PATCH", f"{LIST}/{passkey.record['id']}", json={"name": name}, csrf=csrf)


def remove(client, passkey, **members):
    return client.delete(f"{LIST}/{passkey.record['id']}", csrf=True, **({"json": members} if members else {}))


def test_the_list_shows_all_of_ones_own_newest_first(people):
    client, account = people.signed_in()
    assert listed(client) == []
    first = register(client, Passkey(flags=SYNCED), name="Phone", transports=["hybrid", "internal"])
    second = register(client, fmt="packed", name="Key")
    register(people.signed_in()[0])
    assert listed(client) == [second.record, first.record]
    assert first.record["credential_id"] == first.text_id and first.record["transports"] == ["hybrid", "internal"]


# WA §5.1.10: what a browser's Signal API takes
def test_the_list_tells_authenticators_what_is_gone(people):
    client, account = people.signed_in(name="Erika Mustermann")
    first, second = register(client), register(client)
    shown = client.get(LIST).json
    assert shown["rp_id"] == "localhost"
    assert websafe_decode(shown["user"]["id"]) == first.user_handle
    assert (shown["user"]["name"], shown["user"]["display_name"]) == (account.email, "Erika Mustermann")
    assert sorted(shown["accepted_credential_ids"]) == sorted([first.text_id, second.text_id])
    assert remove(client, first).status == 200
    assert client.get(LIST).json["accepted_credential_ids"] == [second.text_id]


def test_the_factors_count_them(people):
    client, _ = people.signed_in()
    assert client.get("/auth/mfa").json["methods"] == []
    passkeys = [register(client) for _ in range(2)]
    (factor,) = client.get("/auth/mfa").json["methods"]
    assert factor == {"method": "webauthn", "credentials": 2, "last_used_at": None}
    for passkey in passkeys:
        assert remove(client, passkey).status == 200
    assert client.get("/auth/mfa").json["methods"] == [] and client.get("/auth/me").json["webauthn_enabled"] is False


# ASVS 16.3.1
def test_a_passkey_is_given_another_name(server, people):
    client, account = people.with_passkey()
    before = client.cookies[SESSION_COOKIE]
    reply = rename(client, account.passkey, "Bürgeramt 🔑")
    assert reply.status == 200 and reply.json == account.passkey.record | {"name": "Bürgeramt 🔑"}
    assert listed(client) == [reply.json] and client.cookies[SESSION_COOKIE] == before
    assert details(server, account, "mfa.passkey_renamed") == [{"passkey": account.passkey.record["id"]}]


# ASVS 2.2.1
@pytest.mark.parametrize("name", ["", "   ", "x" * 65, "a\nb", "a\x00b", "a\u202eb", None, 5])
def test_names_that_will_not_do(people, name):
    client, account = people.with_passkey()
    assert rename(client, account.passkey, name).refusal == (422, "validation_failed")
    assert listed(client) == [account.passkey.record]


# ASVS 8.2.2, attack 35: another's is as unknown as one that never was
def test_nobody_touches_another_accounts_passkey(people):
    client, account = people.with_passkey()
    stranger, _ = people.with_passkey()
    answers = {"rename": [], "remove": []}
    for named in (account.passkey.record["id"], str(uuid.uuid4()), "1", account.passkey.text_id, "..%2f", "%00"):
        path = f"{LIST}/{named}"
        answers["rename"].append(stranger.request("PATCH", path, json={"name": "Mine"}, csrf=True))
        answers["remove"].append(stranger.delete(path, csrf=True))
    for replies in answers.values():
        assert {reply.refusal for reply in replies} <= {NOT_FOUND, (400, "invalid_request")}
        assert replies[0].without_request_id() == replies[1].without_request_id()
        assert replies[0].refusal == NOT_FOUND
    assert listed(client) == [account.passkey.record]
    assert try_login(people.browser(), account.passkey).status == 200


# ASVS 6.3.7, 7.2.4, 16.3.1
def test_a_removed_passkey_is_worth_nothing(server, people):
    client, account = people.with_passkey()
    before = client.cookies[SESSION_COOKIE]
    reply = remove(client, account.passkey)
    assert reply.json == {"success": True} and set(reply.set_cookies) == {SESSION_COOKIE, CSRF_COOKIE}
    assert client.get("/auth/me", cookies=f"{SESSION_COOKIE}={before}").refusal == (401, "unauthenticated")
    assert try_login(people.browser(), account.passkey).refusal == WRONG
    assert people.login(account.email, account.password).json["mfa_required"] is False
    told = people.mails(account.email, count=3)[0]
    assert told["subject"] == REMOVED and "passkey" in told["text"].lower()
    (row,) = details(server, account, "mfa.factor_removed")
    assert (row["method"], row["passkey"]) == ("webauthn", account.passkey.record["id"])
    assert remove(client, account.passkey).refusal in (NOT_FOUND, STEP_UP)


# ASVS 7.4.3
@pytest.mark.parametrize("end_others", [None, True, False])
def test_the_other_sessions_end_unless_told_not_to(people, end_others):
    client, account = people.with_passkey()
    register(client)
    other = people.sign_in_with_passkey(account)
    assert remove(client, account.passkey, **({} if end_others is None else {"end_other_sessions": end_others})).json
    assert other.get("/auth/me").status == (200 if end_others is False else 401)


# ASVS 7.5.1, attack 15
def test_removal_needs_a_step_up(start_server):
    people = People(start_server())
    client, account = people.with_passkey()
    age_proofs(people.server, account.id, 301)
    assert remove(client, account.passkey).refusal == STEP_UP
    assert people.step_up(client, account).status == 200
    assert remove(client, account.passkey).status == 200


def test_it_needs_a_session_and_its_token(people, client):
    _, account = people.with_passkey()
    path = f"{LIST}/{account.passkey.record['id']}"
    assert client.get(LIST).refusal == client.delete(path).refusal == (401, "unauthenticated")
    assert client.request("PATCH", path, json={"name": "x"}).refusal == (401, "unauthenticated")
    session = people.sign_in_with_passkey(account)
    assert session.delete(path).refusal == (403, "csrf_failed")
    assert rename(session, account.passkey, "x", csrf=False).refusal == (403, "csrf_failed")


# ASVS 6.5.1: recovery codes go with the last factor that they stand in for
def test_recovery_codes_go_with_the_last_factor(people):
    client, account = people.with_passkey()
    second = register(client)
    people.recovery_codes(client)
    assert remove(client, second).status == 200
    assert [one["method"] for one in client.get("/auth/mfa").json["methods"]] == ["webauthn", "recovery_code"]
    assert remove(client, account.passkey).status == 200
    assert client.get("/auth/mfa").json["methods"] == []


# ASVS 6.3.3: a role that must have a second factor keeps its last one
def test_the_last_factor_of_a_role_that_must_have_one_stays(start_server):
    server = start_server(MFA_REQUIRED_ROLES="staff,admin")
    people = People(server)
    _, account = people.with_passkey()
    assert server.command("user", "set-role", account.email, "staff").returncode == 0
    client = people.sign_in_with_passkey(account)
    assert remove(client, account.passkey).refusal == CONFLICT
    second = register(client)
    assert remove(client, account.passkey).status == 200
    assert remove(client, second).refusal == CONFLICT
    people.enrol_totp(client, account)
    assert remove(client, second).status == 200
    assert [one["method"] for one in client.get("/auth/mfa").json["methods"]] == ["totp"]


# ASVS 6.3.3: who must have a factor first may make it a passkey
def test_a_passkey_is_enrolled_where_a_factor_is_due(start_server):
    server = start_server(MFA_REQUIRED_ROLES="user")
    people = People(server)
    client, account = people.signed_in()
    due = (403, "mfa_enrolment_required")
    assert client.get("/auth/sessions").refusal == due and listed(client) == []
    assert client.request("PATCH", f"{LIST}/{uuid.uuid4()}", json={"name": "x"}, csrf=True).refusal == due
    account.passkey = register(client)
    assert client.get("/auth/sessions").status == 200
    assert remove(client, account.passkey).refusal == CONFLICT


# ASVS 6.3.3: the app is no last factor where a passkey remains
def test_the_app_may_go_where_a_passkey_remains(start_server):
    server = start_server(MFA_REQUIRED_ROLES="staff,admin")
    people = People(server)
    client, account = people.with_totp()
    account.passkey = register(client)
    assert server.command("user", "set-role", account.email, "staff").returncode == 0
    client = people.sign_in_with_passkey(account)
    assert client.post("/auth/mfa/totp/disable", csrf=True).status == 200
    assert remove(client, account.passkey).refusal == CONFLICT


# WA §7.2 step 6: what was begun with it is over
def test_a_removal_takes_pending_ceremonies_along(people):
    client, account = people.with_passkey()
    kept, browser = register(client), people.browser()
    signing_in = start_login(browser)
    other = people.browser()
    by_name = start_login(other, email=account.email)
    stepping_up, registering = start_step_up(client), start_registration(client)
    assert remove(client, account.passkey).status == 200
    assert finish_login(browser, account.passkey, signing_in).refusal == WRONG
    assert finish_step_up(client, account.passkey, stepping_up).refusal == EXPIRED
    assert finish_registration(client, Passkey(), registering).refusal == EXPIRED
    assert finish_login(other, account.passkey, by_name).refusal == WRONG
    assert try_login(people.browser(), kept).status == 200


# ASVS 6.4.4: staff take every factor away, passkeys too, and what was begun
def test_reset_mfa_removes_passkeys(server, people):
    client, account = people.with_passkey()
    register(client)
    browser = people.browser()
    asked = start_login(browser)
    assert server.command("user", "reset-mfa", account.email).returncode == 0
    assert server.rows("SELECT id FROM webauthn_credentials WHERE user_id = ?", account.id) == []
    assert finish_login(browser, account.passkey, asked).refusal in (WRONG, EXPIRED)
    assert client.get("/auth/me").refusal == (401, "unauthenticated")
    assert people.login(account.email, account.password).json["mfa_required"] is False
    assert subjects(people, account, count=4)[0] == FACTORS_RESET


# ASVS 14.2.7: what is held about the owner, and no key of anybody
def test_the_export_shows_them(people):
    client, account = people.with_passkey()
    second = register(client, name="Key")
    reply = client.get("/auth/me/export")
    assert reply.json["passkeys"] == [second.record, account.passkey.record]
    assert [one["method"] for one in reply.json["second_factors"]] == ["webauthn"]
    assert "public_key" not in reply.body.decode()


# ASVS 14.2.7
def test_a_deleted_account_leaves_no_passkey(server, people):
    client, account = people.with_passkey()
    start_login(people.browser(), email=account.email)
    assert client.delete("/auth/me", csrf=True).status == 200
    for table in ("webauthn_credentials", "webauthn_users", "webauthn_challenges"):
        assert server.rows(f"SELECT user_id FROM {table} WHERE user_id = ?", account.id) == [], table
    assert try_login(people.browser(), account.passkey).refusal == WRONG
    gone = account.passkey.record["id"]
    assert register(people.signed_in()[0], account.passkey).record["id"] != gone
