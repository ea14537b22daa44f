"""The clients of docs/examples do what docs/api-guide.md says, against the real service with its usual limits."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from harness.contract import ROOT
from harness.people import fresh_email
from harness.process import USUAL_LIMITS

EXAMPLES = ROOT / "docs" / "examples"
TOKENS = {"TOKEN_AUDIENCES": "api"}


def printed_by_all() -> str:
    """What the guide says that each of them prints."""
    guide = (ROOT / "docs" / "api-guide.md").read_text()
    return re.search(r"They print the same:\n\n```text\n(.*?)```", guide, re.DOTALL)[1]


def build(command: list, folder) -> None:
    """Nothing is fetched: what the example needs is installed, or of the language itself."""
    offline = {"GOPROXY": "off", "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local"}
    done = subprocess.run(
        command, cwd=folder, env=os.environ | offline, capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def curl(folder) -> list:
    return ["bash", EXAMPLES / "curl" / "tour.sh"]


def javascript(folder) -> list:
    return ["node", EXAMPLES / "javascript" / "tour.mjs"]


def python(folder) -> list:
    return [sys.executable, "-B", EXAMPLES / "python" / "tour.py"]


def go(folder) -> list:
    shutil.copytree(EXAMPLES / "go", folder / "go")
    build(["go", "vet", "."], folder / "go")
    build(["go", "build", "-o", folder / "tour", "."], folder / "go")
    return [folder / "tour"]


def cpp(folder) -> list:
    warnings = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]
    build(
        ["g++", "-std=c++20", *warnings, EXAMPLES / "cpp" / "tour.cpp", "-lcurl", "-lboost_json", "-lcrypto", "-o", "tour"],
        folder,
    )
    return [folder / "tour"]


@pytest.mark.sqlite_only(reason="a client knows of no store")
@pytest.mark.timeout(600)  # compiles
@pytest.mark.parametrize("client", [curl, javascript, python, go, cpp])
def test_a_client(start_server, tmp_path, client):
    folder = tmp_path / "client"
    folder.mkdir()
    command = client(folder)
    server = start_server(**USUAL_LIMITS, **TOKENS)
    done = subprocess.run(
        [*command, server.public_url, fresh_email()], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == printed_by_all()
    assert server.rows("SELECT id FROM sessions") == []
