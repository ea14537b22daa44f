"""Takes connections and does nothing with them: what the attackers' own work costs those who use the service beside it.
`python -m harness.acceptor PORT` until it is ended. Where it holds as many as the service would, the oldest give way."""

import socket
import sys
from collections import deque

from .machine import allow_open_files

MOST, GIVE_WAY, SPARE_FILES = 10_240, 32, 100


def accept_for_ever(port: int) -> None:
    room = min(MOST, allow_open_files() - SPARE_FILES)
    listener = socket.create_server(("127.0.0.1", port), backlog=4096)
    held: deque[socket.socket] = deque()
    while True:
        held.append(listener.accept()[0])
        if len(held) >= room:
            for _ in range(GIVE_WAY):
                held.popleft().close()


if __name__ == "__main__":
    accept_for_ever(int(sys.argv[1]))
