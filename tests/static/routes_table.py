#!/usr/bin/env python3
"""Writes docs/routes.md from the contract: every route, what goes in and out, and who may call it."""

import re

import yaml

from tree import ROOT

METHODS = ("get", "put", "post", "patch", "delete")
HEAD = """# Routes

Made of [api/openapi.yaml](../api/openapi.yaml) by `tests/static/routes_table.py`; the contract says more of each. `?` marks what may
be left out, *access* is what `secureauth routes` prints ([what the words mean](api-guide.md#who-may-call-what)).

| route | in → out | what it does | access |
| --- | --- | --- | --- |
"""


class Contract:
    def __init__(self, document: dict):
        self._document = document

    def resolve(self, node: dict) -> dict:
        """The node itself, with what it refers to beneath its own members."""
        while "$ref" in node:
            target = self._document
            for step in node["$ref"][2:].split("/"):
                target = target[step]
            node = target | {name: value for name, value in node.items() if name != "$ref"}
        return node

    def members(self, schema: dict) -> str:
        """`email, name?`, lists as `codes[]`; empty where it has none."""
        schema = self.resolve(schema)
        needed = schema.get("required", [])
        named = []
        for name, one in schema.get("properties", {}).items():
            many = "[]" if self.resolve(one).get("type") == "array" else ""
            named.append(name + many + ("" if name in needed else "?"))
        return ", ".join(named)

    def taken(self, operation: dict) -> str:
        body = self.resolve(operation.get("requestBody", {})).get("content", {}).get("application/json", {})
        queries = [one["name"] for one in map(self.resolve, operation.get("parameters", [])) if one["in"] == "query"]
        return self.members(body.get("schema", {})) or ("?" + "&".join(queries) if queries else "")

    def given(self, operation: dict) -> str:
        for status, response in operation["responses"].items():
            if status.startswith(("2", "3")):
                content = self.resolve(response).get("content", {})
                json = content.get("application/json", {})
                return self.members(json.get("schema", {})) or ", ".join(content)
        return ""

    def rows(self) -> list[str]:
        rows = []
        for path, item in sorted(self._document["paths"].items()):
            for method in METHODS:
                if method in item:
                    rows.append(self._row(method.upper(), path, item[method]))
        return rows

    def _row(self, method: str, path: str, operation: dict) -> str:
        taken, given = self.taken(operation), self.given(operation)
        flow = " → ".join(part for part in (f"`{taken}`" if taken else "", f"`{given}`" if given else "") if part)
        if given and not taken:
            flow = "→ " + flow
        summary = re.sub(r"\s+", " ", operation["summary"]).strip()
        return f"| `{method} {path}` | {flow} | {summary} | {operation['x-access']} |".replace("<", "&lt;")


def table(document: dict) -> str:
    return HEAD + "\n".join(Contract(document).rows()) + "\n"


def contract() -> dict:
    return yaml.safe_load((ROOT / "api/openapi.yaml").read_text())


if __name__ == "__main__":
    (ROOT / "docs/routes.md").write_text(table(contract()))
