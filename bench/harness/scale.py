"""bench/scale: what size costs. Measures the service on a large database beside a small one, or explains its SQL."""

import argparse
import sqlite3
import tempfile
from pathlib import Path

from . import report, row_scale
from .command import finish
from .machine import BenchError, describe, total_memory_mib
from .plan import QUICK, SCALE
from .population import Size
from .postgres import Postgres
from .query_plans import PAGE, write_plans
from .row_scale import CHEAPEST_ARGON2, Side, populated
from .service import Workspace

SMALL = Size(users=10_000, sessions=10_000)
LARGE, QUICK_LARGE = Size(users=10_000_000, sessions=1_000_000), Size(users=100_000, sessions=20_000)

# Of either server. A quarter of the memory for buffers is what PostgreSQL's manual advises. What is measured is the
# work of a statement, not the disk under it: a commit waits for the disk as long in a small table as in a large one,
# and that wait would hide the difference. One checkpoint in the middle of a round would do so too.
SERVER = {
    "shared_buffers": f"{total_memory_mib() // 4}MB",
    "fsync": "off",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "1h",
    "maintenance_work_mem": "1GB",
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/scale", description="Measures what the size of the database costs.")
    parser.add_argument("--users", type=int, help=f"accounts of the large database ({LARGE.users:,})")
    parser.add_argument("--sessions", type=int, help=f"sessions of the large database ({LARGE.sessions:,})")
    parser.add_argument(
        "--quick",
        action="store_true",
        help="few short rounds on 100,000 users and 20,000 sessions: shows that it works, no more",
    )
    parser.add_argument("--plans", action="store_true", help="write docs/query-plans.md instead of measuring")
    asked = parser.parse_args()
    large = QUICK_LARGE if asked.quick else LARGE
    asked.users, asked.sessions = asked.users or large.users, asked.sessions or large.sessions
    if min(asked.users, asked.sessions) < 10_000:
        parser.error("the large database must not be smaller than the small one: 10,000 users and sessions")
    return asked


def a_password_hash(folder: Path) -> str:
    """The PHC string of PASSWORD as the service itself makes it."""
    folder.mkdir()
    Workspace(folder, **CHEAPEST_ARGON2).ensure_accounts(1)
    with sqlite3.connect(folder / "bench.db") as database:
        return database.execute("SELECT password_hash FROM users").fetchone()[0]


def prepared(server: Postgres, folder: Path, size: Size, password_hash: str):
    folder.mkdir()
    return populated(server, folder, size, password_hash)


def explain(folder: Path, size: Size) -> None:
    with Postgres(folder, **SERVER) as server:
        _, people = prepared(server, folder / "large", size, a_password_hash(folder / "hash"))
        faults = write_plans(server, people)
    print(f"bench: the plans are in {PAGE.relative_to(Path.cwd())}")
    if faults:
        raise BenchError("these plans are no look-ups:\n  " + "\n  ".join(faults))


def measure(folder: Path, size: Size, quick: bool) -> None:
    machine = describe()
    password_hash = a_password_hash(folder / "hash")
    with Postgres(folder, **SERVER) as small, Postgres(folder, **SERVER) as large:
        sides: dict[str, Side] = {}
        for name, server, its_size in (("small", small, SMALL), ("large", large, size)):
            sides[name], _ = prepared(server, folder / name, its_size, password_hash)
        rows = row_scale.measure(sides, QUICK if quick else SCALE, folder)
        machine["postgresql"] = large.run("SHOW server_version").strip()
    path = report.save(rows, machine, quick)
    print(
        f"\n{machine['cores']} cores, {machine['cpu']}, load average before the run {machine['load_average']:.1f}, "
        f"PostgreSQL {machine['postgresql']}" + (", QUICK run" if quick else "") + "\n"
    )
    print(report.table(rows))
    print(f"\nbench: every round is in {path.relative_to(Path.cwd())}")


def run() -> None:
    asked = arguments()
    size = Size(asked.users, asked.sessions)
    with tempfile.TemporaryDirectory(prefix="secureauth-scale-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # the servers run as other users
        if asked.plans:
            explain(folder, size)
        else:
            measure(folder, size, asked.quick)


finish(run)
