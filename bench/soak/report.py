"""The figures of a run as JSON, and as the Markdown of docs/reliability.md."""

import json
import statistics
from pathlib import Path

from . import availability, samples
from .soak import Soak

_BEGIN, _END = "<!-- soak: begin -->", "<!-- soak: end -->"


def figures(soak: Soak) -> dict:
    journal, timeline = soak.journal, soak.timeline
    good, all_ = availability.at_rest(journal, timeline)
    return {
        "plan": {
            "minutes": soak.plan.minutes,
            "users": soak.plan.users,
            "instances": soak.plan.instances,
            "seed": soak.plan.seed,
            "rate": soak.plan.rate,
        },
        "requests": sum(journal.tries.values()),
        "people": {"taking_part": len(soak.traffic.people), "deleted": len(soak.traffic.gone)},
        "steps": dict(soak.traffic.steps.most_common()),
        "traffic": _traffic(soak),
        "at_rest": {"good": good, "all": all_},
        "faults": availability.by_kind(availability.around(journal, timeline)),
        "promises": {
            name: {"checked": journal.checked[name], "broken": journal.broken[name]}
            for name in sorted(journal.checked | journal.broken)
        },
        "late": [{"lag": round(one.lag, 3), "why": one.ended.why, "faults": one.faults} for one in soak.undertaker.late],
        "ended_sessions": len(soak.undertaker.ended),
        "asked_with_them": soak.undertaker.asked,
        "mail": {"delivered": len(soak.post.delivered), "again": soak.post.copies},
        "audit": {"sealed": soak.sealed, "received": {name: len(numbers) for name, numbers in soak.post.entries.items()}},
        "guesses": {
            "looked_at": sum(len(one.tried) for one in soak.attackers.victims),
            "refused": sum(one.refused for one in soak.attackers.victims),
            "most_of_one": max(len(one.tried) for one in soak.attackers.victims),
            "accounts": len(soak.attackers.victims),
        },
        "code_guesses": {
            "looked_at": sum(len(one.tried) for one in soak.attackers.code_victims),
            "refused": sum(one.refused for one in soak.attackers.code_victims),
            "most_of_one": max(len(one.tried) for one in soak.attackers.code_victims),
            "accounts": len(soak.attackers.code_victims),
        },
        "processes": _processes(soak),
        "kept": soak.kept,
        "redis_keys_most": max((count for _, count in soak.samples.redis_keys), default=0),
        "connections_most": max(soak.samples.connections, default=0),
        "loop_late_ms": round(1000 * _percentile(soak.samples.client, 99), 1),
    }


def _percentile(values: list[float], percent: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0


def _traffic(soak: Soak) -> list[dict]:
    kinds = sorted({kind for kind, _ in soak.journal.seconds} | {kind for kind, _ in soak.journal.tries})
    rows = []
    for kind in kinds:
        answers = {status: count for (route, status), count in soak.journal.tries.items() if route == kind}
        row = {"kind": kind, "answers": answers}
        for name, quiet in (("rest", True), ("fault", False)):
            seconds = soak.journal.seconds.get((kind, quiet), [])
            row[name] = {"count": len(seconds)} | {f"p{p:g}": round(1000 * _percentile(seconds, p), 1) for p in (50, 99, 99.9)}
        rows.append(row)
    return rows


def _course(run: list[samples.Sample]) -> dict[int, float]:
    """Resident MiB of a process, the median of each three minutes, by the minute that they begin with."""
    parts: dict[int, list[float]] = {}
    for one in run:
        parts.setdefault(int((one.at - run[0].at) // 180) * 3, []).append(one.resident)
    return {minute: round(statistics.median(some), 1) for minute, some in parts.items()}


def _processes(soak: Soak) -> list[dict]:
    rows = []
    for number in range(soak.plan.instances):
        steady = soak.samples.longest(number)
        runs = len([one for one in soak.samples.of if one[0] == number])
        row = {"instance": number, "processes": runs, "steady_seconds": round(len(steady) * samples.EVERY)}
        if len(steady) >= 6:
            third = len(steady) // 3
            row |= {"slope_mib_per_hour": round(samples.slope([x.at / 3600 for x in steady], [x.resident for x in steady]), 2)}
            for name, part in (("first", steady[:third]), ("last", steady[-third:])):
                row[name] = {
                    what: round(statistics.median(getattr(x, what) for x in part), 1)
                    for what in ("resident", "files", "threads")
                }
        row["course"] = _course(soak.samples.whole(number))
        everything = [x for (instance, _), some in soak.samples.of.items() if instance == number for x in some]
        if everything:
            row["most"] = {
                what: round(max(getattr(x, what) for x in everything), 1) for what in ("resident", "files", "threads")
            }
        rows.append(row)
    return rows


def write(soak: Soak, folder: Path, page: Path | None) -> None:
    found = figures(soak)
    (folder / "report.json").write_text(json.dumps(found, indent=1) + "\n")
    text = markdown(found)
    (folder / "report.md").write_text(text)
    print(text)
    if page:
        before, _, rest = page.read_text().partition(_BEGIN)
        page.write_text(f"{before}{_BEGIN}\n{text}{_END}{rest.partition(_END)[2]}")


def markdown(found: dict) -> str:
    plan, rest = found["plan"], found["at_rest"]
    share = 100 * rest["good"] / rest["all"] if rest["all"] else 100
    broken = sum(one["broken"] for one in found["promises"].values())
    lines = [
        f"{plan['minutes']:g} minutes, {plan['users']} users, {plan['instances']} instances, seed {plan['seed']}: "
        f"{found['requests']:,} requests, {sum(one['times'] for one in found['faults'])} faults, "
        f"{sum(one['checked'] for one in found['promises'].values()):,} checks, **{broken} violations**.",
        "",
        f"At rest {rest['good']:,} of {rest['all']:,} good requests succeeded ({share:.3f} %). "
        f"{found['ended_sessions']:,} sessions ended and were tried {found['asked_with_them']:,} times more; "
        f"{found['mail']['delivered']:,} mails came, {found['mail']['again']} of them again; {found['audit']['sealed']:,} "
        f"entries were sealed. Of {found['guesses']['looked_at'] + found['guesses']['refused']:,} guesses at "
        f"{found['guesses']['accounts']} accounts {found['guesses']['looked_at']} were looked at, "
        f"{found['guesses']['most_of_one']} at most of one account.",
        "",
        "| promise | checked | broken |",
        "| --- | ---: | ---: |",
    ]
    lines += [f"| {name} | {one['checked']:,} | {one['broken']} |" for name, one in found["promises"].items()]
    lines += [
        "",
        "| fault | times | lasted s | answered in it % (worst) | some failed for s (most) | recovered after s (most) |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {one['kind']} | {one['times']} | {one['lasted']:.1f} | {100 * one['share']:.1f} ({100 * one['worst_share']:.1f})"
        f" | {one['outage']:.1f} ({one['longest_outage']:.1f}) | {one['recovery']:.1f} ({one['slowest_recovery']:.1f}) |"
        for one in found["faults"]
    ]
    lines += [
        "",
        "| request | at rest | p50 ms | p99 | p99.9 | around faults | p50 ms | p99 | p99.9 | not 2xx |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for row in found["traffic"]:
        others = ", ".join(f"{status}: {count}" for status, count in sorted(row["answers"].items()) if status[0] != "2")
        cells = [
            f"{row[when]['count']:,} | {row[when]['p50']} | {row[when]['p99']} | {row[when]['p99.9']}"
            for when in ("rest", "fault")
        ]
        lines.append(f"| `{row['kind']}` | {cells[0]} | {cells[1]} | {others} |")
    lines += [
        "",
        "| instance | processes | RSS MiB first third | last third | most | MiB an hour | open files first | last | most | threads |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for one in found["processes"]:
        first, last, most = one.get("first", {}), one.get("last", {}), one.get("most", {})
        lines.append(
            f"| {one['instance']} | {one['processes']} | {first.get('resident', '')} | {last.get('resident', '')} | "
            f"{most.get('resident', '')} | {one.get('slope_mib_per_hour', '')} | {first.get('files', '')} | "
            f"{last.get('files', '')} | {most.get('files', '')} | {most.get('threads', '')} |"
        )
    course = ", ".join(f"{resident} at {minute}" for minute, resident in found["processes"][0].get("course", {}).items())
    lines += [
        "",
        f"Of instance 0, resident MiB from minute to minute: {course}. The thirds are of the time after {samples.WARM_UP / 60:.0f} minutes.",
    ]
    late = sorted(one["lag"] for one in found["late"])
    at_rest = [one["lag"] for one in found["late"] if not one["faults"]]
    lines += [
        "",
        f"Ended sessions that another instance let in after the answer: {len(late)}, {len(at_rest)} of them with no fault "
        f"about; the latest {1000 * max(late, default=0):.0f} ms after it, at rest {1000 * max(at_rest, default=0):.0f} ms. At most "
        f"{found['connections_most']} connections to PostgreSQL and {found['redis_keys_most']:,} keys in Redis. At the end: "
        + ", ".join(f"{count:,} {name}" for name, count in found["kept"].items())
        + ".",
        "",
        f"Of the soak's own program: its loop came late by {found['loop_late_ms']} ms at the 99th percentile.",
    ]
    return "\n".join(lines) + "\n"


def stories(soak: Soak) -> None:
    """Of everybody with whom a promise was broken."""
    for person in list(dict.fromkeys(one.person for one in soak.journal.violations if one.person))[:5]:
        print(f"\nsoak: the story of {person}")
        for line in soak.journal.story(person)[-120:]:
            print("  " + line)
