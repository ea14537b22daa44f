"""What the audit log costs those who sign in, how fast it is sealed and verified."""

import hmac
import json
import resource
import secrets
import sqlite3
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from statistics import median

from .load import ask_for_resets, sign_in_repeatedly
from .machine import BenchError, cores, settle
from .plan import Plan
from .population import uuid_v7
from .postgres import Postgres
from .report import Row, at_least
from .row_cluster import backends
from .service import BINARY, Service, Workspace

CONNECTIONS, EVENT_CONNECTIONS = 16, 128  # an answer about a mailed link is held for 20 ms
LEAST_LOGINS = 0.90  # with the audit log, of those without
LEAST_EVENTS = 0.90  # with sealing, of those without
LEAST_VERIFIED = 200_000  # rows a second
BATCH = 5000
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
COLUMNS = "id, at, event, outcome, actor_id, subject_id, session_id, ip, user_agent, request_id, details, mac"
FIRST_MS = 1_767_225_600_000  # 2026-01-01


def derived(audit_key: str, label: str) -> bytes:
    """HKDF-SHA-256 (RFC 5869), one block."""
    extracted = hmac.digest(bytes(32), bytes.fromhex(audit_key), "sha256")
    return hmac.digest(extracted, f"secureauth/audit/v1/{label}\x01".encode(), "sha256")


def entries(count: int, audit_key: str) -> Iterator[tuple]:
    """Sign-ins as the service records them, a thousand a second; docs/audit.md says how they are encoded."""
    key_id, key = derived(audit_key, "id")[:4], derived(audit_key, "mac")

    def field(text: str) -> bytes:
        return struct.pack(">I", len(text)) + text.encode()

    label = field("secureauth audit entry v1")
    for row in range(count):
        milliseconds = FIRST_MS + row
        seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(milliseconds // 1000))
        person, session = (dashed(uuid_v7(FIRST_MS + row % 5000, seed)) for seed in (row % 5000 + 1, row + 1))
        texts = (
            dashed(uuid_v7(milliseconds, row + 1)),
            f"{seconds}.{milliseconds % 1000:03d}000Z",
            "login.succeeded",
            "success",
            person,
            person,
            session,
            f"192.0.2.{row % 254 + 1}",
            AGENT,
            f"{row:026d}",
            '{"known_browser":true,"method":"pwd"}',
        )
        encoded = label + b"".join(map(field, texts))
        mac = key_id + hmac.digest(key, struct.pack(">Q", len(encoded)) + encoded, "sha256")
        yield (*texts, mac)


def dashed(hexadecimal: str) -> str:
    return "-".join((hexadecimal[:8], hexadecimal[8:12], hexadecimal[12:16], hexadecimal[16:20], hexadecimal[20:]))


class SqliteLog:
    name = "SQLite"

    def __init__(self, workspace: Workspace, audit_key: str):
        self.folder = workspace.folder / "audit-sqlite"
        self.folder.mkdir()
        self._file = self.folder / "bench.db"
        self.settings = {"DATABASE_URL": f"sqlite:{self._file}", "AUDIT_KEY": audit_key}
        Workspace(self.folder, **self.settings)

    def fill(self, rows: Iterator[tuple]) -> None:
        with closing(sqlite3.connect(self._file)) as connection, connection:
            connection.executemany(f"INSERT INTO audit_logs ({COLUMNS}) VALUES ({', '.join('?' * 12)})", rows)
            connection.execute("INSERT INTO audit_pending (entry_id) SELECT id FROM audit_logs ORDER BY id")


class PostgresLog:
    name = "PostgreSQL"

    def __init__(self, workspace: Workspace, audit_key: str, server: Postgres):
        self.folder = workspace.folder / "audit-postgres"
        self.folder.mkdir()
        self._server = server
        self.settings = {"DATABASE_URL": server.url, "AUDIT_KEY": audit_key}
        Workspace(self.folder, **self.settings)

    def fill(self, rows: Iterator[tuple]) -> None:
        self._server.copy("audit_logs", COLUMNS, self._batches(rows))
        self._server.run("INSERT INTO audit_pending (entry_id) SELECT id FROM audit_logs ORDER BY id; VACUUM ANALYZE")

    def _batches(self, rows: Iterator[tuple]) -> Iterator[bytes]:
        batch = []
        for row in rows:
            batch.append("\t".join(row[:-1]) + f"\t\\\\x{row[-1].hex()}\n")
            if len(batch) == BATCH:
                yield "".join(batch).encode()
                batch.clear()
        yield "".join(batch).encode()


def command(log, *arguments: str) -> tuple[float, float, dict]:
    """Seconds, most resident MiB, and what it said."""
    environment = {"PATH": "/usr/bin:/bin"} | log.settings
    began = time.perf_counter()
    done = subprocess.run([BINARY, "--json", *arguments], cwd=log.folder, env=environment, capture_output=True, text=True)
    took = time.perf_counter() - began
    if done.returncode != 0:
        raise BenchError(f"secureauth {' '.join(arguments)} failed: {(done.stderr or done.stdout).strip()[-1000:]}")
    return took, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, json.loads(done.stdout or "{}")


def verification(log, plan: Plan, audit_key: str) -> list[Row]:
    count = plan.audit_rows
    print(f"bench: {count:,} audit entries on {log.name}")
    log.fill(entries(count, audit_key))
    idle = min(command(log, "audit", "public-key")[0] for _ in range(3))
    sealing, _, _ = command(log, "user", "list")  # any command seals what waits
    rounds, peak = [], 0.0
    for _ in range(plan.rounds):
        took, peak, answer = command(log, "audit", "verify")
        if answer["sealed"] < count:
            raise BenchError(f"verified only {answer['sealed']}")
        rounds.append(count / took)
    rate = median(rounds)
    sealed_rate = count / (sealing - idle)
    return [
        Row(
            f"audit verify, {count:,} entries on {log.name}",
            f"{rate:,.0f} rows/s, at most {peak:.0f} MiB resident",
            f"sealing them: {sealed_rate:,.0f} entries/s",
            f"{rate / LEAST_VERIFIED:.2f}",
            f"≥ {LEAST_VERIFIED:,} rows/s",
            at_least(rate, LEAST_VERIFIED, LEAST_VERIFIED),
            {"rows_per_second": rounds, "sealed_per_second": sealed_rate, "peak_mib": peak},
        )
    ]


@contextmanager
def nothing_recorded(postgres: Postgres):
    """The service writes its entries, and the database throws them away."""
    tables = ("audit_logs", "audit_pending")
    postgres.run("".join(f"CREATE RULE away AS ON INSERT TO {table} DO INSTEAD NOTHING;" for table in tables))
    try:
        yield
    finally:
        postgres.run("".join(f"DROP RULE away ON {table};" for table in tables))


class NothingSealed:
    """Holds the lock that sealers take, in a session of its own."""

    def __init__(self, postgres: Postgres):
        self._session = subprocess.Popen(postgres.command_line(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)

    def __enter__(self) -> None:
        self._session.stdin.write("SELECT pg_advisory_lock(hashtextextended('audit.seal', 0));\n")
        self._session.stdin.flush()

    def __exit__(self, *_) -> None:
        self._session.communicate("")


def compare(service: Service, plan: Plan, load, without) -> tuple[list, list, float]:
    """Alternating rounds with and without; the median of the ratios of neighbours."""
    with_it, without_it = [], []
    load(plan.warm_up)
    for _ in range(plan.rounds):
        settle(service.pid)
        with_it.append(load(plan.seconds))
        with without():
            settle(service.pid)
            without_it.append(load(plan.seconds))
    ratios = [one.per_second / other.per_second for one, other in zip(with_it, without_it)]
    return with_it, without_it, median(ratios)


def comparison(what: str, other: str, unit: str, measured: tuple[list, list, float], least: float) -> Row:
    with_it, without_it, ratio = measured
    rate, other_rate = (median(one.per_second for one in rounds) for rounds in (with_it, without_it))
    return Row(
        what,
        f"{rate:.1f} {unit}/s",
        f"{other}: {other_rate:.1f} {unit}/s",
        f"{ratio:.2f}",
        f"≥ {least:.2f}",
        at_least(ratio, least, least),
        {"with": [asdict(one) for one in with_it], "without": [asdict(one) for one in without_it], "ratio": ratio},
    )


def costs(workspace: Workspace, plan: Plan) -> list[Row]:
    with backends(workspace) as cluster:
        cluster.ensure_accounts(plan.accounts)
        postgres = cluster.postgres
        with Service(cluster) as service:
            print("bench: logins with and without the audit log")
            logins = compare(
                service,
                plan,
                lambda seconds: sign_in_repeatedly(service, cluster, CONNECTIONS, seconds),
                lambda: nothing_recorded(postgres),
            )
            print("bench: events with and without sealing")
            events = compare(
                service,
                plan,
                lambda seconds: ask_for_resets(service, EVENT_CONNECTIONS, seconds),
                lambda: NothingSealed(postgres),
            )
    return [
        comparison(
            f"logins a second on PostgreSQL, all {len(cores())} cores, with the audit log",
            "its rows thrown away",
            "logins",
            logins,
            LEAST_LOGINS,
        ),
        comparison(
            "audit events a second on PostgreSQL, while they are sealed", "none sealed", "events", events, LEAST_EVENTS
        ),
    ]


def measure(workspace: Workspace, plan: Plan) -> list[Row]:
    key = secrets.token_hex(32)
    rows = verification(SqliteLog(workspace, key), plan, key)
    with Postgres(workspace.folder) as server:
        rows += verification(PostgresLog(workspace, key, server), plan, key)
    return rows + costs(workspace, plan)
