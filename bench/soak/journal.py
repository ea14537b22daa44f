"""What was asked and answered, who was told what, and which promises were broken."""

import json
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

from .timeline import Timeline


@dataclass(frozen=True)
class Violation:
    promise: str  # short name of the invariant
    text: str
    person: str | None = None  # an e-mail address as it was at first, which names whose story it is
    at: float = 0.0


class Journal:
    """Every request as a line of `file`, and in memory what the checks need. Of one thread."""

    _MOST_SHOWN = 20  # of one promise; all are counted

    def __init__(self, file: Path, timeline: Timeline):
        self.file = file
        self.timeline = timeline
        self._out = file.open("w", encoding="utf-8", buffering=1 << 16)
        self.violations: list[Violation] = []
        self.broken: Counter[str] = Counter()
        self.checked: Counter[str] = Counter()  # how often each promise was looked at
        self.events: Counter[tuple[str, str]] = Counter()  # (audit event, request id) that were acknowledged
        self.events_of: dict[str, str] = {}  # request id: person
        self.tries: Counter[tuple[str, str]] = Counter()  # (route, status or "lost" or "unsent")
        self.seconds: dict[tuple[str, bool], list[float]] = defaultdict(list)  # (kind of request, at rest): durations
        self.deeds: list[tuple[float, float, bool]] = []  # (begun, ended, whether it succeeded) of good requests

    def request(
        self,
        person: str,
        kind: str,
        method: str,
        path: str,
        instance: int,
        begun: float,
        ended: float,
        status: int | str,
        code: str | None,
        request_id: str | None,
    ) -> None:
        self._line(
            {
                "t": round(begun - self.timeline.started, 4),
                "s": round(ended - begun, 4),
                "who": person,
                "kind": kind,
                "ask": f"{method} {path.partition('?')[0]}",
                "to": instance,
                "got": status,
            }
            | ({"code": code} if code else {})
            | ({"id": request_id} if request_id else {})
        )
        self.tries[kind, str(status)] += 1

    def timed(self, kind: str, begun: float, ended: float) -> None:
        self.seconds[kind, self.timeline.quiet(begun, ended)].append(ended - begun)

    def note(self, person: str, text: str) -> None:
        """What a person concluded."""
        self._line({"t": round(time.monotonic() - self.timeline.started, 4), "who": person, "note": text})

    def _line(self, line: dict) -> None:
        self._out.write(json.dumps(line, separators=(",", ":")) + "\n")

    def acknowledged(self, event: str, request_id: str, person: str) -> None:
        self.events[event, request_id] += 1
        self.events_of[request_id] = person

    def deed(self, begun: float, ended: float, good: bool) -> None:
        self.deeds.append((begun, ended, good))

    def check(self, promise: str, holds: bool, text: str = "", person: str | None = None) -> bool:
        self.checked[promise] += 1
        if not holds:
            self.violate(promise, text, person)
        return holds

    def violate(self, promise: str, text: str, person: str | None = None) -> None:
        self.broken[promise] += 1
        now = time.monotonic()
        if self.broken[promise] <= self._MOST_SHOWN:
            self.violations.append(Violation(promise, text, person, now - self.timeline.started))
            print(f"soak: VIOLATED {promise}: {text}" + (f" ({person})" if person else ""), flush=True)
        self._line({"t": round(now - self.timeline.started, 4), "who": person, "violated": promise, "text": text})

    def story(self, person: str) -> list[str]:
        """The person's lines in order."""
        self._out.flush()
        mark = f'"who":{json.dumps(person)}'
        with self.file.open(encoding="utf-8") as lines:
            return [line.rstrip("\n") for line in lines if mark in line]

    def close(self) -> None:
        self._out.close()
