"""postman/secure-auth-collection.json runs green from first to last under newman, against a fresh service."""

import json
import subprocess

import pytest

from harness import canaries
from harness.contract import ROOT, operations
from harness.people import fresh_password
from harness.process import LIMITS_OFF, USUAL_LIMITS

COLLECTION = ROOT / "postman" / "secure-auth-collection.json"
NEWMAN = ROOT / "tests" / "postman" / "node_modules" / "newman" / "bin" / "newman.js"
ADMIN = "admin@example.test"


def run_collection(server, folder) -> dict:
    """What newman says of one run, as its JSON reporter writes it."""
    password = fresh_password()
    canaries.note(password)
    made = server.command(
        "user", "create", ADMIN, "--role", "admin", "--verified", "--keep-password", "--password-stdin", stdin=password
    )
    assert made.returncode == 0, made.stderr
    report = folder / "newman.json"
    done = subprocess.run(
        [
            "node",
            NEWMAN,
            "run",
            COLLECTION,
            "--reporters",
            "json",
            "--reporter-json-export",
            report,
            "--env-var",
            f"BASE_URL={server.public_url}",
            "--env-var",
            f"ADMIN_EMAIL={ADMIN}",
            "--env-var",
            f"ADMIN_PASSWORD={password}",
        ],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert report.is_file(), done.stdout + done.stderr
    return json.loads(report.read_text())["run"]


def assert_green(run: dict) -> None:
    failures = [
        f"{one['source']['name']}: {one['error']['test'] if 'test' in one['error'] else ''} {one['error']['message']}"
        for one in run["failures"]
    ]
    assert failures == []
    silent = [one["item"]["name"] for one in run["executions"] if not one.get("assertions")]
    assert silent == [], "each request has tests"
    assert len(run["executions"]) >= len(list(operations()))


EVERYTHING_ON = LIMITS_OFF | {"PASSWORDLESS_SIGNUP": "true", "TOKEN_AUDIENCES": "api"}


def test_the_collection_runs_green(start_server, tmp_path):
    assert_green(run_collection(start_server(**EVERYTHING_ON), tmp_path))


@pytest.mark.sqlite_only(reason="about the scripts, which wait where RateLimit says that a limit is used up: half a minute")
@pytest.mark.timeout(300)
def test_it_runs_green_within_the_usual_limits(start_server, tmp_path):
    assert_green(run_collection(start_server(**USUAL_LIMITS), tmp_path))


@pytest.mark.sqlite_only(reason="about this test")
def test_a_failure_is_seen(start_server, tmp_path):
    """Where a setting takes away what it asks for, the run is not green."""
    run = run_collection(start_server(HOSTED_PAGES="false", FRONTEND_URL="http://localhost:3000"), tmp_path)
    assert {one["source"]["name"] for one in run["failures"]} > {"/verify-email"}
