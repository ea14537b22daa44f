"""Everything that runs: PostgreSQL, Redis, links to them, a mail server, receivers of audit events, the instances."""

import base64
import json
import os
import secrets
from contextlib import ExitStack, closing
from pathlib import Path

from harness.backend import PostgresBackend
from harness.instances import Instances
from harness.links import Links
from harness.postgres import Postgres
from harness.receivers import HookReceiver, SyslogReceiver
from harness.redis import Redis
from harness.server import Server
from harness.smtp import SmtpServer

_HOOK_EVENTS = "user.* email.* password.*"
_ESTABLISHED = "01"  # of /proc/net/tcp
THRESHOLD = 10  # LOCKOUT_THRESHOLD
LIMITS = {"REQUESTS": "600", "REGISTER": "20/60", "LOGIN": "60/60", "VERIFY": "60/60", "RESET": "20/60"}


def _secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


class Site:
    """Use as a context. `folder` keeps the instances' logs."""

    def __init__(self, folder: Path, instances: int, settings: dict | None = None):
        self.postgres, self.redis = Postgres(max_connections=200), Redis()
        self.links = Links(
            {f"postgres{number}": self.postgres.port for number in range(instances)}
            | {f"redis{number}": self.redis.port for number in range(instances)}
        )
        self.smtp = SmtpServer()
        self.hook, self.siem, self.syslog = HookReceiver(), HookReceiver(path="/siem"), SyslogReceiver()
        self._stack = ExitStack()
        self._folder, self._count, self._others = folder, instances, settings or {}
        self.group: Instances | None = None

    def __enter__(self) -> "Site":
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_) -> None:
        self._stack.close()

    def _start(self) -> None:
        for part in (self.postgres, self.redis, self.links, self.smtp, self.hook, self.siem, self.syslog):
            self._stack.enter_context(part)
        backend = PostgresBackend(self.postgres, self.redis)
        self.group = Instances(self._folder, backend, self._count, self._settings())
        database, number = backend.database(self._folder), backend.redis_database(self._folder)
        for index, member in enumerate(self.group):
            member.settings |= {
                "DATABASE_URL": self.postgres.url(database, port=self.links.port(f"postgres{index}")),
                "REDIS_URL": self.redis.url(number, port=self.links.port(f"redis{index}")),
            }
            self._stack.callback(_end, member)
            member.start()

    def _settings(self) -> dict:
        limits = {f"RATE_LIMIT_{name}": limit for name, limit in LIMITS.items()}
        receivers = {
            "WEBHOOKS": f"crm={self.hook.url} {_HOOK_EVENTS}",
            "WEBHOOK_SECRETS": f"crm={_secret()}",
            "AUDIT_SIEM_URL": self.siem.url,
            "AUDIT_SIEM_SECRET": _secret(),
        }
        return (
            self.smtp.settings(SMTP_TIMEOUT_SECONDS=5)
            | self.syslog.settings()
            | receivers
            | limits
            | {
                "LOG_LEVEL": "warning",
                "HASH_THREADS": 1,
                "LOCKOUT_THRESHOLD": THRESHOLD,
                "LOCKOUT_ADDRESS_THRESHOLD": None,
                "TOKEN_AUDIENCES": "api",
                "SESSION_IDLE_TIMEOUT_SECONDS": 3600,
                "RATE_LIMIT_WINDOW_SECONDS": 600,
                "MAIL_RETRY_SECONDS": 1,
                "AUDIT_PUSH_TIMEOUT_SECONDS": 2,
                "REDIS_TIMEOUT_MS": None,
                "HASH_QUEUE_MAX_WAIT_MS": None,
            }
            | self._others
        )

    @property
    def ports(self) -> list[int]:
        return self.group.ports

    @property
    def origin(self) -> str:
        return self.group[0].public_url

    def rows(self, sql: str, *parameters) -> list[dict]:
        return self.group[0].rows(sql, *parameters)

    @property
    def database(self) -> str:
        return self.group[0].backend.database(self._folder)

    @property
    def redis_database(self) -> int:
        return self.group[0].backend.redis_database(self._folder)

    def connections(self) -> int:
        return len(self.postgres.connections(self.database))

    def redis_keys(self) -> int:
        return self.redis.execute("DBSIZE", database=self.redis_database)

    def redis_lives(self) -> list[int]:
        """Seconds that each key has left; -1 for ever."""
        with closing(self.redis.client(self.redis_database)) as client:
            keys = list(client.scan_iter(count=1000))
            pipeline = client.pipeline(transaction=False)
            for key in keys:
                pipeline.ttl(key)
            return pipeline.execute()

    def log_lines(self, level: str) -> list[tuple[int, dict]]:
        """(instance, line) of that level."""
        found = []
        for number, member in enumerate(self.group):
            with (member.folder / "stderr.log").open(encoding="utf-8", errors="replace") as lines:
                found += [(number, json.loads(line)) for line in lines if f'"level":"{level}"' in line]
        return found


def _end(member: Server) -> None:
    if member.is_running:
        member.thaw()
        member.kill9()


def resident_mib(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def open_files(pid: int, port: int) -> int:
    """Without the live connections to its `port`: how many of those are kept open is the clients' to say."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    live = {f"socket:[{row[9]}]" for row in rows if row[1].endswith(f":{port:04X}") and row[3] == _ESTABLISHED}
    return sum(os.path.basename(os.path.realpath(link)) not in live for link in Path(f"/proc/{pid}/fd").iterdir())


def threads(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/task"))
