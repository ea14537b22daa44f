"""Attack 11: a TOTP code again, in the same step, on another instance, at the step-up after a sign-in ->
code_already_used, audited."""

import json

import pytest

from harness.audit import events
from harness.authenticators import wait_for_rest
from harness.concurrently import at_once
from harness.instances import elsewhere
from harness.people import People
from harness.process import PATIENT

WRONG, USED = (401, "mfa_failed"), (401, "code_already_used")


def verify(client, code, **members):
    return client.post("/auth/mfa/totp/verify", {"code": code} | members, csrf=True)


# ASVS 6.5.1, 6.3.5, 63B §3.1.4.2, attack 11
def test_a_code_works_once_and_so_does_none_before_it(server, people):
    client, account = people.with_totp()
    other, app = people.sign_in(account), account.totp
    app.rest()
    code = app.code(0)
    assert verify(client, code).status == 200
    assert verify(client, code).refusal == verify(other, code).refusal == USED
    assert verify(other, app.code(-1)).refusal == USED
    browser, challenge = people.challenge(account)
    assert verify(browser, code, challenge_id=challenge).refusal == USED
    assert verify(browser, app.code(1), challenge_id=challenge).status == 200
    failed = events(server, account, "step_up.failed") + events(server, account, "login.failed")
    assert [row["details"].count("code_already_used") for row in failed] == [1] * 4


# ASVS 6.5.1, attack 11: nor at the step-up that follows
def test_the_code_of_a_sign_in_steps_nothing_up(people):
    account = people.with_totp()[1]
    browser, challenge = people.challenge(account)
    code = account.totp.fresh_code()
    assert verify(browser, code, challenge_id=challenge).status == 200
    assert verify(browser, code).refusal == USED


# ASVS 6.5.1, attack 11
@pytest.mark.servers
def test_a_code_that_one_instance_took_is_used_on_every_other(start_instances):
    group = start_instances(3)
    client, account = People(group[0]).with_totp()
    views = [elsewhere(client, member) for member in group]
    code = account.totp.fresh_code()
    browser, challenge = People(group[1]).challenge(account)
    assert verify(browser, code, challenge_id=challenge).status == 200
    assert {verify(view, code).refusal for view in views} == {USED}


# ASVS 6.5.1, attack 11: at the confirmation of the set-up first
def test_the_code_that_confirmed_a_set_up_signs_nobody_in(server, people):
    client, account = people.signed_in()
    account.totp = people.set_up_totp(client, account)
    code = account.totp.fresh_code()
    assert verify(client, code).status == 200
    browser, challenge = people.challenge(account)
    assert verify(browser, code, challenge_id=challenge).refusal == USED
    assert verify(client, code).refusal == USED
    reasons = [
        json.loads(row["details"]).get("reason")
        for event in ("login.failed", "step_up.failed")
        for row in events(server, account, event)
    ]
    assert reasons == ["code_already_used"] * 2


# ASVS 6.5.1, attack 11: a replayed code is as much of a guess as a wrong one
def test_a_code_again_and_again_ends_at_the_budget(people):
    account = people.with_totp()[1]
    browser, challenge = people.challenge(account)
    code = account.totp.fresh_code()
    assert verify(browser, code, challenge_id=challenge).status == 200
    answers = []
    for _ in range(12):
        thief, waiting = people.challenge(account)
        answers.append(verify(thief, code, challenge_id=waiting).refusal)
    assert answers == [USED] * 10 + [(429, "account_locked")] * 2


# ASVS 6.5.1, 16.3.1, attack 11: no order of steps brings one back
def test_steps_only_move_forward(people):
    account = people.with_totp()[1]
    app = account.totp
    app.rest()
    wait_for_rest(10)  # all in one step: in the next one the first code of the loop would be a new one
    client, challenge = people.challenge(account)
    assert verify(client, app.code(1), challenge_id=challenge).status == 200
    for offset in (1, 0, -1):
        client, challenge = people.challenge(account)
        assert verify(client, app.code(offset), challenge_id=challenge).refusal == USED, offset


# ASVS 6.5.1, 15.4.2, 63B §3.1.4.2, attack 11: at the same instant
@pytest.mark.servers
def test_of_twenty_uses_over_three_instances_one_gets_in(start_instances):
    group = start_instances(3, **PATIENT)
    people = People(group[0])
    account = people.with_totp()[1]
    code = account.totp.fresh_code()
    waiting = [people.challenge(account) for _ in range(20)]
    views = [(elsewhere(browser, group[number % 3]), challenge) for number, (browser, challenge) in enumerate(waiting)]
    replies = at_once([lambda v=view, c=challenge: verify(v, code, challenge_id=c) for view, challenge in views])
    assert [reply.status for reply in replies].count(200) == 1
    assert {reply.refusal for reply in replies if reply.status != 200} <= {USED, WRONG, (429, "account_locked")}
    assert [view.get("/auth/me").status for view, _ in views].count(200) == 1
