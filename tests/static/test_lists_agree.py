"""What is said in two places is said alike: settings, error codes, audit events, migrations."""

import re
import sqlite3
import subprocess

import yaml

from tree import ROOT

SETTING = re.compile(r"^# ([A-Z][A-Z0-9_]*)=(.*)$", re.MULTILINE)
SETTING_ROW = re.compile(r"^\| `([A-Z][A-Z0-9_]*)` \| (?:`([^`|]*)`)?\s*\|", re.MULTILINE)
EVENT_ROW = re.compile(r"^\| `([a-z0-9_]+(?:\.[a-z0-9_]+)+)` \|", re.MULTILINE)
MIGRATION = re.compile(r"(\d{4}_[a-z0-9_]+)\.(up|down)\.sql")


def text(path: str) -> str:
    return (ROOT / path).read_text()


def config_example() -> str:
    binary = ROOT / "build/release/secureauth"
    return subprocess.run([binary, "config", "example"], capture_output=True, text=True, check=True).stdout


def settings_of_example(example: str) -> list[tuple[str, str]]:
    return SETTING.findall(example)


def settings_of_readme(readme: str) -> list[tuple[str, str]]:
    """Rows of the form | `NAME` | `default` | help |; the default's cell is empty where there is none."""
    return SETTING_ROW.findall(readme)


def enumerators(header: str, name: str) -> list[str]:
    body = re.search(rf"enum class {name} \{{(.*?)\}};", header, re.DOTALL)[1]
    return re.findall(r"^\s*(\w+)\s*,", re.sub(r"//.*", "", body), re.MULTILINE)


def codes_of_table(table: str) -> list[tuple[str, str]]:
    """(enumerator, code on the wire) for each row of http/problem.cpp."""
    return re.findall(r'\{ErrorCode::(\w+),\s*\{\d{3}, "(\w+)"', table)


def events_of_code(code: str) -> list[str]:
    return re.findall(r'\{Event::\w+,\s*"([^"]+)"', code)


def events_of_docs(docs: str) -> list[str]:
    return EVENT_ROW.findall(docs)


def lone_migrations(names: list[str]) -> list[str]:
    """Files that are no half of a pair NNNN_name.up.sql, NNNN_name.down.sql, or whose number is not the next one."""
    matches = {name: MIGRATION.fullmatch(name) for name in names}
    found = [f"{name}: not NNNN_name.up.sql or .down.sql" for name, match in matches.items() if not match]
    halves = {match.groups() for match in matches.values() if match}
    found += [f"{stem}.{way}.sql has no other half" for stem, way in sorted(halves)
              if (stem, "down" if way == "up" else "up") not in halves]
    stems = sorted({stem for stem, _ in halves})
    found += [f"{stem}: number {number:04} was due" for number, stem in enumerate(stems, 1) if int(stem[:4]) != number]
    return found


def columns_of_schema(migrations: list[str]) -> set[tuple[str, str]]:
    database = sqlite3.connect(":memory:")
    for migration in migrations:
        database.executescript(migration)
    return set(database.execute("SELECT t.name, c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c "
                                "WHERE t.type = 'table'"))


def columns_of_docs(docs: str) -> set[tuple[str, str]]:
    """Rows of the form | `table.column`, `column` | class | kept |."""
    found = set()
    for cell in re.findall(r"^\| (`[a-z_]+\.[a-z_]+`[^|]*) \|", docs, re.MULTILINE):
        table, _, first = re.match(r"`([a-z_]+)(\.)([a-z_]+)`", cell).groups()
        found |= {(table, first)} | {(table, column) for column in re.findall(r"`([a-z_]+)`", cell)}
    return found


def test_every_column_is_classified():  # ASVS 14.1.1
    schema = columns_of_schema([path.read_text() for path in sorted((ROOT / "migrations").glob("*.up.sql"))])
    documented = {pair for pair in columns_of_docs(text("docs/security.md")) if pair[0] != "schema_migrations"}
    assert len(schema) > 50 and documented == schema


def test_columns_are_found():
    assert columns_of_schema(["CREATE TABLE a (x text, y text);", "ALTER TABLE a DROP COLUMN x"]) == {("a", "y")}
    assert columns_of_docs("| `a.x`, `y` | secret | a day |\n| `config` | x |\n") == {("a", "x"), ("a", "y")}


def test_env_example_is_what_the_service_prints():
    assert text(".env.example") == config_example()


def test_readme_lists_exactly_the_settings():
    wanted = settings_of_example(config_example())
    assert len(wanted) > 20
    assert (ROOT / "README.md").is_file(), "README.md is missing"
    assert sorted(settings_of_readme(text("README.md"))) == sorted(wanted)


def test_error_codes_agree_in_code_table_and_contract():
    codes = enumerators(text("src/core/error.hpp"), "ErrorCode")
    assert "invalid_credentials" in codes
    table = codes_of_table(text("src/http/problem.cpp"))
    assert [enumerator for enumerator, _ in table] == [code for _, code in table]
    assert sorted(code for _, code in table) == sorted(codes)
    contract = yaml.safe_load(text("api/openapi.yaml"))
    assert sorted(contract["components"]["schemas"]["ErrorCode"]["enum"]) == sorted(codes)


def test_audit_events_are_documented():
    events = events_of_code(text("src/audit/audit_log.cpp"))
    assert "login.failed" in events
    assert len(set(events)) == len(enumerators(text("src/audit/audit_log.hpp"), "Event")), "each has a name of its own"
    assert sorted(events_of_docs(text("docs/audit.md"))) == sorted(events)


def test_migrations_come_in_pairs():
    names = [path.name for path in (ROOT / "migrations").iterdir()]
    assert names
    assert lone_migrations(names) == []


def test_the_readers_read_what_they_should():
    assert settings_of_example("# Port.\n# PORT=8000\n\n# Key.\n# SECRET_KEY=\n") == [("PORT", "8000"), ("SECRET_KEY", "")]
    assert settings_of_readme("| `PORT` | `8000` | Port. |\n| `SECRET_KEY` | | Key. |\n| `X` |  | x |\n| Name | y |\n") == [
        ("PORT", "8000"), ("SECRET_KEY", ""), ("X", "")]
    assert enumerators("enum class ErrorCode {\n  a,  ///< one\n  b_c,\n};\nenum class Other {\n  d,\n};", "ErrorCode") == ["a", "b_c"]
    assert codes_of_table('{ErrorCode::a,\n     {400, "b", "T"}},') == [("a", "b")]
    assert events_of_code('{Event::x, "user.x"},') == ["user.x"]
    assert events_of_docs("| event | when |\n| `user.x` | always |\n| `session` | no |") == ["user.x"]


def test_a_planted_lone_migration_is_seen():
    pair = ["0001_initial.up.sql", "0001_initial.down.sql"]
    assert lone_migrations(pair) == []
    assert lone_migrations(pair[:1])
    assert lone_migrations([*pair, "0003_more.up.sql", "0003_more.down.sql"])
    assert lone_migrations([*pair, "more.sql"])
