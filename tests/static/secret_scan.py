#!/usr/bin/env python3
"""Refuses files that hold what looks like a secret: private keys, tokens of known services, passwords in URLs, and text
that only a generator of keys writes (detect-secrets).

Usage: tests/static/secret_scan.py FILE...; prints each find as PATH:LINE: KIND, never the text itself.

What is no secret stands in ALLOWED with the reason. A single line says so itself: `pragma: allowlist secret`. Words such as
"password" beside a text are not looked for: this repository is about little else.
"""

import sys
from collections import defaultdict
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from detect_secrets import SecretsCollection
from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.settings import transient_settings

BASE64, HEX, URL, JWT = "Base64 High Entropy String", "Hex High Entropy String", "Basic Auth Credentials", "JSON Web Token"
TOO_NOISY = {"Secret Keyword", "Public IP (ipv4)"}
EXACT = {"Base64HighEntropyString": {"limit": 4.5}, "HexHighEntropyString": {"limit": 3.0}}


@dataclass(frozen=True)
class Allowed:
    """Kinds that files of a name (fnmatch) may hold, and why that is no secret."""

    files: str
    kinds: frozenset[str]
    why: str

    def covers(self, path: str) -> bool:
        return fnmatch(path, self.files)


def allowed(files: str, *kinds: str, why: str) -> Allowed:
    return Allowed(files, frozenset(kinds), why)


ALLOWED = [
    allowed("tests/vectors/*", BASE64, HEX, why="vectors that standards publish"),
    allowed("src/*_test.cpp", BASE64, HEX, URL, why="digests, vectors and keys that exist in that test alone"),
    allowed("src/*_testing.hpp", HEX, why="keys of the tests' configuration"),
    allowed("tests/functional/*.py", BASE64, HEX, URL, why="made-up values, and hashes of made-up passwords"),
    allowed("tests/browser/*.js", BASE64, why="the alphabet of base32"),
    allowed("api/openapi.yaml", BASE64, HEX, JWT, why="examples that the contract shows"),
    allowed("postman/*.json", BASE64, HEX, why="examples that the collection sends"),
    allowed("docs/*.md", BASE64, HEX, URL, why="examples of answers, log lines and settings"),
    allowed("deploy/docker/make-secrets", URL, why="the form of a URL, filled in with what it draws"),
    allowed("docs/examples/*", BASE64, why="alphabets, and what a page shows"),
    allowed("*package-lock.json", BASE64, why="hashes of packages that anybody can fetch"),
    allowed("README.md", URL, why="PASSWORD stands for one"),
    allowed("deploy/kubernetes/README.md", URL, why="PASSWORD stands for one"),
    allowed(".env.example", URL, why="PASSWORD stands for one"),
    allowed("src/settings/setting*.cpp", URL, why="the form of a URL, in a help text and a comment"),
    allowed("src/db/migration_files.cpp", BASE64, why="the alphabet of names"),
    allowed("src/db/postgres/conninfo.cpp", URL, why="the form of a URL, in a comment"),
    allowed("src/mfa/recovery/recovery_code.cpp", BASE64, why="the alphabet of recovery codes"),
]


def settings() -> dict:
    names = {
        kind: plugin.__name__ for kind, plugin in get_mapping_from_secret_type_to_class().items() if kind not in TOO_NOISY
    }
    return {
        "plugins_used": [{"name": name} | EXACT.get(name, {}) for name in sorted(names.values())],
        "filters_used": [
            {"path": "detect_secrets.filters.allowlist.is_line_allowlisted"},
            {"path": "detect_secrets.filters.heuristic.is_sequential_string"},
            {"path": "detect_secrets.filters.heuristic.is_potential_uuid"},
        ],
    }


def scan(files: list[str]) -> list[tuple[str, int, str]]:
    """(path, line, kind) of each find, whether or not it is allowed."""
    with transient_settings(settings()):
        collection = SecretsCollection()
        for file in files:
            collection.scan_file(file)
    return sorted((path, find.line_number, find.type) for path, find in collection)


def is_allowed(path: str, kind: str) -> bool:
    return any(kind in rule.kinds and rule.covers(path) for rule in ALLOWED)


def main() -> int:
    by_path = defaultdict(list)
    for path, line, kind in scan(sys.argv[1:]):
        if not is_allowed(Path(path).as_posix(), kind):
            by_path[path].append(f"{path}:{line}: {kind}")
    for lines in by_path.values():
        print("\n".join(lines))
    if by_path:
        print("If it was ever real, it is known now: revoke it. If it is none, tests/static/secret_scan.py says how to tell.")
    return 1 if by_path else 0


if __name__ == "__main__":
    sys.exit(main())
