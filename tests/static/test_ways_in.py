"""Every way to a session is known: the code that opens one, the contract and docs/security.md name the same ones."""

import re

import yaml

from tree import ROOT, Files, code_of, source

CALL = re.compile(r"\b(?:\w+[._])*sessions_?\.open\(")
OF_TESTS = ("_test.cpp", "_fixture.hpp")
MAKERS = {"src/login/login.cpp", "src/login/passkey_login.cpp", "src/login/second_factor_login.cpp"}
OF_CHALLENGE = {"$ref": "#/components/headers/ChallengeCookies"}
ROUTE = re.compile(r"`([A-Z]+ /\S+)`")


def opened_in(files: Files) -> set[str]:
    return {path for path, text in files.items() if not path.endswith(OF_TESTS) and CALL.search(code_of(text))}


def rows_made_in(files: Files) -> set[str]:
    return {path for path, text in files.items() if not path.endswith(OF_TESTS) and "session_store::insert(" in code_of(text)}


def ways_of_contract(document: dict) -> set[str]:
    """Unsafe operations that need no session to be called, and set cookies other than those of a challenge."""
    ways = set()
    for path, item in document["paths"].items():
        for method in {"post", "put", "patch", "delete"} & item.keys():
            response = item[method]["responses"]["200"]
            while "$ref" in response:
                response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
            cookies = response.get("headers", {}).get("Set-Cookie")
            if cookies not in (None, OF_CHALLENGE) and not item[method]["x-access"].startswith("session"):
                ways.add(f"{method.upper()} {path}")
    return ways


def ways_of_docs(document: str) -> set[str]:
    section = re.search(r"^## Ways to a session\n(.*?)^## ", document, re.MULTILINE | re.DOTALL).group(1)
    return {route for row in section.splitlines() if row.startswith("|") for route in ROUTE.findall(row)}


# ASVS 6.3.4
def test_sessions_are_opened_by_one_function_for_known_callers():
    assert rows_made_in(source()) == {"src/sessions/sessions.cpp"}
    assert opened_in(source()) <= MAKERS


# ASVS 6.1.1, 6.1.3
def test_the_ways_to_a_session_are_those_of_the_contract():
    contract = yaml.safe_load((ROOT / "api" / "openapi.yaml").read_text())
    ways = ways_of_contract(contract)
    assert ways_of_docs((ROOT / "docs" / "security.md").read_text()) == ways and len(ways) >= 3


def test_a_planted_way_is_seen():
    assert opened_in(
        {
            "a.cpp": "auto s = co_await parts_.sessions.open(x);",
            "b.cpp": "// sessions.open(x)\nfile.open(x);",
            "c_test.cpp": "sessions_.open(x);",
        }
    ) == {"a.cpp"}
    cookie = {"responses": {"200": {"headers": {"Set-Cookie": {}}}}}
    pending = {"responses": {"200": {"headers": {"Set-Cookie": OF_CHALLENGE}}}}
    assert ways_of_contract(
        {
            "paths": {
                "/a": {"post": cookie | {"x-access": "open"}, "get": cookie | {"x-access": "open"}},
                "/b": {"post": cookie | {"x-access": "session any"}},
                "/c": {"post": pending | {"x-access": "open"}},
            }
        }
    ) == {"POST /a"}
    assert ways_of_docs("## Ways to a session\n\n| code, `POST /a` | 2 |\nnot `POST /b`\n\n## Next\n") == {"POST /a"}
