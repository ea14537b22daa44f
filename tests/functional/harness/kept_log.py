"""A sealed log that a test may alter: made once by the real service, put back before each alteration."""

import json
import secrets
from types import SimpleNamespace

from . import canaries
from .daemon import wait_until
from .people import People, fresh_password
from .sealed_log import SealedLog
from .server import Server

AUDIT_KEY = secrets.token_hex(32)
canaries.note(AUDIT_KEY)
TABLES = ("audit_logs", "audit_heads", "audit_pending")
ROUNDS = 4  # batches, one a second
FOUND = 3  # exit code


class Kept(SealedLog):
    """A stopped service's log that can be put back as it was."""

    def __init__(self, server):
        super().__init__(server)
        for table in TABLES:
            server.execute(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")

    def put_back(self) -> None:
        for table in TABLES:
            self.server.execute(f"DELETE FROM {table}")
            self.server.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")

    def execute(self, sql: str) -> None:
        self.server.execute(sql)

    def verify(self, *arguments) -> SimpleNamespace:
        done = self.server.command("--json", "audit", "verify", *map(str, arguments))
        answer = json.loads(done.stdout) if done.stdout else {}
        finding = answer.get("finding") or {}
        return SimpleNamespace(
            code=done.returncode,
            whole=answer.get("whole"),
            kind=finding.get("kind"),
            stderr=done.stderr,
            words=finding.get("words", ""),
            entry=finding.get("entry_number"),
            id=finding.get("id"),
            answer=answer,
        )

    def seal(self) -> None:
        """Any command seals what waits."""
        done = self.server.command("keys", "list")
        assert done.returncode == 0, done.stderr

    def command(self, *arguments) -> str:
        done = self.server.command(*map(str, arguments))
        assert done.returncode == 0, done.stderr
        return done.stdout


def make(folder, backend) -> Kept:
    server = Server(folder, backend, {"AUDIT_KEY": AUDIT_KEY}).start()
    people = People(server)
    for number in range(ROUNDS):
        people.login(f"nobody{number}@example.test", fresh_password())
        people.login(f"nobody{number}@example.test", fresh_password())
        client, _ = people.signed_in()
        client.post("/auth/logout", csrf=True)
        wait_until(lambda: not server.rows("SELECT 1 FROM audit_pending"), "all is sealed")
    server.stop()
    kept = Kept(server)
    assert len(kept.heads()) >= ROUNDS
    return kept


def quoted(data: bytes, backend_name: str) -> str:
    return f"'\\x{data.hex()}'" if backend_name == "postgres" else f"x'{data.hex()}'"


def set_bytes(log, table: str, column: str, value: bytes, where: str) -> None:
    log.execute(f"UPDATE {table} SET {column} = {quoted(value, log.server.backend.name)} WHERE {where}")


def middle_entry(log) -> tuple[int, str]:
    """(number, id) of one that is neither first nor last."""
    entries = log.entries()
    number = len(entries) // 2
    return number, entries[number][0]


def assert_found(verdict, kind: str, entry: int | None = None, id_: str | None = None) -> None:
    assert (verdict.code, verdict.kind) == (FOUND, kind), verdict
    assert verdict.words and verdict.words in verdict.stderr
    if entry is not None:
        assert verdict.entry == entry, verdict
    if id_ is not None:
        assert verdict.id == id_ and id_ in verdict.words, verdict
