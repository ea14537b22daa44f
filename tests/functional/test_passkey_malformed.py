"""Registrations whose bytes are not in form, or too many: refused at their step, quickly, and alike."""

import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256K

from harness.audit import details
from harness.crafted import Crafted, altered, none, packed_self, with_extensions, with_flags
from harness.passkey_flows import finish_registration, make_body, start_registration, try_login, try_register
from harness.passkeys import AT, ED, EDDSA, ES256, RS256, UP, UV, Passkey, spoilt

REFUSED, EXPIRED = (400, "invalid_request"), (400, "challenge_expired")
FINISH = "/auth/webauthn/register/finish"


@pytest.fixture
def owner(people):
    return people.signed_in()


def assert_refused(server, client, account, step: int, passkey) -> None:
    asked = start_registration(client)
    reply = finish_registration(client, passkey, asked)
    assert reply.refusal == REFUSED and reply.set_cookies == {}
    assert details(server, account, "mfa.enrolment_failed")[-1]["step"] == step
    assert server.rows("SELECT id FROM webauthn_credentials WHERE user_id = ?", account.id) == []
    assert finish_registration(client, Passkey(), asked).refusal == EXPIRED


def test_what_is_crafted_and_changes_nothing_is_taken(people, owner):
    client, account = owner
    for passkey in (Crafted(), Crafted(EDDSA, attest=packed_self)):
        assert try_register(client, passkey).status == 200
        assert try_login(people.browser(), passkey).status == 200


def again(text: bytes, name: str) -> bytes:
    return text[:-1] + f',"{name}":"x"}}'.encode()


def member(name: str, value) -> dict:
    """Another value of it in the client data; None takes it out."""

    def change(text: bytes) -> bytes:
        members = json.loads(text) | {name: value}
        return json.dumps({key: one for key, one in members.items() if one is not None}).encode()

    return {"text": change}


CLIENT_DATA = {
    "UTF-16": (5, {"text": lambda text: b"\xff\xfe" + text.decode().encode("utf-16-le")}),
    "an encoded surrogate": (5, {"text": lambda text: text[:-1] + b',"x":"\xed\xa0\x80"}'}),
    "nested": (6, {"text": lambda text: text[:-1] + b',"x":' + b"[" * 3000 + b"]" * 3000 + b"}"}),
    "type twice": (6, {"text": lambda text: again(text, "type")}),
    "origin twice": (6, {"text": lambda text: again(text, "origin")}),
    "no type": (7, member("type", None)),
    "type a list": (7, member("type", ["webauthn.create"])),
    "no challenge": (8, member("challenge", None)),
    "challenge a number": (8, member("challenge", 5)),
    "challenge padded": (8, {"text": lambda text: text.replace(b'","origin"', b'=","origin"')}),
    "no origin": (9, member("origin", None)),
    "origin a list": (9, member("origin", ["http://localhost"])),
    "in a frame, said as text": (10, member("crossOrigin", "true")),
    "in a frame, said as a number": (10, member("crossOrigin", 1)),
    "top origin null, and no frame": (11, {"text": lambda text: text[:-1] + b',"topOrigin":null}'}),
}


# WA §7.1 steps 5 to 11: the statement is signed over the changed bytes
@pytest.mark.parametrize("step, wrong", CLIENT_DATA.values(), ids=CLIENT_DATA.keys())
def test_client_data_that_is_wrong(server, owner, step, wrong):
    assert_refused(server, *owner, step, Crafted(**wrong, attest=packed_self))


# WA §7.1 step 9, §13.4.9: scheme, host and port, byte for byte
@pytest.mark.parametrize(
    "change",
    [
        lambda url: url.replace("http", "https"),
        lambda url: url + "/",
        lambda url: url + "0",
        lambda url: url[:-1],
        lambda url: url.replace("localhost", "localhost."),
        lambda url: url.replace("localhost", "LOCALHOST"),
        lambda url: url.replace("localhost", "x.localhost"),
        lambda url: url.replace("localhost", "localhost.evil.test"),
        lambda url: url.replace("localhost", "user@localhost"),
        lambda url: url.replace("localhost", "127.0.0.1"),
        lambda url: " " + url,
        lambda url: url + "\u0000",
        lambda url: url + "#",
        lambda url: "HTTP" + url[4:],
    ],
)
def test_an_origin_that_only_looks_like_this_one(server, owner, change):
    origin = change(server.public_url)
    assert_refused(server, *owner, 9, Crafted(**member("origin", origin), attest=packed_self))


# WA §5.8.1: what later browsers add; and another order and spacing of what is there
@pytest.mark.parametrize(
    "text",
    [
        lambda text: text[:-1] + b',"other_keys_can_be_added_here":{"a":[1]},"tokenBinding":{"status":"supported"}}',
        lambda text: json.dumps(dict(reversed(json.loads(text).items())), indent=2).encode(),
    ],
)
def test_client_data_may_be_written_otherwise(owner, text):
    assert try_register(owner[0], Crafted(text=text, attest=packed_self)).status == 200


def over_other_client_data(passkey, data, client_hash):
    return "packed", {"alg": passkey.algorithm, "sig": passkey.sign(data + bytes(32))}


def over_other_data(passkey, data, client_hash):
    return "packed", {"alg": passkey.algorithm, "sig": passkey.sign(data[:-1] + client_hash)}


# WA §7.1 step 12, 22
@pytest.mark.parametrize("attest", [over_other_client_data, over_other_data])
def test_a_signature_over_something_else(server, owner, attest):
    assert_refused(server, *owner, 22, Crafted(attest=attest))


def reordered(made: bytes) -> bytes:
    return b"\xa3" + b"".join(cbor.encode(part) for pair in reversed(cbor.decode(made).items()) for part in pair)


def longer_head(made: bytes) -> bytes:
    """The length of the first key in two bytes where one would do."""
    return made.replace(b"\x63fmt", b"\x78\x03fmt", 1)


NESTED = b"\xa1\x61x" + b"\x81" * 24000 + b"\0"
OBJECTS = {
    "empty": {"whole": lambda made: b""},
    "a list of it": {"whole": lambda made: b"\x81" + made},
    "of indefinite length": {"whole": lambda made: b"\xbf" + made[1:] + b"\xff"},
    "a key twice": {"whole": lambda made: b"\xa4" + made[1:] + cbor.encode("fmt") + cbor.encode("none")},
    "keys out of order": {"whole": reordered},
    "a length longer than it need be": {"whole": longer_head},
    "a tag": {"whole": lambda made: b"\xd9\xd9\xf7" + made},
    "twice": {"whole": lambda made: made + made},
    "a fourth member": {"members": {"epAtt": True}},
    "no format": {"members": {"fmt": None}},
    "no statement": {"members": {"attStmt": None}},
    "no data": {"members": {"authData": None}},
    "a format of bytes": {"members": {"fmt": b"none"}},
    "data that is text": {"members": {"authData": "x" * 200}},
    "36 bytes of data": {"data": lambda data: data[:36]},
    "no credential": {"data": lambda data: data[:37]},
    "data cut short": {"data": lambda data: data[:-1]},
    "a byte behind the key": {"data": lambda data: data + b"\0"},
    "half an AAGUID": {"data": lambda data: data[:45]},
    "a credential that nobody announced": {"data": with_flags(UP | UV)},
    "extensions that nobody announced": {"data": lambda data: data + cbor.encode({"x": 1})},
    "extensions announced, and none there": {"data": with_flags(UP | UV | AT | ED)},
    "extensions that are a list": {"data": with_extensions([1])},
    "an id longer than the data": {"data": lambda data: data[:53] + b"\xff\xff" + data[55:]},
    "a key that is no CBOR": {"data": lambda data: data[:-77] + b"\xff" * 77},
    "a list of four billion": {"whole": lambda made: b"\x9a\xff\xff\xff\xff"},
    "a string of an exabyte": {"whole": lambda made: b"\xa3\x7b" + b"\xff" * 8},
    "a statement nested 24,000 deep": {"whole": lambda made: made.replace(b"\xa0", NESTED, 1)},
    "a statement of 2,500 members": {"members": {"attStmt": {str(number): 0 for number in range(2500)}}},
}


# WA §7.1 step 13, attack 38
@pytest.mark.parametrize("wrong", OBJECTS.values(), ids=OBJECTS.keys())
def test_an_attestation_object_that_is_not_in_form(server, owner, wrong):
    assert_refused(server, *owner, 13, Crafted(**wrong))


# WA §7.1 step 13: no cut is in form
def test_an_object_cut_short_anywhere(server, people):
    client, account = people.signed_in()
    whole = len(make_body_bytes(client))
    for length in range(0, whole, 23):
        assert try_register(client, Crafted(whole=lambda made: made[:length])).refusal == REFUSED, length
    assert {one["step"] for one in details(server, account, "mfa.enrolment_failed")} == {13}


def make_body_bytes(client) -> bytes:
    seen = []
    make_body(client, Crafted(whole=lambda made: seen.append(made) or made), start_registration(client))
    return seen[0]


# WA §7.1 step 28
def test_extensions_of_the_authenticator_are_what_they_like(owner):
    for outputs in ({}, {"credProtect": 2, "hmac-secret": True}, {"unknown": {"a": b"\x00" * 500}}):
        assert try_register(owner[0], Crafted(data=with_extensions(outputs), attest=packed_self)).status == 200


def on_secp256k1(key: dict) -> dict:
    return ES256K.from_cryptography_key(ec.generate_private_key(ec.SECP256K1()).public_key())


def without(label: int):
    return {"public": lambda key: {name: value for name, value in key.items() if name != label}}


def said(**parameters):
    """Parameters of the key, `p3` for 3, `m1` for -1, in place of its own."""
    changes = {int(name[1:]) * (-1 if name[0] == "m" else 1): value for name, value in parameters.items()}
    return {"public": lambda key: key | changes}


RSA = {"algorithm": RS256}
KEYS = {
    "a curve that is not offered": {"public": on_secp256k1},
    "P-256 said to be P-384": said(m1=2),
    "RSA said to be ES256": RSA | said(p3=-7),
    "an EdDSA key under ES256": {"algorithm": EDDSA} | said(p3=-7),
    "the point at infinity": said(m2=bytes(32), m3=bytes(32)),
    "a compressed point": said(m3=True),
    "33 bytes": said(m2=bytes(33)),
    "no y": without(-3),
    "no algorithm": without(3),
    "no type": without(1),
    "a symmetric key": said(p1=4),
    "key operations": said(p4=[2]),
    "a key id": said(p2=b"x"),
    "an even exponent": RSA | said(m2=b"\x02"),
    "an exponent of one": RSA | said(m2=b"\x01"),
    "RSA of 16,384 bits": RSA | said(m1=b"\xff" * 2048),
    "a modulus that begins with zero": RSA | said(m1=b"\0" + b"\xff" * 256),
    "an Ed25519 point of low order": {"algorithm": EDDSA} | said(m2=b"\x01" + bytes(31)),
    "31 bytes of Ed25519": {"algorithm": EDDSA} | said(m2=bytes(31)),
    "no map": {"public": lambda key: [1]},
    "text for numbers": {"public": lambda key: {"1": 2, "3": -7}},
}


# WA §7.1 step 20, §5.8.5, attack 38
@pytest.mark.parametrize("wrong", KEYS.values(), ids=KEYS.keys())
def test_a_key_that_will_not_do(server, owner, wrong):
    assert_refused(server, *owner, 20, Crafted(**wrong))


def with_another_digest(passkey, data, client_hash):
    return "packed", {"alg": ES256, "sig": passkey.key.sign(data + client_hash, ec.ECDSA(hashes.SHA384()))}


STATEMENTS = {
    "none, with something in it": altered(none, x=1),
    "cut short": altered(packed_self, sig=lambda sig: sig[:-1]),
    "a byte more": altered(packed_self, sig=lambda sig: sig + b"\0"),
    "empty": altered(packed_self, sig=b""),
    "spoilt": altered(packed_self, sig=spoilt),
    "no signature": altered(packed_self, sig=None),
    "another algorithm": altered(packed_self, alg=-257),
    "no algorithm": altered(packed_self, alg=None),
    "an empty chain": altered(packed_self, x5c=[]),
    "a chain of nonsense": altered(packed_self, x5c=[b"\x30\x80"]),
    "something besides": altered(packed_self, x=1),
    "another digest": with_another_digest,
}


# WA §7.1 step 22
@pytest.mark.parametrize("attest", STATEMENTS.values(), ids=STATEMENTS.keys())
def test_a_statement_that_does_not_hold(server, owner, attest):
    assert_refused(server, *owner, 22, Crafted(attest=attest))


# WA §7.1 step 25
@pytest.mark.parametrize("length", [0, 1024])
def test_an_id_of_a_length_that_there_is_not(server, owner, length):
    passkey = Crafted()
    passkey.id = passkey.id * 32 if length else b""
    assert len(passkey.id) == length
    assert_refused(server, *owner, 25, passkey)


# WA §7.1 step 25
def test_the_longest_id_there_is(people, owner):
    passkey = Passkey()
    passkey.id = (passkey.id * 32)[:1023]
    assert try_register(owner[0], passkey).status == 200
    assert try_login(people.browser(), passkey, owner[1].email).status == 200


# WA §7.1 step 4
@pytest.mark.parametrize(
    "results",
    [[], "x", 5, None, {str(number): 0 for number in range(5000)}],
    ids=["array", "text", "number", "null", "5,000 members"],
)
def test_extension_results_that_are_none(server, owner, results):
    client, account = owner
    asked = start_registration(client)
    reply = finish_registration(client, Passkey(), asked, nested=True)
    assert reply.status == 200
    asked = start_registration(client)
    body = make_body(client, Passkey(), asked, nested=True)
    body["credential"]["clientExtensionResults"] = results
    assert client.post(FINISH, body, csrf=True).refusal == REFUSED
    assert details(server, account, "mfa.enrolment_failed")[-1]["step"] == 4


# WA §7.1 step 13: 32 KiB at most, whatever is in it
def test_an_object_beyond_its_size(server, owner):
    assert_refused(server, *owner, 13, Crafted(members={"attStmt": {"x": bytes(33 * 1024)}}))
