"""Compiles sources with their mutants and links them into the unit tests and the service, in build/mutation/."""

import hashlib
import json
import os
import re
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from mutants import Mutant, Site, with_mutants

ROOT = Path(__file__).resolve().parents[2]
RELEASE, OUTPUT = ROOT / "build/release", ROOT / "build/mutation"
HEADER = Path(__file__).with_name("mutation.hpp")
MOST_TRIES = 12


@dataclass
class Source:
    """`path` is relative to the repository. `chosen` shrinks by what does not compile."""

    path: str
    text: str
    chosen: list[tuple[int, Site, Mutant]]
    left_out: int = 0
    object: Path = field(default_factory=Path)


def compile_commands() -> dict[str, dict]:
    file = RELEASE / "compile_commands.json"
    assert file.is_file(), "run scripts/build release secureauth unit_tests first"
    return {os.path.relpath(entry["file"], ROOT): entry for entry in json.loads(file.read_text())}


def compile_one(source: Source, entry: dict) -> None:
    stem = source.path.replace("/", "_")
    mutated, source.object = OUTPUT / stem, OUTPUT / f"{stem}.o"
    words = [word for word in shlex.split(entry["command"]) if not word.startswith("-W")]
    at = words.index("-o")
    command = [*words[:at], "-w", "-include", str(HEADER), "-o", str(source.object), "-c", str(mutated)]
    for _ in range(MOST_TRIES):
        mutated.write_text(f'#line 1 "{source.path}"\n' + with_mutants(source.text, source.chosen))
        stamp = hashlib.sha256(json.dumps(command).encode() + mutated.read_bytes() + HEADER.read_bytes()).hexdigest()
        kept = source.object.with_suffix(".sha256")
        if source.object.is_file() and kept.is_file() and kept.read_text() == stamp:
            return
        run = subprocess.run(command, cwd=entry["directory"], capture_output=True, text=True, check=False)
        if run.returncode == 0:
            kept.write_text(stamp)
            return
        stay = [one for one in source.chosen if not is_refused(source, one[1], run.stderr)]
        assert len(stay) < len(source.chosen), f"{source.path} does not compile:\n{run.stderr[:3000]}"
        source.left_out += len(source.chosen) - len(stay)
        source.chosen = stay
    raise AssertionError(f"{source.path}: too many mutants do not compile")


def is_refused(source: Source, site: Site, messages: str) -> bool:
    """Whether the compiler says something of its lines, or that what was a constant is needed as one."""
    lines = re.findall(rf"{re.escape(source.path)}:(\d+):\d+: (?:(?:fatal )?error|  required from)", messages)
    lines += re.findall(rf"{re.escape(source.path)}:(\d+):\d+: note: .* was not (?:declared|initialized)", messages)
    return bool(spans(source.text, site) & {int(line) for line in lines})


def spans(text: str, site: Site) -> set[int]:
    first = text.count("\n", 0, site.start) + 1
    return set(range(first, first + text.count("\n", site.start, site.end) + 1))


def link(target: str, objects: list[Path]) -> Path:
    """The target of the release build, with these objects before those of the library."""
    commands = subprocess.run(["ninja", "-t", "commands", target], cwd=RELEASE, capture_output=True, text=True, check=True)
    words = shlex.split(commands.stdout.splitlines()[-1])
    words = words[2 : words.index("&&", 2)]  # after `: &&`, up to what follows the linking
    at = words.index("-o")
    output = OUTPUT / target
    words = words[:at] + ["-o", str(output), *map(str, objects)] + words[at + 2 :]
    subprocess.run(words, cwd=RELEASE, check=True)
    return output


def build(sources: list[Source]) -> tuple[Path, Path]:
    """(the unit tests, the service)"""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    commands = compile_commands()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda source: compile_one(source, commands[source.path]), sources))
    objects = [source.object for source in sources]
    return link("unit_tests", objects), link("secureauth", objects)
