"""Attack 12: 1,000 TOTP guesses over fresh challenges with the right password -> stopped at the account's budget; the
owner is mailed.

Forty guesses stand for a thousand, for the suite's time: four times the budget. That it holds for all windows together
is in test_mfa_guesses.py.
"""

import pytest

from harness.audit import details, subjects
from harness.concurrently import at_once
from harness.instances import elsewhere
from harness.people import People
from harness.process import PATIENT

WRONG, LOCKED = (401, "mfa_failed"), (429, "account_locked")
GUESSES, BUDGET = 40, 10


def verify(client, code, challenge):
    return client.post("/auth/mfa/totp/verify", {"code": code, "challenge_id": challenge}, csrf=True)


def guess(people, account, number: int):
    """One wrong code for a challenge of its own, in a browser of its own, from another address."""
    client, challenge = people.challenge(account)
    body = {"code": account.totp.wrong_code(), "challenge_id": challenge}
    reply = client.post("/auth/mfa/totp/verify", body, csrf=True, headers={"X-Forwarded-For": f"198.51.{number}.7"})
    client.close()
    return reply


# ASVS 6.6.3, 6.3.5, 63B §3.2.2, attack 12
def test_guesses_over_fresh_challenges_and_addresses_end_at_the_budget(start_server):
    people = People(start_server(TRUSTED_PROXIES="127.0.0.1"))
    account = people.with_totp()[1]
    owner, before = people.sign_in(account), len(people.mails(account.email))
    replies = [guess(people, account, number) for number in range(GUESSES)]
    assert [reply.refusal for reply in replies] == [WRONG] * BUDGET + [LOCKED] * (GUESSES - BUDGET)
    assert all(0 < int(reply.header("Retry-After")) <= 900 for reply in replies[BUDGET:])
    client, challenge = people.challenge(account)
    assert verify(client, account.totp.fresh_code(), challenge).refusal == LOCKED, "the right one too"
    told = subjects(people, account, before + 1)
    news = told[: len(told) - before]
    assert "Too many failed attempts" in news
    assert len(news) <= 5, "and his mailbox is not flooded in turn"
    assert len(details(people.server, account, "account.locked")) == 1
    assert people.sign_in_again(owner, account).status == 200, "his own browser lets him in"


# ASVS 6.6.3, 63B §3.2.2, attack 12: neither a new password sign-in nor a step-up in a session is another budget
def test_all_places_that_take_a_code_share_the_budget(people):
    session, account = people.with_totp()
    session.cookies.pop("__Host-device")
    answers = []
    for number in range(BUDGET + 2):
        if number % 2:
            answers.append(guess(people, account, number).refusal)
        else:
            body = {"code": account.totp.wrong_code()}
            answers.append(session.post("/auth/mfa/totp/verify", body, csrf=True).refusal)
    assert answers == [WRONG] * BUDGET + [LOCKED] * 2


# ASVS 6.6.3, 15.4.2, attack 12: forty at once, over three instances
@pytest.mark.servers
def test_guesses_at_once_over_instances_end_at_the_budget(start_instances):
    group = start_instances(3, **PATIENT)
    people = People(group[0])
    account = people.with_totp()[1]
    waiting = [people.challenge(account) for _ in range(GUESSES)]
    views = [(elsewhere(client, group[number % 3]), challenge) for number, (client, challenge) in enumerate(waiting)]
    code = account.totp.wrong_code()
    replies = at_once([lambda c=client, i=challenge: verify(c, code, i) for client, challenge in views])
    assert sorted(reply.refusal for reply in replies) == [WRONG] * BUDGET + [LOCKED] * (GUESSES - BUDGET)
