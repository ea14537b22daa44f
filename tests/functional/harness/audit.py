"""What the audit log holds about an account, and what its owner was told."""

import json

from .people import Account, People


def details(server, account: Account, event: str) -> list[dict]:
    """Of each such event about the account, oldest first."""
    rows = server.rows("SELECT details FROM audit_logs WHERE event = ? AND subject_id = ? ORDER BY at, id",
                       event, account.id)
    return [json.loads(row["details"]) for row in rows]


def subjects(people: People, account: Account, count: int = 0) -> list[str]:
    """Of the mails to its owner, newest first; waits until there are `count`."""
    return [mail["subject"] for mail in people.mails(account.email, count)]
