"""The hooks of .pre-commit-config.yaml refuse what they are there for: each fault is committed in a repository of its own."""

import os
import secrets
import shutil
import subprocess

import pytest

from secret_scan import ALLOWED, scan
from tree import ROOT

HOOKS, TOOLS = ".pre-commit-config.yaml", "tests/.venv/bin"
LINE, KEY = "-" * 5, "PRIVATE KEY"  # apart, for this file is scanned as well


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """Empty but for what the hooks need, with the hooks installed as CONTRIBUTING.md says."""
    for variable in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(variable)  # of a commit that this test may be part of
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "repository"
    (folder / "tests/static").mkdir(parents=True)
    for name in (HOOKS, "pyproject.toml", ".flake8", ".clang-format", "tests/static/secret_scan.py"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "tests/.venv").symlink_to(ROOT / "tests/.venv")
    (folder / ".gitignore").write_text("/tests/.venv\n")
    run(folder, "git", "init", "--quiet", ".")
    for setting in ("user.name=Nobody", "user.email=nobody@example.org"):
        run(folder, "git", "config", *setting.split("="))
    run(folder, "git", "add", "--all")
    run(folder, "git", "commit", "--quiet", "--no-verify", "-m", "Begin")
    run(folder, f"{TOOLS}/pre-commit", "install")
    return folder


def run(folder, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def commit(folder) -> subprocess.CompletedProcess:
    run(folder, "git", "add", "--all")
    return subprocess.run(["git", "commit", "-m", "Try"], cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def refused_by(folder) -> set[str]:
    """Which hooks refuse the commit of all that is there."""
    done = commit(folder)
    ids = {line.removeprefix("- hook id: ") for line in done.stderr.splitlines() if line.startswith("- hook id: ")}
    assert (done.returncode != 0) == bool(ids), done.stdout + done.stderr
    return ids


def private_key() -> str:
    return f"{LINE}BEGIN EC {KEY}{LINE}\n{secrets.token_hex(32)}\n{LINE}END EC {KEY}{LINE}\n"


def write(folder, name: str, text: str | bytes) -> None:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())


SECRETS = {
    "deploy/key.pem": private_key(),
    "src/settings/config_test.cpp": f'constexpr auto kKey = R"({private_key()})";\n',  # tests may hold vectors, not this
    "notes.txt": "AKIA" + "Q3EGPYXNLV7MDRTZ" + "\n",
    "deploy/values.yaml": f'secret_key: "{secrets.token_hex(32)}"\n',
    "deploy/push.conf": f'token = "{"ghp_" + secrets.token_hex(18)}"\n',
    "web/scripts/site.js": f"const key = '{secrets.token_urlsafe(48)}';\n",
}


# ASVS 13.3.1: no secret gets into what everybody reads
def test_planted_secrets_are_refused_and_not_repeated(repository):
    for name, text in SECRETS.items():
        write(repository, name, text)
    done = commit(repository)
    assert done.returncode != 0 and "- hook id: secrets" in done.stderr
    for name, text in SECRETS.items():
        assert f"{name}:1: " in done.stderr, name
        assert max(text.split(), key=len).strip("\"';") not in done.stdout + done.stderr


def test_every_allowance_is_needed():
    """One that nothing needs any more would let the next secret through."""
    files = run(ROOT, "git", "ls-files").splitlines()
    found = {(path, kind) for path, _, kind in scan([path for path in files if any(rule.covers(path) for rule in ALLOWED)])}
    needed = {(rule.files, kind) for rule in ALLOWED for path, kind in found if rule.covers(path)}
    assert {(rule.files, kind) for rule in ALLOWED for kind in rule.kinds} <= needed


FAULTS = {
    "trailing-whitespace": ("spaces.txt", "a \n"),
    "end-of-file": ("unended.txt", "a"),
    "line-endings": ("returns.txt", "a\r\nb\r\n"),
    "merge-markers": ("merged.txt", "<" * 7 + " ours\na\n" + "=" * 7 + "\nb\n" + ">" * 7 + " theirs\n"),
    "large-files": ("large.bin", bytes(501 * 1024)),
    "letter-case": ("Spaces.txt", "a\n"),
    "executables": ("run.txt", "a\n"),
    "shebangs": ("tool", "#!/usr/bin/env python3\n"),
    "json": ("a.json", "{'a': 1}\n"),
    "yaml": ("a.yaml", "a: [\n"),
    "toml": ("a.toml", "a = \n"),
    "clang-format": ("src/a.cpp", "int  main ( ) { }\n"),
    "shellcheck": ("a.sh", "#!/bin/sh\nrm $1\n"),
    "ruff": ("unused.py", "import os\n"),
    "flake8": ("unused.py", "import os\n"),
    "isort": ("order.py", "import sys\nimport os\n\nprint(os, sys)\n"),
    "black": ("layout.py", "a = { 'b':1 }\n"),
}


def test_each_fault_is_refused(repository):
    for name, text in FAULTS.values():
        write(repository, name, text)
    (repository / "run.txt").chmod(0o755)
    assert refused_by(repository) == set(FAULTS)


def test_what_is_in_order_is_committed(repository):
    write(repository, "a.py", 'print("a")\n')
    write(repository, "a.sh", '#!/bin/sh\necho "$1"\n')
    (repository / "a.sh").chmod(0o755)
    assert refused_by(repository) == set()


def test_every_hook_has_a_fault_that_it_refuses():
    names = {line.split("id: ")[1].strip() for line in (ROOT / HOOKS).read_text().splitlines() if "id: " in line}
    assert names - set(FAULTS) == {"secrets", "clang-tidy"}, "clang-tidy is before a push, and takes what tidy.py takes"
