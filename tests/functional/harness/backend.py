"""What the service keeps its records in: the settings for it, and rows read behind the service's back.

A service under test is known by its folder; each has a database of its own.
"""

import datetime
import functools
import itertools
import sqlite3
import uuid
from contextlib import closing
from pathlib import Path

from . import unprivileged
from .postgres import ADMIN, SERVICE, Postgres, programs
from .redis import Redis

_PATIENCE = 30  # seconds for a lock of the file, which the service holds for as long as the machine lets it stand
_redis_numbers = itertools.count(1)  # one for all backends: several may share a server


class SqliteBackend:
    """SQLite and the in-process store: the embedded default."""

    name = "sqlite"

    def settings(self, folder: Path) -> dict[str, str]:
        return {"DATABASE_URL": "sqlite:./data/secureauth.db"}

    def database_file(self, folder: Path) -> Path:
        return folder / "data" / "secureauth.db"

    def rows(self, folder: Path, sql: str, *parameters) -> list[dict]:
        """Read-only, so that a test cannot mend what it looks at. Parameters stand as `?`; times come as RFC 3339 text,
        ids as text, digests as bytes, on every backend."""
        uri = f"file:{self.database_file(folder)}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=_PATIENCE)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(sql, parameters)]

    def execute(self, folder: Path, sql: str) -> None:
        """One statement behind the service's back, for a test that plants a fault."""
        file = self.database_file(folder)
        file.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(file, timeout=_PATIENCE)) as connection, connection:
            connection.execute(sql)

    def forget_sessions(self, folder: Path) -> None:
        """What is kept of them beside the record, while the service is stopped."""

    def assert_sound(self, folder: Path) -> None:
        """The store finds its own structures whole."""
        (check,) = self.rows(folder, "PRAGMA integrity_check")
        assert check["integrity_check"] == "ok", check

    def forget_below(self, folder: Path) -> None:
        """Drops what services in folders below this one left; files go with the folder."""

    def close(self) -> None:
        """The end of the run."""


class PostgresBackend:
    """PostgreSQL and Redis. Without servers of its own it starts a pair when first asked, for the rest of the run."""

    name = "postgres"

    def __init__(self, postgres: Postgres | None = None, redis: Redis | None = None):
        self._given = postgres, redis
        self._databases: dict[Path, str] = {}
        self._redis_numbers: dict[Path, int] = {}

    @functools.cached_property
    def postgres(self) -> Postgres:
        return self._given[0] or Postgres(max_connections=300).start()

    @functools.cached_property
    def redis(self) -> Redis:
        return self._given[1] or Redis().start()

    def settings(self, folder: Path) -> dict[str, str]:
        return {
            "DATABASE_URL": self.postgres.url(self.database(folder)),
            "REDIS_URL": self.redis.url(self.redis_database(folder)),
        }

    def database(self, folder: Path) -> str:
        if folder not in self._databases:
            self._databases[folder] = self.postgres.create_database()
        return self._databases[folder]

    def redis_database(self, folder: Path) -> int:
        if folder not in self._redis_numbers:
            self._redis_numbers[folder] = next(_redis_numbers)
        return self._redis_numbers[folder]

    def rows(self, folder: Path, sql: str, *parameters) -> list[dict]:
        read_only = "-c default_transaction_read_only=on"
        with closing(self.postgres.connect(self._databases[folder], options=read_only)) as connection:
            cursor = connection.execute(sql.replace("%", "%%").replace("?", "%s"), parameters)
            names = [column.name for column in cursor.description]
            return [dict(zip(names, map(_as_sqlite_has_it, row))) for row in cursor]

    def execute(self, folder: Path, sql: str) -> None:
        self.postgres.execute(f"SET ROLE {SERVICE}; {sql}", database=self.database(folder))

    def forget_sessions(self, folder: Path) -> None:
        self.redis.execute("FLUSHDB", database=self.redis_database(folder))

    def assert_sound(self, folder: Path) -> None:
        environment = {"PGPASSWORD": self.postgres.admin_password}
        unprivileged.run(
            [
                programs() / "pg_amcheck",
                "--install-missing",
                "-h",
                self.postgres.folder,
                "-p",
                self.postgres.port,
                "-U",
                ADMIN,
                self._databases[folder],
            ],
            self.postgres.owner,
            self.postgres.folder,
            **environment,
        )

    def forget_below(self, folder: Path) -> None:
        for known in [known for known in self._databases if known.is_relative_to(folder)]:
            self.postgres.drop_database(self._databases.pop(known))

    def close(self) -> None:
        for name in ("postgres", "redis"):
            if name in self.__dict__ and self._given == (None, None):
                self.__dict__.pop(name).close()


class OneDatabase:
    """The view of a backend in which every service shares the database of one folder: instances of one service."""

    def __init__(self, backend, folder: Path):
        self._backend, self._folder = backend, folder
        self.name = backend.name

    @property
    def postgres(self) -> Postgres:
        return self._backend.postgres

    def database(self, folder: Path) -> str:
        return self._backend.database(self._folder)

    def redis_database(self, folder: Path) -> int:
        return self._backend.redis_database(self._folder)

    def settings(self, folder: Path) -> dict[str, str]:
        return self._backend.settings(self._folder)

    def rows(self, folder: Path, sql: str, *parameters) -> list[dict]:
        return self._backend.rows(self._folder, sql, *parameters)

    def execute(self, folder: Path, sql: str) -> None:
        self._backend.execute(self._folder, sql)


def _as_sqlite_has_it(value):
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, uuid.UUID):
        return str(value)
    return bytes(value) if isinstance(value, memoryview) else value


BACKENDS = {backend.name: backend for backend in (SqliteBackend(), PostgresBackend())}
