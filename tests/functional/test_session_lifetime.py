"""Idle and absolute timeouts, the number of sessions, freshness. Clock edges are unit tests; here the wiring."""

import pytest

from harness.ageing import age_proofs, age_sessions, last_uses
from harness.daemon import wait_until
from harness.people import People

UNAUTHENTICATED = (401, "unauthenticated")


# ASVS 7.3.1, 63B §5.2
def test_idle_timeout_slides_with_accepted_requests_only(start_server):
    server = start_server(SESSION_IDLE_TIMEOUT_SECONDS=600)
    people = People(server)
    used, account = people.signed_in()
    refused, unused = people.sign_in(account), people.sign_in(account)

    age_sessions(server, account.id, 400, "last_used_at")
    before = last_uses(server, account.id)
    assert used.get("/auth/me").status == 200
    assert refused.post("/auth/logout").refusal == (403, "csrf_failed"), "so it does not count as use"
    wait_until(lambda: last_uses(server, account.id)[-1] > before[-1], "the use is written, beside the answer")
    age_sessions(server, account.id, 400, "last_used_at")
    assert used.get("/auth/me").status == 200
    assert unused.get("/auth/me").refusal == UNAUTHENTICATED
    assert refused.get("/auth/me").refusal == UNAUTHENTICATED


# ASVS 7.3.2
def test_absolute_timeout_ends_a_session_in_use(start_server):
    server = start_server(SESSION_IDLE_TIMEOUT_SECONDS=600, SESSION_ABSOLUTE_TIMEOUT_SECONDS=600)
    people = People(server)
    client, account = people.signed_in()
    age_sessions(server, account.id, 300, "created_at", "auth_time", "expires_at")  # and not when it was used
    assert client.get("/auth/me").status == 200
    age_sessions(server, account.id, 301, "created_at", "auth_time", "expires_at")
    assert client.get("/auth/me").refusal == UNAUTHENTICATED
    assert people.login(account.email, account.password).status == 200


def test_an_expired_session_is_not_listed(start_server):
    server = start_server(SESSION_IDLE_TIMEOUT_SECONDS=600)
    people = People(server)
    _, account = people.signed_in()
    age_sessions(server, account.id, 601, "last_used_at")
    assert len(people.sign_in(account).get("/auth/sessions").json["sessions"]) == 1


# ASVS 7.1.2
def test_one_session_too_many_ends_the_longest_unused(start_server):
    server = start_server(MAX_SESSIONS_PER_USER=3)
    people = People(server)
    first, account = people.signed_in()
    others = [people.sign_in(account) for _ in range(3)]
    assert first.get("/auth/me").refusal == UNAUTHENTICATED
    assert [other.get("/auth/me").status for other in others] == [200, 200, 200]
    stranger, _ = people.signed_in()
    assert stranger.get("/auth/me").status == others[0].get("/auth/me").status == 200


# ASVS 7.5.2, attack 14: ending others needs a proof within STEP_UP_MAX_AGE_SECONDS
def test_ending_other_sessions_needs_a_recent_sign_in(start_server):
    people = People(start_server())
    client, account = people.signed_in()
    other = people.sign_in(account)
    listed = {session["current"]: session["id"] for session in client.get("/auth/sessions").json["sessions"]}
    age_proofs(people.server, account.id, 301)
    assert people.revoke_others(client).refusal == (403, "step_up_required")
    assert client.delete(f"/auth/sessions/{listed[False]}", csrf=True).refusal == (403, "step_up_required")
    assert other.get("/auth/me").status == 200

    fresh = people.sign_in(account)
    assert people.revoke_others(fresh).status == 200
    assert other.get("/auth/me").refusal == UNAUTHENTICATED


def test_ending_the_own_session_needs_no_recent_sign_in(start_server):
    people = People(start_server())
    client, account = people.signed_in()
    (session,) = client.get("/auth/sessions").json["sessions"]
    age_proofs(people.server, account.id, 301)
    assert client.delete(f"/auth/sessions/{session['id']}", csrf=True).status == 200
    again = people.sign_in(account)
    age_proofs(people.server, account.id, 301)
    assert again.post("/auth/logout", csrf=True).status == 200


def test_last_used_is_written_at_most_once_a_minute(server, people):
    client, account = people.signed_in()
    read = "SELECT last_used_at FROM sessions WHERE user_id = ?"
    before = server.rows(read, account.id)
    for _ in range(20):
        assert client.get("/auth/me").status == 200
    assert server.rows(read, account.id) == before


@pytest.mark.parametrize(
    "settings", [{"COOKIE_SECURE": "false"}, {"SESSION_COOKIE_NAME": "__Host-other"}], ids=["without Secure", "renamed"]
)
def test_cookie_names_are_settable(start_server, settings):
    server = start_server(**settings)
    people = People(server)
    account = people.verified()
    names = set(people.login(account.email, account.password).set_cookies)
    assert "__Host-sid" not in names and len(names) == 3
