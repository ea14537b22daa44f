"""Passkey ceremonies that run at the same instant: each challenge, credential and count is good for one of them."""

import pytest

from harness.audit import details
from harness.client import SESSION_COOKIE
from harness.concurrently import at_once
from harness.instances import elsewhere
from harness.passkey_flows import get_body, make_body, register, start_login, start_registration, start_step_up, try_login
from harness.passkeys import Passkey
from harness.people import People

EXPIRED, WRONG, REFUSED = (400, "challenge_expired"), (401, "mfa_failed"), (400, "invalid_request")
LOGIN, STEP_UP, REGISTER = ("/auth/webauthn/login/finish", "/auth/step-up/webauthn/finish", "/auth/webauthn/register/finish")


def all_post(views, path: str, bodies: list[dict]) -> list:
    return at_once([lambda v=view, b=body: v.post(path, b, csrf=True) for view, body in zip(views, bodies)])


def refusals(replies) -> list[tuple]:
    return sorted({reply.refusal for reply in replies if reply.status != 200})


def won(replies) -> int:
    return [reply.status for reply in replies].count(200)


# WA §7.2 step 11, ASVS 15.4.2
def test_one_sign_in_of_one_challenge(server, people):
    account = people.with_passkey()[1]
    client = people.browser()
    body = get_body(client, account.passkey, start_login(client))
    views = [elsewhere(client, server) for _ in range(20)]
    replies = all_post(views, LOGIN, [body] * 20)
    assert won(replies) == 1 and refusals(replies) == [EXPIRED]
    assert [view.get("/auth/me").status for view in views].count(200) == 1
    assert len(details(server, account, "login.succeeded")) == 2, "with the first, by password"


# WA §7.1 step 8, ASVS 15.4.2
def test_one_registration_of_one_challenge(server, people):
    client, account = people.signed_in()
    asked = start_registration(client)
    views = [elsewhere(client, server) for _ in range(20)]
    replies = all_post(views, REGISTER, [make_body(client, Passkey(), asked) for _ in views])
    assert won(replies) == 1 and set(refusals(replies)) <= {EXPIRED, (401, "unauthenticated")}
    assert len(server.rows("SELECT id FROM webauthn_credentials WHERE user_id = ?", account.id)) == 1
    assert len(details(server, account, "mfa.factor_added")) == 1


# WA §7.2 step 11, ASVS 15.4.2
def test_one_step_up_of_one_challenge(server, people):
    client, account = people.with_passkey()
    body = get_body(client, account.passkey, start_step_up(client))
    views = [elsewhere(client, server) for _ in range(20)]
    replies = all_post(views, STEP_UP, [body] * 20)
    assert won(replies) == 1 and set(refusals(replies)) <= {EXPIRED, (401, "unauthenticated")}
    assert [view.get("/auth/me").status for view in views].count(200) == 1


# ASVS 15.4.2: several challenges of one pending sign-in end it once
def test_one_session_of_one_password(server, people):
    account = people.with_passkey()[1]
    client = people.browser()
    answer = client.post("/auth/login", account.credentials).json
    asked = [answer["webauthn"]] + [start_login(client, challenge_id=answer["challenge_id"]) for _ in range(3)]
    views = [elsewhere(client, server) for _ in asked]
    replies = all_post(views, LOGIN, [get_body(client, account.passkey, one) for one in asked])
    assert won(replies) == 1 and refusals(replies) == [EXPIRED]


# WA §7.1 step 26: the same credential, by two accounts at once
def test_one_credential_is_of_one_account(server, people):
    passkey, stolen = Passkey(), Passkey()
    clients = [people.signed_in()[0] for _ in range(6)]
    bodies = [make_body(client, stolen, start_registration(client), credential_id=passkey.id) for client in clients]
    replies = all_post(clients, REGISTER, bodies)
    assert won(replies) == 1 and refusals(replies) == [REFUSED]
    shown = [client.get("/auth/me").json["webauthn_enabled"] for client in clients]
    assert shown == [reply.status == 200 for reply in replies]
    stored = server.rows("SELECT user_id FROM webauthn_credentials WHERE credential_id = ?", passkey.id)
    assert len(stored) == 1


# WA §7.1 step 27: the limit holds also where all come at once
def test_no_account_gets_more_than_it_may_by_hurry(start_server):
    server = start_server(WEBAUTHN_MAX_CREDENTIALS=2)
    people = People(server)
    account = people.with_passkey()[1]
    views = [people.sign_in_with_passkey(account) for _ in range(5)]
    bodies = [make_body(view, Passkey(), start_registration(view), end_other_sessions=False) for view in views]
    replies = all_post(views, REGISTER, bodies)
    assert won(replies) == 1 and refusals(replies) == [(409, "conflict")]
    assert len(server.rows("SELECT id FROM webauthn_credentials WHERE user_id = ?", account.id)) == 2


# WA §7.2 step 22: passkeys that count nothing sign in at the same instant, as synced ones do
def test_passkeys_without_a_count_do_not_hinder_each_other(people):
    account = people.with_passkey()[1]
    views = [people.browser() for _ in range(4)]
    bodies = [get_body(view, account.passkey, start_login(view)) for view in views]
    assert won(all_post(views, LOGIN, bodies)) == 4


# ASVS 15.4.2: removed and used at once: signed in before, or not at all
def test_a_passkey_is_removed_while_it_is_used(server, people):
    client, account = people.with_passkey()
    register(client)
    views = [people.browser() for _ in range(6)]
    bodies = [get_body(view, account.passkey, start_login(view)) for view in views]
    path = f"/auth/webauthn/credentials/{account.passkey.record['id']}"
    removal, *replies = at_once(
        [lambda: client.delete(path, csrf=True)]
        + [lambda v=view, b=body: v.post(LOGIN, b, csrf=True) for view, body in zip(views, bodies)]
    )
    assert removal.status == 200
    assert set(refusals(replies)) <= {WRONG, EXPIRED}
    assert {view.get("/auth/me").status for view in views} == {401}, "the others' sessions end with the removal"
    assert try_login(people.browser(), account.passkey).refusal == WRONG
    assert all(SESSION_COOKIE in reply.set_cookies for reply in replies if reply.status == 200)


# ASVS 15.4.2, attack 13
@pytest.mark.servers
def test_one_challenge_over_three_instances(start_instances):
    group = start_instances(3)
    people = People(group[0])
    account = people.with_passkey()[1]
    client = people.browser()
    body = get_body(client, account.passkey, start_login(client))
    views = [elsewhere(client, group[number % 3]) for number in range(20)]
    replies = all_post(views, LOGIN, [body] * 20)
    assert won(replies) == 1 and refusals(replies) == [EXPIRED]
    assert [view.get("/auth/me").status for view in views].count(200) == 1
