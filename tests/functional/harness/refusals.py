"""What the audit log holds of refused requests."""

import json

from .daemon import wait_until


def refused(server, reason: str | None = None) -> list[dict]:
    """Each row with its details, oldest first."""
    rows = server.rows("SELECT * FROM audit_logs WHERE event = 'request.refused' ORDER BY at, id")
    found = [row | {"details": json.loads(row["details"])} for row in rows]
    return [row for row in found if reason in (None, row["details"]["reason"])]


def counted(server, reason: str | None = None) -> int:
    return sum(row["details"]["count"] for row in refused(server, reason))


def wait_for(server, reason: str, count: int = 1) -> list[dict]:
    """They are written within seconds."""
    wait_until(lambda: counted(server, reason) >= count, f"{count} refusals by {reason}")
    return refused(server, reason)
