"""A database file that fails: a clear error, never a half-done thing (ASVS 16.5.1 to 16.5.4, attack 44)."""

import os
import sqlite3
from contextlib import closing

import pytest

from harness import process
from harness.daemon import wait_until
from harness.people import People, fresh_email, fresh_password
from harness.server import Server, StartFailed

pytestmark = pytest.mark.sqlite_only("they hurt the file; PostgreSQL's own faults are in test_postgres_faults.py")

UNAVAILABLE = (503, "unavailable")


def register(client):
    return client.post("/auth/register", {"email": fresh_email(), "password": fresh_password()})


def serve(server):
    """`secureauth serve` where a refusal is expected."""
    return process.command("serve", settings=server.settings, folder=server.folder)


@pytest.fixture
def stopped(backend, tmp_path):
    """A service with one verified account, stopped."""
    server = Server(tmp_path / "stopped", backend).start()
    server.account = People(server).verified()
    server.stop()
    yield server
    for path in (server.folder / "data", backend.database_file(server.folder)):
        if path.exists():
            path.chmod(0o700)
    server.stop()


def refuses_to_start_or_says_unavailable(server):
    """Both are right; what must not happen is an answer that pretends."""
    try:
        server.start()
    except StartFailed as failure:
        assert failure.returncode == 1, failure
        assert "secureauth.db" in failure.output, "the message names the file"
        return
    client = People(server).browser()
    assert client.get("/health").status == 200
    assert client.get("/health/ready").refusal == UNAVAILABLE
    assert register(client).refusal == UNAVAILABLE
    assert "secureauth.db" not in client.get("/health/ready").body.decode(), "the cause is in the log only"


def test_a_directory_in_the_place_of_the_database(backend, tmp_path):
    server = Server(tmp_path / "directory", backend)
    backend.database_file(server.folder).mkdir(parents=True)
    result = serve(server)
    assert result.returncode == 1 and "secureauth.db" in result.stderr + result.stdout


@pytest.mark.parametrize(
    "content",
    [b"this is no database\n" * 1000, b"SQLite format 3\0" + b"\xff" * 8192],
    ids=["garbage", "garbage after the magic"],
)
def test_garbage_in_the_place_of_the_database_is_refused_and_kept(backend, tmp_path, content):
    server = Server(tmp_path / "garbage", backend)
    file = backend.database_file(server.folder)
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    result = serve(server)
    assert result.returncode == 1 and "secureauth.db" in result.stderr + result.stdout
    assert file.read_bytes() == content, "it might be somebody's"


def test_a_place_where_nothing_can_be_made(backend, tmp_path):
    result = serve(Server(tmp_path / "nowhere", backend, {"DATABASE_URL": "sqlite:/proc/nowhere/secureauth.db"}))
    assert result.returncode == 78 and "/proc/nowhere" in result.stderr + result.stdout


def test_a_corrupt_database(stopped):
    file = stopped.backend.database_file(stopped.folder)
    with file.open("r+b") as database:
        database.seek(100)
        database.write(b"\xff" * (file.stat().st_size - 100))
    refuses_to_start_or_says_unavailable(stopped)


def test_a_read_only_database(stopped):
    file = stopped.backend.database_file(stopped.folder)
    file.chmod(0o400)
    file.parent.chmod(0o500)
    stopped._preexec_fn = process.obey_permissions
    refuses_to_start_or_says_unavailable(stopped)
    stopped.stop()
    file.parent.chmod(0o700)
    file.chmod(0o600)
    stopped._preexec_fn = None
    stopped.start()
    assert People(stopped).login(stopped.account.email, stopped.account.password).status == 200


# Readers go on, writers get a typed refusal in bounded time, and nothing needs a restart
def test_a_locked_database(start_server):
    server = start_server()
    client, account = People(server).signed_in()
    with closing(sqlite3.connect(server.backend.database_file(server.folder), timeout=30, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert register(client).refusal == UNAVAILABLE
        assert client.get("/auth/me").status == 200
        assert client.get("/health").status == 200
        other.execute("ROLLBACK")
    assert register(client).status == 200
    assert People(server).login(account.email, account.password).status == 200


def test_a_database_deleted_while_running(start_server):
    """What would be acknowledged would be lost: so nothing is."""
    server = start_server()
    client, _ = People(server).signed_in()
    for path in (server.folder / "data").glob("secureauth.db*"):
        path.unlink()
    wait_until(lambda: client.get("/health/ready").status != 200, "it is noticed")
    assert register(client).refusal == UNAVAILABLE
    assert client.get("/health").status == 200


def test_a_full_disk(start_server):
    server = start_server(preexec_fn=process.limit_file_size(800 * 1024))
    people = People(server)
    client, kept = people.browser(), []
    for _ in range(400):
        email, password = fresh_email(), fresh_password()
        reply = client.post("/auth/register", {"email": email, "password": password, "name": "n" * 100})
        if reply.status != 200:
            break
        kept.append((email, password))
    assert reply.refusal == UNAVAILABLE, "the limit was reached, and told"
    assert len(kept) > 3
    assert client.get("/health").status == 200

    server._preexec_fn = None
    server.restart()
    stored = {row["email"] for row in server.rows("SELECT email FROM registrations")}
    assert {email for email, _ in kept} <= stored, "what was acknowledged is kept"
    assert email not in stored, "what was refused is not there"
    assert register(People(server).browser()).status == 200


def test_the_cause_is_in_the_log_under_the_request_id_and_nowhere_else(start_server):
    server = start_server()
    client, _ = People(server).signed_in()
    with closing(sqlite3.connect(server.backend.database_file(server.folder), timeout=30, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        reply = register(client)
        other.execute("ROLLBACK")
    assert reply.refusal == UNAVAILABLE
    text = reply.body.decode().lower()
    assert not any(word in text for word in ("sqlite", "locked", "busy", "insert", ".cpp", "exception"))
    line = server.wait_for_log(
        lambda line: line.get("request_id") == reply.json["request_id"] and line["level"] in ("error", "warning")
    )
    assert "locked" in str(line) or "busy" in str(line)
    assert os.path.exists(server.backend.database_file(server.folder))
