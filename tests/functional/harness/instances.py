"""Several instances of one service: one database, one Redis, the same keys, one address before them."""

import secrets
from pathlib import Path

from . import canaries
from .backend import OneDatabase
from .client import Client
from .daemon import wait_until
from .ports import free_port
from .server import Server

AT_ONCE, SLACK = 1.0, 9.0  # seconds; the slack is the test machine's, and far from the next bound, which is 30


class Instances:
    """`entrance` is the port that browsers know, whether or not a proxy listens there; PUBLIC_URL names it."""

    def __init__(self, folder: Path, backend, count: int = 2, settings: dict | None = None):
        self.entrance = free_port()
        keys = {
            name: secrets.token_hex(32)
            for name in ("SECRET_KEY", "CSRF_SECRET", "TOTP_ENCRYPTION_KEY", "AUDIT_KEY", "TOKEN_SIGNING_KEY")
        }
        for key in keys.values():
            canaries.note(key)
        shared = keys | {"PUBLIC_URL": f"http://localhost:{self.entrance}", "TRUSTED_PROXIES": "127.0.0.1"}
        view = OneDatabase(backend, folder)
        self.members = [Server(folder / f"instance{number}", view, shared | (settings or {})) for number in range(count)]

    def __iter__(self):
        return iter(self.members)

    def __getitem__(self, number: int) -> Server:
        return self.members[number]

    def start(self) -> "Instances":
        for member in self.members:
            member.start()
        return self

    def stop(self) -> None:
        for member in self.members:
            member.stop()

    @property
    def ports(self) -> list[int]:
        return [member.port for member in self.members]


def elsewhere(client: Client, server: Server) -> Client:
    """The same browser, asking another instance: its cookies as they are now."""
    other = Client(server, user_agent=client.user_agent)
    other.cookies.update(client.cookies)
    return other


def wait_refused(client: Client, bound: float = AT_ONCE + SLACK) -> None:
    """An instance that did not end the session hears of it through a channel, so not in the same instant."""
    wait_until(lambda: client.get("/auth/me").refusal == (401, "unauthenticated"), "the session is refused", bound)
