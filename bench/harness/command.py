"""How a command of the harness ends: one line for what a person has to see to, never a traceback for it."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from .machine import BenchError


def finish(run: Callable[[], None]) -> None:
    # SIGTERM ends like Ctrl-C does: children are stopped and folders removed on the way out.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        run()
    except BenchError as error:
        sys.exit(f"bench: {error}")
    except subprocess.TimeoutExpired as error:
        sys.exit(f"bench: {Path(str(error.cmd[0])).name} did not end in {error.timeout:.0f} s")
    except KeyboardInterrupt:
        print("bench: stopped", file=sys.stderr)
        sys.exit(130)
