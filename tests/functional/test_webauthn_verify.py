"""`secureauth webauthn verify`: the specification's vectors, and copies with one thing changed, meet the real binary."""

import base64
import copy
import hashlib
import json

import pytest

from harness import process
from harness.contract import ROOT

DOCUMENT = json.loads((ROOT / "tests/vectors/webauthn.json").read_text())
CASES = {case["id"]: case for case in DOCUMENT["cases"]}
ROOT_DER = DOCUMENT["trust_root_der"]
CROSS_ORIGIN = [name for name, case in CASES.items() if case["cross_origin"]]
TOP_ORIGIN = [name for name, case in CASES.items() if case["top_origin"]]
CERTIFIED = [name for name, case in CASES.items() if case.get("needs_trust_root")]

# Steps of §7.1 and §7.2 that check the same thing.
STEPS = {"registration": {"cross_origin": 10, "top_origin": 11}, "authentication": {"cross_origin": 13, "top_origin": 14}}

UP, UV, BE, BS, AT, ED = 0x01, 0x04, 0x08, 0x10, 0x40, 0x80
RP_ID_HASH = hashlib.sha256(b"example.org").digest()


def encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.fixture
def verify(tmp_path):
    """Judges a recording; without settings, in a folder that holds nothing else, which it must leave so."""

    def judge(recording, stdin=None):
        text = recording if isinstance(recording, str) else json.dumps(recording)
        path = tmp_path / "recording.json"
        path.write_text(text)
        result = process.command(
            "webauthn", "verify", "-" if stdin else str(path), settings={}, folder=tmp_path, stdin=text if stdin else ""
        )
        assert list(tmp_path.iterdir()) == [path]
        if result.returncode == 2:
            assert result.stdout == "" and len(result.stderr.splitlines()) == 1, result
            return 2, result.stderr
        assert result.stderr == "" and len(result.stdout.splitlines()) == 1, result
        return result.returncode, json.loads(result.stdout)

    return judge


@pytest.fixture
def refused(verify):
    """Demands that a recording is refused at a step."""

    def demand(recording, step: int, name: str):
        code, report = verify(recording)
        assert code == 1, report
        assert (report["verdict"], report["ceremony"]) == ("refused", recording["kind"])
        assert (report["step"], report["step_name"]) == (step, name), report
        assert report["detail"]

    return demand


def policy_for(case: dict) -> dict:
    """What a relying party must allow to take this vector, and no more."""
    policy = {}
    if case["cross_origin"]:
        policy["cross_origin"] = True
    if case["top_origin"]:
        policy["top_origins"] = [case["top_origin"]]
    if case.get("needs_trust_root"):
        policy |= {"attestation": "direct", "trust_roots_der": [ROOT_DER]}
    return policy


def recording(name: str, policy: dict | None = None, **changes) -> dict:
    case = copy.deepcopy(CASES[name]) | changes
    return case if policy is None else case | {"policy": policy}


def with_client_data(name: str, policy: dict | None = None, **changes) -> dict:
    """With other members in the client data; None takes one out."""
    data = json.loads(decode(CASES[name]["client_data_json"])) | changes
    text = json.dumps({member: value for member, value in data.items() if value is not None})
    return recording(name, policy, client_data_json=encode(text.encode()))


def with_bytes(name: str, member: str, change, policy: dict | None = None) -> dict:
    changed = bytearray(decode(CASES[name][member]))
    change(changed)
    return recording(name, policy, **{member: encode(bytes(changed))})


def data_at(content: bytes, offset: int) -> int:
    """Where a byte of authenticator data is, which begins with the hash of the RP ID."""
    return content.index(RP_ID_HASH) + offset


def set_flags(on: int = 0, off: int = 0):
    def change(content: bytearray) -> None:
        at = data_at(content, 32)
        content[at] = (content[at] | on) & ~off & 0xFF

    return change


def flip(offset: int):
    def change(content: bytearray) -> None:
        content[offset] ^= 1

    return change


# WA §7.1, §7.2: every vector of the specification, under a policy that allows what it does
@pytest.mark.parametrize("name", CASES)
def test_vectors_are_valid(verify, name):
    case = CASES[name]
    code, report = verify(recording(name, policy_for(case)))
    assert code == 0, report
    assert (report["verdict"], report["ceremony"]) == ("valid", case["kind"])
    assert (report["algorithm"], report["sign_count"]) == (case["alg"], case["sign_count"])
    assert report["credential_id"] == case["credential_id"]
    assert report["flags"] == {flag: case["flags"][flag] for flag in ("UP", "UV", "BE", "BS")}
    if case["kind"] == "registration":
        assert report["format"] == case["format"]
        assert report["trusted"] is case["needs_trust_root"]
        signed = case["format"] != "fido-u2f"  # §8.6: of the others
        assert report["aaguid"].replace("-", "") == (case["aaguid"] if signed else 32 * "0")
        assert report["credential_public_key"] == case["credential_public_key"]


# WA §7.1 steps 10, 11, §7.2 steps 13, 14: by default nothing may come from a frame
@pytest.mark.parametrize("name", CROSS_ORIGIN)
def test_cross_origin_vectors_are_refused_by_default(refused, name):
    refused(recording(name), STEPS[CASES[name]["kind"]]["cross_origin"], "cross_origin")


@pytest.mark.parametrize("name", TOP_ORIGIN)
def test_top_origin_vectors_are_refused_where_none_is_listed(refused, name):
    refused(recording(name, {"cross_origin": True}), STEPS[CASES[name]["kind"]]["top_origin"], "top_origin")


def leaf_of(name: str) -> str:
    """The certificate that a packed attestation came with."""
    rest = decode(CASES[name]["attestation_object"]).partition(b"cx5c\x81\x59")[2]
    return encode(rest[2 : 2 + int.from_bytes(rest[:2], "big")])


# WA §7.1 steps 23, 24: without a policy no chain is needed; under direct one is, to a root of the policy's own
@pytest.mark.parametrize("name", CERTIFIED)
def test_certified_vectors_need_their_root_under_direct_only(verify, refused, name):
    code, report = verify(recording(name))
    assert code == 0 and report["trusted"] is False and report["attestation_type"] == "certified"
    refused(recording(name, {"attestation": "direct"}), 23, "trust_roots")


REGISTRATION, PACKED = "none-es256/registration", "packed-es256/registration"
TRUSTED = policy_for(CASES[PACKED])

# One thing changed in a valid registration: the step of §7.1 that refuses it.
REGISTRATIONS = {
    "fields of an assertion": (recording(REGISTRATION, signature="AAAA"), 3, "response_type"),
    "extension results of another kind": (recording(REGISTRATION, client_extension_results=[]), 4, "client_extensions"),
    "padded base64": (
        recording(REGISTRATION, client_data_json=CASES[REGISTRATION]["client_data_json"] + "=="),
        5,
        "client_data_text",
    ),
    "not UTF-8": (recording(REGISTRATION, client_data_json=encode(b'{"type": "\xff"}')), 5, "client_data_text"),
    "an array": (recording(REGISTRATION, client_data_json=encode(b"[]")), 6, "client_data_json"),
    "the other type": (with_client_data(REGISTRATION, type="webauthn.get"), 7, "type"),
    "another challenge": (recording(REGISTRATION, challenge=CASES[PACKED]["challenge"]), 8, "challenge"),
    "another origin": (with_client_data(REGISTRATION, origin="https://example.org.evil.example"), 9, "origin"),
    "another port": (with_client_data(REGISTRATION, origin="https://example.org:8443"), 9, "origin"),
    "an origin that the policy leaves out": (recording(REGISTRATION, {"origins": ["https://login.example.org"]}), 9, "origin"),
    "a frame": (with_client_data(REGISTRATION, crossOrigin=True), 10, "cross_origin"),
    "trailing byte": (with_bytes(REGISTRATION, "attestation_object", lambda c: c.append(0)), 13, "attestation_object"),
    "cut short": (with_bytes(REGISTRATION, "attestation_object", lambda c: c.pop()), 13, "attestation_object"),
    "no bytes": (recording(REGISTRATION, attestation_object=""), 13, "attestation_object"),
    "another RP": (recording(REGISTRATION, {"origins": ["https://example.org"]}, rp_id="login.example.org"), 14, "rp_id"),
    "nobody there": (with_bytes(REGISTRATION, "attestation_object", set_flags(off=UP)), 15, "user_present"),
    "nobody verified": (recording(REGISTRATION, {"user_verification": "required"}), 16, "user_verified"),
    "backed up against its word": (
        with_bytes(REGISTRATION, "attestation_object", set_flags(off=BE, on=BS)),
        17,
        "backup_state",
    ),
    "may be copied": (recording(REGISTRATION, {"device_bound_only": True}), 18, "backup_eligibility"),
    "point off its curve": (with_bytes(REGISTRATION, "attestation_object", flip(-1)), 20, "algorithm"),
    "another flag": (with_bytes(PACKED, "attestation_object", set_flags(off=UV), TRUSTED), 22, "attestation_statement"),
    "no attestation": (
        recording(REGISTRATION, {"attestation": "direct", "trust_roots_der": [ROOT_DER]}),
        24,
        "attestation_trust",
    ),
    "foreign root": (
        recording(PACKED, {"attestation": "direct", "trust_roots_der": [leaf_of("packed-es384/registration")]}),
        24,
        "attestation_trust",
    ),
    "expired": (recording(PACKED, TRUSTED | {"time": "3024-06-01T00:00:00Z"}), 24, "attestation_trust"),
    "not yet valid": (recording(PACKED, TRUSTED | {"time": "2023-12-31T23:59:59+00:00"}), 24, "attestation_trust"),
}


@pytest.mark.parametrize("change", REGISTRATIONS)
def test_a_changed_registration_is_refused_at_its_step(refused, change):
    refused(*REGISTRATIONS[change])


ASSERTION, OTHER = "none-es256/authentication", "packed-self-es256/authentication"
HANDLE = encode(b"user handle")

# The same of an authentication and §7.2.
AUTHENTICATIONS = {
    "fields of an attestation": (recording(ASSERTION, attestation_object="oA"), 3, "response_type"),
    "not allowed": (recording(ASSERTION, allowed_credential_ids=[CASES[OTHER]["credential_id"]]), 5, "allowed_credential"),
    "of another user": (recording(ASSERTION, user_handle=HANDLE, stored_user_handle=encode(b"another")), 6, "user_handle"),
    "short authenticator data": (with_bytes(ASSERTION, "authenticator_data", lambda c: c.pop()), 7, "response_data"),
    "not UTF-8": (recording(ASSERTION, client_data_json=encode(b'{"type": "\xff"}')), 8, "client_data_text"),
    "a member twice": (
        recording(ASSERTION, client_data_json=encode(b'{"type":"webauthn.get","type":"webauthn.get"}')),
        9,
        "client_data_json",
    ),
    "the other type": (with_client_data(ASSERTION, type="webauthn.create"), 10, "type"),
    "another challenge": (recording(ASSERTION, challenge=CASES[OTHER]["challenge"]), 11, "challenge"),
    "not secure": (with_client_data(ASSERTION, origin="http://example.org"), 12, "origin"),
    "a frame": (with_client_data(ASSERTION, crossOrigin=True), 13, "cross_origin"),
    "another RP": (with_bytes(ASSERTION, "authenticator_data", flip(0)), 15, "rp_id"),
    "nobody there": (with_bytes(ASSERTION, "authenticator_data", set_flags(off=UP)), 16, "user_present"),
    "nobody verified": (recording(ASSERTION, {"user_verification": "required"}), 17, "user_verified"),
    "backed up against its word": (with_bytes(ASSERTION, "authenticator_data", set_flags(off=BE, on=BS)), 18, "backup_state"),
    "was not to be copied": (recording(ASSERTION, stored_backup_eligible=False), 19, "backup_eligibility"),
    "same client data, written otherwise": (with_client_data(ASSERTION, type="webauthn.get"), 21, "signature"),
    "another signature": (with_bytes(ASSERTION, "signature", flip(-1)), 21, "signature"),
    "another key": (recording(ASSERTION, credential_public_key=CASES[OTHER]["credential_public_key"]), 21, "signature"),
    "a count that went back": (recording(ASSERTION, stored_sign_count=1), 22, "sign_count"),
}


@pytest.mark.parametrize("change", AUTHENTICATIONS)
def test_a_changed_authentication_is_refused_at_its_step(refused, change):
    refused(*AUTHENTICATIONS[change])


def test_a_count_that_went_back_is_told_where_the_policy_only_audits_it(verify):
    code, report = verify(recording(ASSERTION, {"sign_count": "audit"}, stored_sign_count=1))
    assert code == 0 and report["sign_count_went_back"] is True


def test_the_recorded_origin_vouches_for_nothing(refused):
    forged = with_client_data(REGISTRATION, origin="https://evil.example") | {"origin": "https://evil.example"}
    refused(forged, 9, "origin")


NEEDED = {
    REGISTRATION: ("kind", "rp_id", "challenge", "client_data_json", "attestation_object"),
    ASSERTION: (
        "kind",
        "rp_id",
        "challenge",
        "client_data_json",
        "credential_id",
        "authenticator_data",
        "signature",
        "credential_public_key",
    ),
}


@pytest.mark.parametrize("name", NEEDED)
def test_what_the_verdict_does_not_need_may_be_missing(verify, name):
    case = CASES[name]
    code, report = verify({member: case[member] for member in NEEDED[name]} | {"note": "from a customer", "case": 7})
    assert code == 0, report


@pytest.mark.parametrize("name, member", [(name, member) for name, members in NEEDED.items() for member in members])
def test_what_the_verdict_needs_must_be_there(verify, name, member):
    code, message = verify({key: value for key, value in CASES[name].items() if key != member})
    assert code == 2 and member in message


# §5.5: as navigator.credentials hands it over, toJSON()
def test_the_standard_form_is_read_too(verify):
    case = CASES[ASSERTION]
    credential = {
        "id": case["credential_id"],
        "rawId": case["credential_id"],
        "type": "public-key",
        "clientExtensionResults": {},
        "response": {
            "clientDataJSON": case["client_data_json"],
            "authenticatorData": case["authenticator_data"],
            "signature": case["signature"],
        },
    }
    frame = {member: case[member] for member in ("kind", "rp_id", "challenge", "credential_public_key")}
    code, report = verify(frame | {"credential": credential})
    assert code == 0, report


@pytest.mark.parametrize("text", ["", "not JSON", "[]", '{"kind": "registration"', '{"kind": "a", "kind": "a"}', "{} {}"])
def test_what_is_not_one_json_object_is_unreadable(verify, text):
    code, message = verify(text)
    assert code == 2 and "JSON" in message


UNREADABLE = {
    "kind": recording(REGISTRATION, kind="attestation"),
    "rp_id": recording(REGISTRATION, rp_id=7),
    "challenge": recording(REGISTRATION, challenge="not base64url!"),
    "credential_public_key": recording(ASSERTION, credential_public_key="pQ=="),
    "stored_sign_count": recording(ASSERTION, stored_sign_count=-1),
    "policy": recording(REGISTRATION) | {"policy": []},
    "policy.origins": recording(REGISTRATION, {"origins": "https://example.org"}),
    "policy.cross_origin": recording(REGISTRATION, {"cross_origin": "yes"}),
    "policy.user_verification": recording(REGISTRATION, {"user_verification": "maybe"}),
    "policy.attestation": recording(REGISTRATION, {"attestation": "some"}),
    "policy.trust_roots_der": recording(REGISTRATION, {"trust_roots_der": ["AAAA"]}),
    "policy.time": recording(REGISTRATION, {"time": "yesterday"}),
}


@pytest.mark.parametrize("member", UNREADABLE)
def test_what_frames_the_ceremony_must_be_readable(verify, member):
    code, message = verify(UNREADABLE[member])
    assert code == 2 and f" {member} " in message


def test_standard_input_is_read(verify):
    code, report = verify(recording(REGISTRATION), stdin=True)
    assert code == 0 and report["verdict"] == "valid"


def test_a_file_that_is_not_there_is_unreadable(tmp_path):
    result = process.command("webauthn", "verify", "nothing.json", settings={}, folder=tmp_path)
    assert result.returncode == 2 and result.stdout == "" and "nothing.json" in result.stderr


def test_a_file_without_end_is_unreadable(tmp_path):
    result = process.command("webauthn", "verify", "/dev/zero", settings={}, folder=tmp_path)
    assert result.returncode == 2 and result.stdout == "" and "larger than" in result.stderr
