"""Attack 31: an e-mail address with CRLF, NUL, quotes, comment, address literal, 255 bytes, Cyrillic twin, full-width @,
bidi, trailing dot, +tag, NFD -> 422 or its own account; reset mail goes to the stored spelling, never to the request's
(addresses are parsed, not matched: RFC 5321, RFC 6531; ASVS 2.1.1, 1.3.11)."""

import secrets

import pytest

from harness.people import fresh_password, token_of


@pytest.fixture
def refusal(client):
    """The codes of the refusal of an address; None where it is accepted."""

    def register(email):
        reply = client.post("/auth/register", {"email": email, "password": fresh_password()})
        return None if reply.status == 200 else reply.field_errors

    return register


@pytest.mark.parametrize(
    "email",
    [
        "",
        " ",
        "nobody",
        "@example.test",
        "nobody@",
        "no@body@example.test",
        "nobody@@example.test",
        "a@example.test\r\nBcc: victim@example.test",
        "a\r@example.test",
        "a\n@example.test",
        "a@exam\nple.test",
        "nul\0@example.test",
        "a@example.test\0",
        "esc\x1b@example.test",
        "del\x7f@example.test",
        "two words@example.test",
        "a@two words.test",
        "a@example.test,b@example.test",
        "a@example.test b@example.test",
        "<a@example.test>",
        "Name <a@example.test>",
        "mailto:a@example.test",
        '"quoted"@example.test',
        '"a b"@example.test',
        "a(comment)@example.test",
        "a@(comment)example.test",
        "a@[127.0.0.1]",
        "a@[IPv6:::1]",
        "a@example.test.",
        "a@.example.test",
        "a@example..test",
        ".a@example.test",
        "a.@example.test",
        "a..b@example.test",
        "a@-example.test",
        "a@example-.test",
        "a@exa_mple.test",
        "a@" + "x" * 64 + ".test",
        "x" * 65 + "@example.test",
        "x" * 64 + "@" + ("y" * 60 + ".") * 4 + "test",
        "x" * 300 + "@example.test",
        "a@" + "x" * 300,
        "a\u202eb@example.test",
        "a@exam\u202eple.test",
        "a\u200e@example.test",
        "a\uff20example.test",
        "a@example.test?x=1",
        "a@example.test/../b",
        "a@exa%6dple.test",
        "=?utf-8?q?a?=@example.test\r\n",
    ],
    ids=lambda email: ascii(email[:32]),
)
def test_refused(refusal, email):
    codes = refusal(email)
    assert codes and {field for field, _ in codes} == {"email"}
    assert {code for _, code in codes} <= {"invalid_email", "invalid_characters", "too_long"}


@pytest.mark.parametrize(
    "local",
    [
        "plain",
        "with.dots",
        "with+tag",
        "o'hara",
        "UPPER",
        "under_score",
        "d-a-s-h",
        "1",
        "a!#$%&*/=?^`{|}~b",
        "gr\u00fc\u00dfe",
        "\u7528\u6237",
    ],
    ids=ascii,
)
def test_accepted(people, local):
    account = people.verified(f"{local}@{abs(hash(local))}.example.test")
    assert people.login(account.email, account.password).status == 200


def test_the_longest_address_is_accepted(refusal):
    local, domain = "x" * 64, ".".join(["y" * 62, "y" * 61, "y" * 61, "te"])
    assert len(f"{local}@{domain}") == 254
    assert refusal(f"{local}@{domain}") is None
    assert refusal(f"{local}x@{domain}") is not None


# One account, one canonical form: case, NFD and IDNA twins
@pytest.mark.parametrize(
    "registered, twin",
    [
        ("Case.Twin@Example.Test", "case.twin@example.test"),
        ("idna@b\u00fccher.example.test", "idna@xn--bcher-kva.example.test"),
        ("idna-upper@B\u00dcCHER.example.test", "idna-upper@b\u00fccher.example.test"),
        ("nfd@bu\u0308cher.example.test", "nfd@b\u00fccher.example.test"),
        ("jose\u0301@nfd.example.test", "jos\u00e9@nfd.example.test"),
    ],
    ids=["case", "IDNA", "IDNA upper case", "NFD domain", "NFD local part"],
)
def test_twins_are_one_account(people, registered, twin):
    account = people.verified(registered)
    assert people.login(twin, account.password).status == 200
    people.register(twin)
    assert people.login(twin, account.password).status == 200


@pytest.mark.parametrize(
    "one, other",
    [
        ("dots.matter@distinct.example.test", "dotsmatter@distinct.example.test"),
        ("tags@distinct.example.test", "tags+tag@distinct.example.test"),
        ("paypal@distinct.example.test", "p\u0430ypal@distinct.example.test"),
    ],
    ids=["dots", "plus-tag", "Cyrillic twin"],
)
def test_lookalikes_are_accounts_of_their_own(people, one, other):
    first, second = people.verified(one), people.verified(other)
    assert first.id != second.id
    assert people.login(one, second.password).refusal == (401, "invalid_credentials")
    assert people.login(other, second.password).status == 200


# ASVS 2.1.1: mail goes to the stored spelling, not to the request's
def test_mail_goes_to_the_stored_spelling(client, people):
    account = people.verified("Stored.Spelling@example.test")
    client.post("/auth/register", {"email": "STORED.SPELLING@EXAMPLE.TEST", "password": fresh_password()})
    notice = people.mails(account.email, count=2)[0]
    assert notice["to"] == "Stored.Spelling@example.test"


def test_an_address_is_not_trimmed_silently(refusal):
    for email in (" a@example.test", "a@example.test ", "\ta@example.test"):
        assert refusal(email) is not None


# What normalising, upper case or a look-alike could make of one address. The first is the owner's.
TWINS = [
    "victim.k@example.test",
    "VICTIM.K@EXAMPLE.TEST",
    "victim.\u212a@example.test",
    "v\u0131ctim.k@example.test",
    "v\u0130ctim.k@example.test",
    "\uff56ictim.k@example.test",
    "vi\u0441tim.k@example.test",
    "victim.k@\u0435xample.test",
    "victim.k@example\u3002test",
    "victim.k@ex\u00adample.test",
    "victim.k@exampl\u212f.test",
    "victim.k@e\uff58ample.test",
    "victim.k@example.t\u0435st",
    "victim.k+x@example.test",
    "victimk@example.test",
    "victim.k\u200b@example.test",
    "victim.k@example.test.",
    "victim.k@example.tes\u017f",
    "\u2067victim.k@example.test",
]


class Unique:
    """Makes an address of this test alone of one of the above; finds the mails to it and to its look-alikes."""

    def __init__(self):
        self.mark = secrets.token_hex(6)

    def __call__(self, address: str) -> str:
        return self.mark + address

    def mails(self, people) -> list[dict]:
        messages = people.browser().get("/dev/mailbox/messages").json["messages"]
        return [mail for mail in messages if self.mark in mail["to"]]


@pytest.fixture
def unique():
    return Unique()


# ASVS 2.1.1, attack 31: where a look-alike is read as the owner's, the link still goes to the owner's spelling alone
@pytest.mark.parametrize("twin", TWINS, ids=ascii)
@pytest.mark.parametrize("path", ["/auth/password/reset/request", "/auth/verify-email/resend"])
def test_no_look_alike_gets_the_link_of_another(people, unique, path, twin):
    owner = people.verified(unique(TWINS[0])) if "reset" in path else people.register(unique(TWINS[0]))
    reply = people.post(path, {"email": unique(twin)})
    assert reply.refusal in ((200, None), (422, "validation_failed"))
    people.mails(people.register().email, count=1)  # what was asked for before is in its mailbox by now
    assert {mail["to"] for mail in unique.mails(people)} == {owner.email}


# ASVS 2.1.1, attack 31: and whoever signs up with one has an account of his own, or is told that it is none
@pytest.mark.parametrize("twin", TWINS[1:], ids=ascii)
def test_no_look_alike_leads_into_the_account_of_another(people, unique, twin):
    owner, password = people.verified(unique(TWINS[0])), fresh_password()
    reply = people.post("/auth/register", {"email": unique(twin), "password": password})
    assert reply.refusal in ((200, None), (422, "validation_failed"))
    for mail in unique.mails(people):
        if token := token_of(mail):
            people.verify(token)
    me = people.sign_in(owner).get("/auth/me").json
    assert (me["id"], me["email"]) == (owner.id, owner.email)
    assert people.login(owner.email, password).refusal in ((401, "invalid_credentials"), (403, "email_not_verified"))


# RFC 5321 §4.5.3.1, attack 31: bytes are counted, of the form that is stored
@pytest.mark.parametrize(
    "email",
    [
        "\u00e9" * 33 + "@example.test",
        "x" * 64 + "@" + "y" * 63 + "." + "z" * 63 + "." + "w" * 59 + ".test",
        "a@" + "\u00fc" * 60 + ".test",
        "e\u0301" * 200 + "@example.test",
        "a@" + ".".join("x" * 126) + ".te",
    ],
    ids=lambda email: f"{len(email.encode())} bytes",
)
def test_what_is_too_long_in_bytes_is_refused(refusal, email):
    assert refusal(email) is not None
