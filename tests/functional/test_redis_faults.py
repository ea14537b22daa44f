"""Redis that is away, refuses, freezes, is full or moves: nothing is lost and no request fails (issue 4 §5).

PostgreSQL is the record, Redis the fast path. /health/ready stays 200 and says what is degraded.
"""

import pytest

from harness import redis_users, tls
from harness.client import Client
from harness.daemon import wait_until
from harness.fake_redis import FakeRedis
from harness.instances import elsewhere, wait_refused
from harness.load import Load
from harness.people import People
from harness.proxy import Proxy
from harness.recovery import main_job_works, readiness, wait_ready
from harness.redis import Redis, RedisCluster, RedisSentinel

pytestmark = pytest.mark.servers


def works_without(server) -> None:
    """Everything goes on from the record store, and readiness says what is missing."""
    wait_ready(server, "degraded")
    assert Client(server).get("/health/ready").json == {"status": "degraded", "degraded": ["redis"]}
    main_job_works(server)


def works_with(server) -> None:
    wait_ready(server)
    main_job_works(server)


def kept(redis: Redis) -> int:
    """Keys over all databases."""
    return sum(space["keys"] for space in redis.execute("INFO", "keyspace").values())


def test_what_it_is_for(redis, start_on):
    """The other tests would prove nothing about a service that does not use it."""
    server = start_on(redis=redis)
    People(server).signed_in()
    assert kept(redis) > 0


def test_gone_at_the_start_and_there_later(redis, start_on):
    redis.stop()
    server = start_on(redis=redis)
    works_without(server)
    redis.start()
    works_with(server)


def test_a_wrong_password(redis, start_on):
    server = start_on(redis=redis, REDIS_URL=lambda number: redis.url(number, password="mistaken-one"))
    works_without(server)
    assert "mistaken-one" not in server.log() + server.stdout()
    redis.execute("CONFIG", "SET", "requirepass", "mistaken-one")
    works_with(server)


# ASVS 13.2.2: no more rights than are needed
def test_what_the_documentation_allows_is_enough_for_two_instances(redis, start_instances):
    user = redis_users.make([redis])
    pair = start_instances(2, redis, REDIS_URL=f"redis://{user}@127.0.0.1:{redis.port}/3")
    for member in pair:
        works_with(member)
    there, _ = People(pair[0]).signed_in()
    here = elsewhere(there, pair[1])
    assert here.get("/auth/me").status == 200
    assert there.post("/auth/logout", csrf=True).status == 200
    wait_refused(here)
    assert redis.execute("PUBSUB", "CHANNELS") == [b"secureauth:dropped"]
    assert redis_users.refusals(redis) == []


def test_a_user_who_may_not_listen_is_told_once(redis, start_on):
    user = redis_users.make([redis])
    redis.execute("ACL", "SETUSER", redis_users.NAME, "resetchannels")
    server = start_on(redis=redis, REDIS_URL=f"redis://{user}@127.0.0.1:{redis.port}/3")
    wait_until(lambda: len(redis_users.refusals(redis)) > 0 and redis_users.refusals(redis)[0][1] >= 5, "it tries again")
    log = server.log()
    assert log.count("Redis is gone") == 1 and "NOPERM" in log and "Redis is back" not in log, log


# ASVS 12.3.2, 12.3.4: whom we talk to is checked
@tls.certificates_to_try
def test_tls_is_verified(authorities, start_on, signed_for, trusted, works):
    with Redis(certificate=authorities[0].sign(signed_for)) as redis:
        server = start_on(redis=redis, REDIS_URL=redis.tls_url, REDIS_CA_FILE=authorities[trusted].certificate)
        if works:
            works_with(server)
            assert kept(redis) > 0
        else:
            works_without(server)
            assert kept(redis) == 0, "nothing was told to a stranger"
        server.stop()


def test_killed_and_restarted_in_mid_load_no_request_fails_and_no_session_is_lost(redis, start_on):
    server = start_on(redis=redis)
    client, _ = People(server).signed_in()
    accounts = [People(server).verified() for _ in range(3)]
    with Load([server], accounts) as load:
        wait_until(lambda: load.rounds() >= 1, "every visitor is on the way")
        redis.kill9()
        wait_ready(server, "degraded")
        assert client.get("/auth/me").status == 200
        down = load.rounds()
        wait_until(lambda: load.rounds() >= down + 2, "they go on without it")
        redis.start()
        wait_ready(server)
        back = load.rounds()
        wait_until(lambda: load.rounds() >= back + 2, "and with it")
    assert load.record.wrong == [] and load.record.refusals.total() == 0
    assert client.get("/auth/me").status == 200
    load.check_kept(server)
    load.check_ended([server])


def test_connections_cut_in_mid_load(redis, start_on):
    server = start_on(redis=redis)
    accounts = [People(server).verified() for _ in range(2)]
    with Load([server], accounts) as load:
        for rounds in range(1, 5):
            wait_until(lambda: load.rounds() >= rounds, "every visitor is on the way")
            redis.cut_connections()
    assert load.record.wrong == [] and load.record.refusals.total() == 0
    works_with(server)


def test_a_frozen_server_delays_by_a_bounded_time(redis, start_on):
    server = start_on(redis=redis, REDIS_TIMEOUT_MS=None)
    client, _ = People(server).signed_in()
    redis.freeze()
    impatient = Client(server, timeout=10)  # the bound, with room for the machine
    impatient.cookies.update(client.cookies)
    assert impatient.get("/auth/me").status == 200
    assert impatient.get("/health").status == 200
    works_without(server)
    redis.thaw()
    works_with(server)
    assert client.get("/auth/me").status == 200


def test_a_slow_link_is_slow_and_nothing_else(redis, start_on):
    with Proxy(redis.port) as proxy:
        server = start_on(redis=redis, REDIS_URL=lambda number: redis.url(number, port=proxy.port))
        proxy.delay_to_server = proxy.delay_to_client = 0.03
        works_with(server)
        server.stop()


def test_an_address_that_swallows_everything(redis, start_on):
    with Proxy(redis.port) as proxy:
        server = start_on(redis=redis, REDIS_URL=lambda number: redis.url(number, port=proxy.port), REDIS_TIMEOUT_MS=None)
        proxy.swallow()
        works_without(server)
        proxy.pass_on()
        works_with(server)
        server.stop()


def test_out_of_memory(redis, start_on):
    """noeviction: every write is refused while reads go on. The service must not take one for the other."""
    server = start_on(redis=redis)
    client, _ = People(server).signed_in()
    redis.execute("CONFIG", "SET", "maxmemory-policy", "noeviction")
    redis.execute("CONFIG", "SET", "maxmemory", "1mb")
    assert redis.execute("INFO", "memory")["used_memory"] > 1 << 20, "full as it is"
    assert client.get("/auth/me").status == 200
    main_job_works(server)
    assert {status for status, _ in readiness(server, 8)} == {200}
    redis.execute("CONFIG", "SET", "maxmemory", "0")
    works_with(server)


# ASVS 7.4.1
def test_a_session_that_ends_while_it_is_full_ends_on_every_instance(redis, start_instances):
    """What needs memory is refused, and other instances must neither find the session there nor go on without word."""
    user = redis_users.make([redis])
    pair = start_instances(2, redis, REDIS_URL=f"redis://{user}@127.0.0.1:{redis.port}/3")
    there, _ = People(pair[0]).signed_in()
    here = elsewhere(there, pair[1])
    assert {client.get("/auth/me").status for client in (here, there, here, there)} == {200}
    redis.execute("CONFIG", "SET", "maxmemory-policy", "noeviction")
    redis.execute("CONFIG", "SET", "maxmemory", "1mb")
    line = there.cookies.header()
    assert there.post("/auth/logout", csrf=True).status == 200
    assert there.get("/auth/me", cookies=line).status == 401
    wait_refused(here)
    assert redis_users.refusals(redis) == []
    pair.stop()


def test_the_script_cache_flushed(redis, start_on):
    server = start_on(redis=redis)
    People(server).signed_in()
    for _ in range(3):
        redis.execute("SCRIPT", "FLUSH")
        main_job_works(server)
        assert readiness(server) == [(200, "ready")]


@pytest.mark.parametrize("answer", [":1", "*0", "%0", "#t", "-ERR no"])
def test_a_server_that_answers_what_was_not_asked_for(start_on, answer):
    """A wrong answer is none: the record store is asked, and nothing is refused."""
    with FakeRedis(answer) as fake:
        server = start_on(REDIS_URL=fake.url)
        for _ in range(3):
            main_job_works(server)
        assert {b"GET", b"EVALSHA"} <= fake.asked
        server.stop()


def test_everything_forgotten(redis, start_on):
    """FLUSHALL, or a restart without persistence: no session is lost (ASVS 7.4.1: no ended one comes back either)."""
    server = start_on(redis=redis)
    client, account = People(server).signed_in()
    ended = People(server).sign_in(account)
    line = ended.cookies.header()
    assert ended.post("/auth/logout", csrf=True).status == 200
    redis.execute("FLUSHALL")
    assert client.get("/auth/me").status == 200
    assert ended.get("/auth/me", cookies=line).status == 401
    works_with(server)


def ports_of(cluster) -> str:
    """For a sandbox: the nodes tell each other's, and these are no settings."""
    return ",".join(str(member.port) for member in cluster.members)


def test_a_cluster_of_three_masters(start_on):
    with RedisCluster() as cluster:
        server = start_on(redis=cluster.members[0], REDIS_URL=cluster.url(), SANDBOX_CONNECT_PORTS=ports_of(cluster))
        people = People(server)
        client, account = people.signed_in()
        for _ in range(40):
            assert people.sign_in(account).get("/auth/me").status == 200
        assert all(cluster.keys()), "the keys are spread over all: MOVED is followed"
        wait_ready(server)

        lost = cluster.members[1]
        lost.kill9()
        for _ in range(6):
            main_job_works(server)
        assert client.get("/auth/me").status == 200
        assert {status for status, _ in readiness(server, 8)} == {200}
        lost.start()
        cluster.wait_whole()
        works_with(server)
        server.stop()


def test_a_slot_that_moves_while_in_use(start_on):
    """ASK and MOVED: the keys of a slot under way are found on either side."""
    with RedisCluster() as cluster:
        user = redis_users.make(cluster.members)
        server = start_on(
            redis=cluster.members[0],
            REDIS_URL=f"redis://{user}@127.0.0.1:{cluster.members[0].port}",
            SANDBOX_CONNECT_PORTS=ports_of(cluster),
        )
        client, account = People(server).signed_in()
        source = next(member for member in cluster.members if member.execute("DBSIZE"))
        target = next(member for member in cluster.members if member is not source)
        (key,) = source.execute("KEYS", "*")[:1]
        slot = source.execute("CLUSTER", "KEYSLOT", key)
        ids = {member: _text(member.execute("CLUSTER", "MYID")) for member in (source, target)}
        target.execute("CLUSTER", "SETSLOT", slot, "IMPORTING", ids[source])
        source.execute("CLUSTER", "SETSLOT", slot, "MIGRATING", ids[target])
        source.execute("MIGRATE", "127.0.0.1", target.port, key, 0, 5000, "AUTH", target.password)
        main_job_works(server)
        assert client.get("/auth/me").status == 200
        for member in cluster.members:
            member.execute("CLUSTER", "SETSLOT", slot, "NODE", ids[target])
        main_job_works(server)
        assert client.get("/auth/me").status == 200
        line = client.cookies.header()
        assert client.post("/auth/logout", csrf=True).status == 200
        assert client.get("/auth/me", cookies=line).status == 401
        wait_ready(server)
        assert [redis_users.refusals(member) for member in cluster.members] == [[]] * len(cluster.members)
        server.stop()


def _text(value) -> str:
    return value.decode() if isinstance(value, bytes) else value


def test_sentinels_name_a_new_master(start_on):
    with RedisSentinel() as watched:
        user = redis_users.make(watched.sentinels, at_sentinels=True)
        server = start_on(redis=watched.master, REDIS_URL=lambda number: watched.url(number, user))
        client, account = People(server).signed_in()
        works_with(server)
        watched.master.kill9()
        main_job_works(server)
        assert client.get("/auth/me").status == 200
        watched.wait_failed_over()
        works_with(server)
        assert kept(watched.replica) > 0, "the new master is in use"
        assert client.get("/auth/me").status == 200
        assert [redis_users.refusals(sentinel) for sentinel in watched.sentinels] == [[]] * 3
        server.stop()
