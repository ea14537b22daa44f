"""A software authenticator and the browser before it: python-fido2 and cryptography, which know nothing of the service.

`Ceremony` says what one answer has wrong; without a word, nothing is."""

import secrets
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from fido2 import cose
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from .attestations import attest

UP, UV, BE, BS, AT, ED = 0x01, 0x04, 0x08, 0x10, 0x40, 0x80
SYNCED = UP | UV | BE | BS  # the flags of a passkey that a password manager copies to other devices
ES256, EDDSA, ES384, ES512, ED448, PS256, RS256 = -7, -8, -35, -36, -53, -37, -257

_CURVES = {ES256: ec.SECP256R1, ES384: ec.SECP384R1, ES512: ec.SECP521R1}
_COSE = {
    ES256: cose.ES256,
    EDDSA: cose.EdDSA,
    ES384: cose.ES384,
    ES512: cose.ES512,
    ED448: cose.Ed448,
    PS256: cose.PS256,
    RS256: cose.RS256,
}
_DIGESTS = {ES256: hashes.SHA256, ES384: hashes.SHA384, ES512: hashes.SHA512}
_EDWARDS = {EDDSA: ed25519.Ed25519PrivateKey, ED448: ed448.Ed448PrivateKey}


def generate_key(algorithm: int):
    if algorithm in _CURVES:
        return ec.generate_private_key(_CURVES[algorithm]())
    if algorithm in _EDWARDS:
        return _EDWARDS[algorithm].generate()
    return rsa.generate_private_key(65537, 2048)


def sign(key, algorithm: int, data: bytes) -> bytes:
    if algorithm in _DIGESTS:
        return key.sign(data, ec.ECDSA(_DIGESTS[algorithm]()))
    if algorithm in _EDWARDS:
        return key.sign(data)
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256().digest_size)
    return key.sign(data, pss if algorithm == PS256 else padding.PKCS1v15(), hashes.SHA256())


@dataclass
class Ceremony:
    """One answer of the browser and its authenticator. What is None is as the options and the passkey have it."""

    origin: str
    challenge: bytes | str | None = None
    type: str | None = None
    rp_id: str | None = None
    flags: int | None = None
    count: int | None = None
    frame: dict = field(default_factory=dict)  # crossOrigin and topOrigin of the client data
    credential_id: bytes | None = None
    user_handle: bytes | str | None = "own"
    fmt: str = "none"
    key_says: dict = field(default_factory=dict)  # members of the COSE key that are not what they should be
    signed_by: object = None  # another passkey
    spoil: bool = False  # one bit of the signature
    nested: bool = False  # the form of toJSON() instead of the flat one
    transports: list | None = None

    def client_data(self, kind: str, options: dict) -> CollectedClientData:
        challenge = options["challenge"] if self.challenge is None else self.challenge
        members = dict(self.frame)
        return CollectedClientData.create(
            self.type or kind, challenge, self.origin, members.pop("crossOrigin", False), **members
        )


class Passkey:
    """A credential on an authenticator of its own."""

    def __init__(self, algorithm: int = ES256, flags: int = UP | UV, count: int = 0, aaguid: bytes = bytes(16)):
        self.algorithm, self.flags, self.count, self.aaguid = algorithm, flags, count, aaguid
        self.key = generate_key(algorithm)
        self.id = secrets.token_bytes(32)
        self.user_handle: bytes | None = None
        self.record: dict = {}  # as the service shows it

    @property
    def text_id(self) -> str:
        return websafe_encode(self.id)

    @property
    def cose_key(self) -> cose.CoseKey:
        return _COSE[self.algorithm].from_cryptography_key(self.key.public_key())

    def make(self, options: dict, ceremony: Ceremony) -> dict:
        """The answer to PublicKeyCredentialCreationOptionsJSON, as a member of the request's body."""
        self.user_handle = websafe_decode(options["user"]["id"])
        client_data = ceremony.client_data("webauthn.create", options)
        credential = AttestedCredentialData.create(
            self.aaguid, ceremony.credential_id or self.id, cose.CoseKey(self.cose_key | ceremony.key_says)
        )
        flags = self.flags if ceremony.flags is None else ceremony.flags
        data = AuthenticatorData.create(
            _digest(ceremony.rp_id or options["rp"]["id"]),
            flags | AT,
            self.count if ceremony.count is None else ceremony.count,
            credential,
        )
        statement = attest(ceremony.fmt, ceremony.signed_by or self, data, client_data, ceremony.spoil)
        made = AttestationObject.create(ceremony.fmt, data, statement)
        transports = {} if ceremony.transports is None else {"transports": ceremony.transports}
        if not ceremony.nested:
            return {"client_data_json": client_data.b64, "attestation_object": websafe_encode(made)} | transports
        return {
            "credential": self._wrapped(
                ceremony, {"clientDataJSON": client_data.b64, "attestationObject": websafe_encode(made)} | transports
            )
        }

    def get(self, options: dict, ceremony: Ceremony) -> dict:
        """The answer to PublicKeyCredentialRequestOptionsJSON."""
        if ceremony.count is None and self.count:
            self.count += 1
        client_data = ceremony.client_data("webauthn.get", options)
        data = AuthenticatorData.create(
            _digest(ceremony.rp_id or options["rpId"]),
            self.flags if ceremony.flags is None else ceremony.flags,
            self.count if ceremony.count is None else ceremony.count,
        )
        signature = (ceremony.signed_by or self).sign(data + client_data.hash)
        if ceremony.spoil:
            signature = spoilt(signature)
        handle = self.user_handle if ceremony.user_handle == "own" else ceremony.user_handle
        answer = {
            "client_data_json": client_data.b64,
            "authenticator_data": websafe_encode(data),
            "signature": websafe_encode(signature),
        }
        if ceremony.nested:
            named = dict(zip(("clientDataJSON", "authenticatorData", "signature"), answer.values()))
            return {"credential": self._wrapped(ceremony, named | _member("userHandle", handle))}
        shown = websafe_encode(ceremony.credential_id or self.id)
        return answer | {"credential_id": shown} | _member("user_handle", handle)

    def sign(self, data: bytes) -> bytes:
        return sign(self.key, self.algorithm, data)

    def _wrapped(self, ceremony: Ceremony, response: dict) -> dict:
        shown = websafe_encode(ceremony.credential_id or self.id)
        return {"id": shown, "rawId": shown, "type": "public-key", "response": response, "clientExtensionResults": {}}


def spoilt(signature: bytes) -> bytes:
    """One bit of its last byte flipped: still of the right form."""
    return signature[:-1] + bytes([signature[-1] ^ 1])


def _digest(rp_id: str) -> bytes:
    return sha256(rp_id.encode()).digest()


def _member(name: str, handle: bytes | None) -> dict:
    return {} if handle is None else {name: websafe_encode(handle)}
