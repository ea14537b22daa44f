"""What admins do over HTTP, and what the audit log then says of them."""

import json

from .client import Client
from .people import Account
from .reply import Reply

DEEDS = ("revoke-sessions", "unlock", "reset-mfa", "send-reset", "demand-password-change")


def change(client: Client, account: Account, **members) -> Reply:
    return client.request("PATCH", f"/admin/users/{account.id}", json=members, csrf=True)


def do(client: Client, account: Account, deed: str) -> Reply:
    return client.post(f"/admin/users/{account.id}/{deed}", csrf=True)


def delete(client: Client, account: Account) -> Reply:
    return client.delete(f"/admin/users/{account.id}", csrf=True)


def entries(server, event: str, actor: Account) -> list[dict]:
    """What the log says that they did, oldest first, details read."""
    rows = server.rows("SELECT * FROM audit_logs WHERE event = ? AND actor_id = ? ORDER BY at, id", event, actor.id)
    return [row | {"details": json.loads(row["details"])} for row in rows]


def refusals(server, actor: Account) -> list[tuple[str, str]]:
    """(permission, reason) of every change that was refused to them."""
    return [(one["details"]["permission"], one["details"]["reason"]) for one in entries(server, "user.change_refused", actor)]


def active_admins(server) -> list[str]:
    return [row["email"] for row in server.rows("SELECT email FROM users WHERE role = 'admin' AND status = 'active'")]


def all_pages(client: Client, path: str, name: str) -> list[dict]:
    """Every item of a list, page after page."""
    items, cursor, joint = [], None, "&" if "?" in path else "?"
    while True:
        reply = client.get(path + (f"{joint}cursor={cursor}" if cursor else ""))
        assert reply.status == 200, reply
        items += reply.json[name]
        cursor = reply.json["next_cursor"]
        if cursor is None:
            return items
