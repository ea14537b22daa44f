"""From starting the process to its first 200 on /health, with a database that exists already."""

import socket
import time
from statistics import median

from .machine import BenchError
from .plan import Plan
from .report import Row, at_most
from .service import Service, Workspace

MOST_MS = 100


class Starting(Service):
    """A service that is not waited for, so that the one who starts it can measure the wait."""

    def __enter__(self):
        return self


def first_answer(service: Service, give_up: float) -> None:
    request = f"GET /health HTTP/1.1\r\nHost: {service.host}\r\nConnection: close\r\n\r\n".encode()
    while time.perf_counter() < give_up:
        try:
            with socket.create_connection(("127.0.0.1", service.port), 5) as connection:
                connection.sendall(request)
                if connection.recv(4096).startswith(b"HTTP/1.1 200 "):
                    return
        except OSError:
            pass
        time.sleep(0.0003)  # often enough to measure by, seldom enough not to take the core from the start
    service.check_alive()
    raise BenchError("no 200 on /health within 10 s of the start")


def measure(workspace: Workspace, plan: Plan) -> list[Row]:
    workspace.ensure_accounts(1)
    print("bench: start-up time")
    took_ms = []
    for _ in range(plan.starts):
        began = time.perf_counter()
        with Starting(workspace) as service:
            first_answer(service, began + 10)
            took_ms.append((time.perf_counter() - began) * 1000)
    middle = median(took_ms)
    return [
        Row(
            "start to first 200",
            f"{middle:.0f} ms (longest {max(took_ms):.0f} ms)",
            "—",
            "—",
            f"≤ {MOST_MS} ms",
            at_most(middle, MOST_MS),
            {"milliseconds": took_ms},
        )
    ]
