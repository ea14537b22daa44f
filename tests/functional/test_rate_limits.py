"""Rate limits by address: which request counts against what, what the answer tells, and that nothing gets around them.

Windows are long where a budget must stay used up, and twelve seconds where it comes back."""

import json
import time

import pytest

from harness import contract, process
from harness.client import Client
from harness.limits import BEHIND_PROXY, LOGIN, TOO_MANY, Caller, policy, standing
from harness.people import fresh_email, fresh_password
from harness.process import USUAL_LIMITS
from harness.raw import RawConnection, request
from harness.server import Server

CLASSES = ("register", "login", "verify", "reset")
ALL_LIMITS = {"RATE_LIMIT_REQUESTS": 6, "RATE_LIMIT_WINDOW_SECONDS": 3600} | {
    f"RATE_LIMIT_{name.upper()}": "3/3600" for name in CLASSES
}
APART = "password-check"  # does not count against the default; see test_password_check.py
LIMIT_OF = {
    (method, path): operation["x-rate-limit"]
    for path, method, operation in contract.operations()
    if "x-rate-limit" in operation
}


@pytest.fixture(scope="module")
def limited(backend, tmp_path_factory):
    """Every test speaks from addresses of its own."""
    running = Server(tmp_path_factory.mktemp("limited"), backend, ALL_LIMITS | BEHIND_PROXY).start()
    yield running
    running.stop()


# ASVS 2.1.3: the contract says what counts against what
def test_the_routes_count_against_what_the_contract_says(server):
    listed = process.command("routes", "--json", settings=server.settings | USUAL_LIMITS, folder=server.folder)
    lines = map(json.loads, listed.stdout.splitlines())
    found = {(line["method"], line["path"]): line["limit"] for line in lines}
    assert {route: limit for route, limit in found.items() if limit} == LIMIT_OF
    assert set(LIMIT_OF.values()) == {"default", "recovery-codes", APART, *CLASSES}


# ASVS 2.4.1
@pytest.mark.parametrize("route", [route for route, limit in LIMIT_OF.items() if limit != APART], ids=" ".join)
def test_every_route_refuses_an_address_that_asked_too_often(limited, route):
    caller = Caller(limited)
    assert caller.answered(7, ("POST", "/auth/logout")) == 6
    refused = caller.ask(route)
    assert refused.refusal == TOO_MANY
    assert 0 < int(refused.header("Retry-After")) <= 600
    assert standing(refused)[:2] == ("default", 0)


@pytest.mark.parametrize("name", CLASSES)
def test_a_limit_of_its_own_is_shared_by_its_routes_and_no_others(limited, name):
    caller = Caller(limited)
    own = [route for route, limit in LIMIT_OF.items() if limit == name]
    for route in own * 2:
        reply = caller.ask(route)
    assert reply.refusal == TOO_MANY
    assert policy(reply) == {"default": (6, 3600), name: (3, 3600)}
    assert standing(reply)[:2] == (name, 0)
    other = next(route for route, limit in LIMIT_OF.items() if limit in CLASSES and limit != name)
    assert caller.answered(10, other) == 3, "of the default's six, three are left"


def test_the_defaults(start_server):
    caller = Client(start_server(**USUAL_LIMITS))
    replies = {
        name: caller.post(path, {})
        for name, path in (
            ("register", "/auth/register"),
            ("login", "/auth/login"),
            ("verify", "/auth/verify-email"),
            ("reset", "/auth/password/reset/request"),
        )
    }
    told = {name: policy(reply)[name] for name, reply in replies.items()}
    assert told == {"register": (5, 60), "login": (10, 60), "verify": (10, 60), "reset": (5, 60)}
    assert policy(replies["login"])["default"] == (50, 600)
    assert standing(replies["register"]) == ("register", 4, 12)


def test_what_is_exempt_never_counts(limited):
    caller = Caller(limited)
    for _ in range(10):
        assert caller.ask(("GET", "/auth/me")).refusal == (401, "unauthenticated")
        reply = caller.ask(("GET", "/auth/csrf"))
        assert reply.status == 200 and reply.header("RateLimit") is None and reply.header("RateLimit-Policy") is None
    assert caller.answered(7, ("POST", "/auth/logout")) == 6
    assert caller.ask(("GET", "/auth/csrf")).status == 200
    assert caller.ask(("DELETE", "/auth/me")).refusal == TOO_MANY, "only safe methods are exempt"


def test_nothing_is_exempt_where_the_settings_say_so(start_server):
    caller = Client(start_server(**ALL_LIMITS, RATE_LIMIT_EXEMPT="none"))
    replies = [caller.get("/auth/me").refusal for _ in range(7)]
    assert replies == [(401, "unauthenticated")] * 6 + [TOO_MANY]
    assert caller.get("/auth/csrf").refusal == TOO_MANY


def test_nothing_outside_auth_is_limited(limited):
    caller = Caller(limited)
    assert caller.answered(7) < 7
    for path in ("/health", "/health/ready", "/assets/webauthn.js", "/admin/status"):
        reply = caller.ask(("GET", path))
        assert reply.status != 429 and reply.header("RateLimit") is None


def test_what_is_off_is_not_told(server):
    reply = Client(server).post("/auth/login", {})
    assert reply.header("RateLimit") is None and reply.header("RateLimit-Policy") is None


@pytest.mark.parametrize("setting", ["RATE_LIMIT_REQUESTS", "RATE_LIMIT_LOGIN"])
def test_one_limit_alone(start_server, setting):
    value = {"RATE_LIMIT_REQUESTS": "3", "RATE_LIMIT_LOGIN": "3/600"}[setting]
    caller = Client(start_server(**{setting: value}))
    replies = [caller.post("/auth/login", {}) for _ in range(4)]
    assert [reply.refusal == TOO_MANY for reply in replies] == [False, False, False, True]
    assert list(policy(replies[0]).values()) == [(3, 600)]


def test_retry_after_is_right(start_server):
    caller = Client(start_server(RATE_LIMIT_LOGIN="2/12"))
    began = time.monotonic()
    for left in (1, 0):
        assert standing(caller.post("/auth/login", {}))[:2] == ("login", left)
    refused = caller.post("/auth/login", {})
    assert refused.refusal == TOO_MANY
    took = time.monotonic() - began
    assert 6 - took <= int(refused.header("Retry-After")) <= 6, "the first comes back six seconds after it was used"
    time.sleep(6.02)
    assert caller.post("/auth/login", {}).refusal != TOO_MANY
    assert caller.post("/auth/login", {}).refusal == TOO_MANY, "one came back, not all"
    time.sleep(12.02)
    assert standing(caller.post("/auth/login", {}))[:2] == ("login", 1), "whole again after its window"


def test_the_head_is_judged_before_it_is_counted(limited):
    caller = Caller(limited)
    for _ in range(10):
        assert caller.ask(("POST", "/auth/nowhere")).status == 404
        assert caller.ask(("DELETE", "/auth/login"), json=None).status == 405
        assert caller.ask(headers={"Content-Type": "text/plain"}).status == 415
        assert caller.ask(("OPTIONS", "/auth/login")).status == 204
    assert caller.answered(4) == 3


def test_the_limit_comes_before_all_that_costs_more(limited):
    caller = Caller(limited)
    assert caller.answered(4) == 3
    foreign = caller.ask(headers={"Origin": "https://evil.example.test"})
    assert foreign.refusal == TOO_MANY
    with RawConnection(limited) as connection:
        fields = (
            "Content-Type: application/json",
            "Content-Length: 9000",
            "Expect: 100-continue",
            f"X-Forwarded-For: {caller.address}",
        )
        connection.send(request(limited, "POST /auth/login HTTP/1.1", *fields))
        assert connection.reply("POST", "/auth/login").refusal == TOO_MANY, "no 100 Continue, and no wait for the body"
        assert connection.is_closed()


def test_a_refusal_without_a_body_keeps_the_connection(limited):
    caller = Caller(limited)
    with RawConnection(limited) as connection:
        for number in range(8):
            line = f"X-Forwarded-For: {caller.address}"
            connection.send(request(limited, "POST /auth/logout HTTP/1.1", line, "Content-Length: 0"))
            assert (connection.reply("POST", "/auth/logout").status == 429) == (number >= 6)


def test_front_ends_may_read_the_fields(start_server):
    front = "https://front.example.test"
    caller = Client(start_server(**ALL_LIMITS, FRONTEND_ORIGIN=front))
    for _ in range(4):
        reply = caller.post("/auth/login", {}, headers={"Origin": front})
    assert reply.refusal == TOO_MANY
    exposed = {name.strip().lower() for name in reply.header("Access-Control-Expose-Headers").split(",")}
    assert {"ratelimit", "ratelimit-policy", "retry-after"} <= exposed


def retry_after(reply) -> int:
    return int(reply.header("Retry-After") or 0)


# attack 1: limits tell nothing about accounts
def test_whether_an_account_exists_changes_no_field(limited):
    known = fresh_email()
    assert (
        limited.command(
            "user", "create", known, "--verified", "--keep-password", "--password-stdin", stdin=fresh_password() + "\n"
        ).returncode
        == 0
    )
    for route, body in (
        (LOGIN, {"password": "not the right one"}),
        (("POST", "/auth/password/reset/request"), {}),
        (("POST", "/auth/verify-email/resend"), {}),
        (("POST", "/auth/webauthn/login/start"), {}),
    ):
        one, two = Caller(limited), Caller(limited)
        began = time.monotonic()
        for _ in range(4):
            left = one.ask(route, json=body | {"email": known})
            right = two.ask(route, json=body | {"email": fresh_email("nobody")})
            took = time.monotonic() - began
            assert left.status == right.status
            assert standing(left)[:2] == standing(right)[:2] and policy(left) == policy(right)
            # They ask one after the other, and what is told in seconds runs on meanwhile.
            assert abs(standing(left)[2] - standing(right)[2]) <= took + 1
            assert abs(retry_after(left) - retry_after(right)) <= took + 1
        assert left.refusal == TOO_MANY and retry_after(left) > 0
