#!/usr/bin/env python3
"""Writes the clients of docs/examples into docs/api-guide.md, each behind its marker: `<!-- file: python/tour.py -->`."""

import re

from tree import ROOT

GUIDE = ROOT / "docs" / "api-guide.md"
EXAMPLES = ROOT / "docs" / "examples"
CLIENTS = ("curl", "javascript", "python", "go", "cpp")
LANGUAGES = {".sh": "sh", ".mjs": "js", ".py": "python", ".go": "go", ".mod": "text", ".hpp": "cpp", ".cpp": "cpp"}
MARKER = re.compile(r"<!-- file: (\S+) -->\n(?:\n<details>.*?</details>\n)?", re.DOTALL)


def files() -> dict[str, str]:
    """Name below docs/examples to text."""
    return {
        path.relative_to(EXAMPLES).as_posix(): path.read_text()
        for client in CLIENTS
        for path in sorted((EXAMPLES / client).iterdir())
        if path.suffix in LANGUAGES
    }


def block(name: str, text: str) -> str:
    language = LANGUAGES[name[name.rindex(".") :]]
    return (
        f"<!-- file: {name} -->\n\n<details>\n<summary><code>docs/examples/{name}</code></summary>\n\n"
        f"```{language}\n{text}```\n\n</details>\n"
    )


def shown(guide: str) -> list[str]:
    return MARKER.findall(guide)


def written(guide: str, examples: dict[str, str]) -> str:
    """The guide with every marked file as it is now."""
    return MARKER.sub(lambda found: block(found[1], examples[found[1]]), guide)


if __name__ == "__main__":
    GUIDE.write_text(written(GUIDE.read_text(), files()))
