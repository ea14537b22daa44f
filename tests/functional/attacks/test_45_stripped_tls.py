"""Attack 45: STARTTLS stripped, a database or Redis with a wrong certificate, a downgrade to TLS 1.0 -> no connection, no
mail, the event recorded.

Certificates of PostgreSQL and Redis for another name or by another authority are in test_postgres_faults.py and
test_redis_faults.py, beside the right ones.
"""

import pytest

from harness import process
from harness.daemon import wait_until
from harness.outbox import last_error, outage_lines, register, states
from harness.people import People
from harness.postgres import Postgres
from harness.recovery import wait_ready
from harness.redis import Redis
from harness.smtp import PASSWORD, RudeServer, SmtpServer

pytestmark = pytest.mark.timeout(240)
PATIENT = {"SMTP_TIMEOUT_SECONDS": 60}  # where another reason than the time is to be told
one_database = pytest.mark.sqlite_only("what a server says is judged alike whatever the database")


@pytest.fixture
def pair(authorities):
    return authorities[0].sign("localhost")


# ASVS 12.3.1, attack 45
@one_database
@pytest.mark.parametrize("tls", ["starttls", "implicit"])
@pytest.mark.parametrize(
    "signed_for, trusted", [("localhost", 1), ("other.example.test", 0)], ids=["unknown authority", "wrong name"]
)
def test_a_wrong_certificate_gets_nothing(start_server, authorities, tls, signed_for, trusted):
    with SmtpServer(authorities[0].sign(signed_for), tls, login=True) as smtp:
        server = start_server(**smtp.settings(SMTP_CA_FILE=authorities[trusted].certificate, **PATIENT))
        register(server)
        line = server.wait_for_log(lambda line: line["message"].startswith("the mail server does not take mail"))
        assert "certificate" in line["cause"]
        wait_until(lambda: server.rows("SELECT attempts FROM mails")[0]["attempts"] >= 2, "tried again")
        assert states(server) == ["queued"] and not smtp.mails and not smtp.logins
    assert PASSWORD not in server.log()


# ASVS 12.3.1, attack 45
@one_database
def test_starttls_stripped_sends_nothing(start_server, authorities):
    with RudeServer("no_starttls") as rude:
        server = start_server(
            **rude.settings(
                SMTP_TLS="starttls",
                SMTP_USERNAME="mailer",
                SMTP_PASSWORD=PASSWORD,
                SMTP_CA_FILE=authorities[0].certificate,
                **PATIENT,
            )
        )
        register(server)
        rude.wait_for_connections(2)
        assert {line.split()[0] for line in rude.lines} <= {"EHLO", "QUIT"}
        assert states(server) == ["queued"] and "STARTTLS" in last_error(server)
        assert len(outage_lines(server)) == 1


# ASVS 12.3.1, attack 45
@one_database
def test_a_server_that_speaks_only_old_tls_gets_nothing(start_server, pair, authorities):
    smtp = SmtpServer(pair, "starttls")
    smtp.speak_at_most_tls_1_1()
    with smtp:
        server = start_server(**smtp.settings(SMTP_CA_FILE=authorities[0].certificate))
        register(server)
        wait_until(lambda: last_error(server), "a first try")
        assert states(server) == ["queued"] and not smtp.mails


# ASVS 12.1.1, 12.3.1, attack 45
@pytest.mark.servers
@pytest.mark.parametrize("version", ["TLSv1", "TLSv1.1"])
def test_a_database_that_speaks_only_old_tls_is_not_spoken_to(start_on, authorities, pair, version):
    old = {"ssl_min_protocol_version": "TLSv1", "ssl_max_protocol_version": version, "ssl_ciphers": "ALL:@SECLEVEL=0"}
    with Postgres(certificate=pair, **old) as postgres:
        query = f"sslmode=verify-full&sslrootcert={authorities[0].certificate}"
        server = start_on(
            postgres, begin=False, DATABASE_URL=lambda database: postgres.url(database, host="localhost", query=query)
        )
        result = process.command("serve", settings=server.settings, folder=server.folder)
        assert result.returncode == 1 and postgres.password not in result.stderr
        assert "protocol" in result.stderr.lower() or "ssl" in result.stderr.lower(), result.stderr
        server.settings["DATABASE_URL"] = server.settings["DATABASE_URL"].partition("?")[0] + "?sslmode=disable"
        assert server.start().is_running, "nothing else was wrong"
        server.stop()


# ASVS 12.1.1, 12.3.1, attack 45: nor when somebody takes the offer of TLS out
@pytest.mark.servers
def test_a_database_without_tls_is_not_spoken_to(start_on, postgres, authorities):
    query = f"sslmode=verify-full&sslrootcert={authorities[0].certificate}"
    server = start_on(
        postgres, begin=False, DATABASE_URL=lambda database: postgres.url(database, host="localhost", query=query)
    )
    result = process.command("serve", settings=server.settings, folder=server.folder)
    assert result.returncode == 1 and postgres.password not in result.stderr
    assert postgres.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = 'service'") == [(0,)]


# ASVS 12.1.1, 12.3.1, attack 45
@pytest.mark.servers
@pytest.mark.parametrize("version", ["TLSv1", "TLSv1.1"])
def test_a_redis_that_speaks_only_old_tls_is_told_nothing(start_on, authorities, pair, version):
    with Redis(certificate=pair, tls_protocols=version, tls_ciphers="ALL:@SECLEVEL=0") as redis:
        server = start_on(redis=redis, REDIS_URL=redis.tls_url, REDIS_CA_FILE=authorities[0].certificate)
        wait_ready(server, "degraded")
        People(server).signed_in()
        assert redis.execute("INFO", "keyspace") == {}, "nothing was told to it"
        server.wait_for_log(lambda line: "redis" in line["message"].lower() and line["level"] in ("warning", "error"))
        assert redis.password not in server.log()
        server.stop()
