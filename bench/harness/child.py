"""A child process that ends with the block it was started in."""

import os
import signal
import subprocess
from pathlib import Path

from .machine import BenchError


class Child:
    """Runs `command` in `folder`; its output goes to `log`. Leaving the block ends it: SIGTERM, then SIGKILL."""

    def __init__(
        self, command: list[str], folder: Path, log: Path, environment: dict[str, str], core: int | None = None
    ):
        pinned = ["taskset", "-c", str(core)] if core is not None else []
        self._log = log
        with open(log, "ab") as output:
            self._process = subprocess.Popen(
                [*pinned, *command], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
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
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def plain_environment() -> dict[str, str]:
    """Nothing of the caller's settings: only what finding programs and temporary folders takes."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
