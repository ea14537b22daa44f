"""Passkeys that may have been copied: sign counts that do not grow, and backup eligibility that changes."""

import pytest

from harness.audit import details, subjects
from harness.client import SESSION_COOKIE
from harness.passkey_flows import finish_login, try_login, try_step_up
from harness.passkeys import BE, BS, SYNCED, UP, UV, Passkey
from harness.people import People

WRONG = (401, "mfa_failed")
DOUBTFUL = "One of your passkeys may have been copied"
WENT_BACK, CHANGED = "mfa.passkey_count_went_back", "mfa.passkey_backup_changed"


def record(server, account) -> dict:
    (row,) = server.rows("SELECT * FROM webauthn_credentials WHERE user_id = ?", account.id)
    return row


def doubts(people, account) -> int:
    return subjects(people, account).count(DOUBTFUL)


# WA §7.2 step 22
@pytest.mark.parametrize("begin, counts", [(0, [0, 0, 0]), (0, [1, 2, 3]), (5, [6, 700, 2**31, 2**32 - 1])])
def test_counts_that_grow_or_are_never_kept(server, people, begin, counts):
    account = people.with_passkey(Passkey(count=begin))[1]
    for count in counts:
        assert try_login(people.browser(), account.passkey, count=count).status == 200
        assert record(server, account)["sign_count"] == count
    assert doubts(people, account) == 0


# WA §7.2 step 22: in a step-up and after a password too
def test_it_is_seen_in_every_ceremony(server, people):
    session, account = people.with_passkey(Passkey(count=5))
    before = session.cookies[SESSION_COOKIE]
    assert try_step_up(session, account.passkey, count=5).refusal == WRONG
    assert session.cookies[SESSION_COOKIE] == before
    client = people.browser()
    asked = client.post("/auth/login", account.credentials).json["webauthn"]
    assert finish_login(client, account.passkey, asked, count=5).refusal == WRONG
    rows = server.rows(
        "SELECT session_id FROM audit_logs WHERE event = ? AND subject_id = ? ORDER BY at, id", WENT_BACK, account.id
    )
    assert [row["session_id"] is None for row in rows] == [False, True]
    assert len(people.mails(account.email, count=4)) == 4 and doubts(people, account) == 2


# WA §7.2 step 22: the setting lets it in, and hides nothing
@pytest.mark.parametrize("count", [5, 4, 0])
def test_the_setting_lets_it_in_and_says_so(start_server, count):
    server = start_server(WEBAUTHN_SIGN_COUNT="audit")
    people = People(server)
    account = people.with_passkey(Passkey(count=5))[1]
    assert try_login(people.browser(), account.passkey, count=count).status == 200
    assert details(server, account, WENT_BACK) == [{"passkey": account.passkey.record["id"]}]
    assert people.mails(account.email, count=3)[0]["subject"] == DOUBTFUL
    after = record(server, account)
    assert after["sign_count"] == 5 and after["last_used_at"] is not None
    assert try_login(people.browser(), account.passkey, count=6).status == 200
    assert len(details(server, account, WENT_BACK)) == 1


# WA §7.2 steps 21-22: whoever has no key raises no doubt
def test_a_count_with_a_wrong_signature_mails_nobody(server, people):
    account = people.with_passkey(Passkey(count=5))[1]
    assert try_login(people.browser(), account.passkey, count=1, spoil=True).refusal == WRONG
    assert details(server, account, WENT_BACK) == [] and doubts(people, account) == 0
    (failed,) = details(server, account, "login.failed")
    assert failed["step"] == 21


# WA §7.2 steps 19 and 22, attack 37: what a copy looks like, its count behind as well
def test_an_eligibility_that_changes_with_a_count_behind_is_told(server, people):
    account = people.with_passkey(Passkey(flags=UP | UV, count=5))[1]
    assert try_login(people.browser(), account.passkey, flags=SYNCED, count=5).refusal == WRONG
    assert details(server, account, CHANGED) == [{"passkey": account.passkey.record["id"]}]
    assert people.mails(account.email, count=3)[0]["subject"] == DOUBTFUL


# WA §7.2 step 19: not even where the setting takes counts that go back
def test_the_setting_of_counts_does_not_let_it_in(start_server):
    people = People(start_server(WEBAUTHN_SIGN_COUNT="audit"))
    account = people.with_passkey()[1]
    assert try_login(people.browser(), account.passkey, flags=SYNCED).refusal == WRONG


# WA §7.2 step 19: anybody can send another flag
@pytest.mark.parametrize(
    "wrong",
    [{"spoil": True}, {"signed_by": Passkey()}, {"origin": "https://evil.example"}, {"user_handle": None}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_flipped_flag_without_the_key_mails_nobody(server, people, wrong):
    account = people.with_passkey()[1]
    assert try_login(people.browser(), account.passkey, flags=SYNCED, **wrong).refusal == WRONG
    assert details(server, account, CHANGED) == [] and doubts(people, account) == 0


# WA §7.2 steps 18, 24: backup state may come and go where the passkey is eligible
def test_backup_state_may_change(server, people):
    account = people.with_passkey(Passkey(flags=UP | UV | BE))[1]
    for flags, state in ((SYNCED, 1), (UP | UV | BE, 0), (SYNCED, 1)):
        assert try_login(people.browser(), account.passkey, flags=flags).status == 200
        assert record(server, account)["backed_up"] == state
    assert try_login(people.browser(), account.passkey, flags=UP | UV | BS).refusal == WRONG
    assert doubts(people, account) == 0
