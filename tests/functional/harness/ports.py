"""Free TCP ports of loopback."""

import socket

_given: set[int] = set()


def free_port() -> int:
    """One that nobody listens on and that this run has not given out before: a server that is down keeps its own."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if port not in _given:
            _given.add(port)
            return port
