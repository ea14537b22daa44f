"""The examples of api/openapi.yaml: one wherever a reader looks for one, and each of them true."""

import re

import pytest

from harness import contract

COMPONENTS = contract.DOCUMENT["components"]
JSON_TYPES = ("application/json", "application/problem+json", "application/x-ndjson")


def media():
    """(where, media type object) of every JSON body that is asked for or answered with."""
    for _, _, operation in contract.operations():
        name = operation["operationId"]
        bodies = {"request": operation["requestBody"]} if "requestBody" in operation else {}
        bodies |= {status: answer for status, answer in operation["responses"].items() if "$ref" not in answer}
        for where, body in bodies.items():
            for kind, content in body.get("content", {}).items():
                if kind in JSON_TYPES:
                    yield f"{name} {where} {kind}", content
    for name, response in COMPONENTS["responses"].items():
        for kind, content in response.get("content", {}).items():
            if kind in JSON_TYPES:
                yield f"{name} {kind}", content


def examples(content: dict) -> dict[str, object]:
    """Name to value; a lone example has the name of nothing."""
    if "example" in content:
        return {"": content["example"]}
    return {name: contract.resolve(example)["value"] for name, example in content.get("examples", {}).items()}


def codes(schema: dict) -> list[str]:
    """The error codes that the schema of a problem allows, in its order."""
    found = []
    for part in (schema, *schema.get("anyOf", [])):
        code = part.get("properties", {}).get("code", {})
        found += code.get("enum", [code["const"]] if "const" in code else [])
    return found


@pytest.mark.parametrize("where, content", list(media()), ids=lambda value: value if isinstance(value, str) else "")
def test_every_body_has_examples_and_they_are_valid(where, content):
    found = examples(content)
    assert found, f"{where} has no example"
    for name, value in found.items():
        assert contract.schema_errors(content["schema"], value) == [], f"{where}, example {name}"
    for name, example in content.get("examples", {}).items():
        assert contract.resolve(example)["summary"], f"{where}, example {name}"


def test_a_parameter_that_must_be_given_has_an_example_and_no_other_has():
    for path, method, operation in contract.operations():
        given = contract.DOCUMENT["paths"][path].get("parameters", []) + operation.get("parameters", [])
        for parameter in map(contract.resolve, given):
            where = f"{method} {path} {parameter['name']}"
            assert ("example" in parameter) == parameter.get("required", False), where
            if "example" in parameter:
                assert contract.schema_errors(parameter["schema"], parameter["example"]) == [], where


def test_an_error_answer_shows_each_code_that_it_may_have():
    for name, response in COMPONENTS["responses"].items():
        content = response.get("content", {}).get("application/problem+json")
        if content:
            assert list(content["examples"]) == codes(content["schema"]), name
            for code, example in content["examples"].items():
                assert example == {"$ref": f"#/components/examples/{code}"}, name


def test_error_answers_stand_in_one_place():
    for path, _, operation in contract.operations():
        for status, answer in operation["responses"].items():
            assert "$ref" in answer or status.startswith("2"), f"{path} {status}"


def test_the_example_of_an_error_is_what_the_service_says():
    table = (contract.ROOT / "src" / "http" / "problem.cpp").read_text()
    kinds = re.findall(r'\{ErrorCode::\w+,\s*\{(\d{3}), "(\w+)", "([^"]+)"\}\}', table)
    shown = [
        (str(value["status"]), value["code"], value["title"])
        for value in (example["value"] for example in COMPONENTS["examples"].values())
    ]
    assert shown == kinds
