"""How long everything takes: a full run, or a quick one that only shows that the harness works."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    rounds: int = 5
    seconds: int = 6  # of a round
    warm_up: int = 2
    page_in: int = 2  # before the first round on a database, so that each of its connections has met most of the pages
    paced_rounds: int = 5
    paced_seconds: int = 10  # 2,000 requests: twenty of them lie beyond the 99th percentile
    verify_seconds: float = 0.5  # of processor time, for each side's turn in a round
    accounts: int = 200
    idle_connections: int = 10_000
    starts: int = 11
    import_users: tuple[int, int] = (100_000, 1_000_000)  # compared round by round, and once
    audit_rows: int = 1_000_000
    samples: int = 500  # of an answer's time, for each kind of address


QUICK = Plan(
    rounds=2,
    seconds=2,
    warm_up=1,
    page_in=1,
    paced_rounds=2,
    paced_seconds=3,
    accounts=20,
    idle_connections=1000,
    starts=3,
    samples=40,
    import_users=(2_000, 20_000),
    verify_seconds=0.1,
    audit_rows=50_000,
)

# Two services that differ little, a percent or two: more rounds and shorter ones, so that what else the machine does
# falls to both.
SCALE = Plan(rounds=11, seconds=4, warm_up=4, page_in=90)
