"""Another address for an account: the new mailbox proves itself, the old one can object for a week."""

import hashlib

import pytest

from harness.concurrently import at_once
from harness.instances import elsewhere, wait_refused
from harness.passkey_flows import register, try_login
from harness.people import CONFIRM_CHANGE, UNDO_CHANGE, People, fresh_email, fresh_password, token_of

UNAUTHENTICATED = (401, "unauthenticated")
INVALID_TOKEN = (400, "invalid_token")


def ask(client, email):
    return client.post("/auth/email/change", {"new_email": email}, csrf=True)


def confirm(people, token):
    return people.post("/auth/email/change/confirm", {"token": token})


def undo(people, token):
    return people.post("/auth/email/change/undo", {"token": token})


def asked(people):
    """(browser, account, new address, token of its link)"""
    client, account = people.signed_in()
    wanted = fresh_email("new")
    assert ask(client, wanted).json == {"ok": True}
    return client, account, wanted, people.token(wanted, CONFIRM_CHANGE)


def changed(people):
    """(account, its old address, its new one)"""
    _, account, wanted, token = asked(people)
    old = account.email
    assert confirm(people, token).json == {"ok": True}
    account.email = wanted
    return account, old, wanted


# CS Authentication (change of address)
def test_nothing_changes_before_the_new_mailbox_is_proven(people):
    client, account, wanted, token = asked(people)
    assert client.get("/auth/me").json["email"] == account.email
    assert people.login(wanted, account.password).refusal == (401, "invalid_credentials")
    assert people.login(account.email, account.password).status == 200
    assert confirm(people, token).status == 200
    assert people.login(account.email, account.password).refusal == (401, "invalid_credentials")
    assert people.login(wanted, account.password).status == 200


# CS Authentication: no cache shows the old address
def test_every_session_ends_and_the_next_shows_the_new_address(people):
    client, account, wanted, token = asked(people)
    other = people.sign_in(account)
    assert other.get("/auth/me").json["email"] == account.email
    assert confirm(people, token).status == 200
    assert client.get("/auth/me").refusal == other.get("/auth/me").refusal == UNAUTHENTICATED
    account.email = wanted
    me = people.sign_in(account).get("/auth/me").json
    assert (me["email"], me["id"], me["email_verified"]) == (wanted, account.id, True)


# ASVS 6.3.6
def test_links_sign_nobody_in(people, client):
    _, account, wanted, token = asked(people)
    for path, value in (("confirm", token), ("undo", None)):
        value = value or people.token(account.email, UNDO_CHANGE)
        reply = client.post(f"/auth/email/change/{path}", {"token": value})
        assert reply.status == 200 and reply.set_cookies == {}
    assert client.get("/auth/me").refusal == UNAUTHENTICATED


# ASVS 6.3.7
def test_the_old_address_is_told_when_asked_and_both_when_done(people):
    _, account, wanted, token = asked(people)
    notice = people.mails(account.email)[0]
    assert notice["subject"] == "Your e-mail address is to be changed"
    assert wanted not in notice["text"] + notice["html"], "the new address is shown masked"
    assert confirm(people, token).status == 200
    assert people.mails(account.email)[0]["subject"] == "Your e-mail address was changed"
    assert people.mails(wanted)[0]["subject"] == "Your new e-mail address is in use"
    assert "#token=" not in people.mails(wanted)[0]["text"], "only the old mailbox can undo"


# ASVS 6.3.8, attack 2
def test_a_taken_an_own_and_a_free_address_answer_alike(people):
    taken = people.verified()
    client, account = people.signed_in()
    replies = [ask(client, email).without_request_id() for email in (taken.email, account.email, fresh_email())]
    assert replies[0] == replies[1] == replies[2]
    assert people.mails(account.email), "and the present mailbox is told alike"


def test_a_taken_address_gets_no_link_and_its_owner_a_notice(people):
    taken = people.verified()
    client, account = people.signed_in()
    before = len(people.mails(taken.email))
    ask(client, taken.email)
    notice = people.mails(taken.email, count=before + 1)[0]
    assert "#token=" not in notice["text"] + notice["html"]
    assert account.email not in notice["text"] + notice["html"]


# ASVS 6.3.8, attack 2: a mailbox that strangers' registrations have filled tells nothing through the older link
@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
def test_the_older_link_tells_not_whether_an_address_is_taken(people, known):
    wanted = people.verified().email if known else fresh_email()
    client, account, _, older = asked(people)
    for _ in range(3):
        people.register(wanted)
    assert ask(client, wanted).status == 200
    assert people.step_up(client, account).status == 200
    links = client.get("/auth/me/export").json["links"]
    assert [(link["kind"], link["email"]) for link in links] == [("change_email", wanted)]
    assert confirm(people, older).refusal == INVALID_TOKEN


# Attack 3: nobody floods strangers through an account
def test_one_account_writes_to_three_strangers_an_hour(people):
    client, _ = people.signed_in()
    strangers = [fresh_email("stranger") for _ in range(8)]
    assert {ask(client, email).status for email in strangers} == {200}
    people.mails(strangers[2], count=1)
    assert [len(people.mails(email)) for email in strangers] == [1, 1, 1, 0, 0, 0, 0, 0]


# ASVS 15.4.2; CS Authentication: who is first gets the address
def test_of_two_users_at_once_one_gets_the_address(people):
    wanted, tokens, accounts = fresh_email(), [], []
    for number in range(2):
        client, account = people.signed_in()
        ask(client, wanted)
        people.mails(wanted, count=number + 1)
        tokens.append(people.token(wanted, CONFIRM_CHANGE))
        accounts.append(account)
    refusals = [reply.refusal for reply in at_once([lambda t=t: confirm(people, t) for t in tokens])]
    assert sorted(refusals, key=str) == [(200, None), INVALID_TOKEN]
    lost = accounts[refusals.index(INVALID_TOKEN)]
    assert people.login(lost.email, lost.password).status == 200, "nothing of the other changed"
    assert people.login(wanted, lost.password).refusal == (401, "invalid_credentials")


def test_an_address_that_somebody_registered_meanwhile_stays_theirs(people):
    _, account, wanted, token = asked(people)
    registered = people.verified(wanted)
    assert confirm(people, token).refusal == INVALID_TOKEN
    assert people.login(wanted, registered.password).status == 200
    assert people.login(account.email, account.password).status == 200


# Pre-hijacking (ASVS 2.3.1): who waits for the address loses it to who proves it
def test_a_waiting_registration_of_the_address_is_discarded(server, people):
    client, account = people.signed_in()
    waiting = people.register(fresh_email())
    verification = people.token(waiting.email)
    ask(client, waiting.email)
    assert confirm(people, people.token(waiting.email, CONFIRM_CHANGE)).status == 200
    assert people.verify(verification).refusal == INVALID_TOKEN
    assert server.rows("SELECT id FROM registrations WHERE id = ?", waiting.id) == []
    assert people.login(waiting.email, account.password).status == 200


def test_only_the_newest_link_lives(people):
    client, account, first_address, first = asked(people)
    second_address = fresh_email()
    ask(client, second_address)
    assert confirm(people, first).refusal == INVALID_TOKEN
    assert confirm(people, people.token(second_address, CONFIRM_CHANGE)).status == 200
    assert people.login(first_address, account.password).status == 401


# CS Forgot Password, attack 3
def test_one_address_gets_three_links_an_hour_and_the_last_lives(people):
    client, account, wanted, _ = asked(people)
    assert {ask(client, wanted).status for _ in range(4)} == {200}
    mailed = [token for mail in people.mails(wanted) if (token := token_of(mail, CONFIRM_CHANGE))]
    assert len(mailed) == 3
    assert confirm(people, mailed[0]).status == 200


# CS Authentication: open reset tokens die
def test_a_reset_link_to_the_old_address_dies(people):
    _, account, _, token = asked(people)
    people.ask_for_reset(account.email)
    reset = people.reset_token(account.email)
    assert confirm(people, token).status == 200
    assert people.reset(reset, fresh_password()).refusal == INVALID_TOKEN


def test_a_change_of_spelling_is_a_change(people):
    client, account = people.signed_in()
    spelling = account.email.replace("person", "Person")
    ask(client, spelling)
    assert confirm(people, people.token(account.email, CONFIRM_CHANGE)).status == 200
    assert people.sign_in(account).get("/auth/me").json["email"] == spelling


def test_only_digests_are_stored(server, people):
    _, account, _, token = asked(people)
    (row,) = server.rows("SELECT token_hash FROM one_time_tokens WHERE user_id = ?", account.id)
    assert bytes(row["token_hash"]) == hashlib.sha256(token.encode()).digest()


# CS Authentication: the old mailbox objects
def test_an_undo_brings_the_address_back_and_locks_the_intruder_out(people):
    account, old, new = changed(people)
    intruder = people.sign_in(account)
    assert undo(people, people.token(old, UNDO_CHANGE)).json == {"ok": True}
    assert intruder.get("/auth/me").refusal == UNAUTHENTICATED
    assert people.login(new, account.password).refusal == (401, "invalid_credentials")
    assert people.login(old, account.password).refusal == (403, "password_change_required")
    people.ask_for_reset(old)
    own = fresh_password()
    assert people.reset(people.reset_token(old), own).status == 200
    assert people.login(old, own).status == 200


# CS Forgot Password: nor does his passkey outlive it, while the owner's own factors stay
def test_an_undo_takes_the_intruders_factors_away(people):
    account, old, new = changed(people)
    intruder = people.sign_in(account)
    passkey = register(intruder)
    assert undo(people, people.token(old, UNDO_CHANGE)).status == 200
    assert try_login(people.browser(), passkey).refusal == (401, "mfa_failed")
    people.ask_for_reset(old)
    own = fresh_password()
    assert people.reset(people.reset_token(old), own).status == 200
    assert people.login(old, own).json["mfa_required"] is False


def test_an_undo_leaves_the_factors_of_before(people):
    client, account = people.with_passkey()
    old, new = account.email, fresh_email()
    ask(client, new)
    assert confirm(people, people.token(new, CONFIRM_CHANGE)).status == 200
    assert undo(people, people.token(old, UNDO_CHANGE)).status == 200
    people.ask_for_reset(old)
    account.password = fresh_password()
    assert people.reset(people.reset_token(old), account.password).status == 200
    assert people.login(old, account.password).json["methods"] == ["webauthn"]
    people.sign_in_with_passkey(account)


# A takeover: the owner's own change back leaves the intruder's mailbox nothing
def test_a_change_back_takes_the_undo_from_the_mailbox_it_leaves(people):
    account, old, new = changed(people)
    ask(people.sign_in(account), old)
    assert confirm(people, people.token(old, CONFIRM_CHANGE)).status == 200
    people.mails(new, count=3)
    assert not any(token_of(mail, UNDO_CHANGE) for mail in people.mails(new))
    assert undo(people, people.token(old, UNDO_CHANGE)).refusal == INVALID_TOKEN
    assert people.login(old, account.password).status == 200


# ASVS 6.3.7
def test_both_addresses_learn_of_an_undo(people):
    _, old, new = changed(people)
    assert undo(people, people.token(old, UNDO_CHANGE)).status == 200
    subjects = {people.mails(email)[0]["subject"] for email in (old, new)}
    assert subjects == {"The change of your e-mail address was undone"}


def test_an_undo_works_once_and_kills_what_was_mailed_to_the_other_address(people):
    account, old, new = changed(people)
    client = people.sign_in(account)
    third = fresh_email()
    ask(client, third)
    onward = people.token(third, CONFIRM_CHANGE)
    people.ask_for_reset(new)
    reset, token = people.reset_token(new), people.token(old, UNDO_CHANGE)
    assert undo(people, token).status == 200
    assert undo(people, token).refusal == INVALID_TOKEN
    assert people.reset(reset, fresh_password()).refusal == INVALID_TOKEN
    assert confirm(people, onward).refusal == INVALID_TOKEN


def changed_twice(people):
    """(account, first address, second, third)"""
    account, first, second = changed(people)
    third = fresh_email("third")
    ask(people.sign_in(account), third)
    assert confirm(people, people.token(third, CONFIRM_CHANGE)).status == 200
    return account, first, second, third


def test_the_earliest_address_wins(people):
    account, first, second, third = changed_twice(people)
    later = people.token(second, UNDO_CHANGE)
    assert undo(people, people.token(first, UNDO_CHANGE)).status == 200
    assert undo(people, later).refusal == INVALID_TOKEN
    assert people.login(first, account.password).refusal == (403, "password_change_required")


def test_a_later_undo_leaves_the_earlier_one(people):
    account, first, second, third = changed_twice(people)
    assert undo(people, people.token(second, UNDO_CHANGE)).status == 200
    assert people.login(second, account.password).refusal == (403, "password_change_required")
    assert undo(people, people.token(first, UNDO_CHANGE)).status == 200
    assert people.login(first, account.password).refusal == (403, "password_change_required")


def test_an_address_that_somebody_took_meanwhile_is_not_taken_back(people):
    account, old, new = changed(people)
    newcomer = people.verified(old)
    assert undo(people, people.token(old, UNDO_CHANGE)).refusal == INVALID_TOKEN
    assert people.login(old, newcomer.password).status == people.login(new, account.password).status == 200


# A takeover: neither a new password nor a reset takes the way back from the old mailbox
def test_a_new_password_does_not_kill_the_undo(people):
    account, old, _ = changed(people)
    client, password = people.sign_in(account), fresh_password()
    body = {"current_password": account.password, "new_password": password}
    assert client.post("/auth/password/change", body, csrf=True).status == 200
    people.ask_for_reset(account.email)
    assert people.reset(people.reset_token(account.email), fresh_password()).status == 200
    assert undo(people, people.token(old, UNDO_CHANGE)).status == 200


# ASVS 7.4.2
def test_links_of_a_disabled_account_are_worth_nothing(start_server):
    server = start_server()
    people = People(server)
    account, old, new = changed(people)
    ask(people.sign_in(account), fresh_email())
    assert server.command("user", "disable", new).returncode == 0
    assert undo(people, people.token(old, UNDO_CHANGE)).refusal == INVALID_TOKEN


def test_it_needs_a_session_and_its_token(people, client):
    body = {"new_email": fresh_email()}
    assert client.post("/auth/email/change", body).refusal == UNAUTHENTICATED
    signed_in, _ = people.signed_in()
    assert signed_in.post("/auth/email/change", body).refusal == (403, "csrf_failed")


@pytest.mark.parametrize("path", ["confirm", "undo"])
def test_the_links_need_a_token_and_an_own_origin(client, path):
    route = f"/auth/email/change/{path}"
    assert client.post(route, {}).field_errors == {("token", "required")}
    assert client.post(route, {"token": "x"}).refusal == INVALID_TOKEN
    foreign = client.post(route, {"token": "x"}, headers={"Origin": "https://evil.example"})
    assert foreign.refusal == (403, "origin_not_allowed")


# ASVS 7.4.3, attack 17
@pytest.mark.servers
def test_sessions_end_on_every_instance(start_instances):
    group = start_instances()
    people = People(group[0])
    client, account, wanted, token = asked(people)
    view, old = elsewhere(client, group[1]), account.email
    assert view.get("/auth/me").json["email"] == account.email
    assert confirm(people, token).status == 200
    wait_refused(view)
    account.email = wanted
    intruder = elsewhere(people.sign_in(account), group[1])
    assert intruder.get("/auth/me").json["email"] == wanted
    assert undo(people, people.token(old, UNDO_CHANGE)).status == 200
    wait_refused(intruder)
