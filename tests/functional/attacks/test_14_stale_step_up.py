"""Attack 14: a password-only step-up for an account with TOTP; a step-up 301 s old; a step-up of another session -> 403
step_up_required.

STEP_UP_MAX_AGE_SECONDS is the default 300 here, and the record is set back in time; every route and a shorter setting are
in test_route_access.py.
"""

import pytest

from harness.ageing import age_proofs
from harness.passkey_flows import register, try_step_up
from harness.people import People, fresh_email

STEP_UP = (403, "step_up_required")
STEPPED_UP = [
    ("GET", "/auth/me/export"),
    ("POST", "/auth/mfa/totp/disable"),
    ("POST", "/auth/mfa/recovery-codes"),
    ("DELETE", "/auth/me"),
]
RECENT = [
    ("POST", "/auth/mfa/totp/setup"),
    ("POST", "/auth/webauthn/register/start"),
    ("POST", "/auth/sessions/revoke-others"),
    ("POST", "/auth/email/change"),
]


def ask(client, route):
    body = {"new_email": fresh_email()} if route[1].endswith("email/change") else None
    return client.request(*route, json=body, csrf=True)


# ASVS 7.5.1, attack 14: with the default of 300 seconds
@pytest.mark.parametrize("factor", ["password", "totp"])
def test_a_step_up_of_301_seconds_is_none(start_server, factor):
    server = start_server()
    people = People(server)
    client, account = people.stepped_up() if factor == "password" else people.with_totp()
    assert client.get("/auth/me/export").status == 200
    age_proofs(server, account.id, 240)  # the rest is for the restart
    assert client.get("/auth/me/export").status == 200, "it was younger"
    age_proofs(server, account.id, 61)
    for route in STEPPED_UP + RECENT:
        reply = ask(client, route)
        assert reply.refusal == STEP_UP and reply.json["methods"] == [factor], route
    body = {"current_password": account.password, "new_password": "an entirely new pass 17"}
    expected = STEP_UP if factor == "totp" else (200, None)
    assert client.post("/auth/password/change", body, csrf=True).refusal == expected


# ASVS 7.5.1, attack 14
@pytest.mark.parametrize("password", ["right", "wrong"])
def test_a_password_steps_no_account_up_that_has_totp(people, password):
    client, account = people.with_totp()
    fresh = people.sign_in(account)
    given = account.password if password == "right" else "not it at all 99"
    for browser in (client, fresh):
        cookies = dict(browser.cookies)
        reply = browser.post("/auth/step-up/password", {"password": given}, csrf=True)
        assert reply.refusal == STEP_UP and reply.json["methods"] == ["totp"] and reply.set_cookies == {}
        assert browser.cookies == cookies


# ASVS 7.5.1, attack 14: the strongest that the account has; a recovery code stands in for it, where it was lost
def test_of_several_factors_the_strongest_counts(start_server):
    server = start_server()
    people = People(server)
    client, account = people.with_totp()
    passkey = register(client)
    age_proofs(server, account.id, 301)
    for path, body in (
        ("/auth/step-up/password", {"password": account.password}),
        ("/auth/mfa/totp/verify", {"code": account.totp.fresh_code()}),
    ):
        client.post(path, body, csrf=True)
        assert client.get("/auth/me/export").refusal == STEP_UP, path
    assert try_step_up(client, passkey).status == 200
    assert client.get("/auth/me/export").status == 200


# ASVS 7.5.1, 7.5.3, attack 14
def test_a_step_up_is_of_one_session(people):
    client, account = people.signed_in()
    other, stranger = people.sign_in(account), people.signed_in()[0]
    assert people.step_up(other, account).status == 200
    for route in STEPPED_UP[:1] + STEPPED_UP[3:]:
        assert ask(client, route).refusal == ask(stranger, route).refusal == STEP_UP
    assert other.get("/auth/me/export").status == 200


# ASVS 7.5.1, attack 14: nor by what another session holds
def test_no_part_of_a_session_that_stepped_up_serves_another(people):
    client, account = people.signed_in()
    other = people.sign_in(account)
    before = dict(other.cookies)
    assert people.step_up(other, account).status == 200
    mixed = {**client.cookies, "csrf_token": other.cookies["csrf_token"], "__Host-device": other.cookies["__Host-device"]}
    line = "; ".join(f"{name}={value}" for name, value in mixed.items())
    assert client.get("/auth/me/export", cookies=line).refusal == STEP_UP
    reply = client.request("DELETE", "/auth/me", cookies=line, csrf=mixed["csrf_token"])
    assert reply.refusal == (403, "csrf_failed")
    old = "; ".join(f"{name}={value}" for name, value in before.items())
    assert client.get("/auth/me/export", cookies=old).refusal == (401, "unauthenticated")
