"""Password hashes as other systems make them: by bcrypt, passlib, argon2-cffi, mkpasswd (libxcrypt), and by hashlib after
the formulas of Django 5.2's hashers.py. None of them is this service's code."""

import base64
import binascii
import hashlib
import logging
import subprocess
import warnings
from collections.abc import Callable

import argon2
import bcrypt

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # passlib 1.7.4 looks at Python's own crypt
    from passlib import hash as passlib

logging.getLogger("passlib.handlers.bcrypt").setLevel(logging.CRITICAL)  # it looks for a version that bcrypt hides

SALT = "nUj4bQp6sEz2"  # text, as Django's are


def _mkpasswd(scheme: str, rounds: int | None = None) -> Callable[[str], str]:
    def make(password: str) -> str:
        cost = ["--rounds", str(rounds)] if rounds else []
        made = subprocess.run(
            ["mkpasswd", "--method=" + scheme, *cost, "--stdin"], input=password.encode(), capture_output=True, check=True
        )
        return made.stdout.decode().strip()

    return make


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _bcrypt(variant: bytes) -> Callable[[str], str]:
    return lambda password: bcrypt.hashpw(password.encode(), bcrypt.gensalt(5, variant)).decode()


def _bcrypt_2y(password: str) -> str:
    return "$2y" + _bcrypt(b"2b")(password)[3:]  # PHP's name for the same


def _django_bcrypt_sha256(password: str) -> str:
    digest = binascii.hexlify(hashlib.sha256(password.encode()).digest())
    return "bcrypt_sha256$" + bcrypt.hashpw(digest, bcrypt.gensalt(5)).decode()


def _django_pbkdf2(digest: str) -> Callable[[str], str]:
    def make(password: str) -> str:
        derived = hashlib.pbkdf2_hmac(digest, password.encode(), SALT.encode(), 2000)
        return f"pbkdf2_{digest}$2000${SALT}${_base64(derived)}"

    return make


def _django_scrypt(password: str) -> str:
    derived = hashlib.scrypt(password.encode(), salt=SALT.encode(), n=2**10, r=8, p=5, dklen=64)
    return f"scrypt${2**10}${SALT}$8$5${_base64(derived)}"


def _argon2(kind: argon2.Type, **cost) -> Callable[[str], str]:
    return argon2.PasswordHasher(type=kind, **cost).hash


# What a hash is called, and how it is made of a password.
MAKERS: dict[str, Callable[[str], str]] = {
    "bcrypt 2a": _bcrypt(b"2a"),
    "bcrypt 2b": _bcrypt(b"2b"),
    "bcrypt 2y": _bcrypt_2y,
    "bcrypt of mkpasswd": _mkpasswd("bcrypt", 5),
    "bcrypt of Django": lambda password: "bcrypt$" + _bcrypt(b"2b")(password),
    "bcrypt-sha256 of Django": _django_bcrypt_sha256,
    "bcrypt-sha256 of passlib": passlib.bcrypt_sha256.using(rounds=5).hash,
    "bcrypt-sha256 of passlib, version 1": passlib.bcrypt_sha256.using(rounds=5, version=1).hash,
    "sha256crypt": _mkpasswd("sha256crypt"),
    "sha512crypt": _mkpasswd("sha512crypt"),
    "sha512crypt of passlib": passlib.sha512_crypt.using(rounds=2000).hash,
    "yescrypt": _mkpasswd("yescrypt"),
    "scrypt of crypt": _mkpasswd("scrypt", 6),
    "scrypt of Django": _django_scrypt,
    "scrypt of passlib": passlib.scrypt.using(rounds=10).hash,
    "pbkdf2-sha1 of Django": _django_pbkdf2("sha1"),
    "pbkdf2-sha256 of Django": _django_pbkdf2("sha256"),
    "pbkdf2-sha1 of passlib": passlib.pbkdf2_sha1.using(rounds=2000).hash,
    "pbkdf2-sha256 of passlib": passlib.pbkdf2_sha256.using(rounds=2000).hash,
    "pbkdf2-sha512 of passlib": passlib.pbkdf2_sha512.using(rounds=2000).hash,
    "argon2id of others": _argon2(argon2.Type.ID, time_cost=1, memory_cost=1024, parallelism=4),
    "argon2i": _argon2(argon2.Type.I, time_cost=3, memory_cost=1024, parallelism=1),
    "argon2d": _argon2(argon2.Type.D, time_cost=1, memory_cost=1024, parallelism=1),
    "argon2 of Django": lambda password: "argon2"
    + _argon2(argon2.Type.ID, time_cost=2, memory_cost=1024, parallelism=8)(password),
}

# Made of any password, these are not to be had: too fast to guess, or too dear to verify.
FAST = {
    "MD5": "5f4dcc3b5aa765d61d8327deb882cf99",
    "SHA-1": "5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8",
    "SHA-256": "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8",
    "MD5-crypt": "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/",
    "DES-crypt": "rl0uE0rdgyAJ2",
    "LDAP SSHA": "{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=",
    "Django MD5": "md5$salt$67a1e09bb1f83f5007dc119c14d663aa",
}
COSTLY = {
    "bcrypt 31": "$2b$31$l2pDbMWDcYlZdfIxRxqRk.m1/UzW4/hu.VMX8tlPREMUSkNpdFPMa",
    "PBKDF2 of 2 billion rounds": f"pbkdf2_sha256$2000000000${SALT}$J5e5kMbZF3dvbqLLmkNBuVbmARCykNzcM2TY6CXi9So=",
    "scrypt of 1 TiB": "$scrypt$ln=30,r=8,p=1$c87Z2xuj1LqXUkqJ8d4bQw$PMIeLKYJdBoaTiSP4pzJt6CSDL9bI0KJPwlZvNpBs98",
    "sha512crypt of 999 million rounds": "$6$rounds=999999999$Tp/bcLbLKSgr7E0s$" + "a" * 86,
    "yescrypt of 8 TiB": "$y$jUT$e09CnRtIdcRkVrbtfzhdc0$176zsb5sS3VLez00OnSyEhE6qLPtwgmZfsocHlz1oo7",
    "Argon2 of 4 GiB": "$argon2id$v=19$m=4194304,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$qVSBwnsR0r98YPlp0GgnaRSFK4LZ73cWS+WG5btTjTg",
    "Argon2 of a million passes": "$argon2id$v=19$m=8192,t=1000000,p=1$MDEyMzQ1Njc4OWFiY2RlZg$qVSBwnsR0r98YPlp0GgnaRSFK4LZ73cWS+WG5btTjTg",
    "Argon2 of 255 lanes": "$argon2id$v=19$m=8192,t=1,p=255$MDEyMzQ1Njc4OWFiY2RlZg$qVSBwnsR0r98YPlp0GgnaRSFK4LZ73cWS+WG5btTjTg",
}
