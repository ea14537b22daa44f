"""Two versions on one database: what a newer one did to it, a version before serves on, or refuses in one clear line.

The newer version is planted: what a migration of it would leave, made by SQL while instances serve."""

import pytest

from harness.generations import Generation, Steady
from harness.instances import Instances
from harness.people import People
from harness.server import Server, StartFailed

FUTURE = "9000_from_the_future"


def plant(server, *, compatible: bool, tolerates: int = 11) -> None:
    """A migration that expands: it takes nothing away and asks nothing of INSERTs that do not know it."""
    server.execute("CREATE TABLE planted (id integer NOT NULL PRIMARY KEY)")
    server.execute("ALTER TABLE users ADD COLUMN planted text")
    server.execute("ALTER TABLE sessions ADD COLUMN planted integer NOT NULL DEFAULT 0")
    if compatible:
        server.execute(f"INSERT INTO compatible_migrations (version, tolerates) VALUES (9000, {tolerates})")
    server.execute("INSERT INTO schema_migrations VALUES (9000, 'from_the_future', 'x', '2026-11-28T12:00:00.000000Z')")


def test_instances_serve_on_and_start_anew_while_the_schema_is_upgraded(backend, tmp_path):
    if backend.name == "sqlite":
        pytest.skip("several instances need PostgreSQL")
    instances = Instances(tmp_path, backend, 2).start()
    ports = iter(instances.ports * 10000)
    accounts = [People(instances[0]).verified() for _ in range(4)]
    with Steady(lambda: next(ports), instances[0].authority, accounts) as load:
        load.goes_on()
        plant(instances[0], compatible=True)
        load.goes_on(100)
    assert load.failed == [], "nobody noticed"
    for member in instances:
        member.restart()
        People(member).signed_in()
        member.wait_for_log(lambda line: line.get("migration") == FUTURE and "compatible" in line["message"])
    instances.stop()


def test_one_instance_on_what_is_ahead(start_server):
    server = start_server()
    plant(server, compatible=True)
    People(server).signed_in()
    server.restart()
    People(server).signed_in()
    check = server.command("migrate", "check")
    assert check.returncode == 0 and FUTURE in check.stdout and "newer than this version" in check.stdout
    assert server.command("migrate", "upgrade").returncode == 0, "nothing to do"
    downgrade = server.command("migrate", "downgrade", "base")
    assert downgrade.returncode == 1 and "cannot take back" in downgrade.stderr


def test_a_contract_is_served_on_by_who_runs_and_started_on_by_nobody(backend, tmp_path):
    server = Server(tmp_path / "server", backend)
    running = Generation(server).ready()
    plant(server, compatible=False)
    People(server).signed_in()
    running.end()
    with pytest.raises(StartFailed) as refused:
        server.start()
    assert refused.value.returncode == 1
    (line,) = [line for line in refused.value.output.splitlines() if FUTURE in line]
    assert "which needs a newer one: use the version that applied it" in line
    for command in ("upgrade", "check"):
        result = server.command("migrate", command)
        assert result.returncode == 1 and FUTURE in result.stderr, command


def test_what_vouches_for_a_newer_version_only_is_a_contract_for_this_one(backend, tmp_path):
    """Two versions behind: the newest migration is compatible with the version between."""
    server = Server(tmp_path / "server", backend)
    assert server.command("migrate", "upgrade").returncode == 0
    plant(server, compatible=True, tolerates=8999)
    with pytest.raises(StartFailed) as refused:
        server.start()
    assert "which needs a newer one: use the version that applied it" in refused.value.output


def test_pending_contracts_are_told(start_server):
    server = start_server()
    server.stop()
    assert server.command("migrate", "downgrade", "8").returncode == 0
    check = server.command("migrate", "check")
    assert check.returncode == 1
    assert "instances that do not know 0009_sign_in_events must be gone" in check.stderr  # 0010 is compatible
    upgrade = server.command("migrate", "upgrade")
    assert upgrade.returncode == 0 and "0009_sign_in_events must be gone" in upgrade.stderr
    assert server.command("migrate", "upgrade").stderr == ""


def test_a_new_database_has_no_older_instances(backend, tmp_path):
    server = Server(tmp_path / "server", backend)
    upgrade = server.command("migrate", "upgrade")
    assert upgrade.returncode == 0 and "must be gone" not in upgrade.stderr
    assert [row["version"] for row in server.rows("SELECT version FROM compatible_migrations ORDER BY version")][0] == 10


@pytest.mark.parametrize(
    ("options", "line"),
    [(("--compatible",), "-- compatible: previous"), (("--contract", "drops\nwhat"), "-- contract: drops what")],
)
def test_a_new_migration_says_which_it_is(start_server, tmp_path, options, line):
    server = start_server()
    made = server.command("migrate", "revision", "-m", "try", "--directory", str(tmp_path), *options)
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "0001_try.up.sql").read_text().splitlines()[1] == line


@pytest.mark.parametrize("options", [(), ("--compatible", "--contract", "why")])
def test_a_new_migration_says_one_of_both(start_server, tmp_path, options):
    server = start_server()
    made = server.command("migrate", "revision", "-m", "try", "--directory", str(tmp_path), *options)
    assert made.returncode == 1 and "--compatible" in made.stderr
    assert not list(tmp_path.glob("*.sql"))
