"""PostgreSQL that is away, refuses, freezes or moves: 503 in bounded time, nothing lost, back by itself.

ASVS 16.5.1 to 16.5.4; the rule for each fault is in docs/deployment.md, "What happens when".
"""

from contextlib import ExitStack

import psycopg
import pytest

from harness import process, tls
from harness.client import Client
from harness.daemon import wait_until
from harness.generations import Generation
from harness.load import Load
from harness.people import People
from harness.postgres import Postgres, Standby
from harness.proxy import Proxy
from harness.recovery import UNAVAILABLE, main_job_works, readiness, register, wait_ready, wait_unavailable
from harness.server import StartFailed

pytestmark = pytest.mark.servers

# Short for who waits in vain, and long enough for who is served by a slow machine.
SHORT = {"DATABASE_STATEMENT_TIMEOUT_MS": 2000, "DATABASE_CONNECT_TIMEOUT_SECONDS": 2}
BOUND = 15  # seconds: statement, connect and pool wait together stay below it


def start_refused(server) -> str:
    """What `serve` says when it refuses: one line, status 1."""
    result = process.command("serve", settings=server.settings, folder=server.folder)
    assert result.returncode == 1
    lines = (result.stdout + result.stderr).strip().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def test_a_database_that_is_gone_at_the_start_is_named_in_one_line(postgres, start_on):
    server = start_on(postgres, begin=False)
    postgres.stop()
    message = start_refused(server)
    assert str(postgres.port) in message and postgres.password not in message


def test_a_wrong_password_at_the_start(postgres, start_on):
    server = start_on(postgres, begin=False, DATABASE_URL=lambda database: postgres.url(database, password="mistaken-one"))
    message = start_refused(server)
    assert "password" in message and "mistaken-one" not in message


def test_a_database_that_does_not_exist(postgres, start_on):
    server = start_on(postgres, begin=False, DATABASE_URL=postgres.url("nowhere"))
    assert "nowhere" in start_refused(server)


# docs/deployment.md: a password may be rotated; the wrong one is 503 and never a crash
def test_a_password_that_changes_while_running(postgres, start_on):
    server = start_on(postgres)
    database = server.backend.database(server.folder)
    postgres.execute("ALTER ROLE service PASSWORD 'another password'")
    wait_until(lambda: postgres.cut_connections(database) == 0 and readiness(server) == [UNAVAILABLE], "it is refused")
    assert register(Client(server)).refusal == UNAVAILABLE
    postgres.execute(f"ALTER ROLE service PASSWORD '{postgres.password}'")
    wait_ready(server)
    main_job_works(server)


# Production's rule on TLS looks at DATABASE_URL: nothing else may say where the record is.
@pytest.mark.parametrize(
    "variable",
    [
        {"PGHOSTADDR": "127.0.0.2"},
        {"PGSERVICE": "elsewhere"},
        {"PGSSLMODE": "verify-full"},
        {"PGTARGETSESSIONATTRS": "standby"},
    ],
    ids=lambda variable: next(iter(variable)),
)
def test_the_environment_of_libpq_changes_nothing(postgres, start_on, variable):
    server = start_on(postgres, DATABASE_URL=lambda database: postgres.url(database, query=""), **variable)
    assert readiness(server) == [(200, "ready")]
    assert server.command("migrate", "check").returncode == 0
    main_job_works(server)


# ASVS 12.3.2, 12.3.4: whom we talk to is checked
@tls.certificates_to_try
def test_tls_to_the_database_is_verified(authorities, start_on, signed_for, trusted, works):
    with Postgres(certificate=authorities[0].sign(signed_for)) as postgres:
        query = f"sslmode=verify-full&sslrootcert={authorities[trusted].certificate}"
        server = start_on(
            postgres, begin=False, DATABASE_URL=lambda database: postgres.url(database, host="localhost", query=query)
        )
        if not works:
            assert "certificate" in start_refused(server)
            return
        server.start()
        main_job_works(server)
        used = postgres.execute(
            "SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)" " WHERE usename = 'service'"
        )
        assert used == [(True,)]
        server.stop()


def test_out_of_connections(start_on):
    with Postgres(max_connections=8) as postgres, ExitStack() as taken:
        # Of the eight three are the superuser's: the service alone must not want more than are left.
        server = start_on(postgres, IO_THREADS=1, DATABASE_POOL_SIZE=2)
        client, account = People(server).signed_in()
        database = server.backend.database(server.folder)

        def take_all() -> bool:
            """Takes what is free, then the service's own; true once the service is left with none."""
            try:
                while True:
                    other = psycopg.connect(postgres.url(database), application_name="greedy", connect_timeout=5)
                    taken.callback(other.close)
            except psycopg.OperationalError:
                pass
            return not postgres.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE usename = 'service' AND application_name <> 'greedy'"
            )

        wait_until(take_all, "every connection is somebody else's")
        wait_unavailable(server)
        assert register(client).refusal == UNAVAILABLE
        assert client.get("/health").status == 200
        taken.close()
        wait_ready(server)
        main_job_works(server)
        assert People(server).login(account.email, account.password).status == 200
        server.stop()


def test_killed_and_restarted_in_mid_load(postgres, start_on):
    server = start_on(postgres)
    accounts = [People(server).verified() for _ in range(3)]
    with Load([server], accounts) as load:
        wait_until(lambda: load.rounds() >= 2, "every visitor is on the way")
        postgres.kill9()
        wait_unavailable(server)
        postgres.start()
        wait_ready(server)
        back = load.rounds()
        wait_until(lambda: load.rounds() >= back + 3, "they go on")
    assert load.record.wrong == []
    assert {status for _, status in load.record.refusals} <= {503}, "an answer, not a lost connection"
    load.check_kept(server)
    load.check_ended([server])
    before = load.record.refusals.total()
    with Load([server], accounts) as after:
        wait_until(lambda: after.rounds() >= 2, "as before the fault")
    assert before > 0 and after.record.refusals.total() == 0, "nothing of the fault is left"


# libpq notices a closed connection only when it is used: the pool must look first
def test_idle_connections_that_the_server_ended_are_replaced_unseen(postgres, start_on):
    server = start_on(postgres)
    database = server.backend.database(server.folder)
    accounts = [People(server).verified() for _ in range(2)]
    for _ in range(3):
        assert readiness(server, 8) == [(200, "ready")] * 8
        old = set(postgres.connections(database))
        assert postgres.cut_connections(database) > 0
        wait_until(lambda: not old & set(postgres.connections(database)), "they have ended")
        with Load([server], accounts) as load:
            wait_until(lambda: load.rounds() >= 1, "a visit each")
        assert load.record.refusals.total() == 0 and load.record.wrong == []


def test_connections_cut_in_mid_load_fail_at_most_the_requests_on_them(postgres, start_on):
    server = start_on(postgres)
    database = server.backend.database(server.folder)
    accounts = [People(server).verified() for _ in range(3)]
    cut = 0
    with Load([server], accounts) as load:
        for rounds in range(1, 6):
            wait_until(lambda: load.rounds() >= rounds, "every visitor is on the way")
            cut += postgres.cut_connections(database)
        wait_until(lambda: load.rounds() >= 7, "they go on")
    assert load.record.wrong == [] and cut > 0
    assert load.record.refusals.total() <= cut, "no more than one request a connection"
    load.check_kept(server)
    load.check_ended([server])


def test_a_frozen_server_is_answered_503_in_bounded_time(postgres, start_on):
    server = start_on(postgres, **SHORT)
    client, account = People(server).signed_in()
    postgres.freeze()
    impatient = Client(server, timeout=BOUND)
    assert register(impatient).refusal == UNAVAILABLE
    assert impatient.get("/health").status == 200
    assert impatient.get("/health/ready").refusal == UNAVAILABLE
    assert People(server).login(account.email, account.password).refusal == UNAVAILABLE
    postgres.thaw()
    wait_ready(server)
    assert client.get("/auth/me").status == 200
    main_job_works(server)


def test_a_frozen_server_restarts_no_instance(postgres, start_on):
    """The service manager's watchdog goes on hearing of a process that is well."""
    running = Generation(start_on(postgres, begin=False), watchdog=0.3).ready()
    running.hears("WATCHDOG=1")
    postgres.freeze()
    for _ in range(40):
        running.hears("WATCHDOG=1")
    assert '"part":"record_store"' not in running.log()
    postgres.thaw()
    running.end()


def test_the_address_of_a_server_that_swallows_everything(postgres, start_on):
    """A dead firewall: neither refusal nor answer."""
    with Proxy(postgres.port) as proxy:
        server = start_on(postgres, DATABASE_URL=lambda database: postgres.url(database, port=proxy.port), **SHORT)
        People(server).verified()
        proxy.swallow()
        assert register(Client(server, timeout=BOUND)).refusal == UNAVAILABLE
        proxy.pass_on()
        wait_ready(server)
        main_job_works(server)
        server.stop()


def test_a_slow_link_is_slow_and_nothing_else(postgres, start_on):
    with Proxy(postgres.port) as proxy:
        server = start_on(postgres, DATABASE_URL=lambda database: postgres.url(database, port=proxy.port))
        proxy.delay_to_server = proxy.delay_to_client = 0.03
        main_job_works(server)
        assert readiness(server) == [(200, "ready")]
        server.stop()


def test_a_refused_connection_is_503_and_the_cause_is_in_the_log_only(postgres, start_on):
    server = start_on(postgres)
    client, _ = People(server).signed_in()
    postgres.stop()
    wait_unavailable(server)
    reply = register(client)
    assert reply.refusal == UNAVAILABLE
    text = reply.body.decode().lower()
    assert not any(word in text for word in ("postgres", "127.0.0.1", str(postgres.port), "connect", ".cpp", "sql"))
    line = server.wait_for_log(
        lambda line: line.get("request_id") == reply.json["request_id"] and line["level"] in ("error", "warning")
    )
    assert str(postgres.port) in str(line) and postgres.password not in server.log()
    postgres.start()
    wait_ready(server)
    assert client.get("/auth/me").status == 200


# Issue 4 §1: multi-host strings with target_session_attrs=read-write
def test_the_standby_takes_over(postgres, start_on):
    with Standby(postgres) as standby:

        def both(database):
            standby.wait_caught_up()  # with the database just made: libpq takes its absence for the last word
            return (
                f"postgresql://service:{postgres.password}@127.0.0.1:{standby.port},127.0.0.1:{postgres.port}"
                f"/{database}?target_session_attrs=read-write&sslmode=disable"
            )

        server = start_on(postgres, DATABASE_URL=both)
        client, account = People(server).signed_in()
        standby.wait_caught_up()
        postgres.kill9()
        wait_unavailable(server)
        standby.promote()
        wait_ready(server)
        assert client.get("/auth/me").status == 200, "the session came along"
        assert People(server).login(account.email, account.password).status == 200, "the account too"
        main_job_works(server)
        server.stop()


def test_a_standby_alone_is_not_taken_for_the_record(postgres, start_on):
    """It cannot take writes: better no start than a service that answers and keeps nothing."""
    with Standby(postgres) as standby:
        server = start_on(
            postgres,
            begin=False,
            DATABASE_URL=lambda database: standby.url(database, query="target_session_attrs=read-write&sslmode=disable"),
        )
        standby.wait_caught_up()
        with pytest.raises(StartFailed) as refused:
            server.start()
        assert refused.value.returncode == 1
