"""What the policy says while somebody types a new password: the verdict of register, and nothing kept of it."""

import concurrent.futures

import pytest

from harness.client import Client
from harness.limits import BEHIND_PROXY, TOO_MANY, Caller, policy
from harness.people import fresh_email, fresh_password
from harness.process import USUAL_LIMITS

PATH = "/auth/password/check"
GOOD = "alice counts seven herons"


def check(client, password, **members):
    return client.post(PATH, {"password": password} | members)


def test_a_good_password_is_acceptable(client):
    reply = check(client, GOOD)
    assert reply.status == 200
    assert {name: reply.json[name] for name in ("acceptable", "score", "errors")} == {
        "acceptable": True,
        "score": 4,
        "errors": [],
    }


@pytest.mark.parametrize(
    "password, members, code, pattern",
    [
        ("short", {}, "too_short", "none"),
        ("", {}, "too_short", "none"),
        ("x" * 1025, {}, "too_long", "none"),
        ("P@ssw0rd2024!", {}, "too_common", "none"),
        ("abcabcabcabc", {}, "too_weak", "repeat"),
        ("kowalski-mail", {"email": "kowalski@mail.test"}, "own_data", "none"),
        ("Thaddeus Kowalski", {"name": "Thaddeus Kowalski"}, "own_data", "none"),
    ],
)
def test_each_rule_says_why_not(client, password, members, code, pattern):  # ASVS 6.2.4, 6.2.11
    answer = check(client, password, **members).json
    assert (answer["acceptable"], [error["code"] for error in answer["errors"]], answer["pattern"]) == (False, [code], pattern)
    assert answer["errors"][0]["message"]


@pytest.mark.parametrize("password", [GOOD, "P@ssw0rd2024!", "abcabcabcabc", "12.03.1987 12.03.1987", "qwertyuiop[]"])
def test_it_says_what_register_does(client, password):
    email = fresh_email()
    refused = client.post("/auth/register", {"email": email, "password": password})
    answer = check(client, password, email=email).json
    codes = [error["code"] for error in refused.json.get("errors", [])]
    assert [error["code"] for error in answer["errors"]] == codes
    assert answer["acceptable"] == (refused.status == 200)


def test_what_is_half_typed_is_no_mistake(client):
    assert check(client, GOOD, email="ali", name="").status == 200
    assert check(client, GOOD, email="é@").json["acceptable"]


@pytest.mark.parametrize(
    "members",
    [
        {"password": 1},
        {},
        {"password": GOOD, "email": "x" * 255},
        {"password": GOOD, "name": "x" * 801},
        {"password": GOOD, "email": 7},
    ],
)
def test_other_bodies_are_refused(client, members):
    assert client.post(PATH, members).refusal == (422, "validation_failed")


def test_no_other_site_asks(client):  # ASVS 3.5.1
    reply = client.post(PATH, {"password": GOOD}, headers={"Origin": "https://elsewhere.test"})
    assert reply.refusal == (403, "origin_not_allowed")


def test_it_has_a_limit_of_its_own_and_uses_up_no_other(start_server):
    server = start_server(**BEHIND_PROXY, RATE_LIMIT_PASSWORD_CHECK="3/3600", RATE_LIMIT_REQUESTS=2)
    caller = Caller(server)
    assert caller.answered(5, ("POST", PATH)) == 3
    refused = caller.ask(("POST", PATH))
    assert refused.refusal == TOO_MANY and int(refused.header("Retry-After")) > 0
    assert policy(refused) == {"password-check": (3, 3600)}
    assert caller.answered(3, ("POST", "/auth/logout")) == 2, "the default's budget is whole"


def test_the_usual_limit_lets_somebody_type(start_server):
    assert policy(check(Client(start_server(**USUAL_LIMITS)), GOOD)) == {"password-check": (60, 60)}


def test_nothing_is_written_down(start_server):  # ASVS 16.2.5
    server = start_server()
    password = fresh_password()
    reply = check(Client(server), password, email="typed-so-far@example.org")
    assert reply.status == 200 and reply.header("Set-Cookie") is None and reply.header("Cache-Control") == "no-store"
    server.stop()
    for file in server.folder.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert password.encode() not in content and b"typed-so-far" not in content, file.name


def test_many_at_once_keep_nobody_waiting(start_server):
    server = start_server()
    with concurrent.futures.ThreadPoolExecutor(16) as threads:
        replies = list(threads.map(lambda _: check(Client(server), GOOD), range(64)))
        assert Client(server).get("/health").status == 200
    assert {reply.status for reply in replies} <= {200, 503}
    assert sum(reply.status == 200 for reply in replies) > 32
