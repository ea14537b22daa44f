"""One running service in a folder of its own, on a free port."""

import http.client
import json
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

from . import canaries, process
from .ports import free_port

START_SECONDS = 60  # sanitizers start slowly, and so does all on a machine that does much else
STOP_SECONDS = 60


class StartFailed(AssertionError):
    """The service ended instead of serving; `returncode` and `output` say how."""

    def __init__(self, returncode: int, output: str):
        super().__init__(f"the service ended with {returncode} instead of serving:\n{output[-3000:]}")
        self.returncode = returncode
        self.output = output


class Server:
    """`settings` override the suite's; None leaves one out. The port stays the same over restarts."""

    def __init__(self, folder: Path, backend, settings: dict | None = None, preexec_fn=None):
        self.folder = folder
        self.backend = backend
        self.port = free_port()
        own = {"PORT": self.port, "PUBLIC_URL": f"http://localhost:{self.port}"}
        self.settings = process.TEST_SETTINGS | backend.settings(folder) | own | (settings or {})
        self.program: str | None = None  # another version's; else the one under test
        self._preexec_fn = preexec_fn
        self._process: subprocess.Popen | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self._stdout_path = folder / "stdout.log"
        self._stderr_path = folder / "stderr.log"

    @property
    def public_url(self) -> str:
        return self.settings["PUBLIC_URL"]

    @property
    def authority(self) -> str:
        """What a browser sends as Host."""
        return urlsplit(self.public_url).netloc

    @property
    def https(self) -> bool:
        return self.public_url.startswith("https:")

    @property
    def secure_cookies(self) -> bool:
        return self.settings.get("COOKIE_SECURE", "true") == "true"

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> "Server":
        with self._stdout_path.open("ab") as out, self._stderr_path.open("ab") as err:
            self._process = subprocess.Popen(
                [self.program or process.binary(), "serve"],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                env=process.environment(self.settings),
                stdout=out,
                stderr=err,
                preexec_fn=self._preexec_fn,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if (status := self._process.poll()) is not None:
                self._process = None  # told by what is raised
                raise StartFailed(status, self.stdout() + self.log())
            if time.monotonic() > deadline:
                self.kill9()
                raise StartFailed(-signal.SIGKILL, "no answer in time\n" + self.log())
            time.sleep(0.01)
        return self

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/health", headers={"Host": self.authority})
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def terminate(self) -> None:
        """Asks it to stop, without waiting."""
        self._process.send_signal(signal.SIGTERM)

    def wait(self, timeout: float = STOP_SECONDS) -> int:
        """Waits for its end after terminate(); the exit status, which the caller judges. Its log is kept."""
        try:
            status = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill9()
            raise AssertionError(f"did not stop within {timeout} s of SIGTERM:\n{self.log()[-2000:]}") from None
        self._keep_log()
        process.assert_no_sanitizer_report(self.log())
        self._process = None
        return status

    def stop(self) -> None:
        if not self.is_running:
            assert self._process is None or self._process.returncode in (
                0,
                -signal.SIGKILL,
            ), f"ended by itself with {self._process.returncode}:\n{self.log()[-3000:]}"
            return
        self.terminate()
        status = self.wait()
        assert status == 0, f"SIGTERM ended it with {status}:\n{self.log()[-3000:]}"

    def kill9(self) -> None:
        self._process.kill()
        self._process.wait()
        self._keep_log()

    def freeze(self) -> None:
        """Its connections stay and the kernel goes on accepting new ones; nothing is answered."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def abort(self) -> None:
        """Ends it as a fault of its own would, with what that leaves in its folder."""
        self._process.send_signal(signal.SIGABRT)
        self._process.wait(STOP_SECONDS)
        self._keep_log()
        self._process = None

    def restart(self) -> "Server":
        self.stop()
        return self.start()

    def _keep_log(self) -> None:
        canaries.note_log(self.stdout() + self.log())

    def stdout(self) -> str:
        return self._stdout_path.read_text("utf-8", "replace")

    def log(self) -> str:
        return self._stderr_path.read_text("utf-8", "replace")

    def log_lines(self) -> list[dict]:
        """Every complete line, which must be JSON."""
        return [json.loads(line) for line in self.log().splitlines(keepends=True) if line.endswith("\n")]

    def wait_for_log(self, wanted, timeout: float = 30) -> dict:
        """The first line for which `wanted(line)` holds; lines are written within about a second."""
        deadline = time.monotonic() + timeout
        while True:
            for line in self.log_lines():
                if wanted(line):
                    return line
            assert time.monotonic() < deadline, f"no such log line; the last ones:\n{self.log()[-2000:]}"
            time.sleep(0.05)

    def rows(self, sql: str, *parameters) -> list[dict]:
        return self.backend.rows(self.folder, sql, *parameters)

    def execute(self, sql: str) -> None:
        """Changes the record behind the service's back."""
        self.backend.execute(self.folder, sql)

    def command(self, *arguments: str, stdin: str = ""):
        return process.command(*arguments, settings=self.settings, folder=self.folder, stdin=stdin)
