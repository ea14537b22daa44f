"""Session checks and logins on PostgreSQL and Redis, as an instance in a cluster has them."""

from contextlib import contextmanager

from . import row_logins, row_me
from .machine import cores, server_and_load_core
from .plan import Plan
from .postgres import Postgres
from .redis import Redis
from .report import Row
from .service import Workspace

LEAST_BY_REDIS, LEAST_BY_LOCAL_CACHE = 0.50, 0.70


@contextmanager
def backends(workspace: Workspace, core: int | None = None):
    """A workspace on an empty PostgreSQL and Redis, both on `core`; gone with the block."""
    with Postgres(workspace.folder, core) as postgres, Redis(workspace.folder, core) as redis:
        folder = workspace.folder / f"cluster-{postgres.port}"
        folder.mkdir()
        cluster = Workspace(folder, DATABASE_URL=postgres.url, REDIS_URL=redis.url)
        cluster.postgres = postgres
        yield cluster


def check(workspace: Workspace, plan: Plan, what: str, least: float, **settings: str) -> list[Row]:
    # Not on the service's core: nginx, beside which it is measured, has that to itself too.
    _, load_core = server_and_load_core()
    with backends(workspace, load_core) as cluster:
        return [
            row_me.compare(
                cluster, plan, f"GET /auth/me on PostgreSQL and Redis, one core, {what}", (least, least), **settings
            )
        ]


def measure_check_by_redis(workspace: Workspace, plan: Plan) -> list[Row]:
    return check(workspace, plan, "each check asks Redis", LEAST_BY_REDIS, SESSION_LOCAL_CACHE_MS="0")


def measure_check_by_local_cache(workspace: Workspace, plan: Plan) -> list[Row]:
    return check(workspace, plan, "local cache", LEAST_BY_LOCAL_CACHE)


def measure_logins(workspace: Workspace, plan: Plan) -> list[Row]:
    with backends(workspace) as cluster:
        return [row_logins.compare(cluster, plan, f"logins a second on PostgreSQL and Redis, all {len(cores())} cores")]
