"""Proofs that lie back in time, without waiting for it."""

import datetime

_FORM = "%Y-%m-%dT%H:%M:%S.%fZ"


def _earlier(text: str, seconds: float) -> str:
    return (datetime.datetime.strptime(text, _FORM) - datetime.timedelta(seconds=seconds)).strftime(_FORM)


def age_proofs(server, user_id: str, seconds: float) -> None:
    """As if the user's sign-ins and step-ups were so much longer ago. Restarts the service, which forgets what it had
    read before; what Redis holds of its sessions goes too."""
    server.stop()
    for row in server.rows("SELECT id, auth_time, stepped_up_at FROM sessions WHERE user_id = ?", user_id):
        times = {name: _earlier(row[name], seconds) for name in ("auth_time", "stepped_up_at") if row[name]}
        changes = ", ".join(f"{name} = '{value}'" for name, value in times.items())
        server.execute(f"UPDATE sessions SET {changes} WHERE id = '{row['id']}'")
    server.backend.forget_sessions(server.folder)
    server.start()
