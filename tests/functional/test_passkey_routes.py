"""What holds for the passkey routes as a whole: the well-known file, the size of bodies, which origins may use them."""

import pytest

from harness.passkey_flows import finish_registration, register, start_login, start_registration, try_login, try_register
from harness.passkeys import Passkey
from harness.people import People

KIB = 1024
LARGE = [
    "/auth/webauthn/register/finish",
    "/auth/webauthn/login/finish",
    "/auth/webauthn/signup/finish",
    "/auth/step-up/webauthn/finish",
]
SMALL = [
    "/auth/webauthn/register/start",
    "/auth/webauthn/login/start",
    "/auth/webauthn/signup/start",
    "/auth/step-up/webauthn/start",
    "/auth/login",
    "/auth/register",
    "/auth/mfa/totp/verify",
]
TOO_LARGE, REFUSED, WRONG = (413, "payload_too_large"), (400, "invalid_request"), (401, "mfa_failed")
ELSEWHERE = "https://shop.example.test"


def body_of(size: int) -> bytes:
    empty = b'{"challenge_id":"' + b"A" * 43 + b'","x":""}'
    return empty[:-2] + b"x" * (size - len(empty)) + empty[-2:]


def send(client, path: str, size: int):
    body = body_of(size)
    assert len(body) == size
    return client.request("POST", path, body=body, headers={"Content-Type": "application/json"}, csrf=True)


# WA §5.11: related origins
def test_the_well_known_file_names_the_origins(server, client):
    reply = client.get("/.well-known/webauthn")
    assert reply.status == 200 and reply.content_type == "application/json"
    assert server.public_url in reply.json["origins"]


# WA §13.4.9: those of the setting, byte for byte, in the file and in the ceremonies
def test_the_origins_of_the_setting_are_those_that_are_taken(start_server):
    server = start_server(WEBAUTHN_ORIGINS=f"http://localhost:3000,{ELSEWHERE}")
    people = People(server)
    assert sorted(people.browser().get("/.well-known/webauthn").json["origins"]) == ["http://localhost:3000", ELSEWHERE]
    client, _ = people.signed_in()
    for origin in (
        server.public_url,
        "https://SHOP.example.test",
        f"{ELSEWHERE}.",
        f"{ELSEWHERE}/",
        f"{ELSEWHERE}:443",
        "http://shop.example.test",
        "https://example.test",
        "https://a.shop.example.test",
    ):
        assert try_register(client, Passkey(), origin=origin).refusal == REFUSED, origin
    passkey = register(client, origin=ELSEWHERE)
    for origin, status in (("http://localhost:3000", 200), (ELSEWHERE, 200), (server.public_url, 401)):
        assert try_login(people.browser(), passkey, origin=origin).status == status, origin


# WA §7.1 step 14: the relying party of the setting
def test_the_relying_party_is_that_of_the_setting(start_server):
    server = start_server(WEBAUTHN_RP_ID="example.test", WEBAUTHN_RP_NAME="Example Bank", WEBAUTHN_ORIGINS=ELSEWHERE)
    people = People(server)
    client, _ = people.signed_in()
    asked = start_registration(client)
    assert asked["publicKey"]["rp"] == {"id": "example.test", "name": "Example Bank"}
    passkey = Passkey()
    assert finish_registration(client, passkey, asked, origin=ELSEWHERE).status == 200
    assert start_login(people.browser())["publicKey"]["rpId"] == "example.test"
    assert try_login(people.browser(), passkey, origin=ELSEWHERE).status == 200
    assert try_login(people.browser(), passkey, origin=ELSEWHERE, rp_id="localhost").refusal == WRONG
    assert client.get("/auth/webauthn/credentials").json["rp_id"] == "example.test"


# WA §7.1 steps 10-11: in frames where the settings name who may frame
def test_frames_of_others_are_let_in_by_setting_only(start_server):
    server = start_server(WEBAUTHN_CROSS_ORIGIN="true", WEBAUTHN_TOP_ORIGINS=ELSEWHERE)
    people = People(server)
    client, _ = people.signed_in()
    framed = {"crossOrigin": True, "topOrigin": ELSEWHERE}
    passkey = register(client, frame=framed)
    assert try_login(people.browser(), passkey, frame=framed).status == 200
    for frame in (
        {"crossOrigin": False, "topOrigin": ELSEWHERE},
        framed | {"topOrigin": "https://evil.example"},
        framed | {"topOrigin": f"{ELSEWHERE}/"},
    ):
        assert try_login(people.browser(), passkey, frame=frame).refusal == WRONG, frame
        assert try_register(client, Passkey(), frame=frame).refusal == REFUSED, frame


# ASVS 4.1.4, 15.2.2, attack 26
@pytest.mark.parametrize("path", LARGE)
def test_a_ceremony_may_send_64_kib(people, path):
    client, _ = people.with_passkey()
    start_login(client)
    assert send(client, path, 64 * KIB).refusal != TOO_LARGE
    assert send(client, path, 64 * KIB + 1).refusal == TOO_LARGE


# ASVS 4.1.4, 15.2.2
@pytest.mark.parametrize("path", SMALL)
def test_all_else_may_send_16_kib(people, path):
    client, _ = people.with_passkey()
    assert send(client, path, 16 * KIB).refusal != TOO_LARGE
    assert send(client, path, 16 * KIB + 1).refusal == TOO_LARGE
