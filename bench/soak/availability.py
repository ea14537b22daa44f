"""How much of what was rightly asked was answered: at rest, and around each fault."""

import statistics
from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass

from .journal import Journal
from .timeline import Fault, Timeline

PROMISE = "99.9 % of good requests succeed at rest"
LEAST_AT_REST = 0.999
_BUCKET = 0.25  # seconds
_AFTER = 20.0  # seconds behind a fault in which its last failure is looked for


@dataclass(frozen=True)
class Around:
    """One fault, alone, as those saw it who asked meanwhile."""

    fault: Fault
    share: float  # of the requests that were begun in it
    outage: float  # seconds in which some failed, those behind its end too
    recovery: float  # seconds from its end to the beginning of the last request that failed


def at_rest(journal: Journal, timeline: Timeline) -> tuple[int, int]:
    """(good, all) requests that no fault touched."""
    quiet = [good for begun, ended, good in journal.deeds if timeline.quiet(begun, ended)]
    return sum(quiet), len(quiet)


def around(journal: Journal, timeline: Timeline) -> list[Around]:
    found = []
    starts = sorted(fault.begun for fault in timeline.faults)
    deeds = sorted((begun, good) for begun, _, good in journal.deeds)
    for fault in timeline.faults:
        if len(timeline.over(fault.begun, fault.ended, grace=0.0)) > 1:
            continue  # two at once: whose failures they are nobody can say
        until = min([fault.ended + _AFTER] + [at for at in starts if at > fault.ended])
        here = deeds[bisect_left(deeds, (fault.begun, False)) : bisect_right(deeds, (until, True))]
        failed = [begun for begun, good in here if not good]
        during = [good for begun, good in here if begun <= fault.ended]
        share = sum(during) / len(during) if during else 1.0
        outage = len({int(at / _BUCKET) for at in failed}) * _BUCKET
        found.append(Around(fault, share, outage, max(0.0, max(failed, default=0.0) - fault.ended)))
    return found


def by_kind(rounds: list[Around]) -> list[dict]:
    kinds = defaultdict(list)
    for one in rounds:
        kinds[one.fault.kind].append(one)
    return [
        {
            "kind": kind,
            "times": len(some),
            "lasted": statistics.median(x.fault.ended - x.fault.begun for x in some),
            "share": statistics.mean(x.share for x in some),
            "worst_share": min(x.share for x in some),
            "outage": statistics.median(x.outage for x in some),
            "longest_outage": max(x.outage for x in some),
            "recovery": statistics.median(x.recovery for x in some),
            "slowest_recovery": max(x.recovery for x in some),
        }
        for kind, some in sorted(kinds.items())
    ]


def judge(journal: Journal, timeline: Timeline) -> None:
    good, all_ = at_rest(journal, timeline)
    journal.check(PROMISE, all_ == 0 or good / all_ >= LEAST_AT_REST, f"{all_ - good} of {all_} failed")
