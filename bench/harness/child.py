"""A child process that ends with the block it was started in."""

import os
import pwd
import signal
import subprocess
from pathlib import Path

from .machine import BenchError


class Child:
    """Runs `command` in `folder`; its output goes to `log`. Leaving the block ends it: SIGTERM, then SIGKILL."""

    stop_signal = signal.SIGTERM

    def __init__(
        self,
        command: list[str],
        folder: Path,
        log: Path,
        environment: dict[str, str],
        core: int | None = None,
        user: str | None = None,
    ):
        pinned = ["taskset", "-c", str(core)] if core is not None else []
        self._log = log
        with open(log, "ab") as output:
            self._process = subprocess.Popen(
                [*pinned, *command],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                **as_user(user),
            )

    @property
    def pid(self) -> int:
        return self._process.pid  # taskset replaces itself by the command

    def check_alive(self) -> None:
        if self._process.poll() is not None:
            tail = self._log.read_text(errors="replace")[-2000:]
            raise BenchError(f"{self._process.args[-1]} ended with {self._process.returncode}:\n{tail}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process.poll() is not None:
            return
        self._process.send_signal(self.stop_signal)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def server_user(name: str) -> str | None:
    """Whom a server is to run as: `name` (from its package) when this is root, whom PostgreSQL refuses to serve."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(name)
    except KeyError:
        return "nobody"
    return name


def as_user(name: str | None) -> dict:
    """What subprocess needs to run something as `name`, with nothing left of root's groups."""
    return {} if name is None else {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []}


def plain_environment() -> dict[str, str]:
    """Nothing of the caller's settings: only what finding programs and temporary folders takes."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
