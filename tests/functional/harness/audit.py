"""What the audit log holds about an account, and what its owner was told."""

import json

from .people import Account, People

# Not with what they tell of, but within a second or a minute.
WITHOUT_LATE_ONES = "audit_logs WHERE event NOT IN ('request.refused', 'store.failed', 'peer.untrusted')"


def events(server, account: Account, event: str) -> list[dict]:
    """The row of each such event about the account, oldest first."""
    return server.rows("SELECT * FROM audit_logs WHERE event = ? AND subject_id = ? ORDER BY at, id", event, account.id)


def details(server, account: Account, event: str) -> list[dict]:
    return [json.loads(row["details"]) for row in events(server, account, event)]


def subjects(people: People, account: Account, count: int = 0) -> list[str]:
    """Of the mails to its owner, newest first; waits until there are `count`."""
    return [mail["subject"] for mail in people.mails(account.email, count)]
