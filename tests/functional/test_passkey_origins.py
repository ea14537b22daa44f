"""Whose pages may use the service's passkeys: one site, related ones, frames of others where settings allow them."""

from harness.crafted import Crafted, packed_self
from harness.passkey_flows import register, start_step_up, try_login, try_register, try_step_up
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


# WA §7.2 steps 12 and 15: in step-ups too; and of a parent domain neither a host below it nor one above
def test_every_ceremony_asks_for_the_same_site(start_server):
    people = People(start_server(WEBAUTHN_RP_ID="example.test", WEBAUTHN_ORIGINS=f"{FRONT},{SHOP}"))
    client, account = people.signed_in()
    passkey = register(client, origin=FRONT)
    assert start_step_up(client)["publicKey"]["rpId"] == "example.test"
    waiting = people.browser().post("/auth/login", account.credentials).json["webauthn"]
    assert waiting["publicKey"]["rpId"] == "example.test"
    assert try_step_up(client, passkey, origin=SHOP).status == 200
    for wrong in (
        {"origin": people.server.public_url},
        {"origin": "https://shop.example.test"},
        {"origin": SHOP + "0"},
        {"origin": FRONT, "rp_id": "front.example.test"},
        {"origin": FRONT, "rp_id": "test"},
    ):
        assert try_step_up(client, passkey, **wrong).refusal == WRONG, wrong
        assert try_login(people.browser(), passkey, **wrong).refusal == WRONG, wrong
        assert try_register(client, Passkey(), **wrong).refusal == REFUSED, wrong


# WA §7.1 steps 10 and 11, §7.2 steps 13 and 14
def test_frames_of_others_where_they_are_allowed(start_server):
    server = start_server(WEBAUTHN_CROSS_ORIGIN="true", WEBAUTHN_TOP_ORIGINS=SHOP)
    people = People(server)
    client, account = people.signed_in()
    for frame in ({"crossOrigin": True}, {"crossOrigin": True, "topOrigin": SHOP}):
        passkey = register(client, frame=frame)
        assert try_login(people.browser(), passkey, frame=frame).status == 200
        assert try_step_up(client, passkey, frame=frame).status == 200
    for frame in (
        {"crossOrigin": True, "topOrigin": EVIL},
        {"topOrigin": SHOP},
        {"crossOrigin": True, "topOrigin": ""},
        {"crossOrigin": True, "topOrigin": SHOP + "/"},
        {"crossOrigin": True, "topOrigin": [SHOP]},
    ):
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
