"""Attack 38: huge or nested CBOR, x5c of 100 certificates, RSA 16384, a loop of name constraints -> refused in bounded time
and memory.

What is out of form is in test_passkey_malformed.py, step by step; name constraints by the hundred are judged by
TrustPathTest, for no attestation of 32 KiB holds as many. Here: what it costs, one and many at once.
"""

import pytest

from harness.concurrently import at_once
from harness.crafted import Crafted, altered, packed_self
from harness.makers import Maker, Publisher
from harness.passkey_flows import finish_registration, make_body, start_registration, try_login
from harness.passkeys import RS256
from harness.people import People
from harness.process import cpu_seconds, memory_of

REFUSED = (400, "invalid_request")
TOO_LARGE = (413, "payload_too_large")
KIB, MIB = 1024, 1024 * 1024
BOUND_SECONDS, BOUND_BYTES = 5, 48 * MIB  # of computing, and of memory; far above what any of it takes


def in_place_of_statement(content: bytes):
    return {"whole": lambda made: made.replace(b"\xa0", content, 1)}


def rsa(modulus: bytes, exponent: bytes = b"\x01\x00\x01") -> dict:
    return {"algorithm": RS256, "public": lambda key: key | {-1: modulus, -2: exponent}}


SHAPES = {
    "arrays 24,000 deep": in_place_of_statement(b"\xa1\x61x" + b"\x81" * 24_000 + b"\0"),
    "maps 8,000 deep": in_place_of_statement(b"\xa1\x61x" + b"\xa1\x61x" * 8_000 + b"\0"),
    "tags 24,000 deep": in_place_of_statement(b"\xa1\x61x" + b"\xc1" * 24_000 + b"\0"),
    "strings of indefinite length, nested": in_place_of_statement(b"\xa1\x61x" + b"\x5f" * 24_000),
    "a list of four billion": {"whole": lambda made: b"\x9a\xff\xff\xff\xff" + made},
    "a list of 2^64": {"whole": lambda made: b"\x9b" + b"\xff" * 8 + made},
    "a map of 2^63 pairs": {"whole": lambda made: b"\xbb\x7f" + b"\xff" * 7 + made},
    "a string of an exabyte": {"whole": lambda made: b"\xa3\x7b" + b"\x0f" + b"\xff" * 7},
    "bytes of two gigabytes": in_place_of_statement(b"\xa1\x61x\x5a\x7f\xff\xff\xff"),
    "20,000 empty lists": {"members": {"attStmt": {"x": [[]] * 20_000}}},
    "4,000 members": {"members": {"attStmt": {str(number): 0 for number in range(4_000)}}},
    "members that differ in the last byte": {"members": {"attStmt": {"k" * 100 + str(number): 0 for number in range(250)}}},
    "extensions nested": {"data": lambda data: data[:32] + bytes([data[32] | 0x80]) + data[33:] + b"\x81" * 20_000},
    "31 KiB of text": {"members": {"attStmt": {"x": "x" * 31 * KIB}}},
    "100 certificates of noise": {"attest": altered(packed_self, x5c=[b"\x30\x82\x01\x00" + bytes(256)] * 100)},
    "100 empty certificates": {"attest": altered(packed_self, x5c=[b""] * 100)},
    "5,000 tiny certificates": {"attest": altered(packed_self, x5c=[b"\x30\x00"] * 5_000)},
    "a certificate nested 6,000 deep": {"attest": altered(packed_self, x5c=[b"\x30\x82\x60\x00" * 6_000])},
    "RSA of 16,384 bits": rsa(b"\xff" * 2048),
    "RSA of 65,536 bits": rsa(b"\xff" * 8192),
    "RSA with an exponent as long as the modulus": rsa(b"\xff" * 256, b"\xff" * 256),
    "RSA of 16,384 bits, and so its exponent": rsa(b"\xff" * 2048, b"\xff" * 2048),
    "RSA of an even modulus": rsa(b"\xfe" * 255 + b"\x02"),
}


@pytest.fixture(scope="module")
def many(server):
    """Sessions to register in."""
    people = People(server)
    return people, [people.signed_in() for _ in range(6)]


# WA §7.1 steps 13, 20 and 22, attack 38
@pytest.mark.parametrize("shape", SHAPES)
def test_it_is_refused_at_little_cost(server, many, shape):
    people, browsers = many
    bodies = [make_body(client, Crafted(**SHAPES[shape]), start_registration(client)) for client, _ in browsers]
    before, began = memory_of(server), cpu_seconds(server)
    actions = [
        lambda c=client, b=body: c.post("/auth/webauthn/register/finish", b, csrf=True)
        for (client, _), body in zip(browsers, bodies)
    ]
    *replies, me = at_once([*actions, lambda: people.browser().get("/health")])
    assert {reply.refusal for reply in replies} <= {REFUSED, TOO_LARGE} and me.status == 200
    assert cpu_seconds(server) - began < BOUND_SECONDS and memory_of(server) - before < BOUND_BYTES
    assert {client.get("/auth/me").json["webauthn_enabled"] for client, _ in browsers} == {False}


# WA §7.1 step 22, 24, attack 38: real certificates, that lead in a circle or to a root after a hundred of them
@pytest.mark.parametrize("count", [20, 40])
def test_long_chains_of_real_certificates(start_server, tmp_path, count):
    maker, publisher = Maker(), Publisher()
    settings = publisher.settings(tmp_path, maker.entry())
    server = start_server(WEBAUTHN_ATTESTATION="direct", **settings)
    people = People(server)
    client, _ = people.signed_in()
    chain = [maker.batch(), *[maker.issuer] * (count - 1)]
    began = cpu_seconds(server)
    reply = finish_registration(
        client, Crafted(aaguid=bytes(maker.aaguid), attest=maker.packed(chain=chain)), start_registration(client)
    )
    assert reply.refusal in (REFUSED, TOO_LARGE) and cpu_seconds(server) - began < BOUND_SECONDS
    good = Crafted(aaguid=bytes(maker.aaguid), attest=maker.packed())
    assert finish_registration(client, good, start_registration(client)).status == 200, "and the right one is taken"


# WA §7.2 steps 7 and 21, attack 38: in an assertion too
@pytest.mark.parametrize(
    "used",
    [
        {"data": lambda data: data[:32] + bytes([data[32] | 0x80]) + data[33:] + b"\x81" * 20_000},
        {"data": lambda data: data + bytes(20_000)},
        {"signature": lambda signature: signature * 200},
        {"signature": lambda signature: b"\x30\x84\x7f\xff\xff\xff" + signature},
        {"text": lambda text: text[:-1] + b',"x":' + b"[" * 3000 + b"]" * 3000 + b"}"},
        {"text": lambda text: text[:-1] + b"".join(b',"%d":0' % number for number in range(2000)) + b"}"},
        {"text": lambda text: text[:-1] + b',"x":"' + b"x" * 20_000 + b'"}'},
    ],
    ids=[
        "nested extensions",
        "long data",
        "long signature",
        "a length beyond the end",
        "nested text",
        "2,000 members",
        "long text",
    ],
)
def test_an_assertion_is_refused_at_little_cost(server, people, used):
    client, _ = people.signed_in()
    passkey = Crafted()
    assert finish_registration(client, passkey, start_registration(client)).status == 200
    passkey.used |= used
    before, began = memory_of(server), cpu_seconds(server)
    replies = [try_login(people.browser(), passkey) for _ in range(4)]
    assert {reply.status for reply in replies} <= {400, 401, 413}
    assert cpu_seconds(server) - began < BOUND_SECONDS and memory_of(server) - before < BOUND_BYTES
