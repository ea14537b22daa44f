"""`user import` and `user export`: accounts of other systems, as JSON lines."""

import json
import re
import signal
import subprocess

import pytest

from harness import process
from harness.backend import BACKENDS
from harness.foreign_hashes import MAKERS
from harness.people import fresh_email, fresh_password
from harness.process import TEST_SETTINGS

HASH = "$2b$04$N0p.rruaQFdgFVK5ymdGwupmvxBOv1VLAMQmK7j87WsISx1GBUfIK"


class Store:
    """A record store without a service."""

    def __init__(self, backend, folder):
        folder.mkdir(exist_ok=True)
        self.folder, self.backend = folder, backend
        self.settings = TEST_SETTINGS | backend.settings(folder)

    def command(self, *arguments, stdin=""):
        return process.command(*arguments, settings=self.settings, folder=self.folder, stdin=stdin, timeout=60)

    def take(self, text: str, *options) -> dict:
        """Imports; the summary."""
        done = self.command("--json", "user", "import", "-", *options, stdin=text)
        summary = json.loads(done.stdout)
        assert done.returncode == (1 if summary["refused"] else 0), done.stderr
        return summary | {"told": done.stderr.splitlines()}

    def give(self) -> list[dict]:
        done = self.command("user", "export")
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def rows(self, sql: str, *parameters) -> list[dict]:
        return self.backend.rows(self.folder, sql, *parameters)


@pytest.fixture
def store(backend, tmp_path):
    store = Store(backend, tmp_path / "store")
    assert store.command("migrate", "upgrade").returncode == 0  # what is made is told, once
    return store


def line(**members) -> str:
    return json.dumps({"email": fresh_email(), "password_hash": HASH} | members) + "\n"


def many(count: int, first: int = 0) -> str:
    return "".join(line(email=f"person{number}@example.test") for number in range(first, first + count))


def test_a_bare_line_is_a_verified_active_user(store):
    assert store.take(line(email="Ada@Example.TEST"))["imported"] == 1
    (user,) = store.give()
    assert (user["email"], user["name"], user["role"], user["status"], user["locale"]) == (
        "Ada@example.test",
        None,
        "user",
        "active",
        "en",
    )
    assert user["email_verified_at"] == user["created_at"] and user["password_must_change"] is None
    assert user["password_hash"] == HASH


def test_every_field_is_kept(store):
    full = {
        "email": "ada@example.test",
        "password_hash": None,
        "name": "Ada Löve",
        "email_verified_at": "2019-05-01T00:00:00Z",
        "role": "staff",
        "status": "disabled",
        "locale": "pt-BR",
        "created_at": "2019-04-01T12:00:00.5Z",
        "id": "0198c0de-0000-7000-8000-000000000001",
        "password_must_change": "staff",
    }
    assert store.take(json.dumps(full) + "\n")["imported"] == 1
    assert store.give() == [
        full | {"email_verified_at": "2019-05-01T00:00:00.000000Z", "created_at": "2019-04-01T12:00:00.500000Z"}
    ]


def test_an_unverified_address_stays_so(store):
    store.take(line(email_verified=False))
    assert store.give()[0]["email_verified_at"] is None


BAD = {
    "not JSON": ("{", "The line is not a JSON object."),
    "no object": ("[]", "The line is not a JSON object."),
    "two objects": ("{} {}", "The line is not a JSON object."),
    "not UTF-8": (
        b'{"email": "\xff@example.test", "password_hash": null}'.decode("latin-1").encode("latin-1"),
        "The line is not a JSON object.",
    ),
    "no address": ('{"password_hash": null}', "The field email is missing."),
    "no hash": ('{"email": "a@example.test"}', "The field password_hash is missing."),
    "bad address": ('{"email": "a@b@c", "password_hash": null}', None),
    "hash of another type": ('{"email": "a@example.test", "password_hash": 5}', "The field password_hash is not text."),
    "plain password": ('{"email": "a@example.test", "password_hash": "hunter2hunter2"}', "The hash is of no known kind."),
    "unknown field": (
        '{"email": "a@example.test", "password_hash": null, "rolle": "x"}',
        "There is a field that no account has.",
    ),
    "bad role": (
        '{"email": "a@example.test", "password_hash": null, "role": "root"}',
        "The field role is none of user, staff, admin.",
    ),
    "bad status": (
        '{"email": "a@example.test", "password_hash": null, "status": "x"}',
        "The field status is none of active, disabled.",
    ),
    "bad time": ('{"email": "a@example.test", "password_hash": null, "created_at": "yesterday"}', None),
    "bad id": ('{"email": "a@example.test", "password_hash": null, "id": "7"}', "The field id is not a UUID in lower case."),
    "bad locale": ('{"email": "a@example.test", "password_hash": null, "locale": "../x"}', None),
    "bad name": ('{"email": "a@example.test", "password_hash": null, "name": "a\\nb"}', None),
    "contradiction": (
        '{"email": "a@example.test", "password_hash": null, "email_verified": true, "email_verified_at": null}',
        "The fields email_verified and email_verified_at contradict each other.",
    ),
    "huge": (
        '{"email": "a@example.test", "password_hash": null, "name": "' + "x" * 70000 + '"}',
        "The line is longer than 64 KiB.",
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_line_is_told_and_stops_nothing(store, tmp_path, kind):
    bad, reason = BAD[kind]
    file, report = tmp_path / "users.jsonl", tmp_path / "report.txt"
    bad = bad if isinstance(bad, bytes) else bad.encode()
    file.write_bytes(line().encode() + b"\n" + bad + b"\n" + line().encode())
    done = store.command("--json", "user", "import", str(file), "--report", str(report))
    assert done.returncode == 1 and done.stderr == ""
    summary = json.loads(done.stdout)
    assert (summary["imported"], summary["refused"], summary["skipped"], summary["last_line"]) == (2, 1, 0, 4)
    told = report.read_text()
    assert re.fullmatch(r"line 3: .+\n", told) and "hunter2" not in told
    assert reason is None or told == f"line 3: {reason}\n"


def test_an_address_that_has_an_account_is_skipped_and_left_alone(store):
    store.take(line(email="ada@example.test", name="First"))
    summary = store.take(line(email="ADA@example.test", name="Second", password_hash=None) + line())
    assert (summary["imported"], summary["skipped"], summary["refused"]) == (1, 1, 0)
    assert [user["name"] for user in store.give() if user["email"].lower() == "ada@example.test"] == ["First"]


def test_an_address_twice_in_one_file_is_taken_once(store):
    summary = store.take(line(email="ada@example.test", name="First") + line(email="ada@example.test", name="Second"))
    assert (summary["imported"], summary["skipped"]) == (1, 1)
    assert store.give()[0]["name"] == "First"


def test_an_id_of_another_account_is_refused(store):
    same = "0198c0de-0000-7000-8000-000000000001"
    summary = store.take(line(id=same) + line(id=same))
    assert (summary["imported"], summary["refused"]) == (1, 1)
    assert summary["told"] == ["line 2: The id belongs to the account of another address."]


def test_running_it_again_goes_on_where_it_stopped(store):
    assert store.take(many(1500))["imported"] == 1500
    summary = store.take(many(2700))
    assert (summary["imported"], summary["skipped"], summary["last_line"]) == (1200, 1500, 2700)


def test_what_follows_a_line_of_any_length_is_read(store):
    """Around the lengths at which the rest of a long line is skipped in pieces."""
    lines = "".join("x" * length + "\n" + line() for length in (65535, 65536, 65537, 131072, 131073, 17_000_000))
    summary = store.take(lines)
    assert (summary["imported"], summary["refused"], summary["last_line"]) == (6, 6, 12)


def test_from_line_passes_over_what_comes_before(store):
    summary = store.take("nonsense\n" + many(10), "--from-line", "5")
    assert (summary["imported"], summary["refused"], summary["last_line"]) == (7, 0, 11)


def test_an_interruption_keeps_whole_transactions_and_says_where(store):
    assert store.command("migrate", "upgrade").returncode == 0
    command = subprocess.Popen(
        [process.binary(), "--json", "user", "import", "-"],
        cwd=store.folder,
        env=process.environment(store.settings),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    command.stdin.write(many(2500).encode())
    command.stdin.flush()
    while len(store.rows("SELECT id FROM users")) < 2000:
        assert command.poll() is None
    command.send_signal(signal.SIGINT)
    out, err = command.communicate(timeout=60)
    summary = json.loads(out)
    assert command.returncode == 1 and summary["interrupted"]
    assert f"--from-line {summary['last_line'] + 1}" in err.decode()
    assert len(store.rows("SELECT id FROM users")) == summary["imported"] >= 2000


def test_a_line_without_end_can_be_interrupted(store):
    assert store.command("migrate", "upgrade").returncode == 0
    with open("/dev/zero", "rb") as endless:
        command = subprocess.Popen(
            [process.binary(), "--json", "user", "import", "-"],
            cwd=store.folder,
            env=process.environment(store.settings),
            stdin=endless,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert command.stderr.readline().startswith(b"line 1: The line is longer"), "it is on its way"
        command.send_signal(signal.SIGINT)
        out, _ = command.communicate(timeout=60)
    assert command.returncode == 1 and json.loads(out)["interrupted"]


def test_each_transaction_leaves_one_audit_row(store):
    store.take(many(1500))
    details = [
        json.loads(row["details"])
        for row in store.rows("SELECT details FROM audit_logs WHERE event = 'users.imported' ORDER BY at, id")
    ]
    assert [one["count"] for one in details] == [1000, 500]
    store.take(many(1500))
    assert len(store.rows("SELECT id FROM audit_logs WHERE event = 'users.imported'")) == 2, "nothing was added"
    store.give()
    assert len(store.rows("SELECT id FROM audit_logs WHERE event = 'users.exported'")) == 1


def test_a_missing_file_is_told(store):
    done = store.command("user", "import", "nowhere.jsonl")
    assert done.returncode == 1 and done.stderr == "secureauth: nowhere.jsonl cannot be read\n" and done.stdout == ""


def test_help_shows_a_line(store):
    shown = store.command("user", "import", "--help")
    assert shown.returncode == 0 and '"password_hash"' in shown.stdout


def everybody() -> str:
    """Accounts with everything that can be kept."""
    lines = [
        line(email=f"maker{number}@example.test", password_hash=make(fresh_password()))
        for number, make in enumerate(MAKERS.values())
    ]
    lines += [
        line(password_hash=None, email_verified=False, name="Zoë \u202f?".replace("\u202f", " "), locale="de"),
        line(role="admin", status="disabled", created_at="1999-12-31T23:59:59.999999Z"),
        line(email="jörg@bücher.example", password_must_change="compromised"),
    ]
    return "".join(lines) + many(2345)


# Both ways between the databases: what comes out of the one goes into the other.
@pytest.mark.servers
def test_export_and_import_carry_every_account_over(tmp_path):
    first = Store(BACKENDS["sqlite"], tmp_path / "first")
    second = Store(BACKENDS["postgres"], tmp_path / "second")
    third = Store(BACKENDS["sqlite"], tmp_path / "third")
    assert first.take(everybody())["refused"] == 0
    out = first.command("user", "export").stdout
    assert second.take(out)["imported"] == len(out.splitlines())
    back = second.command("user", "export").stdout
    assert back == out
    third.take(back)
    assert third.command("user", "export").stdout == out
    BACKENDS["postgres"].forget_below(tmp_path)


# Somebody who registered the address before its account was brought gets nothing from his link
def test_a_registration_that_waits_cannot_take_an_imported_account(server, people):
    password = fresh_password()
    waiting = people.register()
    token = people.token(waiting.email)
    hashed = MAKERS["bcrypt 2b"](password)
    assert server.command("user", "import", "-", stdin=line(email=waiting.email, password_hash=hashed)).returncode == 0
    people.verify(token)
    assert people.login(waiting.email, waiting.password).status != 200
    assert people.login(waiting.email, password).status == 200
