#!/usr/bin/env python3
"""Runs clang-tidy over src/, a process a core, leaving out what passed before and has not changed since.

clang-tidy spends most of its time on the headers, Boost's above all, once for each file it is given. So it is given batches: a
source that includes at most one .cpp of each namespace, whose unnamed namespaces therefore cannot meet. A batch that
does not compile all the same is linted file by file.

A batch passed with what decided its verdict: the text of its files and of the headers of src/ they reach, the compile
command and .clang-tidy. Their hash is kept beside it in build/static/.

Usage: tests/static/tidy.py [FILE...]; the files named are linted one by one, whatever passed before.
"""

import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import zip_longest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUTPUT = ROOT / "build/static"
TIDY = "clang-tidy-19"
COMPILER = re.compile(r"(.*/)?(c\+\+|g\+\+|clang\+\+)(-\d+)?")
NAMESPACE = re.compile(r"^namespace (secureauth::\w+)", re.MULTILINE)
INCLUDE = re.compile(r'^#include "([^"]+)"', re.MULTILINE)


def adapted(command: str) -> list[str]:
    """The compile command as clang can read it: without the launcher, g++'s precompiled header and its warnings."""
    words = shlex.split(command)
    compiler = next(i for i, word in enumerate(words) if COMPILER.fullmatch(word))
    kept = [words[compiler]]
    rest = iter(words[compiler + 1 :])
    for word in rest:
        if word == "-include":
            if not (header := next(rest)).endswith("cmake_pch.hxx"):
                kept += [word, header]
        elif not word.startswith("-W"):
            kept.append(word)
    return kept


def arguments() -> dict[Path, list[str]]:
    """The compiler's arguments for each file of src/, without those that name it."""
    file = ROOT / "build/release/compile_commands.json"
    if not file.is_file():
        sys.exit("clang-tidy: it needs `scripts/build release` once, which says how each file is compiled")
    entries = json.loads(file.read_text())
    found = {}
    for entry in entries:
        path = Path(entry["file"])
        if path.is_relative_to(ROOT / "src"):
            words = adapted(entry["command"])
            found[path] = words[: words.index("-o")]
    return dict(sorted(found.items()))


def batches(files: Iterable[Path]) -> list[list[Path]]:
    """The n-th file of every namespace makes the n-th batch."""
    namespaces = defaultdict(list)
    for path in files:
        found = NAMESPACE.search(path.read_text())
        namespaces[found[1] if found else path.parent].append(path)
    return [[path for path in row if path] for row in zip_longest(*namespaces.values())]


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


def fingerprint(files: list[Path], compiler: list[str]) -> str:
    digest = hashlib.sha256((ROOT / ".clang-tidy").read_bytes() + json.dumps(compiler).encode())
    for part in sorted(set().union(*map(closure, files))):
        digest.update(part.read_bytes())
    return digest.hexdigest()


def tidy(path: Path, compiler: list[str]) -> str:
    """Empty when the file passes, else what clang-tidy says."""
    run = subprocess.run([TIDY, "--quiet", path, "--", *compiler[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    return "" if run.returncode == 0 else run.stdout or run.stderr


def lint(number: int, files: list[Path], compiler: list[str]) -> tuple[int, str]:
    """How many files were linted, and what clang-tidy says of them."""
    batch = OUTPUT / f"batch_{number}.cpp"
    stamp = batch.with_suffix(".passed")
    wanted = fingerprint(files, compiler)
    if stamp.is_file() and stamp.read_text() == wanted:
        return 0, ""
    batch.write_text("".join(f'#include "{path.relative_to(ROOT / "src")}"\n' for path in files))
    findings = tidy(batch, compiler)
    if "[clang-diagnostic-error" in findings:
        findings = "".join(tidy(path, compiler) for path in files)
    if not findings:
        stamp.write_text(wanted)
    return len(files), findings


def main() -> int:
    start = time.monotonic()
    OUTPUT.mkdir(parents=True, exist_ok=True)
    commands = arguments()
    compiler = max(commands.values(), key=len)
    others = {word for words in commands.values() for word in words if word.startswith("-D")}  # the library's, the tests'
    compiler = compiler + sorted(others - set(compiler))
    if sys.argv[1:]:
        findings = "".join(tidy(Path(name).resolve(), compiler) for name in sys.argv[1:])
        print(findings, end="")
        return 1 if findings else 0

    linted, findings = 0, []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for count, text in pool.map(lambda job: lint(*job, compiler), enumerate(batches(commands))):
            print(text, end="", flush=True)
            linted += count
            findings += [text] if text else []
    print(f"clang-tidy: {len(commands)} files, {linted} linted, {time.monotonic() - start:.0f} s")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
