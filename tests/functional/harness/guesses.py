"""Guessing passwords: at sign-ins from many addresses, and what the record holds of it."""

import hashlib
from itertools import count

from .client import Client
from .people import Account, fresh_password

WRONG, LOCKED, LIMITED = (401, "invalid_credentials"), (429, "account_locked"), (429, "rate_limited")
LONG_AGO = "2020-01-01T00:00:00.000000Z"


def guess(server, email: str, password: str | None = None, address: str | None = None, **members):
    """A sign-in from a browser of its own; behind a trusted proxy from that address."""
    client = Client(server)
    headers = {"X-Forwarded-For": address} if address else {}
    try:
        return client.post(
            "/auth/login", {"email": email, "password": password or fresh_password()} | members, headers=headers
        )
    finally:
        client.close()


def guess_wrong(server, email: str, times: int) -> list:
    return [guess(server, email) for _ in range(times)]


def lock(server, account: Account) -> None:
    assert {reply.refusal for reply in guess_wrong(server, account.email, 10)} == {WRONG}
    assert guess(server, account.email, account.password).refusal == LOCKED


def waited(server) -> None:
    """Every failure was long ago: all waits are over, and nothing is forgotten."""
    server.execute(f"UPDATE login_guesses SET last_failed_at = '{LONG_AGO}'")


def solve(puzzle: dict) -> dict:
    """As the contract says."""
    limit = 1 << 256 - puzzle["bits"]

    def part(number: int) -> int:
        base = hashlib.sha256(f"{puzzle['challenge']}:{number}:".encode())
        for tried in count():
            digest = base.copy()
            digest.update(str(tried).encode())
            if int.from_bytes(digest.digest()) < limit:
                return tried

    return {"challenge": puzzle["challenge"], "numbers": [part(number) for number in range(puzzle["parts"])]}
