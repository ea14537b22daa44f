"""Free TCP ports of loopback."""

import os
import socket

_given: set[int] = set()
_remainder = os.environ.get("SECUREAUTH_TEST_PORTS")  # of two runs at once, each has the even or the odd ones


def free_port() -> int:
    """One that nobody listens on and that this run has not given out before: a server that is down keeps its own."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if port not in _given and (_remainder is None or port % 2 == int(_remainder)):
            _given.add(port)
            return port
