"""A scratch PostgreSQL of the distribution: own data folder, own free port, ended with the block it was started in."""

import shutil
import signal
import subprocess
import time
from pathlib import Path

from .child import Child, as_user, plain_environment, server_user
from .machine import BenchError, free_port

ROLE = "secureauth"

# JIT compiles what runs long: nothing of the service should. The rest is PostgreSQL's default.
SETTINGS = {"jit": "off", "shared_preload_libraries": "pg_stat_statements", "pg_stat_statements.track_planning": "on"}


def binary(name: str) -> str:
    """Debian keeps the server's programs of each version in a folder of its own, off the PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[4]))
    found = str(versions[-1]) if versions else shutil.which(name)
    if found is None:
        raise BenchError(f"PostgreSQL's {name} is not installed: run scripts/setup bench")
    return found


class Postgres(Child):
    """Serves an empty database `secureauth` to the role of that name, on loopback, without a password."""

    stop_signal = signal.SIGINT  # fast shutdown: does not wait for clients to leave

    def __init__(self, folder: Path, core: int | None = None, **settings: str):
        self.port = free_port()
        self.url = f"postgresql://{ROLE}@127.0.0.1:{self.port}/{ROLE}"
        home = folder / f"postgres-{self.port}"
        home.mkdir()
        user = server_user("postgres")
        if user is not None:
            shutil.chown(home, user)
        environment = plain_environment() | {"HOME": str(home)}
        initdb = [
            binary("initdb"),
            "--pgdata",
            str(home / "data"),
            "--username",
            ROLE,
            "--auth",
            "trust",
            "--encoding",
            "UTF8",
            "--locale",
            "C.UTF-8",
            "--no-sync",
        ]
        done = subprocess.run(initdb, cwd=home, env=environment, capture_output=True, text=True, **as_user(user))
        if done.returncode != 0:
            raise BenchError(f"initdb failed: {done.stderr.strip()}")
        command = [
            binary("postgres"),
            "-D",
            str(home / "data"),
            "-p",
            str(self.port),
            "-k",
            str(home),
            "-c",
            "listen_addresses=127.0.0.1",
        ]
        for setting, value in (SETTINGS | settings).items():
            command += ["-c", f"{setting}={value}"]
        super().__init__(command, home, folder / f"postgres-{self.port}.log", environment, core, user)

    def __enter__(self):
        give_up = time.monotonic() + 30
        while time.monotonic() < give_up:
            self.check_alive()
            if self._psql("postgres", "SELECT 1").returncode == 0:
                self._checked("postgres", f"CREATE DATABASE {ROLE}")
                self.run("CREATE SCHEMA bench; CREATE EXTENSION pg_stat_statements SCHEMA bench")
                return self
            time.sleep(0.05)
        self.__exit__()
        raise BenchError("PostgreSQL was not ready within 30 s")

    def run(self, sql: str) -> str:
        """Runs a script, each statement by itself; what it answers, without headings, fields parted by tabs."""
        return self._checked(ROLE, sql)

    def read_into_memory(self, *tables: str) -> None:
        """Brings tables and their indexes into the server's buffers, as far as they fit."""
        self.run("CREATE EXTENSION IF NOT EXISTS pg_prewarm SCHEMA bench")
        for table in tables:
            self.run(f"""SELECT bench.pg_prewarm(indexrelid) FROM pg_index WHERE indrelid = '{table}'::regclass
                          UNION ALL SELECT bench.pg_prewarm('{table}')""")

    def copy(self, table: str, columns: str, lines) -> None:
        """Fills a table with lines of COPY's text form, given in batches of bytes."""
        command = self._command(ROLE) + ["-c", f"COPY {table} ({columns}) FROM STDIN"]
        loading = subprocess.Popen(command, env=plain_environment(), stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            for batch in lines:
                loading.stdin.write(batch)
        except BrokenPipeError:
            pass  # its error says why
        _, error = loading.communicate()
        if loading.returncode != 0:
            raise BenchError(f"filling {table} failed: {error.decode(errors='replace').strip()[:1000]}")

    def _checked(self, database: str, sql: str) -> str:
        done = self._psql(database, sql)
        if done.returncode != 0:
            raise BenchError(f"psql: {done.stderr.strip()}")
        return done.stdout

    def _psql(self, database: str, sql: str) -> subprocess.CompletedProcess:
        command = self._command(database)
        return subprocess.run(command, env=plain_environment(), input=sql, capture_output=True, text=True)

    def command_line(self) -> list[str]:
        """psql as the service's role; reads a script from its standard input."""
        return self._command(ROLE)

    def _command(self, database: str) -> list[str]:
        return [
            "psql",
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--no-align",
            "--field-separator",
            "\t",
            "--set",
            "ON_ERROR_STOP=1",
            "--host",
            "127.0.0.1",
            "--port",
            str(self.port),
            "--username",
            ROLE,
            database,
        ]
