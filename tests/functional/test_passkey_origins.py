"""Whose pages may use the service's passkeys: one site, related ones, frames of others where settings allow them."""

from harness.crafted import Crafted, packed_self
from harness.passkey_flows import (register, start_login, start_registration, start_step_up, try_login, try_register,
                                   try_step_up)
from harness.passkeys import Passkey
from harness.people import People

REFUSED, WRONG = (400, "invalid_request"), (401, "mfa_failed")
FRONT, SHOP, EVIL = "https://front.example.test", "https://shop.example.test:8443", "https://evil.test"


def related(server) -> list[str]:
    return People(server).browser().get("/.well-known/webauthn").json["origins"]


# WA §5.11
def test_by_default_its_own_pages_are_related(server, people):
    reply = people.browser().get("/.well-known/webauthn")
    assert reply.status == 200 and reply.content_type == "application/json" and reply.set_cookies == {}
    assert reply.json == {"origins": [server.public_url]}


def test_so_are_those_of_the_front_end(start_server):
    server = start_server(FRONTEND_ORIGIN=FRONT)
    assert sorted(related(server)) == sorted([server.public_url, FRONT])


# WA §5.11, §7.1 step 9, §7.2 step 12
def test_the_origins_of_the_setting_and_no_others_make_and_use_passkeys(start_server):
    server = start_server(WEBAUTHN_ORIGINS=f"http://localhost:1,{SHOP}")
    assert related(server) == ["http://localhost:1", SHOP]
    people = People(server)
    client, account = people.signed_in()
    passkey = register(client, origin=SHOP)
    for origin in (SHOP, "http://localhost:1"):
        assert try_login(people.browser(), passkey, origin=origin).status == 200
        assert try_step_up(client, passkey, origin=origin).status == 200
    for origin in (server.public_url, "https://shop.example.test", SHOP + "0", SHOP.upper(), EVIL, ""):
        assert try_register(client, Passkey(), origin=origin).refusal == REFUSED, origin
        assert try_login(people.browser(), passkey, origin=origin).refusal == WRONG, origin
        assert try_step_up(client, passkey, origin=origin).refusal == WRONG, origin


# WA §5.1.2, §7.1 step 14, §7.2 step 15: a passkey of the parent domain, for every host below it
def test_the_rp_id_may_be_a_parent(start_server):
    server = start_server(WEBAUTHN_RP_ID="example.test", WEBAUTHN_RP_NAME="Bänk & Söhne", WEBAUTHN_ORIGINS=FRONT)
    people = People(server)
    client, account = people.signed_in()
    asked = start_registration(client)["publicKey"]
    assert asked["rp"] == {"id": "example.test", "name": "Bänk & Söhne"}
    passkey = register(client, origin=FRONT)
    assert start_login(people.browser())["publicKey"]["rpId"] == "example.test"
    assert start_step_up(client)["publicKey"]["rpId"] == "example.test"
    assert try_login(people.browser(), passkey, origin=FRONT).status == 200
    for rp_id in ("front.example.test", "localhost", "test"):
        assert try_register(client, Passkey(), origin=FRONT, rp_id=rp_id).refusal == REFUSED
        assert try_login(people.browser(), passkey, origin=FRONT, rp_id=rp_id).refusal == WRONG


# WA §7.1 steps 10 and 11, §7.2 steps 13 and 14
def test_frames_of_others_where_they_are_allowed(start_server):
    server = start_server(WEBAUTHN_CROSS_ORIGIN="true", WEBAUTHN_TOP_ORIGINS=SHOP)
    people = People(server)
    client, account = people.signed_in()
    for frame in ({"crossOrigin": True}, {"crossOrigin": True, "topOrigin": SHOP}):
        passkey = register(client, frame=frame)
        assert try_login(people.browser(), passkey, frame=frame).status == 200
        assert try_step_up(client, passkey, frame=frame).status == 200
    for frame in ({"crossOrigin": True, "topOrigin": EVIL}, {"topOrigin": SHOP}, {"crossOrigin": True, "topOrigin": ""},
                  {"crossOrigin": True, "topOrigin": SHOP + "/"}, {"crossOrigin": True, "topOrigin": [SHOP]}):
        assert try_register(client, Passkey(), frame=frame).refusal == REFUSED, frame
        assert try_login(people.browser(), passkey, frame=frame).refusal == WRONG, frame
        assert try_step_up(client, passkey, frame=frame).refusal == WRONG, frame


# WA §7.1 step 10: browsers of before say nothing of frames
def test_client_data_without_a_word_of_frames_is_taken(people):
    def silent(text: bytes) -> bytes:
        return text.replace(b',"crossOrigin":false', b"")

    client, account = people.signed_in()
    passkey = Crafted(text=silent, attest=packed_self)
    assert try_register(client, passkey).status == 200
    assert try_login(people.browser(), passkey).status == 200
