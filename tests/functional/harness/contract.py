"""Holds every answer against api/openapi.yaml: status, Content-Type, body, headers. Nothing passes unseen."""

import json
import re
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from .reply import Reply

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = yaml.safe_load((ROOT / "api" / "openapi.yaml").read_text(encoding="utf-8"))
METHODS = ("get", "put", "post", "delete", "patch")

_URI = "urn:secureauth:openapi"
_REGISTRY = Registry().with_resource(_URI, Resource(contents=DOCUMENT, specification=DRAFT202012))
_seen: set[tuple[str, int]] = set()


class Violation(AssertionError):
    pass


def operations():
    """(path, method, operation) of the whole contract."""
    for path, item in DOCUMENT["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method.upper(), item[method]


def seen() -> set[tuple[str, int]]:
    """(operationId, status) that this run has met."""
    return set(_seen)


def resolve(node: dict) -> dict:
    while "$ref" in node and node["$ref"].startswith("#/components/") and "schemas" not in node["$ref"]:
        target = DOCUMENT
        for step in node["$ref"][2:].split("/"):
            target = target[step]
        node = target
    return node


def find_path(path: str) -> str | None:
    """The template of the contract that a request path matches; literal ones first."""
    if path in DOCUMENT["paths"]:
        return path
    for template in DOCUMENT["paths"]:
        pattern = re.escape(template).replace(r"\{path\}", ".*")  # the rest of a path, with its slashes
        if "{" in template and re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", pattern), path):
            return template
    return None


def filled(template: str, id: str = "00000000-0000-7000-8000-000000000000") -> str:
    """A path of that template, about nothing that there is."""
    return template.replace("{id}", id).replace("{requirement}", "any").replace("{path}", "app")


def schema_errors(schema: dict, instance) -> list[str]:
    absolute = _absolute(schema)
    validator = Draft202012Validator(absolute, registry=_REGISTRY)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(instance)]


def _absolute(node):
    if isinstance(node, dict):
        return {k: _URI + v if k == "$ref" and isinstance(v, str) else _absolute(v) for k, v in node.items()}
    return [_absolute(item) for item in node] if isinstance(node, list) else node


def check(method: str, target: str, reply: Reply, server) -> None:
    """Raises Violation naming everything that is wrong with the answer. `server` says what its settings change."""
    path = target.split("?", maxsplit=1)[0]
    wrong: list[str] = []
    response = _documented(method, path, reply, wrong)
    headers = dict(DOCUMENT["x-headers-on-every-response"])
    if server.https:
        headers.update(DOCUMENT["x-header-when-https"])
    elif reply.all("Strict-Transport-Security"):
        wrong.append("Strict-Transport-Security over plain http")
    headers.update({k: {**resolve(v), "optional": True} for k, v in DOCUMENT["x-headers-when-limited"].items()})
    headers.update(
        {k: {**resolve(v), "optional": not resolve(v).get("required")} for k, v in response.get("headers", {}).items()}
    )
    _check_headers(headers, reply, wrong)
    _check_rules(reply, server, wrong)
    _check_body(method, response, reply, wrong)
    if wrong:
        shown = reply.body[:400].decode("utf-8", "replace")
        raise Violation(f"{method} {target} -> {reply.status}: " + "; ".join(wrong) + f"\nbody: {shown}")


def _documented(method: str, path: str, reply: Reply, wrong: list[str]) -> dict:
    common = DOCUMENT["components"]["responses"]["Common"]
    not_found = DOCUMENT["components"]["responses"]["NotFound"]
    template = find_path(path)
    if method == "OPTIONS" and reply.status == 204:
        return {"headers": {"Allow": {"required": True, "schema": {"type": "string", "minLength": 3}}}}
    item = DOCUMENT["paths"].get(template, {})
    operation = item.get("get" if method == "HEAD" else method.lower())
    if operation is None:
        # A path of development is not there at all in production: whatever the method.
        absent = template is None or any(
            "404" in known.get("responses", {}) for known in item.values() if isinstance(known, dict)
        )
        if reply.status == 404 and absent:
            return not_found
        if reply.status < 400:
            wrong.append("neither path and method nor an answer like this is in the contract")
        return common
    _seen.add((operation["operationId"], reply.status))
    responses = operation["responses"]
    if str(reply.status) in responses:
        return resolve(responses[str(reply.status)])
    if reply.status < 400:
        wrong.append("this status is not documented for this operation")
    return resolve(responses["default"])


def _check_headers(headers: dict, reply: Reply, wrong: list[str]) -> None:
    for name, header in headers.items():
        values = reply.all(name)
        if not values and not header.get("optional"):
            wrong.append(f"{name} is missing")
        if len(values) > 1 and name != "Set-Cookie":
            wrong.append(f"{name} came {len(values)} times")
        for value in values:
            wrong.extend(f"{name}: {error}" for error in schema_errors(header["schema"], value))


def _check_rules(reply: Reply, server, wrong: list[str]) -> None:
    """What RFC 9110 and the service's own rules ask of an answer by its status."""
    if reply.all("Server") or reply.all("X-Powered-By"):
        wrong.append("the answer names its server")
    wrong.extend("a redirect to elsewhere" for place in reply.all("Location") if not _leads_home(place, server))
    if len(reply.all("RateLimit")) != len(reply.all("RateLimit-Policy")):
        wrong.append("one of the RateLimit fields without the other")
    for status, name in ((401, "WWW-Authenticate"), (405, "Allow"), (503, "Retry-After")):
        if reply.status == status and len(reply.all(name)) != 1:
            wrong.append(f"{status} without {name}")
    needed = {"path=/", "samesite=strict"} | ({"secure"} if server.secure_cookies else set())
    for cookie in reply.all("Set-Cookie"):
        if not needed <= {part.strip().lower() for part in cookie.split(";")}:
            wrong.append(f"a loose cookie: {cookie.split('=')[0]}")


def _leads_home(location: str, server) -> bool:
    """To this site, or to the front end that stands in for its pages."""
    homes = ["", server.public_url, server.settings.get("FRONTEND_URL") or server.public_url]
    return any(re.match(re.escape(home) + r"/(?![/\\])", location) for home in homes)


def _check_body(method: str, response: dict, reply: Reply, wrong: list[str]) -> None:
    content = response.get("content", {})
    if reply.status == 204 or not content:
        if reply.body:
            wrong.append("a body where there is none")
        return
    if reply.content_type not in content:
        wrong.append(f"Content-Type {reply.content_type} instead of {' or '.join(content)}")
        return
    if method == "HEAD":
        if reply.body:
            wrong.append("HEAD with a body")
        return
    if not reply.content_type.endswith("json"):
        return
    if reply.content_type == "application/x-ndjson":
        for line in reply.body.decode().splitlines():
            wrong.extend(schema_errors(content[reply.content_type]["schema"], json.loads(line)))
        return
    try:
        body = reply.json
    except ValueError:
        wrong.append("the body is not JSON")
        return
    wrong.extend(schema_errors(content[reply.content_type]["schema"], body))
    if reply.status >= 400 and isinstance(body, dict):
        if body.get("status") != reply.status:
            wrong.append("status of the body differs from that of the answer")
        if [body.get("request_id")] != reply.all("X-Request-Id"):
            wrong.append("request_id differs from X-Request-Id")
        if body.get("type") != f"urn:secureauth:error:{body.get('code')}":
            wrong.append("type does not fit code")
