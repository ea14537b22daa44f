"""What a service has to deliver, and how far it came."""

from .client import Client
from .daemon import wait_until
from .people import fresh_email, fresh_password


def register(server, email: str | None = None, language: str = "en", **members) -> str:
    """Makes the service mail a link; the address."""
    email = email or fresh_email()
    client = Client(server)
    reply = client.post(
        "/auth/register", {"email": email, "password": fresh_password()} | members, headers={"Accept-Language": language}
    )
    client.close()
    assert reply.status == 200, reply
    return email


def states(server) -> list[str]:
    return [row["state"] for row in server.rows("SELECT state FROM mails ORDER BY created_at")]


def wait_for_state(server, *wanted: str, timeout: float = 60) -> None:
    wait_until(lambda: states(server) == list(wanted), f"the outbox holds {wanted}", timeout)


def last_error(server) -> str:
    return server.rows("SELECT last_error FROM mails ORDER BY created_at")[0]["last_error"] or ""


def outage_lines(server) -> list[dict]:
    return [line for line in server.log_lines() if line["message"].startswith("the mail server does not take mail")]
