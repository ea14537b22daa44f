"""Attack 3: 1,000 reset requests for one victim from many addresses -> 3 mails; the victim can still reset and sign in.

Sixty requests stand for a thousand, for the suite's time: twenty times what is mailed.
"""

import pytest

from harness.people import RESET, People, fresh_email, fresh_password, token_of
from harness.server import Server

FLOOD, SENDERS, MAILS = 60, 50, 3
ASKING = {
    "reset": ("/auth/password/reset/request", lambda email: {"email": email}),
    "resend": ("/auth/verify-email/resend", lambda email: {"email": email}),
    "register": ("/auth/register", lambda email: {"email": email, "password": fresh_password()}),
}


@pytest.fixture(scope="module")
def proxied(backend, tmp_path_factory):
    """A service that believes its proxy, which the test is: every request may come from elsewhere."""
    server = Server(tmp_path_factory.mktemp("proxied"), backend, {"TRUSTED_PROXIES": "127.0.0.1"}).start()
    yield People(server)
    server.stop()


def flood(people, path: str, body, spellings) -> list:
    client = people.browser()
    return [
        client.post(
            path, body(spellings[number % len(spellings)]), headers={"X-Forwarded-For": f"198.51.{number % SENDERS}.7"}
        )
        for number in range(FLOOD)
    ]


# CS Forgot Password, attack 3
def test_a_flood_of_resets_is_three_mails_and_keeps_nobody_out(proxied):
    victim = proxied.verified(fresh_email("Victim"))
    before = len(proxied.mails(victim.email))
    replies = flood(proxied, *ASKING["reset"], [victim.email, victim.email.upper(), victim.email.lower()])
    assert len({str(reply.without_request_id()) for reply in replies}) == 1 and replies[0].status == 200
    links = [token for mail in proxied.mails(victim.email, before + MAILS) if (token := token_of(mail, RESET))]
    assert len(links) == MAILS and len(proxied.mails(victim.email)) == before + MAILS
    assert proxied.login(victim.email, victim.password).status == 200, "the old password still works"
    victim.password = fresh_password()
    assert proxied.reset(links[0], victim.password).status == 200, "and so does the newest link that was mailed"
    assert proxied.login(victim.email, victim.password).status == 200


# CS Forgot Password, attack 3: of the other kinds too, for who has an account and who waits for a link
@pytest.mark.parametrize("known", [True, False], ids=["known", "waiting"])
@pytest.mark.parametrize("kind", ["resend", "register"])
def test_a_flood_of_another_kind(proxied, kind, known):
    victim = proxied.verified() if known else proxied.register()
    flood(proxied, *ASKING[kind], [victim.email])
    proxied.mails(proxied.register().email, count=1)  # what was asked for before is in its mailbox by now
    subjects = [mail["subject"] for mail in proxied.mails(victim.email)]
    assert all(subjects.count(subject) <= MAILS for subject in subjects), subjects
    assert len(subjects) <= 2 * MAILS + 1
    if known:
        assert proxied.login(victim.email, victim.password).status == 200


# CS Forgot Password, attack 3: the cap is one address's, not everybody's
def test_others_get_their_mail_meanwhile(proxied):
    victim, other = proxied.verified(), proxied.verified()
    flood(proxied, *ASKING["reset"], [victim.email])
    assert proxied.ask_for_reset(other.email).status == 200
    assert proxied.reset(proxied.reset_token(other.email), fresh_password()).status == 200
