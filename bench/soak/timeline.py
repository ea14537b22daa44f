"""When what was broken: so that an answer can be judged by the faults it fell into."""

import bisect
import time
from dataclasses import dataclass, field

NEVER = float("inf")
_LONGEST = 150.0  # seconds; more than any fault and its grace


@dataclass
class Fault:
    kind: str
    target: str
    begun: float  # monotonic seconds
    ended: float = NEVER  # the cause was taken away
    healed: float = NEVER  # everything had been answered as at rest for a while, counted back to when that began
    facts: dict = field(default_factory=dict)


class Timeline:
    """Seconds are monotonic. `grace` is how long after a fault's end answers may still show it."""

    def __init__(self, grace: float = 5.0):
        self.grace = grace
        self.faults: list[Fault] = []
        self.started = time.monotonic()

    def begin(self, kind: str, target: str = "", **facts) -> Fault:
        self.faults.append(Fault(kind, target, time.monotonic(), facts=facts))
        return self.faults[-1]

    def note(self, kind: str, begun: float, ended: float) -> None:
        """One that is known of only afterwards."""
        bisect.insort(self.faults, Fault(kind, "", begun, ended), key=lambda fault: fault.begun)

    def over(self, begun: float, ended: float, before: float = 0.0, grace: float | None = None) -> list[Fault]:
        """Faults that the span touched, or that ended within the grace before it."""
        grace = self.grace if grace is None else grace
        found = []
        for fault in reversed(self.faults):  # in the order of their beginnings
            if fault.begun < begun - _LONGEST:
                break
            if fault.begun - before <= ended and begun <= fault.ended + grace:
                found.append(fault)
        return found

    def quiet(self, begun: float, ended: float) -> bool:
        return not self.over(begun, ended)

    def since_start(self, at: float) -> float:
        return at - self.started
