"""Checks the tokens of POST /auth/token without asking the service. Needs the package `cryptography`."""

import base64
import json
import time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def check_token(token: str, key_set: dict, issuer: str, audience: str) -> dict:
    """Its claims; raises ValueError, or InvalidSignature. `key_set` is that of /.well-known/jwks.json: keep it for five
    minutes, and fetch it again when a token names a key that is not in it."""
    header, claims, signature = token.split(".")
    said = json.loads(decoded(header))
    if said["alg"] != "EdDSA" or said["typ"] != "session+jwt":  # never the token's own choice (RFC 8725 §3.1)
        raise ValueError("not a token of this service")
    keys = [key for key in key_set["keys"] if key["kid"] == said["kid"] and key["crv"] == "Ed25519"]
    if not keys:
        raise ValueError("signed with an unknown key")
    Ed25519PublicKey.from_public_bytes(decoded(keys[0]["x"])).verify(decoded(signature), f"{header}.{claims}".encode())
    found = json.loads(decoded(claims))
    if (found["iss"], found["aud"]) != (issuer, audience) or found["exp"] <= time.time():
        raise ValueError("of another service, for another service, or over")
    return found
