"""Accounts that begin with a passkey and have no password (PASSWORDLESS_SIGNUP)."""

import pytest
from fido2.utils import websafe_decode

from harness.audit import details
from harness.client import CSRF_COOKIE, SESSION_COOKIE
from harness.passkey_flows import (
    finish_login,
    finish_registration,
    finish_sign_up,
    get_body,
    register,
    start_login,
    start_registration,
    start_sign_up,
    try_login,
    try_register,
    try_sign_up,
    try_step_up,
)
from harness.passkeys import SYNCED, UP, Passkey
from harness.people import Account, People, fresh_email, fresh_password, token_of

WRONG, REFUSED, EXPIRED = (401, "mfa_failed"), (400, "invalid_request"), (400, "challenge_expired")
START = "/auth/webauthn/signup/start"
LIST = "/auth/webauthn/credentials"


@pytest.fixture
def open_people(start_server) -> People:
    """Of a service that takes sign-ups without a password."""
    return People(start_server(PASSWORDLESS_SIGNUP="true"))


def signed_up(people, verified: bool = True, **options) -> Account:
    passkey, browser = Passkey(flags=SYNCED), people.browser()
    account = Account(fresh_email(), "", passkey=passkey)
    reply = try_sign_up(browser, passkey, account.email, **options)
    assert reply.status == 200, reply
    account.id = reply.json["id"]
    if verified:
        assert people.verify(people.token(account.email), browser).status == 200
    return account


def passkeys_of(server, email: str) -> list[dict]:
    return server.rows("SELECT c.id FROM webauthn_credentials c JOIN users u ON u.id = c.user_id WHERE u.email = ?", email)


def test_it_is_off_by_default(people):
    client = people.browser()
    assert client.post(START, {"email": fresh_email()}).refusal == (404, "not_found")
    start_login(client)
    body = {"challenge_id": "A" * 43, "client_data_json": "AAAA", "attestation_object": "AAAA"}
    assert client.post("/auth/webauthn/signup/finish", body, csrf=True).refusal == (404, "not_found")


def test_the_owner_is_told_whether_there_is_a_password(open_people):
    people = open_people
    assert people.signed_in()[0].get("/auth/mfa").json["has_password"] is True
    assert people.sign_in_with_passkey(signed_up(people)).get("/auth/mfa").json["has_password"] is False


# WA §7.1 steps 1-2, §14.6.1: a discoverable passkey that verifies its user, for a handle that says nothing
def test_the_options_ask_for_a_passkey_that_stands_alone(open_people):
    client, email = open_people.browser(), fresh_email()
    reply = client.post(START, {"email": email, "name": "Erika Mustermann"})
    options = reply.json["publicKey"]
    assert options["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    assert (options["user"]["name"], options["user"]["displayName"]) == (email, "Erika Mustermann")
    assert options["excludeCredentials"] == [] and len(websafe_decode(options["user"]["id"])) == 32
    assert set(reply.set_cookies) == {"__Host-pre", CSRF_COOKIE}


# 63B §2.2.2, ASVS 6.3.3
@pytest.mark.parametrize("nested", [False, True], ids=["flat", "toJSON"])
def test_the_mailed_link_opens_the_account_to_its_passkey(open_people, nested):
    account = signed_up(open_people, nested=nested, credential_name="Phone")
    client = open_people.sign_in_with_passkey(account)
    me = client.get("/auth/me").json
    assert (me["id"], me["email"], me["email_verified"]) == (account.id, account.email, True)
    assert (me["aal"], me["amr"], me["webauthn_enabled"]) == (2, ["swk", "user", "mfa"], True)
    (shown,) = client.get(LIST).json["credentials"]
    assert (shown["credential_id"], shown["name"], shown["backup_eligible"]) == (account.passkey.text_id, "Phone", True)
    assert try_login(open_people.browser(), account.passkey, account.email).status == 200
    assert try_step_up(client, account.passkey).status == 200


# ASVS 6.3.8, attack 1: before the link the passkey is as wrong as any
def test_before_the_link_it_opens_nothing(open_people):
    account = signed_up(open_people, verified=False)
    answers = [
        try_login(open_people.browser(), passkey, user_handle=handle).without_request_id()
        for passkey, handle in ((account.passkey, "own"), (Passkey(), bytes(32)))
    ]
    assert answers[0] == answers[1] and answers[0][0] == 401
    assert try_login(open_people.browser(), account.passkey, account.email).refusal == WRONG
    shown = start_login(open_people.browser(), email=account.email)["publicKey"]["allowCredentials"]
    assert account.passkey.text_id not in {one["id"] for one in shown}


# ASVS 6.3.8, attack 2
def test_a_taken_address_answers_like_a_free_one(open_people):
    taken, with_passkey = open_people.verified(), signed_up(open_people)
    replies, options = [], []
    for email in (fresh_email(), taken.email, with_passkey.email):
        client = open_people.browser()
        asked = start_sign_up(client, email)
        options.append(asked["publicKey"])
        replies.append(finish_sign_up(client, Passkey(), asked))
        assert replies[-1].json.keys() == {"id", "email"} and replies[-1].json["email"] == email
        assert SESSION_COOKIE not in replies[-1].set_cookies
    assert len({str([(key, one[key]) for key in one if key not in ("user", "challenge", "timeout")]) for one in options}) == 1
    assert (
        len({reply.status for reply in replies}) == len({str([name for name, _ in reply.headers]) for reply in replies}) == 1
    )
    assert replies[1].json["id"] != taken.id, "the id must not show that the account exists"
    for account in (taken, with_passkey):
        notice = open_people.mails(account.email, count=2)[0]
        assert token_of(notice) is None, "its owner learns by mail, without a link"


# ASVS 2.3.1, attack 10: a stranger's passkey dies when the owner verifies a registration of his own
@pytest.mark.parametrize("stranger_first", [True, False])
def test_a_strangers_passkey_dies_with_his_registration(open_people, stranger_first):
    email, stranger = fresh_email(), Passkey(flags=SYNCED)
    owner = Account(email, fresh_password())

    def of_the_stranger():
        assert try_sign_up(open_people.browser(), stranger, email).status == 200

    def of_the_owner():
        open_people.register(email, owner.password)

    first, second = (of_the_stranger, of_the_owner) if stranger_first else (of_the_owner, of_the_stranger)
    first()
    own = open_people.token(email) if not stranger_first else None
    second()
    open_people.mails(email, count=2)
    own = own or open_people.token(email)
    assert open_people.verify(own).status == 200
    assert try_login(open_people.browser(), stranger).refusal == WRONG
    assert try_login(open_people.browser(), stranger, email).refusal == WRONG
    assert passkeys_of(open_people.server, email) == []
    client = open_people.sign_in(owner)
    assert client.get("/auth/me").json["webauthn_enabled"] is False
    others = [token_of(mail) for mail in open_people.mails(email) if token_of(mail) not in (None, own)]
    assert [open_people.verify(token).refusal for token in others] == [(400, "invalid_token")]
    assert passkeys_of(open_people.server, email) == []


# ASVS 2.3.1: and the other way round, a stranger's password dies
def test_a_strangers_password_dies_with_his_registration(open_people):
    email, password = fresh_email(), fresh_password()
    open_people.register(email, password)
    open_people.mails(email, count=1)
    passkey, browser = Passkey(flags=SYNCED), open_people.browser()
    assert try_sign_up(browser, passkey, email).status == 200
    open_people.mails(email, count=2)
    assert open_people.verify(open_people.token(email), browser).status == 200
    assert open_people.login(email, password).refusal == (401, "invalid_credentials")
    assert try_login(open_people.browser(), passkey).status == 200


# ASVS 2.3.1, attack 10: whose mailbox it is opens no account for the stranger who signed its address up
def test_the_link_is_good_only_where_the_passkey_was_made(open_people):
    stranger, passkey, email = open_people.browser(), Passkey(flags=SYNCED), fresh_email()
    assert try_sign_up(stranger, passkey, email).status == 200
    token = open_people.token(email)
    others = open_people.browser()
    assert try_sign_up(others, Passkey(), fresh_email()).status == 200
    for browser in (None, open_people.browser(), others):
        reply = open_people.verify(token, browser)
        assert reply.refusal == (400, "invalid_token") and "browser" in reply.json["detail"]
    assert open_people.server.rows("SELECT id FROM users WHERE email = ?", email) == []
    assert try_login(open_people.browser(), passkey).refusal == WRONG
    assert open_people.verify(token, stranger).status == 200, "the owner signed up here after all"


# ASVS 6.3.3: a note of the sign-up makes no browser a known one, and is no session
def test_the_browser_of_a_sign_up_is_not_known_yet(open_people):
    browser, passkey, email = open_people.browser(), Passkey(flags=SYNCED), fresh_email()
    reply = try_sign_up(browser, passkey, email)
    assert set(reply.set_cookies) == {"__Host-device"}
    assert open_people.verify(open_people.token(email), browser).status == 200
    assert try_login(browser, passkey).status == 200
    (row,) = details(open_people.server, Account(email, "", id=reply.json["id"]), "login.succeeded")
    assert row["known_browser"] is False


# WA §7.1 step 26, ASVS 6.3.8: whether an address has a passkey cannot be found out by registering what is shown of it
def test_what_is_shown_for_an_unknown_address_is_taken_as_well(open_people):
    known, stranger = signed_up(open_people), open_people.signed_in()[0]
    for email in (known.email, fresh_email()):
        shown = start_login(open_people.browser(), email=email)["publicKey"]["allowCredentials"][0]["id"]
        claimed = Passkey(flags=SYNCED)
        claimed.id = websafe_decode(shown)
        assert try_register(stranger, claimed).refusal == REFUSED, email
        browser, own = open_people.browser(), fresh_email()
        assert try_sign_up(browser, claimed, own).status == 200
        assert open_people.verify(open_people.token(own), browser).refusal == (400, "invalid_token"), email


# WA §7.1 step 16, ASVS 6.3.3: what cannot open it alone is no passkey of an account without a password
def test_every_passkey_of_an_account_without_a_password_verifies_its_user(open_people):
    client = open_people.sign_in_with_passkey(signed_up(open_people))
    asked = start_registration(client)
    wanted = asked["publicKey"]["authenticatorSelection"]
    assert (wanted["userVerification"], wanted["residentKey"]) == ("required", "required")
    assert finish_registration(client, Passkey(flags=UP), asked).refusal == REFUSED
    register(client)


# ASVS 6.3.3: nor is one that never did the last way in
def test_a_key_that_verifies_nobody_is_no_way_in(open_people):
    account = signed_up(open_people)
    client = open_people.sign_in_with_passkey(account)
    path = f"{LIST}/{client.get(LIST).json['credentials'][0]['id']}"
    second = register(client)
    open_people.server.execute("UPDATE webauthn_credentials SET user_verified = 0 " f"WHERE id = '{second.record['id']}'")
    assert client.delete(path, csrf=True).refusal == (409, "conflict")


# ASVS 6.3.3: there is no password, so none is right
def test_no_password_signs_in(open_people):
    account = signed_up(open_people)
    for password in ("-", "!", "*", fresh_password(), "no password at all"):
        reply = open_people.login(account.email, password)
        assert reply.refusal == (401, "invalid_credentials"), password
    client = open_people.sign_in_with_passkey(account)
    assert client.post("/auth/step-up/check", csrf=True).json == {"requires_mfa": False, "methods": []}
    reply = client.post("/auth/step-up/password", {"password": fresh_password()}, csrf=True)
    assert reply.refusal == (403, "step_up_required") and reply.json["methods"] == ["webauthn"]


# ASVS 6.4.3, attack 9: a mailed reset gives it a password, which skips no passkey
def test_a_reset_gives_a_password_and_the_passkey_is_still_asked_for(open_people):
    account = signed_up(open_people)
    open_people.ask_for_reset(account.email)
    account.password = fresh_password()
    assert open_people.reset(open_people.reset_token(account.email), account.password).status == 200
    client = open_people.browser()
    answer = client.post("/auth/login", account.credentials).json
    assert (answer["mfa_required"], answer["methods"]) == (True, ["webauthn"])
    assert client.get("/auth/me").refusal == (401, "unauthenticated")
    assert finish_login(client, account.passkey, answer["webauthn"]).status == 200
    assert client.get("/auth/me").json["amr"] == ["pwd", "swk", "user", "mfa"]
    open_people.sign_in_with_passkey(account)


# ASVS 6.3.3: the only way in stays, until there is another
def test_the_last_passkey_of_an_account_without_a_password_stays(open_people):
    account = signed_up(open_people)
    client = open_people.sign_in_with_passkey(account)
    path = f"{LIST}/{client.get(LIST).json['credentials'][0]['id']}"
    assert client.delete(path, csrf=True).refusal == (409, "conflict")
    second = register(client)
    assert client.delete(path, csrf=True).status == 200
    assert try_login(open_people.browser(), second).status == 200
    last = f"{LIST}/{second.record['id']}"
    open_people.enrol_totp(client, account)
    assert client.delete(last, csrf=True).refusal == (409, "conflict"), "a code alone signs nobody in"


# WA §7.1 steps 5 to 25: refused alike, and nothing waits
@pytest.mark.parametrize(
    "wrong",
    [
        {"flags": UP},
        {"origin": "https://evil.example"},
        {"challenge": bytes(32)},
        {"fmt": "packed", "spoil": True},
        {"rp_id": "evil.example"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_each_step_that_fails_refuses_alike(open_people, wrong):
    client, email = open_people.browser(), fresh_email()
    asked = start_sign_up(client, email)
    assert finish_sign_up(client, Passkey(), asked, **wrong).refusal == REFUSED
    assert finish_sign_up(client, Passkey(), asked).refusal == EXPIRED
    assert open_people.server.rows("SELECT id FROM registrations WHERE email = ?", email) == []
    assert open_people.mails(email) == []


# WA §7.1 step 8, attack 13
def test_a_challenge_is_of_one_browser_and_one_ceremony(open_people):
    client, email, passkey = open_people.browser(), fresh_email(), Passkey()
    asked = start_sign_up(client, email)
    thief = open_people.browser()
    start_sign_up(thief, fresh_email())
    assert finish_sign_up(thief, passkey, asked).refusal == EXPIRED
    asked = start_sign_up(client, email)
    signing_in = start_login(client)
    assert finish_sign_up(client, passkey, asked | {"challenge_id": signing_in["challenge_id"]}).refusal == EXPIRED
    asked = start_sign_up(client, email)
    passkey.user_handle = bytes(32)
    body = get_body(client, passkey, asked | {"publicKey": asked["publicKey"] | {"rpId": "localhost"}})
    assert client.post("/auth/webauthn/login/finish", body, csrf=True).refusal == EXPIRED


# WA §7.1 step 26: a credential that somebody has opens no other account
def test_a_credential_that_somebody_has_makes_no_account(open_people):
    owner = open_people.with_passkey()[1]
    email = fresh_email()
    reply = try_sign_up(open_people.browser(), Passkey(), email, credential_id=owner.passkey.id)
    assert reply.refusal in ((200, None), REFUSED)
    if reply.status == 200:
        assert open_people.verify(open_people.token(email)).refusal == (400, "invalid_token")
    assert passkeys_of(open_people.server, email) == []
    assert try_login(open_people.browser(), owner.passkey).status == 200


# WA §7.1 step 29, ASVS 16.3.1: as every passkey that is added
def test_it_is_recorded(open_people):
    account = signed_up(open_people)
    (row,) = details(open_people.server, account, "mfa.factor_added")
    (passkey,) = passkeys_of(open_people.server, account.email)
    assert (row["method"], row["passkey"]) == ("webauthn", str(passkey["id"]))


# ASVS 2.2.1
@pytest.mark.parametrize(
    "body, field", [({"email": "no address"}, "email"), ({}, "email"), ({"email": "a@example.test", "name": "a\nb"}, "name")]
)
def test_what_will_not_do_is_said(open_people, body, field):
    reply = open_people.browser().post(START, body)
    assert reply.refusal == (422, "validation_failed") and {name for name, _ in reply.field_errors} == {field}
