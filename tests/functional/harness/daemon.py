"""A server that the tests start, hurt and end, by its process id: the part that all kinds share."""

import signal
import socket
import subprocess
import time
from pathlib import Path

from . import unprivileged

READY_SECONDS = 60
STOP_SECONDS = 60


def wait_until(condition, what: str, timeout: float = READY_SECONDS, pause: float = 0.02):
    """Asks until `condition()` is true; its value. The last time after the deadline: who asks may have stood still."""
    deadline = time.monotonic() + timeout
    while True:
        late = time.monotonic() >= deadline
        if value := condition():
            return value
        assert not late, f"not within {timeout} s: {what}"
        time.sleep(pause)


def accepts(port: int) -> bool:
    """Whether something on this machine takes connections there."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


class Daemon:
    """In a folder of its own, which goes with close(). A kind says how it is started, asked and told to stop."""

    stop_signal = signal.SIGTERM

    def __init__(self, name: str, *users: str):
        self.owner = unprivileged.account(*users)
        self.folder = unprivileged.make_folder(name, self.owner)
        self.log_file = self.folder / "log"
        self._process: subprocess.Popen | None = None
        self._frozen = False

    def arguments(self) -> list:
        raise NotImplementedError

    def answers(self) -> bool:
        raise NotImplementedError

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def log(self) -> str:
        return self.log_file.read_text("utf-8", "replace") if self.log_file.exists() else ""

    def start(self):
        """Starts it on its port, the same each time, and waits until it answers."""
        self.launch()
        self.wait_ready()
        return self

    def launch(self) -> None:
        assert not self.is_running
        self._process = unprivileged.spawn(self.arguments(), self.owner, self.folder, self.log_file)

    def wait_ready(self) -> None:
        def ready() -> bool:
            assert self.is_running, f"{type(self).__name__} ended instead of serving:\n{self.log()[-3000:]}"
            return self.answers()

        wait_until(ready, f"{type(self).__name__} answers; its log:\n{self.log()[-2000:]}")

    def stop(self, number: signal.Signals | None = None) -> None:
        """As an administrator would; with another signal, as the kind defines it."""
        if not self.is_running:
            return
        self.thaw()
        self._process.send_signal(number or self.stop_signal)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill9()
            raise AssertionError(f"{type(self).__name__} did not stop:\n{self.log()[-3000:]}") from None

    def kill9(self) -> None:
        """The server and all its processes, at once."""
        if self.is_running:
            unprivileged.signal_all(self.pid, signal.SIGKILL)
            self._process.wait()
        self._frozen = False

    def restart(self):
        self.stop()
        return self.start()

    def freeze(self) -> None:
        """Its connections stay and the kernel goes on accepting new ones; nothing is answered."""
        unprivileged.signal_all(self.pid, signal.SIGSTOP)
        self._frozen = True

    def thaw(self) -> None:
        if self._frozen:
            unprivileged.signal_all(self.pid, signal.SIGCONT)
            self._frozen = False

    def close(self) -> None:
        """The end: nothing is left, neither process nor folder."""
        self.kill9()
        unprivileged.remove_folder(self.folder)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_) -> None:
        self.close()

    def write(self, name: str, text: str, mode: int = 0o600) -> Path:
        """A file of the server's own."""
        path = self.folder / name
        path.write_text(text)
        path.chmod(mode)
        unprivileged.give(path, self.owner)
        return path
