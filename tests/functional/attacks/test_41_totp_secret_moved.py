"""A TOTP secret that somebody changed in the database opens nothing, is reported, and harms nobody else."""

import secrets

import pytest

from harness.people import People

WRONG = (401, "mfa_failed")


def sealed(server, account) -> bytes:
    (row,) = server.rows("SELECT secret FROM totp_authenticators WHERE user_id = ?", account.id)
    return row["secret"]


def put(server, account, secret: bytes) -> None:
    literal = f"X'{secret.hex()}'" if server.backend.name == "sqlite" else f"'\\x{secret.hex()}'::bytea"
    server.execute(f"UPDATE totp_authenticators SET secret = {literal} WHERE user_id = '{account.id}'")


def flipped(secret: bytes, at: int) -> bytes:
    return secret[:at] + bytes([secret[at] ^ 1]) + secret[at + 1 :]


def verify(client, code, **members):
    return client.post("/auth/mfa/totp/verify", {"code": code} | members, csrf=True)


def reports(server, account) -> list[dict]:
    return server.rows("SELECT * FROM audit_logs WHERE event = 'mfa.secret_unreadable' AND subject_id = ?", account.id)


DAMAGE = {
    "first bit": lambda secret: flipped(secret, 0),
    "a bit of the nonce": lambda secret: flipped(secret, len(secret) - 40),
    "a bit of the secret": lambda secret: flipped(secret, len(secret) - 20),
    "last bit": lambda secret: flipped(secret, len(secret) - 1),
    "cut tag": lambda secret: secret[:-1],
    "longer": lambda secret: secret + b"\0",
    "one byte": lambda secret: secret[:1],
    "empty": lambda secret: b"",
    "zeros": lambda secret: bytes(len(secret)),
    "huge": lambda secret: secret * 200,
}


# ASVS 11.3.3, 11.3.2, attack 41
@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_changed_secret_takes_no_code(server, people, damage):
    session, account = people.with_totp()
    whole = sealed(server, account)
    put(server, account, damage(whole))
    client, challenge = people.challenge(account)
    assert verify(client, account.totp.fresh_code(), challenge_id=challenge).refusal == WRONG
    assert verify(session, account.totp.fresh_code()).refusal == WRONG
    rows = reports(server, account)
    assert len(rows) == 2 and {row["outcome"] for row in rows} == {"failure"}
    put(server, account, whole)
    account.totp.rest()
    assert verify(client, account.totp.fresh_code(), challenge_id=challenge).status == 200


# ASVS 11.3.3, 8.2.2, attack 41
def test_the_secret_of_another_account_takes_no_code(server, people):
    one, other = people.with_totp()[1], people.with_totp()[1]
    of_one, of_other = sealed(server, one), sealed(server, other)
    put(server, one, of_other)
    put(server, other, of_one)
    for victim, app in ((one, one.totp), (one, other.totp), (other, other.totp), (other, one.totp)):
        victim.totp.rest()
        client, challenge = people.challenge(victim)
        assert verify(client, app.code(), challenge_id=challenge).refusal == WRONG
    assert len(reports(server, one)) == len(reports(server, other)) == 2
    third = people.with_totp()[1]
    assert people.sign_in(third).get("/auth/me").json["aal"] == 2


# attack 41: no oracle
def test_damage_and_a_wrong_code_answer_alike(server, people):
    account = people.with_totp()[1]
    client, challenge = people.challenge(account)
    wrong = verify(client, account.totp.wrong_code(), challenge_id=challenge).without_request_id()
    put(server, account, flipped(sealed(server, account), len(sealed(server, account)) - 20))
    damaged = verify(client, account.totp.fresh_code(), challenge_id=challenge).without_request_id()
    assert wrong == damaged


# ASVS 6.4.4: what opens nothing can be replaced all the same
def test_whose_secret_is_damaged_gets_in_with_a_recovery_code(server, people):
    client, account = people.with_totp()
    codes = people.recovery_codes(client)
    put(server, account, b"")
    client, challenge = people.challenge(account)
    body = {"challenge_id": challenge, "code": codes[0]}
    assert client.post("/auth/mfa/recovery/verify", body, csrf=True).status == 200
    people.enrol_totp(client, account)
    assert people.sign_in(account).get("/auth/me").json["aal"] == 2


# ASVS 11.3.3, attack 41
def test_without_the_key_nothing_opens_and_nothing_breaks(start_server):
    server = start_server(TOTP_ENCRYPTION_KEY=secrets.token_hex(32))
    people = People(server)
    account = people.with_totp()[1]
    server.settings["TOTP_ENCRYPTION_KEY"] = secrets.token_hex(32)
    server.restart()
    client, challenge = people.challenge(account)
    assert verify(client, account.totp.fresh_code(), challenge_id=challenge).refusal == WRONG
    assert len(reports(server, account)) == 1
    assert People(server).signed_in()[0].get("/auth/me").status == 200
