"""Logins a second on all cores beside nothing but Argon2id verifications of the same engine and cost."""

from dataclasses import asdict
from statistics import median

from .load import BareRound, Round, bare_argon2, sign_in_repeatedly
from .machine import cores, lowest_priority, settle
from .plan import Plan
from .report import Row, at_least
from .service import Service, Workspace

TARGET, LEAST = 0.95, 0.90
CONNECTIONS = 16


def cpu_ms_each(rounds: list[Round] | list[BareRound]) -> float:
    """Processor time of one: unlike the rate, hardly moved by what else the machine does."""
    return median(1000 * one.cpu_share / one.per_second for one in rounds)


def measure(workspace: Workspace, plan: Plan) -> list[Row]:
    return [compare(workspace, plan, f"logins a second, all {len(cores())} cores")]


def compare(workspace: Workspace, plan: Plan, what: str) -> Row:
    workspace.ensure_accounts(plan.accounts)
    print(f"bench: {what}")
    logins, bare = [], []
    with Service(workspace) as service:
        sign_in_repeatedly(service, workspace, CONNECTIONS, plan.warm_up)
        # The same nice value, so that whatever else the machine does takes from both alike.
        nice = lowest_priority(service.pid)
        for _ in range(plan.rounds):
            settle(service.pid)  # what was queued when the load ended is still hashed after it
            bare.append(bare_argon2(plan.seconds, len(cores()), nice))
            logins.append(sign_in_repeatedly(service, workspace, CONNECTIONS, plan.seconds))
    rate, bare_rate = (median(one.per_second for one in rounds) for rounds in (logins, bare))
    ratio = rate / bare_rate
    p50, p99 = (median(getattr(one, name) for one in logins) / 1000 for name in ("p50_us", "p99_us"))
    refused = sum(one.refused for one in logins)
    service_cell = f"{rate:.1f}/s, p50 {p50:.0f} ms, p99 {p99:.0f} ms, CPU {cpu_ms_each(logins):.1f} ms each"
    if refused:
        service_cell += f"; {refused} refused and not counted"
    return Row(
        what,
        service_cell,
        f"bare Argon2id: {bare_rate:.1f}/s, CPU {cpu_ms_each(bare):.1f} ms each",
        f"{ratio:.2f}",
        f"≥ {TARGET} (least {LEAST:.2f})",
        at_least(ratio, TARGET, LEAST),
        {
            "service": [asdict(one) for one in logins],
            "bare_argon2": [asdict(one) for one in bare],
            "nice": nice,
            "ratio": ratio,
        },
    )
