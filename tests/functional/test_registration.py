"""Registration tells nobody who has an account, and activates only what its own mailbox proved."""

import pytest

from harness.concurrently import at_once
from harness.people import People, fresh_email, fresh_password, token_of


def register(client, email, password=None, **members):
    return client.post("/auth/register", {"email": email, "password": password or fresh_password()} | members)


# ASVS 6.3.8, attack 2
def test_a_taken_address_answers_like_a_free_one(client, people):
    taken = people.verified()
    known, unknown = register(client, taken.email), register(client, fresh_email())
    assert known.status == unknown.status == 200
    assert [name for name, _ in known.headers] == [name for name, _ in unknown.headers]
    assert known.json["email"] == taken.email
    assert known.json["id"] != taken.id, "the id must not show that the account exists"
    assert register(client, taken.email).json["id"] != known.json["id"]


# ASVS 6.3.8
def test_the_owner_of_a_taken_address_learns_by_mail_without_a_token(client, people):
    taken = people.verified()
    register(client, taken.email)
    notice, verification = people.mails(taken.email, count=2)
    assert token_of(notice) is None and token_of(verification)
    assert "#token=" not in notice["html"] + notice["text"]


def test_registering_again_does_not_change_the_account(client, people):
    owner = people.verified(name="Owner")
    register(client, owner.email, "another long password", name="Intruder")
    assert people.login(owner.email, "another long password").refusal == (403, "email_not_verified")
    assert people.sign_in(owner).get("/auth/me").json["name"] == "Owner"


def test_two_registrations_of_one_address_at_once_are_both_accepted(people):
    email, passwords = fresh_email(), [fresh_password(), fresh_password()]
    clients = [people.browser(), people.browser()]
    replies = at_once([lambda c=c, p=p: register(c, email, p) for c, p in zip(clients, passwords)])
    assert [reply.status for reply in replies] == [200, 200]
    assert replies[0].json["id"] != replies[1].json["id"]
    tokens = {token_of(mail) for mail in people.mails(email, count=2)}
    assert len(tokens) == 2 and None not in tokens

    statuses = sorted(reply.status for reply in at_once([lambda t=t: People(people.server).verify(t) for t in tokens]))
    assert statuses == [200, 400], "one mailbox, one account"
    signed_in = [people.login(email, password).status for password in passwords]
    assert sorted(signed_in) == [200, 401], "only the verified registration's password counts"


# Pre-hijacking, ASVS 2.3.1, attack 10
@pytest.mark.parametrize("verified", [0, 1], ids=["the first link", "the second link"])
def test_a_link_activates_its_own_registration_only(people, verified):
    email, tokens, accounts = fresh_email(), [], []
    for number in range(2):
        accounts.append(people.register(email, name=f"Registrant {number}"))
        people.mails(email, count=number + 1)
        tokens.append(people.token(email))
    assert people.verify(tokens[verified]).status == 200

    client = people.sign_in(accounts[verified])
    me = client.get("/auth/me").json
    assert (me["id"], me["name"]) == (accounts[verified].id, f"Registrant {verified}")
    other = 1 - verified
    assert people.login(email, accounts[other].password).refusal == (401, "invalid_credentials")
    assert people.verify(tokens[other]).refusal == (400, "invalid_token")
    assert client.get("/auth/me").status == 200


# Pre-hijacking: a resent link would not say whose registration it activates.
def test_resend_with_two_waiting_registrations_mails_advice_and_no_link(client, people):
    email = fresh_email()
    people.register(email)
    people.register(email)
    people.mails(email, count=2)
    assert client.post("/auth/verify-email/resend", {"email": email}).json == {"ok": True}
    advice = people.mails(email, count=3)[0]
    assert token_of(advice) is None and "#token=" not in advice["text"] + advice["html"]


# ASVS 6.3.8
def test_resend_answers_alike_for_every_kind_of_address(client, people):
    verified, waiting = people.verified(), people.register()
    replies = [
        client.post("/auth/verify-email/resend", {"email": email}).without_request_id()
        for email in (verified.email, waiting.email, fresh_email())
    ]
    assert replies[0] == replies[1] == replies[2]
    assert replies[0][1] == {"ok": True}


def test_resend_mails_a_link_that_works_for_a_waiting_registration(client, people):
    account = people.register()
    client.post("/auth/verify-email/resend", {"email": account.email.upper()})
    newest = people.mails(account.email, count=2)[0]
    assert people.verify(token_of(newest)).status == 200
    assert people.login(account.email, account.password).status == 200


def test_resend_to_an_unknown_address_mails_nothing(client, people):
    unknown, after = fresh_email(), people.register()
    client.post("/auth/verify-email/resend", {"email": unknown})
    client.post("/auth/verify-email/resend", {"email": after.email})
    people.mails(after.email, count=2)
    assert people.mails(unknown) == []


# CS Forgot Password, attack 3: at most three mails of a kind an hour to one address
def test_one_address_gets_three_mails_of_a_kind_and_answers_stay_alike(client, people):
    owner = people.verified()
    replies = [register(client, owner.email) for _ in range(6)]
    assert {reply.status for reply in replies} == {200}
    people.register()
    assert len(people.mails(owner.email, count=4)) == 4, "one verification, three notices"


def test_the_mail_cap_holds_for_verification_links_too(client, people):
    email = fresh_email()
    assert {register(client, email).status for _ in range(6)} == {200}
    for _ in range(2):
        assert client.post("/auth/verify-email/resend", {"email": email}).status == 200
    links = [mail for mail in people.mails(email, count=4) if token_of(mail)]
    assert len(links) == 3


# Pre-hijacking, attack 10: what strangers laid in a full mailbox opens nothing for its owner
def test_links_of_strangers_die_when_the_owners_own_is_not_mailed(people):
    email = fresh_email()
    for _ in range(3):
        people.register(email)
    laid = [token_of(mail) for mail in people.mails(email, count=3)]
    owner = people.register(email)
    advice = people.mails(email, count=4)[0]
    assert advice["subject"] == "Please sign up again" and "#token=" not in advice["text"] + advice["html"]
    assert [people.verify(token).refusal for token in laid] == [(400, "invalid_token")] * 3
    assert people.login(email, owner.password).refusal == (403, "email_not_verified")


# ASVS 2.2.1: strict types, all mistakes at once
@pytest.mark.parametrize(
    "body, expected",
    [
        ({}, {("email", "required"), ("password", "required")}),
        ({"email": 1, "password": None}, {("email", "type"), ("password", "type")}),
        ({"email": "a@example.test", "password": "long enough 1", "name": ["x"]}, {("name", "type")}),
        ({"email": "nowhere", "password": "short"}, {("email", "invalid_email"), ("password", "too_short")}),
        ([], {("", "type")}),
        ("text", {("", "type")}),
    ],
)
def test_every_wrong_field_is_named(client, body, expected):
    reply = client.post("/auth/register", body)
    assert reply.refusal == (422, "validation_failed")
    assert reply.field_errors == expected
