"""Requests that are refused and change nothing are told in the audit log, whoever they came from (ASVS 16.3.2, 16.3.3)."""

import json
import secrets
import uuid

import pytest

from harness.ageing import age_proofs
from harness.canaries import note
from harness.client import SESSION_COOKIE
from harness.concurrently import at_once
from harness.guesses import LOCKED, guess, lock
from harness.limits import TOO_MANY
from harness.people import People, fresh_email, fresh_password
from harness.refusals import counted, refused, wait_for
from harness.server import Server


@pytest.fixture(scope="module")
def own(backend, tmp_path_factory):
    """Each test looks at a reason of its own."""
    running = Server(tmp_path_factory.mktemp("refused"), backend, {"RATE_LIMIT_RESET": "3/3600"}).start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def signed_in(own):
    return People(own).signed_in()


def session_of(server, account):
    return server.rows("SELECT id FROM sessions WHERE user_id = ? ORDER BY id DESC", account.id)[0]["id"]


def assert_is_of(row, server, account, reply):
    """The whole row of a refusal in a session."""
    assert row["outcome"] == "failure" and row["ip"] == "127.0.0.1" and row["user_agent"] == "functional-tests"
    assert row["actor_id"] == row["subject_id"] == account.id and row["session_id"] == session_of(server, account)
    assert row["request_id"] == reply.header("X-Request-Id")


# ASVS 16.3.3, attack 18
def test_a_wrong_csrf_token(own, signed_in):
    client, account = signed_in
    reply = client.post("/auth/sessions/revoke-others", csrf="A" * 43)
    assert reply.refusal == (403, "csrf_failed")
    (row,) = wait_for(own, "csrf_failed")
    assert row["details"] == {"reason": "csrf_failed", "count": 1, "route": "POST /auth/sessions/revoke-others"}
    assert_is_of(row, own, account, reply)


# ASVS 16.3.3, attack 20
def test_a_foreign_origin(own):
    email = fresh_email()
    reply = (
        People(own)
        .browser()
        .post("/auth/login", {"email": email, "password": fresh_password()}, headers={"Origin": "https://evil.example.test"})
    )
    assert reply.refusal == (403, "origin_not_allowed")
    row = wait_for(own, "origin_not_allowed")[0]
    assert row["details"]["route"] == "POST /auth/login" and len(row["details"]["address"]) == 22
    assert row["actor_id"] is row["subject_id"] is row["session_id"] is None
    assert row["request_id"] == reply.header("X-Request-Id")


# ASVS 16.3.2, attack 35
def test_a_route_of_staff(own, signed_in):
    client, account = signed_in
    reply = client.get("/admin/status")
    assert reply.refusal == (403, "forbidden")
    (row,) = wait_for(own, "forbidden")
    assert row["details"]["route"] == "GET /admin/status"
    assert_is_of(row, own, account, reply)


# ASVS 16.3.2, attack 35
def test_the_id_of_another(own, signed_in):
    client, account = signed_in
    reply = client.delete(f"/auth/sessions/{uuid.uuid4()}", csrf=True)
    assert reply.status == 404
    (row,) = wait_for(own, "not_found")
    assert row["details"]["route"] == "DELETE /auth/sessions/{id}", "the pattern: ids are none of a route's name"
    assert_is_of(row, own, account, reply)


# ASVS 16.3.2, attacks 15 and 17
def test_a_session_that_is_none(own):
    browser = People(own).browser()
    browser.get("/auth/me")
    dead = secrets.token_urlsafe(32)
    note(dead)
    reply = browser.get("/auth/me", cookies=f"{SESSION_COOKIE}={dead}")
    assert reply.refusal == (401, "unauthenticated")
    (row,) = wait_for(own, "unauthenticated")
    assert row["details"]["count"] == 1, "who shows no session tries none"
    assert row["request_id"] == reply.header("X-Request-Id")


# ASVS 16.3.3, attack 8
def test_a_token_that_opens_nothing(own):
    assert People(own).verify(secrets.token_urlsafe(32)).refusal == (400, "invalid_token")
    (row,) = wait_for(own, "invalid_token")
    assert row["details"]["route"] == "POST /auth/verify-email"


# ASVS 16.3.3, attack 13
def test_a_challenge_that_is_over(own):
    body = {"challenge_id": secrets.token_urlsafe(32), "code": "123456"}
    assert People(own).browser().post("/auth/mfa/totp/verify", body).refusal == (400, "challenge_expired")
    assert wait_for(own, "challenge_expired")[0]["details"]["route"] == "POST /auth/mfa/totp/verify"


# ASVS 16.3.2
def test_too_many_requests(own):
    people = People(own)
    replies = [people.ask_for_reset(fresh_email()) for _ in range(6)]
    assert [reply.refusal for reply in replies[3:]] == [TOO_MANY] * 3
    rows = wait_for(own, "rate_limited", 3)
    assert [row["request_id"] for row in rows] == [reply.header("X-Request-Id") for reply in replies[3:]]


# ASVS 16.3.3, attack 4: a lock that somebody runs against
def test_a_locked_account(own):
    account = People(own).verified()
    lock(own, account)
    assert guess(own, account.email).refusal == LOCKED
    rows = wait_for(own, "account_locked", 2)
    digests = {row["details"]["address"] for row in rows}
    assert len(digests) == 1 and account.email not in json.dumps(rows, default=repr)


# ASVS 16.3.2, attack 14
def test_a_proof_that_is_too_old(start_server):
    server = start_server()
    client, account = People(server).signed_in()
    age_proofs(server, account.id, 301)
    client.close()
    reply = client.delete("/auth/me", csrf=True)
    assert reply.refusal == (403, "step_up_required")
    (row,) = wait_for(server, "step_up_required")
    assert_is_of(row, server, account, reply)


# ASVS 16.3.2
def test_an_enrolment_that_is_missing(start_server):
    server = start_server(MFA_REQUIRED_ROLES="user")
    client, account = People(server).signed_in()
    reply = client.get("/auth/me/export")
    assert reply.refusal == (403, "mfa_enrolment_required")
    (row,) = wait_for(server, "mfa_enrolment_required")
    assert_is_of(row, server, account, reply)


# ASVS 16.3.2, attack 6
def test_a_puzzle_that_was_not_solved(start_server):
    server = start_server(PROOF_OF_WORK="always")
    email = fresh_email()
    for _ in range(2):
        assert guess(server, email).refusal == (403, "proof_of_work_required")
    first, second = wait_for(server, "proof_of_work_required", 2)
    assert first["details"]["address"] == second["details"]["address"], "attempts at one address can be seen together"


# ASVS 16.3.1: a sign-in is recorded though nobody looked at its password; attack 28
def test_a_sign_in_that_found_no_place(start_server):
    server = start_server(HASH_THREADS=1, HASH_QUEUE_MAX_WAIT_MS=1, ARGON2_TIME_COST=8, ARGON2_MEMORY_COST=65536)
    replies = at_once([lambda: guess(server, fresh_email()) for _ in range(12)])
    refused_here = sum(reply.refusal == (503, "overloaded") for reply in replies)
    assert refused_here > 0
    wait_for(server, "overloaded", refused_here)
    assert counted(server, "overloaded") == refused_here, "each is of another address, so each is told"


def test_what_is_wrong_in_form_is_no_event(own):
    before = len(refused(own))
    browser = People(own).browser()
    assert browser.post("/auth/login", {"email": "no address", "password": "x"}).status in (400, 422)
    assert browser.get("/auth/nowhere").status == 404
    assert browser.get("/auth/me").status == 401
    told = counted(own, "origin_not_allowed")
    browser.post("/auth/register", {}, headers={"Origin": "https://elsewhere.example.test"})
    wait_for(own, "origin_not_allowed", told + 1)
    assert {row["details"]["reason"] for row in refused(own)[before:]} <= {"origin_not_allowed"}


# ASVS 16.3.2: what was counted and not yet written goes with the service's last breath
def test_a_stop_writes_what_is_left(start_server):
    server = start_server()
    client, _ = People(server).signed_in()
    for _ in range(20):
        assert client.post("/auth/logout", csrf="A" * 43).refusal == (403, "csrf_failed")
    server.stop()
    assert counted(server, "csrf_failed") == 20
    assert len(refused(server, "csrf_failed")) <= 4
