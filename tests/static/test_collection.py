"""The Postman collection has every route of the contract, and nothing that only one program understands."""

import json
import re

import yaml

from tree import ROOT

METHODS = ("get", "put", "post", "delete", "patch")
SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"


def collection() -> dict:
    return json.loads((ROOT / "postman/secure-auth-collection.json").read_text())


def requests_of(items: list[dict]) -> list[dict]:
    """Requests of folders within folders, in their order."""
    return [one for item in items for one in (requests_of(item["item"]) if "item" in item else [item])]


def route_of(request: dict) -> tuple[str, str]:
    """(method, path as the contract writes it): {{VARIABLES}} of a path are ids."""
    path = request["request"]["url"]["raw"].removeprefix("{{BASE_URL}}").split("?")[0]
    return request["request"]["method"], re.sub(r"\{\{\w+\}\}", "{id}", path)


def routes_of_contract(contract: dict) -> set[tuple[str, str]]:
    return {
        (method.upper(), re.sub(r"\{\w+\}", "{id}", path))
        for path, item in contract["paths"].items()
        for method in item
        if method in METHODS
    }


def test_the_collection_has_exactly_the_routes_of_the_contract():
    contract = routes_of_contract(yaml.safe_load((ROOT / "api/openapi.yaml").read_text()))
    assert {route_of(request) for request in requests_of(collection()["item"])} == contract


def test_it_is_a_collection_of_version_2_1():
    assert collection()["info"]["schema"] == SCHEMA
    assert {"BASE_URL", "ADMIN_EMAIL", "ADMIN_PASSWORD", "AUDIENCE"} == {one["key"] for one in collection()["variable"]}


def test_every_request_is_described_and_tested():
    for request in requests_of(collection()["item"]):
        assert request["request"]["description"].strip(), request["name"]
        scripts = [line for event in request["event"] if event["listen"] == "test" for line in event["script"]["exec"]]
        assert any("pm.test(" in line for line in scripts), request["name"]
        assert request["request"]["url"]["raw"].startswith("{{BASE_URL}}/"), request["name"]


def test_routes_are_read():
    ask = {"name": "x", "request": {"method": "PATCH", "url": {"raw": "{{BASE_URL}}/admin/users/{{USER_ID}}?limit=2"}}}
    assert route_of(ask) == ("PATCH", "/admin/users/{id}")
    assert requests_of([{"item": [ask]}, ask]) == [ask, ask]
    assert routes_of_contract({"paths": {"/a/{key}": {"get": {}, "parameters": []}}}) == {("GET", "/a/{id}")}
