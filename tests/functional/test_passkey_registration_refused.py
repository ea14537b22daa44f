"""A registration with one thing wrong: the same answer for every step of WebAuthn Level 3 §7.1, and nothing is kept."""

import json

import pytest
from fido2.utils import websafe_decode, websafe_encode

from harness.audit import details
from harness.client import SESSION_COOKIE
from harness.instances import elsewhere
from harness.passkey_flows import (
    finish_registration,
    make_body,
    register,
    start_login,
    start_registration,
    start_step_up,
    try_register,
)
from harness.passkeys import BE, BS, ES384, PS256, RS256, UP, UV, Passkey
from harness.people import People

REFUSED, EXPIRED = (400, "invalid_request"), (400, "challenge_expired")
FINISH = "/auth/webauthn/register/finish"
# The step of §7.1, what is wrong, and the settings of the answer that make it so.
WRONG = [
    (7, "type of an assertion", {"type": "webauthn.get"}),
    (7, "type in capitals", {"type": "WEBAUTHN.CREATE"}),
    (8, "challenge of its own", {"challenge": bytes(32)}),
    (8, "challenge empty", {"challenge": b""}),
    (9, "origin of a stranger", {"origin": "https://evil.example"}),
    (9, "origin by its prefix", {"origin": "http://localhost:1"}),
    (9, "origin null", {"origin": "null"}),
    (9, "origin without port", {"origin": "http://localhost"}),
    (10, "in a frame of a stranger", {"frame": {"crossOrigin": True}}),
    (11, "under a top origin", {"frame": {"topOrigin": "https://evil.example"}}),
    (14, "relying party of a stranger", {"rp_id": "evil.example"}),
    (14, "relying party above", {"rp_id": "host"}),
    (15, "nobody was present", {"flags": UV}),
    (17, "backed up, and may not be", {"flags": UP | UV | BS}),
    (20, "algorithm not offered", {"key_says": {3: -65535}}),
    (20, "algorithm of another curve", {"key_says": {3: ES384}}),
    (20, "point off the curve", {"key_says": {-3: bytes(32)}}),
    (20, "point too short", {"key_says": {-2: bytes(31)}}),
    (20, "private part", {"key_says": {-4: bytes(32)}}),
    (21, "format unknown", {"fmt": "android-safetynet"}),
    (21, "format in capitals", {"fmt": "Packed"}),
    (22, "signature spoilt", {"fmt": "packed", "spoil": True}),
    (22, "signature by another key", {"fmt": "packed", "signed_by": Passkey()}),
    (22, "signature by a certificate, spoilt", {"fmt": "fido-u2f", "spoil": True}),
    (25, "credential id too long", {"credential_id": bytes(1024)}),
]


@pytest.fixture
def owner(people):
    return people.signed_in()


def kept(server, account) -> int:
    return len(server.rows("SELECT id FROM webauthn_credentials WHERE user_id = ?", account.id))


def assert_nothing_came_of_it(server, people, client, account, step: int) -> None:
    (row,) = details(server, account, "mfa.enrolment_failed")
    assert (row["method"], row["step"]) == ("webauthn", step) and row["step_name"] and row["detail"]
    assert kept(server, account) == 0 and details(server, account, "mfa.factor_added") == []
    me = client.get("/auth/me").json
    assert (me["aal"], me["webauthn_enabled"]) == (1, False)
    assert len(people.mails(account.email)) == 1, "the one of signing up"


# WA §7.1 steps 7 to 25, each negative alike; the audit log names the step
@pytest.mark.parametrize(
    "step, answer", [pytest.param(step, answer, id=f"step {step}, {what}") for step, what, answer in WRONG]
)
def test_each_step_that_fails_refuses_alike(server, people, owner, step, answer):
    client, account = owner
    asked, passkey, before = start_registration(client), Passkey(), client.cookies[SESSION_COOKIE]
    reply = finish_registration(client, passkey, asked, **answer)
    assert reply.refusal == REFUSED and reply.set_cookies == {}
    assert_nothing_came_of_it(server, people, client, account, step)
    assert client.cookies[SESSION_COOKIE] == before
    assert finish_registration(client, passkey, asked).refusal == EXPIRED, "the challenge is spent"


# WA §7.1: outside, no refusal can be told from another
def test_no_refusal_tells_its_step(people):
    seen = set()
    for _, _, answer in WRONG[::4]:
        client, _ = people.signed_in()
        status, body, headers = try_register(client, Passkey(), **answer).without_request_id()
        seen.add((status, json.dumps(body, sort_keys=True), json.dumps(sorted(headers))))
    assert len(seen) == 1


def text_of(asked: dict, client, **members) -> str:
    wanted = {
        "type": "webauthn.create",
        "challenge": asked["publicKey"]["challenge"],
        "origin": client.server.public_url,
        "crossOrigin": False,
    }
    return json.dumps(wanted | members, separators=(",", ":"))


def other_fields(client, asked, body):
    return body | {"signature": "AAAA", "authenticator_data": "AAAA"}


def assertion(client, asked, body):
    return {
        "challenge_id": asked["challenge_id"],
        "client_data_json": body["client_data_json"],
        "credential_id": "AAAA",
        "authenticator_data": "AAAA",
        "signature": "AAAA",
    }


def with_client_data(change):
    """`change(text)` gives the bytes of the client data."""
    return lambda client, asked, body: body | {"client_data_json": websafe_encode(change(text_of(asked, client)))}


def with_object(change):
    return lambda client, asked, body: body | {
        "attestation_object": websafe_encode(change(websafe_decode(body["attestation_object"])))
    }


SHAPES = {
    "step 3, login fields besides": (3, other_fields),
    "step 3, login fields": (3, assertion),
    "step 3, both forms": (3, lambda c, a, body: body | {"credential": {}}),
    "step 3, no string": (3, lambda c, a, body: body | {"attestation_object": 5}),
    "step 4, results no object": (4, lambda c, a, body: body | {"client_extension_results": []}),
    "step 5, padded": (5, lambda c, a, body: body | {"client_data_json": body["client_data_json"] + "="}),
    "step 5, bad UTF-8": (5, with_client_data(lambda text: text.encode()[:-1] + b',"x":"\xff"}')),
    "step 5, two BOMs": (5, with_client_data(lambda text: b"\xef\xbb\xbf" * 2 + text.encode())),
    "step 5, too long": (5, with_client_data(lambda text: text[:-1].encode() + b',"x":"' + b"x" * 9000 + b'"}')),
    "step 6, an array": (6, with_client_data(lambda text: f"[{text}]".encode())),
    "step 6, more after it": (6, with_client_data(lambda text: f"{text}{{}}".encode())),
    "step 6, challenge twice": (6, with_client_data(lambda text: (text[:-1] + ',"challenge":"x"}').encode())),
    "step 13, cut short": (13, with_object(lambda made: made[:-1])),
    "step 13, a byte more": (13, with_object(lambda made: made + b"\0")),
    "step 13, nested": (13, with_object(lambda made: b"\x81" * 20_000)),
    "step 13, no map": (13, with_object(lambda made: b"\x80")),
}


# WA §7.1 steps 3 to 6, 13: the shape of the answer
@pytest.mark.parametrize("step, change", SHAPES.values(), ids=SHAPES.keys())
def test_an_answer_of_the_wrong_shape_is_refused_alike(server, people, owner, step, change):
    client, account = owner
    asked = start_registration(client)
    body = change(client, asked, make_body(client, Passkey(), asked))
    assert client.post(FINISH, body, csrf=True).refusal == REFUSED
    assert_nothing_came_of_it(server, people, client, account, step)


# WA §7.1 step 5: one BOM is dropped, step 12: and hashed with the rest
def test_one_byte_order_mark_is_no_harm(owner):
    client, _ = owner
    asked = start_registration(client)
    body = make_body(client, Passkey(), asked)
    marked = with_client_data(lambda text: b"\xef\xbb\xbf" + text.encode())(client, asked, body)
    assert client.post(FINISH, marked, csrf=True).status == 200


# WA §7.1 step 20: RSA from 2048 bits on; and RSA under each of its algorithms is one key type
@pytest.mark.parametrize("algorithm", [RS256, PS256])
def test_short_rsa_keys_are_refused(owner, algorithm):
    client, _ = owner
    assert try_register(client, Passkey(algorithm), key_says={-1: b"\xc1" + bytes(126) + b"\x01"}).refusal == REFUSED


# WA §7.1 step 16
def test_user_verification_is_asked_for_where_the_setting_says(start_server):
    server = start_server(WEBAUTHN_USER_VERIFICATION="required")
    people = People(server)
    client, account = people.signed_in()
    asked = start_registration(client)
    assert asked["publicKey"]["authenticatorSelection"]["userVerification"] == "required"
    assert finish_registration(client, Passkey(), asked, flags=UP).refusal == REFUSED
    assert_nothing_came_of_it(server, people, client, account, 16)
    register(client)


# WA §7.1 step 18
def test_a_policy_of_one_device_refuses_what_may_be_copied(start_server):
    server = start_server(WEBAUTHN_DEVICE_BOUND_ONLY="true")
    people = People(server)
    client, account = people.signed_in()
    assert try_register(client, Passkey(), flags=UP | UV | BE).refusal == REFUSED
    assert_nothing_came_of_it(server, people, client, account, 18)
    register(client)


# WA §7.1 step 8, ASVS 6.6.2: of this session, this ceremony, this account
def test_a_challenge_is_of_one_session(people, owner):
    client, account = owner
    asked = start_registration(client)
    assert finish_registration(people.sign_in(account), Passkey(), asked).refusal == EXPIRED
    assert finish_registration(client, Passkey(), asked).refusal == EXPIRED, "and whoever tried has spent it"
    asked = start_registration(client)
    assert finish_registration(people.signed_in()[0], Passkey(), asked).refusal == EXPIRED


# WA §7.1 step 8, attack 13: no challenge of another ceremony registers
def test_a_challenge_of_another_ceremony_registers_nothing(server, people):
    client, account = people.with_passkey()
    stepped = start_step_up(client)
    created = start_registration(client)["publicKey"]
    assert finish_registration(client, Passkey(), stepped | {"publicKey": created}).refusal == EXPIRED
    browser = elsewhere(client, server)
    signing_in = start_login(browser)
    assert finish_registration(client, Passkey(), signing_in | {"publicKey": created}).refusal == EXPIRED
    assert kept(server, account) == 1


# ASVS 6.6.2
def test_made_up_challenges_are_none(owner):
    client, _ = owner
    asked = start_registration(client)
    for made_up in ("A" * 43, "", "x" * 2000, asked["challenge_id"][:-1], client.cookies[SESSION_COOKIE]):
        body = make_body(client, Passkey(), asked) | {"challenge_id": made_up}
        assert client.post(FINISH, body, csrf=True).refusal == EXPIRED, made_up
    assert client.post(FINISH, {"client_data_json": "e30"}, csrf=True).refusal == (422, "validation_failed")
    assert finish_registration(client, Passkey(), asked).status == 200
