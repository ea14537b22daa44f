"""Runs clang-tidy over src/, a process a core, leaving out what passed before and has not changed since.

A file passed with what decided its verdict: its own text, the headers of src/ it includes (and they include), its
compile command and .clang-tidy. Their hash is kept in build/static/tidy/. Usage: tests/static/tidy.py
"""

import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUTPUT = ROOT / "build/static"
TIDY = "clang-tidy-19"
COMPILER = re.compile(r"(.*/)?(c\+\+|g\+\+|clang\+\+)(-\d+)?")
INCLUDE = re.compile(r'^#include "([^"]+)"', re.MULTILINE)


def adapted(command: str) -> list[str]:
    """The compile command as clang can read it: without the launcher, g++'s precompiled header and its warnings."""
    words = shlex.split(command)
    compiler = next(i for i, word in enumerate(words) if COMPILER.fullmatch(word))
    kept = [words[compiler]]
    rest = iter(words[compiler + 1:])
    for word in rest:
        if word == "-include":
            if not (header := next(rest)).endswith("cmake_pch.hxx"):
                kept += [word, header]
        elif not word.startswith("-W"):
            kept.append(word)
    return kept


def commands() -> dict[Path, list[str]]:
    """The files of src/ with their commands, and the same written to build/static/compile_commands.json."""
    entries = json.loads((ROOT / "build/release/compile_commands.json").read_text())
    for entry in entries:
        entry["arguments"] = adapted(entry.pop("command"))
    OUTPUT.mkdir(parents=True, exist_ok=True)
    (OUTPUT / "compile_commands.json").write_text(json.dumps(entries, indent=1))
    return {Path(e["file"]): e["arguments"] for e in entries if Path(e["file"]).is_relative_to(ROOT / "src")}


@cache
def included(path: Path) -> frozenset[Path]:
    """The headers of src/ that a file includes directly."""
    found = (ROOT / "src" / name for name in INCLUDE.findall(path.read_text()))
    return frozenset(header for header in found if header.is_file())


def closure(path: Path) -> list[Path]:
    """The file and every header of src/ that reaches it."""
    seen, waiting = {path}, [path]
    while waiting:
        new = included(waiting.pop()) - seen
        seen |= new
        waiting += new
    return sorted(seen)


def fingerprint(path: Path, arguments: list[str]) -> str:
    digest = hashlib.sha256((ROOT / ".clang-tidy").read_bytes() + json.dumps(arguments).encode())
    for part in closure(path):
        digest.update(part.read_bytes())
    return digest.hexdigest()


def lint(path: Path, stamp: Path, wanted: str) -> str:
    """Empty when the file passes, else what clang-tidy says."""
    run = subprocess.run([TIDY, "--quiet", "-p", OUTPUT, path], capture_output=True, text=True, check=False)
    if run.returncode == 0:
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(wanted)
        return ""
    return run.stdout or run.stderr


def main() -> int:
    start = time.monotonic()
    due = []
    everything = commands()
    for path, arguments in everything.items():
        stamp = OUTPUT / "tidy" / path.relative_to(ROOT / "src").with_suffix(".passed")
        wanted = fingerprint(path, arguments)
        if not stamp.is_file() or stamp.read_text() != wanted:
            due.append((path, stamp, wanted))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        findings = [text for text in pool.map(lambda job: lint(*job), due) if text]
    print("".join(findings), end="")
    print(f"clang-tidy: {len(everything)} files, {len(due)} linted, {len(findings)} with findings, "
          f"{time.monotonic() - start:.0f} s")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
