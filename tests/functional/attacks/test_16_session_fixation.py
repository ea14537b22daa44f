"""Attack 16: a cookie planted before the sign-in; the old id after a sign-in, a step-up, a change of role -> never valid."""

import pytest

from harness.client import CSRF_COOKIE, SESSION_COOKIE
from harness.passkey_flows import try_login, try_step_up
from harness.people import fresh_password

UNAUTHENTICATED = (401, "unauthenticated")


def by_password(people, client):
    account = people.verified()
    return account, lambda: client.post("/auth/login", account.credentials)


def by_totp(people, client):
    account = people.with_totp()[1]
    return account, lambda: people.sign_in_again(client, account)


def by_passkey(people, client):
    account = people.with_passkey()[1]
    return account, lambda: try_login(client, account.passkey)


WAYS_IN = [by_password, by_totp, by_passkey]


def is_valid(people, value: str, **cookies) -> bool:
    line = "; ".join(f"{name}={one}" for name, one in ({SESSION_COOKIE: value} | cookies).items())
    return people.browser().get("/auth/me", cookies=line).status == 200


# ASVS 7.2.4, attack 16
@pytest.mark.parametrize("planted", ["A" * 43, "a value that nobody made", "_" * 43], ids=["form", "words", "edge"])
@pytest.mark.parametrize("way", WAYS_IN, ids=lambda way: way.__name__)
def test_a_made_up_id_is_never_adopted(people, way, planted):
    client = people.browser()
    account, sign_in = way(people, client)
    client.cookies[SESSION_COOKIE] = planted
    assert sign_in().status == 200
    assert client.cookies[SESSION_COOKIE] != planted and not is_valid(people, planted)
    assert client.get("/auth/me").json["id"] == account.id


# ASVS 7.2.4, attack 16: the attacker's own live session, put into the victim's browser
@pytest.mark.parametrize("way", WAYS_IN, ids=lambda way: way.__name__)
def test_a_session_of_the_attacker_does_not_become_the_victims(people, way):
    attacker, his = people.signed_in()
    client = people.browser()
    account, sign_in = way(people, client)
    client.cookies.update(attacker.cookies)
    assert sign_in().status == 200
    assert client.cookies[SESSION_COOKIE] != attacker.cookies[SESSION_COOKIE]
    assert client.cookies[CSRF_COOKIE] != attacker.cookies[CSRF_COOKIE]
    reply = attacker.get("/auth/me")
    assert reply.refusal == UNAUTHENTICATED or reply.json["id"] == his.id, "never the victim's"
    assert client.get("/auth/me").json["id"] == account.id


# ASVS 7.2.4, attack 16: what binds a pending sign-in is planted too
@pytest.mark.parametrize("name", ["__Host-pre", CSRF_COOKIE, "__Host-device"])
@pytest.mark.parametrize("way", WAYS_IN, ids=lambda way: way.__name__)
def test_no_other_planted_cookie_leads_into_the_session(people, way, name):
    attacker = people.signed_in()[0]
    attacker.get("/auth/csrf?for=challenge")
    client = people.browser()
    account, sign_in = way(people, client)
    planted = attacker.cookies.get(name, "A" * 43)
    client.cookies[name] = planted
    assert sign_in().status == 200
    assert client.cookies[SESSION_COOKIE] != planted and not is_valid(people, planted)
    foreign = client.post(
        "/auth/logout",
        csrf=attacker.cookies[CSRF_COOKIE],
        cookies=f"{SESSION_COOKIE}={client.cookies[SESSION_COOKIE]}; " f"{CSRF_COOKIE}={attacker.cookies[CSRF_COOKIE]}",
    )
    assert foreign.refusal == (403, "csrf_failed")
    assert client.get("/auth/me").json["id"] == account.id


def sign_in_again(people, client, account):
    return people.sign_in_again(client, account)


def step_up(people, client, account):
    return people.step_up(client, account)


def enrol(people, client, account):
    people.enrol_totp(client, account)


def change_password(people, client, account):
    wanted = fresh_password()
    body = {"current_password": account.password, "new_password": wanted}
    assert client.post("/auth/password/change", body, csrf=True).status == 200


def command(*words):
    def act(people, client, account):
        assert people.server.command(words[0], words[1], account.email, *words[2:]).returncode == 0

    return act


EVENTS = {
    "signed in again": sign_in_again,
    "stepped up": step_up,
    "a factor enrolled": enrol,
    "password changed": change_password,
    "made staff": command("user", "set-role", "staff"),
    "made admin": command("user", "set-role", "admin"),
}


# ASVS 7.2.4, attack 16
@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS.keys())
def test_the_old_id_is_never_valid_again(people, event):
    client, account = people.signed_in()
    old = dict(client.cookies)
    event(people, client, account)
    assert not is_valid(people, old[SESSION_COOKIE])
    assert not is_valid(people, old[SESSION_COOKIE], **{CSRF_COOKIE: client.cookies[CSRF_COOKIE]})
    line = f"{SESSION_COOKIE}={old[SESSION_COOKIE]}; {CSRF_COOKIE}={old[CSRF_COOKIE]}"
    for path in ("/auth/logout", "/auth/step-up/check"):
        assert people.browser().post(path, cookies=line, csrf=old[CSRF_COOKIE]).refusal == UNAUTHENTICATED
    if client.cookies[SESSION_COOKIE] != old[SESSION_COOKIE]:
        assert client.get("/auth/me").json["id"] == account.id, "the new one is"
        assert client.post("/auth/step-up/check", csrf=old[CSRF_COOKIE]).refusal == (403, "csrf_failed")


# ASVS 7.2.4, attack 16: a role is taken away again, and what was signed in under it stays dead
def test_a_role_that_comes_and_goes_revives_nothing(people):
    client, account = people.signed_in()
    old = client.cookies[SESSION_COOKIE]
    for role in ("admin", "user"):
        assert people.server.command("user", "set-role", account.email, role).returncode in (0, 1)
        assert not is_valid(people, old)
    assert people.sign_in(account).get("/auth/me").status == 200


# ASVS 7.2.4, attack 16
def test_the_old_id_is_dead_after_a_step_up_by_passkey(people):
    client, account = people.with_passkey()
    old = client.cookies[SESSION_COOKIE]
    assert try_step_up(client, account.passkey).status == 200
    assert not is_valid(people, old) and is_valid(people, client.cookies[SESSION_COOKIE])
