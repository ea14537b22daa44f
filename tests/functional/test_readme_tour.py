"""The README's tour works word for word; only the port differs here."""

import json
import re
import subprocess

from harness.contract import ROOT
from harness.process import USUAL_LIMITS


def block_of(heading: str) -> str:
    section = (ROOT / "README.md").read_text().split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    (block,) = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    return block


def tour(port: int) -> str:
    block = block_of("A tour")
    assert block.count("localhost:8000") == 1
    return block.replace("localhost:8000", f"localhost:{port}")


def run(script: str, folder) -> list[dict]:
    """Every answer that was printed, in a shell as a reader has it."""
    done = subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0 and done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_tour_of_the_readme(start_server, tmp_path):
    server = start_server(**USUAL_LIMITS)
    registered, verified, signed_in, who, signed_out = run(tour(server.port), tmp_path)
    assert registered["email"] == "me@example.org"
    assert verified == {"ok": True}
    assert signed_in == {"mfa_required": False, "methods": []}
    assert who["id"] == registered["id"]
    assert (who["email"], who["email_verified"], who["amr"]) == ("me@example.org", True, ["pwd"])
    assert signed_out == {"ok": True}
    assert server.rows("SELECT id FROM sessions") == []


def test_the_tour_goes_on_with_a_second_factor(start_server, tmp_path):
    server = start_server(**USUAL_LIMITS)
    *_, confirmed, who, signed_in = run(tour(server.port) + block_of("A second factor"), tmp_path)
    assert confirmed == {"success": True}
    assert (who["aal"], who["amr"], who["totp_enabled"]) == (2, ["pwd", "otp", "mfa"], True)
    assert (signed_in["mfa_required"], signed_in["methods"]) == (True, ["totp"])


def test_the_tour_leaves_nothing_in_the_readers_folder(start_server, tmp_path):
    server = start_server(**USUAL_LIMITS)
    folder = tmp_path / "reader"
    folder.mkdir()
    run(tour(server.port), folder)
    assert list(folder.iterdir()) == []


def test_a_second_tour_is_not_told_that_the_address_is_taken(start_server, tmp_path):
    server = start_server(**USUAL_LIMITS)
    script = tour(server.port)
    run(script, tmp_path)
    registered, verified, signed_in, *_ = run(script, tmp_path)
    assert registered["email"] == "me@example.org"
    assert verified["code"] == "invalid_token"
    assert signed_in == {"mfa_required": False, "methods": []}
