"""bench/soak/run: mixed traffic in faults, and whether every promise was kept."""

import argparse
import asyncio
import random
import signal
import sys
import tempfile
from pathlib import Path

from . import report
from .site import Site
from .soak import Plan, Soak


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/soak/run", description="Soaks the service in faults and checks its record.")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--users", type=int, default=3000)
    parser.add_argument("--instances", type=int, default=3)
    parser.add_argument("--seed", type=int, default=None, help="of people and faults; printed, so that a run can be repeated")
    parser.add_argument("--rate", type=float, default=160, help="steps of people a second; a step is three requests or so")
    parser.add_argument("--faults", default="", help="only these kinds, comma-separated")
    parser.add_argument("--pause", type=float, nargs=2, default=None, metavar="SECONDS", help="between faults, least and most")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of the instances")
    parser.add_argument("--report", type=Path, default=None, help="Markdown file whose report is replaced")
    return parser.parse_args()


def main() -> int:
    asked = arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the servers end on the way out
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(10**6)
    results = Path("build/soak")
    results.mkdir(parents=True, exist_ok=True)
    print(f"soak: {asked.minutes:g} minutes, {asked.users} users, {asked.instances} instances, seed {seed}", flush=True)
    kinds = tuple(filter(None, asked.faults.split(",")))
    seconds = 60 * asked.minutes
    shape = {} if asked.minutes >= 10 else {"pause": (5.5, 7.0), "longest_fault": 4.0, "ramp": seconds / 4}
    if asked.pause:
        shape["pause"] = tuple(asked.pause)
    plan = Plan(asked.minutes, asked.users, asked.instances, seed, asked.rate, results, kinds, **shape)
    settings = dict(one.split("=", 1) for one in asked.set)
    with (
        tempfile.TemporaryDirectory(prefix="secureauth-soak-") as folder,
        Site(Path(folder), asked.instances, settings) as site,
    ):
        soak = Soak(plan, site)
        asyncio.run(soak.run())
        report.write(soak, results, asked.report)
        report.stories(soak)
    return 1 if soak.journal.broken else 0


sys.exit(main())
