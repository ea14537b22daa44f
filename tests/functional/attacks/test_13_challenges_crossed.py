"""Attack 13: the challenge of A with the code of B; a challenge to sign in for a step-up; challenge_id as a cookie, a
session token as a challenge -> refused, burned.

A ceremony with a passkey is spent by whatever is tried with it. A sign-in that waits for a code bears five tries, so that
a slip is no new sign-in, and five wrong ones end it; from another browser it is not reached, so that nobody burns it.
"""

import pytest

from harness.client import CSRF_COOKIE, SESSION_COOKIE
from harness.passkey_flows import (
    finish_login,
    finish_registration,
    finish_step_up,
    get_body,
    make_body,
    register,
    start_login,
    start_registration,
    start_step_up,
)
from harness.passkeys import Passkey

WRONG, EXPIRED, UNAUTHENTICATED = (401, "mfa_failed"), (400, "challenge_expired"), (401, "unauthenticated")
PRE_SESSION = "__Host-pre"


class Owner:
    """Of an account with every factor: a session, and a browser in which he signs in once more."""

    def __init__(self, people):
        self.people = people
        self.session, self.account = people.with_totp()
        self.codes = people.recovery_codes(self.session)
        self.passkey = register(self.session)
        self.browser = people.browser()

    def sign_in_waiting(self) -> dict:
        reply = self.browser.post("/auth/login", self.account.credentials)
        return {"challenge_id": reply.json["challenge_id"], "webauthn": reply.json["webauthn"]}


@pytest.fixture
def owner(people):
    return Owner(people)


# What is made in one place, each with the options of a ceremony where it has some.
SOURCES = {
    "a sign-in that waits for a code": lambda owner: owner.sign_in_waiting(),
    "a passkey after a password": lambda owner: owner.sign_in_waiting()["webauthn"],
    "a sign-in with a passkey": lambda owner: start_login(owner.browser),
    "a registration": lambda owner: start_registration(owner.session),
    "a step-up": lambda owner: start_step_up(owner.session),
}


def code(client, path: str, challenge: str, value: str):
    return client.post(path, {"challenge_id": challenge, "code": value}, csrf=True)


def tried_everywhere(owner, made: str) -> dict:
    """The answers of every place that takes a challenge, from the session and from the browser that waits."""
    answers = {}
    for name, client in (("session", owner.session), ("browser", owner.browser)):
        asked, created = start_login(owner.people.browser()), start_registration(owner.session)
        assertion = get_body(client, owner.passkey, asked) | {"challenge_id": made}
        attestation = make_body(client, Passkey(), created) | {"challenge_id": made}
        answers |= {
            ("code", name): code(client, "/auth/mfa/totp/verify", made, owner.account.totp.fresh_code()),
            ("recovery code", name): code(client, "/auth/mfa/recovery/verify", made, owner.codes[0]),
            ("passkey", name): client.post("/auth/webauthn/login/finish", assertion, csrf=True),
            ("step-up", name): client.post("/auth/step-up/webauthn/finish", assertion, csrf=True),
            ("registration", name): client.post("/auth/webauthn/register/finish", attestation, csrf=True),
        }
    return answers


OWN_PLACE = {
    "a sign-in that waits for a code": {("code", "browser"), ("recovery code", "browser")},
    "a passkey after a password": set(),
    "a sign-in with a passkey": set(),
    "a registration": set(),
    "a step-up": set(),
}


# ASVS 6.6.2, 2.2.3, attack 13
@pytest.mark.parametrize("source", SOURCES)
def test_a_challenge_opens_nothing_but_what_it_was_made_for(owner, source):
    made = SOURCES[source](owner)["challenge_id"]
    sessions = owner.session.cookies[SESSION_COOKIE]
    for place, reply in tried_everywhere(owner, made).items():
        if place not in OWN_PLACE[source]:
            assert reply.status in (400, 401, 403), (place, reply)
            assert SESSION_COOKIE not in reply.set_cookies, place
    if not OWN_PLACE[source]:
        assert owner.browser.get("/auth/me").refusal == UNAUTHENTICATED
        assert owner.session.cookies[SESSION_COOKIE] == sessions
    assert len(owner.session.get("/auth/webauthn/credentials").json["credentials"]) == 1


# ASVS 6.6.2, attack 13: whatever was tried, the ceremony is over
def test_a_ceremony_that_was_tried_elsewhere_is_burned(owner):
    browser, session, passkey = owner.browser, owner.session, owner.passkey
    signing_in, stepping_up, registering = start_login(browser), start_step_up(session), start_registration(session)
    assert finish_step_up(session, passkey, signing_in).refusal == EXPIRED
    body = get_body(browser, passkey, signing_in) | {"challenge_id": stepping_up["challenge_id"]}
    assert browser.post("/auth/webauthn/login/finish", body, csrf=True).refusal == EXPIRED
    body = get_body(session, passkey, signing_in) | {"challenge_id": registering["challenge_id"]}
    assert session.post("/auth/step-up/webauthn/finish", body, csrf=True).refusal == EXPIRED
    assert finish_login(browser, passkey, signing_in).refusal == EXPIRED
    assert finish_step_up(session, passkey, stepping_up).refusal == EXPIRED
    assert finish_registration(session, Passkey(), registering).refusal == EXPIRED


# ASVS 6.6.2, 2.2.3, attack 13
@pytest.mark.parametrize("path", ["/auth/mfa/totp/verify", "/auth/mfa/recovery/verify"])
def test_the_code_of_another_opens_nothing_and_five_burn_it(people, owner, path):
    theirs, other = people.with_totp()
    foreign = people.recovery_codes(theirs)
    challenge = owner.sign_in_waiting()["challenge_id"]
    for number in range(5):
        value = other.totp.fresh_code() if "totp" in path else foreign[number]
        assert code(owner.browser, path, challenge, value).refusal == WRONG
    right = owner.account.totp.fresh_code() if "totp" in path else owner.codes[0]
    assert code(owner.browser, path, challenge, right).refusal == EXPIRED
    assert owner.browser.get("/auth/me").refusal == UNAUTHENTICATED
    challenge = owner.sign_in_waiting()["challenge_id"]
    assert code(owner.browser, path, challenge, right).status == 200, "neither was spent on the way"


# ASVS 6.6.2, 7.2.4, attack 13: as a cookie, alone and beside the browser's own
@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("name", [SESSION_COOKIE, PRE_SESSION, CSRF_COOKIE, "__Host-device"])
def test_a_challenge_is_no_cookie(people, owner, source, name):
    made = SOURCES[source](owner)["challenge_id"]
    client = people.browser()
    client.cookies[name] = made
    assert client.get("/auth/me").refusal == UNAUTHENTICATED
    reply = code(client, "/auth/mfa/totp/verify", made, owner.account.totp.fresh_code())
    assert reply.refusal in (EXPIRED, (403, "csrf_failed"), UNAUTHENTICATED)
    assert SESSION_COOKIE not in reply.set_cookies


# ASVS 6.6.2, 7.2.4, attack 13: what else a browser holds is no challenge
def test_no_other_secret_is_a_challenge(owner):
    challenge = owner.sign_in_waiting()["challenge_id"]
    held = {**owner.session.cookies, **{f"waiting {name}": value for name, value in owner.browser.cookies.items()}}
    for name, value in held.items():
        for path in ("/auth/mfa/totp/verify", "/auth/mfa/recovery/verify"):
            right = owner.account.totp.fresh_code() if "totp" in path else owner.codes[0]
            assert code(owner.browser, path, value, right).refusal == EXPIRED, name
        asked = start_login(owner.people.browser())
        body = get_body(owner.browser, owner.passkey, asked) | {"challenge_id": value}
        assert owner.browser.post("/auth/webauthn/login/finish", body, csrf=True).refusal == EXPIRED, name
    assert code(owner.browser, "/auth/mfa/totp/verify", challenge, owner.account.totp.fresh_code()).status == 200
