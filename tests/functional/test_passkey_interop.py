"""The service and python-fido2's relying party: each makes of options, ceremonies and records what the other does."""

import pytest
from fido2 import cbor
from fido2.cose import CoseKey
from fido2.server import Fido2Server
from fido2.utils import websafe_decode
from fido2.webauthn import (
    AttestedCredentialData,
    PublicKeyCredentialCreationOptions,
    PublicKeyCredentialRequestOptions,
    PublicKeyCredentialRpEntity,
)

from harness.passkey_flows import get_body, make_body, register, start_login, start_registration, start_step_up
from harness.passkeys import ED448, EDDSA, ES256, ES384, ES512, RS256, SYNCED, Passkey

JUDGED_THERE = [ES256, EDDSA, ES384, ES512, ED448, RS256]  # of PS256 python-fido2 asks a longer salt than RFC 8230 §2


@pytest.fixture
def elsewhere(server):
    """Another relying party, of the same name and page."""
    return Fido2Server(
        PublicKeyCredentialRpEntity(id="localhost", name="localhost"), verify_origin=lambda origin: origin == server.public_url
    )


def state(asked: dict) -> dict:
    """As the other would have begun the ceremony."""
    options = asked["publicKey"]
    wanted = options.get("userVerification") or options["authenticatorSelection"]["userVerification"]
    return {"challenge": options["challenge"], "user_verification": wanted}


# WA §5.1.8, §5.4: as browsers read them
def test_options_of_a_registration_are_options_to_others(people):
    client, account = people.with_passkey()
    options = PublicKeyCredentialCreationOptions.from_dict(start_registration(client)["publicKey"])
    assert (options.rp.id, options.user.name) == ("localhost", account.email)
    assert len(options.user.id) == len(options.challenge) == 32
    assert options.user.id == account.passkey.user_handle
    assert [one.alg for one in options.pub_key_cred_params] == [-7, -8, -35, -36, -53, -37, -257]
    assert [(one.id, one.type) for one in options.exclude_credentials] == [(account.passkey.id, "public-key")]
    selection = options.authenticator_selection
    assert (selection.resident_key, selection.require_resident_key) == ("preferred", False)
    assert (selection.user_verification, options.attestation) == ("preferred", "none")
    assert 0 < options.timeout <= 300_000 and options.extensions == {"credProps": True}


# WA §5.1.9, §5.5
def test_options_of_a_sign_in_and_a_step_up_are_options_to_others(people):
    client, account = people.signed_in()
    passkey = register(client, transports=["usb", "nfc"])
    waiting = people.browser().post("/auth/login", account.credentials).json["webauthn"]
    for asked, wanted in (
        (start_login(people.browser(), email=account.email), "required"),
        (start_step_up(client), "required"),
        (waiting, "preferred"),
    ):
        options = PublicKeyCredentialRequestOptions.from_dict(asked["publicKey"])
        assert (options.rp_id, options.user_verification, len(options.challenge)) == ("localhost", wanted, 32)
        assert [(one.id, one.transports) for one in options.allow_credentials] == [(passkey.id, ["nfc", "usb"])]
        assert 0 < options.timeout <= 300_000
    discoverable = PublicKeyCredentialRequestOptions.from_dict(start_login(people.browser())["publicKey"])
    assert discoverable.allow_credentials == [] and discoverable.user_verification == "required"


# WA §7.1, §7.2: one answer and two judges
@pytest.mark.parametrize("algorithm", JUDGED_THERE)
def test_both_take_the_same_ceremonies(server, people, elsewhere, algorithm):
    client, account = people.signed_in()
    passkey, asked = Passkey(algorithm), start_registration(client)
    body = make_body(client, passkey, asked, nested=True)
    credential = elsewhere.register_complete(state(asked), body["credential"]).credential_data
    assert client.post("/auth/webauthn/register/finish", body, csrf=True).status == 200
    (row,) = server.rows("SELECT * FROM webauthn_credentials WHERE user_id = ?", account.id)
    kept = CoseKey.parse(cbor.decode(row["public_key"]))
    assert AttestedCredentialData.create(row["aaguid"], row["credential_id"], kept) == credential
    browser = people.browser()
    asked = start_login(browser)
    body = get_body(browser, passkey, asked, nested=True)
    assert elsewhere.authenticate_complete(state(asked), [credential], body["credential"]) == credential
    assert browser.post("/auth/webauthn/login/finish", body, csrf=True).status == 200
    assert browser.get("/auth/me").json["id"] == account.id


# WA §7.1, §7.2: what one refuses the other does not take
@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://evil.example"},
        {"challenge": bytes(32)},
        {"flags": 0},
        {"type": "webauthn.none"},
        {"rp_id": "evil.example"},
        {"flags": 1},
    ],
)
def test_both_refuse_the_same_assertions(people, elsewhere, wrong):
    account = people.with_passkey()[1]
    passkey, browser = account.passkey, people.browser()
    asked = start_login(browser)
    body = get_body(browser, passkey, asked, nested=True, **wrong)
    credential = AttestedCredentialData.create(passkey.aaguid, passkey.id, passkey.cose_key)
    with pytest.raises(ValueError):
        elsewhere.authenticate_complete(state(asked), [credential], body["credential"])
    assert browser.post("/auth/webauthn/login/finish", body, csrf=True).refusal == (401, "mfa_failed")


# WA §5.1.10: what the Signal API is told is what the authenticator holds
def test_the_list_names_what_authenticators_hold(people):
    client, account = people.signed_in()
    passkeys = [register(client), register(client, Passkey(EDDSA, SYNCED))]
    told = client.get("/auth/webauthn/credentials").json
    assert told["rp_id"] == "localhost"
    assert {websafe_decode(told["user"]["id"])} == {passkey.user_handle for passkey in passkeys}
    assert {websafe_decode(one) for one in told["accepted_credential_ids"]} == {passkey.id for passkey in passkeys}
    assert (told["user"]["name"], told["user"]["display_name"]) == (account.email, account.email)
