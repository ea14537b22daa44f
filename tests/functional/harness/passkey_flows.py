"""A browser that runs the passkey ceremonies of the service: start, ask the authenticator, finish.

Keywords with the names of members of `Ceremony` say what the answer has wrong; the others are members of the body."""

from dataclasses import fields

from . import canaries
from .client import Client
from .passkeys import Ceremony, Passkey
from .reply import Reply

_CEREMONY = {field.name for field in fields(Ceremony)}


def _split(client: Client, options: dict) -> tuple[Ceremony, dict]:
    wrong = {name: value for name, value in options.items() if name in _CEREMONY}
    members = {name: value for name, value in options.items() if name not in _CEREMONY}
    return Ceremony(**({"origin": client.server.public_url} | wrong)), members


def begin(client: Client, path: str, body=None, csrf: bool = True) -> dict:
    reply = client.post(path, body, csrf=csrf)
    assert reply.status == 200, reply
    canaries.note(reply.json["challenge_id"])
    return reply.json


def make_body(client: Client, passkey: Passkey, asked: dict, **options) -> dict:
    """What register/finish and signup/finish take."""
    ceremony, members = _split(client, options)
    return {"challenge_id": asked["challenge_id"]} | passkey.make(asked["publicKey"], ceremony) | members


def get_body(client: Client, passkey: Passkey, asked: dict, **options) -> dict:
    """What login/finish and step-up/webauthn/finish take."""
    ceremony, members = _split(client, options)
    return {"challenge_id": asked["challenge_id"]} | passkey.get(asked["publicKey"], ceremony) | members


def start_registration(client: Client) -> dict:
    return begin(client, "/auth/webauthn/register/start")


def finish_registration(client: Client, passkey: Passkey, asked: dict, **options) -> Reply:
    reply = client.post("/auth/webauthn/register/finish", make_body(client, passkey, asked, **options), csrf=True)
    if reply.status == 200:
        passkey.record = reply.json["credential"]
    return reply


def try_register(client: Client, passkey: Passkey, **options) -> Reply:
    return finish_registration(client, passkey, start_registration(client), **options)


def register(client: Client, passkey: Passkey | None = None, **options) -> Passkey:
    """In a session that may."""
    passkey = passkey or Passkey()
    reply = try_register(client, passkey, **options)
    assert reply.status == 200, reply
    return passkey


def start_login(client: Client, **body) -> dict:
    return begin(client, "/auth/webauthn/login/start", body, csrf="challenge_id" in body)


def finish_login(client: Client, passkey: Passkey, asked: dict, csrf=True, **options) -> Reply:
    return client.post("/auth/webauthn/login/finish", get_body(client, passkey, asked, **options), csrf=csrf)


def try_login(client: Client, passkey: Passkey, email: str | None = None, **options) -> Reply:
    """Without a password: by address, or by a discoverable passkey."""
    return finish_login(client, passkey, start_login(client, **({"email": email} if email else {})), **options)


def start_step_up(client: Client) -> dict:
    return begin(client, "/auth/step-up/webauthn/start")


def finish_step_up(client: Client, passkey: Passkey, asked: dict, **options) -> Reply:
    return client.post("/auth/step-up/webauthn/finish", get_body(client, passkey, asked, **options), csrf=True)


def try_step_up(client: Client, passkey: Passkey, **options) -> Reply:
    return finish_step_up(client, passkey, start_step_up(client), **options)


def start_sign_up(client: Client, email: str, **members) -> dict:
    return begin(client, "/auth/webauthn/signup/start", {"email": email} | members, csrf=False)


def finish_sign_up(client: Client, passkey: Passkey, asked: dict, **options) -> Reply:
    return client.post("/auth/webauthn/signup/finish", make_body(client, passkey, asked, **options), csrf=True)


def try_sign_up(client: Client, passkey: Passkey, email: str, **options) -> Reply:
    """Asks for an account that has the passkey and no password; the mailed link activates it."""
    return finish_sign_up(client, passkey, start_sign_up(client, email), **options)
