"""What is written twice in docs/ is written alike: examples, routes, settings, links, attacks."""

import re
import subprocess

import guide_examples
import routes_table
from test_includes import FEATURES, INFRASTRUCTURE

from tree import ROOT

LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


def documents() -> list:
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]


def slug(heading: str) -> str:
    """A heading's address, as GitHub makes it."""
    bare = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", bare))


def anchors(text: str) -> set[str]:
    return {slug(heading) for heading in re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)}


def dead_links(path, text: str) -> list[str]:
    """Links within the repository that lead nowhere."""
    dead = []
    for target in LINK.findall(FENCE.sub("", text)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file.read_text())):
            dead.append(f"{path.relative_to(ROOT)}: {target}")
    return dead


COMMAND = re.compile(r"^(?:\$ )?secureauth ((?:[a-z][a-z-]*(?= |$) ?)+)(.*)$", re.MULTILINE)


def commands(text: str) -> list[tuple[list[str], list[str]]]:
    """(words, options) of each `secureauth` in a shell block; lower-case words before anything else are commands."""
    blocks = "\n".join(re.findall(r"^ *```(?:sh|console)\n(.*?)```", text, re.DOTALL | re.MULTILINE))
    found = []
    for words, rest in COMMAND.findall(re.sub(r"^ +", "", blocks, flags=re.MULTILINE)):
        own = re.split(r"[#|>&]", rest)[0]
        found.append((words.split(), re.findall(r"--[a-z-]+", own)))
    return found


def test_every_command_and_option_there_is():
    binary, seen, wrong = ROOT / "build/release/secureauth", {}, []
    for path in documents():
        for words, options in commands(path.read_text()):
            key = tuple(words)
            if key not in seen:
                done = subprocess.run([binary, *key, "--help"], capture_output=True, text=True, check=False)
                seen[key] = done.stdout if done.returncode == 0 else ""
            wrong += [
                f"{path.name}: secureauth {' '.join(key)} {option}"
                for option in options or [""]
                if not seen[key] or (option not in seen[key] and option != "--json")
            ]
    assert wrong == [] and len(seen) > 20


def test_the_guide_shows_every_example_as_it_is():
    guide, examples = guide_examples.GUIDE.read_text(), guide_examples.files()
    assert len(examples) > 10
    assert sorted(guide_examples.shown(guide)) == sorted(examples)
    assert guide == guide_examples.written(guide, examples), "run tests/static/guide_examples.py"


def test_the_routes_are_those_of_the_contract():
    assert (ROOT / "docs/routes.md").read_text() == routes_table.table(
        routes_table.contract()
    ), "run tests/static/routes_table.py"


def test_the_guide_explains_every_word_of_access():
    guide = (ROOT / "docs/api-guide.md").read_text().split("## Who may call what\n", 1)[1].split("\n## ", 1)[0]
    explained = set(re.findall(r"[a-z0-9_]+", " ".join(re.findall(r"`([a-z0-9_ ]+)`", guide))))
    rows = re.findall(r"\| ([^|]+) \|$", (ROOT / "docs/routes.md").read_text(), re.MULTILINE)
    used = {word for row in rows for word in row.split() if ":" not in word} - {"or", "access", "---", "user"}
    assert used - explained == set()


def test_the_configuration_reference_is_what_the_service_prints():
    binary = ROOT / "build/release/secureauth"
    printed = subprocess.run([binary, "config", "reference"], capture_output=True, text=True, check=True).stdout
    assert (ROOT / "docs/configuration.md").read_text() == printed, "secureauth config reference > docs/configuration.md"


def test_no_link_is_dead():
    assert [dead for path in documents() for dead in dead_links(path, path.read_text())] == []


def without_a_link(text: str) -> list[str]:
    """Points of the README's checklist that name nothing in the tree (that what they name exists, the test above says)."""
    table = text.partition("### Production hardening checklist\n")[2].partition("\n#")[0]
    rows = re.findall(r"^\| (?!---|point )(.+?) \| (.+) \|$", table, re.MULTILINE)
    assert len(rows) >= 15
    return [point for point, place in rows if not any(not target.startswith("http") for target in LINK.findall(place))]


def test_each_point_of_the_checklist_leads_to_what_does_it():
    text = (ROOT / "README.md").read_text()
    assert without_a_link(text) == []
    assert without_a_link(text.replace("[SECURITY.md](SECURITY.md)", "somebody")) == ["who finds a hole knows whom to tell"]


def test_every_document_is_in_the_index():
    index = (ROOT / "docs/README.md").read_text()
    missing = [
        path.name for path in (ROOT / "docs").glob("*.md") if path.name != "README.md" and f"({path.name})" not in index
    ]
    assert missing == []


def test_every_attack_is_in_the_list_of_threats():
    threats = (ROOT / "docs/threats.md").read_text()
    files = [path.name for path in (ROOT / "tests/functional/attacks").glob("test_*.py")]
    assert len(files) > 40
    assert [name for name in files if name not in threats] == []
    assert [int(number) for number in re.findall(r"^\| (\d+) \|", threats, re.MULTILINE)] == list(range(1, 46))


def test_the_readers_read_what_they_should():
    examples = {"go/go.mod": "module x\n"}
    guide = guide_examples.written("a\n<!-- file: go/go.mod -->\nb\n", examples)
    assert "```text\nmodule x\n```" in guide and guide_examples.shown(guide) == ["go/go.mod"]
    assert guide_examples.written(guide, examples) == guide
    assert guide_examples.written(guide, {"go/go.mod": "other\n"}) != guide
    assert anchors("# A `b` c\n## Roles, and *more*\n```\n# no heading\n```\n") == {"a-b-c", "roles-and-more"}
    assert commands("```sh\nsecureauth user create a@b.c --role admin # x --y\nls\n```\n```\nsecureauth no\n```\n") == [
        (["user", "create"], ["--role"])
    ]
    here = ROOT / "README.md"
    assert dead_links(here, "[a](docs/nothing.md) [b](#nowhere) [c](https://example.org/x)") == [
        "README.md: docs/nothing.md",
        "README.md: #nowhere",
    ]


def test_contributing_names_every_folder():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    said = re.search(r"^(`core`.*?) never include a feature\. Features: (.*?)\.", text, re.DOTALL | re.MULTILINE)
    infrastructure, features = said.groups()
    assert set(re.findall(r"`(\w+)`", infrastructure)) == set(INFRASTRUCTURE)
    assert set(re.findall(r"`(\w+)`", features)) == FEATURES


def test_operations_shows_the_newest_migration():
    newest = max(path.name.removesuffix(".up.sql") for path in (ROOT / "migrations").glob("*.up.sql"))
    assert re.findall(r"schema is at (\w+)", (ROOT / "docs" / "operations.md").read_text()) == [newest]
