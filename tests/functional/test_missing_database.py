"""Where there is no database yet: what makes one, and what refuses, so that a mistyped path is no new, empty service."""

import pytest

from harness import process
from harness.backend import BACKENDS
from harness.people import fresh_password
from harness.process import PRODUCTION_SETTINGS, TEST_SETTINGS
from harness.server import Server

sqlite_only = pytest.mark.sqlite_only("PostgreSQL says itself that there is no such database")

READING = [
    "user list",
    "user show a@example.test",
    "user export",
    "sessions list a@example.test",
    "keys list",
    "mail queue",
    "audit list",
    "audit verify",
    "audit head",
    "audit export",
    "audit deliveries",
    "migrate current",
    "migrate history",
    "migrate check",
]
CHANGING = [
    "user disable a@example.test",
    "sessions revoke --all",
    "keys rotate names",
    "keys rotate totp",
    "mail retry --all",
    "migrate downgrade base",
    "after-restore",
]
MAKING = ["user create a@example.test --verified --password-stdin", "user import -"]


@pytest.fixture
def run(backend, tmp_path):
    folder = tmp_path / "empty"
    folder.mkdir()

    def command(words, **settings):
        return process.command(
            *words.split(), settings=TEST_SETTINGS | {"PORT": "1"} | settings, folder=folder, stdin=fresh_password() + "\n"
        )

    command.folder = folder
    return command


def made(folder) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def keys(folder) -> list[str]:
    return [path.name for path in (folder / "data").iterdir() if path.name.startswith(".")]


@sqlite_only
@pytest.mark.parametrize("words", ["serve", "", *READING, *CHANGING, *MAKING])
def test_in_production_only_migrate_upgrade_makes_a_database(run, words):
    path = run.folder / "typo" / "x.db"
    result = run(words, **PRODUCTION_SETTINGS, DATABASE_URL=f"sqlite:{path}")
    assert result.returncode == 1 and result.stdout == ""
    assert [line for line in result.stderr.splitlines() if f"there is no database at {path}: look at DATABASE_URL" in line]
    assert len(result.stderr.splitlines()) == 1
    assert made(run.folder) == set()


@sqlite_only
def test_migrate_upgrade_makes_one_in_production_and_says_so(run):
    path = run.folder / "new" / "x.db"
    settings = PRODUCTION_SETTINGS | {"DATABASE_URL": f"sqlite:{path}"}
    result = run("migrate upgrade", **settings)
    assert result.returncode == 0 and result.stderr == f"secureauth: made the database {path}\n"
    assert (path.stat().st_mode & 0o077, path.parent.stat().st_mode & 0o077) == (0, 0)
    again = run("migrate upgrade", **settings)
    assert again.returncode == 0 and again.stderr == ""
    assert run("user create a@example.test --verified --password-stdin", **settings).returncode == 0
    assert "a@example.test" in run("user list", **settings).stdout


@sqlite_only
@pytest.mark.parametrize("words", [*READING, *CHANGING, "keys generate csrf --files"])
def test_in_development_what_works_on_accounts_makes_neither_database_nor_keys(run, words):
    for settings in ({}, {"ENVIRONMENT": None, "DATABASE_URL": None}):  # as where `secureauthctl` was meant
        result = run(words, **settings)
        assert result.returncode == 1 and result.stdout == ""
        assert f"there is no database at {run.folder}/data/secureauth.db" in result.stderr
        assert made(run.folder) == set()


@sqlite_only
@pytest.mark.parametrize("words", ["migrate upgrade", *MAKING])
def test_in_development_what_makes_a_database_and_keys_says_so_in_one_line(run, words):
    first = run(words)
    data, made_keys = run.folder / "data", keys(run.folder)
    line = f"secureauth: made the database {data}/secureauth.db and {len(made_keys)} keys for development in {data}"
    assert len(made_keys) >= 4 and first.stderr.splitlines()[0] == line
    assert "made" not in run(words).stderr
    (data / made_keys[0]).unlink()
    assert f"secureauth: made 1 key for development in {data}" in run(words).stderr


@sqlite_only
def test_a_key_that_is_gone_is_not_made_anew_by_what_only_looks(run):
    assert run("migrate upgrade").returncode == 0
    (run.folder / "data" / ".audit-key").unlink()
    for words in ("user list", "audit verify", "keys list"):
        result = run(words)
        assert result.returncode == 1 and f"no keys for development in {run.folder}/data" in result.stderr
    assert run("migrate check").returncode == 0, "it has no use for keys"
    assert ".audit-key" not in keys(run.folder)


@sqlite_only
def test_serve_makes_everything_in_development(backend, tmp_path):
    server = Server(tmp_path / "new", backend).start()
    assert len(keys(server.folder)) >= 4
    assert server.command("user", "list").returncode == 0
    server.stop()


@pytest.mark.servers
def test_a_database_elsewhere_has_its_keys_somewhere_else(tmp_path):
    settings = TEST_SETTINGS | BACKENDS["postgres"].settings(tmp_path)
    result = process.command("user", "list", settings=settings, folder=tmp_path)
    assert result.returncode == 1 and f"there are no keys for development in {tmp_path}/data" in result.stderr
    assert process.command("migrate", "current", settings=settings, folder=tmp_path).returncode == 0
    assert list(tmp_path.iterdir()) == []
    BACKENDS["postgres"].forget_below(tmp_path)
