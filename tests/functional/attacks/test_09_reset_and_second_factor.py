"""Attack 9: a reset with MFA enrolled; a reset link opened by a mail scanner (GET) -> MFA is still asked; GET changes
nothing."""

import pytest

from harness.audit import WITHOUT_LATE_ONES
from harness.client import SESSION_COOKIE
from harness.passkey_flows import finish_login
from harness.people import CONFIRM_CHANGE, RESET, UNDO_CHANGE, People, fresh_email, fresh_password, link_base_of

PAGES = {"verification": "/verify-email", "reset": "/reset-password", "change": "/confirm-email", "undo": "/confirm-email"}
SPEND = {
    "verification": "/auth/verify-email",
    "reset": "/auth/password/reset/confirm",
    "change": "/auth/email/change/confirm",
    "undo": "/auth/email/change/undo",
}


def reset(people, account) -> None:
    people.ask_for_reset(account.email)
    account.password = fresh_password()
    assert people.reset(people.reset_token(account.email), account.password).status == 200


def assert_asked(client, account, method: str) -> dict:
    reply = client.post("/auth/login", account.credentials)
    assert reply.json["mfa_required"] is True and method in reply.json["methods"], reply.json
    assert SESSION_COOKIE not in reply.set_cookies
    assert client.get("/auth/me").refusal == (401, "unauthenticated")
    return reply.json


# ASVS 6.4.3, attack 9: whoever reads the mail has one factor, in whatever browser
@pytest.mark.parametrize("place", ["a new browser", "the owner's", "the one that reset it"])
def test_after_a_reset_the_code_is_still_asked_for(people, place):
    session, account = people.with_totp()
    client = people.browser()
    if place == "the owner's":
        client = people.sign_in(account)
    people.ask_for_reset(account.email)
    account.password = fresh_password()
    body = {"token": people.reset_token(account.email), "new_password": account.password}
    resetting = client if place == "the one that reset it" else people.browser()
    assert resetting.post("/auth/password/reset/confirm", body).set_cookies == {}
    asked = assert_asked(client, account, "totp")
    people.answer(client, asked["challenge_id"], account)
    assert client.get("/auth/me").json["aal"] == 2


# ASVS 6.4.3, attack 9
def test_after_a_reset_the_passkey_is_still_asked_for(people):
    account = people.with_passkey()[1]
    reset(people, account)
    client = people.browser()
    asked = assert_asked(client, account, "webauthn")["webauthn"]
    assert finish_login(client, account.passkey, asked).status == 200


# ASVS 6.4.3, 6.3.3, attack 9: a browser that was to be remembered is none to whoever set the new password
def test_after_a_reset_no_browser_is_remembered(start_server):
    people = People(start_server(MFA_TRUSTED_BROWSER_DAYS=30))
    account = people.with_totp()[1]
    client, challenge = people.challenge(account)
    people.answer(client, challenge, account, remember_browser=True)
    assert client.post("/auth/login", account.credentials).json["mfa_required"] is False
    reset(people, account)
    client.cookies.pop(SESSION_COOKIE)
    assert_asked(client, account, "totp")


# ASVS 6.4.3, attack 9: the mail takes no factor away, nor does it open what only a factor opens
def test_after_a_reset_the_factors_are_the_same(server, people):
    session, account = people.with_totp()
    people.recovery_codes(session)
    held = "SELECT second_factors, factors_version FROM users WHERE id = ?"
    before = server.rows(held, account.id)
    reset(people, account)
    assert server.rows(held, account.id) == before
    assert set(people.login(account.email, account.password).json["methods"]) == {"totp", "recovery_code"}


def waiting(people, kind: str) -> tuple[str, dict]:
    """A token that was mailed, and what spends it; the mail's link is a page of this service."""
    if kind == "verification":
        email = people.register().email
        return email, {"token": people.token(email)}
    client, account = people.signed_in()
    if kind == "reset":
        people.ask_for_reset(account.email)
        return account.email, {"token": people.token(account.email, RESET), "new_password": fresh_password()}
    wanted = fresh_email()
    client.post("/auth/email/change", {"new_email": wanted}, csrf=True)
    token = people.token(wanted, CONFIRM_CHANGE)
    if kind == "change":
        return wanted, {"token": token}
    assert people.post(SPEND["change"], {"token": token}).status == 200
    return account.email, {"token": people.token(account.email, UNDO_CHANGE)}


def state(server) -> list:
    return [
        server.rows(f"SELECT * FROM {table} ORDER BY id")
        for table in ("users", "registrations", "one_time_tokens", "sessions", WITHOUT_LATE_ONES)
    ]


# ASVS 3.5.1, attack 9: a scanner follows the link, with its token in the query as some rewrite it, and tries the rest
@pytest.mark.parametrize("kind", SPEND)
def test_a_scanner_that_opens_the_link_changes_nothing(server, people, client, kind):
    email, body = waiting(people, kind)
    mail = people.mails(email)[0]
    assert link_base_of(mail) == server.public_url
    before = state(server)
    token = body["token"]
    for path in (PAGES[kind], f"{PAGES[kind]}?token={token}", f"{PAGES[kind]}?undo&token={token}"):
        for method in ("GET", "HEAD", "OPTIONS"):
            reply = client.request(method, path, headers={"User-Agent": "Mail-Scanner/1.0", "Purpose": "prefetch"})
            assert reply.status in (200, 204) and reply.set_cookies == {}
            assert token.encode() not in reply.body
    for path in (SPEND[kind], f"{SPEND[kind]}?token={token}"):
        assert client.get(path).refusal == (405, "method_not_allowed")
        assert client.request("HEAD", path).status == 405
        assert client.get(path, headers={"X-HTTP-Method-Override": "POST", "X-HTTP-Method": "POST"}).status == 405
        assert client.post(f"{path.split('?')[0]}?token={token}", {}).refusal == (422, "validation_failed")
    assert state(server) == before
    assert people.post(SPEND[kind], body).status == 200, "it is as good as ever for whoever means it"
