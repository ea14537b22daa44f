"""An assertion with one thing wrong: one answer for every step of WebAuthn Level 3 §7.2, and nobody is signed in."""

import json
import time

import pytest
from fido2.utils import websafe_decode, websafe_encode

from harness.audit import details
from harness.client import CSRF_COOKIE, SESSION_COOKIE
from harness.instances import elsewhere
from harness.passkey_flows import (
    finish_login,
    finish_step_up,
    get_body,
    register,
    start_login,
    start_registration,
    start_step_up,
    try_login,
)
from harness.passkeys import BS, ES384, RS256, SYNCED, UP, UV, Passkey
from harness.people import fresh_email

WRONG, EXPIRED, INVALID = (401, "mfa_failed"), (400, "challenge_expired"), (400, "invalid_request")
FINISH = "/auth/webauthn/login/finish"
# The step of §7.2, what is wrong, and the settings of the answer that make it so.
ANSWERS = [
    (6, "credential of nobody", {"credential_id": bytes(32)}),
    (6, "user handle missing", {"user_handle": None}),
    (6, "user handle empty", {"user_handle": b""}),
    (6, "user handle of nobody", {"user_handle": bytes(32)}),
    (10, "type of a registration", {"type": "webauthn.create"}),
    (11, "challenge of its own", {"challenge": bytes(32)}),
    (12, "origin of a stranger", {"origin": "https://evil.example"}),
    (12, "origin null", {"origin": "null"}),
    (12, "origin without port", {"origin": "http://localhost"}),
    (13, "in a frame of a stranger", {"frame": {"crossOrigin": True}}),
    (14, "under a top origin", {"frame": {"topOrigin": "https://evil.example"}}),
    (15, "relying party of a stranger", {"rp_id": "evil.example"}),
    (16, "nobody was present", {"flags": UV}),
    (17, "nobody was verified", {"flags": UP}),
    (18, "backed up, and may not be", {"flags": UP | UV | BS}),
    (21, "signature spoilt", {"spoil": True}),
    (21, "signature by another key", {"signed_by": Passkey()}),
    (21, "signature by an algorithm of others", {"signed_by": Passkey(RS256)}),
]


@pytest.fixture
def owner(people):
    return people.with_passkey()[1]


def record(server, account) -> list[dict]:
    return server.rows("SELECT * FROM webauthn_credentials WHERE user_id = ? ORDER BY id", account.id)


def assert_nobody_is_signed_in(client, reply) -> None:
    assert SESSION_COOKIE not in reply.set_cookies
    assert client.get("/auth/me").refusal == (401, "unauthenticated")


# WA §4 "uvInitialized", §7.2 steps 17 and 24: whoever finds a key without a PIN gives it one, and is in with nothing else
def test_a_key_verifies_its_user_for_the_first_time_behind_a_password(server, people):
    account = people.with_passkey(Passkey(flags=UP))[1]
    before = record(server, account)
    reply = try_login(people.browser(), account.passkey, account.email, flags=UP | UV)
    assert reply.refusal == WRONG and SESSION_COOKIE not in reply.set_cookies
    assert details(server, account, "login.failed")[-1]["step"] == 17
    assert record(server, account) == before
    client = people.browser()
    asked = client.post("/auth/login", account.credentials).json["webauthn"]
    assert finish_login(client, account.passkey, asked, flags=UP | UV).status == 200
    assert try_login(people.browser(), account.passkey, account.email, flags=UP | UV).status == 200


# ASVS 6.3.8, attack 1: a signature is looked at only where the address has a passkey, and takes its time
def test_a_refusal_takes_as_long_whoever_the_address_is(people, owner):
    client = people.browser()
    for email in (owner.email, fresh_email()):
        asked = start_login(client, email=email)
        answer = Passkey(flags=UP | UV)
        answer.id = websafe_decode(asked["publicKey"]["allowCredentials"][0]["id"])
        began = time.monotonic()
        assert finish_login(client, answer, asked, user_handle=None).refusal == WRONG
        assert time.monotonic() - began >= 0.02


# WA §7.2 steps 5 to 21, each negative alike; the audit log names the step
@pytest.mark.parametrize(
    "step, answer", [pytest.param(step, answer, id=f"step {step}, {what}") for step, what, answer in ANSWERS]
)
def test_each_step_that_fails_refuses_alike(server, people, owner, step, answer):
    client, before = people.browser(), record(server, owner)
    asked = start_login(client)
    reply = finish_login(client, owner.passkey, asked, **answer)
    assert reply.refusal == WRONG
    assert_nobody_is_signed_in(client, reply)
    rows = server.rows("SELECT details FROM audit_logs WHERE event = 'login.failed' ORDER BY at, id")
    last = json.loads(rows[-1]["details"])
    assert (last["method"], last["reason"], last["step"]) == ("webauthn", "mfa_failed", step) and last["step_name"]
    assert record(server, owner) == before
    assert finish_login(client, owner.passkey, asked).refusal == EXPIRED, "the challenge is spent"
    assert len(people.mails(owner.email)) == 2, "of signing up and of the passkey"


# WA §7.2: outside, no refusal can be told from another
def test_no_refusal_tells_its_step(people, owner):
    seen = set()
    for _, _, answer in ANSWERS:
        reply = try_login(people.browser(), owner.passkey, **answer).without_request_id()
        seen.add(json.dumps([reply[0], reply[1], sorted(reply[2])], sort_keys=True))
    assert len(seen) == 1


def both_forms(body):
    return body | {"credential": {}}


def of_a_registration(body):
    return body | {"attestation_object": "AAAA"}


def without(name):
    return lambda body: {key: value for key, value in body.items() if key != name}


def changed(name, change):
    return lambda body: body | {name: websafe_encode(change(websafe_decode(body[name])))}


# WA §7.2 steps 3, 4, 7 to 9: what is no assertion at all
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(both_forms, id="step 3, both forms"),
        pytest.param(of_a_registration, id="step 3, of a registration"),
        pytest.param(without("signature"), id="step 3, no signature"),
        pytest.param(without("credential_id"), id="step 3, no id"),
        pytest.param(lambda body: body | {"client_extension_results": []}, id="step 4, results no object"),
        pytest.param(lambda body: body | {"signature": body["signature"] + "="}, id="step 7, padded"),
        pytest.param(lambda body: body | {"user_handle": 5}, id="step 6, handle no string"),
    ],
)
def test_what_is_no_assertion_is_malformed(people, owner, change):
    client = people.browser()
    asked = start_login(client)
    reply = client.post(FINISH, change(get_body(client, owner.passkey, asked)), csrf=True)
    assert reply.refusal == INVALID
    assert_nobody_is_signed_in(client, reply)
    assert finish_login(client, owner.passkey, asked).refusal == EXPIRED


# WA §7.2 steps 7, 8, 9, 20, 21: bytes that are not those that were signed, or not the ones that they should be
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(changed("authenticator_data", lambda data: data[:36]), id="step 7, 36 bytes"),
        pytest.param(changed("authenticator_data", lambda data: data + b"\0"), id="step 7, a byte more"),
        pytest.param(changed("authenticator_data", lambda data: data[:32] + b"\x45" + data[33:]), id="step 7, AT set"),
        pytest.param(changed("client_data_json", lambda data: data[:-1] + b',"x":"\xff"}'), id="step 8, bad UTF-8"),
        pytest.param(changed("client_data_json", lambda data: data[:-1] + b',"origin":"x"}'), id="step 9, origin twice"),
        pytest.param(changed("client_data_json", lambda data: data + b" "), id="step 20, a space more"),
        pytest.param(changed("signature", lambda data: data + b"\0"), id="step 21, a byte more"),
        pytest.param(changed("signature", lambda data: data[:-1]), id="step 21, a byte less"),
    ],
)
def test_every_byte_counts(people, owner, change):
    client = people.browser()
    body = change(get_body(client, owner.passkey, start_login(client)))
    reply = client.post(FINISH, body, csrf=True)
    assert reply.refusal == WRONG
    assert_nobody_is_signed_in(client, reply)


# WA §7.2 step 21: the stored key has one algorithm
def test_the_signature_is_of_the_keys_own_algorithm(people):
    account = people.with_passkey(Passkey(ES384))[1]
    account.passkey.algorithm = -7
    assert try_login(people.browser(), account.passkey).refusal == WRONG


# WA §7.2 step 6: a discoverable passkey is of whom it says
def test_a_user_handle_of_somebody_else_signs_nobody_in(people, owner):
    other = people.with_passkey()[1]
    client = people.browser()
    reply = try_login(client, other.passkey, user_handle=owner.passkey.user_handle)
    assert reply.refusal == WRONG
    assert_nobody_is_signed_in(client, reply)


# WA §7.2 step 5: an own passkey that the options did not name, made after them
def test_a_passkey_that_was_not_asked_for_is_refused(people):
    session, account = people.with_passkey()
    client = people.browser()
    asked = start_login(client, email=account.email)
    later = register(session)
    assert finish_login(client, later, asked).refusal == WRONG
    assert try_login(client, later, account.email).status == 200


# WA §7.2 step 11, ASVS 6.6.2: once
def test_an_assertion_works_once(people, owner):
    client = people.browser()
    asked = start_login(client)
    body, before = get_body(client, owner.passkey, asked), dict(client.cookies)
    assert client.post(FINISH, body, csrf=True).status == 200
    client.cookies.update(before)
    assert client.post(FINISH, body, csrf=True).refusal == EXPIRED
    again = start_login(client)
    replayed = body | {"challenge_id": again["challenge_id"]}
    assert client.post(FINISH, replayed, csrf=True).refusal == WRONG, "nor for another challenge"


# WA §7.2 step 11, ASVS 6.6.3, attack 13: in the browser that asked
def test_a_challenge_is_of_one_browser(people, owner):
    client = people.browser()
    asked = start_login(client)
    thief = people.browser()
    start_login(thief)
    reply = finish_login(thief, owner.passkey, asked)
    assert reply.refusal == EXPIRED
    assert_nobody_is_signed_in(thief, reply)
    assert finish_login(client, owner.passkey, asked).refusal == EXPIRED, "whoever tried has spent it"
    bare = people.browser()
    assert finish_login(bare, owner.passkey, start_login(client)).refusal == EXPIRED


# WA §7.2 step 1, attack 13: a challenge to sign in steps nobody up, and the other way round
def test_a_challenge_has_one_purpose(server, people):
    session, account = people.with_passkey()
    browser = elsewhere(session, server)
    signing_in, stepping_up = start_login(browser), start_step_up(session)
    before = session.cookies[SESSION_COOKIE]
    assert finish_step_up(session, account.passkey, signing_in).refusal == EXPIRED
    reply = finish_login(browser, account.passkey, stepping_up)
    assert reply.refusal == EXPIRED and SESSION_COOKIE not in reply.set_cookies
    assert session.cookies[SESSION_COOKIE] == before
    created = start_registration(session)
    assert finish_step_up(session, account.passkey, signing_in | {"challenge_id": created["challenge_id"]}).refusal == EXPIRED


# ASVS 7.2.4, 6.6.2, attack 13
def test_what_is_no_challenge_signs_nobody_in(people, owner):
    client, session = people.browser(), people.sign_in_with_passkey(owner)
    asked = start_login(client)
    for token in (session.cookies[SESSION_COOKIE], client.cookies["__Host-pre"], "A" * 43, "", "x" * 2000):
        reply = finish_login(client, owner.passkey, asked | {"challenge_id": token})
        assert reply.refusal == EXPIRED, token
    visitor = f"{SESSION_COOKIE}={asked['challenge_id']}"
    assert people.browser().get("/auth/me", cookies=visitor).refusal == (401, "unauthenticated")
    assert finish_login(client, owner.passkey, asked).status == 200


# ASVS 8.2.3, attack 34
def test_members_that_are_not_the_clients_change_nothing(people):
    account = people.with_passkey(Passkey(flags=SYNCED))[1]
    client = people.browser()
    extra = {"aal": 3, "amr": ["hwk"], "role": "admin", "user_id": account.id, "user_verified": True, "__proto__": {"aal": 3}}
    assert finish_login(client, account.passkey, start_login(client), **extra).status == 200
    me = client.get("/auth/me").json
    assert (me["aal"], me["amr"], me["role"]) == (2, ["swk", "user", "mfa"], "user")


# ASVS 15.3.7, attack 19
def test_a_doubled_cookie_is_refused(people, owner):
    client = people.browser()
    asked = start_login(client)
    line = client.cookies.header()
    for name in ("__Host-pre", CSRF_COOKIE):
        body = get_body(client, owner.passkey, asked)
        assert client.post(FINISH, body, csrf=True, cookies=f"{line}; {name}=x").refusal == INVALID, name
    assert finish_login(client, owner.passkey, asked).status == 200


# WA §7.2 step 23: what extensions put out decides nothing
def test_outputs_of_extensions_are_ignored(people, owner):
    client = people.browser()
    outputs = {"appid": True, "credProps": {"rk": True}, "unheard-of": [1]}
    assert try_login(client, owner.passkey, client_extension_results=outputs).status == 200
    assert details(people.server, owner, "login.failed") == []
