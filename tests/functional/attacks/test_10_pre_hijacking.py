"""Attack 10: register the victim's address first, wait for verification or reset -> the attacker's password, passkey and
session are dead."""

import json

import pytest

from harness.client import SESSION_COOKIE
from harness.foreign_hashes import MAKERS
from harness.passkey_flows import try_login, try_sign_up
from harness.passkeys import SYNCED, Passkey
from harness.people import CONFIRM_CHANGE, Account, People, fresh_email, fresh_password, token_of
from harness.server import Server

WRONG, INVALID = (401, "invalid_credentials"), (400, "invalid_token")


@pytest.fixture(scope="module")
def everyone(backend, tmp_path_factory):
    """Of a service that also takes sign-ups with a passkey."""
    server = Server(tmp_path_factory.mktemp("signups"), backend, {"PASSWORDLESS_SIGNUP": "true"}).start()
    yield People(server)
    server.stop()


class Attacker:
    """Has registered the address with a password and with a passkey, and kept each browser he did it in."""

    def __init__(self, people, email: str):
        self.people, self.passkey = people, Passkey(flags=SYNCED)
        self.account = people.register(email, name="Attacker")
        self.browser = people.browser()
        assert try_sign_up(self.browser, self.passkey, email).status == 200

    def assert_gets_nothing(self) -> None:
        assert self.people.login(self.account.email, self.account.password).refusal[0] in (401, 403)
        for email in (None, self.account.email):
            client = self.people.browser()
            assert try_login(client, self.passkey, email).refusal == (401, "mfa_failed")
            assert SESSION_COOKIE not in client.cookies
        assert self.browser.get("/auth/me").refusal == (401, "unauthenticated")


def laid(people, email: str) -> list[str]:
    return [token for mail in people.mails(email) if (token := token_of(mail))]


# ASVS 2.3.1, attack 10
def test_the_owner_who_verifies_his_own_registration_owns_it_alone(everyone):
    email = fresh_email("victim")
    attacker = Attacker(everyone, email)
    before = laid(everyone, email)
    owner = everyone.register(email, name="Owner")
    everyone.mails(email, count=3)
    (own,) = set(laid(everyone, email)) - set(before)
    assert everyone.verify(own).status == 200
    attacker.assert_gets_nothing()
    assert {everyone.verify(token).refusal for token in before} == {INVALID}, "his links lie in the victim's mailbox"
    client = everyone.sign_in(owner)
    me = client.get("/auth/me").json
    assert (me["id"], me["name"], me["webauthn_enabled"]) == (owner.id, "Owner", False)
    assert len(client.get("/auth/sessions").json["sessions"]) == 1
    attacker.assert_gets_nothing()


# ASVS 2.3.1, attack 10: a reset before anybody has verified
def test_the_owner_who_asks_for_a_reset_first(everyone):
    email = fresh_email("victim")
    attacker = Attacker(everyone, email)
    everyone.mails(email, count=2)
    everyone.ask_for_reset(email)
    advice = everyone.mails(email, count=3)[0]
    assert "#token=" not in advice["text"] + advice["html"], "there is no account whose password could be reset"
    attacker.assert_gets_nothing()
    owner = everyone.register(email)
    everyone.mails(email, count=4)
    assert everyone.verify(everyone.token(email)).status == 200
    attacker.assert_gets_nothing()
    everyone.ask_for_reset(email)
    owner.password = fresh_password()
    assert everyone.reset(everyone.reset_token(email), owner.password).status == 200
    attacker.assert_gets_nothing()
    assert everyone.sign_in(owner).get("/auth/me").json["id"] == owner.id


# ASVS 2.3.1, attack 10: an account that was brought along, and whose address nobody has proven
def test_a_reset_proves_the_mailbox_and_wipes_what_was_set_before(server, people):
    email, first = fresh_email("victim"), fresh_password()
    line = {"email": email, "email_verified": False, "password_hash": MAKERS["bcrypt 2b"](first), "name": "Attacker"}
    brought = server.command("user", "import", "-", stdin=json.dumps(line) + "\n")
    assert brought.returncode == 0, brought.stderr
    assert people.login(email, first).refusal == (403, "email_not_verified")
    people.ask_for_reset(email)
    owner = Account(email, fresh_password())
    assert people.reset(people.reset_token(email), owner.password).status == 200
    assert people.login(email, first).refusal == WRONG
    me = people.sign_in(owner).get("/auth/me").json
    assert me["email_verified"] is True and me["name"] is None


# ASVS 2.3.1, attack 10: by a change of address that waits in the victim's mailbox
def test_a_change_to_the_address_does_not_wait_for_its_owner(people):
    email = fresh_email("victim")
    client, attacker = people.signed_in()
    assert client.post("/auth/email/change", {"new_email": email}, csrf=True).status == 200
    waiting = people.token(email, CONFIRM_CHANGE)
    owner = people.verified(email)
    assert people.post("/auth/email/change/confirm", {"token": waiting}).refusal == INVALID
    assert people.login(email, attacker.password).refusal == WRONG
    assert client.get("/auth/me").json["email"] == attacker.email
    assert people.sign_in(owner).get("/auth/me").json["id"] == owner.id


# ASVS 2.3.1, attack 10: an address that its holder gave up is no way back into the account
def test_who_had_the_address_before_keeps_nothing_of_it(people):
    client, former = people.signed_in()
    passkey = people.with_passkey()[1].passkey
    old, wanted = former.email, fresh_email()
    assert client.post("/auth/email/change", {"new_email": wanted}, csrf=True).status == 200
    assert people.post("/auth/email/change/confirm", {"token": people.token(wanted, CONFIRM_CHANGE)}).status == 200
    owner = people.verified(old)
    assert people.login(old, former.password).refusal == WRONG
    assert try_login(people.browser(), passkey, old).refusal == (401, "mfa_failed")
    assert client.get("/auth/me").refusal == (401, "unauthenticated")
    assert people.sign_in(owner).get("/auth/me").json["id"] != former.id
