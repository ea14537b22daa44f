"""A browser whose owner asked not to be asked again: a sign-in there needs the password alone, and is worth no more."""

import pytest

from harness.client import SESSION_COOKIE
from harness.people import People, fresh_password
from harness.server import Server

STEP_UP = (403, "step_up_required")
DAYS = 30
COOKIES = ("__Host-sid", "csrf_token", "__Host-pre", "__Host-device")


@pytest.fixture(scope="module")
def trusting(backend, tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("trusting"), backend, {"MFA_TRUSTED_BROWSER_DAYS": DAYS}).start()
    yield People(server)
    server.stop()


def remember(people, account):
    """A browser that gave the second factor and is to be remembered."""
    client, challenge = people.challenge(account)
    people.answer(client, challenge, account, remember_browser=True)
    return client


def asked(client, account) -> bool:
    reply = client.post("/auth/login", account.credentials)
    assert reply.status == 200, reply
    return reply.json["mfa_required"]


# ASVS 6.3.3, 63B §5.1
def test_the_next_sign_in_needs_no_code_and_is_aal1(trusting):
    account = trusting.with_totp()[1]
    client = remember(trusting, account)
    assert client.get("/auth/me").json["aal"] == 2
    assert not asked(client, account)
    me = client.get("/auth/me").json
    assert (me["aal"], me["amr"]) == (1, ["pwd"])
    assert asked(trusting.browser(), account), "another browser"


def test_signing_out_does_not_forget_the_browser(trusting):
    account = trusting.with_totp()[1]
    client = remember(trusting, account)
    assert client.post("/auth/logout", csrf=True).status == 200
    assert client.get("/auth/me").status == 401
    assert not asked(client, account)


# ASVS 7.5.1, 7.5.3: never fresh, and one step-up away from all
def test_such_a_session_counts_for_no_step_up(trusting):
    account = trusting.with_totp()[1]
    client = remember(trusting, account)
    assert not asked(client, account)
    assert client.post("/auth/step-up/check", csrf=True).json == {"requires_mfa": True, "methods": ["totp"]}
    assert client.get("/auth/me/export").refusal == STEP_UP
    assert client.post("/auth/step-up/password", {"password": account.password}, csrf=True).refusal == STEP_UP
    assert trusting.step_up(client, account).status == 200
    assert client.get("/auth/me/export").status == 200 and client.get("/auth/me").json["aal"] == 2


# ASVS 3.3.1, 3.3.2, 3.3.4
def test_the_cookie_is_the_servers_own_and_lives_so_many_days(trusting):
    account = trusting.with_totp()[1]
    client, challenge = trusting.challenge(account)
    cookies = trusting.answer(client, challenge, account, remember_browser=True).set_cookies
    (cookie,) = [cookie for name, cookie in cookies.items() if name not in COOKIES]
    assert cookie.name.startswith("__Host-") and account.id not in cookie.value
    assert cookie.attributes == {"path": "/", "samesite": "Strict", "secure": "", "httponly": "", "max-age": str(DAYS * 86400)}


def test_who_does_not_ask_is_not_remembered(trusting):
    account = trusting.with_totp()[1]
    client, challenge = trusting.challenge(account)
    trusting.answer(client, challenge, account, remember_browser=False)
    assert asked(client, account)


def test_it_is_off_unless_it_is_turned_on(people):
    account = people.with_totp()[1]
    client = remember(people, account)
    assert set(client.cookies) <= set(COOKIES)
    assert asked(client, account)
    assert client.get("/auth/mfa").json["trusted_browser_days"] == 0


# ASVS 6.3.3: turning it off means the browsers that are remembered, not only those to come
def test_turning_it_off_forgets_the_browsers_that_are_trusted(start_server):
    server = start_server(MFA_TRUSTED_BROWSER_DAYS=DAYS)
    people = People(server)
    account = people.with_totp()[1]
    client = remember(people, account)
    assert not asked(client, account)
    server.settings["MFA_TRUSTED_BROWSER_DAYS"] = 0
    server.restart()
    assert asked(client, account)


# ASVS 6.1.1, 9.2.1, attack 36
def test_one_account_is_remembered_and_not_another(trusting):
    client = remember(trusting, trusting.with_totp()[1])
    assert asked(client, trusting.with_totp()[1])


# ASVS 9.1.1
@pytest.mark.parametrize("value", ["x", "A" * 66, "a." * 512, "__Host-device"], ids=["short", "form", "long", "the other"])
def test_a_cookie_that_was_made_up_is_nothing(trusting, value):
    account = trusting.with_totp()[1]
    client = remember(trusting, account)
    (name,) = set(client.cookies) - set(COOKIES)
    client.cookies[name] = client.cookies.get(value, value)
    assert asked(client, account)


# ASVS 6.3.3: whoever had the old password may have been remembered
def test_another_password_forgets_the_browser(trusting):
    account = trusting.with_totp()[1]
    client = remember(trusting, account)
    body = {"current_password": account.password, "new_password": fresh_password()}
    assert client.post("/auth/password/change", body, csrf=True).status == 200
    account.password = body["new_password"]
    assert asked(client, account)


def test_a_reset_forgets_the_browser(trusting):
    account = trusting.with_totp()[1]
    client = remember(trusting, account)
    trusting.ask_for_reset(account.email)
    account.password = fresh_password()
    assert trusting.reset(trusting.reset_token(account.email), account.password).status == 200
    assert asked(client, account)


# ASVS 6.5.6: another authenticator was never given there
def test_another_factor_forgets_the_browser(trusting):
    account = trusting.with_totp()[1]
    client = remember(trusting, account)
    trusting.enrol_totp(trusting.sign_in(account), account)
    assert asked(client, account)


# ASVS 6.3.3
def test_a_role_that_must_have_a_factor_is_always_asked(start_server):
    people = People(start_server(MFA_TRUSTED_BROWSER_DAYS=DAYS, MFA_REQUIRED_ROLES="staff,admin"))
    account = people.with_totp()[1]
    client = remember(people, account)
    assert not asked(client, account)
    assert people.server.command("user", "set-role", account.email, "staff").returncode == 0
    assert asked(client, account), "what was remembered before counts no more"
    client = remember(people, account)
    assert asked(client, account)
    assert SESSION_COOKIE in client.cookies
