"""Makers of authenticators: their roots, their batches' certificates (WebAuthn §8.2.1), the metadata of them all."""

import base64
import datetime
import json
import secrets

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import NameOID, ObjectIdentifier
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid

_AAGUID = ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")  # id-fido-gen-ce-aaguid
_DAY = datetime.timedelta(days=1)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def der(certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def identifier(certificate) -> str:
    """Of its key, as metadata name U2F authenticators."""
    return x509.SubjectKeyIdentifier.from_public_key(certificate.public_key()).digest.hex()


def _common(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _sign(key, message: bytes) -> bytes:
    return key.sign(message, ec.ECDSA(hashes.SHA256()))


def _certify(subject, key, issuer, issuer_key, authority: bool, days: int = 3650, began: int = 2, extensions=()):
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_now() - began * _DAY)
        .not_valid_after(_now() + days * _DAY)
        .add_extension(x509.BasicConstraints(authority, None), critical=True)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(issuer_key, hashes.SHA256())


class Maker:
    """A root, an authority below it, and batches of one model of authenticators."""

    def __init__(self, name: str = "Example Keys", aaguid: bytes | None = None):
        self.name = name
        self.aaguid = Aaguid(secrets.token_bytes(16)) if aaguid is None else aaguid
        self.root_key, self.issuer_key, self.batch_key = [ec.generate_private_key(ec.SECP256R1()) for _ in range(3)]
        top, below = _common(f"{name} root"), _common(f"{name} issuing authority")
        self.root = _certify(top, self.root_key, top, self.root_key, authority=True)
        self.issuer = _certify(below, self.issuer_key, top, self.root_key, authority=True)

    def batch(
        self,
        *,
        aaguid: bytes | None = None,
        unit: str = "Authenticator Attestation",
        country: str = "SE",
        authority: bool = False,
        critical: bool = False,
        wrapped: bool = True,
        days: int = 3650,
        began: int = 2,
    ):
        """The certificate that its authenticators show; each keyword makes another of it."""
        names = {
            NameOID.COUNTRY_NAME: country,
            NameOID.ORGANIZATION_NAME: self.name,
            NameOID.ORGANIZATIONAL_UNIT_NAME: unit,
            NameOID.COMMON_NAME: f"{self.name} batch",
        }
        subject = x509.Name([x509.NameAttribute(oid, text) for oid, text in names.items() if text])
        octets = bytes(self.aaguid if aaguid is None else aaguid)
        value = (b"\x04\x10" if wrapped else b"") + octets
        extensions = [(x509.UnrecognizedExtension(_AAGUID, value), critical)] if octets else []
        return _certify(subject, self.batch_key, self.issuer.subject, self.issuer_key, authority, days, began, extensions)

    def packed(self, *, chain=None, **of_batch):
        """An attestation; `chain` in place of the batch's certificate and the authority's."""
        shown = [der(one) for one in chain or [self.batch(**of_batch), self.issuer]]

        def attest(passkey, data: bytes, client_hash: bytes) -> tuple[str, dict]:
            return "packed", {"alg": -7, "sig": _sign(self.batch_key, data + client_hash), "x5c": shown}

        return attest

    def fido_u2f(self):
        """Of a P-256 key without an AAGUID."""
        shown = [der(self.batch(aaguid=b""))]

        def attest(passkey, data: bytes, client_hash: bytes) -> tuple[str, dict]:
            point = b"\x04" + passkey.cose_key[-2] + passkey.cose_key[-3]
            signed = b"\0" + data[:32] + client_hash + passkey.id + point
            return "fido-u2f", {"sig": _sign(self.batch_key, signed), "x5c": shown}

        return attest

    def key_identifier(self) -> str:
        """Of the batch's key, as metadata name U2F authenticators."""
        return identifier(self.batch())

    def entry(self, *statuses: str, roots=None) -> dict:
        """Of the metadata."""
        shown = [base64.b64encode(der(one)).decode() for one in roots or [self.root]]
        statement = {"description": f"{self.name} model", "attestationRootCertificates": shown}
        reports = [{"status": status, "effectiveDate": "2026-01-01"} for status in statuses or ("FIDO_CERTIFIED",)]
        named = (
            {"aaguid": str(self.aaguid)} if self.aaguid else {"attestationCertificateKeyIdentifiers": [self.key_identifier()]}
        )
        return named | {"metadataStatement": statement, "statusReports": reports}


class Publisher:
    """Signs metadata in the place of the FIDO Alliance: a BLOB of MDS3 and the root that settings name."""

    def __init__(self, days: int = 3650):
        """`days` from now on its signing certificate is valid; below 0 it was, and is no more."""
        self._root_key, self._key = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
        top = _common("Metadata root")
        self._root = _certify(top, self._root_key, top, self._root_key, authority=True)
        self._signer = _certify(
            _common("Metadata signer"), self._key, top, self._root_key, authority=False, days=days, began=max(2, 2 - days)
        )

    def blob(self, *entries: dict, number: int = 1, days: int = 30) -> str:
        header = {"alg": "ES256", "typ": "JWT", "x5c": [base64.b64encode(der(self._signer)).decode()]}
        payload = {
            "legalHeader": "for tests",
            "no": number,
            "nextUpdate": f"{(_now() + days * _DAY):%Y-%m-%d}",
            "entries": list(entries),
        }
        signed = ".".join(websafe_encode(json.dumps(part).encode()) for part in (header, payload))
        r, s = decode_dss_signature(_sign(self._key, signed.encode()))
        return signed + "." + websafe_encode(r.to_bytes(32, "big") + s.to_bytes(32, "big"))

    def root_pem(self) -> bytes:
        return self._root.public_bytes(serialization.Encoding.PEM)

    def settings(self, folder, *entries: dict, **of_blob) -> dict[str, str]:
        """Writes both files."""
        blob, root = folder / "metadata.jwt", folder / "metadata-root.pem"
        blob.write_text(self.blob(*entries, **of_blob))
        root.write_bytes(self.root_pem())
        return {"WEBAUTHN_MDS_FILE": str(blob), "WEBAUTHN_MDS_ROOT_FILE": str(root)}
