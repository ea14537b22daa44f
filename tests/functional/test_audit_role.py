"""The service under a PostgreSQL role that may add to the audit log and not change it (ASVS 13.2.2)."""

import itertools
import secrets
from contextlib import closing, contextmanager

import psycopg
import pytest

from harness import canaries
from harness.daemon import wait_until
from harness.people import People
from harness.postgres import SERVICE
from harness.sealed_log import SealedLog

pytestmark = pytest.mark.servers

_numbers = itertools.count(1)


@pytest.fixture
def restricted(start_server, backend):
    """(a service whose role was granted what it needs, a connection of that role)"""
    server = start_server()
    server.stop()
    role = f"restricted_{next(_numbers)}"
    with signed_in_as(server, backend, role, granted=True):
        server.start()
        with closing(psycopg.connect(server.settings["DATABASE_URL"], autocommit=True)) as connection:
            yield server, connection
        server.stop()


@contextmanager
def signed_in_as(server, backend, role, *, granted=False):
    """Its settings name this role, which is made where it is not there; afterwards the owner again."""
    password = secrets.token_hex(12)
    canaries.note(password)
    there = backend.postgres.execute(f"SELECT 1 FROM pg_roles WHERE rolname = '{role}'")
    backend.postgres.execute(f"{'ALTER' if there else 'CREATE'} ROLE {role} LOGIN PASSWORD '{password}'")
    if granted:
        done = server.command("migrate", "grants", role)
        assert done.returncode == 0, done.stderr
    owner = f"//{SERVICE}:{backend.postgres.password}@"
    url = server.settings["DATABASE_URL"]
    assert owner in url
    server.settings["DATABASE_URL"] = url.replace(owner, f"//{role}:{password}@")
    try:
        yield
    finally:
        server.settings["DATABASE_URL"] = url


# ASVS 13.2.2, 16.4.2, 16.4.3
def test_the_service_needs_no_more(restricted):
    server, _ = restricted
    people = People(server)
    client, account = people.with_totp()
    people.sign_in(account)
    assert client.post("/auth/sessions/revoke-others", csrf=True).status == 200
    people.step_up(client, account)
    assert client.delete("/auth/me", csrf=True).status == 200
    log = SealedLog(server)
    wait_until(lambda: log.pending() == [], "the log is sealed")
    assert {row["event"] for row in log.rows()} >= {"login.succeeded", "mfa.factor_added", "user.deleted"}
    assert server.command("audit", "verify").returncode == 0
    assert server.restart().is_running
    assert not [line for line in server.log_lines() if "permission denied" in str(line)]


# ASVS 13.2.2, 16.4.2, attack 40
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_logs SET event = 'x'",
        "DELETE FROM audit_logs",
        "TRUNCATE audit_logs",
        "UPDATE audit_heads SET root_hash = ''",
        "DELETE FROM audit_heads",
        "TRUNCATE audit_heads",
        "DROP TABLE audit_logs",
        "ALTER TABLE audit_logs DISABLE TRIGGER ALL",
        "CREATE TABLE own (x int)",
        "UPDATE schema_migrations SET version = 1",
        "DELETE FROM schema_migrations",
    ],
)
def test_it_cannot_change_the_audit_log_or_the_schema(restricted, statement):
    _, connection = restricted
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)


# ASVS 13.2.2
def test_pruning_is_refused_to_it(restricted, tmp_path):
    server, _ = restricted
    for number in range(2):
        People(server).login(f"nobody{number}@example.test", "not the password")
        wait_until(lambda: SealedLog(server).pending() == [], "the log is sealed")
    file = tmp_path / "segment.jsonl"
    done = server.command("audit", "prune", "--before", "2100-01-01", "--to", str(file))
    assert done.returncode == 1 and "permission denied" in done.stderr
    assert server.command("audit", "verify").returncode == 0, "nothing was half done"


# ASVS 13.2.2
def test_the_owner_is_no_role_for_the_service(start_server, backend):
    server = start_server()
    done = server.command("migrate", "grants", SERVICE)
    assert done.returncode == 1 and f"role {SERVICE} owns the schema" in done.stderr
    member = f"member_{next(_numbers)}"
    backend.postgres.execute(f"CREATE ROLE {member}; GRANT {SERVICE} TO {member}")
    done = server.command("migrate", "grants", member)
    assert done.returncode == 1 and f"role {member} owns the schema, or may act for who does" in done.stderr
    assert server.command("migrate", "grants", "nobody_of_that_name").returncode == 1
    assert server.command("migrate", "grants", 'x"; DROP TABLE users; --').returncode == 1
    assert server.rows("SELECT 1 FROM users") == []


def test_who_lacks_grants_is_told_which_command_gives_them(start_server, backend):
    server = start_server()
    server.stop()
    role = f"ungranted_{next(_numbers)}"
    with signed_in_as(server, backend, role):
        for command in (("serve",), ("migrate", "current"), ("user", "list")):
            refused = server.command(*command)
            assert refused.returncode != 0, command
            assert (
                f"role {role} may not read the schema: as its owner run `secureauth migrate grants {role}`" in refused.stderr
            )
            assert "migrate upgrade" not in refused.stderr, "it is not what is missing"
        refused = server.command("migrate", "grants", role)
        assert refused.returncode == 1
        assert f"role {role} does not own the schema: run this as its owner, {SERVICE}" in refused.stderr
    assert server.command("migrate", "grants", role).returncode == 0
    with signed_in_as(server, backend, role):
        assert server.command("migrate", "current").returncode == 0
        server.start()
        server.stop()
