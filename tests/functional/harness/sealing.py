"""Audit entries, made in numbers as the service makes them, and how far they came: sealed, then delivered."""

import json
import uuid

from .daemon import wait_until
from .sealed_log import Keys


def keys_of(server) -> Keys:
    """Of its settings, or those that development made."""
    return Keys(server.settings.get("AUDIT_KEY") or (server.folder / "data" / ".audit-key").read_text().strip())


def plant(
    server, count: int, event: str = "login.failed", subject: str | None = None, ids: list[str] | None = None, **details
) -> list[str]:
    """Writes entries with their MACs behind the service's back, which seals them; their ids, in order. `ids` are those to have."""
    keys, blob = keys_of(server), "X'{}'" if server.backend.name == "sqlite" else "'\\x{}'"
    rows = [
        {
            "id": one,
            "at": "2026-11-28T12:00:00.000000Z",
            "event": event,
            "outcome": "failure",
            "actor_id": None,
            "subject_id": subject,
            "session_id": None,
            "ip": "192.0.2.1",
            "user_agent": "planted",
            "request_id": "planted",
            "details": json.dumps(details),
        }
        for one in ids or [str(uuid.uuid4()) for _ in range(count)]
    ]

    def values(row: dict) -> str:
        return ", ".join("NULL" if value is None else f"'{value}'" for value in row.values())

    for start in range(0, count, 200):
        part = rows[start : start + 200]
        server.execute(
            f"INSERT INTO audit_logs ({', '.join(rows[0])}, mac) VALUES "
            + ", ".join(f"({values(row)}, {blob.format(keys.mac(row).hex())})" for row in part)
        )
        server.execute("INSERT INTO audit_pending (entry_id) VALUES " + ", ".join(f"('{row['id']}')" for row in part))
    return [row["id"] for row in rows]


def seal(server) -> int:
    """Waits until the service has sealed everything; how many entries there are then."""
    wait_until(lambda: not server.rows("SELECT position FROM audit_pending LIMIT 1"), "everything is sealed")
    return sealed(server)


def sealed(server) -> int:
    return server.rows("SELECT COALESCE(MAX(tree_size), 0) AS size FROM audit_heads")[0]["size"]


def delivery(server, sink: str) -> dict:
    (row,) = server.rows("SELECT * FROM audit_deliveries WHERE sink = ?", sink)
    return row


def wait_delivered(server, sink: str, timeout: float = 60) -> None:
    wait_until(lambda: delivery(server, sink)["next_entry"] >= sealed(server), f"{sink} has everything", timeout)


def wait_known(server, *sinks: str) -> None:
    """Until the service has made their cursors: what is sealed from here on is theirs."""
    wait_until(lambda: {row["sink"] for row in server.rows("SELECT sink FROM audit_deliveries")} >= set(sinks), "known")
