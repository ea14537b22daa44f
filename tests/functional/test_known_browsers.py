"""A browser that signed in before is known by a cookie; its owner hears by mail of one that is not."""

import pytest

from harness.client import SESSION_COOKIE
from harness.people import fresh_password

COOKIE = "__Host-device"
YEAR = str(365 * 86400)


def news(people, account) -> list[dict]:
    return [mail for mail in people.mails(account.email) if mail["subject"] == "New sign-in to your account"]


@pytest.fixture
def settled(server, people):
    """An account that was not made a moment ago: then its first sign-in is no news."""
    account = people.verified()
    server.execute(f"UPDATE users SET created_at = '2026-01-01T00:00:00.000000Z' WHERE email = '{account.email}'")
    return account


# ASVS 3.3.1, 3.3.2, 3.3.4
def test_the_cookie_is_the_servers_own_and_lives_a_year(people):
    account = people.verified()
    cookie = people.login(account.email, account.password).set_cookies[COOKIE]
    assert cookie.attributes == {"path": "/", "samesite": "Strict", "secure": "", "httponly": "", "max-age": YEAR}
    assert len(cookie.value) < 100 and account.id not in cookie.value


def test_nobody_is_remembered_before_the_right_password(people):
    account = people.verified()
    assert COOKIE not in people.login(account.email, "not the password at all").set_cookies


# ASVS 6.3.5
def test_a_sign_in_from_a_new_browser_is_told_by_mail_and_one_from_a_known_is_not(people, settled):
    browser = people.sign_in(settled, user_agent="Call +44 20 7946 0000, Firefox/1.0 (X11; Linux)")
    (mail,) = news(people, settled)
    assert "Firefox on Linux" in mail["text"] and "127.0.0.1" in mail["text"]
    assert "7946" not in mail["text"] + mail["html"], "a stranger's words"
    assert browser.post("/auth/login", settled.credentials).status == 200
    assert len(news(people, settled)) == 1, "known by now"
    people.sign_in(settled)
    assert len(news(people, settled)) == 2


# ASVS 6.3.5: whoever had the old password may have signed in before
def test_another_password_makes_every_browser_but_the_one_at_hand_unknown(people, settled):
    browser, other = people.sign_in(settled), people.sign_in(settled)
    wanted = fresh_password()
    body = {"current_password": settled.password, "new_password": wanted}
    assert browser.post("/auth/password/change", body, csrf=True).status == 200
    settled.password = wanted
    seen = len(news(people, settled))
    assert browser.post("/auth/login", settled.credentials).status == 200
    assert len(news(people, settled)) == seen
    assert other.post("/auth/login", settled.credentials).status == 200
    assert len(news(people, settled)) == seen + 1


# ASVS 6.3.5
def test_a_reset_makes_every_browser_unknown(people, settled):
    browser = people.sign_in(settled)
    people.ask_for_reset(settled.email)
    settled.password = fresh_password()
    assert people.reset(people.reset_token(settled.email), settled.password).status == 200
    seen = len(news(people, settled))
    assert browser.post("/auth/login", settled.credentials).status == 200
    assert len(news(people, settled)) == seen + 1


def test_the_first_sign_in_after_signing_up_is_no_news(people):
    client, account = people.signed_in()
    assert news(people, account) == []


# ASVS 6.1.1, 9.2.1, attack 36
def test_the_cookie_of_one_account_does_nothing_for_another(people, settled):
    other, _ = people.signed_in()
    browser = people.browser()
    browser.cookies[COOKIE] = other.cookies[COOKIE]
    assert browser.post("/auth/login", settled.credentials).status == 200
    assert len(news(people, settled)) == 1


@pytest.mark.parametrize(
    "value", ["x", "~~~", "A" * 66, "a." * 512, "1" * 4000], ids=["short", "empty", "form", "long", "huge"]
)
def test_a_cookie_that_was_made_up_is_nothing(people, settled, value):  # ASVS 9.1.1
    browser = people.browser()
    browser.cookies[COOKIE] = value
    assert browser.post("/auth/login", settled.credentials).status == 200
    assert len(news(people, settled)) == 1
    assert len(browser.cookies[COOKIE]) < 400


def test_a_doubled_cookie_is_refused(people):  # ASVS 15.3.7
    account = people.verified()
    reply = people.browser().post("/auth/login", account.credentials, cookies=f"{COOKIE}=a; {COOKIE}=b")
    assert reply.refusal == (400, "invalid_request")


# ASVS 6.1.1
def test_a_known_browser_stands_in_for_nothing(people):
    client, account = people.signed_in()
    client.cookies.pop(SESSION_COOKIE)
    assert client.get("/auth/me").refusal == (401, "unauthenticated")
    assert client.post("/auth/login", account.credentials | {"password": "wrong all the same"}).status == 401
