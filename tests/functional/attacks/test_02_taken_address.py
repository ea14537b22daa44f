"""Attack 2: register a taken address; change to a taken address -> the same answer; only its owner learns, by mail."""

import unicodedata

import pytest

from harness.client import CSRF_COOKIE
from harness.people import CONFIRM_CHANGE, canonical, fresh_email, fresh_password, token_of

# Spellings of one address: as its owner wrote it, and as somebody asks for it.
TWINS = {
    "the same": lambda email: email,
    "upper case": str.upper,
    "title case": str.title,
    "NFD": lambda email: unicodedata.normalize("NFD", email),
    "IDNA": lambda email: email.replace("bücher", "xn--bcher-kva"),
    "long s": lambda email: email.replace("s", "\u017f", 1),
}


def taken(people):
    """An address with every letter that has twins."""
    local = fresh_email("josé").split("@")[0]
    return people.verified(f"{local}@bücher.example.test")


def register(client, email: str, **members):
    return client.post("/auth/register", {"email": email, "password": fresh_password()} | members)


def change(client, email: str):
    return client.post("/auth/email/change", {"new_email": email}, csrf=True)


def normalized(email: str) -> str:
    """As the request spelt it, save for what is one character in Unicode or in DNS."""
    local, _, domain = unicodedata.normalize("NFC", email).partition("@")
    return f"{local}@{domain.lower().encode('idna').decode()}"


def plain(reply, asked_for: str):
    """Without what is new each time; and that it tells back the request's spelling, whoever has it."""
    status, body, headers = reply.without_request_id()
    if "id" in body:
        assert body.pop("email") == normalized(asked_for), "the owner's spelling tells that there is one"
        body.pop("id")
    return status, body, [(name, value) for name, value in headers if name != "content-length"]


# ASVS 6.3.8, 2.1.1, attack 2
@pytest.mark.parametrize("twin", TWINS.values(), ids=TWINS.keys())
def test_to_register_it_answers_as_for_a_free_one(client, people, twin):
    owner, free = taken(people), f"{fresh_email('josé').split('@')[0]}@bücher.example.test"
    replies = [plain(register(client, twin(email)), twin(email)) for email in (owner.email, free)]
    assert replies[0] == replies[1] and replies[0][0] == 200
    notice, verification = people.mails(owner.email, count=2)
    assert token_of(verification) and "#token=" not in notice["text"] + notice["html"]
    assert notice["to"] == verification["to"], "to the stored spelling"
    assert people.sign_in(owner).get("/auth/me").json["email"] == normalized(owner.email)


# ASVS 6.3.8, 2.1.1, attack 2
@pytest.mark.parametrize("twin", TWINS.values(), ids=TWINS.keys())
def test_to_change_to_it_answers_as_for_a_free_one(people, twin):
    owner, free = taken(people), f"{fresh_email('josé').split('@')[0]}@bücher.example.test"
    client, account = people.signed_in()
    replies = [plain(change(client, twin(email)), twin(email)) for email in (owner.email, free)]
    assert replies[0] == replies[1] and replies[0][:2] == (200, {"ok": True})
    notice = people.mails(owner.email, count=2)[0]
    assert "#token=" not in notice["text"] + notice["html"]
    assert account.email not in notice["text"] + notice["html"], "nor does he learn who asked"
    assert client.get("/auth/me").json["email"] == account.email


# ASVS 6.3.8, attack 2: what the one who asks sees afterwards
def test_nothing_that_the_one_who_asked_can_see_tells_it(people):
    """His mails, his export, his sessions: alike for a taken and a free address."""
    seen = []
    for email in (taken(people).email, fresh_email()):
        client, account = people.signed_in()
        before = len(people.mails(account.email))
        change(client, email)
        mails = people.mails(account.email, count=before + 1)
        assert people.step_up(client, account).status == 200
        export = client.get("/auth/me/export").json
        links = [(link["kind"], canonical(link["email"]) == canonical(email)) for link in export["links"]]
        events = [event["event"] for event in export.get("events", [])]
        seen.append(([mail["subject"] for mail in mails], links, events, sorted(export)))
    assert seen[0] == seen[1]


# ASVS 6.3.8, attack 2: with the session that a sign-in or a change could open
def test_neither_opens_anything(people):
    owner, client = taken(people), people.browser()
    reply = register(client, owner.email, name="Intruder")
    assert reply.set_cookies == {} and CSRF_COOKIE not in client.cookies
    intruder, account = people.signed_in()
    change(intruder, owner.email)
    assert not [mail for mail in people.mails(owner.email, count=3) if token_of(mail, CONFIRM_CHANGE)]
    assert people.login(owner.email, account.password).refusal == (401, "invalid_credentials")
