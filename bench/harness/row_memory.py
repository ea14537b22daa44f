"""Resident memory: after the start, under a login flood, and with thousands of connections held open."""

import socket
import time
from contextlib import ExitStack

from .load import login_flood
from .machine import BenchError, allow_open_files, cores, memory_mib, settle
from .plan import Plan
from .report import Row, at_most
from .service import ARGON2_MEMORY_MIB, Service, Session, Workspace

MOST_IDLE_MIB, ROOM_MIB = 20, 64


def open_connections(service: Service, session: Session, count: int, held: ExitStack) -> None:
    """Keep-alive connections, each of which has been answered one GET /auth/me and then says nothing more."""
    request = f"GET /auth/me HTTP/1.1\r\nHost: {service.host}\r\nCookie: {session.cookie}\r\n\r\n".encode()
    for number in range(count):
        connection = held.enter_context(socket.create_connection(("127.0.0.1", service.port), 10))
        connection.sendall(request)
        if not connection.recv(4096).startswith(b"HTTP/1.1 200 "):
            raise BenchError(f"connection {number + 1} of {count} was not answered 200")


def measure(workspace: Workspace, plan: Plan) -> list[Row]:
    workspace.ensure_accounts(plan.accounts)
    print("bench: resident memory")
    connections = min(plan.idle_connections, allow_open_files() - 200)
    if connections < plan.idle_connections:
        print(f"bench: the limit of open files (ulimit -Hn) allows {connections} connections only")
    with (
        Service(workspace, HTTP_IDLE_TIMEOUT_SECONDS="600", HTTP_MAX_CONNECTIONS_PER_ADDRESS="0") as service,
        ExitStack() as held,
    ):
        settle(service.pid)
        idle = memory_mib(service.pid)
        session = service.sign_in()
        with login_flood(service, workspace, 60):
            time.sleep(plan.seconds)
        flooded = memory_mib(service.pid, "VmHWM")
        settle(service.pid)
        open_connections(service, session, connections, held)
        crowded = memory_mib(service.pid)
        with login_flood(service, workspace, 60):
            time.sleep(plan.seconds)
        most = memory_mib(service.pid, "VmHWM")
    bound = idle + len(cores()) * ARGON2_MEMORY_MIB + ROOM_MIB
    target = f"≤ {bound:.0f} MiB"
    bound_text = f"idle + {len(cores())} × {ARGON2_MEMORY_MIB} + {ROOM_MIB} = {bound:.0f} MiB"

    def under_load(what: str, used: float) -> Row:
        return Row(what, f"{used:.1f} MiB", bound_text, f"{used / bound:.2f}", target, at_most(used, bound))

    crowd = f"{connections:,} idle connections"
    details = {
        "idle": idle,
        "flooded": flooded,
        "crowded": crowded,
        "crowded_and_flooded": most,
        "connections": connections,
        "bound": bound,
    }
    return [
        Row(
            "resident memory, idle",
            f"{idle:.1f} MiB",
            "—",
            "—",
            f"≤ {MOST_IDLE_MIB} MiB",
            at_most(idle, MOST_IDLE_MIB),
            details,
        ),
        under_load("resident memory, login flood", flooded),
        under_load(f"resident memory, {crowd}", crowded),
        under_load(f"resident memory, {crowd} and login flood", most),
    ]
