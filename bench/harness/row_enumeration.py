"""Whether the time of an answer tells if an address has an account: interleaved requests for addresses of two kinds.

The effect is the chance that a request of the one kind takes longer than one of the other (Mann-Whitney U over the
number of pairs): 0.5 where time tells nothing. p is the two-sided probability of an effect that large by chance alone.
"""

import http.client
import itertools
import json
import math
import random
import sqlite3
import time
import uuid
from dataclasses import dataclass
from functools import partial
from statistics import median

from .machine import BenchError
from .plan import Plan
from .report import Row
from .service import PASSWORD, Service, Workspace

TARGET = 0.05  # the most that the effect may lie from one half
WRONG = "bench: not the password of anybody"


@dataclass
class Kinds:
    """Where the addresses of each kind come from; each is asked for once a route, before any cap on mails bites."""

    workspace: Workspace
    made: itertools.count

    def known(self, number: int) -> str:
        return f"user{1 + number % self.workspace.accounts}@bench.example"

    def keyed(self, number: int) -> str:
        """Known, and with two passkeys; after give_passkeys."""
        return self.known(number)

    def unknown(self, _: int) -> str:
        return f"nobody{next(self.made)}@bench.example"

    def unverified(self, number: int) -> str:
        return f"waiting{number}@bench.example"


class Asker:
    def __init__(self, service: Service):
        self._host = service.host
        self._connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=20)

    def microseconds(self, path: str, body: dict, expected: int) -> float:
        text = json.dumps(body)
        began = time.perf_counter_ns()
        self._connection.request("POST", path, text, {"Host": self._host, "Content-Type": "application/json"})
        answer = self._connection.getresponse()
        answer.read()
        took = time.perf_counter_ns() - began
        if answer.status != expected:
            raise BenchError(f"POST {path} was answered {answer.status} instead of {expected}")
        return took / 1000


def effect_of(one: list[float], other: list[float]) -> tuple[float, float]:
    """The effect and p of the two-sided Mann-Whitney test, by its normal approximation."""
    ranked = sorted([(value, 0) for value in one] + [(value, 1) for value in other])
    ranks_of_one = sum(rank for rank, (_, side) in enumerate(ranked, 1) if side == 0)
    n, m = len(one), len(other)
    u = ranks_of_one - n * (n + 1) / 2
    z = (u - n * m / 2) / math.sqrt(n * m * (n + m + 1) / 12)
    return u / (n * m), math.erfc(abs(z) / math.sqrt(2))


ROUTES = {
    "/auth/register": (200, lambda email: {"email": email, "password": PASSWORD}),
    "/auth/login": (401, lambda email: {"email": email, "password": WRONG}),
    "/auth/password/reset/request": (200, lambda email: {"email": email}),
    "/auth/verify-email/resend": (200, lambda email: {"email": email}),
    "/auth/webauthn/login/start": (200, lambda email: {"email": email}),
}
# Against "unknown" itself: what the test finds where there is nothing to find.
PAIRS = {
    "/auth/register": (("known", "unknown"), ("unknown", "unknown")),
    "/auth/login": (("known", "unknown"), ("unverified", "unknown"), ("unknown", "unknown")),
    "/auth/password/reset/request": (("known", "unknown"), ("unverified", "unknown"), ("unknown", "unknown")),
    "/auth/verify-email/resend": (("known", "unknown"), ("unverified", "unknown"), ("unknown", "unknown")),
    "/auth/webauthn/login/start": (
        ("known", "unknown"),
        ("keyed", "unknown"),
        ("unverified", "unknown"),
        ("unknown", "unknown"),
    ),
}


def give_passkeys(workspace: Workspace) -> None:
    """Two for each account, behind the service's back: nobody signs in with them."""
    with sqlite3.connect(workspace.folder / "bench.db", timeout=10) as database:
        people = [row[0] for row in database.execute("SELECT id FROM users")]
        database.executemany(
            "INSERT INTO webauthn_credentials (id, user_id, credential_id, public_key, algorithm, sign_count, name,"
            " transports, aaguid, attestation_format, attestation_type, attested, user_verified, backup_eligible,"
            " backed_up, created_at) VALUES (?, ?, ?, ?, -7, 0, 'bench', 'internal', ?, 'none', 'none', 0, 1, 1, 1,"
            " '2026-01-01T00:00:00.000000Z')",
            [
                (str(uuid.uuid4()), owner, random.randbytes(32), random.randbytes(77), bytes(16))
                for owner in people
                for _ in range(2)
            ],
        )


def compare(asker: Asker, kinds: Kinds, path: str, pair: tuple[str, str], samples: int) -> Row:
    if "keyed" in pair:
        give_passkeys(kinds.workspace)
    status, body = ROUTES[path]
    taken: tuple[list[float], list[float]] = ([], [])
    sides = [0, 1] * samples
    random.shuffle(sides)
    for side in sides:
        address = getattr(kinds, pair[side])(len(taken[side]))
        taken[side].append(asker.microseconds(path, body(address), status))
    effect, p = effect_of(*taken)
    one, other = (median(side) for side in taken)
    control = pair[0] == pair[1]
    verdict = "control" if control else ("met" if abs(effect - 0.5) <= TARGET else "missed")
    return Row(
        f"time of POST {path}",
        f"{pair[0]}: {one:.0f} µs",
        f"{pair[1]}: {other:.0f} µs",
        f"effect {effect:.3f}, p {p:.2g}",
        f"0.5 ± {TARGET}",
        verdict,
        {"one": taken[0], "other": taken[1], "effect": effect, "p": p},
    )


def measure(workspace: Workspace, plan: Plan, routes: list[str] | None = None) -> list[Row]:
    """A row is printed as soon as it is known: all of them take minutes."""
    workspace.ensure_accounts(plan.samples)
    kinds = Kinds(workspace, itertools.count())
    print(f"bench: whether time tells who has an account, {plan.samples} requests a side")
    rows = []
    with Service(workspace) as service:
        asker = Asker(service)
        for number in range(plan.samples):
            asker.microseconds("/auth/register", ROUTES["/auth/register"][1](kinds.unverified(number)), 200)
        for path in routes or PAIRS:
            for pair in PAIRS[path]:
                row = compare(asker, kinds, path, pair, plan.samples)
                print(f"bench: {row.what}: {row.service}, {row.reference}, {row.ratio}: {row.verdict}")
                rows.append(row)
    return rows


# Each route by itself, for `--only`.
EACH = {
    f"enumeration_{name}": partial(measure, routes=[path])
    for name, path in {
        "register": "/auth/register",
        "login": "/auth/login",
        "reset": "/auth/password/reset/request",
        "resend": "/auth/verify-email/resend",
        "webauthn": "/auth/webauthn/login/start",
    }.items()
}
