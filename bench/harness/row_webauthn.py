"""Passkey assertions verified a second of one core beside OpenSSL's bare verification of the same signatures."""

import json
import subprocess
from pathlib import Path
from statistics import median

from .machine import BenchError, cores
from .plan import Plan
from .report import Row, at_least
from .service import Workspace

PROGRAM = Path("build/release/bench/webauthn_verify").resolve()
TARGET = 0.80  # of the algorithm that nearly every passkey uses
TARGETED = "ES256"
TURNS = 7 * 3  # algorithms and sides


def measure(workspace: Workspace, plan: Plan) -> list[Row]:
    print("bench: passkey assertions verified a second, one core")
    command = ["taskset", "-c", str(cores()[0]), PROGRAM, str(plan.verify_seconds), str(plan.rounds)]
    longest = 4 * TURNS * plan.verify_seconds * plan.rounds  # the program counts processor time, which may be shared
    done = subprocess.run(command, capture_output=True, text=True, timeout=60 + longest)
    if done.returncode != 0:
        raise BenchError(f"webauthn_verify failed: {done.stderr.strip()}")
    return [row(json.loads(line)) for line in done.stdout.splitlines()]


def cell(rates: list[float]) -> str:
    middle = median(rates)
    return f"{middle:,.0f}/s, {1e6 / middle:.1f} µs each"


def row(result: dict) -> Row:
    ratio = median(result["service"]) / median(result["bare"])
    targeted = result["algorithm"] == TARGETED
    return Row(
        f"passkey assertions verified, {result['algorithm']}, one core",
        cell(result["service"]),
        f"EVP_DigestVerify: {cell(result['bare'])}; reading its key each time: {cell(result['bare_reading_the_key'])}",
        f"{ratio:.2f}",
        f"≥ {TARGET:.2f}" if targeted else "for comparison",
        at_least(ratio, TARGET, TARGET) if targeted else "—",
        result | {"ratio": ratio},
    )
