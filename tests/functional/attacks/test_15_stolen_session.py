"""Attack 15: a stolen session adds a passkey, starts TOTP, changes the address, exports data -> 403 step_up_required; the
owner is mailed on success only after a step-up."""

import pytest

from harness.ageing import age_proofs
from harness.client import Client
from harness.passkey_flows import finish_registration, start_registration, try_register
from harness.passkeys import Passkey
from harness.people import People, fresh_email, fresh_password

STEP_UP = (403, "step_up_required")


def add_passkey(client, account):
    return client.post("/auth/webauthn/register/start", csrf=True)


def start_totp(client, account):
    return client.post("/auth/mfa/totp/setup", csrf=True)


def change_address(client, account):
    return client.post("/auth/email/change", {"new_email": fresh_email("thief")}, csrf=True)


def export(client, account):
    return client.get("/auth/me/export")


def delete(client, account):
    return client.delete("/auth/me", csrf=True)


def make_recovery_codes(client, account):
    return client.post("/auth/mfa/recovery-codes", csrf=True)


def end_the_owners_sessions(client, account):
    return client.post("/auth/sessions/revoke-others", csrf=True)


def disable_totp(client, account):
    return client.post("/auth/mfa/totp/disable", csrf=True)


TAKEOVER = [
    add_passkey,
    start_totp,
    change_address,
    export,
    delete,
    make_recovery_codes,
    end_the_owners_sessions,
    disable_totp,
]


def thief_of(client) -> Client:
    """Another browser, elsewhere, with every cookie of the owner's."""
    thief = Client(client.server, user_agent="Thief/1.0")
    thief.cookies.update(client.cookies)
    return thief


@pytest.fixture(params=["password", "totp"])
def stolen(request, start_server):
    """(people, the owner's session, a thief with its cookies, the account): signed in ten minutes ago."""
    server = start_server()
    people = People(server)
    client, account = people.with_totp() if request.param == "totp" else people.signed_in()
    age_proofs(server, account.id, 600)
    assert client.get("/auth/me").status == 200
    return people, client, thief_of(client), account


# ASVS 7.5.1, 7.5.3, attack 15
def test_a_stolen_session_takes_nothing_over(stolen):
    people, client, thief, account = stolen
    before = len(people.mails(account.email))
    rows = [
        people.server.rows(f"SELECT * FROM {table}")
        for table in ("one_time_tokens", "totp_enrolments", "webauthn_challenges", "webauthn_credentials", "recovery_codes")
    ]
    for act in TAKEOVER:
        reply = act(thief, account)
        assert reply.refusal == STEP_UP, act.__name__
        assert reply.set_cookies == {}
    assert rows == [
        people.server.rows(f"SELECT * FROM {table}")
        for table in ("one_time_tokens", "totp_enrolments", "webauthn_challenges", "webauthn_credentials", "recovery_codes")
    ]
    assert len(people.mails(account.email)) == before, "nothing happened, so there is nothing to tell"
    assert client.get("/auth/me").status == 200


# ASVS 6.2.2, attack 15: nor does it guess its way up
def test_a_thief_who_guesses_the_password_ends_at_the_budget(stolen):
    people, client, thief, account = stolen
    if account.totp:
        answers = {
            thief.post("/auth/mfa/totp/verify", {"code": account.totp.wrong_code()}, csrf=True).refusal for _ in range(12)
        }
        assert answers == {(401, "mfa_failed"), (429, "account_locked")}
    else:
        answers = {thief.post("/auth/step-up/password", {"password": fresh_password()}, csrf=True).refusal for _ in range(12)}
        assert answers == {(401, "invalid_credentials"), (429, "account_locked")}
    assert export(thief, account).refusal == STEP_UP
    change = {"current_password": fresh_password(), "new_password": fresh_password()}
    assert thief.post("/auth/password/change", change, csrf=True).status in (401, 403, 429)


# ASVS 6.3.7, 63B §4.2.1.1, attack 15
def test_after_a_step_up_the_owner_hears_of_what_was_done(stolen):
    people, client, _, account = stolen
    assert people.step_up(client, account).status == 200
    count = len(people.mails(account.email))

    def told(words: str) -> None:
        nonlocal count
        count += 1
        mails = people.mails(account.email, count)
        assert len(mails) == count and words in mails[0]["subject"].lower(), mails[0]["subject"]

    assert try_register(client, Passkey()).status == 200
    told("a way to sign in was added")
    assert change_address(client, account).status == 200
    told("address")
    if not account.totp:
        people.enrol_totp(client, account)
        told("a way to sign in was added")
    assert make_recovery_codes(client, account).status == 200
    told("recovery codes")


# ASVS 7.5.1, attack 15: what was begun in time is not finished late
def test_a_registration_that_was_begun_in_time_is_not_finished_late(start_server):
    people = People(start_server())
    client, account = people.signed_in()
    asked = start_registration(client)
    age_proofs(people.server, account.id, 301)
    assert finish_registration(client, Passkey(), asked).refusal == STEP_UP
    assert client.get("/auth/webauthn/credentials").json["credentials"] == []
