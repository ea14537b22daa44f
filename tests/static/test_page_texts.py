"""The hosted pages speak two languages from one table each: the same texts with the same places, all of them used."""

import json
import re

import pytest

from tree import Files, read

LANGUAGES = ("en", "de")
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
    return sorted(
        alone
        + [
            f"{key}: other places"
            for key in one.keys() & other.keys()
            if sorted(PLACE.findall(one[key])) != sorted(PLACE.findall(other[key]))
        ]
    )


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
    lost |= {
        family for family in families if family.split(".")[0] in names and not any(key.startswith(family) for key in table)
    }
    return sorted(lost)


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


def test_a_planted_fault_is_seen():
    files = {
        "web/texts/en/a.json": '{"x": "{n} of {m}", "y": "", "z_1": ""}',
        "web/texts/de/a.json": '{"x": "{n}", "w": ""}',
        "web/pages/p.html": "{{a.x}} {{a.q}}",
        "web/scripts/s.js": "text('a.w'); text(`a.z_${n}`); import 'b.js'",
    }
    english, german = (tables(files)[language] for language in LANGUAGES)
    assert differences(english, german) == [
        "a.w: in one language only",
        "a.x: other places",
        "a.y: in one language only",
        "a.z_1: in one language only",
    ]
    assert unused(english, files) == ["a.y"]
    assert unknown(english, files) == ["a.q", "a.w"]
