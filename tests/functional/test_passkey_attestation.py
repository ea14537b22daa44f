"""Which authenticators may be registered: what vouches for them, whom the metadata know, which models settings name."""

import pytest

from harness.audit import details
from harness.crafted import Crafted, altered, none, packed_self
from harness.makers import Maker, Publisher, identifier
from harness.passkey_flows import start_registration, try_login, try_register
from harness.passkeys import EDDSA, UP, UV, spoilt
from harness.people import People
from harness.server import Server, StartFailed

REFUSED = (400, "invalid_request")
CERTIFIED, UNKNOWN = {"type": "certified", "trusted": True}, {"type": "certified", "trusted": False}


@pytest.fixture
def maker():
    return Maker()


def of(maker, attest=None, **members) -> Crafted:
    """A passkey in an authenticator of that maker's."""
    return Crafted(attest=attest or maker.packed(), aaguid=maker.aaguid, **members)


@pytest.fixture
def service(start_server, tmp_path):
    """service(entry, …, SETTING=value): people of a service with these entries of metadata, and a session."""

    def start(*entries, **settings):
        settings = {"WEBAUTHN_ATTESTATION": "direct"} | settings
        people = People(start_server(**Publisher().settings(tmp_path, *entries), **settings))
        return people, *people.signed_in()

    return start


def assert_refused(people, client, account, passkey, step: int) -> None:
    assert try_register(client, passkey).refusal == REFUSED
    assert details(people.server, account, "mfa.enrolment_failed")[-1]["step"] == step
    assert client.get("/auth/webauthn/credentials").json["credentials"] == []


# WA §7.1 steps 21 and 22, 24: nobody is asked who vouches, and what vouches all the same must hold
@pytest.mark.parametrize(
    "attest, form, kind",
    [
        (lambda maker: none, "none", "none"),
        (lambda maker: packed_self, "packed", "self"),
        (lambda maker: maker.packed(), "packed", "certified"),
    ],
    ids=["none", "self", "certified"],
)
def test_without_a_policy_all_are_taken_and_none_is_trusted(people, maker, attest, form, kind):
    client, _ = people.signed_in()
    assert start_registration(client)["publicKey"]["attestation"] == "none"
    reply = try_register(client, of(maker, attest(maker)))
    assert reply.json["credential"]["attestation"] == {"format": form, "type": kind, "trusted": False}


def unsigned(maker):
    return altered(maker.packed(), sig=spoilt)


# WA §8.2, §8.2.1, §7.1 step 22
@pytest.mark.parametrize(
    "attest",
    [
        unsigned,
        lambda maker: maker.packed(unit="Authenticators"),
        lambda maker: maker.packed(unit=""),
        lambda maker: maker.packed(country=""),
        lambda maker: maker.packed(authority=True),
        lambda maker: maker.packed(aaguid=bytes(15) + b"\x01"),
        lambda maker: maker.packed(critical=True),
        lambda maker: maker.packed(wrapped=False),
        lambda maker: altered(maker.packed(), alg=-257),
        lambda maker: altered(maker.packed(), x5c=lambda chain: chain[1:]),
        lambda maker: altered(maker.packed(), x5c=lambda chain: [chain[0][:-1]]),
        lambda maker: altered(maker.packed(), x5c=lambda chain: chain[0]),
        lambda maker: altered(maker.packed(), x5c=lambda chain: chain * 10),
    ],
    ids=[
        "spoilt",
        "another unit",
        "no unit",
        "no country",
        "an authority",
        "another AAGUID",
        "a critical AAGUID",
        "a bare AAGUID",
        "another algorithm",
        "the authority's alone",
        "cut short",
        "no list",
        "twenty",
    ],
)
def test_a_certificate_that_is_none_of_an_authenticator(people, maker, attest):
    client, account = people.signed_in()
    assert_refused(people, client, account, of(maker, attest(maker)), 22)


# WA §7.1 steps 23 and 24
@pytest.mark.parametrize("policy", ["direct", "enterprise", "indirect"])
def test_a_model_that_the_metadata_know_is_trusted(service, maker, policy):
    people, client, _ = service(maker.entry(), WEBAUTHN_ATTESTATION=policy)
    assert start_registration(client)["publicKey"]["attestation"] == policy
    passkey = of(maker)
    credential = try_register(client, passkey).json["credential"]
    assert credential["attestation"] == {"format": "packed"} | CERTIFIED
    assert credential["authenticator"] == credential["name"] == "Example Keys model"
    assert try_login(people.browser(), passkey).status == 200


# WA §8.6: of a maker whose authenticators have no AAGUID
def test_a_u2f_key_is_known_by_its_certificate(service):
    maker = Maker(aaguid=b"")
    _, client, _ = service(maker.entry(roots=[maker.root, maker.issuer]))
    reply = try_register(client, Crafted(attest=maker.fido_u2f()))
    assert reply.json["credential"]["attestation"] == {"format": "fido-u2f"} | CERTIFIED


def several(*attest):
    """A compound of these statements."""

    def compound(passkey, data: bytes, client_hash: bytes) -> tuple[str, list]:
        parts = [one(passkey, data, client_hash) for one in attest]
        return "compound", [{"fmt": form, "attStmt": statement} for form, statement in parts]

    return compound


# WA §8.6, §8.9: U2F signs no AAGUID and no flags, alone or in company, of which a root may be common
@pytest.mark.parametrize("count", [1, 2])
def test_a_u2f_key_is_no_model_that_it_names(service, maker, count):
    people, client, account = service(maker.entry(roots=[maker.issuer]), WEBAUTHN_AAGUID_ALLOW=str(maker.aaguid))
    attest = maker.fido_u2f() if count == 1 else several(*[maker.fido_u2f() for _ in range(count)])
    assert_refused(people, client, account, of(maker, attest), 24)
    assert try_register(client, of(maker, several(maker.packed(), maker.packed()))).status == 200


def test_what_a_u2f_key_says_unsigned_is_not_kept(people, maker):
    client, account = people.signed_in()
    assert try_register(client, of(maker, maker.fido_u2f(), flags=UP | UV)).status == 200
    (row,) = people.server.rows("SELECT aaguid, user_verified FROM webauthn_credentials WHERE user_id = ?", account.id)
    assert bytes(row["aaguid"]) == bytes(16) and not row["user_verified"]


# WA §8.9: the same twice proves no more than once
def test_a_compound_of_one_statement_twice(people, maker):
    client, account = people.signed_in()

    def twice(passkey, data: bytes, client_hash: bytes) -> tuple[str, list]:
        form, parts = several(maker.packed())(passkey, data, client_hash)
        return form, parts * 2

    assert_refused(people, client, account, of(maker, twice), 22)


# WA §7.1 step 24: the status of a model is not hidden by another's certificate beside it
@pytest.mark.parametrize("beside", [True, False])
def test_a_model_that_was_given_up_is_known_by_any_of_its_certificates(service, beside):
    clean, bad = Maker("Clean", aaguid=b""), Maker("Bad", aaguid=b"")
    clean_entry = clean.entry(roots=[bad.root]) | {"attestationCertificateKeyIdentifiers": [identifier(clean.issuer)]}
    bad_entry = bad.entry("REVOKED") | {"attestationCertificateKeyIdentifiers": [identifier(bad.issuer)]}
    people, client, account = service(clean_entry, bad_entry)
    chain = [bad.batch(), *([clean.issuer] if beside else []), bad.issuer]
    assert_refused(people, client, account, Crafted(attest=bad.packed(chain=chain)), 24)


# WA §7.1 step 24: and what nobody vouches for is not, where somebody must
@pytest.mark.parametrize(
    "attest, step",
    [
        (lambda maker: none, 24),
        (lambda maker: packed_self, 24),
        (lambda maker: maker.packed(chain=[maker.batch()]), 24),
        (lambda maker: maker.packed(days=-1), 24),
        (lambda maker: maker.packed(began=-1), 24),
        (lambda maker: maker.packed(chain=[maker.batch(), Maker().issuer]), 24),
    ],
    ids=["none", "self", "a link is missing", "expired", "not yet valid", "a link of another"],
)
def test_who_must_be_vouched_for(service, maker, attest, step):
    people, client, account = service(maker.entry())
    assert_refused(people, client, account, of(maker, attest(maker)), step)
    assert try_register(client, of(maker)).status == 200


# WA §7.1 step 23: roots come from the metadata, by AAGUID, never from the response
def test_a_maker_that_vouches_for_itself(service, maker):
    people, client, account = service(maker.entry())
    pretender = Maker(aaguid=maker.aaguid)
    chain = [pretender.batch(), pretender.issuer, pretender.root]
    assert_refused(people, client, account, of(pretender, pretender.packed(chain=chain)), 24)
    stranger = Maker("Stranger")
    assert_refused(people, client, account, of(stranger), 23)


# WA §7.1 step 23: nor may one model vouch for another
def test_a_root_of_another_model(service, maker):
    other = Maker("Other Keys")
    people, client, account = service(maker.entry(), other.entry())
    posing = Maker("Posing", aaguid=other.aaguid)
    posing.issuer, posing.issuer_key = maker.issuer, maker.issuer_key
    assert_refused(people, client, account, of(posing), 24)


def test_where_it_is_only_looked_for_a_chain_that_leads_nowhere_is_no_harm(service, maker):
    _, client, _ = service(maker.entry(), WEBAUTHN_ATTESTATION="indirect")
    stranger = Maker("Stranger")
    for passkey, kind in ((of(stranger), UNKNOWN), (of(stranger, packed_self), {"type": "self", "trusted": False})):
        assert try_register(client, passkey).json["credential"]["attestation"] == {"format": "packed"} | kind


# WA §7.1 step 24: models that their makers or the Alliance gave up, under every policy
@pytest.mark.parametrize("policy", ["none", "indirect", "direct"])
@pytest.mark.parametrize(
    "status",
    [
        "REVOKED",
        "ATTESTATION_KEY_COMPROMISE",
        "USER_VERIFICATION_BYPASS",
        "USER_KEY_REMOTE_COMPROMISE",
        "USER_KEY_PHYSICAL_COMPROMISE",
    ],
)
def test_a_model_that_is_not_to_be_trusted_any_more(service, maker, policy, status):
    people, client, account = service(maker.entry("FIDO_CERTIFIED_L1", status), WEBAUTHN_ATTESTATION=policy)
    assert_refused(people, client, account, of(maker), 24)


# Lists hold for what calls itself so, also where nobody asks who vouches
@pytest.mark.parametrize("setting, refused", [("WEBAUTHN_AAGUID_ALLOW", "other"), ("WEBAUTHN_AAGUID_DENY", "listed")])
def test_models_that_settings_name(start_server, maker, setting, refused):
    other = Maker("Other Keys")
    people = People(start_server(**{setting: str(maker.aaguid)}))
    client, account = people.signed_in()
    passkeys = {"listed": of(maker, none), "other": of(other, packed_self)}
    assert_refused(people, client, account, passkeys.pop(refused), 24)
    (taken,) = passkeys.values()
    assert try_register(client, taken).status == 200


def test_a_list_of_models_keeps_out_who_does_not_say(start_server, maker):
    people = People(start_server(WEBAUTHN_AAGUID_ALLOW=str(maker.aaguid)))
    client, account = people.signed_in()
    assert_refused(people, client, account, Crafted(EDDSA), 24)


def flipped(blob: str) -> str:
    """Another character in the middle of the payload."""
    at = len(blob) // 2
    return blob[:at] + ("A" if blob[at] != "A" else "B") + blob[at + 1 :]


# ASVS 6.7.1: metadata that somebody changed or signed himself, and roots that are not there, stop the start
@pytest.mark.parametrize(
    "what, change",
    [
        ("metadata.jwt", lambda path: path.write_text(flipped(path.read_text()))),
        ("metadata.jwt", lambda path: path.write_text("")),
        ("metadata.jwt", lambda path: path.unlink()),
        ("metadata-root.pem", lambda path: path.write_bytes(Publisher().root_pem())),
        ("metadata-root.pem", lambda path: path.write_text("no certificate")),
    ],
    ids=["changed", "empty", "not there", "by somebody else", "no root"],
)
def test_metadata_that_nobody_vouches_for(backend, tmp_path, maker, what, change):
    settings = Publisher().settings(tmp_path, maker.entry())
    change(tmp_path / what)
    server = Server(tmp_path / "server", backend, settings | {"WEBAUTHN_ATTESTATION": "direct"})
    with pytest.raises(StartFailed) as failed:
        server.start()
    assert failed.value.returncode > 0 and "WEBAUTHN_MDS" in failed.value.output


# A list that only keeps out may be signed by who has expired since; one that lets in may not
@pytest.mark.parametrize("policy, starts", [("none", True), ("indirect", True), ("direct", False)])
def test_metadata_whose_signer_has_expired(backend, tmp_path, maker, policy, starts):
    settings = Publisher(days=-1).settings(tmp_path, maker.entry("REVOKED"))
    server = Server(tmp_path / "server", backend, settings | {"WEBAUTHN_ATTESTATION": policy})
    try:
        server.start()
    except StartFailed as failed:
        assert not starts and "expired" in failed.output
        return
    try:
        assert starts
        server.wait_for_log(lambda line: "authenticator metadata are stale" in line["message"])
        people = People(server)
        client, account = people.signed_in()
        assert_refused(people, client, account, of(maker), 24)
    finally:
        server.stop()


# Nothing else vouches for authenticators
@pytest.mark.parametrize("policy", ["direct", "enterprise"])
def test_a_policy_that_needs_metadata_needs_their_file(backend, tmp_path, policy):
    server = Server(tmp_path / "server", backend, {"WEBAUTHN_ATTESTATION": policy})
    with pytest.raises(StartFailed) as failed:
        server.start()
    assert "WEBAUTHN_MDS_FILE" in failed.value.output
