"""Keys in files, as an operator rotates them: commands that change the files, SIGHUP to every instance."""

import json
import os
import secrets
import signal
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from . import canaries, process
from .daemon import wait_until
from .instances import Instances
from .server import Server

SETTINGS = {
    "secret": "SECRET_KEY",
    "csrf": "CSRF_SECRET",
    "pepper": "PASSWORD_PEPPER",
    "totp": "TOTP_ENCRYPTION_KEY",
    "audit": "AUDIT_KEY",
    "token": "TOKEN_SIGNING_KEY",
}
_TOLD = {"keys reloaded", "settings read again: the keys are the same", "settings not reloaded: everything stays as it was"}


def make(folder: Path) -> dict[str, str | None]:
    """A key of each purpose in a file of its own; the settings that name them."""
    folder.mkdir(parents=True)
    settings: dict[str, str | None] = {}
    for name in SETTINGS.values():
        path = folder / name.lower()
        path.write_text(secrets.token_hex(32) + "\n")
        path.chmod(0o600)
        note(path)
        settings |= {name: None, f"{name}_FILE": str(path)}
    return settings


def note(path: Path) -> None:
    for line in path.read_text().split():
        canaries.note(line)


def reload(*servers) -> list[dict]:
    """SIGHUP to each; the line of the log in which each says what came of it."""
    said = []
    for server in servers:
        seen = len(answers(server))
        os.kill(server.pid, signal.SIGHUP)
        wait_until(lambda s=server, n=seen: len(answers(s)) > n, "the settings are read again")
        said.append(answers(server)[-1])
    return said


def reloads(server) -> list[dict]:
    """What was recorded of them: the log tells it a moment before."""
    sql = "SELECT outcome, details FROM audit_logs WHERE event = 'keys.reloaded'"
    wait_until(lambda: server.rows(sql), "the reload is recorded")
    return server.rows(sql)


def answers(server) -> list[dict]:
    return [line for line in server.log_lines() if line["message"] in _TOLD]


def command(server, *arguments: str) -> list[dict]:
    done = server.command("keys", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def ids(server, purpose: str) -> dict[str, str]:
    """State to id; the last old one."""
    return {row["state"]: row["key_id"] for row in command(server, "list", purpose)}


@contextmanager
def group(backend, folder: Path):
    """Two instances on PostgreSQL and Redis, one on SQLite; their keys in the same files."""
    own = {"TOKEN_AUDIENCES": "reports", "MFA_REQUIRED_ROLES": "none", "TRUSTED_PROXIES": "127.0.0.1"}
    settings = make(folder / "keys") | process.PATIENT | own
    if backend.name == "sqlite":
        running = [Server(folder / "alone", backend, settings)]
    else:
        running = Instances(folder, backend, 2, settings).members
    for server in running:
        (server.folder / ".env").write_text("# nothing yet\n")  # the sandbox opens what is there at the start
        server.start()
    try:
        yield running
    finally:
        for server in running:
            server.stop()


def announce(group, purpose: str) -> None:
    command(group[0], "generate", purpose, "--files")
    reload(*group)


def change(group, purpose: str, old: str = "") -> None:
    """`old` is tried to be retired before what it sealed is sealed anew."""
    command(group[0], "rotate", purpose, "--files")
    for server in group:  # one after the other: in between they make under different keys
        reload(server)
    if old:
        refused = retire(group[0], purpose, old)
        assert refused.returncode == 1 and "is still needed" in refused.stderr, purpose
    command(group[0], "rotate", purpose)


def retire(server, purpose: str, id: str):
    return server.command("keys", "retire", purpose, id, "--files", "--json")


def old_since(days: int) -> str:
    since = datetime.now(UTC) - timedelta(days=days)
    return f"UPDATE key_states SET since = '{since:%Y-%m-%dT%H:%M:%S.000000Z}' WHERE state = 'old'"


AGED = old_since(3650)
