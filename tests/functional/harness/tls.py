"""Certificates made on the spot: an authority, what it signed for the right and for a wrong name, and a stranger's."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
_RSA_KEY = ("-newkey", "rsa:2048", "-nodes")


@dataclass(frozen=True)
class Pair:
    certificate: Path
    key: Path


def _make(folder: Path, name: str, *options: str, key=_KEY) -> Pair:
    pair = Pair(folder / f"{name}.crt", folder / f"{name}.key")
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            *key,
            "-days",
            "2",
            "-subj",
            f"/CN={name}",
            "-keyout",
            str(pair.key),
            "-out",
            str(pair.certificate),
            *options,
        ],
        check=True,
        capture_output=True,
        timeout=30,
    )
    return pair


class Authority:
    """Signs what servers show; its own certificate is what clients are told to trust."""

    def __init__(self, folder: Path, name: str = "authority"):
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._own = _make(folder, name, "-addext", "keyUsage=critical,keyCertSign")

    @property
    def certificate(self) -> Path:
        return self._own.certificate

    def sign(self, *names: str, rsa: bool = False) -> Pair:
        """For host names, and not for the addresses behind them."""
        shown = [f"DNS:{name}" for name in names]
        return _make(
            self._folder,
            names[0],
            "-CA",
            str(self._own.certificate),
            "-CAkey",
            str(self._own.key),
            "-addext",
            f"subjectAltName={','.join(shown)}",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            key=_RSA_KEY if rsa else _KEY,
        )


# What a client that trusts `authorities[trusted]` makes of a server signed by the first for `signed_for`.
certificates_to_try = pytest.mark.parametrize(
    "signed_for, trusted, works",
    [("localhost", 0, True), ("localhost", 1, False), ("other.example.test", 0, False)],
    ids=["right", "another authority", "another name"],
)
