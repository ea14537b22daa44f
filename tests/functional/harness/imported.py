"""Accounts that come with a hash of another system, and hashes that somebody wrote into the record."""

import json

from .people import fresh_email


def line(email: str, password_hash: str | None, **members) -> str:
    return json.dumps({"email": email, "password_hash": password_hash} | members) + "\n"


def bring(server, password_hash: str | None, **members) -> str:
    """The address of an account imported with this hash."""
    email = fresh_email("imported")
    done = server.command("user", "import", "-", stdin=line(email, password_hash, **members))
    assert done.returncode == 0, done.stderr
    return email


def stored(server, email: str) -> str:
    (row,) = server.rows("SELECT password_hash FROM users WHERE email = ?", email)
    return row["password_hash"]


def plant(server, email: str, password_hash: str) -> None:
    server.execute(f"UPDATE users SET password_hash = '{password_hash}' WHERE email = '{email}'")
