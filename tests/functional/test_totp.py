"""An authenticator app: set up, confirmed, asked, replaced, removed. pyotp and oathtool are the apps."""

import base64
import subprocess
import time

import pyotp
import pytest

from harness.audit import events
from harness.authenticators import wait_for_rest
from harness.client import SESSION_COOKIE
from harness.people import People

WRONG = (401, "mfa_failed")
EXPIRED, INVALID = (400, "challenge_expired"), (422, "validation_failed")


def verify(client, code, **members):
    return client.post("/auth/mfa/totp/verify", {"code": code} | members, csrf=True)


def factors(client) -> list[dict]:
    return client.get("/auth/mfa").json["methods"]


# 63B §3.1.4.1: what waits for its first code is nothing
def test_a_set_up_counts_for_nothing_before_it_is_confirmed(people):
    client, account = people.signed_in()
    app = people.set_up_totp(client, account)
    assert factors(client) == [] and client.get("/auth/me").json["totp_enabled"] is False
    assert people.login(account.email, account.password).json["mfa_required"] is False
    assert verify(client, app.wrong_code()).refusal == WRONG
    assert client.get("/auth/me").json["aal"] == 1
    assert verify(client, app.fresh_code()).json == {"success": True}
    me = client.get("/auth/me").json
    assert (me["totp_enabled"], me["aal"], me["amr"]) == (True, 2, ["pwd", "otp", "mfa"])
    (factor,) = factors(client)
    assert (factor["method"], factor["algorithm"], factor["digits"], factor["period"]) == ("totp", "SHA1", 6, 30)


def test_the_list_says_when_a_factor_came_and_was_last_used(people):
    client, account = people.with_totp()
    (before,) = factors(client)
    assert before["created_at"] <= before["last_used_at"]
    assert people.step_up(client, account).status == 200
    (after,) = factors(client)
    assert after["last_used_at"] > before["last_used_at"] and after["created_at"] == before["created_at"]
    people.recovery_codes(client)
    codes = factors(client)[1]
    assert (codes["method"], codes["remaining"], codes["last_used_at"]) == ("recovery_code", 10, None)
    assert client.get("/auth/mfa").json["required"] is False


# ASVS 6.5.3, 63B §3.1.4.1
def test_every_secret_is_another_one_of_160_bits(people):
    client, _ = people.signed_in()
    secrets = [client.post("/auth/mfa/totp/setup", csrf=True).json["secret"] for _ in range(3)]
    assert len(set(secrets)) == 3
    assert {len(base64.b32decode(secret)) for secret in secrets} == {20}


# ASVS 7.2.4, 7.4.3
@pytest.mark.parametrize("end_others", [True, False])
def test_confirming_renews_the_session_and_ends_the_others_unless_told_not_to(people, end_others):
    client, account = people.signed_in()
    other, before = people.sign_in(account), client.cookies[SESSION_COOKIE]
    people.enrol_totp(client, account, end_other_sessions=end_others)
    assert client.cookies[SESSION_COOKIE] != before
    assert client.get("/auth/me", cookies=f"{SESSION_COOKIE}={before}").status == 401
    assert other.get("/auth/me").status == (401 if end_others else 200)
    if not end_others:
        assert other.post("/auth/sessions/revoke-others", csrf=True).refusal == (403, "step_up_required")


# 63B §3.1.4.1
def test_a_set_up_that_is_confirmed_late_is_over(start_server):
    people = People(start_server(MFA_CHALLENGE_TTL_SECONDS=1))
    client, account = people.signed_in()
    app = people.set_up_totp(client, account)
    time.sleep(1.1)
    assert verify(client, app.fresh_code()).refusal == EXPIRED
    assert client.get("/auth/me").json["totp_enabled"] is False


def test_without_an_authenticator_there_is_nothing_to_verify(people):
    client, _ = people.signed_in()
    assert verify(client, "123456").refusal == EXPIRED


# 63B §3.1.4.1
def test_of_two_set_ups_the_later_one_counts(people):
    client, account = people.signed_in()
    first, second = people.set_up_totp(client, account), people.set_up_totp(client, account)
    assert verify(client, first.fresh_code()).refusal == WRONG
    assert verify(client, second.fresh_code()).status == 200


# ASVS 7.5.1: a set-up that was begun when the password was all there was takes no factor's place
def test_a_set_up_in_a_session_that_proved_less_by_now_is_not_confirmed(server, people):
    client, account = people.signed_in()
    pending = people.set_up_totp(client, account)
    server.execute(
        "INSERT INTO totp_authenticators (user_id, secret, algorithm, digits, period, drift, last_step, created_at,"
        " last_used_at) SELECT user_id, secret, algorithm, digits, period, 0, 0, '2026-01-01T00:00:00.000000Z',"
        f" '2026-01-01T00:00:00.000000Z' FROM totp_enrolments WHERE user_id = '{account.id}'"
    )
    server.execute(f"UPDATE users SET second_factors = 'totp' WHERE id = '{account.id}'")
    assert verify(client, pending.fresh_code()).refusal == (403, "step_up_required")
    assert events(server, account, "mfa.factor_added") == []
    assert client.get("/auth/me").json["aal"] == 1


# 63B §3.1.4.1: the active one goes on until another is confirmed, and not after
def test_a_set_up_leaves_the_active_authenticator_alone(people):
    client, account = people.with_totp()
    old, new = account.totp, people.set_up_totp(client, account)
    assert verify(client, old.fresh_code()).status == 200
    people.sign_in(account)
    assert verify(client, new.fresh_code()).status == 200
    assert len(factors(client)) == 1
    old.rest()
    assert verify(client, old.fresh_code()).refusal == WRONG
    account.totp = new
    people.sign_in(account)


# ASVS 6.5.5, RFC 6238 §5.2
@pytest.mark.parametrize("skew", [0, 1, 2])
def test_codes_of_so_many_steps_to_either_side_are_accepted(start_server, skew):
    people = People(start_server(TOTP_SKEW_STEPS=skew))
    client, account = people.signed_in()
    account.totp = app = people.set_up_totp(client, account)
    assert verify(client, app.code()).status == 200
    for offset in range(-skew - 1, skew + 2):
        app.rest()
        expected = (200, None) if abs(offset) <= skew else WRONG
        assert verify(client, app.code(offset)).refusal == expected, offset


# RFC 6238 §6: a clock that goes wrong is followed, as far as a code shows where it is
def test_the_clock_of_an_authenticator_is_learnt(people):
    client, account = people.with_totp()
    app = account.totp
    app.rest()
    assert verify(client, app.code(1)).status == 200
    assert verify(client, app.code(2)).status == 200, "one step beyond where the last code was"
    assert verify(client, app.code(5)).refusal == WRONG


MALFORMED = [
    "",
    "12345",
    "1234567",
    "12345678",
    "１２３４５６",
    "١٢٣٤٥٦",
    "+12345",
    "-12345",
    " 123456",
    "123456 ",
    "123 456",
    "12345\n",
    "12345a",
    "0x1234",
    "12345\u0000",
    "1" * 4000,
]


# RFC 4226 §5.3
def test_what_is_no_code_is_told_so_and_costs_no_try(people):
    client, account = people.with_totp()
    browser, challenge = people.challenge(account)
    for code in MALFORMED:
        for reply in (verify(client, code), verify(browser, code, challenge_id=challenge)):
            assert reply.refusal == INVALID, code
            assert reply.field_errors == {("code", "invalid_format")}
    for code, error in ((123456, "type"), (None, "type"), (["123456"], "type"), ({}, "type")):
        assert verify(client, code).field_errors == {("code", error)}
    assert client.post("/auth/mfa/totp/verify", {}, csrf=True).field_errors == {("code", "required")}
    assert verify(browser, account.totp.fresh_code(), challenge_id=challenge).status == 200
    assert verify(client, account.totp.fresh_code()).status == 200


def test_members_of_another_type_are_named(people):
    session, account = people.with_totp()
    client, challenge = people.challenge(account)
    code = account.totp.fresh_code()
    assert verify(session, code, end_other_sessions="yes").field_errors == {("end_other_sessions", "type")}
    for wrong in ({"challenge_id": 5}, {"challenge_id": None}, {"remember_browser": 1}):
        reply = verify(client, code, **{"challenge_id": challenge} | wrong)
        assert reply.field_errors == {(name, "type") for name in wrong}
    assert verify(client, code, challenge_id=challenge).status == 200


def oathtool(secret: str, algorithm: str, digits: int, period: int, at: int) -> str:
    arguments = ["oathtool", f"--totp={algorithm.lower()}", "-b", "-d", str(digits), "-s", f"{period}s", "-N", f"@{at}"]
    return subprocess.run([*arguments, "-"], input=secret, capture_output=True, text=True, check=True).stdout.strip()


# RFC 6238 §4
@pytest.mark.parametrize("algorithm, digits, period", [("SHA1", 6, 30), ("SHA256", 8, 60), ("SHA512", 8, 15)])
def test_independent_apps_agree_whatever_the_parameters(start_server, algorithm, digits, period):
    people = People(start_server(TOTP_ALGORITHM=algorithm, TOTP_DIGITS=digits, TOTP_PERIOD_SECONDS=period))
    client, account = people.signed_in()
    setup = client.post("/auth/mfa/totp/setup", csrf=True).json
    assert (setup["algorithm"], setup["digits"], setup["period"]) == (algorithm, digits, period)
    app = pyotp.parse_uri(setup["provisioning_uri"])
    assert (app.secret, app.digits, app.interval) == (setup["secret"], digits, period)
    assert app.digest().name == algorithm.lower()
    wait_for_rest(5, period)
    for ahead in (0, 1):
        now = int(time.time()) + ahead * period
        code = oathtool(setup["secret"], algorithm, digits, period, now)
        assert code == app.at(now) and len(code) == digits
        assert verify(client, code).status == 200
    assert verify(client, code[:6] if digits == 8 else code + "00").refusal == INVALID


# RFC 6238 appendix B is in the unit tests; here: an authenticator keeps the parameters that it was made with
def test_other_settings_leave_authenticators_as_they_are(start_server):
    server = start_server()
    people = People(server)
    client, account = people.with_totp()
    server.settings |= {"TOTP_ALGORITHM": "SHA512", "TOTP_DIGITS": "8", "TOTP_PERIOD_SECONDS": "60"}
    server.restart()
    signed_in = people.sign_in(account)
    assert [factor["digits"] for factor in factors(signed_in)] == [6]
    assert people.set_up_totp(signed_in, account).app.digits == 8


# ASVS 11.3.3, 6.5.3
def test_the_secret_is_nowhere_in_the_record(server, people):
    client, account = people.signed_in()
    app = people.set_up_totp(client, account)
    raw = base64.b32decode(app.app.secret)
    (waiting,) = server.rows("SELECT secret FROM totp_enrolments WHERE user_id = ?", account.id)
    assert verify(client, app.fresh_code()).status == 200
    (active,) = server.rows("SELECT secret FROM totp_authenticators WHERE user_id = ?", account.id)
    for row in (waiting, active):
        assert raw not in row["secret"] and app.app.secret.encode() not in row["secret"]
    assert waiting["secret"] != active["secret"]


# ASVS 6.3.7, 16.3.3, 63B §4.1.2.1
def test_the_owner_hears_of_an_authenticator_that_came_and_one_that_went(server, people):
    client, account = people.signed_in()
    before = len(people.mails(account.email))
    people.enrol_totp(client, account)
    assert len(people.mails(account.email, count=before + 1)) == before + 1
    assert client.post("/auth/mfa/totp/disable", csrf=True).json == {"success": True}
    assert len(people.mails(account.email, count=before + 2)) == before + 2
    assert "127.0.0.1" in people.mails(account.email)[0]["text"]
    assert len(events(server, account, "mfa.factor_added")) == len(events(server, account, "mfa.factor_removed")) == 1


# ASVS 6.5.6, 63B §4.5
def test_without_its_authenticator_an_account_needs_its_password_alone(people):
    client, account = people.with_totp()
    other, codes = people.sign_in(account), people.recovery_codes(client)
    assert client.post("/auth/mfa/totp/disable", csrf=True).status == 200
    assert client.get("/auth/me").json["totp_enabled"] is False and factors(client) == []
    assert other.get("/auth/me").status == 401
    account.totp = None
    client = people.sign_in(account)
    assert client.get("/auth/me").json["aal"] == 1
    reply = client.post("/auth/mfa/recovery/verify", {"code": codes[0]}, csrf=True)
    assert reply.refusal in (WRONG, EXPIRED), "the codes went with what they stood in for"


def test_removing_may_leave_the_other_sessions(people):
    client, account = people.with_totp()
    other = people.sign_in(account)
    body = {"end_other_sessions": False}
    assert client.post("/auth/mfa/totp/disable", body, csrf=True).status == 200
    assert other.get("/auth/me").json["totp_enabled"] is False


def test_what_is_not_there_cannot_be_removed(people):
    client, _ = people.stepped_up()
    assert client.post("/auth/mfa/totp/disable", csrf=True).refusal == (409, "conflict")


# ASVS 6.3.3, 6.5.6
def test_the_last_factor_of_a_role_that_must_have_one_stays(start_server):
    people = People(start_server(MFA_REQUIRED_ROLES="user"))
    client, account = people.with_totp()
    assert client.post("/auth/mfa/totp/disable", csrf=True).refusal == (409, "conflict")
    people.recovery_codes(client)
    assert client.post("/auth/mfa/totp/disable", csrf=True).refusal == (409, "conflict"), "codes stand in for another"
    assert people.sign_in(account).get("/auth/me").json["aal"] == 2
