"""A new password for somebody who is signed in and knows the present one."""

import pytest

from harness.client import CSRF_COOKIE, SESSION_COOKIE
from harness.concurrently import at_once
from harness.instances import elsewhere, wait_refused
from harness.people import People, fresh_email, fresh_password

DEVICE_COOKIE = "__Host-device"
UNAUTHENTICATED = (401, "unauthenticated")
WRONG = (401, "invalid_credentials")


def change(client, current, wanted, **options):
    body = {"current_password": current, "new_password": wanted}
    return client.post("/auth/password/change", body, **{"csrf": True} | options)


# ASVS 6.2.2
def test_the_new_password_signs_in_and_the_old_one_does_not(people):
    client, account = people.signed_in()
    password = fresh_password()
    assert change(client, account.password, password).json == {"ok": True}
    assert people.login(account.email, password).status == 200
    assert people.login(account.email, account.password).refusal == WRONG


# ASVS 7.4.3
def test_the_other_sessions_end_and_this_one_goes_on(people):
    client, account = people.signed_in()
    others, stranger = [people.sign_in(account) for _ in range(2)], people.signed_in()[0]
    assert change(client, account.password, fresh_password()).status == 200
    assert {other.get("/auth/me").refusal for other in others} == {UNAUTHENTICATED}
    assert client.get("/auth/me").status == stranger.get("/auth/me").status == 200


# ASVS 7.2.4
def test_this_session_gets_another_id(people):
    client, account = people.signed_in()
    before, me = dict(client.cookies), client.get("/auth/me").json
    reply = change(client, account.password, fresh_password())
    assert {SESSION_COOKIE, CSRF_COOKIE, DEVICE_COOKIE} == set(reply.set_cookies)
    assert client.cookies[SESSION_COOKIE] != before[SESSION_COOKIE]
    assert client.get("/auth/me", cookies=f"{SESSION_COOKIE}={before[SESSION_COOKIE]}").refusal == UNAUTHENTICATED
    renewed = client.get("/auth/me").json
    assert renewed["auth_time"] > me["auth_time"] and (renewed["aal"], renewed["amr"]) == (me["aal"], me["amr"])
    assert client.post("/auth/logout", csrf=True).status == 200, "with its new CSRF token"


# ASVS 7.5.1: the present password in a sign-in's session is no step-up
def test_a_change_is_no_step_up(people):
    client, account = people.signed_in()
    assert change(client, account.password, fresh_password()).status == 200
    assert client.get("/auth/me/export").refusal == (403, "step_up_required")


# ASVS 6.2.3, 63B §4.1.2.1
@pytest.mark.parametrize("wrong", [fresh_password(), "", "x" * 3000])
def test_a_wrong_present_password_changes_nothing(server, people, wrong):
    client, account = people.signed_in()
    other = people.sign_in(account)
    assert change(client, wrong, fresh_password()).refusal == WRONG
    assert other.get("/auth/me").status == client.get("/auth/me").status == 200
    assert people.login(account.email, account.password).status == 200
    (row,) = server.rows("SELECT * FROM audit_logs WHERE event = 'password.change_failed' AND actor_id = ?", account.id)
    assert row["outcome"] == "failure" and row["session_id"]


# 63B §3.2.2
def test_ten_wrong_present_passwords_lock_the_right_one_too(people):
    client, account = people.signed_in()
    assert {change(client, fresh_password(), fresh_password()).refusal for _ in range(10)} == {WRONG}
    locked = change(client, account.password, fresh_password())
    assert locked.refusal == (429, "account_locked") and int(locked.header("Retry-After")) == 86400
    assert people.step_up(client, account).status == 429, "one budget for both"
    assert client.post("/auth/login", account.credentials).status == 200, "a sign-in is one of strangers then"
    assert people.login(account.email, account.password).status == 200, "another one has its own"


def test_parallel_guesses_do_not_outrun_the_count(people):
    client, account = people.signed_in()
    browsers = [elsewhere(client, people.server) for _ in range(15)]
    replies = at_once([lambda b=b: change(b, fresh_password(), fresh_password()) for b in browsers])
    assert sorted(reply.status for reply in replies) == [401] * 10 + [429] * 5


def test_a_right_present_password_clears_the_count(people):
    client, account = people.signed_in()
    for _ in range(2):
        assert {change(client, fresh_password(), fresh_password()).status for _ in range(9)} == {401}
        wanted = fresh_password()
        assert change(client, account.password, wanted).status == 200
        account.password = wanted


# ASVS 6.2.4, 6.2.11
@pytest.mark.parametrize(
    "password, code", [("short", "too_short"), ("x" * 1025, "too_long"), ("Password123456", "too_common")]
)
def test_the_new_password_must_be_a_good_one(people, password, code):
    client, account = people.signed_in()
    assert change(client, account.password, password).field_errors == {("new_password", code)}
    assert people.login(account.email, account.password).status == 200


def test_the_new_password_is_held_against_the_owners_address(people):
    client, account = people.signed_in(email=fresh_email("margarethe.hollerbach"))
    assert change(client, account.password, "margarethe.hollerbach").field_errors == {("new_password", "own_data")}


def test_the_present_password_is_no_new_one(people):
    client, account = people.signed_in()
    assert change(client, account.password, account.password).field_errors == {("new_password", "same_as_current")}
    wrong = fresh_password()
    assert change(client, wrong, wrong).refusal == WRONG, "said after the right one only"


# ASVS 6.3.7, 63B §4.1.2.1
def test_the_owner_is_told(people):
    client, account = people.signed_in()
    before = len(people.mails(account.email))
    change(client, account.password, fresh_password())
    notice = people.mails(account.email, count=before + 1)[0]
    assert notice["subject"] == "Your password was changed" and "127.0.0.1" in notice["text"]


def test_a_notice_cannot_be_silenced_by_many(people):
    client, account = people.signed_in()
    before = len(people.mails(account.email))
    for _ in range(5):
        wanted = fresh_password()
        assert change(client, account.password, wanted).status == 200
        account.password = wanted
    assert len(people.mails(account.email, count=before + 5)) == before + 5


# CS Authentication: links that were mailed before are worth nothing
def test_mailed_links_die(people):
    client, account = people.signed_in()
    wanted = fresh_email()
    client.post("/auth/email/change", {"new_email": wanted}, csrf=True)
    moved = people.token(wanted, "confirm-email")
    people.ask_for_reset(account.email)
    reset = people.reset_token(account.email)
    assert change(client, account.password, fresh_password()).status == 200
    assert people.reset(reset, fresh_password()).refusal == (400, "invalid_token")
    assert people.post("/auth/email/change/confirm", {"token": moved}).refusal == (400, "invalid_token")


# ASVS 15.4.2: of two at once one is kept, and it is the one that was answered
def test_of_two_changes_at_once_one_is_kept(people):
    account = people.verified()
    browsers, passwords = [people.sign_in(account) for _ in range(4)], [fresh_password() for _ in range(4)]
    replies = at_once([lambda b=b, p=p: change(b, account.password, p) for b, p in zip(browsers, passwords)])
    won = [password for password, reply in zip(passwords, replies) if reply.status == 200]
    assert len(won) == 1
    assert {reply.refusal for reply in replies if reply.status != 200} <= {WRONG, UNAUTHENTICATED}
    assert [p for p in passwords if people.login(account.email, p).status == 200] == won
    assert [b.get("/auth/me").status for b in browsers].count(200) == 1


def test_it_needs_a_session_and_its_token(people, client):
    assert change(client, "x", fresh_password()).refusal == UNAUTHENTICATED
    signed_in, account = people.signed_in()
    assert change(signed_in, account.password, fresh_password(), csrf=False).refusal == (403, "csrf_failed")
    assert people.login(account.email, account.password).status == 200


@pytest.mark.parametrize("body", [{}, {"current_password": 1, "new_password": None}])
def test_every_wrong_field_is_named(people, body):
    client, _ = people.signed_in()
    code = "type" if body else "required"
    expected = {("current_password", code), ("new_password", code)}
    assert client.post("/auth/password/change", body, csrf=True).field_errors == expected


# ASVS 7.2.4, 7.4.3, attack 17: on every instance, at once
@pytest.mark.servers
def test_sessions_end_on_every_instance(start_instances):
    group = start_instances()
    people = People(group[0])
    account = people.verified()
    client, other = people.sign_in(account), people.sign_in(account)
    views = [elsewhere(browser, group[1]) for browser in (client, other)]
    assert [view.get("/auth/me").status for view in views] == [200, 200]
    assert change(client, account.password, fresh_password()).status == 200
    for view in views:
        wait_refused(view)
    assert elsewhere(client, group[1]).get("/auth/me").status == 200
