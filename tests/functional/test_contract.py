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
    requests = {name for name in SCHEMAS if name.endswith(("Request", "ResponseJSON"))}  # the latter come from browsers
    answers = {name: schema for name, schema in SCHEMAS.items() if name not in requests and schema.get("type") == "object"}
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
        if any("session" in scheme for scheme in operation.get("security", [])):
            assert "401" in operation["responses"], path


def codes_of_403(operation) -> set[str]:
    response = contract.resolve(operation["responses"].get("403", {"content": {}}))
    schemas = [content["schema"] for content in response["content"].values()]
    return {
        code
        for schema in schemas
        for code in schema["properties"]["code"].get("enum", [schema["properties"]["code"].get("const")])
    }


# ASVS 8.1.1
def test_every_operation_says_who_may_call_it_and_what_others_are_told():
    for path, method, operation in contract.operations():
        access, schemes = operation["x-access"].split(), operation.get("security", [])
        by_edge = access == ["edge"]  # about the owner of a session, whatever the method; it changes nothing
        for way in ("session", "challenge"):
            assert any(way in scheme for scheme in schemes) == (way in access or by_edge and way == "session"), path
        assert bool(schemes) == (access != ["open"]), path
        assert all(("csrf" in scheme) == (method != "GET" and not by_edge) for scheme in schemes if scheme), path
        told = codes_of_403(operation)
        if {"recent", "stepped_up", "stepped_up_if_factor", "aal2"} & set(access):
            assert "step_up_required" in told, path
        if "session" in access and "while_enrolling" not in access:
            assert "mfa_enrolment_required" in told, path
        if by_edge:
            assert told == {"forbidden", "step_up_required", "mfa_enrolment_required"}, path
        if {"staff", "admin"} & set(access):
            assert "forbidden" in told, path


def test_error_codes_are_those_of_the_code():
    header = (contract.ROOT / "src" / "core" / "error.hpp").read_text()
    names = re.findall(r"\w+", re.search(r"enum class ErrorCode \{(.*?)\};", header, re.S).group(1))
    assert SCHEMAS["ErrorCode"]["enum"] == names


# ASVS 6.4.2, 6.5.8
def test_no_hints_no_questions_no_client_time():
    members = {name for schema in SCHEMAS.values() for name in schema.get("properties", {})}
    assert members.isdisjoint({"hint", "question", "answer", "now", "timestamp"})
