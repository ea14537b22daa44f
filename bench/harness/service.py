"""The service under measurement: its accounts, its process, a signed-in session."""

import http.client
import json
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from .child import Child, plain_environment
from .machine import BenchError, cores, free_port

BINARY = Path("build/release/secureauth").resolve()
PASSWORD = "bench: a password of usual length"
# One machine stands for a crowd here: what it asks must not be taken for an attack.
CROWD = {f"RATE_LIMIT_{name}": "off" for name in ("REQUESTS", "REGISTER", "LOGIN", "VERIFY", "RESET")} | {
    "LOCKOUT_ADDRESS_THRESHOLD": "0",
    "LOCKOUT_THRESHOLD": "90",
    "PROOF_OF_WORK": "off",
}
ARGON2_MEMORY_MIB = 19  # ARGON2_MEMORY_COST, 19456 KiB


@dataclass
class Session:
    cookie: str
    answer_headers: list[tuple[str, str]]
    answer_body: str


class Workspace:
    """A temporary folder with a database and `accounts` verified accounts, user1@bench.example and so on. The database
    is SQLite's, unless `settings` name another."""

    def __init__(self, folder: Path, **settings: str):
        self.folder = folder
        self.accounts = 0
        folder.chmod(0o711)  # other servers, which run as other users, have their own folders in it
        self._environment = plain_environment() | {"DATABASE_URL": f"sqlite:{folder}/bench.db"} | CROWD | settings
        self._run("migrate", "upgrade")

    def keep_limits(self) -> None:
        """The service's own limits hold, for a load that is an attack."""
        self._environment = {name: value for name, value in self._environment.items() if name not in CROWD}

    def environment(self, settings: dict[str, str], port: int) -> dict[str, str]:
        return self._environment | {"PORT": str(port), "PUBLIC_URL": f"http://localhost:{port}"} | settings

    def ensure_accounts(self, wanted: int) -> None:
        missing = range(self.accounts + 1, wanted + 1)
        if len(missing) > 1:
            print(f"bench: making {len(missing)} accounts")
        with ThreadPoolExecutor(len(cores())) as pool:
            list(pool.map(self._create_account, missing))
        self.accounts = max(self.accounts, wanted)

    def _create_account(self, number: int) -> None:
        email = f"user{number}@bench.example"
        self._run("user", "create", email, "--verified", "--keep-password", "--password-stdin", text=PASSWORD + "\n")

    def _run(self, *arguments: str, text: str = "") -> str:
        done = subprocess.run(
            [BINARY, *arguments],
            cwd=self.folder,
            env=self._environment,
            input=text,
            capture_output=True,
            text=True,
            timeout=60,
        )
        if done.returncode != 0:
            raise BenchError(f"secureauth {' '.join(arguments)} failed: {done.stderr.strip()}")
        return done.stdout


class Service(Child):
    def __init__(self, workspace: Workspace, core: int | None = None, **settings: str):
        self.port = free_port()
        self.host = f"localhost:{self.port}"
        self.request_log = workspace.folder / f"service-{self.port}.log"
        environment = workspace.environment({"LOG_LEVEL": "warning"} | settings, self.port)
        super().__init__([str(BINARY), "serve"], workspace.folder, self.request_log, environment, core)

    def __enter__(self):
        give_up = time.monotonic() + 20
        while time.monotonic() < give_up:
            self.check_alive()
            try:
                if self._ask("GET", "/health").status == 200:
                    return self
            except OSError:
                time.sleep(0.02)
        self.__exit__()
        raise BenchError("the service was not ready within 20 s")

    def sign_in(self) -> Session:
        """Signs in as the first account and asks once who that is."""
        login = self._ask(
            "POST",
            "/auth/login",
            {"Content-Type": "application/json"},
            json.dumps({"email": "user1@bench.example", "password": PASSWORD}),
        )
        if login.status != 200:
            raise BenchError(f"signing in was answered {login.status}")
        cookies = [value.partition(";")[0] for name, value in login.getheaders() if name.lower() == "set-cookie"]
        cookie = "; ".join(cookies)
        me = self._ask("GET", "/auth/me", {"Cookie": cookie})
        if me.status != 200:
            raise BenchError(f"GET /auth/me was answered {me.status}")
        return Session(cookie, me.getheaders(), me.text)

    def _ask(self, method: str, path: str, headers: dict[str, str] | None = None, body: str | None = None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, {"Host": self.host} | (headers or {}))
            answer = connection.getresponse()
            answer.text = answer.read().decode()
            return answer
        finally:
            connection.close()
