"""The hosted pages speak two languages from one table each: the same texts with the same places, all of them used. And
they are light (issue 10): all that somebody could ever load of them, in one language, is at most 60 KiB."""

import gzip
import json
import re
import subprocess

import pytest

from tree import Files, ROOT, read

LANGUAGES = ("en", "de")
MOST_BYTES = 60 * 1024
TEXTS = re.compile(r"web/texts/(\w+)/(\w+)\.json")
PLACE = re.compile(r"\{(\w+)\}")
IN_PAGE = re.compile(r"\{\{(\w+\.\w+)\}\}")
IN_SCRIPT = re.compile(r"['\"`](\w+\.\w+)['\"`]")
FAMILY = re.compile(r"`(\w+\.\w*)\$\{")  # `common.error_${code}`: every text that begins like this may be meant

Table = dict[str, str]
"""Key, as pages and scripts name it ("sign_in.title"), to text."""


def tables(files: Files) -> dict[str, Table]:
    found: dict[str, Table] = {}
    for path, content in files.items():
        if match := TEXTS.fullmatch(path):
            language, name = match.groups()
            found.setdefault(language, {}).update({f"{name}.{key}": text for key, text in json.loads(content).items()})
    return found


def differences(one: Table, other: Table) -> list[str]:
    """Keys that only one of them has, and texts whose places differ."""
    alone = [f"{key}: in one language only" for key in one.keys() ^ other.keys()]
    return sorted(alone + [f"{key}: other places" for key in one.keys() & other.keys()
                           if sorted(PLACE.findall(one[key])) != sorted(PLACE.findall(other[key]))])


def uses(files: Files) -> tuple[set[str], set[str]]:
    """Keys that pages and scripts name, and beginnings of keys that scripts put together. A script may hold other
    literals of this form, such as file names: only what a page names must exist."""
    keys, families = set(), set()
    for path, content in files.items():
        if path.endswith(".html"):
            keys |= set(IN_PAGE.findall(content))
        if path.endswith(".js"):
            keys |= set(IN_SCRIPT.findall(content))
            families |= set(FAMILY.findall(content))
    return keys, families


def unused(table: Table, files: Files) -> list[str]:
    keys, families = uses(files)
    return sorted(key for key in table.keys() - keys if not any(key.startswith(family) for family in families))


def unknown(table: Table, files: Files) -> list[str]:
    names = {key.split(".")[0] for key in table}
    keys, families = uses(files)
    lost = {key for key in keys if key.split(".")[0] in names and key not in table}
    lost |= {family for family in families if family.split(".")[0] in names and not any(key.startswith(family) for key in table)}
    return sorted(lost)


def lean(path: str, content: str) -> str:
    """A file as it gets into the binary (cmake/embed.cmake)."""
    if not path.endswith((".html", ".js", ".css")):
        return content
    sed = ["sed", "-E", "-f", ROOT / "cmake/lean.sed"]
    return subprocess.run(sed, input=content, capture_output=True, text=True, check=True).stdout


def weight(files: Files) -> int:
    """Bytes of all files as they are served: gzip'd one by one."""
    return sum(len(gzip.compress(lean(path, content).encode(), 9)) for path, content in files.items())


def broken_by_lean(files: Files) -> list[str]:
    """What lean.sed would harm: texts that go on over lines, and code behind a comment that begins a line."""
    found = []
    for path, content in files.items():
        if path.endswith((".js", ".css")):
            found += [f"{path}: {line}" for line in content.splitlines() if line.count("`") % 2]
            behind = re.finditer(r"^ */\*.*?\*/([^\n]*\S[^\n]*)$", content, re.MULTILINE | re.DOTALL)
            found += [f"{path}: {match[1]}" for match in behind]
    return found


@pytest.fixture(scope="module")
def web() -> Files:
    return read("web")


def test_both_languages_say_the_same_with_the_same_places(web):
    found = tables(web)
    assert sorted(found) == sorted(LANGUAGES) and len(found["en"]) > 100
    assert differences(found["en"], found["de"]) == []


def test_no_text_is_empty(web):
    assert [key for table in tables(web).values() for key, text in table.items() if not text.strip()] == []


def test_every_text_is_used_and_there_is_one_for_every_use(web):
    table = tables(web)["en"]
    assert unused(table, web) == []
    assert unknown(table, web) == []


def test_the_pages_are_light(web):
    """But for /admin, which few load, and /docs, which is for developers and mostly its viewer."""
    own = {path: content for path, content in web.items() if not re.search(r"/(admin|docs)\b", path)}
    for language in LANGUAGES:
        others = tuple(f"web/texts/{other}/" for other in LANGUAGES if other != language)
        assert weight({path: content for path, content in own.items() if not path.startswith(others)}) <= MOST_BYTES, language


def test_comments_are_left_out_without_harm(web):
    assert broken_by_lean(web) == []
    assert broken_by_lean({"a.js": "const a = `x\n  y`;", "b.js": "  /* x */ go();\n/** y\n */\nstop();"}) == [
        "a.js: const a = `x", "a.js:   y`;", "b.js:  go();"]
    assert lean("a.js", "// one\n/** two\n * three */\n  go(); // four\n\n/* five */\nstop();\n") == "go(); // four\nstop();\n"


def test_a_planted_fault_is_seen():
    files = {"web/texts/en/a.json": '{"x": "{n} of {m}", "y": "", "z_1": ""}', "web/texts/de/a.json": '{"x": "{n}", "w": ""}',
             "web/pages/p.html": "{{a.x}} {{a.q}}", "web/scripts/s.js": "text('a.w'); text(`a.z_${n}`); import 'b.js'"}
    english, german = (tables(files)[language] for language in LANGUAGES)
    assert differences(english, german) == [
        "a.w: in one language only", "a.x: other places", "a.y: in one language only", "a.z_1: in one language only"]
    assert unused(english, files) == ["a.y"]
    assert unknown(english, files) == ["a.q", "a.w"]
    assert 20 < weight({"a": "x" * 10_000}) < 200
