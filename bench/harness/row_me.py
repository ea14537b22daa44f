"""GET /auth/me with a valid session beside nginx `return 200`, one server core each, 64 connections."""

import os
from dataclasses import asdict
from pathlib import Path
from statistics import median

from .load import Round, ask_who
from .machine import BenchError, memory_mib, server_and_load_core
from .nginx import Nginx
from .plan import Plan
from .report import Row, at_least
from .service import Service, Workspace

TARGET, LEAST = 0.85, 0.70


def side(rounds: list[Round], rss_mib: float) -> str:
    middle = {name: median(asdict(one)[name] for one in rounds) for name in asdict(rounds[0])}
    return (
        f"{middle['per_second']:,.0f}/s, p50 {middle['p50_us'] / 1000:.2f} ms, p99 {middle['p99_us'] / 1000:.2f} ms, "
        f"CPU {middle['cpu_share']:.2f} (wrk {middle['load_cpu_share']:.2f}), RSS {rss_mib:.0f} MiB"
    )


def check_and_empty(log: Path, requests: float) -> None:
    """Proves that each request was logged (some of the last may still be buffered), and gives back the space."""
    with open(log, "rb") as lines:
        logged = sum(1 for _ in lines)
    if logged < 0.9 * requests:
        raise BenchError(f"{log.name} has {logged} lines after {requests:.0f} requests")
    os.truncate(log, 0)


def measure(workspace: Workspace, plan: Plan) -> list[Row]:
    plain = compare(workspace, plan, "GET /auth/me, one core, no access log", (TARGET, LEAST))
    return [plain, compare(workspace, plan, "GET /auth/me, one core, both logging each request", logs=True)]


def compare(
    workspace: Workspace, plan: Plan, what: str, target: tuple[float, float] | None = None, logs: bool = False, **settings: str
) -> Row:
    """`target`: the ratio wanted and the least that is acceptable; None for a row that is there to compare with."""
    workspace.ensure_accounts(1)
    server_core, load_core = server_and_load_core()
    print(f"bench: {what}")
    settings |= {"IO_THREADS": "1", "LOG_LEVEL": "info" if logs else "warning", "LOG_FORMAT": "json"}
    with Service(workspace, server_core, **settings) as service:
        session = service.sign_in()
        with Nginx(workspace.folder, server_core, session, logs) as nginx:

            def ask(server: Service | Nginx, seconds: float) -> Round:
                result = ask_who(server.port, service.host, session, server.pid, load_core, seconds)
                if logs:
                    check_and_empty(server.request_log, result.per_second * seconds)
                return result

            ask(service, plan.warm_up)
            ask(nginx, plan.warm_up)
            ours, theirs = [], []
            for _ in range(plan.rounds):
                ours.append(ask(service, plan.seconds))
                theirs.append(ask(nginx, plan.seconds))
            rss, nginx_rss = memory_mib(service.pid), memory_mib(nginx.pid)
    ratio = median(one.per_second for one in ours) / median(one.per_second for one in theirs)
    return Row(
        what,
        side(ours, rss),
        "nginx: " + side(theirs, nginx_rss),
        f"{ratio:.2f}",
        f"≥ {target[0]} (least {target[1]:.2f})" if target else "for comparison",
        at_least(ratio, *target) if target else "—",
        {"service": [asdict(one) for one in ours], "nginx": [asdict(one) for one in theirs], "ratio": ratio},
    )
