"""Proofs, sessions and challenges that lie back in time, without waiting for it."""

import datetime

_FORM = "%Y-%m-%dT%H:%M:%S.%fZ"


def _earlier(text: str, seconds: float) -> str:
    return (datetime.datetime.strptime(text, _FORM) - datetime.timedelta(seconds=seconds)).strftime(_FORM)


def age_proofs(server, user_id: str, seconds: float) -> None:
    """As if the user's sign-ins and step-ups were so much longer ago."""
    age_sessions(server, user_id, seconds, "auth_time", "stepped_up_at")


def age_sessions(server, user_id: str, seconds: float, *columns: str) -> None:
    """Sets these times of the user's sessions back. Restarts the service, which forgets what it had read before; what Redis
    holds of its sessions goes too."""
    server.stop()
    for row in server.rows(f"SELECT id, {', '.join(columns)} FROM sessions WHERE user_id = ?", user_id):
        times = {name: _earlier(row[name], seconds) for name in columns if row[name]}
        changes = ", ".join(f"{name} = '{value}'" for name, value in times.items())
        server.execute(f"UPDATE sessions SET {changes} WHERE id = '{row['id']}'")
    server.backend.forget_sessions(server.folder)
    server.start()


def age_challenges(server, seconds: float) -> None:
    """As if every passkey ceremony that is under way had begun so much earlier."""
    for row in server.rows("SELECT created_at, expires_at FROM webauthn_challenges"):
        changes = ", ".join(f"{name} = '{_earlier(time, seconds)}'" for name, time in row.items())
        server.execute(f"UPDATE webauthn_challenges SET {changes} WHERE created_at = '{row['created_at']}'")


def last_uses(server, user_id: str) -> list[str]:
    """Of each session of the user, the latest last."""
    rows = server.rows("SELECT last_used_at FROM sessions WHERE user_id = ?", user_id)
    return sorted(row["last_used_at"] for row in rows)
