"""Several requests at once, as near to the same instant as threads allow."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


def at_once(actions: list[Callable]) -> list:
    """Runs every action on a thread of its own, all released together; their results in order."""
    barrier = threading.Barrier(len(actions))

    def run(action):
        barrier.wait(60)
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))
