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
    asked = hashlib.sha256(json.dumps(command).encode() + text_of(source).encode() + HEADER.read_bytes()).hexdigest()
    kept = source.object.with_suffix(".json")
    if source.object.is_file() and kept.is_file() and (made := json.loads(kept.read_text()))["asked"] == asked:
        leave_out(source, [one for one in source.chosen if one[0] not in made["numbers"]])
        return
    for _ in range(MOST_TRIES):
        mutated.write_text(text_of(source))
        run = subprocess.run(command, cwd=entry["directory"], capture_output=True, text=True, check=False)
        if run.returncode == 0:
            kept.write_text(json.dumps({"asked": asked, "numbers": [number for number, *_ in source.chosen]}))
            return
        refused = [one for one in source.chosen if is_refused(source, one[1], run.stderr)]
        assert refused, f"{source.path} does not compile:\n{run.stderr[:3000]}"
        leave_out(source, refused)
    raise AssertionError(f"{source.path}: too many mutants do not compile")


def text_of(source: Source) -> str:
    return f'#line 1 "{source.path}"\n' + with_mutants(source.text, source.chosen)


def leave_out(source: Source, some: list[tuple[int, Site, Mutant]]) -> None:
    source.left_out += len(some)
    source.chosen = [one for one in source.chosen if one not in some]


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
