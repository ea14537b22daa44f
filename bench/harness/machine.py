"""What the machine offers and what a process uses of it, read from /proc."""

import os
import resource
import socket
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


class BenchError(Exception):
    """Something a person has to see to; shown without a traceback."""


def cores() -> list[int]:
    """The cores this process may use."""
    return sorted(os.sched_getaffinity(0))


def server_and_load_core() -> tuple[int, int]:
    allowed = cores()
    if len(allowed) < 2:
        raise BenchError("needs two cores: one for the server, one for the load")
    return allowed[0], allowed[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def allow_open_files() -> int:
    """Raises this process's limit of open files (children inherit it) as far as allowed, and returns it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def total_memory_mib() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20


def process_and_children(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its children, those that have ended included."""
    ticks = 0
    for one in process_and_children(pid):
        try:
            stat = Path(f"/proc/{one}/stat").read_text()
        except FileNotFoundError:
            continue  # a child that has just ended: its parent answers for it
        # The second field is a name in parentheses, which may hold spaces. Four times follow: of user and system, then
        # those of ended children.
        ticks += sum(map(int, stat.rpartition(")")[2].split()[11:15]))
    return ticks / TICKS


def memory_mib(pid: int, field: str = "VmRSS") -> float:
    """Resident memory of a process and its children; VmHWM is the most there has been since its start."""
    total = 0
    for one in process_and_children(pid):
        for line in Path(f"/proc/{one}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                total += int(line.split()[1])
    return total / 1024


def lowest_priority(pid: int) -> int:
    """The nice value of the thread that yields most: in the service, a hashing thread."""
    return max(os.getpriority(os.PRIO_PROCESS, int(task)) for task in os.listdir(f"/proc/{pid}/task"))


def settle(pid: int, patience: float = 15.0) -> None:
    """Waits until a process has worked off what is queued in it, so that it takes nothing from the next round."""
    give_up = time.monotonic() + patience
    while time.monotonic() < give_up:
        before = cpu_seconds(pid)
        time.sleep(0.3)
        if cpu_seconds(pid) - before <= 0.02:
            return
    raise BenchError(f"process {pid} is still busy {patience:.0f} s after the load ended")


def describe() -> dict:
    model = "unknown"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return {"cores": len(cores()), "cpu": model, "load_average": os.getloadavg()[0]}
