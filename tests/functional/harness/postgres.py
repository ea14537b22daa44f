"""A PostgreSQL server of the tests: on a free port and a Unix socket, in a temporary folder, as an unprivileged user."""

import atexit
import functools
import itertools
import secrets
import signal
from contextlib import closing
from pathlib import Path

import psycopg

from . import canaries, tls, unprivileged
from .daemon import Daemon, wait_until
from .ports import free_port

ADMIN, SERVICE = "postgres", "service"
_names = itertools.count(1)


@functools.cache
def programs() -> Path:
    """Where the newest installed server is; Debian keeps its programs out of PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    assert found, "PostgreSQL is missing: run scripts/setup test"
    return found[-1].parent


@functools.cache
def _template() -> tuple[Path, str]:
    """An empty cluster, made once a run and copied for each server; and its administrator's password."""
    owner = unprivileged.account("postgres")
    folder = unprivileged.make_folder("initdb", owner)
    atexit.register(unprivileged.remove_folder, folder)
    password = secrets.token_hex(16)
    canaries.note(password)
    (folder / "password").write_text(password)
    unprivileged.give(folder / "password", owner)
    unprivileged.run(
        [
            programs() / "initdb",
            "--pgdata",
            folder / "data",
            "--username",
            ADMIN,
            "--no-sync",
            "--pwfile",
            folder / "password",
            "--auth",
            "scram-sha-256",
            "--encoding",
            "UTF8",
            "--locale",
            "C.UTF-8",
        ],
        owner,
        folder,
    )
    return folder / "data", password


class Postgres(Daemon):
    """`options` are the server's own settings. Without fsync: what a killed server wrote, the kernel still has; only a
    machine that loses its power would lose it, and no test takes that away."""

    stop_signal = signal.SIGINT  # "fast": ends sessions; SIGTERM would wait for them, SIGQUIT is a crash

    def __init__(self, name: str = "postgres", *, certificate: tls.Pair | None = None, **options):
        super().__init__(name, "postgres")
        self.port = free_port()
        self.data = self.folder / "data"
        self.password = secrets.token_hex(12)  # the service's
        canaries.note(self.password)
        self.admin_password = ""
        self.options = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "max_connections": 100,
            "unix_socket_directories": self.folder,
            "fsync": "off",
            "shared_buffers": "32MB",
            "log_line_prefix": "%m [%p] ",
            "max_wal_senders": 4,
            "wal_keep_size": "64MB",
            "hot_standby": "on",
            "timezone": "UTC",
        } | options
        if certificate:
            self._use(certificate)

    def _use(self, certificate: tls.Pair) -> None:
        self.options |= {
            "ssl": "on",
            "ssl_cert_file": self.write("server.crt", certificate.certificate.read_text()),
            "ssl_key_file": self.write("server.key", certificate.key.read_text()),
        }

    def arguments(self) -> list:
        options = [part for name, value in self.options.items() for part in ("-c", f"{name}={value}")]
        return [programs() / "postgres", "-D", self.data, *options]

    def start(self):
        fresh = not self.data.exists()
        template, self.admin_password = _template()
        if fresh:
            unprivileged.run(["cp", "-a", template, self.data], self.owner, self.folder)
        super().start()
        if fresh:
            self.execute(f"CREATE ROLE {SERVICE} LOGIN REPLICATION PASSWORD '{self.password}'")
        return self

    def answers(self) -> bool:
        try:
            with closing(self.connect()):
                return True
        except psycopg.OperationalError:
            return False

    def connect(self, database: str = "postgres", **options) -> psycopg.Connection:
        """As its administrator, over the Unix socket; autocommit."""
        return psycopg.connect(
            host=str(self.folder),
            port=self.port,
            user=ADMIN,
            password=self.admin_password,
            dbname=database,
            autocommit=True,
            connect_timeout=20,
            **options,
        )

    def execute(self, sql: str, parameters: tuple | None = None, database: str = "postgres") -> list[tuple]:
        with closing(self.connect(database)) as connection:
            cursor = connection.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else []

    def create_database(self) -> str:
        """A new, empty one, the service's own."""
        name = f"service_{next(_names)}"
        self.execute(f"CREATE DATABASE {name} OWNER {SERVICE} TEMPLATE template0")
        return name

    def drop_database(self, name: str) -> None:
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def url(
        self,
        database: str,
        *,
        host: str = "127.0.0.1",
        port: int | None = None,
        password: str | None = None,
        query: str = "sslmode=disable",
    ) -> str:
        return f"postgresql://{SERVICE}:{password or self.password}@{host}:{port or self.port}/{database}" + (
            f"?{query}" if query else ""
        )

    def connections(self, database: str) -> list[int]:
        """Process ids of the service's connections."""
        return [
            pid
            for pid, in self.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = %s AND usename = %s", (database, SERVICE)
            )
        ]

    def cut_connections(self, database: str) -> int:
        """Ends them as an administrator does; how many."""
        return len(
            self.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s" " AND usename = %s",
                (database, SERVICE),
            )
        )


class Standby(Postgres):
    """A streaming replica of a running server."""

    def __init__(self, primary: Postgres):
        super().__init__("standby")
        self.primary, self.password = primary, primary.password

    def start(self):
        if not self.data.exists():
            source = f"host=127.0.0.1 port={self.primary.port} user={SERVICE}"
            unprivileged.run(
                [
                    programs() / "pg_basebackup",
                    "-d",
                    source,
                    "-D",
                    self.data,
                    "-R",
                    "-X",
                    "stream",
                    "--checkpoint",
                    "fast",
                    "--no-sync",
                ],
                self.owner,
                self.folder,
                PGPASSWORD=self.primary.password,
            )
        return super().start()

    def wait_caught_up(self) -> None:
        """Everything that the primary has written until now is here."""
        ((position,),) = self.primary.execute("SELECT pg_current_wal_lsn()::text")
        wait_until(
            lambda: self.execute("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", (position,))[0][0],
            "the standby has caught up",
        )

    def promote(self) -> None:
        self.execute("SELECT pg_promote(true, 30)")
        wait_until(lambda: not self.execute("SELECT pg_is_in_recovery()")[0][0], "the standby is a primary")
