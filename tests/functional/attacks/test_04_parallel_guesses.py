"""Attack 4: 200 wrong passwords at once over three instances; the same while Redis is stopped, and after it was emptied.

Required: the budget is hashed, the rest is 429; never open."""

import pytest

from harness.concurrently import at_once
from harness.guesses import LOCKED, WRONG, guess, guess_wrong, waited
from harness.people import People, fresh_email
from harness.process import PATIENT
from harness.recovery import wait_ready

pytestmark = pytest.mark.servers

FLOOD = 200
# What is refused is refused for one reason, though two hundred wait for hashes, connections and one row at once; and
# Redis is gone when a test says so.
SETTINGS = PATIENT | {"HASH_QUEUE_MAX_WAIT_MS": 60000, "REDIS_TIMEOUT_MS": 10000}


@pytest.fixture
def three(start_instances, redis):
    return start_instances(3, redis, **SETTINGS)


def looked_at(three, email: str, flood: int = FLOOD) -> int:
    """How many of so many guesses at once were hashed."""
    members = list(three)
    replies = at_once([lambda n=n: guess(members[n % 3], email) for n in range(flood)])
    refusals = [reply.refusal for reply in replies]
    assert set(refusals) <= {WRONG, LOCKED}
    return refusals.count(WRONG)


# ASVS 6.3.1, attack 4
@pytest.mark.parametrize("exists", [True, False], ids=["account", "nobody"])
def test_ten_of_two_hundred_at_once_are_looked_at(three, exists):
    account = People(three[0]).verified()
    email = account.email if exists else fresh_email()
    assert looked_at(three, email) == 10
    assert guess(three[1], email, account.password).refusal == LOCKED
    recorded = three[0].rows("SELECT id FROM audit_logs WHERE event = 'login.failed'")
    assert len(recorded) == 10


# attack 4
def test_without_redis_each_instance_takes_the_budget_at_most_once(three, redis):
    account = People(three[0]).verified()
    redis.stop()
    for member in three:
        wait_ready(member, "degraded")
    assert 10 <= looked_at(three, account.email) <= 30
    assert looked_at(three, account.email) == 0, "by now the record locks"
    assert guess(three[2], account.email, account.password).refusal == LOCKED
    waited(three[0])
    assert looked_at(three, account.email) <= 1, "one is reserved, whoever asks"


# attack 4
def test_an_emptied_redis_forgets_nothing(three, redis):
    account = People(three[0]).verified()
    for member in (*three, *three):
        assert guess(member, account.email).refusal == WRONG
    redis.execute("FLUSHALL")
    assert 4 <= looked_at(three, account.email) <= 6, "the instance that is asked first may lag by two"
    redis.execute("FLUSHALL")
    assert looked_at(three, account.email) == 0


# 63B §3.2.2, attack 4
def test_beyond_the_threshold_one_of_two_hundred_is_looked_at_whatever_redis_does(three, redis):
    account = People(three[0]).verified()
    guess_wrong(three[0], account.email, 10)
    redis.execute("FLUSHALL")
    for member in three:
        member.restart()
    waited(three[0])
    assert looked_at(three, account.email) == 1
