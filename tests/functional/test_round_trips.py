"""What a request costs in round trips, counted by a proxy before each server (issue 4, "Done when").

A session check out of the cache costs none; an uncached one at most one to Redis, or one to SQL without Redis; a sign-in
with a password at most four to SQL and two to Redis, one of them to count the request; a log that many follow what it costs for one.
Work in the background can only add to a count, and a request alone costs the same each time: so the least of several is the request's own.
"""

import time
from contextlib import contextmanager

import pytest

from harness.client import Client
from harness.events import Tail
from harness.people import People
from harness.proxy import Proxy
from harness.recovery import wait_ready
from harness.sealing import seal

pytestmark = pytest.mark.servers

REPETITIONS = 7
CACHED_SECONDS = 1.05  # an entry of the process is served for one second


class Counted:
    """A service of one network thread whose links to both servers are counted."""

    def __init__(self, server, sql: Proxy, redis: Proxy):
        self.server, self._sql, self._redis = server, sql, redis

    def cost(self, action) -> tuple[int, int]:
        before = self._sql.round_trips, self._redis.round_trips
        action()
        return self._sql.round_trips - before[0], self._redis.round_trips - before[1]

    def least(self, action) -> tuple[int, int]:
        action()  # connections are made and statements prepared
        sql, redis = zip(*(self.cost(action) for _ in range(REPETITIONS)))
        return min(sql), min(redis)


@contextmanager
def counting(start_on, postgres, redis, **settings):
    with Proxy(postgres.port) as sql, Proxy(redis.port) as fast:
        server = start_on(
            postgres,
            redis,
            IO_THREADS=1,
            LOCKOUT_ADDRESS_THRESHOLD=1000,
            DATABASE_URL=lambda name: postgres.url(name, port=sql.port),
            REDIS_URL=lambda number: redis.url(number, port=fast.port),
            **settings,
        )
        wait_ready(server)
        yield Counted(server, sql, fast)
        server.stop()


@pytest.fixture
def counted(start_on, postgres, redis):
    with counting(start_on, postgres, redis) as service:
        yield service


@pytest.fixture
def limited(start_on, postgres, redis):
    """With limits that nobody reaches here."""
    with counting(start_on, postgres, redis, RATE_LIMIT_REQUESTS=100_000, RATE_LIMIT_LOGIN="100000/60") as service:
        yield service


def test_the_counter_counts(counted):
    """A registration writes: were it free, nothing would be counted."""
    people = People(counted.server)
    assert counted.least(people.register)[0] >= 1


def test_a_cached_session_check_costs_nothing(counted):
    client, _ = People(counted.server).signed_in()
    assert counted.least(lambda: client.get("/auth/me")) == (0, 0)


def checks_after_the_cache(counted, client: Client) -> tuple[int, int]:
    def check():
        assert client.get("/auth/me").status == 200

    def later():
        time.sleep(CACHED_SECONDS)
        return counted.cost(check)

    sql, redis = zip(*(later() for _ in range(3)))
    return min(sql), min(redis)


def test_an_uncached_session_check_costs_one_round_trip_to_redis(counted):
    client, _ = People(counted.server).signed_in()
    assert client.get("/auth/me").status == 200
    assert checks_after_the_cache(counted, client) == (0, 1)


def test_without_redis_an_uncached_session_check_costs_one_round_trip_to_sql(counted, redis):
    client, _ = People(counted.server).signed_in()
    redis.stop()
    wait_ready(counted.server, "degraded")
    assert client.get("/auth/me").status == 200
    assert checks_after_the_cache(counted, client)[0] == 1


# Each of them looks four times a second: were each look a statement, twelve would cost over a hundred more
def test_many_who_follow_the_log_cost_no_more_than_one(counted):
    people = People(counted.server)
    alone, *clients = [people.of_role("staff")[0] for _ in range(5)]

    def followed_by(tails: list[Tail]) -> int:
        for tail in tails:
            assert tail.head.status == 200
            tail.until(lambda tail: tail.retry)
        seal(counted.server)  # what they began with
        sql, _ = counted.cost(lambda: time.sleep(4))
        for tail in tails:
            tail.close()
        return sql

    one = followed_by([Tail(counted.server, alone)])
    many = followed_by([Tail(counted.server, client) for client in clients for _ in range(3)])
    assert 4 <= one and many <= one + 24, (one, many)


def test_a_sign_in_costs_four_round_trips_to_sql_and_two_to_redis(counted):
    people = People(counted.server)
    account = people.verified()
    sql, redis = counted.least(lambda: people.sign_in(account))
    assert 1 <= sql <= 4
    assert redis <= 2


def test_a_refused_sign_in_costs_no_more(counted):
    people = People(counted.server)
    account = people.verified()
    sql, redis = counted.least(lambda: people.login(account.email, "not the right one"))
    assert sql <= 4 and redis <= 2


def test_limits_cost_a_sign_in_one_round_trip_to_redis(limited):
    people = People(limited.server)
    account = people.verified()
    sql, redis = limited.least(lambda: people.sign_in(account))
    assert sql <= 4 and redis <= 3, "one more than without: it is counted before its body is read (docs/adr/0016)"


def test_limits_cost_two_round_trips_to_redis_inside_a_session(limited):
    client, _ = People(limited.server).signed_in()
    assert limited.least(lambda: client.get("/auth/sessions")) == (1, 2)


def test_limits_cost_nothing_where_a_path_is_exempt(limited):
    client, _ = People(limited.server).signed_in()
    assert limited.least(lambda: client.get("/auth/me")) == (0, 0)
