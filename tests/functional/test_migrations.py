"""Migrations on real databases: up, down and up again, together, and when something is wrong (issue 4 §2)."""

import re
from collections import defaultdict

import pytest

from harness import passkey_flows, process, schema
from harness.backend import BACKENDS
from harness.concurrently import at_once
from harness.contract import ROOT
from harness.people import People
from harness.process import TEST_SETTINGS
from harness.server import Server

OWN = "schema_migrations"
MIGRATIONS = sorted((ROOT / "migrations").glob("*.up.sql"))
KNOWN = [path.name.split("_")[0] for path in MIGRATIONS]
LEFT_FOR_THE_VERSION_BEFORE = defaultdict(str, {"0006": "outbox"})  # empty since migration 3, and dropped by this one


@pytest.fixture
def migrate(backend, tmp_path):
    settings = TEST_SETTINGS | backend.settings(tmp_path)
    return lambda *arguments: process.command("migrate", *arguments, settings=settings, folder=tmp_path)


def done(result) -> str:
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_up_down_and_up_again_with_rows_in_the_tables(backend, tmp_path):
    server = Server(tmp_path / "used", backend).start()
    people = People(server)
    client, account = people.signed_in()
    people.register()
    people.enrol_totp(client, account)
    people.recovery_codes(client)
    people.set_up_totp(client, account)
    people.with_passkey()
    passkey_flows.start_login(people.browser())
    browser, challenge = people.challenge(account)
    assert people.wrong_code(browser, account, challenge).status == 401
    assert people.login(account.email, "not the right one").status == 401
    assert client.get("/auth/sessions").status == 200
    assert client.post("/auth/password/reset/request", {"email": account.email}).status == 200
    server.stop()
    folder, migrate = server.folder, lambda *arguments: done(server.command("migrate", *arguments))
    server.execute("INSERT INTO audit_pending (entry_id) SELECT id FROM audit_logs LIMIT 1")  # a stop leaves nothing there
    server.execute(
        "INSERT INTO audit_deliveries (sink, next_entry, failures, updated_at) "
        "VALUES ('syslog', 0, 0, '2026-11-28T12:00:00.000000Z')"
    )
    server.execute("INSERT INTO leases VALUES ('cleaning', 'somebody', '2026-11-28T12:00:00.000000Z')")  # nor there
    before = schema.everything(backend, folder)
    filled = {table for table in schema.tables(backend, folder) if server.rows(f"SELECT 1 FROM {table}")}
    assert filled == schema.tables(backend, folder), "every table has a row, or the test proves less than it says"

    migrate("downgrade", "base")
    assert schema.tables(backend, folder) <= {OWN}, "nothing is left"
    migrate("upgrade")
    assert schema.everything(backend, folder) == before
    migrate("check")
    server.start()
    People(server).signed_in()
    server.stop()


def test_each_migration_alone_can_be_taken_back(backend, migrate, tmp_path):
    shapes = []
    for version in KNOWN:
        done(migrate("upgrade", str(int(version))))
        shapes.append(schema.everything(backend, tmp_path))
    for version in reversed(KNOWN[1:]):
        assert schema.everything(backend, tmp_path) == shapes.pop()
        done(migrate("downgrade", str(int(version) - 1)))
    assert schema.everything(backend, tmp_path) == shapes.pop()


def test_the_version_before_goes_on_working(backend, migrate, tmp_path):  # docs/deployment.md, rolling upgrades
    done(migrate("upgrade", "1"))
    for version in KNOWN[1:]:
        columns, demanded = schema.columns(backend, tmp_path), schema.demanded(backend, tmp_path)
        done(migrate("upgrade", str(int(version))))
        kept = {column: null for column, null in columns.items() if column[0] != LEFT_FOR_THE_VERSION_BEFORE[version]}
        assert kept.items() <= schema.columns(backend, tmp_path).items(), "what it reads and writes is there"
        tables = {table for table, _ in columns}
        asked = {column for column in schema.demanded(backend, tmp_path) if column[0] in tables}
        assert asked <= demanded, "its INSERTs bring all that is asked for"


@pytest.mark.parametrize("path", MIGRATIONS[1:], ids=KNOWN[1:])
def test_what_locks_a_table_in_use_comes_last(path):
    lines = path.read_text().splitlines()
    verbs = [line.split()[0] for line in lines if line.startswith(("CREATE", "ALTER", "DROP"))]
    assert "CREATE" not in verbs[verbs.count("CREATE") :], "locks are held to the end of the migration"


@pytest.mark.servers
def test_both_databases_get_the_same_tables(tmp_path):
    shapes = []
    for name, backend in sorted(BACKENDS.items()):
        folder = tmp_path / name
        folder.mkdir()
        done(process.command("migrate", "upgrade", settings=TEST_SETTINGS | backend.settings(folder), folder=folder))
        # In SQLite an integer primary key is the row's own number and needs no index.
        indexes = [
            index
            for index in schema.indexes(backend, folder)
            if index[0] not in (OWN, "compatible_migrations", "audit_pending")
        ]
        shapes.append((schema.columns(backend, folder), indexes))
        backend.forget_below(folder)
    one, other = shapes
    assert one[0] == other[0], "columns and which may be null"
    assert one[1] == other[1], "indexes"


def test_a_failing_migration_leaves_the_schema_as_it_was(backend, migrate, tmp_path):
    """The first migration makes `users` before it meets a table that is in its way."""
    backend.execute(tmp_path, "CREATE TABLE sessions (in_the_way integer NOT NULL)")
    before = schema.everything(backend, tmp_path)
    result = migrate("upgrade")
    assert result.returncode == 1 and "0001" in result.stderr
    assert schema.everything(backend, tmp_path) == before
    backend.execute(tmp_path, "DROP TABLE sessions")
    done(migrate("upgrade"))
    done(migrate("check"))


@pytest.mark.parametrize("change", ["checksum = 'edited'", "name = 'renamed', checksum = 'edited'"])
def test_an_edited_history_is_refused(backend, migrate, tmp_path, change):
    done(migrate("upgrade"))
    backend.execute(tmp_path, f"UPDATE {OWN} SET {change} WHERE version = 1")
    before = schema.everything(backend, tmp_path)
    for arguments in (("upgrade",), ("downgrade", "base"), ("check",)):
        result = migrate(*arguments)
        assert result.returncode == 1 and "0001" in result.stderr, arguments
    assert schema.everything(backend, tmp_path) == before


def test_a_migration_of_a_newer_version_is_refused(backend, migrate, tmp_path):
    done(migrate("upgrade"))
    backend.execute(tmp_path, f"INSERT INTO {OWN} VALUES (9999, 'from_the_future', 'x', '2026-01-01T00:00:00.000000Z')")
    assert migrate("upgrade").returncode == 1
    assert migrate("downgrade", "base").returncode == 1


@pytest.mark.parametrize("change", ["DROP INDEX sessions_by_owner", "ALTER TABLE users ADD COLUMN planted text"])
def test_check_sees_a_schema_that_its_migrations_do_not_make(backend, migrate, tmp_path, change):
    done(migrate("upgrade"))
    backend.execute(tmp_path, change)
    result = migrate("check")
    assert result.returncode == 1
    assert "sessions_by_owner" in result.stderr or "planted" in result.stderr


# docs/deployment.md, rolling upgrades: so nobody waits for the audit log of PostgreSQL
@pytest.mark.servers
def test_the_indexes_of_migration_9_may_be_there_already(tmp_path):
    backend = BACKENDS["postgres"]
    settings = TEST_SETTINGS | backend.settings(tmp_path)
    migrate = lambda *arguments: done(process.command("migrate", *arguments, settings=settings, folder=tmp_path))  # noqa: E731
    migrate("upgrade", "8")
    (block,) = [
        text
        for text in re.findall(r"```sql\n(.*?)```", (ROOT / "docs" / "deployment.md").read_text(), re.DOTALL)
        if "CONCURRENTLY" in text
    ]
    statements = [statement for statement in block.split(";\n") if statement.strip()]
    assert len(statements) == 2
    for statement in statements:
        backend.postgres.execute(statement, database=backend.database(tmp_path))
    migrate("upgrade")
    migrate("check")


def test_many_that_upgrade_at_once_all_succeed(backend, migrate, tmp_path):
    results = at_once([lambda: migrate("upgrade")] * 8)
    assert [result.returncode for result in results] == [0] * 8, [result.stderr for result in results]
    rows = backend.rows(tmp_path, f"SELECT version FROM {OWN}")
    assert len(rows) == len(KNOWN), "each was applied once"
    done(migrate("check"))


def test_many_that_downgrade_and_upgrade_at_once_leave_one_of_both(backend, migrate, tmp_path):
    done(migrate("upgrade"))
    at_once([lambda: migrate("downgrade", "base"), lambda: migrate("upgrade")] * 3)
    done(migrate("upgrade"))
    done(migrate("check"))
