"""Registering a passkey (WebAuthn Level 3 §7.1): what is asked, kept, answered and told."""

import pytest
from fido2 import cbor
from fido2.utils import websafe_decode

from harness.ageing import age_proofs
from harness.audit import details
from harness.client import CSRF_COOKIE, SESSION_COOKIE
from harness.passkey_flows import finish_registration, register, start_registration, try_login, try_register
from harness.passkeys import BE, BS, ED448, EDDSA, ES256, ES384, ES512, PS256, RS256, SYNCED, UP, UV, Passkey
from harness.people import People

ADDED = "A way to sign in was added to your account"
START = "/auth/webauthn/register/start"


def stored(server, account) -> list[dict]:
    return server.rows("SELECT * FROM webauthn_credentials WHERE user_id = ? ORDER BY id", account.id)


# WA §7.1 steps 1-2, §5.4
def test_the_options_say_all_that_a_browser_needs(server, people):
    client, account = people.signed_in(name="Erika Mustermann")
    options = start_registration(client)["publicKey"]
    assert options["rp"]["id"] == "localhost" and options["rp"]["name"]
    assert (options["user"]["name"], options["user"]["displayName"]) == (account.email, "Erika Mustermann")
    assert [one["alg"] for one in options["pubKeyCredParams"]] == [ES256, EDDSA, ES384, ES512, ED448, PS256, RS256]
    assert options["excludeCredentials"] == [] and options["attestation"] == "none"
    assert options["authenticatorSelection"] == {
        "residentKey": "preferred",
        "requireResidentKey": False,
        "userVerification": "preferred",
    }
    assert options["extensions"] == {"credProps": True}
    assert 290_000 < options["timeout"] <= 300_000
    assert details(server, account, "mfa.enrolment_started") == [{"method": "webauthn"}]


# WA §13.4.3, ASVS 11.5.1
def test_every_challenge_is_another_one_of_32_bytes(people):
    client, _ = people.signed_in()
    asked = [start_registration(client) for _ in range(5)]
    challenges = {websafe_decode(one["publicKey"]["challenge"]) for one in asked}
    assert len(challenges) == len({one["challenge_id"] for one in asked}) == 5
    assert {len(challenge) for challenge in challenges} == {32}


# WA §14.6.1, §5.4.3: random, the account's for good, and says nothing of it
def test_the_user_handle_is_32_random_bytes_for_good(people):
    client, account = people.signed_in()
    first = start_registration(client)["publicKey"]["user"]["id"]
    register(client)
    second = start_registration(client)["publicKey"]["user"]["id"]
    other = start_registration(people.signed_in()[0])["publicKey"]["user"]["id"]
    assert first == second != other
    handle = websafe_decode(first)
    assert len(handle) == 32 and len(set(handle)) > 16
    assert account.id.replace("-", "") not in handle.hex() and account.email.encode() not in handle


# WA §7.1 step 1 (excludeCredentials): all of the owner's, nobody else's
def test_an_authenticator_that_holds_one_is_told_not_to_make_another(people):
    client, _ = people.signed_in()
    first = register(client, transports=["usb", "nfc"])
    second = register(client, transports=["internal"])
    register(people.signed_in()[0])
    excluded = start_registration(client)["publicKey"]["excludeCredentials"]
    assert sorted((one["id"], tuple(one["transports"])) for one in excluded) == sorted(
        [(first.text_id, ("nfc", "usb")), (second.text_id, ("internal",))]
    )
    assert {one["type"] for one in excluded} == {"public-key"}


# WA §7.1 step 20, §5.8.5: every algorithm that is offered, in both forms of the answer
@pytest.mark.parametrize("nested", [False, True], ids=["flat", "toJSON"])
@pytest.mark.parametrize("algorithm", [ES256, EDDSA, ES384, ES512, ED448, PS256, RS256])
def test_each_algorithm_registers_and_signs_in(people, algorithm, nested):
    client, account = people.signed_in()
    passkey = register(client, Passkey(algorithm), nested=nested)
    browser = people.browser()
    assert try_login(browser, passkey, nested=nested).status == 200
    assert browser.get("/auth/me").json["id"] == account.id


# WA §7.1 steps 21-22, 24: policy `none` takes what no chain of certificates vouches for, and believes none of it
@pytest.mark.parametrize("fmt, kind", [("none", "none"), ("packed", "self"), ("fido-u2f", "certified")])
def test_statements_are_verified_and_named(people, fmt, kind):
    client, _ = people.signed_in()
    passkey = register(client, Passkey(aaguid=bytes(16)), fmt=fmt)
    assert passkey.record["attestation"] == {"format": fmt, "type": kind, "trusted": False}
    verified = fmt != "fido-u2f"  # U2F signs no flag
    assert passkey.record["user_verified"] is verified
    assert try_login(people.browser(), passkey).status == (200 if verified else 401)


# WA §7.1 step 27
def test_the_record_holds_what_the_next_ceremony_needs(server, people):
    client, account = people.signed_in()
    passkey = register(
        client,
        Passkey(ES384, SYNCED, count=7, aaguid=bytes(range(16))),
        name="Blue key",
        transports=["usb", "internal", "carrier-pigeon", "usb"],
    )
    (row,) = stored(server, account)
    assert bytes(row["credential_id"]) == passkey.id
    assert cbor.decode(bytes(row["public_key"])) == passkey.cose_key
    assert (row["algorithm"], row["sign_count"], row["name"]) == (ES384, 7, "Blue key")
    assert row["transports"].split() == ["internal", "usb"], "known names, once each"
    assert bytes(row["aaguid"]) == bytes(range(16))
    assert [row[flag] for flag in ("user_verified", "backup_eligible", "backed_up")] == [1, 1, 1]
    assert row["last_used_at"] is None


# WA §7.1 steps 18-19, 27
@pytest.mark.parametrize(
    "flags, shown",
    [
        (UP, (False, False, False)),
        (UP | UV, (True, False, False)),
        (UP | BE, (False, True, False)),
        (SYNCED, (True, True, True)),
        (UP | BE | BS, (False, True, True)),
    ],
)
def test_the_answer_shows_what_the_authenticator_said(people, flags, shown):
    record = register(people.signed_in()[0], Passkey(flags=flags)).record
    assert (record["user_verified"], record["backup_eligible"], record["backed_up"]) == shown


# ASVS 6.3.3, 7.2.4: the session is another one and says how
@pytest.mark.parametrize("flags, key", [(UP | UV, "hwk"), (SYNCED, "swk")])
def test_registering_renews_the_session(people, flags, key):
    client, _ = people.signed_in()
    before = client.cookies[SESSION_COOKIE]
    reply = try_register(client, Passkey(flags=flags))
    assert reply.json.keys() == {"success", "credential"} and set(reply.set_cookies) == {SESSION_COOKIE, CSRF_COOKIE}
    assert client.cookies[SESSION_COOKIE] != before
    assert client.get("/auth/me", cookies=f"{SESSION_COOKIE}={before}").refusal == (401, "unauthenticated")
    me = client.get("/auth/me").json
    assert (me["aal"], me["amr"], me["webauthn_enabled"]) == (2, ["pwd", key, "user", "mfa"], True)
    assert client.get("/auth/me/export").status == 200, "what was just proven is a step-up"


# ASVS 7.4.3
@pytest.mark.parametrize("end_others", [None, True, False])
def test_the_other_sessions_end_unless_told_not_to(people, end_others):
    client, account = people.signed_in()
    other = people.sign_in(account)
    register(client, **({} if end_others is None else {"end_other_sessions": end_others}))
    assert other.get("/auth/me").status == (200 if end_others is False else 401)
    if end_others is False:
        assert other.get("/auth/me/export").refusal == (403, "step_up_required")


# ASVS 6.3.7, 16.3.1
def test_the_owner_is_told_and_it_is_recorded(server, people):
    client, account = people.signed_in()
    passkey = register(client)
    mail = people.mails(account.email, count=2)[0]
    assert mail["subject"] == ADDED and "passkey" in mail["text"].lower() and "127.0.0.1" in mail["text"]
    (row,) = details(server, account, "mfa.factor_added")
    assert (row["method"], row["passkey"]) == ("webauthn", passkey.record["id"])


# ASVS 2.2.1: a name is text for people
def test_names_are_the_owners_own(people):
    client, _ = people.signed_in()
    assert register(client).record["name"] == "Passkey"
    assert register(client, name="Schlüssel 🔑").record["name"] == "Schlüssel 🔑"
    assert register(client, name="x" * 64).record["name"] == "x" * 64


# ASVS 2.2.1: and the challenge is not spent on a name that will not do
@pytest.mark.parametrize("name", ["", "x" * 65, "a\nb", "a\x1b[31mb", "a\u202eb", 5])
def test_names_that_will_not_do(server, people, name):
    client, account = people.signed_in()
    asked, passkey = start_registration(client), Passkey()
    reply = finish_registration(client, passkey, asked, name=name)
    assert reply.refusal == (422, "validation_failed") and {field for field, _ in reply.field_errors} == {"name"}
    assert stored(server, account) == []
    assert finish_registration(client, passkey, asked, name="Good").status == 200


# WA §7.1 step 27: more than a device can have are kept off
def test_no_account_has_more_than_it_may(start_server):
    server = start_server(WEBAUTHN_MAX_CREDENTIALS=2)
    people = People(server)
    client, account = people.signed_in()
    asked = start_registration(client)
    register(client)
    late = start_registration(client)
    register(client)
    assert client.post(START, csrf=True).refusal == (409, "conflict")
    assert finish_registration(client, Passkey(), late).refusal == (400, "challenge_expired"), "of the session before"
    assert finish_registration(client, Passkey(), asked).refusal == (400, "challenge_expired")
    assert len(stored(server, account)) == 2
    register(people.signed_in()[0])


# ASVS 7.5.1, attack 15: whoever finds a session open does not make it his own
def test_it_needs_a_recent_proof_at_both_ends(start_server):
    server = start_server(STEP_UP_MAX_AGE_SECONDS=60)
    people = People(server)
    client, account = people.signed_in()
    asked = start_registration(client)
    age_proofs(server, account.id, 61)
    assert client.post(START, csrf=True).refusal == (403, "step_up_required")
    assert finish_registration(client, Passkey(), asked).refusal == (403, "step_up_required")
    assert stored(server, account) == []
    assert people.step_up(client, account).status == 200
    register(client)


# ASVS 7.5.1: proof by a factor weaker than the strongest one is none
def test_a_session_that_proved_less_than_the_account_can_adds_none(server, people):
    client, account = people.signed_in()
    weaker = people.sign_in(account)
    asked = start_registration(weaker)
    register(client, end_other_sessions=False)
    assert weaker.post(START, csrf=True).refusal == (403, "step_up_required")
    assert finish_registration(weaker, Passkey(), asked).refusal == (403, "step_up_required")
    assert len(stored(server, account)) == 1


def test_it_needs_a_session_and_its_token(people, client):
    for path in ("start", "finish"):
        assert client.post(f"/auth/webauthn/register/{path}", {}).refusal == (401, "unauthenticated")
        signed_in, _ = people.signed_in()
        assert signed_in.post(f"/auth/webauthn/register/{path}", {}).refusal == (403, "csrf_failed")
