"""The converters of docs/migrating.md: from records in the forms of other systems to accounts that sign in with their passwords.

The records are made here, by other programs' hashes, in the forms that those systems write; none is an export of a live one.
"""

import base64
import hashlib
import json
import subprocess
import sys

import argon2
import bcrypt
import pytest

from harness.contract import ROOT
from harness.foreign_hashes import MAKERS
from harness.people import People, fresh_email, fresh_password

CONVERTERS = ROOT / "docs" / "examples" / "migrating"


def text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def converted(*command, source: str = "") -> str:
    done = subprocess.run(command, input=source, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def bring(server, lines: str) -> None:
    done = server.command("user", "import", "-", stdin=lines)
    assert done.returncode == 0, done.stderr


def keycloak_user(email: str, algorithm: str, value: bytes, salt: bytes, rounds: int, **more) -> dict:
    how = {"hashIterations": rounds, "algorithm": algorithm, "additionalParameters": more}
    credential = {
        "type": "password",
        "secretData": json.dumps({"value": text(value), "salt": text(salt)}),
        "credentialData": json.dumps(how),
    }
    return {
        "username": email,
        "email": email,
        "emailVerified": True,
        "enabled": True,
        "firstName": "Ada",
        "lastName": "L.",
        "createdTimestamp": 1554120000123,
        "credentials": [{"type": "otp"}, credential],
    }


def test_keycloak(server, people, tmp_path):
    password, salt = fresh_password(), b"sixteen salt b+/"
    secret = password.encode()
    of = {algorithm: fresh_email("keycloak") for algorithm in ("argon2", "pbkdf2-sha256", "pbkdf2-sha512", "custom")}
    argon = argon2.low_level.hash_secret_raw(secret, salt, 5, 7168, 1, 32, argon2.low_level.Type.ID)
    users = [
        keycloak_user(
            of["argon2"],
            "argon2",
            argon,
            salt,
            5,
            type=["id"],
            version=["1.3"],
            memory=["7168"],
            parallelism=["1"],
            hashLength=["32"],
        ),
        keycloak_user(
            of["pbkdf2-sha256"], "pbkdf2-sha256", hashlib.pbkdf2_hmac("sha256", secret, salt, 27500, 64), salt, 27500
        ),
        keycloak_user(
            of["pbkdf2-sha512"], "pbkdf2-sha512", hashlib.pbkdf2_hmac("sha512", secret, salt, 30000, 64), salt, 30000
        ),
        keycloak_user(of["custom"], "custom", b"x", salt, 1),
        {"username": "service-account-x", "enabled": True, "createdTimestamp": 0},
    ]
    export = tmp_path / "realm.json"
    export.write_text(json.dumps({"realm": "x", "users": users}))
    bring(server, converted(sys.executable, "-B", CONVERTERS / "keycloak.py", export))
    for algorithm, email in of.items():
        assert people.login(email, password).status == (401 if algorithm == "custom" else 200), algorithm
    (row,) = server.rows("SELECT name, created_at FROM users WHERE email = ?", of["argon2"])
    assert row["name"] == "Ada L."


def test_auth0(server, people):
    email, password = fresh_email("auth0"), fresh_password()
    record = {
        "_id": {"$oid": "x"},
        "email": email,
        "email_verified": True,
        "tenant": "x",
        "connection": "y",
        "passwordHash": bcrypt.hashpw(password.encode(), bcrypt.gensalt(5)).decode(),
    }
    bring(server, converted("jq", "-c", "-f", CONVERTERS / "auth0.jq", source=json.dumps(record)))
    assert people.login(email, password).status == 200


def test_firebase(server, people):
    email, password = fresh_email("firebase"), fresh_password()
    users = [
        {
            "localId": "x",
            "email": email,
            "emailVerified": True,
            "displayName": "Ada",
            "passwordHash": "x",
            "salt": "y",
            "createdAt": "1554120000123",
            "disabled": False,
        },
        {"localId": "y", "createdAt": "1"},
    ]
    bring(server, converted("jq", "-c", "-f", CONVERTERS / "firebase.jq", source=json.dumps({"users": users})))
    assert people.login(email, password).status == 401
    people.ask_for_reset(email)
    assert people.reset(people.reset_token(email), password).status == 200
    assert people.login(email, password).status == 200


def rows_of(postgres, script: str, *statements: tuple[str, tuple]) -> str:
    """What `psql -At -f SCRIPT` prints where these statements made the tables."""
    for statement, values in statements:
        postgres.execute(statement, values)
    return "".join(json.dumps(row) + "\n" for (row,) in postgres.execute((CONVERTERS / script).read_text()))


@pytest.mark.servers
def test_django(postgres, start_on):
    password = fresh_password()
    schemes = {name: make for name, make in MAKERS.items() if name.endswith("of Django")}
    assert len(schemes) > 3
    emails = {name: fresh_email("django") for name in schemes} | {"unusable": fresh_email("django")}
    hashes = {name: make(password) for name, make in schemes.items()} | {"unusable": "!x"}
    insert = (
        "INSERT INTO auth_user (email, first_name, last_name, is_active, date_joined, password) "
        "VALUES (%s, 'Ada', '', true, now(), %s)"
    )
    lines = rows_of(
        postgres,
        "django.sql",
        (
            "CREATE TABLE auth_user (id serial, email text, first_name text, last_name text, "
            "is_active boolean, date_joined timestamptz, password text)",
            (),
        ),
        *[(insert, (emails[name], hashes[name])) for name in emails],
    )
    server = start_on()
    bring(server, lines)
    people = People(server)
    for name, email in emails.items():
        assert people.login(email, password).status == (401 if name == "unusable" else 200), name


@pytest.mark.servers
def test_devise(postgres, start_on):
    email, password = fresh_email("devise"), fresh_password()
    hashed = bcrypt.hashpw(password.encode(), bcrypt.gensalt(5, b"2a")).decode()
    lines = rows_of(
        postgres,
        "devise.sql",
        (
            "CREATE TABLE users (id serial, email text, encrypted_password text, confirmed_at timestamp, "
            "locked_at timestamp, created_at timestamp)",
            (),
        ),
        (
            "INSERT INTO users (email, encrypted_password, confirmed_at, created_at) VALUES (%s, %s, now(), now())",
            (email, hashed),
        ),
    )
    server = start_on()
    bring(server, lines)
    assert People(server).login(email, password).status == 200
