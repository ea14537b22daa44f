"""Between the right password and the second factor: a pending sign-in is worth nothing but that."""

import re
from datetime import datetime, timedelta

import pytest

from harness.client import CSRF_COOKIE, SESSION_COOKIE
from harness.instances import elsewhere
from harness.people import People, fresh_password

PRE_SESSION, DEVICE = "__Host-pre", "__Host-device"
WRONG, EXPIRED, LOCKED = (401, "mfa_failed"), (400, "challenge_expired"), (429, "account_locked")
UNAUTHENTICATED, CSRF = (401, "unauthenticated"), (403, "csrf_failed")


def answer(client, challenge, code, **options):
    body = {"challenge_id": challenge, "code": code}
    return client.post("/auth/mfa/totp/verify", body, **{"csrf": True} | options)


def wrong(client, challenge, account):
    return answer(client, challenge, account.totp.wrong_code())


# ASVS 6.3.3, 3.3.1, 3.3.2, 3.3.4, 63B §2.2
def test_the_right_password_opens_no_session(people):
    account = people.with_totp()[1]
    client = people.browser()
    reply = client.post("/auth/login", account.credentials)
    assert reply.json.keys() == {"mfa_required", "methods", "challenge_id"}
    assert (reply.json["mfa_required"], reply.json["methods"]) == (True, ["totp"])
    assert set(reply.set_cookies) == {PRE_SESSION, CSRF_COOKIE}
    cookie = reply.set_cookies[PRE_SESSION]
    assert cookie.attributes == {"path": "/", "samesite": "Strict", "secure": "", "httponly": "", "max-age": "300"}
    assert reply.json["challenge_id"] not in cookie.value
    assert client.get("/auth/me").refusal == UNAUTHENTICATED


# ASVS 6.3.3, 63B §2.2.2
def test_the_code_opens_one_that_says_how(people):
    account = people.with_totp()[1]
    client, challenge = people.challenge(account)
    reply = answer(client, challenge, account.totp.fresh_code())
    assert reply.json == {"success": True}
    assert set(reply.set_cookies) == {SESSION_COOKIE, CSRF_COOKIE, DEVICE, PRE_SESSION}
    assert reply.set_cookies[PRE_SESSION].expires_now
    me = client.get("/auth/me").json
    assert (me["aal"], me["amr"], me["id"]) == (2, ["pwd", "otp", "mfa"], account.id)
    assert client.post("/auth/step-up/check", csrf=True).json == {"requires_mfa": False, "methods": []}
    assert client.get("/auth/me/export").status == 200, "such a sign-in is a step-up"


def test_recovery_codes_are_offered_where_there_are_some(people):
    client, account = people.with_totp()
    people.recovery_codes(client)
    assert people.login(account.email, account.password).json["methods"] == ["totp", "recovery_code"]


# ASVS 7.2.4, attack 16
def test_the_session_that_the_browser_had_ends(people):
    client, account = people.with_totp()
    before = f"{SESSION_COOKIE}={client.cookies[SESSION_COOKIE]}"
    assert client.post("/auth/login", account.credentials).json["mfa_required"] is True
    people.sign_in_again(client, account)
    assert client.get("/auth/me", cookies=before).refusal == UNAUTHENTICATED
    assert client.get("/auth/me").status == 200


# ASVS 6.5.5, 6.6.2
def test_a_challenge_ends_in_time(start_server):
    server = start_server(MFA_CHALLENGE_TTL_SECONDS=60)
    people = People(server)
    account = people.with_totp()[1]
    client, challenge = people.challenge(account)
    ((begun, ends),) = [row.values() for row in server.rows("SELECT created_at, expires_at FROM sign_in_challenges")]
    assert datetime.fromisoformat(ends) - datetime.fromisoformat(begun) == timedelta(seconds=60)
    server.execute(f"UPDATE sign_in_challenges SET expires_at = '{begun}'")
    code = account.totp.fresh_code()
    assert answer(client, challenge, code).refusal == EXPIRED
    client, challenge = people.challenge(account)
    assert answer(client, challenge, code).status == 200, "the code was not spent on nothing"


# ASVS 6.6.2
def test_a_challenge_is_used_once(people):
    account = people.with_totp()[1]
    client, challenge = people.challenge(account)
    before = dict(client.cookies)
    assert answer(client, challenge, account.totp.fresh_code()).status == 200
    client.cookies.update(before)
    assert answer(client, challenge, account.totp.fresh_code()).refusal == EXPIRED


# ASVS 6.6.2, 6.6.3, attack 13
def test_a_stolen_challenge_is_nothing_in_another_browser(people):
    account = people.with_totp()[1]
    owner, challenge = people.challenge(account)
    code = account.totp.fresh_code()
    assert answer(people.browser(), challenge, code, csrf=False).refusal == EXPIRED
    visitor, waiting = people.browser(), people.challenge(people.with_totp()[1])[0]
    visitor.get("/auth/csrf")
    for thief in (visitor, waiting, people.signed_in()[0]):
        thief.get("/auth/csrf")
        assert answer(thief, challenge, code).refusal in (EXPIRED, CSRF)
        assert SESSION_COOKIE not in thief.cookies or thief.get("/auth/me").json["id"] != account.id
    assert answer(visitor, challenge, code).refusal == EXPIRED
    assert answer(owner, challenge, code).status == 200, "and the owner is not kept out by trying"


# ASVS 6.6.2, 2.2.3, attack 13
def test_a_challenge_of_one_account_does_not_take_the_code_of_another(people):
    one, other = people.with_totp()[1], people.with_totp()[1]
    client, challenge = people.challenge(one)
    code = other.totp.fresh_code()
    assert answer(client, challenge, code).refusal == WRONG
    assert client.get("/auth/me").refusal == UNAUTHENTICATED
    theirs, waiting = people.challenge(other)
    assert answer(theirs, waiting, code).status == 200, "nor was it spent there"


# ASVS 6.6.3
def test_five_wrong_codes_end_a_challenge(people):
    account = people.with_totp()[1]
    client, challenge = people.challenge(account)
    assert {wrong(client, challenge, account).refusal for _ in range(5)} == {WRONG}
    assert answer(client, challenge, account.totp.fresh_code()).refusal == EXPIRED
    assert people.sign_in(account).get("/auth/me").status == 200, "with another challenge"


# ASVS 6.6.2, 7.2.4, attack 13
def test_a_challenge_is_no_session_and_a_session_no_challenge(people):
    client, account = people.with_totp()
    waiting, challenge = people.challenge(account)
    for token in (challenge, waiting.cookies[PRE_SESSION]):
        assert people.browser().get("/auth/me", cookies=f"{SESSION_COOKIE}={token}").refusal == UNAUTHENTICATED
    session, code = client.cookies[SESSION_COOKIE], account.totp.fresh_code()
    for token in (session, waiting.cookies[PRE_SESSION], "A" * 43, "", "x" * 2000):
        assert answer(waiting, token, code).refusal == EXPIRED
    assert answer(waiting, challenge, code).status == 200


# ASVS 6.6.2, attack 13: a pending sign-in steps up no session, not even of its own account
def test_a_challenge_changes_nothing_in_a_session(people):
    client, account = people.with_totp()
    session = client.cookies[SESSION_COOKIE]
    waiting, challenge = people.challenge(account)
    assert answer(client, challenge, account.totp.fresh_code()).refusal in (EXPIRED, CSRF)
    assert client.get("/auth/me", cookies=f"{SESSION_COOKIE}={session}").status == 200


# ASVS 3.5.1, attack 18
def test_the_second_step_needs_its_csrf_token_and_this_site(people):
    account = people.with_totp()[1]
    client, challenge = people.challenge(account)
    code = account.totp.fresh_code()
    other = people.browser()
    other.get("/auth/csrf")
    for token in (False, "", "x", other.cookies[CSRF_COOKIE], client.cookies[CSRF_COOKIE][:-1]):
        assert answer(client, challenge, code, csrf=token).refusal == CSRF, token
    foreign = {"Origin": "https://evil.example"}
    assert answer(client, challenge, code, headers=foreign).refusal == (403, "origin_not_allowed")
    assert answer(client, challenge, code).status == 200


def by_reset(people, session, account):
    people.ask_for_reset(account.email)
    account.password = fresh_password()
    assert people.reset(people.reset_token(account.email), account.password).status == 200


def by_change(people, session, account):
    wanted = fresh_password()
    body = {"current_password": account.password, "new_password": wanted}
    assert session.post("/auth/password/change", body, csrf=True).status == 200
    account.password = wanted


def by_command(*arguments):
    def act(people, session, account):
        assert people.server.command("user", arguments[0], account.email, *arguments[1:]).returncode == 0

    return act


def by_removal(people, session, account):
    assert session.post("/auth/mfa/totp/disable", csrf=True).status == 200


def by_replacement(people, session, account):
    account.totp.rest()
    old = account.totp
    people.enrol_totp(session, account)
    account.totp = old


def by_deletion(people, session, account):
    assert session.delete("/auth/me", csrf=True).status == 200


# ASVS 6.3.4, 6.4.3, 6.5.6, 7.4.2
@pytest.mark.parametrize(
    "act",
    [
        pytest.param(by_reset, id="password reset"),
        pytest.param(by_change, id="password change"),
        pytest.param(by_command("disable"), id="disabled"),
        pytest.param(by_deletion, id="deleted"),
        pytest.param(by_command("demand-password-change"), id="password demanded"),
        pytest.param(by_command("reset-mfa"), id="factors reset"),
        pytest.param(by_removal, id="factor removed"),
        pytest.param(by_replacement, id="factor replaced"),
    ],
)
def test_what_happens_to_the_account_voids_its_challenges(people, act):
    session, account = people.with_totp()
    client, challenge = people.challenge(account)
    act(people, session, account)
    account.totp.rest()
    assert answer(client, challenge, account.totp.fresh_code()).refusal == EXPIRED
    assert SESSION_COOKIE not in client.cookies


# ASVS 7.4.2
def test_enabling_an_account_revives_no_challenge(server, people):
    account = people.with_totp()[1]
    client, challenge = people.challenge(account)
    for command in ("disable", "enable"):
        assert server.command("user", command, account.email).returncode == 0
    assert answer(client, challenge, account.totp.fresh_code()).refusal == EXPIRED


# ASVS 6.4.3, attack 9
def test_a_reset_skips_no_second_factor(people):
    session, account = people.with_totp()
    by_reset(people, session, account)
    reply = people.login(account.email, account.password)
    assert reply.json["mfa_required"] is True and SESSION_COOKIE not in reply.set_cookies


# ASVS 6.3.4
def test_the_second_factor_lets_no_one_in_who_may_not(server, people):
    account = people.with_totp()[1]
    assert server.command("user", "disable", account.email).returncode == 0
    reply = people.login(account.email, account.password)
    assert reply.refusal == (403, "account_disabled") and PRE_SESSION not in reply.set_cookies


# ASVS 6.3.8: who does not know the password learns nothing of factors
def test_a_wrong_password_tells_of_no_second_factor(people):
    with_factor, without = people.with_totp()[1], people.verified()
    answers = [people.login(account.email, fresh_password()).without_request_id() for account in (with_factor, without)]
    assert answers[0] == answers[1] and answers[0][0] == 401


# ASVS 16.3.1, 16.3.3
def test_both_steps_are_recorded(server, people):
    account = people.with_totp()[1]
    client, challenge = people.challenge(account)
    assert wrong(client, challenge, account).refusal == WRONG
    assert answer(client, challenge, account.totp.fresh_code()).status == 200
    rows = server.rows("SELECT event, outcome FROM audit_logs WHERE subject_id = ? ORDER BY at, id", account.id)
    assert [row["event"] for row in rows if row["event"].startswith("login.")][-3:] == [
        "login.challenged",
        "login.failed",
        "login.succeeded",
    ]


# ASVS 11.4.1, 6.6.2
def test_the_record_holds_digests_only(server, people):
    account = people.with_totp()[1]
    client, challenge = people.challenge(account)
    (row,) = server.rows("SELECT * FROM sign_in_challenges WHERE user_id = ?", account.id)
    shown = " ".join(str(value) for value in row.values())
    assert challenge not in shown and client.cookies[PRE_SESSION] not in shown
    assert len(row["challenge_hash"]) == len(row["browser_hash"]) == 32
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", challenge)


# ASVS 7.2.4, attacks 16 and 19
def test_a_planted_cookie_is_never_adopted(people):
    account = people.with_totp()[1]
    planted = people.browser()
    planted.get("/auth/csrf")
    client = people.browser()
    client.cookies[PRE_SESSION] = planted.cookies[PRE_SESSION]
    challenge = client.post("/auth/login", account.credentials).json["challenge_id"]
    assert client.cookies[PRE_SESSION] != planted.cookies[PRE_SESSION]
    code = account.totp.fresh_code()
    assert answer(planted, challenge, code).refusal == EXPIRED
    assert answer(client, challenge, code).status == 200


# ASVS 15.3.7, attack 19
def test_a_doubled_cookie_is_refused(people):
    account = people.with_totp()[1]
    client, challenge = people.challenge(account)
    line = client.cookies.header()
    for name in (PRE_SESSION, CSRF_COOKIE, DEVICE):
        doubled = f"{line}; {name}=x" if name in client.cookies else f"{line}; {name}=x; {name}=y"
        reply = answer(client, challenge, account.totp.wrong_code(), cookies=doubled)
        assert reply.refusal == (400, "invalid_request"), name
    assert answer(client, challenge, account.totp.fresh_code()).status == 200


# ASVS 8.2.3, attack 34
def test_members_that_are_not_the_clients_change_nothing(people):
    account = people.with_totp()[1]
    client, challenge = people.challenge(account)
    extra = {"aal": 3, "amr": ["hwk"], "role": "admin", "user_id": account.id, "methods": [], "__proto__": {"aal": 3}}
    body = extra | {"challenge_id": challenge, "code": account.totp.fresh_code()}
    assert client.post("/auth/mfa/totp/verify", body, csrf=True).status == 200
    me = client.get("/auth/me").json
    assert (me["aal"], me["amr"], me["role"]) == (2, ["pwd", "otp", "mfa"], "user")


@pytest.mark.servers
def test_disabling_an_account_voids_its_challenges_on_every_instance(start_instances):  # ASVS 7.4.2
    group = start_instances(3)
    people = People(group[0])
    account = people.with_totp()[1]
    client, challenge = people.challenge(account)
    assert group[1].command("user", "disable", account.email).returncode == 0
    code = account.totp.fresh_code()
    assert {answer(elsewhere(client, member), challenge, code).refusal for member in group} == {EXPIRED}
