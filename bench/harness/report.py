"""The rows of the result: one table to read, one JSON file to keep."""

import datetime
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

RESULTS = Path("bench/results").resolve()
HEADINGS = ("what", "service", "reference", "ratio", "target", "verdict")


@dataclass
class Row:
    what: str
    service: str
    reference: str
    ratio: str
    target: str
    verdict: str
    details: dict = field(default_factory=dict)  # every round of both sides

    def cells(self) -> tuple[str, ...]:
        return (self.what, self.service, self.reference, self.ratio, self.target, self.verdict)


def at_least(value: float, target: float, least: float) -> str:
    if value >= target:
        return "met"
    return "least met" if value >= least else "missed"


def at_most(value: float, target: float) -> str:
    return "met" if value <= target else "missed"


def table(rows: list[Row]) -> str:
    lines = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    text = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |" for line in lines]
    text.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(text)


def save(rows: list[Row], machine: dict, quick: bool) -> Path:
    now = datetime.datetime.now(datetime.UTC)
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{now:%Y%m%dT%H%M%SZ}.json"
    result = {"at": now.isoformat(timespec="seconds"), "machine": machine, "quick": quick}
    result["rows"] = [asdict(row) for row in rows]
    path.write_text(json.dumps(result, indent=2) + "\n")
    return path
