"""bench/attack: floods the service and prints what those saw who merely used it, at rest and meanwhile."""

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from . import report
from .command import finish
from .load import PACED_CLIENT, last_json_line
from .machine import BenchError, allow_open_files, cores, describe, free_port, memory_mib, settle
from .report import Row
from .service import ARGON2_MEMORY_MIB, Service, Workspace
from .visitors import Person, Seen, Visitors, known_people

ATTACKS = {"login": "login flood", "slowloris": "slowloris", "connections": "connection flood", "reset": "reset spray"}
PER_SECOND, CONNECTIONS = 100, 4  # of GET /auth/me with a valid session
REST_SECONDS, WARM_UP_SECONDS = 15, 3
PEOPLE = 100
LEAST_SUCCESS, MOST_RATIO, ROOM_MIB = 0.999, 5, 64


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench/attack", description="Floods the service and prints what those saw who merely used it."
    )
    parser.add_argument("--seconds", type=int, default=60, help="of each attack (60)")
    parser.add_argument("--only", choices=ATTACKS, help="one attack instead of all of them")
    return parser.parse_args()


@contextmanager
def under_attack(service: Service, workspace: Workspace, kind: str, port: int | None = None):
    """Attacks the service, or what listens on another port."""
    command = [
        sys.executable,
        "-m",
        "harness.attackers",
        kind,
        str(port or service.port),
        service.host,
        str(workspace.accounts),
    ]
    attackers = subprocess.Popen(command)
    try:
        yield
        if attackers.poll() is not None:
            raise BenchError("the attack ended before the measurement did")
    finally:
        attackers.kill()
        attackers.wait()


@contextmanager
def acceptor():
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "harness.acceptor", str(port)])
    try:
        time.sleep(1)
        yield port
    finally:
        process.kill()
        process.wait()


class Memory(threading.Thread):
    """The most that a process holds while the block runs."""

    def __init__(self, pid: int):
        super().__init__(daemon=True)
        self._pid, self._over = pid, threading.Event()
        self.most_mib = 0.0

    def run(self) -> None:
        while not self._over.wait(0.1):
            self.most_mib = max(self.most_mib, memory_mib(self._pid))

    def __enter__(self) -> "Memory":
        self.start()
        return self

    def __exit__(self, *_) -> None:
        self._over.set()
        self.join()


def use(service: Service, cookie: str, people: list[Person], seconds: int) -> tuple[dict, Seen]:
    """Pages that ask who it is at a steady pace, and people who sign in meanwhile."""
    command = [PACED_CLIENT, str(service.port), service.host, cookie, str(PER_SECOND), str(CONNECTIONS), str(seconds)]
    with Visitors(people) as visitors:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60)
    return last_json_line(done.stdout, "paced_client"), visitors.seen


def success(paced: dict, seen: Seen) -> tuple[float, float]:
    """Of the session checks, and of the people who signed in."""
    failed = sum(seen.failures.values())
    return 1 - paced["failures"] / paced["requests"], 1 - failed / max(1, seen.requests)


def told(paced: dict, seen: Seen) -> str:
    checks, sign_ins = success(paced, seen)
    took = f"{median(seen.sign_in_ms):.0f} ms" if seen.sign_in_ms else "none"
    return (
        f"checks {checks:.2%}, p50 {paced['p50_us'] / 1000:.2f} ms, p99 {paced['p99_us'] / 1000:.2f} ms; "
        f"sign-ins {sign_ins:.1%} of {seen.requests}, p50 {took}"
    )


def attacked_beside(service: Service, workspace: Workspace, kind: str, cookie: str, people: list[Person]):
    """The attackers' own work takes the cores from the service, too: what that costs when it is not the one attacked."""
    with acceptor() as port, under_attack(service, workspace, kind, port):
        time.sleep(WARM_UP_SECONDS)
        return use(service, cookie, people, REST_SECONDS)


def measure(workspace: Workspace, kind: str, seconds: int) -> list[Row]:
    print(f"bench: {ATTACKS[kind]}, {seconds} s")
    with Service(workspace) as service:
        settle(service.pid)
        idle = memory_mib(service.pid)
        people = known_people(service, PEOPLE)
        session = service.sign_in()
        rest, rest_seen = use(service, session.cookie, people, min(seconds, REST_SECONDS))
        with Memory(service.pid) as memory, under_attack(service, workspace, kind):
            time.sleep(WARM_UP_SECONDS)
            flooded, seen = use(service, session.cookie, people, seconds)
        began = time.monotonic()
        settle(service.pid, 30)
        recovered = time.monotonic() - began
        beside = attacked_beside(service, workspace, kind, session.cookie, people) if kind == "connections" else None
    ratio = flooded["p99_us"] / rest["p99_us"]
    met = min(success(flooded, seen)) >= LEAST_SUCCESS and ratio <= MOST_RATIO
    bound = idle + len(cores()) * ARGON2_MEMORY_MIB + ROOM_MIB
    details = {
        "rest": rest,
        "rest_seen": vars(rest_seen),
        "flooded": flooded,
        "seen": vars(seen),
        "idle": idle,
        "most_mib": memory.most_mib,
        "bound": bound,
        "recovered_s": recovered,
    }
    if seen.failures:
        print(f"bench: instead of a sign-in: {seen.failures}")
    rows = [
        Row(
            ATTACKS[kind],
            told(flooded, seen),
            "at rest: " + told(rest, rest_seen),
            f"p99 × {ratio:.2f}",
            f"success ≥ {LEAST_SUCCESS:.1%}, p99 ≤ {MOST_RATIO} × at rest",
            "met" if met else "missed",
            details,
        ),
        Row(
            "… resident memory",
            f"{memory.most_mib:.1f} MiB",
            f"idle {idle:.1f} MiB",
            f"{memory.most_mib / bound:.2f}",
            f"≤ {bound:.0f} MiB",
            report.at_most(memory.most_mib, bound),
        ),
        Row("… quiet again", f"{recovered:.1f} s after its end", "—", "—", "seconds", "met"),
    ]
    if beside:
        rows.append(
            Row(
                "… the same attackers aimed at another process",
                told(*beside),
                "the first row",
                f"p99 × {flooded['p99_us'] / beside[0]['p99_us']:.2f}",
                "for comparison",
                "—",
                {"beside": beside[0]},
            )
        )
    return rows


def run() -> None:
    asked = arguments()
    allow_open_files()
    machine = describe()
    rows = []
    with tempfile.TemporaryDirectory(prefix="secureauth-bench-") as folder:
        workspace = Workspace(Path(folder))
        workspace.keep_limits()
        workspace.ensure_accounts(2 * PEOPLE)
        for kind in [asked.only] if asked.only else ATTACKS:
            rows += measure(workspace, kind, asked.seconds)
    path = report.save(rows, machine, asked.seconds < 60)
    print(f"\n{machine['cores']} cores, {machine['cpu']}, load average before the run {machine['load_average']:.1f}\n")
    print(report.table(rows))
    print(f"\nbench: the figures are in {path.relative_to(Path.cwd())}")


finish(run)
