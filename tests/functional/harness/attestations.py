"""Attestation statements that an authenticator without a maker's chain can give: none, packed self, fido-u2f."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_YEAR = datetime.timedelta(days=365)


def attest(fmt: str, signer, data, client_data, spoil: bool) -> dict:
    """`signer` signs packed self; `spoil` flips a bit of the signature."""
    if fmt not in ("packed", "fido-u2f"):
        return {}
    if fmt == "packed":
        statement = {"alg": signer.algorithm, "sig": signer.sign(data + client_data.hash)}
    else:
        statement = _fido_u2f(data, client_data)
    if spoil:
        statement["sig"] = statement["sig"][:-1] + bytes([statement["sig"][-1] ^ 1])
    return statement


def _fido_u2f(data, client_data) -> dict:
    """§8.6: signed by a certificate's key over the U2F form of the credential."""
    key = ec.generate_private_key(ec.SECP256R1())
    credential = data.credential_data
    point = b"\x04" + credential.public_key[-2] + credential.public_key[-3]
    signed = b"\x00" + data.rp_id_hash + client_data.hash + credential.credential_id + point
    return {"x5c": [_certificate(key)], "sig": key.sign(signed, ec.ECDSA(hashes.SHA256()))}


def _certificate(key) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test security key")])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _YEAR)
        .not_valid_after(now + _YEAR)
    )
    return built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
