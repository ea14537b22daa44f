"""Mailed tokens: once, in time, and only what they were made for."""

import hashlib
import time

import pytest

from harness.people import People


def test_a_used_token_is_refused_and_harms_nothing(people):
    account = people.register()
    token = people.token(account.email)
    assert people.verify(token).status == 200
    assert people.verify(token).refusal == (400, "invalid_token")
    assert people.login(account.email, account.password).status == 200


def test_a_token_expires(start_server):
    people = People(start_server(EMAIL_VERIFICATION_TTL_SECONDS=1))
    account = people.register()
    token = people.token(account.email)
    time.sleep(1.1)
    assert people.verify(token).refusal == (400, "invalid_token")
    assert people.login(account.email, account.password).status in (401, 403), "nothing was activated"


@pytest.mark.parametrize(
    "damage",
    [
        lambda token: token[:-1],
        lambda token: token + "A",
        lambda token: token + "=",
        lambda token: token.swapcase(),
        lambda token: " " + token,
        lambda token: token + "\n",
        lambda token: token[:10] + "\0" + token[11:],
        lambda token: ("B" if token[0] == "A" else "A") + token[1:],
        lambda token: hashlib.sha256(token.encode()).hexdigest(),
        lambda token: "",
        lambda token: "x" * 8000,
        lambda token: "' OR 1=1 --",
    ],
    ids=[
        "truncated",
        "longer",
        "padded",
        "other case",
        "leading space",
        "newline",
        "NUL",
        "one character",
        "digest",
        "empty",
        "huge",
        "SQL",
    ],
)
def test_a_damaged_token_is_refused_and_does_not_spend_the_real_one(people, damage):
    account = people.register()
    token = people.token(account.email)
    assert people.verify(damage(token)).refusal == (400, "invalid_token")
    assert people.verify(token).status == 200


# The last character of 43 carries four bits: the other two must not be ignored.
def test_a_token_has_one_spelling(people):
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    account = people.register()
    token = people.token(account.email)
    assert len(token) == 43, "256 bits in base64url (ASVS 6.5.3)"
    sibling = token[:-1] + alphabet[alphabet.index(token[-1]) ^ 1]
    assert people.verify(sibling).refusal == (400, "invalid_token")
    assert people.verify(token).status == 200


# ASVS 9.2.2: a token of one kind is nothing in another place
def test_other_secrets_are_no_verification_token(people):
    client, _ = people.signed_in()
    for foreign in client.cookies.values():
        assert people.verify(foreign).refusal == (400, "invalid_token")


def test_a_verification_token_is_no_session(people, client):
    account = people.register()
    token = people.token(account.email)
    assert client.get("/auth/me", cookies=f"__Host-sid={token}").refusal == (401, "unauthenticated")


# ASVS 7.2.1 by analogy, DESIGN §6.3: a database dump verifies nobody
def test_only_a_digest_of_the_token_is_stored(server, people):
    account = people.register()
    token = people.token(account.email)
    (row,) = server.rows("SELECT token_hash FROM registrations WHERE email = ?", account.email)
    assert len(row["token_hash"]) == 32
    assert token.encode() not in bytes(row["token_hash"])
    assert people.verify(bytes(row["token_hash"]).hex()).refusal == (400, "invalid_token")


@pytest.mark.parametrize("token", [1, True, ["x"], {"a": 1}, None])
def test_a_token_is_a_string(client, token):
    assert client.post("/auth/verify-email", {"token": token}).field_errors == {("token", "type")}


# ASVS 6.3.6
def test_verifying_sets_no_cookie(people, client):
    account = people.register()
    reply = client.post("/auth/verify-email", {"token": people.token(account.email)})
    assert reply.status == 200 and reply.set_cookies == {}
