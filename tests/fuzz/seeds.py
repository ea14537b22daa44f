#!/usr/bin/env python3
"""Makes the fuzz targets' seeds from the specification's vectors: `tests/fuzz/seeds.py FOLDER` writes FOLDER/TARGET/NAME."""

import base64
import json
import sys
from collections.abc import Iterator
from pathlib import Path

VECTORS = Path(__file__).resolve().parents[1] / "vectors" / "webauthn.json"
ED = 0x80
FLAGS = 32  # where they lie in authenticator data


def bytes_of(case: dict, member: str) -> bytes:
    return base64.urlsafe_b64decode(case[member] + "==")


def authenticator_data_in(attestation_object: bytes) -> bytes:
    """authData is the last member in canonical order; a byte string's head has two or three bytes here."""
    rest = attestation_object.partition(b"hauthData")[2]
    return rest[2:] if rest[0] == 0x58 else rest[3:]


def with_extensions(data: bytes) -> bytes:
    """As an authenticator that answers {"credProtect": 2}."""
    return data[:FLAGS] + bytes([data[FLAGS] | ED]) + data[FLAGS + 1 :] + b"\xa1kcredProtect\x02"


def seeds() -> Iterator[tuple[str, str, bytes]]:
    """(target, name, input)"""
    cases = json.loads(VECTORS.read_text())["cases"]
    registrations = [case for case in cases if case["kind"] == "registration"]
    for case in cases:
        yield "client_data", case["id"], bytes_of(case, "client_data_json")
    for number, case in enumerate(registrations):
        attestation_object = bytes_of(case, "attestation_object")
        data = authenticator_data_in(attestation_object)
        yield "attestation_object", case["id"], bytes([number]) + attestation_object
        yield "authenticator_data", case["id"], data
        yield "authenticator_data", case["id"] + "/extensions", with_extensions(data)
        yield "cose_key", case["id"], bytes_of(case, "credential_public_key")
    for case in cases:
        if case["kind"] == "authentication":
            data = bytes_of(case, "authenticator_data")
            yield "authenticator_data", case["id"], data
            yield "authenticator_data", case["id"] + "/extensions", with_extensions(data)
    yield "client_data", "byte-order-mark", b"\xef\xbb\xbf" + bytes_of(cases[0], "client_data_json")


def main() -> None:
    folder = Path(sys.argv[1])
    for target, name, content in seeds():
        path = folder / target / name.replace("/", "-")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    main()
