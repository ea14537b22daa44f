"""What GET /auth/me waits at a steady 200 requests a second: at rest, and while logins saturate every core."""

from statistics import median

from .load import ask_in_pace, login_flood
from .machine import settle
from .plan import Plan
from .report import Row
from .service import Service, Workspace

MOST_RATIO, MOST_MS = 5, 20


def side(rounds: list[dict]) -> str:
    p50, p99 = (median(one[name] for one in rounds) / 1000 for name in ("p50_us", "p99_us"))
    return f"p50 {p50:.2f} ms, p99 {p99:.2f} ms"


def measure(workspace: Workspace, plan: Plan) -> list[Row]:
    workspace.ensure_accounts(plan.accounts)
    print("bench: GET /auth/me at rest and under a login flood")
    rest, flooded = [], []
    with Service(workspace) as service:
        session = service.sign_in()
        ask_in_pace(service, session, plan.warm_up)
        for _ in range(plan.paced_rounds):
            settle(service.pid)
            rest.append(ask_in_pace(service, session, plan.paced_seconds))
            with login_flood(service, workspace, plan.paced_seconds + 30):
                ask_in_pace(service, session, plan.warm_up)  # until the hashing queue is full
                flooded.append(ask_in_pace(service, session, plan.paced_seconds))
    p99 = median(one["p99_us"] for one in flooded) / 1000
    ratio = p99 / (median(one["p99_us"] for one in rest) / 1000)
    return [
        Row(
            "GET /auth/me at 200/s while logins saturate every core",
            side(flooded),
            "at rest: " + side(rest),
            f"{ratio:.2f}",
            f"p99 ≤ {MOST_RATIO} × at rest, ≤ {MOST_MS} ms",
            "met" if ratio <= MOST_RATIO and p99 <= MOST_MS else "missed",
            {"flooded": flooded, "rest": rest, "ratio": ratio},
        )
    ]
