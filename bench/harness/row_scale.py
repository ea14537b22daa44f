"""What a login and a session check cost on a large database beside a small one, of the same shape and settings."""

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from .load import Round, at_random
from .machine import cores, cpu_seconds, settle
from .plan import Plan
from .population import ABSOLUTE_TIMEOUT, IDLE_TIMEOUT, Population, Size
from .postgres import Postgres
from .redis import Redis
from .report import Row, at_most
from .service import PASSWORD, Service, Workspace

MOST_RATIO = 1.1
LOGIN_CONNECTIONS, CHECK_CONNECTIONS = 4, 32
BUSY_SESSIONS = 10_000
LEAST_MS = 0.001  # below it a ratio says nothing
CHEAPEST_ARGON2 = {"ARGON2_TIME_COST": "1", "ARGON2_MEMORY_COST": "8192"}  # so that the SQL beside it can be seen
COOKIE = "__Host-sid"


@dataclass
class Side:
    """One of the two databases, the service on it, and what was measured of them."""

    postgres: Postgres
    workspace: Workspace
    size: Size

    def settings(self) -> dict[str, str]:
        return CHEAPEST_ARGON2 | {
            # Two a core, as many as can work: each has pages of its own to meet first.
            "DATABASE_POOL_SIZE": str(2 * len(cores())),
            "SESSION_IDLE_TIMEOUT_SECONDS": f"{IDLE_TIMEOUT.total_seconds():.0f}",
            "SESSION_ABSOLUTE_TIMEOUT_SECONDS": f"{ABSOLUTE_TIMEOUT.total_seconds():.0f}",
        }


def populated(postgres: Postgres, folder: Path, size: Size, password_hash: str) -> tuple[Side, Population]:
    workspace = Workspace(folder, DATABASE_URL=postgres.url)
    people = Population(size, password_hash)
    began = time.monotonic()
    people.fill(postgres)
    total = postgres.run("SELECT pg_size_pretty(pg_database_size(current_database()))").strip()
    print(f"bench: {size}: {total}, filled in {time.monotonic() - began:.0f} s")
    return Side(postgres, workspace, size), people


@dataclass
class Costed:
    """A round, and what each answer took: of the processors (service and PostgreSQL), and in statements."""

    load: Round
    cpu_ms: float
    sql_ms: float
    statements: float

    @property
    def time_ms(self) -> float:
        return 1000 / self.load.per_second


SPENT = """
  SELECT coalesce(sum(total_exec_time + total_plan_time), 0), coalesce(sum(calls), 0)
    FROM bench.pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%'"""


def costed(side: Side, service: Service, load, seconds: float) -> Costed:
    settle(service.pid)
    side.postgres.run("SELECT bench.pg_stat_statements_reset()")
    before = cpu_seconds(side.postgres.pid)
    result = load(service, side, seconds)
    cpu = cpu_seconds(side.postgres.pid) - before + result.cpu_share * result.seconds
    sql_ms, statements = map(float, side.postgres.run(SPENT).split("\t"))
    return Costed(result, 1000 * cpu / result.answers, sql_ms / result.answers, statements / result.answers)


def middle(rounds: list[Costed], name: str) -> float:
    return median(getattr(one, name) for one in rounds)


def cell(rounds: list[Costed], size: Size) -> str:
    mean_ms = median(one.load.mean_us for one in rounds) / 1000
    return (
        f"{size}: {1000 / middle(rounds, 'time_ms'):,.1f}/s, mean {mean_ms:.2f} ms, "
        f"CPU {middle(rounds, 'cpu_ms'):.3f} ms, SQL {middle(rounds, 'sql_ms'):.3f} ms "
        f"in {middle(rounds, 'statements'):.1f} statements"
    )


def compare(what: str, sides: dict[str, Side], services: dict[str, Service], plan: Plan, load) -> Row:
    """Alternating rounds of `load(service, side, seconds)` on either side; the ratios are large to small."""
    print(f"bench: {what}")
    for name, side in sides.items():
        load(services[name], side, plan.warm_up)
    rounds: dict[str, list[Costed]] = {name: [] for name in sides}
    for number in range(plan.rounds):
        # Each goes first by turns: what the round before left to do must not always fall to the same side.
        for name in sorted(sides, reverse=number % 2 == 0):
            rounds[name].append(costed(sides[name], services[name], load, plan.seconds))
    ratios = {
        name: middle(rounds["large"], name) / middle(rounds["small"], name)
        for name in ("time_ms", "cpu_ms", "sql_ms")
        if middle(rounds["small"], name) >= LEAST_MS
    }
    ratio = ratios["time_ms"]
    labels = {"cpu_ms": "CPU", "sql_ms": "SQL"}
    parts = ", ".join(f"{label} {ratios[name]:.2f}" for name, label in labels.items() if name in ratios)
    return Row(
        what,
        cell(rounds["large"], sides["large"].size),
        cell(rounds["small"], sides["small"].size),
        f"{ratio:.2f} ({parts})",
        f"≤ {MOST_RATIO}",
        at_most(ratio, MOST_RATIO),
        {name: [asdict(one) for one in of_side] for name, of_side in rounds.items()} | {"ratios": ratios},
    )


def sign_in(service: Service, side: Side, seconds: float) -> Round:
    return at_random(
        service,
        "login_random.lua",
        "/auth/login",
        LOGIN_CONNECTIONS,
        seconds,
        BENCH_ACCOUNTS=side.size.users,
        BENCH_PASSWORD=PASSWORD,
    )


def check(service: Service, side: Side, seconds: float, among: int | None = None) -> Round:
    """Asks with all sessions, or with `among` of them, spread over the table."""
    sessions = among or side.size.sessions
    return at_random(
        service,
        "check_random.lua",
        "/auth/me",
        CHECK_CONNECTIONS,
        seconds,
        BENCH_COOKIE=COOKIE,
        BENCH_SESSIONS=sessions,
        BENCH_STEP=side.size.sessions // sessions,
    )


def check_the_busy(service: Service, side: Side, seconds: float) -> Round:
    """Redis keeps a session for half a minute: as many are in use on either side, so that as many are found there."""
    return check(service, side, seconds, BUSY_SESSIONS)


def service_on(side: Side, **settings: str) -> Service:
    return Service(side.workspace, **(side.settings() | settings))


def on_both(sides: dict[str, Side], **settings: str) -> dict[str, Service]:
    return {name: service_on(side, **settings) for name, side in sides.items()}


def measure(sides: dict[str, Side], plan: Plan, folder: Path) -> list[Row]:
    services = on_both(sides, SESSION_LOCAL_CACHE_MS="0")
    with services["small"], services["large"]:
        for name, side in sides.items():
            check(services[name], side, plan.page_in)
        rows = [
            compare("session check by SQL", sides, services, plan, check),
            compare("login, Argon2id t=1 m=8 MiB", sides, services, plan, sign_in),
        ]
    with Redis(folder) as small_redis, Redis(folder) as large_redis:
        services = {
            "small": service_on(sides["small"], REDIS_URL=small_redis.url, SESSION_LOCAL_CACHE_MS="0"),
            "large": service_on(sides["large"], REDIS_URL=large_redis.url, SESSION_LOCAL_CACHE_MS="0"),
        }
        with services["small"], services["large"]:
            rows.append(compare("session check by Redis", sides, services, plan, check_the_busy))
            rows.append(compare("login with Redis, Argon2id t=1 m=8 MiB", sides, services, plan, sign_in))
    return rows
