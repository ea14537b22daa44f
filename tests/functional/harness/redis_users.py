"""The users of Redis that docs/deployment.md tells to make, made as it says."""

import secrets

from . import canaries
from .contract import ROOT
from .redis import Redis

NAME = "secureauth"


def _rules(at_sentinels: bool) -> list[str]:
    """Of the one line for it, behind the name and the password."""
    head = f"ACL SETUSER {NAME} on >… "
    lines = [
        line.removeprefix(head).split()
        for line in (ROOT / "docs/deployment.md").read_text().splitlines()
        if line.startswith(head)
    ]
    (rules,) = [line for line in lines if ("+sentinel|get-master-addr-by-name" in line) == at_sentinels]
    return rules


def make(servers: list[Redis], *, at_sentinels: bool = False) -> str:
    """Makes the user on each, and returns its `name:password`."""
    password = secrets.token_hex(12)
    canaries.note(password)
    for server in servers:
        server.execute("ACL", "SETUSER", NAME, "on", f">{password}", *_rules(at_sentinels))
    return f"{NAME}:{password}"


def refusals(server: Redis) -> list:
    """What a user was not allowed to do."""
    return server.execute("ACL", "LOG")
