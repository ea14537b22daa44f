"""Password sign-in gives nothing away before the right password."""

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type

from harness.client import SESSION_COOKIE
from harness.people import People, fresh_email, fresh_password


def wrong(people, email):
    return people.login(email, fresh_password())


# ASVS 6.3.8, attack 1
def test_wrong_passwords_answer_alike_whatever_the_account(server, people):
    verified, waiting, disabled = people.verified(), people.register(), people.verified()
    assert server.command("user", "disable", disabled.email).returncode == 0
    answers = [
        wrong(people, email).without_request_id() for email in (verified.email, waiting.email, disabled.email, fresh_email())
    ]
    assert answers[0][0] == 401 and answers[0][1]["code"] == "invalid_credentials"
    assert all(answer == answers[0] for answer in answers)


# ASVS 6.3.8, attack 2
def test_registering_and_then_signing_in_tells_nothing(people):
    """Whoever registers an address knows a password for it, whether or not it has an account."""
    answers = []
    for email in (people.verified().email, fresh_email()):
        mine = people.register(email)
        answers.append(people.login(email, mine.password).without_request_id())
    assert answers[0][0] == 403 and answers[0][1]["code"] == "email_not_verified"
    assert answers[0] == answers[1]


def test_a_refused_sign_in_sets_no_cookie(people):
    account = people.verified()
    assert wrong(people, account.email).set_cookies == {}


def test_unverified_is_told_only_after_the_right_password(people):
    account = people.register()
    assert wrong(people, account.email).refusal == (401, "invalid_credentials")
    reply = people.login(account.email, account.password)
    assert reply.refusal == (403, "email_not_verified")
    assert SESSION_COOKIE not in reply.set_cookies


# ASVS 6.3.4
def test_disabled_is_told_only_after_the_right_password(server, people):
    account = people.verified()
    server.command("user", "disable", account.email)
    assert wrong(people, account.email).refusal == (401, "invalid_credentials")
    assert people.login(account.email, account.password).refusal == (403, "account_disabled")
    server.command("user", "enable", account.email)
    assert people.login(account.email, account.password).status == 200


# ASVS 7.4.2
def test_disabling_an_account_ends_its_sessions(server, people):
    client, account = people.signed_in()
    server.command("user", "disable", account.email)
    assert client.get("/auth/me").refusal == (401, "unauthenticated")
    server.command("user", "enable", account.email)
    assert client.get("/auth/me").refusal == (401, "unauthenticated"), "ended, not suspended"


def test_the_address_is_compared_without_case(people):
    account = people.verified()
    assert people.login(account.email.upper(), account.password).status == 200


# ASVS 6.3.2
def test_no_account_exists_until_somebody_creates_it(start_server):
    server = start_server()
    assert People(server).login("admin@localhost", "admin admin admin").status in (401, 422)
    listed = server.command("user", "list", "--json")
    assert listed.returncode == 0 and "@" not in listed.stdout


@pytest.mark.parametrize(
    "body, expected",
    [
        ({}, {("email", "required"), ("password", "required")}),
        ({"email": None, "password": 5}, {("email", "type"), ("password", "type")}),
        ({"email": ["a"], "password": {"x": 1}}, {("email", "type"), ("password", "type")}),
    ],
)
def test_every_wrong_field_is_named(client, body, expected):
    reply = client.post("/auth/login", body)
    assert reply.refusal == (422, "validation_failed") and reply.field_errors == expected


# CS Password Storage: verified by an independent Argon2
def test_the_stored_hash_is_argon2id_of_the_password(server, people):
    account = people.verified(password="c\u0327a va bien merci")
    (row,) = server.rows("SELECT password_hash FROM users WHERE id = ?", account.id)
    parameters = extract_parameters(row["password_hash"])
    assert (parameters.type, parameters.version) == (Type.ID, 19)
    assert (parameters.time_cost, parameters.memory_cost, parameters.parallelism) == (1, 8192, 1)
    assert (parameters.salt_len, parameters.hash_len) == (16, 32)
    assert PasswordHasher().verify(row["password_hash"], "\u00e7a va bien merci"), "over the NFC form"
