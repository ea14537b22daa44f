"""What the processes use, every few seconds, and whether that grows."""

import asyncio
import statistics
import time
from collections import defaultdict
from dataclasses import dataclass

from .journal import Journal
from .site import Site, open_files, resident_mib, threads

EVERY = 5.0  # seconds
# The people come for three minutes; then what is remembered for ten, of rates and guesses, goes on growing for as long.
WARM_UP = 780.0  # seconds
LEAST = 600.0  # seconds after the warm-up without which a slope says nothing
MOST_SLOPE = 6.0  # MiB an hour
MOST_GROWTH = 1.10  # median of the last third over that of the first
MOST_THREADS = 4  # that come and go: libcurl has one look a name up
MOST_FILES = 40  # more than at the median of the first third


@dataclass(frozen=True)
class Sample:
    at: float  # seconds since the start
    resident: float  # MiB
    files: int  # but for clients' live connections
    threads: int


class Samples:
    def __init__(self, site: Site, journal: Journal, down: set[int]):
        """`down` holds the instances that do not run because somebody wanted it."""
        self._site, self._journal, self._down = site, journal, down
        self.of: dict[tuple[int, int], list[Sample]] = defaultdict(list)  # (instance, process id)
        self.connections: list[int] = []
        self.redis_keys: list[tuple[float, int]] = []
        self.client: list[float] = []  # seconds that this program's loop came late
        self._ended = False

    def end(self) -> None:
        self._ended = True

    async def take(self) -> None:
        started = time.monotonic()
        while not self._ended:
            due = time.monotonic() + EVERY
            for number, member in enumerate(self._site.group):
                if number not in self._down:
                    self._one(number, member, time.monotonic() - started)
            try:
                self.connections.append(await asyncio.to_thread(self._site.connections))
                self.redis_keys.append((time.monotonic() - started, await asyncio.to_thread(self._site.redis_keys)))
            except Exception:  # the server is down or frozen: this sample is missing
                pass
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            self.client.append(max(0.0, time.monotonic() - due))

    def _one(self, number: int, member, at: float) -> None:
        self._journal.check("no instance crashes", member.is_running, f"instance {number} is gone: {member.log()[-500:]}")
        try:
            pid = member.pid
            self.of[number, pid].append(Sample(at, resident_mib(pid), open_files(pid, member.port), threads(pid)))
        except (OSError, IndexError):
            pass  # gone

    def whole(self, number: int) -> list[Sample]:
        """Of the process of that instance that ran longest."""
        return max((samples for (instance, _), samples in self.of.items() if instance == number), key=len, default=[])

    def longest(self, number: int) -> list[Sample]:
        """The same, after the warm-up."""
        longest = self.whole(number)
        return [one for one in longest if one.at - longest[0].at >= WARM_UP]

    def judge(self, pool: int, instances: int) -> None:
        check = self._journal.check
        steady = self.longest(0)
        if len(steady) * EVERY >= LEAST:
            thirds = len(steady) // 3
            first, last = steady[:thirds], steady[-thirds:]
            rise = slope([one.at / 3600 for one in steady], [one.resident for one in steady])
            grown = statistics.median(x.resident for x in last) / statistics.median(x.resident for x in first)
            check(
                "no leak of memory",
                rise <= MOST_SLOPE or grown <= MOST_GROWTH,
                f"instance 0 grows by {rise:.1f} MiB an hour; last third over first {grown:.3f}",
            )
            files = statistics.median(x.files for x in last) - statistics.median(x.files for x in first)
            check("no leak of files", files <= MOST_FILES, f"{files} more files are open in the last third")
            check(
                "threads are constant",
                statistics.median(x.threads for x in first) == statistics.median(x.threads for x in last)
                and max(x.threads for x in steady) - min(x.threads for x in steady) <= MOST_THREADS,
                f"{sorted({one.threads for one in steady})} threads",
            )
        most = max(self.connections, default=0)
        check("database connections are bounded", most <= pool * instances, f"{most} of {pool} an instance")


def slope(xs: list[float], ys: list[float]) -> float:
    """Of the least squares through the points."""
    return statistics.linear_regression(xs, ys).slope
