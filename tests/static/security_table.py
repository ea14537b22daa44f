#!/usr/bin/env python3
"""The table of docs/security.md that names, for each requirement held today, the tests that prove it.

`security_table.py` writes the tests' column from the ids that tests carry (`ASVS 7.4.1`, `63B §5.2`, `CS Session`,
`attack 8`); what a requirement asks for stays as somebody wrote it there. An id without words is told, exit status 1.
"""

import re
import sys
from collections import defaultdict

from tree import ROOT

DOCUMENT = ROOT / "docs" / "security.md"
BEGIN, END = "<!-- begin: security_table.py -->", "<!-- end: security_table.py -->"
HEAD = "| requirement | what holds | proved by |\n| --- | --- | --- |\n"

SHEETS = "Authentication|Credential Stuffing|Forgot Password|Password Storage|Session|CSRF"
GAP = r"(?:, | and | to |–|; )"
ASVS = re.compile(rf"ASVS (\d+\.\d+\.\d+(?:{GAP}(?:ASVS )?\d+\.\d+\.\d+)*)")
NIST = re.compile(r"63B (§\d+(?:\.\d+)+)")
SHEET = re.compile(rf"CS ({SHEETS})\b")
ATTACK = re.compile(r"\battacks? (\d+(?:(?:, | and | to )\d+)*)")
CPP_TEST = re.compile(r"^TEST(?:_F|_P)?\((\w+), (\w+)\)", re.MULTILINE)
PYTHON_TEST = re.compile(r"^def (test_\w+)\(", re.MULTILINE)
BROWSER_TEST = re.compile(r"^[ \t]*test\((['`])(.+?)\1,", re.MULTILINE)
ROW = re.compile(r"^\| (?!requirement|---)([^|]+?) \| ([^|]*?) \| [^|]* \|$", re.MULTILINE)


def expanded(numbers: str) -> list[str]:
    """ "16.3.1 to 16.3.4, 8" as each of them."""
    found: list[str] = []
    for gap, number in re.findall(r"(to |–)?([\d.]+)", numbers):
        if gap:
            stem, _, last = number.rpartition(".")
            first = found[-1].rpartition(".")[2]
            found += [f"{stem}.{n}".lstrip(".") for n in range(int(first) + 1, int(last))]
        found.append(number)
    return found


def ids_of(line: str) -> list[str]:
    found = [f"ASVS {number}" for match in ASVS.findall(line) for number in expanded(match)]
    found += [f"63B {section}" for section in NIST.findall(line)]
    found += [f"CS {sheet}" for sheet in SHEET.findall(line)]
    return found + [f"attack {number}" for match in ATTACK.findall(line) for number in expanded(match)]


def tests_in(path: str, text: str) -> list[tuple[int, str]]:
    """Where each test begins, and its name; a sentence's words are joined."""
    if path.endswith(".js"):
        return [(match.start(), "_".join(re.findall(r"\w+", match[2]))) for match in BROWSER_TEST.finditer(text)]
    pattern = CPP_TEST if path.endswith(".cpp") else PYTHON_TEST
    return [(match.start(), "::".join(match.groups())) for match in pattern.finditer(text)]


def test_of(path: str, text: str, start: int) -> str:
    """The test that a line speaks of: the one it is in or, for a comment right above one, that; "" for the whole file."""
    tests = tests_in(path, text)
    line = text[start : text.find("\n", start)]
    if line.startswith(("//", "#")):
        return next((name for at, name in tests if at >= start and "\n\n" not in text[start:at]), "")
    if line.startswith(('"', "(")) or not tests or start < tests[0][0]:
        return ""
    return [name for at, name in tests if at <= start][-1]


def proofs(files: dict[str, str]) -> dict[str, list[str]]:
    """Requirement to the tests that carry its id, as file or file::test."""
    found = defaultdict(list)
    for path, text in sorted(files.items()):
        start = 0
        for line in text.splitlines(keepends=True):
            for name in ids_of(line):
                test = test_of(path, text, start)
                found[name].append(f"{path}::{test}" if test else path)
            start += len(line)
    return {name: sorted(set(tests)) for name, tests in found.items()}


def test_files() -> dict[str, str]:
    paths = [
        *ROOT.glob("src/**/*_test.cpp"),
        *ROOT.glob("tests/functional/**/test_*.py"),
        *ROOT.glob("tests/browser/*.test.js"),
        *(path for path in ROOT.glob("tests/static/test_*.py") if path.name != "test_security_table.py"),
    ]
    return {str(path.relative_to(ROOT)): path.read_text() for path in paths}


def order(name: str) -> tuple:
    kind = next(i for i, start in enumerate(("ASVS", "63B", "CS", "attack")) if name.startswith(start))
    return kind, [int(part) for part in re.findall(r"\d+", name)] if kind != 2 else [], name


def shortened(tests: list[str]) -> str:
    """`file` names once, with its tests behind it; the folder is left out where the name alone finds it."""
    by_file = defaultdict(list)
    for test in tests:
        path, _, name = test.partition("::")
        by_file[path.rpartition("/")[2]].append(name.removeprefix("test_"))
    parts = []
    for path, names in by_file.items():
        wholly = "" in names
        parts.append(f"`{path}`" + ("" if wholly else ": " + ", ".join(n.replace("::", ".") for n in names)))
    return "; ".join(parts)


def words_of(document: str) -> dict[str, str]:
    return dict(ROW.findall(document.partition(BEGIN)[2].partition(END)[0]))


def table(found: dict[str, list[str]], words: dict[str, str]) -> str:
    rows = [f"| {name} | {words.get(name, '')} | {shortened(found[name])} |\n" for name in sorted(found, key=order)]
    return HEAD + "".join(rows)


def renewed(document: str, found: dict[str, list[str]]) -> str:
    before, _, rest = document.partition(BEGIN)
    return f"{before}{BEGIN}\n{table(found, words_of(document))}{END}{rest.partition(END)[2]}"


def main() -> int:
    found = proofs(test_files())
    document = renewed(DOCUMENT.read_text(), found)
    DOCUMENT.write_text(document)
    silent = [name for name in found if not words_of(document)[name]]
    for name in silent:
        print(f"{name}: say in docs/security.md what holds", file=sys.stderr)
    return 1 if silent else 0


if __name__ == "__main__":
    sys.exit(main())
