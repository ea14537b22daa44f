"""Assertions that are signed as they are sent, and are not in form: each is refused for that, not for its signature."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from fido2 import cbor

from harness.audit import details
from harness.client import SESSION_COOKIE
from harness.crafted import Crafted, with_extensions, with_flags
from harness.passkey_flows import try_login, try_register, try_step_up
from harness.passkeys import AT, ED, ED448, EDDSA, ES384, ES512, PS256, RS256, UP, UV

WRONG = (401, "mfa_failed")
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.fixture
def owner(people):
    """(a session, the account, a passkey that does right until `used` says otherwise)"""
    client, account = people.signed_in()
    account.passkey = Crafted()
    assert try_register(client, account.passkey).status == 200
    return client, account


def use(passkey: Crafted, **changes) -> None:
    passkey.used |= changes


def member(name: str, value):
    """Another value of it in the client data; None takes it out."""

    def change(text: bytes) -> bytes:
        members = json.loads(text) | {name: value}
        return json.dumps({key: one for key, one in members.items() if one is not None}).encode()

    return change


CLIENT_DATA = {
    "bad UTF-8": (8, lambda text: text[:-1] + b',"x":"\xff"}'),
    "UTF-16": (8, lambda text: b"\xff\xfe" + text.decode().encode("utf-16-le")),
    "two BOMs": (8, lambda text: b"\xef\xbb\xbf" * 2 + text),
    "an array": (9, lambda text: b"[" + text + b"]"),
    "more after it": (9, lambda text: text + b"{}"),
    "a member twice": (9, lambda text: text[:-1] + b',"origin":"x"}'),
    "nested": (9, lambda text: text[:-1] + b',"x":' + b"[" * 3000 + b"]" * 3000 + b"}"),
    "no type": (10, member("type", None)),
    "no challenge": (11, member("challenge", None)),
    "challenge padded": (11, lambda text: text.replace(b'","origin"', b'=","origin"')),
    "challenge empty": (11, member("challenge", "")),
    "no origin": (12, member("origin", None)),
    "origin a list": (12, member("origin", ["http://localhost"])),
    "in a frame, said as text": (13, member("crossOrigin", "true")),
    "top origin without a frame": (14, member("topOrigin", "https://evil.example")),
}
DATA = {
    "36 bytes": (7, lambda data: data[:36]),
    "nothing": (7, lambda data: b""),
    "a byte more": (7, lambda data: data + b"\0"),
    "a credential announced": (7, with_flags(UP | UV | AT)),
    "a credential": (7, lambda data: with_flags(UP | UV | AT)(data) + bytes(16) + b"\0\x01x" + cbor.encode({1: 2})),
    "extensions announced": (7, with_flags(UP | UV | ED)),
    "extensions a list": (7, with_extensions([1])),
    "extensions that nobody announced": (7, lambda data: data + cbor.encode({"x": 1})),
    "a byte behind extensions": (7, lambda data: with_extensions({"x": 1})(data) + b"\0"),
    "nested extensions": (7, lambda data: with_flags(UP | UV | ED)(data) + b"\xa1\x61x" + b"\x81" * 2000 + b"\0"),
}


def assert_refused(server, people, account, step: int) -> None:
    client = people.browser()
    before = server.rows("SELECT * FROM webauthn_credentials WHERE user_id = ?", account.id)
    reply = try_login(client, account.passkey)
    assert reply.refusal == WRONG and SESSION_COOKIE not in reply.set_cookies
    assert details(server, account, "login.failed")[-1]["step"] == step
    assert server.rows("SELECT * FROM webauthn_credentials WHERE user_id = ?", account.id) == before


# WA §7.2 steps 8 to 14
@pytest.mark.parametrize("step, text", CLIENT_DATA.values(), ids=CLIENT_DATA.keys())
def test_client_data_that_is_wrong(server, people, owner, step, text):
    use(owner[1].passkey, text=text)
    assert_refused(server, people, owner[1], step)


# WA §7.2 step 7: 8 KiB at most; what is longer is no answer of a browser
def test_client_data_that_is_too_long(server, people, owner):
    use(owner[1].passkey, text=lambda text: text[:-1] + b',"x":"' + b"x" * 9000 + b'"}')
    assert try_login(people.browser(), owner[1].passkey).refusal == (400, "invalid_request")
    rows = server.rows("SELECT details FROM audit_logs WHERE event = 'login.failed' ORDER BY at, id")
    assert json.loads(rows[-1]["details"])["step"] == 7


# WA §7.2 step 7, attack 38
@pytest.mark.parametrize("step, data", DATA.values(), ids=DATA.keys())
def test_authenticator_data_that_is_not_in_form(server, people, owner, step, data):
    use(owner[1].passkey, data=data)
    assert_refused(server, people, owner[1], step)


# WA §7.2 steps 7, 8, 20, 23: what is unusual, and right
@pytest.mark.parametrize(
    "changes",
    [
        {"text": lambda text: b"\xef\xbb\xbf" + text},
        {"data": with_extensions({})},
        {"data": with_extensions({"hmac-secret": b"\0" * 32, "unknown": {"x": [1, 2]}})},
        {"text": lambda text: json.dumps(dict(reversed(json.loads(text).items())), indent=1).encode()},
        {"text": lambda text: text[:-1] + b',"other_keys_can_be_added_here":[{}]}'},
    ],
    ids=["a BOM", "no extensions", "extensions", "written otherwise", "more members"],
)
def test_what_is_unusual_and_right_is_taken(people, owner, changes):
    client, account = owner
    use(account.passkey, **changes)
    assert try_login(people.browser(), account.passkey).status == 200
    assert try_step_up(client, account.passkey).status == 200


def other_half(signature: bytes) -> bytes:
    """The same signature with the other s, as good as the first (§6.5.5 asks for neither)."""
    r, s = decode_dss_signature(signature)
    return encode_dss_signature(r, P256_ORDER - s)


# WA §7.2 step 21
def test_both_values_of_s_are_taken(people, owner):
    account = owner[1]
    for change in (lambda signature: signature, other_half):
        use(account.passkey, signature=change)
        assert try_login(people.browser(), account.passkey).status == 200


def with_longer_head(signature: bytes) -> bytes:
    """BER: the length of the sequence in two bytes."""
    return signature[:1] + b"\x81" + signature[1:]


def with_leading_zeros(signature: bytes) -> bytes:
    """BER: an integer one byte longer than it need be."""
    length = signature[3]
    return b"\x30" + bytes([signature[1] + 1]) + b"\x02" + bytes([length + 1]) + b"\0" + signature[4:]


def raw(signature: bytes) -> bytes:
    return b"".join(number.to_bytes(32, "big") for number in decode_dss_signature(signature))


SIGNATURES = {
    "in BER, a longer head": with_longer_head,
    "in BER, a longer integer": with_leading_zeros,
    "r and s alone": raw,
    "r and s of zero": lambda signature: encode_dss_signature(0, 0),
    "s of the order": lambda signature: encode_dss_signature(1, P256_ORDER),
    "a byte more": lambda signature: signature + b"\0",
    "a byte less": lambda signature: signature[:-1],
    "twice": lambda signature: signature * 2,
    "zeros": lambda signature: bytes(len(signature)),
}


# WA §7.2 step 21: DER and nothing else
@pytest.mark.parametrize("change", SIGNATURES.values(), ids=SIGNATURES.keys())
def test_a_signature_that_is_none(server, people, owner, change):
    use(owner[1].passkey, signature=change)
    assert_refused(server, people, owner[1], 21)


# WA §7.2 step 21: of every algorithm
@pytest.mark.parametrize("algorithm", [EDDSA, ED448, ES384, ES512, RS256, PS256])
@pytest.mark.parametrize(
    "change",
    [
        lambda signature: signature[:-1],
        lambda signature: signature + b"\0",
        lambda signature: bytes(len(signature)),
        lambda signature: b"\xff" * len(signature),
    ],
    ids=["a byte less", "a byte more", "zeros", "ones"],
)
def test_a_signature_that_is_none_of_its_algorithm(server, people, algorithm, change):
    client, account = people.signed_in()
    account.passkey = Crafted(algorithm, used={"signature": change})
    assert try_register(client, account.passkey).status == 200
    assert_refused(server, people, account, 21)


# WA §7.2 step 7
def test_no_signature(server, people, owner):
    use(owner[1].passkey, signature=lambda signature: b"")
    assert_refused(server, people, owner[1], 7)


# WA §7.2 steps 7 to 14, in a step-up
@pytest.mark.parametrize(
    "changes, step",
    [({"data": with_flags(UP | UV | AT)}, 7), ({"text": member("origin", "null")}, 12), ({"signature": raw}, 21)],
)
def test_in_a_step_up_too(server, owner, changes, step):
    client, account = owner
    use(account.passkey, **changes)
    before = client.cookies[SESSION_COOKIE]
    assert try_step_up(client, account.passkey).refusal == WRONG
    assert details(server, account, "step_up.failed")[-1]["step"] == step
    assert client.cookies[SESSION_COOKIE] == before and client.get("/auth/me").status == 200
