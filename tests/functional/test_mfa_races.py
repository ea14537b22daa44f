"""One code, twenty requests at once: exactly one of them is let in."""

from harness.client import CSRF_COOKIE, SESSION_COOKIE
from harness.concurrently import at_once
from harness.instances import elsewhere

REFUSED = {(401, "code_already_used"), (401, "mfa_failed"), (400, "challenge_expired"), (429, "account_locked")}


def race(views, path: str, code: str) -> list:
    """`views`: browsers, each with the challenge it has or None."""

    def body(challenge):
        return {"code": code} | ({"challenge_id": challenge} if challenge else {})

    return at_once([lambda v=view, c=challenge: v.post(path, body(c), csrf=True) for view, challenge in views])


def assert_one_got_in(views, replies) -> None:
    refusals = [reply.refusal for reply in replies]
    assert [status for status, _ in refusals].count(200) == 1, refusals
    assert set(refusals) <= REFUSED | {(200, None), (401, "unauthenticated")}, refusals
    cookies = {view.cookies[SESSION_COOKIE] for (view, _), reply in zip(views, replies) if reply.status == 200}
    assert len(cookies) == 1


# ASVS 6.5.1, 15.4.2, 63B §3.1.4.2
def test_one_code_over_twenty_challenges(people):
    account = people.with_totp()[1]
    views = [people.challenge(account) for _ in range(20)]
    replies = race(views, "/auth/mfa/totp/verify", account.totp.fresh_code())
    assert_one_got_in(views, replies)
    assert [view.get("/auth/me").status for view, _ in views].count(200) == 1


# ASVS 6.5.1, 15.4.2
def test_one_code_for_one_challenge(people):
    account = people.with_totp()[1]
    client, challenge = people.challenge(account)
    views = [(elsewhere(client, people.server), challenge) for _ in range(20)]
    assert_one_got_in(views, race(views, "/auth/mfa/totp/verify", account.totp.fresh_code()))


# ASVS 6.5.1, 15.4.2
def test_one_code_in_twenty_sessions(people):
    account = people.with_totp()[1]
    views = [(people.sign_in(account), None) for _ in range(20)]
    replies = race(views, "/auth/mfa/totp/verify", account.totp.fresh_code())
    assert_one_got_in(views, replies)
    assert {view.get("/auth/me").status for view, _ in views} == {200}, "who came too late keeps the session as it was"


# 63B §3.1.4.1, ASVS 15.4.2
def test_one_code_confirms_one_set_up_once(server, people):
    client, account = people.signed_in()
    app = people.set_up_totp(client, account)
    views = [(elsewhere(client, people.server), None) for _ in range(20)]
    assert_one_got_in(views, race(views, "/auth/mfa/totp/verify", app.fresh_code()))
    rows = server.rows("SELECT id FROM audit_logs WHERE event = 'mfa.factor_added' AND subject_id = ?", account.id)
    assert len(rows) == 1


# ASVS 2.3.1, 15.4.2: each code is right and costs a hash, during which the others are counted; the challenge opens once
def test_five_recovery_codes_for_one_challenge(people):
    client, account = people.with_totp()
    codes = people.recovery_codes(client)[:5]
    browser, challenge = people.challenge(account)
    cookies, token = dict(browser.cookies), browser.cookies[CSRF_COOKIE]

    def answer(code):
        view = people.browser()
        view.cookies.update(cookies)
        return view.post("/auth/mfa/recovery/verify", {"challenge_id": challenge, "code": code}, csrf=token)

    replies = at_once([lambda code=code: answer(code) for code in codes])
    assert sorted(reply.status for reply in replies) == [200, 400, 400, 400, 400]
    assert {reply.refusal for reply in replies if reply.status == 400} == {(400, "challenge_expired")}
    winner = next(reply for reply in replies if reply.status == 200)
    assert winner.json["remaining"] == 9, "the codes of those who came too late are not spent"
