"""Audit entries, made in numbers and sealed: only what is sealed is delivered."""

import json
import uuid

from .daemon import wait_until

SEALER = False  # whether the service seals by itself


def plant(server, count: int, event: str = "login.failed", subject: str | None = None, **details) -> list[str]:
    """Writes entries behind the service's back; their ids."""
    ids = [str(uuid.uuid4()) for _ in range(count)]
    whom = f"'{subject}'" if subject else "NULL"
    rest = (f"'2026-11-28T12:00:00.000000Z', '{event}', 'failure', NULL, {whom}, NULL, '192.0.2.1', 'planted', 'planted',"
            f" '{json.dumps(details)}'")
    for start in range(0, count, 200):
        part = ids[start:start + 200]
        server.execute("INSERT INTO audit_logs (id, at, event, outcome, actor_id, subject_id, session_id, ip, user_agent,"
                       " request_id, details) VALUES " + ", ".join(f"('{one}', {rest})" for one in part))
        server.execute("INSERT INTO audit_pending (entry_id) VALUES " + ", ".join(f"('{one}')" for one in part))
    return ids


def seal(server) -> int:
    """Seals what waits, or waits until the service has; how many entries there are then."""
    pending = server.rows("SELECT position, entry_id FROM audit_pending ORDER BY position")
    if SEALER:
        wait_until(lambda: not server.rows("SELECT position FROM audit_pending LIMIT 1"), "everything is sealed")
    elif pending:
        _seal(server, pending)
    return sealed(server)


def sealed(server) -> int:
    return server.rows("SELECT COALESCE(MAX(tree_size), 0) AS size FROM audit_heads")[0]["size"]


def _seal(server, pending: list[dict]) -> None:
    """A head that holds everything but the proof."""
    first = sealed(server)
    ids = [uuid.UUID(row["entry_id"]) for row in pending]
    leaves = "".join(one.hex + "00" * 32 for one in ids)
    blob = "X'{}'" if server.backend.name == "sqlite" else "'\\x{}'"
    zero = blob.format("00")
    server.execute(
        "INSERT INTO audit_heads (tree_size, first_entry, leaves, first_id, last_id, peaks, root_hash, sealed_at, key_id,"
        f" signature) VALUES ({first + len(ids)}, {first}, {blob.format(leaves)}, '{min(ids)}', '{max(ids)}', {zero}, {zero},"
        f" '2026-11-28T12:00:00.000000Z', 'test', {zero})")
    server.execute(f"DELETE FROM audit_pending WHERE position <= {pending[-1]['position']}")


def delivery(server, sink: str) -> dict:
    (row,) = server.rows("SELECT * FROM audit_deliveries WHERE sink = ?", sink)
    return row


def wait_delivered(server, sink: str, timeout: float = 30) -> None:
    wait_until(lambda: delivery(server, sink)["next_entry"] >= sealed(server), f"{sink} has everything", timeout)


def wait_known(server, *sinks: str) -> None:
    """Until the service has made their cursors: what is sealed from here on is theirs."""
    wait_until(lambda: {row["sink"] for row in server.rows("SELECT sink FROM audit_deliveries")} >= set(sinks), "known")
