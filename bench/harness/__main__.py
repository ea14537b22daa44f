"""bench/run: measures the service beside a reference, prints the table, keeps the figures."""

import argparse
import tempfile
from pathlib import Path

from . import (
    report,
    row_audit,
    row_cluster,
    row_enumeration,
    row_flood,
    row_forward_auth,
    row_import,
    row_logins,
    row_me,
    row_memory,
    row_start,
    row_webauthn,
)
from .command import finish
from .machine import describe
from .plan import QUICK, Plan
from .service import Workspace

ROWS = {
    "me": row_me.measure,
    "me_cluster": row_cluster.measure_check_by_local_cache,
    "me_redis": row_cluster.measure_check_by_redis,
    "forward_auth": row_forward_auth.measure,
    "logins": row_logins.measure,
    "logins_postgres": row_cluster.measure_logins,
    "flood": row_flood.measure,
    "memory": row_memory.measure,
    "start": row_start.measure,
    "enumeration": row_enumeration.measure,
    "import": row_import.measure,
    "webauthn": row_webauthn.measure,
    "audit": row_audit.measure,
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/run", description="Measures the service beside a reference on this machine.")
    parser.add_argument("--quick", action="store_true", help="few short rounds: shows that it works, no more")
    parser.add_argument("--only", choices=ROWS | row_enumeration.EACH, help="one row instead of all of them")
    return parser.parse_args()


def run() -> None:
    asked = arguments()
    plan = QUICK if asked.quick else Plan()
    machine = describe()
    if asked.quick:
        print("bench: QUICK run; do not quote these figures")
    rows = []
    with tempfile.TemporaryDirectory(prefix="secureauth-bench-") as folder:
        workspace = Workspace(Path(folder))
        for name in [asked.only] if asked.only else ROWS:
            rows += (ROWS | row_enumeration.EACH)[name](workspace, plan)
    path = report.save(rows, machine, asked.quick)
    print(
        f"\n{machine['cores']} cores, {machine['cpu']}, load average before the run {machine['load_average']:.1f}"
        + (", QUICK run" if asked.quick else "")
        + "\n"
    )
    print(report.table(rows))
    print(f"\nbench: every round is in {path.relative_to(Path.cwd())}")


finish(run)
