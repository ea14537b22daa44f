"""What docs/deployment.md says of backup and restore, walked through: under traffic, to another server, made safe."""

import json
import shutil
import sqlite3
from contextlib import closing, contextmanager

import pytest

from harness import unprivileged
from harness.backend import PostgresBackend
from harness.client import SESSION_COOKIE, Client
from harness.generations import Steady
from harness.people import People
from harness.postgres import Postgres, programs
from harness.process import PATIENT
from harness.redis import Redis
from harness.server import Server


class Copy(Postgres):
    """A server on the data folder that pg_basebackup makes of another one, without following it."""

    def __init__(self, original: Postgres):
        super().__init__("copy")
        self._original, self.password = original, original.password

    def take(self) -> "Copy":
        source = f"host=127.0.0.1 port={self._original.port} user=service"
        unprivileged.run(
            [programs() / "pg_basebackup", "-d", source, "-D", self.data, "-X", "stream", "--checkpoint", "fast", "--no-sync"],
            self.owner,
            self.folder,
            PGPASSWORD=self._original.password,
        )
        return self


REMEMBERING = {"MFA_TRUSTED_BROWSER_DAYS": 30}


class Before:
    """People and what they had under way when the backup was made."""

    def __init__(self, server):
        people = People(server)
        self.kept, self.account = people.signed_in()
        self.ended = people.sign_in(self.account)
        self.factor, self.with_factor = people.with_totp()
        self.codes = people.recovery_codes(self.factor)
        assert people.ask_for_reset(self.account.email).status == 200
        self.reset = people.reset_token(self.account.email)
        self.sessions = [cookies_of(self.kept), cookies_of(self.ended)]  # signing out drops the browser's own
        self.pending = people.register()
        self.verification = people.token(self.pending.email)
        self.trusting = people.with_totp()[1]
        browser, challenge = people.challenge(self.trusting)
        people.answer(browser, challenge, self.trusting, remember_browser=True)
        self.browser_note = "; ".join(f"{name}={value}" for name, value in browser.cookies.items() if name != SESSION_COOKIE)

    def goes_on(self, server):
        """What happens after the backup."""
        assert self.ended.post("/auth/logout", csrf=True).status == 200
        assert People(server).reset(self.reset, self.account.password + " and more").status == 200
        assert People(server).ask_for_reset(self.trusting.email).status == 200
        new_password = self.trusting.password + " and more"
        assert People(server).reset(People(server).reset_token(self.trusting.email), new_password).status == 200  # forgets it
        self.late_account = People(server).verified()
        self.sessions.append(cookies_of(People(server).sign_in(self.late_account)))


def cookies_of(client) -> str:
    return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


def alive(server, cookies: str) -> bool:
    return Client(server).get("/auth/me", cookies=cookies).status == 200


def trusts(server, before) -> bool:
    """Whether the browser that was remembered before the backup, and forgotten after it, needs the password alone."""
    client = Client(server)
    reply = client.post("/auth/login", before.trusting.credentials, cookies=before.browser_note)
    assert reply.status == 200, reply
    return not reply.json["mfa_required"]


@contextmanager
def traffic(server):
    accounts = [People(server).verified() for _ in range(2)]
    with Steady(lambda: server.port, server.authority, accounts) as load:
        load.goes_on()
        yield load
        load.goes_on()
    assert load.failed == []


def in_place_of(old, new):
    """Under the address that people know."""
    new.port = old.port
    new.settings |= {"PORT": old.port, "PUBLIC_URL": old.public_url} | REMEMBERING
    return new


def walk_through(old, restored, before):
    """`restored` is a service on the copy, with the old one's keys and AUDIT_HEAD_FILE; it does not run yet."""
    assert restored.command("migrate", "check").returncode == 0
    verified = restored.command("audit", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr  # whole as far as it goes
    against_head = restored.command("audit", "verify", "--head", str(old.folder / "head.json"))
    assert against_head.returncode == 3, "the head kept elsewhere speaks of entries that the backup has not"

    made_safe = restored.command("after-restore")
    assert made_safe.returncode == 0, made_safe.stderr
    assert "sessions" in made_safe.stdout
    restored.start()
    assert not any(alive(restored, session) for session in before.sessions)
    assert not trusts(restored, before)
    people = People(restored)
    assert people.reset(before.reset, "quite another password").refusal == (400, "invalid_token")
    assert people.verify(before.verification).refusal == (400, "invalid_token")
    assert people.login(before.account.email, before.account.password).status == 200, "the password of the backup"
    late = before.late_account
    assert people.login(late.email, late.password).refusal == (401, "invalid_credentials")
    assert people.login(before.with_factor.email, before.with_factor.password).json["mfa_required"]
    left = {row["user_id"] for row in restored.rows("SELECT user_id FROM recovery_codes")}
    assert left, "they are as the backup has them, unless one says so"
    assert restored.command("after-restore", "--recovery-codes").returncode == 0
    assert not restored.rows("SELECT 1 FROM recovery_codes")
    recorded = restored.rows(
        "SELECT event, details FROM audit_logs WHERE event IN ('sessions.revoked', 'backup.restored') ORDER BY at, id"
    )
    assert [row["event"] for row in recorded] == ["sessions.revoked", "backup.restored"] * 2
    first, second = (json.loads(row["details"]) for row in recorded[1::2])
    assert first["count"] >= 2 and not first["recovery_codes"] and second["recovery_codes"]
    restored.stop()


def test_without_the_command_what_was_ended_is_alive_again(start_server, tmp_path):
    """Why there is one."""
    server = start_server(**REMEMBERING)
    if server.backend.name != "sqlite":
        return
    before = Before(server)
    copy = backup_of_sqlite(server, tmp_path)
    ended = before.sessions[1]
    before.goes_on(server)
    assert not alive(server, ended)
    server.stop()
    restored = restored_sqlite(server, copy, tmp_path).start()
    assert alive(restored, ended) and trusts(restored, before)
    restored.stop()


def backup_of_sqlite(server, tmp_path):
    """`.backup`, as the docs say: what stands in the log (WAL) only is in it, too."""
    copy = tmp_path / "backup.db"
    with (
        closing(sqlite3.connect(server.backend.database_file(server.folder))) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
    return copy


def restored_sqlite(server, copy, tmp_path):
    folder = tmp_path / "restored"
    shutil.copytree(
        server.folder / "data",
        folder / "data",
        ignore=lambda _, names: [name for name in names if name.startswith("secureauth.db")],
    )
    shutil.copy(copy, folder / "data" / "secureauth.db")
    return in_place_of(server, Server(folder, server.backend))


@pytest.mark.sqlite_only
def test_sqlite(start_server, tmp_path):
    server = start_server(AUDIT_HEAD_FILE="head.json", **REMEMBERING)
    before = Before(server)
    with traffic(server):
        copy = backup_of_sqlite(server, tmp_path)
    before.goes_on(server)
    server.stop()
    walk_through(server, restored_sqlite(server, copy, tmp_path), before)


@pytest.fixture
def original():
    with Postgres(max_connections=100) as postgres, Redis() as redis:
        yield PostgresBackend(postgres, redis)


def on_copy(server, backend, database, tmp_path):
    folder = tmp_path / "restored"
    shutil.copytree(server.folder / "data", folder / "data")  # keys of development
    return in_place_of(server, Server(folder, backend, {"DATABASE_URL": backend.postgres.url(database)}))


@pytest.mark.servers
@pytest.mark.parametrize("way", ["dump", "base backup"])
def test_postgresql(original, tmp_path, way):
    settings = {"AUDIT_HEAD_FILE": "head.json"} | PATIENT | REMEMBERING
    server = Server(tmp_path / "server", original, settings).start()
    before = Before(server)
    database, postgres = original.database(server.folder), original.postgres
    with closing(Copy(postgres) if way == "base backup" else Postgres()) as other:
        with traffic(server):
            if way == "base backup":
                other.take()
            else:
                dump = postgres.folder / "dump"
                unprivileged.run(
                    [programs() / "pg_dump", "--format=custom", "--file", dump, postgres.url(database)],
                    postgres.owner,
                    postgres.folder,
                )
        before.goes_on(server)
        server.stop()
        other.start()
        if way == "dump":
            copy = other.create_database()
            unprivileged.run(
                [programs() / "pg_restore", "--no-owner", "--exit-on-error", "-d", other.url(copy), dump],
                other.owner,
                other.folder,
            )
        else:
            copy = database
        with Redis() as redis:
            backend = PostgresBackend(other, redis)
            restored = on_copy(server, backend, copy, tmp_path)
            backend._databases[restored.folder] = copy
            walk_through(server, restored, before)
