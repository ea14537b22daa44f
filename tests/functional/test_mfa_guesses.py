"""Guessing codes with the right password: counted for the account, over all challenges, sessions and instances."""

import pytest

from harness.concurrently import at_once
from harness.instances import elsewhere
from harness.people import People

WRONG, EXPIRED, LOCKED = (401, "mfa_failed"), (400, "challenge_expired"), (429, "account_locked")


def verify(client, code, challenge=None):
    body = {"code": code} | ({"challenge_id": challenge} if challenge else {})
    return client.post("/auth/mfa/totp/verify", body, csrf=True)


def guess(people, account, times: int = 1) -> list:
    """So many wrong codes, each for a challenge and in a browser of its own."""
    replies = []
    for _ in range(times):
        client, challenge = people.challenge(account)
        replies.append(verify(client, account.totp.wrong_code(), challenge))
        client.close()
    return [reply.refusal for reply in replies]


def right(people, account):
    client, challenge = people.challenge(account)
    return verify(client, account.totp.fresh_code(), challenge)


# ASVS 6.6.3, 63B §3.2.2, attack 12
def test_fresh_challenges_are_no_fresh_guesses(people):
    account = people.with_totp()[1]
    assert guess(people, account, 12) == [WRONG] * 10 + [LOCKED] * 2
    reply = right(people, account)
    assert reply.refusal == LOCKED and 0 < int(reply.header("Retry-After")) <= 900


# 63B §3.2.2: a counter an authenticator
def test_a_right_password_clears_nothing_of_the_codes(people):
    account = people.with_totp()[1]
    assert guess(people, account, 9) == [WRONG] * 9
    people.challenge(account)
    assert guess(people, account, 2) == [WRONG, LOCKED]


# 63B §3.2.2
def test_a_right_code_clears_the_count(people):
    account = people.with_totp()[1]
    assert guess(people, account, 9) == [WRONG] * 9
    assert right(people, account).status == 200
    assert guess(people, account, 2) == [WRONG] * 2


# 63B §3.2.2: a counter an authenticator, and this one is new
def test_another_authenticator_begins_with_no_guesses_against_it(people):
    session, account = people.with_totp()
    assert guess(people, account, 9) == [WRONG] * 9
    people.enrol_totp(session, account)
    assert guess(people, account, 11) == [WRONG] * 10 + [LOCKED]


# 63B §3.2.2: nor against new recovery codes
def test_new_recovery_codes_begin_with_no_guesses_against_them(people):
    session, account = people.with_totp()
    people.recovery_codes(session)

    def guess_codes(times: int) -> list:
        replies = []
        for _ in range(times):
            client, challenge = people.challenge(account)
            body = {"code": "0000-0000-0000-0000", "challenge_id": challenge}
            replies.append(client.post("/auth/mfa/recovery/verify", body, csrf=True).refusal)
            client.close()
        return replies

    assert guess_codes(11) == [WRONG] * 10 + [LOCKED]
    people.recovery_codes(session)
    assert guess_codes(1) == [WRONG]


# 63B §3.2.2: whichever session or challenge
def test_guesses_inside_sessions_and_for_challenges_add_up(people):
    session, account = people.with_totp()
    session.cookies.pop("__Host-device")
    for _ in range(5):
        assert verify(session, account.totp.wrong_code()).refusal == WRONG
    assert guess(people, account, 6) == [WRONG] * 5 + [LOCKED]
    assert verify(session, account.totp.fresh_code()).refusal == LOCKED


# 63B §5.1, 3.2.2, ASVS 6.1.1, attack 5: nobody is locked out of a browser that the account knows
def test_the_owner_gets_in_with_a_browser_that_was_used_before(people):
    account = people.with_totp()[1]
    mine = people.sign_in(account)
    assert guess(people, account, 11)[-1] == LOCKED
    reply = people.sign_in_again(mine, account)
    assert reply.status == 200 and mine.get("/auth/me").json["aal"] == 2


# 63B §3.2.2, 5.1: who has the password made no browser known by it
def test_a_browser_that_proved_only_the_password_is_not_known(people):
    mine, account = people.signed_in()
    people.enrol_totp(people.sign_in(account), account)
    assert guess(people, account, 11)[-1] == LOCKED
    challenge = mine.post("/auth/login", account.credentials).json["challenge_id"]
    assert verify(mine, account.totp.fresh_code(), challenge).refusal == LOCKED


# 63B §3.2.2: and it has no more than ten of its own
def test_a_known_browser_has_ten_guesses(people):
    account = people.with_totp()[1]
    mine, answers = people.sign_in(account), []
    for _ in range(11):
        challenge = mine.post("/auth/login", account.credentials).json["challenge_id"]
        answers.append(verify(mine, account.totp.wrong_code(), challenge).refusal)
    assert answers == [WRONG] * 10 + [LOCKED]


# 63B §5.1, attack 36
def test_the_browser_of_one_account_is_not_known_to_another(people):
    account, stranger = people.with_totp()[1], people.signed_in()[0]
    assert guess(people, account, 11)[-1] == LOCKED
    challenge = stranger.post("/auth/login", account.credentials).json["challenge_id"]
    assert verify(stranger, account.totp.fresh_code(), challenge).refusal == LOCKED


# 63B §3.2.2
def test_the_window_passes(start_server):
    people = People(start_server(LOCKOUT_THRESHOLD=3))
    account = people.with_totp()[1]
    assert guess(people, account, 4)[-1] == LOCKED
    people.server.execute("UPDATE factor_guesses SET window_ends_at = '2026-01-01T00:00:00.000000Z'")
    assert right(people, account).status == 200


# 63B §3.2.2: all windows together
def test_after_so_many_in_a_row_an_authenticator_is_of_no_use(start_server):
    people = People(start_server(LOCKOUT_THRESHOLD=10, LOCKOUT_MAX_CONSECUTIVE=20))
    account = people.with_totp()[1]
    mine = people.sign_in(account)
    for _ in range(10):
        assert guess(people, account) == [WRONG]
        people.server.execute("UPDATE factor_guesses SET window_ends_at = '2026-01-01T00:00:00.000000Z'")
    assert guess(people, account) == [LOCKED]
    assert right(people, account).refusal == LOCKED
    assert people.sign_in_again(mine, account).status == 200, "known browsers have a share of their own"


# ASVS 16.3.2, 6.3.5
def test_a_lock_is_recorded_and_told_once(server, people):
    account = people.with_totp()[1]
    guess(people, account, 13)
    rows = server.rows("SELECT * FROM audit_logs WHERE event = 'account.locked' AND subject_id = ?", account.id)
    assert len(rows) == 1 and rows[0]["outcome"] == "failure" and "totp" in rows[0]["details"]


# 63B §3.2.2, ASVS 15.4.2
def test_guesses_at_once_do_not_outrun_the_count(people):
    account = people.with_totp()[1]
    waiting = [people.challenge(account) for _ in range(15)]
    code = account.totp.wrong_code()
    replies = at_once([lambda c=client, i=challenge: verify(c, code, i) for client, challenge in waiting])
    assert sorted(reply.refusal for reply in replies) == [WRONG] * 10 + [LOCKED] * 5


# 63B §3.2.2, attack 12
@pytest.mark.servers
def test_other_instances_give_no_other_guesses(start_instances):
    group = start_instances(3)
    people = People(group[0])
    account = people.with_totp()[1]
    waiting = [people.challenge(account) for _ in range(15)]
    views = [(elsewhere(client, group[number % 3]), challenge) for number, (client, challenge) in enumerate(waiting)]
    code = account.totp.wrong_code()
    replies = at_once([lambda c=client, i=challenge: verify(c, code, i) for client, challenge in views])
    assert sorted(reply.refusal for reply in replies) == [WRONG] * 10 + [LOCKED] * 5


# 63B §3.2.2: the count is in the record store
@pytest.mark.servers
def test_without_redis_the_count_holds_and_owners_get_in(start_on, redis):
    people = People(start_on(redis=redis))
    account = people.with_totp()[1]
    assert guess(people, account, 5) == [WRONG] * 5
    redis.kill9()
    assert guess(people, account, 6) == [WRONG] * 5 + [LOCKED]
    other = people.with_totp()[1]
    assert right(people, other).status == 200


def subjects(people, account, count: int = 0) -> list[str]:
    return [mail["subject"] for mail in people.mails(account.email, count)]


# ASVS 6.3.5, CS Authentication
def test_the_owner_hears_that_somebody_has_the_password(people):
    account = people.with_totp()[1]
    before = subjects(people, account)
    assert guess(people, account, 1) == [WRONG]
    news = subjects(people, account, len(before) + 1)
    assert len(news) == len(before) + 1 and news[0] not in before
    assert "127.0.0.1" in people.mails(account.email)[0]["text"]


# ASVS 6.3.5: a mistyped code where the owner signs in every day is no news
def test_a_slip_in_a_known_browser_is_no_news(people):
    account = people.with_totp()[1]
    mine = people.sign_in(account)
    before = len(subjects(people, account))
    challenge = mine.post("/auth/login", account.credentials).json["challenge_id"]
    assert verify(mine, account.totp.wrong_code(), challenge).refusal == WRONG
    assert verify(mine, account.totp.fresh_code(), challenge).status == 200
    assert len(subjects(people, account)) == before


# ASVS 6.3.5: who holds a session guesses there, and is let on
def test_the_owner_hears_of_a_step_up_after_failures(people):
    session, account = people.with_totp()
    for _ in range(4):
        assert verify(session, account.totp.wrong_code()).refusal == WRONG
    before = subjects(people, account)
    assert verify(session, account.totp.fresh_code()).status == 200
    assert subjects(people, account) == before, "four are slips"
    for _ in range(5):
        assert verify(session, account.totp.wrong_code()).refusal == WRONG
    assert verify(session, account.totp.fresh_code()).status == 200
    assert len(subjects(people, account, len(before) + 1)) == len(before) + 1


# ASVS 6.3.5
def test_the_owner_hears_of_a_code_that_came_twice_and_of_success_after_failures(people):
    account = people.with_totp()[1]
    client, challenge = people.challenge(account)
    code = account.totp.fresh_code()
    assert verify(client, code, challenge).status == 200
    before = len(subjects(people, account))
    client, challenge = people.challenge(account)
    assert verify(client, code, challenge).refusal == (401, "code_already_used")
    assert len(subjects(people, account, before + 1)) == before + 1
    guess(people, account, 5)
    before = set(subjects(people, account))
    assert right(people, account).status == 200
    assert set(subjects(people, account)) - before, "told that it went in after several failures"
