"""`user import` of a large file, beside the database's own bulk load of the same rows into the same table."""

import json
import os
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import median

from .machine import BenchError
from .plan import Plan
from .postgres import Postgres
from .report import Row, at_most
from .service import BINARY, Workspace

MOST_GROWTH = 1.1  # of the memory at ten times the lines
COLUMNS = (
    "id, email, email_key, email_verified_at, name, password_hash, role, status, created_at, updated_at, locale, "
    "password_must_change"
)
AT = "2024-05-06T07:08:09.000000Z"
BATCH = 5000


def password_hash(number: int) -> str:
    """A bcrypt hash in form, another for each."""
    return f"$2b$12$N0p.rruaQFdgFVK5ymdGwupmvxBOv1VLAMQmK7j8{number:09d}zzzz"


def lines(count: int) -> Iterator[str]:
    for number in range(count):
        yield json.dumps(
            {
                "email": f"user{number}@import.example",
                "password_hash": password_hash(number),
                "name": f"User {number}",
                "created_at": AT,
            }
        ) + "\n"


def rows(count: int) -> Iterator[tuple]:
    """What the import makes of them."""
    for number in range(count):
        email = f"user{number}@import.example"
        yield (
            f"0198c0de-{number >> 16:04x}-7000-8000-{number:012x}",
            email,
            email,
            AT,
            f"User {number}",
            password_hash(number),
            "user",
            "active",
            AT,
            AT,
            "en",
            None,
        )


def copy_batches(count: int) -> Iterator[bytes]:
    batch = []
    for row in rows(count):
        batch.append("\t".join("\\N" if value is None else value for value in row) + "\n")
        if len(batch) == BATCH:
            yield "".join(batch).encode()
            batch.clear()
    yield "".join(batch).encode()


class SqliteStore:
    name, reference = "SQLite", "Python's executemany, one transaction"

    def __init__(self, folder: Path):
        self.folder = folder
        self.file = folder / "import.db"
        self.settings = {"DATABASE_URL": f"sqlite:{self.file}"}
        self.empty()

    def empty(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.file}{suffix}").unlink(missing_ok=True)
        Workspace(self.folder, **self.settings)  # migrates

    def load(self, count: int) -> None:
        marks = ", ".join("?" * len(COLUMNS.split(",")))
        with closing(sqlite3.connect(self.file)) as connection, connection:
            connection.executemany(f"INSERT INTO users ({COLUMNS}) VALUES ({marks})", rows(count))


class PostgresStore:
    name, reference = "PostgreSQL", "COPY by psql"

    def __init__(self, folder: Path, server: Postgres):
        self.folder, self.server = folder, server
        self.settings = {"DATABASE_URL": server.url}
        Workspace(folder, **self.settings)

    def empty(self) -> None:
        self.server.run("TRUNCATE users CASCADE")
        self.server.run("VACUUM")

    def load(self, count: int) -> None:
        self.server.copy("users", COLUMNS, copy_batches(count))


def import_file(store, file: Path) -> tuple[float, float]:
    """Seconds, and the most resident MiB of the process."""
    environment = {"PATH": os.environ["PATH"]} | store.settings
    began = time.perf_counter()
    command = subprocess.Popen(
        [BINARY, "--json", "user", "import", str(file)],
        cwd=store.folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out = command.stdout.read()
    _, status, usage = os.wait4(command.pid, 0)
    took = time.perf_counter() - began
    command.returncode = os.waitstatus_to_exitcode(status)
    if command.returncode != 0 or json.loads(out)["refused"] != 0:
        raise BenchError(f"user import failed: {command.stderr.read().decode(errors='replace')[-1000:]}")
    command.stdout.close()
    command.stderr.close()
    return took, usage.ru_maxrss / 1024


def timed_load(store, count: int) -> float:
    began = time.perf_counter()
    store.load(count)
    return time.perf_counter() - began


def measure_store(store, plan: Plan, small: Path, large: Path) -> list[Row]:
    print(f"bench: import into {store.name}")
    few, many = plan.import_users
    ours, theirs = [], []
    for _ in range(plan.rounds):
        store.empty()
        ours.append(import_file(store, small))
        store.empty()
        theirs.append(timed_load(store, few))
    store.empty()
    all_took, all_memory = import_file(store, large)
    store.empty()
    all_reference = timed_load(store, many)
    rate, reference = few / median(took for took, _ in ours), few / median(theirs)
    memory = median(used for _, used in ours)
    details = {"imports": ours, "loads": theirs, "large": [all_took, all_memory, all_reference]}

    def speed(count: int, imported: float, loaded: float) -> Row:
        return Row(
            f"import of {count:,} users, {store.name}",
            f"{imported:,.0f}/s",
            f"{loaded:,.0f}/s ({store.reference})",
            f"{imported / loaded:.2f}",
            "—",
            "—",
            details,
        )

    return [
        speed(few, rate, reference),
        speed(many, many / all_took, many / all_reference),
        Row(
            f"… most memory, {many:,} beside {few:,} users",
            f"{all_memory:.1f} MiB",
            f"{memory:.1f} MiB",
            f"{all_memory / memory:.2f}",
            f"≤ {MOST_GROWTH}",
            at_most(all_memory / memory, MOST_GROWTH),
        ),
    ]


def measure(workspace: Workspace, plan: Plan) -> list[Row]:
    folder = workspace.folder / "import"
    folder.mkdir()
    folder.chmod(0o711)
    files = []
    for count in plan.import_users:
        files.append(folder / f"{count}.jsonl")
        with open(files[-1], "w", encoding="ascii") as out:
            out.writelines(lines(count))
    found = measure_store(SqliteStore(folder), plan, *files)
    with Postgres(folder) as server:
        found += measure_store(PostgresStore(folder, server), plan, *files)
    return found
