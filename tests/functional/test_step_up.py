"""A fresh proof inside a session: what asks for it, how it is given, how long it lives."""

import pytest

from harness.ageing import age_proofs
from harness.client import CSRF_COOKIE, SESSION_COOKIE
from harness.concurrently import at_once
from harness.instances import elsewhere, wait_refused
from harness.people import People, fresh_email, fresh_password

UNAUTHENTICATED = (401, "unauthenticated")
STEP_UP = (403, "step_up_required")
EXPORT, DELETE = ("GET", "/auth/me/export"), ("DELETE", "/auth/me")


def check(client):
    return client.post("/auth/step-up/check", csrf=True).json


# ASVS 7.5.3, attack 15
@pytest.mark.parametrize("route", [EXPORT, DELETE], ids=["export", "delete"])
def test_a_sign_in_alone_does_not_do_and_a_step_up_does(people, route):
    client, account = people.signed_in()
    assert client.request(*route, csrf=True).refusal == STEP_UP
    assert check(client) == {"requires_mfa": True, "methods": ["password"]}
    assert people.step_up(client, account).json == {"success": True}
    assert check(client) == {"requires_mfa": False, "methods": []}
    assert client.request(*route, csrf=True).status == 200


# ASVS 7.5.1, 7.5.3
@pytest.mark.parametrize("route", [EXPORT, DELETE], ids=["export", "delete"])
def test_a_step_up_grows_stale(start_server, route):
    people = People(start_server())
    client, account = people.signed_in()
    assert people.step_up(client, account).status == 200
    age_proofs(people.server, account.id, 301)
    assert client.request(*route, csrf=True).refusal == STEP_UP
    assert check(client) == {"requires_mfa": True, "methods": ["password"]}
    assert client.get("/auth/me").status == 200


# ASVS 7.5.1, DESIGN "Settled": a sign-in counts as recent for a change of address
def test_a_change_of_address_needs_a_recent_proof(start_server):
    people = People(start_server())
    client, account = people.signed_in()
    age_proofs(people.server, account.id, 301)
    assert client.post("/auth/email/change", {"new_email": fresh_email()}, csrf=True).refusal == STEP_UP
    assert people.step_up(client, account).status == 200
    assert client.post("/auth/email/change", {"new_email": fresh_email()}, csrf=True).status == 200


# ASVS 7.2.4
def test_a_step_up_renews_the_session(people):
    client, account = people.signed_in()
    other, before, me = people.sign_in(account), dict(client.cookies), client.get("/auth/me").json
    reply = people.step_up(client, account)
    assert set(reply.set_cookies) == {SESSION_COOKIE, CSRF_COOKIE}
    assert client.cookies[SESSION_COOKIE] != before[SESSION_COOKIE]
    old = f"{SESSION_COOKIE}={before[SESSION_COOKIE]}; {CSRF_COOKIE}={before[CSRF_COOKIE]}"
    assert client.get("/auth/me", cookies=old).refusal == UNAUTHENTICATED
    assert client.get("/auth/me").json["auth_time"] > me["auth_time"]
    assert other.get("/auth/me").status == 200, "this session only"
    assert other.get("/auth/me/export").refusal == STEP_UP


def test_a_wrong_password_steps_nothing_up(server, people):
    client, account = people.signed_in()
    reply = client.post("/auth/step-up/password", {"password": fresh_password()}, csrf=True)
    assert reply.refusal == (401, "invalid_credentials") and reply.set_cookies == {}
    assert client.get("/auth/me/export").refusal == STEP_UP
    (row,) = server.rows("SELECT * FROM audit_logs WHERE event = 'step_up.failed' AND actor_id = ?", account.id)
    assert row["outcome"] == "failure"


# 63B §3.2.2
def test_ten_wrong_passwords_lock_the_right_one_too(people):
    client, account = people.signed_in()
    wrong = [client.post("/auth/step-up/password", {"password": fresh_password()}, csrf=True) for _ in range(10)]
    assert {reply.status for reply in wrong} == {401}
    locked = people.step_up(client, account)
    assert locked.refusal == (429, "account_locked") and int(locked.header("Retry-After")) == 86400
    other = people.sign_in(account)
    assert people.step_up(other, account).status == 200
    assert people.step_up(client, account).status == 200, "the right one, given elsewhere, made all whole"


def locks(server, account):
    return server.rows("SELECT * FROM audit_logs WHERE event = 'account.locked' AND subject_id = ?", account.id)


# ASVS 6.3.5, 16.3.2
def test_the_owner_hears_of_a_lock_once(server, people):
    client, account = people.signed_in()
    for _ in range(9):
        client.post("/auth/step-up/password", {"password": fresh_password()}, csrf=True)
    assert locks(server, account) == []
    before = len(people.mails(account.email)) + 1
    client.post("/auth/step-up/password", {"password": fresh_password()}, csrf=True)
    assert {people.step_up(client, account).status for _ in range(3)} == {429}
    mails = people.mails(account.email)
    assert len(mails) == before
    assert mails[0]["subject"] == "Too many failed attempts" and "127.0.0.1" in mails[0]["text"]
    (row,) = locks(server, account)
    assert (row["outcome"], row["actor_id"]) == ("failure", account.id) and row["session_id"]


# One owner hears once, whichever instances were asked
@pytest.mark.servers
def test_a_lock_is_told_once_over_several_instances(start_instances):
    group = start_instances(2)
    people = People(group[0])
    client, account = people.signed_in()
    views = [elsewhere(client, member) for member in group for _ in range(8)]
    replies = at_once([lambda v=v: v.post("/auth/step-up/password", {"password": fresh_password()}, csrf=True) for v in views])
    assert sorted(reply.status for reply in replies) == [401] * 10 + [429] * 6
    assert {people.step_up(view, account).status for view in views} == {429}
    assert len(locks(group[0], account)) == 1


def test_parallel_guesses_do_not_outrun_the_count(people):
    client, _ = people.signed_in()
    browsers = [elsewhere(client, people.server) for _ in range(15)]
    replies = at_once(
        [lambda b=b: b.post("/auth/step-up/password", {"password": fresh_password()}, csrf=True) for b in browsers]
    )
    assert sorted(reply.status for reply in replies) == [401] * 10 + [429] * 5


# ASVS 15.4.2: one session is renewed once
def test_of_two_step_ups_of_one_session_at_once_one_wins(people):
    client, account = people.signed_in()
    browsers = [elsewhere(client, people.server) for _ in range(4)]
    replies = at_once([lambda b=b: people.step_up(b, account) for b in browsers])
    assert sorted(reply.status for reply in replies) == [200, 401, 401, 401]
    assert [browser.get("/auth/me").status for browser in browsers].count(200) == 1


def test_it_needs_a_session_and_its_token(people, client):
    for path, body in (("password", {"password": "x"}), ("check", None)):
        assert client.post(f"/auth/step-up/{path}", body).refusal == UNAUTHENTICATED
    signed_in, account = people.signed_in()
    for path, body in (("password", {"password": account.password}), ("check", None)):
        assert signed_in.post(f"/auth/step-up/{path}", body).refusal == (403, "csrf_failed")


# ASVS 7.2.4, attack 17: the old id is dead everywhere
@pytest.mark.servers
def test_the_old_id_is_dead_on_every_instance(start_instances):
    group = start_instances(3)
    people = People(group[0])
    client, account = people.signed_in()
    views = [elsewhere(client, member) for member in group]
    assert {view.get("/auth/me").status for view in views} == {200}
    assert people.step_up(client, account).status == 200
    for view in views:
        wait_refused(view)
    assert {elsewhere(client, member).get("/auth/me/export").status for member in group} == {200}


# ASVS 7.5.1, attack 14: a weaker factor than the strongest one does not do, and costs nobody a guess
def test_a_password_steps_no_account_up_that_has_a_second_factor(server, people):
    client, account = people.with_totp()
    before = client.cookies[SESSION_COOKIE]
    for password in (account.password, *[fresh_password() for _ in range(12)]):
        reply = client.post("/auth/step-up/password", {"password": password}, csrf=True)
        assert reply.refusal == STEP_UP and reply.json["methods"] == ["totp"] and reply.set_cookies == {}
    assert client.cookies[SESSION_COOKIE] == before and client.get("/auth/me").status == 200
    assert locks(server, account) == []


def by_password(people, client, account):
    return people.step_up(client, account)


def by_totp(people, client, account):
    people.enrol_totp(client, account)
    return people.step_up(client, account)


def by_recovery_code(people, client, account):
    people.enrol_totp(client, account)
    code = people.recovery_codes(client)[0]
    return client.post("/auth/mfa/recovery/verify", {"code": code}, csrf=True)


# ASVS 6.3.3, 7.2.4, 63B §2.2.2: what a session says of itself after each way
@pytest.mark.parametrize(
    "way, aal, amr",
    [(by_password, 1, ["pwd"]), (by_totp, 2, ["pwd", "otp", "mfa"]), (by_recovery_code, 2, None)],
    ids=["password", "totp", "recovery code"],
)
def test_each_way_renews_the_session_and_says_how(people, way, aal, amr):
    client, account = people.signed_in()
    seen = []

    def look():
        seen.append((client.cookies[SESSION_COOKIE], client.get("/auth/me").json["auth_time"]))

    look()
    assert way(people, client, account).status == 200
    look()
    assert seen[1][0] != seen[0][0] and seen[1][1] > seen[0][1]
    assert client.get("/auth/me", cookies=f"{SESSION_COOKIE}={seen[0][0]}").refusal == UNAUTHENTICATED
    me = client.get("/auth/me").json
    assert me["aal"] == aal and (me["amr"] == amr if amr else {"pwd", "mfa"} <= set(me["amr"]))
    assert check(client) == {"requires_mfa": False, "methods": []}


# ASVS 7.5.1, 7.5.3
def test_a_step_up_by_totp_grows_stale(start_server):
    people = People(start_server())
    client, account = people.with_totp()
    assert people.step_up(client, account).status == 200
    people.recovery_codes(client)
    age_proofs(people.server, account.id, 301)
    reply = client.get("/auth/me/export")
    assert reply.refusal == STEP_UP and reply.json["methods"] == ["totp", "recovery_code"]
    assert check(client) == {"requires_mfa": True, "methods": ["totp", "recovery_code"]}
    assert people.step_up(client, account).status == 200
    assert client.get("/auth/me/export").status == 200


# ASVS 6.2.3
def test_a_password_is_changed_with_a_second_factor_where_there_is_one(start_server):
    people = People(start_server())
    client, account = people.with_totp()
    age_proofs(people.server, account.id, 301)
    body = {"current_password": account.password, "new_password": fresh_password()}
    assert client.post("/auth/password/change", body, csrf=True).refusal == STEP_UP
    assert people.step_up(client, account).status == 200
    assert client.post("/auth/password/change", body, csrf=True).status == 200


# ASVS 7.2.4, attacks 14 and 17
@pytest.mark.servers
def test_the_old_id_is_dead_on_every_instance_after_a_step_up_by_totp(start_instances):
    group = start_instances(3)
    people = People(group[0])
    client, account = people.with_totp()
    views = [elsewhere(client, member) for member in group]
    assert {view.get("/auth/me").status for view in views} == {200}
    assert people.step_up(client, account).status == 200
    for view in views:
        wait_refused(view)
    assert {elsewhere(client, member).get("/auth/me").json["aal"] for member in group} == {2}
