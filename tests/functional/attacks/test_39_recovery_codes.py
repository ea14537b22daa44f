"""Attack 39: a recovery code reused, of another user, after a renewal, 20 at once, the right selector with a wrong rest a
thousand times -> once only; stopped by the budget; one hash a try.

Forty tries stand for a thousand: four times the budget.
"""

import json

import pytest

from harness.audit import events
from harness.concurrently import at_once
from harness.instances import elsewhere
from harness.people import People
from harness.process import PATIENT
from harness.recovery_codes import MAKE, VERIFY, crossed, give, refusal

WRONG, USED, LOCKED = (401, "mfa_failed"), (401, "code_already_used"), (429, "account_locked")
TRIES, BUDGET = 40, 10


# attack 39
def test_a_renewal_leaves_nothing_of_the_former_codes(people, owner_with_codes):
    client, account, former = owner_with_codes
    assert give(people, account, former[0])[0].status == 200
    assert people.step_up(client, account).status == 200
    codes = people.recovery_codes(client)
    for code in former[:3]:
        assert refusal(people, account, code) == WRONG
    assert give(people, account, codes[0])[0].json["remaining"] == 9


# ASVS 8.2.2, attack 39
def test_a_code_of_another_user_is_none(people, owner_with_codes):
    _, account, codes = owner_with_codes
    client, other = people.with_totp()
    people.recovery_codes(client)
    assert refusal(people, other, codes[0]) == WRONG
    assert give(people, account, codes[0])[0].json["remaining"] == 9


# ASVS 15.4.2, attack 39
def test_of_two_renewals_at_once_one_is_shown_and_kept(server, people, owner_with_codes):
    client, account, _ = owner_with_codes
    views = [elsewhere(client, server) for _ in range(4)]
    replies = at_once([lambda v=view: v.post(MAKE, csrf=True) for view in views])
    assert sorted(reply.status for reply in replies) == [200, 401, 401, 401]
    (codes,) = [reply.json["codes"] for reply in replies if reply.status == 200]
    rows = server.rows("SELECT selector FROM recovery_codes WHERE user_id = ?", account.id)
    assert sorted(row["selector"] for row in rows) == sorted(code[:3] for code in codes)


# ASVS 6.5.1, attack 39: once, whichever way it is typed the second time, and at whichever place
def test_a_used_code_is_used_everywhere(server, people, owner_with_codes):
    client, account, codes = owner_with_codes
    code = codes[0]
    assert give(people, account, code)[0].json == {"success": True, "remaining": 9}
    for typed in (code, code.lower(), code.replace("-", ""), f" {code} ", code.replace("0", "O").replace("1", "I")):
        assert refusal(people, account, typed) == USED
        assert client.post(VERIFY, {"code": typed}, csrf=True).refusal in (USED, LOCKED)
    reasons = [json.loads(row["details"])["reason"] for row in events(server, account, "login.failed")]
    assert reasons == ["code_already_used"] * 5
    assert next(one for one in client.get("/auth/mfa").json["methods"] if one["method"] == "recovery_code")["remaining"] == 9


# 63B §3.2.2, ASVS 6.3.1, attack 39: the selector helps nobody, in whatever place it is tried
def test_a_right_selector_with_a_wrong_rest_ends_at_the_budget(server, people, owner_with_codes):
    session, account, codes = owner_with_codes
    session.cookies.pop("__Host-device")
    wrong = [crossed(codes[0], rest) for rest in codes[1:]]
    answers = []
    for number in range(TRIES):
        code = wrong[number % len(wrong)]
        if number % 2:
            answers.append(session.post(VERIFY, {"code": code}, csrf=True).refusal)
        else:
            answers.append(refusal(people, account, code))
    assert answers == [WRONG] * BUDGET + [LOCKED] * (TRIES - BUDGET)
    assert refusal(people, account, codes[0]) == LOCKED, "the right one too"
    (locked,) = events(server, account, "account.locked")
    assert json.loads(locked["details"])["method"] == "recovery_code"
    assert people.sign_in(account).get("/auth/me").status == 200, "a counter an authenticator"


# ASVS 15.4.2, 63B §3.2.2, attack 39: nor do guesses at once outrun it
def test_guesses_at_once_end_at_the_budget(people, owner_with_codes):
    _, account, codes = owner_with_codes
    waiting = [people.challenge(account) for _ in range(20)]
    code = crossed(codes[0], codes[1])
    replies = at_once(
        [
            lambda c=client, i=challenge: c.post(VERIFY, {"challenge_id": i, "code": code}, csrf=True)
            for client, challenge in waiting
        ]
    )
    assert sorted(reply.refusal for reply in replies) == [WRONG] * BUDGET + [LOCKED] * (20 - BUDGET)


def race(views, code: str) -> list:
    return at_once(
        [lambda v=view, c=challenge: v.post(VERIFY, {"challenge_id": c, "code": code}, csrf=True) for view, challenge in views]
    )


def assert_one_got_in(views, replies) -> None:
    refusals = [reply.refusal for reply in replies]
    assert refusals.count((200, None)) == 1 and set(refusals) <= {(200, None), USED, WRONG, LOCKED}, refusals
    (won,) = [reply for reply in replies if reply.status == 200]
    assert won.json == {"success": True, "remaining": 9}
    assert [view.get("/auth/me").status for view, _ in views].count(200) == 1


# ASVS 6.5.1, 15.4.2, attack 39
def test_of_twenty_uses_at_once_one_gets_in(people, owner_with_codes):
    _, account, codes = owner_with_codes
    views = [people.challenge(account) for _ in range(20)]
    assert_one_got_in(views, race(views, codes[0]))


# ASVS 6.5.1, 15.4.2, attack 39
@pytest.mark.servers
def test_of_twenty_uses_over_three_instances_one_gets_in(start_instances):
    group = start_instances(3, **PATIENT)
    people = People(group[0])
    client, account = people.with_totp()
    code = people.recovery_codes(client)[0]
    waiting = [people.challenge(account) for _ in range(20)]
    views = [(elsewhere(browser, group[number % 3]), challenge) for number, (browser, challenge) in enumerate(waiting)]
    assert_one_got_in(views, race(views, code))


# ASVS 15.2.2, attack 39: a locked account costs no hash: one thread that is busy for long keeps no refusal waiting
def test_beyond_the_budget_nothing_is_hashed(start_server):
    server = start_server(HASH_QUEUE_MAX_WAIT_MS=1, HASH_THREADS=1, LOCKOUT_THRESHOLD=1)
    people = People(server)
    client, account = people.with_totp()
    codes = people.recovery_codes(client)
    assert refusal(people, account, crossed(codes[0], codes[1])) == WRONG
    waiting = [people.challenge(account) for _ in range(8)]
    replies = race(waiting, codes[0])
    assert {reply.refusal for reply in replies} == {LOCKED}, "none waited for the one thread"
