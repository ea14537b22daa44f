"""What a service must do through a fault: say so, go on with what it can, and come back by itself."""

from .client import Client
from .daemon import wait_until
from .people import People, fresh_email, fresh_password

UNAVAILABLE = (503, "unavailable")
# Each network thread has its own links to the servers, and the kernel deals connections out at random: that none of so
# many reaches one of a few threads happens to nobody (two threads: once in eight million).
_CONNECTIONS = 24


def register(client: Client):
    return client.post("/auth/register", {"email": fresh_email(), "password": fresh_password()})


def readiness(server, connections: int = 1) -> list:
    """What /health/ready says on so many connections: (status, what is degraded)."""
    answers = []
    for _ in range(connections):
        client = Client(server)
        reply = client.get("/health/ready")
        client.close()
        answers.append((reply.status, reply.json["status"] if reply.status == 200 else reply.code))
    return answers


def wait_ready(server, word: str = "ready", timeout: float = 40) -> None:
    """On every network thread."""
    wait_until(lambda: readiness(server, _CONNECTIONS) == [(200, word)] * _CONNECTIONS, f"ready says {word}", timeout)


def wait_unavailable(server, timeout: float = 40) -> None:
    wait_until(lambda: readiness(server) == [UNAVAILABLE], "ready says unavailable", timeout)


def main_job_works(server) -> None:
    """Register, verify, sign in, who am I, sign out: all answered as ever."""
    people = People(server)
    client, account = people.signed_in()
    assert client.get("/auth/me").json["email"] == account.email
    line = client.cookies.header()
    assert client.post("/auth/logout", csrf=True).status == 200
    assert client.get("/auth/me", cookies=line).refusal == (401, "unauthenticated")
