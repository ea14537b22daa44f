"""A scratch Redis of the distribution: in memory alone, on a free port, ended with the block it was started in."""

import shutil
import socket
import time
from pathlib import Path

from .child import Child, plain_environment, server_user
from .machine import BenchError, free_port


class Redis(Child):
    def __init__(self, folder: Path, core: int | None = None):
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        program = shutil.which("redis-server")
        if program is None:
            raise BenchError("redis-server is not installed: run scripts/setup bench")
        home = folder / f"redis-{self.port}"
        home.mkdir()
        user = server_user("redis")
        if user is not None:
            shutil.chown(home, user)
        command = [
            program,
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--dir",
            str(home),
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        super().__init__(command, home, folder / f"redis-{self.port}.log", plain_environment(), core, user)

    def __enter__(self):
        give_up = time.monotonic() + 10
        while time.monotonic() < give_up:
            self.check_alive()
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                    connection.sendall(b"PING\r\n")
                    if connection.recv(64).startswith(b"+PONG"):
                        return self
            except OSError:
                time.sleep(0.02)
        self.__exit__()
        raise BenchError("Redis was not ready within 10 s")
