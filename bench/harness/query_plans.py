"""The plan of every statement on the large tables, as evidence that each looks up what it needs by an index."""

import re
from pathlib import Path

from .machine import BenchError
from .plan_samples import sample_parameters, sql
from .population import Population
from .postgres import Postgres
from .statements import LARGE_TABLES, Statement, statements_on_large_tables

PAGE = Path("docs/query-plans.md").resolve()

SCAN = re.compile(r"Seq Scan on (" + "|".join(LARGE_TABLES) + r")\b.*? rows=(\d+)")
REMOVED = re.compile(r"Rows Removed by (?:Filter|Index Recheck): (\d+)")
MOST_READ = 1000  # rows of a scan, or thrown away: more is no look-up

# Run by hand, after a restore or when a key is retired: they may read a whole table.
BY_HAND = {
    "credential_versions.kHighest",
    "recovery_store.kDiscardSome",
    "password_credential.kCountHashes",
    "recovery_store.kCountHashes",
    "log_store.kCountSigned",
    "log_store.kRemoveAllButWaiting",
    "outbox.kContents",
}
# They read more than they find, and how much is bounded.
BOUNDED = {
    "audit_search.kSearch": "a window of 100,000 entries at most, which kWindowEnd measures out",
    "password_guess_store.kForgetOld": "by the cleaning alone, every ten minutes: all guesses that are kept for a year",
}

# A prepared statement's first five plans are made for the values at hand; then PostgreSQL may settle for one plan for
# all values. The service's statements live long: what counts is the plan that comes after those.
PLANNED_BEFORE = 6


def explain(postgres: Postgres, statement: Statement, parameters: list) -> str:
    execute = "EXECUTE explained" + (f" ({', '.join(map(sql, parameters))})" if parameters else "")
    return postgres.run(
        "\n".join(
            [
                f"PREPARE explained AS {statement.sql};",
                r"\o /dev/null",
                *[f"EXPLAIN {execute};"] * PLANNED_BEFORE,
                r"\o",
                f"BEGIN; EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {execute}; ROLLBACK;",
            ]
        )
    ).rstrip()


def faults_of(plan: str) -> list[str]:
    faults = [f"reads all of {table}" for table, rows in SCAN.findall(plan) if int(rows) > MOST_READ]
    faults += [f"reads {count} rows for nothing" for count in REMOVED.findall(plan) if int(count) > MOST_READ]
    return faults


def page(version: str, people: Population, rows: str, plans: list[tuple[Statement, str]]) -> str:
    parts = [
        "# Query plans",
        "",
        "Made by `bench/scale --plans`; do not edit. Every SQL statement of the service that touches a table which",
        "grows with the number of users or of what they do: taken from the sources, prepared as the service does it,",
        f"planned {PLANNED_BEFORE} times and then run, in a transaction that is rolled back. The command fails when",
        f"one reads a whole table or more than {MOST_READ:,} rows that it does not need, unless it is one of these:",
        "",
        *(f"- `{name}`: run by hand" for name in sorted(BY_HAND)),
        *(f"- `{name}`: {why}" for name, why in BOUNDED.items()),
        "",
        f"{people.now:%-d %B %Y}, PostgreSQL {version}, {rows}.",
    ]
    for statement, plan in plans:
        parts += ["", f"## {statement.name}", "", "```sql", statement.sql, "```", "", "```text", plan, "```"]
    return "\n".join(parts) + "\n"


def write_plans(postgres: Postgres, people: Population) -> list[str]:
    """Writes docs/query-plans.md; returns what is wrong with the plans."""
    samples = sample_parameters(people)
    statements = statements_on_large_tables()
    unknown = [statement.name for statement in statements if statement.name not in samples]
    if unknown:
        raise BenchError(f"bench/harness/plan_samples.py has no parameters for {', '.join(unknown)}")
    plans = [(statement, explain(postgres, statement, samples[statement.name])) for statement in statements]
    counts = [f"{table} {int(postgres.run(f'SELECT count(*) FROM {table}')):,}" for table in LARGE_TABLES]
    version = postgres.run("SHOW server_version").strip()
    PAGE.write_text(page(version, people, "rows: " + ", ".join(counts), plans))
    looked_up = [(statement, plan) for statement, plan in plans if statement.name not in BY_HAND | BOUNDED.keys()]
    return [f"{statement.name} {fault}" for statement, plan in looked_up for fault in faults_of(plan)]
