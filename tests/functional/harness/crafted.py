"""Passkeys whose authenticator, or the browser before it, does what none of them does.

What a signature covers is signed after the change: nothing but the change is wrong."""

from collections.abc import Callable
from hashlib import sha256

from fido2 import cbor
from fido2.utils import websafe_decode, websafe_encode

from .passkeys import AT, ED, ES256, Ceremony, Passkey

_FLAGS = slice(32, 33)  # of authenticator data, behind the hash of the RP ID


def same(content):
    return content


def none(passkey, data: bytes, client_hash: bytes) -> tuple[str, dict]:
    """Attestations are such functions: the name of the format and the statement."""
    return "none", {}


def packed_self(passkey, data: bytes, client_hash: bytes) -> tuple[str, dict]:
    return "packed", {"alg": passkey.algorithm, "sig": passkey.sign(data + client_hash)}


def altered(attest: Callable, **members) -> Callable:
    """With other members in its statement: None takes one out, a function changes it."""

    def make(passkey, data: bytes, client_hash: bytes) -> tuple[str, dict]:
        form, statement = attest(passkey, data, client_hash)
        for name, value in members.items():
            statement[name] = value(statement[name]) if callable(value) else value
        return form, {name: value for name, value in statement.items() if value is not None}

    return make


def with_flags(flags: int) -> Callable:
    return lambda data: data[: _FLAGS.start] + bytes([flags]) + data[_FLAGS.stop :]


def with_extensions(outputs) -> Callable:
    return lambda data: with_flags(data[_FLAGS.start] | ED)(data) + cbor.encode(outputs)


class Crafted(Passkey):
    """`text` changes the bytes of the client data, `data` those of the authenticator data, `whole` those of the
    attestation object, `public` the COSE key; `members` are of the attestation object, None takes one out. `used`
    changes in assertions alone: `text`, `data`, `signature`."""

    def __init__(
        self,
        algorithm: int = ES256,
        *,
        text: Callable = same,
        data: Callable = same,
        whole: Callable = same,
        public: Callable = same,
        attest: Callable = none,
        members: dict = {},
        used: dict = {},
        **of_any,
    ):
        super().__init__(algorithm, **of_any)
        self._text, self._data, self._whole, self._public = text, data, whole, public
        self._attest, self._members = attest, members
        self.used = {"text": text, "data": data, "signature": same} | used

    def make(self, options: dict, ceremony: Ceremony) -> dict:
        self.user_handle = websafe_decode(options["user"]["id"])
        text = self._text(bytes(ceremony.client_data("webauthn.create", options)))
        key = self._public(dict(self.cose_key))
        credential = bytes(self.aaguid) + len(self.id).to_bytes(2, "big") + self.id + cbor.encode(key)
        data = self._data(self._head(options["rp"]["id"], ceremony, AT) + credential)
        form, statement = self._attest(self, data, sha256(text).digest())
        members = {"fmt": form, "attStmt": statement, "authData": data} | self._members
        made = cbor.encode({name: value for name, value in members.items() if value is not None})
        return {"client_data_json": websafe_encode(text), "attestation_object": websafe_encode(self._whole(made))}

    def get(self, options: dict, ceremony: Ceremony) -> dict:
        text = self.used["text"](bytes(ceremony.client_data("webauthn.get", options)))
        data = self.used["data"](self._head(options["rpId"], ceremony, 0))
        signature = self.used["signature"](self.sign(data + sha256(text).digest()))
        return {
            "credential_id": self.text_id,
            "client_data_json": websafe_encode(text),
            "authenticator_data": websafe_encode(data),
            "user_handle": websafe_encode(self.user_handle),
            "signature": websafe_encode(signature),
        }

    def _head(self, rp_id: str, ceremony: Ceremony, more: int) -> bytes:
        flags = (self.flags if ceremony.flags is None else ceremony.flags) | more
        count = self.count if ceremony.count is None else ceremony.count
        return sha256((ceremony.rp_id or rp_id).encode()).digest() + bytes([flags]) + count.to_bytes(4, "big")
