"""Hashes of other systems verify; what must not be verified is not; the pepper lies beside no database."""

import hashlib
import hmac
import re
import secrets

import argon2
import bcrypt
import pytest

from harness import canaries
from harness.foreign_hashes import MAKERS
from harness.imported import bring, plant, stored
from harness.people import People

PASSWORD = "Pässwörd \U0001f511 of thirty bytes or so"


# ASVS 11.4.2, CS Password Storage
@pytest.mark.parametrize("kind", MAKERS)
def test_a_hash_of_another_system_lets_its_password_in_and_no_other(server, people, kind):
    email = bring(server, MAKERS[kind](PASSWORD))
    for wrong in ("", PASSWORD[:-1], PASSWORD + " ", PASSWORD.lower(), PASSWORD + "\0", PASSWORD + "\0x", "!"):
        assert people.login(email, wrong).status in (401, 422), ascii(wrong)
    assert people.login(email, PASSWORD).status == 200


# CS Password Storage
@pytest.mark.parametrize("kind", MAKERS)
def test_it_is_replaced_by_argon2id_at_the_first_sign_in(server, people, kind):
    email = bring(server, MAKERS[kind](PASSWORD))
    people.login(email, PASSWORD[:-1])
    assert not stored(server, email).startswith("$argon2id$v=19$m=8192,t=1,p=1$"), "a wrong password replaces nothing"
    assert people.login(email, PASSWORD).status == 200
    assert stored(server, email).startswith("$argon2id$v=19$m=8192,t=1,p=1$")
    assert argon2.PasswordHasher().verify(stored(server, email), PASSWORD)
    assert people.login(email, PASSWORD).status == 200
    assert people.login(email, PASSWORD[:-1]).status == 401


# CS Password Storage: bcrypt reads 72 bytes; once its owner has signed in, all of them count
def test_what_bcrypt_cut_off_counts_from_the_first_sign_in_on(server, people):
    password = "x" * 72 + "tail"
    email = bring(server, bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(5)).decode())
    assert people.login(email, password).status == 200
    assert people.login(email, "x" * 72 + "other").status == 401


def test_an_account_without_a_password_lets_nobody_in(server, people):
    email = bring(server, None)
    for password in ("", "!", "null", "None"):
        assert people.login(email, password).status in (401, 422)


@pytest.mark.parametrize(
    "planted",
    [
        "",
        "!",
        "$argon2id$",
        "$2b$05$",
        "$6$",
        "$y$j9T$$",
        "scrypt$$$$$",
        "$7$",
        "x" * 600,
        "$argon2id$v=19$m=8192,t=1,p=1,keyid=AAAAAAAA$MDEyMzQ1Njc4OWFiY2RlZg$qVSBwnsR0r98YPlp0GgnaQ",
    ],
    ids=lambda text: text[:16] or "empty",
)
def test_a_planted_fragment_matches_nothing(server, people, planted):
    email = bring(server, MAKERS["bcrypt 2b"](PASSWORD))
    plant(server, email, planted)
    assert people.login(email, PASSWORD).status == 401


FIRST, SECOND = secrets.token_hex(32), secrets.token_hex(32)
canaries.note(FIRST)
canaries.note(SECOND)


def peppered_tag(pepper: str, password: str) -> bytes:
    """What Argon2 hashes: HMAC-SHA-256 under the pepper of the password, its length in eight bytes before it."""
    text = password.encode()
    return hmac.new(bytes.fromhex(pepper), len(text).to_bytes(8, "big") + text, hashlib.sha256).digest()


# 63B §3.1.1.2
def test_the_pepper_goes_into_the_hash_and_its_key_id_beside_it(start_server):
    server = start_server(PASSWORD_PEPPER=FIRST)
    account = People(server).verified()
    found = re.fullmatch(r"(\$argon2id\$v=19\$m=8192,t=1,p=1),keyid=[A-Za-z0-9+/]{8}(\$.*)", stored(server, account.email))
    assert found, stored(server, account.email)
    assert argon2.PasswordHasher().verify(found[1] + found[2], peppered_tag(FIRST, account.password))
    assert People(server).login(account.email, account.password).status == 200


# 63B §3.1.1.2
def test_without_the_pepper_or_with_another_nobody_gets_in(start_server):
    server = start_server(PASSWORD_PEPPER=FIRST)
    account = People(server).verified()
    for pepper in (None, SECOND):
        server.settings["PASSWORD_PEPPER"] = pepper
        server.restart()
        for _ in range(2):
            assert People(server).login(account.email, account.password).status == 401
    told = [entry for entry in server.log_lines() if entry.get("reason") == "unknown_pepper"]
    assert len(told) == 2, "once a start"
    server.settings["PASSWORD_PEPPER"] = FIRST
    server.restart()
    assert People(server).login(account.email, account.password).status == 200


# 63B §3.1.1.2
def test_a_pepper_rotates_without_resets(start_server):
    server = start_server()
    account = People(server).verified()

    def key_id_after_sign_in(**settings) -> str | None:
        server.settings.update(settings)
        server.restart()
        assert People(server).login(account.email, account.password).status == 200
        found = re.search(r",keyid=([^$]+)", stored(server, account.email))
        return found and found[1]

    first = key_id_after_sign_in(PASSWORD_PEPPER=FIRST)
    second = key_id_after_sign_in(PASSWORD_PEPPER=SECOND, PASSWORD_PEPPERS_OLD=FIRST)
    assert None not in (first, second) and first != second
    assert key_id_after_sign_in(PASSWORD_PEPPERS_OLD=None) == second
    assert key_id_after_sign_in(PASSWORD_PEPPER=None, PASSWORD_PEPPERS_OLD=SECOND) == second, "never taken away"
