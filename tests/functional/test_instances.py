"""Several instances of one service: what one knows all know (ASVS 7.4.1, 7.4.2, 8.3.2; issue 4 §4).

Bounds are those of docs/adr/0009: at once where instances can be told, 1 s where only the channel is broken, 30 s where
the one that ended the session could not reach Redis and others can.
"""

import time

import pytest

from harness.concurrently import at_once
from harness.daemon import wait_until
from harness.instances import AT_ONCE, SLACK, elsewhere, wait_refused
from harness.people import People
from harness.proxy import Proxy
from harness.recovery import wait_ready

pytestmark = pytest.mark.servers

UNAUTHENTICATED = (401, "unauthenticated")


@pytest.fixture
def pair(start_instances):
    return start_instances(2)


def signed_in_on_both(pair):
    """One browser at two instances, each of which has the session in every cache it has; and its account."""
    there, account = People(pair[0]).signed_in()
    here = elsewhere(there, pair[1])
    for client in (there, here, there, here):
        assert client.get("/auth/me").status == 200
    return there, here, account


def test_a_session_of_one_instance_is_one_of_the_other(pair):
    there, here, account = signed_in_on_both(pair)
    assert here.get("/auth/me").json == there.get("/auth/me").json
    assert len(here.get("/auth/sessions").json["sessions"]) == 1


def test_what_one_instance_writes_the_other_reads_at_once(pair):
    first, second = People(pair[0]), People(pair[1])
    account = first.register()
    assert second.verify(first.token(account.email)).status == 200
    assert first.login(account.email, account.password).status == 200
    assert second.login(account.email, account.password).status == 200


# ASVS 7.4.1
def test_a_sign_out_is_heard_of_on_the_other_instance(pair):
    there, here, _ = signed_in_on_both(pair)
    line = there.cookies.header()
    assert there.post("/auth/logout", csrf=True).status == 200
    assert there.get("/auth/me", cookies=line).refusal == UNAUTHENTICATED, "where it ended it is over at once"
    wait_refused(here)


# ASVS 7.5.2
def test_sessions_ended_by_their_owner_end_on_the_other_instance(pair):
    there, _, account = signed_in_on_both(pair)
    thief = People(pair[1]).sign_in(account)
    assert thief.get("/auth/me").status == 200
    assert People(pair[0]).revoke_others(there).status == 200
    wait_refused(thief)
    assert there.get("/auth/me").status == 200


# ASVS 7.4.2
def test_a_disabled_account_is_out_on_every_instance(pair):
    there, here, account = signed_in_on_both(pair)
    assert pair[0].command("user", "disable", account.email).returncode == 0
    wait_refused(there)
    wait_refused(here)
    assert People(pair[1]).login(account.email, account.password).status in (401, 403)


# ASVS 8.3.2
def test_a_role_acts_on_every_instance(pair):
    there, here, account = signed_in_on_both(pair)
    assert pair[0].command("user", "set-role", account.email, "staff").returncode == 0
    for client in (there, here):

        def changed(client=client):
            reply = client.get("/auth/me")
            return reply.status == 401 or reply.json["role"] == "staff"

        wait_until(changed, "the role is seen or the session ended", AT_ONCE + SLACK)


# ASVS 7.3.1
def test_use_on_one_instance_keeps_the_session_alive_on_the_other(start_instances):
    pair = start_instances(2, SESSION_IDLE_TIMEOUT_SECONDS=10)  # a machine that stands still for some seconds ends nothing
    there, here, account = signed_in_on_both(pair)
    idle = People(pair[1]).sign_in(account)
    end = time.monotonic() + 11
    while time.monotonic() < end:
        assert there.get("/auth/me").status == 200
        time.sleep(0.2)
    assert here.get("/auth/me").status == 200, "used elsewhere is used"
    assert idle.get("/auth/me").refusal == UNAUTHENTICATED, "unused everywhere has ended"


# ASVS 2.3.3, DESIGN §6.2
def test_a_token_raced_over_instances_is_spent_once(start_instances):
    group = start_instances(3)
    first = People(group[0])
    for _ in range(3):
        account = first.register()
        token = first.token(account.email)
        strangers = [People(server) for server in (*group, *group, *group)]
        refusals = [reply.refusal for reply in at_once([lambda s=s: s.verify(token) for s in strangers])]
        assert sorted(refusals, key=str) == [(200, None)] + [(400, "invalid_token")] * 8


def test_instances_that_start_at_once_share_the_work_of_the_schema(start_instances):
    group = start_instances(3, begin=False)
    at_once([member.start for member in group])
    assert {member.command("migrate", "check").returncode for member in group} == {0}


def test_a_session_ended_while_redis_was_out_of_reach_ends_everywhere_once_it_is_back(start_instances, redis):
    with Proxy(redis.port) as proxy:
        group = start_instances(2, redis, begin=False)
        number = group[0].backend.redis_database(group[0].folder)
        group[0].settings["REDIS_URL"] = redis.url(number, port=proxy.port)  # this one's link alone will break
        group.start()
        there, here, _ = signed_in_on_both(group)
        line = there.cookies.header()
        proxy.refuse()
        assert there.post("/auth/logout", csrf=True).status == 200, "SQL is the record: the end is acknowledged"
        assert there.get("/auth/me", cookies=line).refusal == UNAUTHENTICATED
        proxy.accept()
        wait_refused(here, bound=30)
        group.stop()


def test_without_redis_a_session_ends_everywhere_within_a_second(start_instances, redis):
    group = start_instances(2, redis)
    there, here, _ = signed_in_on_both(group)
    redis.stop()
    wait_ready(group[1], "degraded")
    assert here.get("/auth/me").status == 200
    assert there.post("/auth/logout", csrf=True).status == 200
    wait_refused(here)


def test_a_broken_channel_costs_a_second_at_most(start_instances, redis):
    """Redis ends the subscription of every instance at the moment of the sign-out."""
    group = start_instances(2, redis)
    there, here, _ = signed_in_on_both(group)
    redis.execute("CLIENT", "KILL", "TYPE", "pubsub")
    assert there.post("/auth/logout", csrf=True).status == 200
    wait_refused(here)
