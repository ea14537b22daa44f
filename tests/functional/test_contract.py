"""api/openapi.yaml itself: valid, closed, and in step with the code."""

import re

from openapi_spec_validator import validate

from harness import contract

SCHEMAS = contract.DOCUMENT["components"]["schemas"]


def test_it_is_openapi_3_1():
    assert contract.DOCUMENT["openapi"].startswith("3.1.")
    validate(contract.DOCUMENT)


# ASVS 14.2.6, 15.3.1: answers are built from an explicit list of members
def test_every_object_of_an_answer_is_closed():
    requests = {name for name in SCHEMAS if name.endswith("Request")}
    answers = {name: schema for name, schema in SCHEMAS.items()
               if name not in requests and schema.get("type") == "object"}
    assert len(answers) >= 8
    for name, schema in answers.items():
        assert schema["additionalProperties"] is False, name
        assert set(schema["required"]) <= set(schema["properties"]), name


def test_every_operation_names_itself_and_its_refusals():
    ids = [operation["operationId"] for _, _, operation in contract.operations()]
    assert len(set(ids)) == len(ids) >= 15
    for path, method, operation in contract.operations():
        assert operation["summary"] and operation["tags"], path
        assert operation["responses"]["default"] == {"$ref": "#/components/responses/Common"}, path
        if "requestBody" in operation:
            assert "422" in operation["responses"], path
        if method != "GET":
            assert "403" in operation["responses"], path
        if operation.get("security"):
            assert "401" in operation["responses"], path


def test_error_codes_are_those_of_the_code():
    header = (contract.ROOT / "src" / "core" / "error.hpp").read_text()
    names = re.findall(r"\w+", re.search(r"enum class ErrorCode \{(.*?)\};", header, re.S).group(1))
    assert SCHEMAS["ErrorCode"]["enum"] == names


# ASVS 6.4.2, 6.5.8
def test_no_hints_no_questions_no_client_time():
    members = {name for schema in SCHEMAS.values() for name in schema.get("properties", {})}
    assert members.isdisjoint({"hint", "question", "answer", "now", "timestamp"})
