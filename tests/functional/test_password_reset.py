"""A new password by mail: for whoever reads the mailbox, once, and for nobody else."""

import hashlib
import time

import pytest

from harness.concurrently import at_once
from harness.instances import elsewhere, wait_refused
from harness.people import RESET, People, fresh_email, fresh_password, link_base_of, token_of

UNAUTHENTICATED = (401, "unauthenticated")
INVALID_TOKEN = (400, "invalid_token")


def asked(people, **members):
    """An account and the token of a reset link for it."""
    account = people.verified(**members)
    assert people.ask_for_reset(account.email).json == {"ok": True}
    return account, people.reset_token(account.email)


def links(people, email) -> list[str]:
    """Tokens of the reset links, newest first."""
    return [token for mail in people.mails(email) if (token := token_of(mail, RESET))]


# ASVS 6.4.3, 7.4.3
def test_a_reset_sets_the_password_and_ends_every_session(people):
    account, token = asked(people)
    sessions, password = [people.sign_in(account) for _ in range(3)], fresh_password()
    stranger, _ = people.signed_in()
    assert people.reset(token, password).json == {"ok": True}
    assert {session.get("/auth/me").refusal for session in sessions} == {UNAUTHENTICATED}
    assert people.login(account.email, account.password).refusal == (401, "invalid_credentials")
    assert people.login(account.email, password).status == 200
    assert stranger.get("/auth/me").status == 200


# ASVS 6.3.6, 6.4.3
def test_a_reset_signs_nobody_in(people, client):
    account, token = asked(people)
    reply = client.post("/auth/password/reset/confirm", {"token": token, "new_password": fresh_password()})
    assert reply.status == 200 and reply.set_cookies == {}
    assert client.get("/auth/me").refusal == UNAUTHENTICATED


# ASVS 6.4.3
def test_a_token_works_once(people):
    account, token = asked(people)
    password = fresh_password()
    assert people.reset(token, password).status == 200
    assert people.reset(token, fresh_password()).refusal == INVALID_TOKEN
    assert people.login(account.email, password).status == 200


# ASVS 6.4.3
def test_only_the_newest_link_lives(people):
    account, first = asked(people)
    people.ask_for_reset(account.email)
    second = people.reset_token(account.email)
    assert second != first
    assert people.reset(first, fresh_password()).refusal == INVALID_TOKEN
    assert people.reset(second, fresh_password()).status == 200


# ASVS 15.4.2: requests at once leave one link too
def test_of_requests_at_once_one_link_lives(server, people):
    account = people.verified()
    at_once([lambda: People(people.server).ask_for_reset(account.email)] * 3)
    mailed = links(people, account.email)
    assert len(mailed) == 3
    assert len(server.rows("SELECT id FROM one_time_tokens WHERE user_id = ?", account.id)) == 1
    assert sorted(people.reset(token, fresh_password()).status for token in mailed) == [200, 400, 400]


# CS Forgot Password, attack 3: a link that is not mailed must not kill the one that was
def test_three_links_an_hour_are_mailed_and_the_last_of_them_lives(people):
    account, _ = asked(people)
    replies = [people.ask_for_reset(account.email).without_request_id() for _ in range(5)]
    assert replies.count(replies[0]) == 5, "answers stay alike"
    mailed = links(people, account.email)
    assert len(mailed) == 3
    assert people.reset(mailed[0], fresh_password()).status == 200


# 63B §4.2.1.2; ASVS 6.4.3
def test_a_token_expires(start_server):
    people = People(start_server(PASSWORD_RESET_TTL_SECONDS=1))
    account, token = asked(people)
    time.sleep(1.1)
    assert people.reset(token, fresh_password()).refusal == INVALID_TOKEN
    assert people.login(account.email, account.password).status == 200


# DESIGN "Settled"
@pytest.mark.parametrize(
    "password, code", [("short", "too_short"), ("x" * 1025, "too_long"), ("Password123456", "too_common")]
)
def test_a_refused_password_does_not_spend_the_token(people, password, code):
    _, token = asked(people)
    assert people.reset(token, password).field_errors == {("new_password", code)}
    assert people.reset(token, fresh_password()).status == 200


# ASVS 6.2.11: the owner is who the token is for, not who sends it
def test_the_password_is_held_against_the_owners_address(people):
    account, token = asked(people, email=fresh_email("margarethe.hollerbach"))
    assert people.reset(token, "margarethe.hollerbach").field_errors == {("new_password", "own_data")}
    assert people.reset(token, fresh_password()).status == 200


def test_without_a_token_the_length_is_still_told_and_nothing_more(people):
    assert people.reset("A" * 43, "short").field_errors == {("new_password", "too_short")}
    assert people.reset("A" * 43, "Password123456").refusal == INVALID_TOKEN


@pytest.mark.parametrize(
    "damage",
    [
        lambda token: token[:-1],
        lambda token: token + "A",
        lambda token: token.swapcase(),
        lambda token: hashlib.sha256(token.encode()).hexdigest(),
        lambda token: "",
        lambda token: "' OR 1=1 --",
    ],
    ids=["truncated", "longer", "other case", "digest", "empty", "SQL"],
)
def test_a_damaged_token_is_refused_and_does_not_spend_the_real_one(people, damage):
    _, token = asked(people)
    assert people.reset(damage(token), fresh_password()).refusal == INVALID_TOKEN
    assert people.reset(token, fresh_password()).status == 200


# ASVS 6.4.3: a database dump resets nothing
def test_only_a_digest_of_the_token_is_stored(server, people):
    account, token = asked(people)
    (row,) = server.rows("SELECT token_hash FROM one_time_tokens WHERE user_id = ?", account.id)
    assert bytes(row["token_hash"]) == hashlib.sha256(token.encode()).digest()
    assert len(token) == 43, "256 bits in base64url"


# ASVS 6.3.8, attack 1: who has an account, who waits for a link, who is locked out
def test_asking_answers_alike_for_every_kind_of_address(start_server):
    server = start_server()
    people = People(server)
    known, waiting, disabled = people.verified(), people.register(), people.verified()
    assert server.command("user", "disable", disabled.email).returncode == 0
    replies = [
        people.ask_for_reset(email).without_request_id()
        for email in (known.email, waiting.email, disabled.email, fresh_email())
    ]
    assert [reply for reply in replies if reply != replies[0]] == []
    assert replies[0][0] == 200 and replies[0][1] == {"ok": True}


def test_only_the_owner_of_an_account_gets_a_link(start_server):
    server = start_server()
    people = People(server)
    known, waiting, disabled, unknown = people.verified(), people.register(), people.verified(), fresh_email()
    assert server.command("user", "disable", disabled.email).returncode == 0
    for email in (unknown, disabled.email, waiting.email, known.email):
        people.ask_for_reset(email)
    assert len(links(people, known.email)) == 1
    assert links(people, disabled.email) == [] and people.mails(unknown) == []
    advice = people.mails(waiting.email, count=2)[0]
    assert "#token=" not in advice["text"] + advice["html"], "no account yet: he is told to sign up again"
    assert server.rows("SELECT kind FROM one_time_tokens") == [{"kind": "reset_password"}]


# ASVS 7.4.2
def test_a_link_from_before_an_account_was_disabled_is_worth_nothing(start_server):
    server = start_server()
    people = People(server)
    account, token = asked(people)
    assert server.command("user", "disable", account.email).returncode == 0
    assert people.reset(token, fresh_password()).refusal == INVALID_TOKEN


# A look-alike request, attack 31
def test_the_mail_goes_to_the_stored_spelling(people):
    account = people.verified(fresh_email("Mixed.Case"))
    people.ask_for_reset(account.email.upper())
    assert people.mails(account.email)[0]["to"] == account.email


# CS Forgot Password: links are built from PUBLIC_URL
def test_no_header_leads_the_link_elsewhere(people, client):
    account = people.verified()
    headers = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "Forwarded": "host=evil.example"}
    assert client.post("/auth/password/reset/request", {"email": account.email}, headers=headers).status == 200
    (mail,) = [mail for mail in people.mails(account.email) if token_of(mail, RESET)]
    assert link_base_of(mail) == people.server.public_url
    assert "evil" not in mail["text"] + mail["html"]
    refused = client.post("/auth/password/reset/request", {"email": account.email}, headers={"Host": "evil.example"})
    assert refused.refusal == (400, "invalid_request")


# ASVS 6.3.7
def test_the_owner_is_told(people):
    account, token = asked(people)
    before = len(people.mails(account.email))
    people.reset(token, fresh_password())
    notice = people.mails(account.email, count=before + 1)[0]
    assert notice["subject"] == "Your password was changed" and "127.0.0.1" in notice["text"]


# ASVS 6.4.3: siblings die with it
def test_a_reset_kills_a_pending_change_of_address(people):
    client, account = people.signed_in()
    wanted = fresh_email()
    assert client.post("/auth/email/change", {"new_email": wanted}, csrf=True).status == 200
    change = people.token(wanted, "confirm-email")
    people.ask_for_reset(account.email)
    assert people.reset(people.reset_token(account.email), fresh_password()).status == 200
    assert people.post("/auth/email/change/confirm", {"token": change}).refusal == INVALID_TOKEN


# 63B §3.2.2: the way back from a spent budget of guesses
def test_a_reset_ends_the_lock_of_wrong_present_passwords(people):
    client, account = people.signed_in()
    for _ in range(10):
        client.post("/auth/step-up/password", {"password": fresh_password()}, csrf=True)
    assert people.step_up(client, account).status == 429
    people.ask_for_reset(account.email)
    account.password = fresh_password()
    assert people.reset(people.reset_token(account.email), account.password).status == 200
    assert people.step_up(people.sign_in(account), account).status == 200


# ASVS 7.4.3, attack 17: on every instance, at once
@pytest.mark.servers
def test_a_reset_ends_sessions_on_every_instance(start_instances):
    group = start_instances()
    people = People(group[0])
    account, token = asked(people)
    first = people.sign_in(account)
    second = elsewhere(first, group[1])
    assert second.get("/auth/me").status == 200
    assert people.reset(token, fresh_password()).status == 200
    assert first.get("/auth/me").refusal == UNAUTHENTICATED
    wait_refused(second)


# ASVS 3.5.1: unsafe, and bound to no session
def test_both_steps_refuse_a_foreign_origin(people, client):
    _, token = asked(people)
    foreign = {"Origin": "https://evil.example"}
    for path, body in (("request", {"email": fresh_email()}), ("confirm", {"token": token, "new_password": "x" * 20})):
        reply = client.post(f"/auth/password/reset/{path}", body, headers=foreign)
        assert reply.refusal == (403, "origin_not_allowed")


@pytest.mark.parametrize(
    "body, expected",
    [
        ({}, {("token", "required"), ("new_password", "required")}),
        ({"token": 1, "new_password": []}, {("token", "type"), ("new_password", "type")}),
    ],
)
def test_every_wrong_field_is_named(client, body, expected):
    assert client.post("/auth/password/reset/confirm", body).field_errors == expected
    assert client.post("/auth/password/reset/request", {"email": "nowhere"}).field_errors == {("email", "invalid_email")}
