"""Rate limits by session and account, and by what all instances share."""

import pytest

from harness.client import Client
from harness.concurrently import at_once
from harness.instances import elsewhere
from harness.limits import BEHIND_PROXY, TOO_MANY, Nomad, policy, standing
from harness.people import People
from harness.recovery import wait_ready

LIMIT = 10  # of a session; an account has four times that


@pytest.fixture
def server(start_server):
    return start_server(**BEHIND_PROXY, RATE_LIMIT_REQUESTS=LIMIT, RATE_LIMIT_WINDOW_SECONDS=3600)


def list_sessions(client, tries: int) -> int:
    return sum(client.get("/auth/sessions").refusal != TOO_MANY for _ in range(tries))


# ASVS 2.4.1
def test_a_session_is_slowed_from_whatever_addresses_it_is_used(server):
    client, _ = People(server, Nomad).signed_in()
    assert list_sessions(client, 3 * LIMIT) == LIMIT
    refused = client.get("/auth/sessions")
    assert refused.refusal == TOO_MANY
    assert policy(refused) == {"default": (LIMIT, 3600), "session": (LIMIT, 3600), "account": (4 * LIMIT, 3600)}
    assert standing(refused)[:2] == ("session", 0)
    assert int(refused.header("Retry-After")) > 0
    assert client.get("/auth/me").status == 200, "exempt here as well"


def test_one_session_does_not_use_up_what_the_owner_needs(server):
    people = People(server, Nomad)
    stolen, account = people.signed_in()
    assert list_sessions(stolen, 10 * LIMIT) == LIMIT
    assert list_sessions(people.sign_in(account), 2 * LIMIT) == LIMIT


# ASVS 2.4.1
def test_an_account_is_slowed_over_all_its_sessions(server):
    people = People(server, Nomad)
    client, account = people.signed_in()
    clients = [client] + [people.sign_in(account) for _ in range(5)]
    assert sum(list_sessions(client, 2 * LIMIT) for client in clients) == 4 * LIMIT
    assert standing(clients[-1].get("/auth/sessions"))[0] == "account"
    assert list_sessions(people.signed_in()[0], 1) == 1, "another account"


def test_a_request_that_the_gate_refuses_does_not_count_for_the_session(server):
    client, _ = People(server, Nomad).signed_in()
    for _ in range(2 * LIMIT):
        assert client.post("/auth/sessions/revoke-others").refusal == (403, "csrf_failed")
    assert list_sessions(client, 2 * LIMIT) == LIMIT


def test_proofs_inside_a_session_count_for_it(server):
    """The routes that take a challenge or a session."""
    client, _ = People(server, Nomad).signed_in()
    tries = [client.post("/auth/mfa/totp/verify", {}, csrf=True).refusal for _ in range(LIMIT + 1)]
    assert tries == [(422, "validation_failed")] * LIMIT + [TOO_MANY]


def test_recovery_codes_are_made_a_few_times_a_minute(start_server):
    """Ten hashes and a mail each: as often as a password is reset, by account, whatever session and address."""
    server = start_server(**BEHIND_PROXY, RATE_LIMIT_RESET="2/3600")
    people = People(server, Nomad)
    client, _ = people.with_totp()
    for _ in range(2):
        people.recovery_codes(client)
    refused = client.post("/auth/mfa/recovery-codes", csrf=True)
    assert refused.refusal == TOO_MANY
    assert policy(refused) == {"recovery-codes": (2, 3600)}
    people.recovery_codes(people.with_totp()[0])


def ask(server, client=None):
    client = client or Client(server)
    reply = client.post("/auth/login", {})
    client.close()
    return reply.refusal != TOO_MANY


# ASVS 2.4.1, 15.4.2: one atomic step over all instances
@pytest.mark.servers
def test_three_instances_allow_exactly_the_limit(start_instances):
    instances = start_instances(3, RATE_LIMIT_LOGIN="20/3600")
    answers = at_once([lambda member=member: ask(member) for member in [*instances] * 20])
    assert sum(answers) == 20
    assert not any(ask(member) for member in instances)


@pytest.mark.servers
def test_a_session_is_one_on_all_instances(start_instances):
    instances = start_instances(2, RATE_LIMIT_REQUESTS=LIMIT, RATE_LIMIT_WINDOW_SECONDS=3600)
    client, _ = People(instances[0], Nomad).signed_in()
    there = elsewhere(client, instances[1])
    other = Nomad(instances[1])
    other.cookies.update(there.cookies)
    assert list_sessions(client, 6) + list_sessions(other, 2 * LIMIT) == LIMIT


# fails closed
@pytest.mark.servers
def test_a_redis_that_was_emptied_opens_nothing(redis, start_on):
    server = start_on(redis=redis, RATE_LIMIT_LOGIN="5/3600")
    assert sum(ask(server) for _ in range(5)) == 5
    redis.execute("FLUSHALL")
    assert not ask(server)


# fails closed
@pytest.mark.servers
def test_a_redis_that_is_gone_opens_nothing(redis, start_on):
    server = start_on(redis=redis, RATE_LIMIT_LOGIN="5/3600")
    assert sum(ask(server) for _ in range(3)) == 3
    redis.stop()
    wait_ready(server, "degraded")
    assert sum(ask(server) for _ in range(10)) == 2
    redis.start()
    wait_ready(server)
    assert not ask(server)


# Keys name networks and ids, never a secret.
@pytest.mark.servers
def test_what_lies_in_redis_names_nobody_and_expires(redis, start_on):
    server = start_on(
        redis=redis, **BEHIND_PROXY, REDIS_URL=redis.url(0), RATE_LIMIT_REQUESTS=LIMIT, RATE_LIMIT_WINDOW_SECONDS=3600
    )
    client, account = People(server, Nomad).signed_in()
    client.get("/auth/sessions", headers={"X-Forwarded-For": "2001:db8::1"})
    keys = [key.decode() for key in redis.execute("KEYS", "*rate:*")]
    assert "secureauth:rate:address:2001:db8::/64" in keys
    assert f"secureauth:rate:account:{account.id}" in keys
    assert all(0 < redis.execute("PTTL", key) <= 3_600_000 for key in keys)
    (session,) = server.rows("SELECT id FROM sessions")
    assert set(redis.execute("HKEYS", f"secureauth:rate:account:{account.id}")) == {b"account", session["id"].encode()}
