"""Keys in files, as an operator rotates them: commands that change the files, SIGHUP to every instance."""

import json
import os
import secrets
import signal
from pathlib import Path

from . import canaries
from .daemon import wait_until

SETTINGS = {"secret": "SECRET_KEY", "csrf": "CSRF_SECRET", "pepper": "PASSWORD_PEPPER", "totp": "TOTP_ENCRYPTION_KEY",
            "audit": "AUDIT_KEY", "token": "TOKEN_SIGNING_KEY"}
_TOLD = {"keys reloaded", "settings read again: the keys are the same",
         "settings not reloaded: everything stays as it was"}


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
        wait_until(lambda s=server, n=seen: len(answers(s)) > n, "the settings are read again", 20)
        said.append(answers(server)[-1])
    return said


def answers(server) -> list[dict]:
    return [line for line in server.log_lines() if line["message"] in _TOLD]


def command(server, *arguments: str) -> list[dict]:
    done = server.command("keys", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def ids(server, purpose: str) -> dict[str, str]:
    """State to id; the last old one."""
    return {row["state"]: row["key_id"] for row in command(server, "list", purpose)}
