"""A body of the right form for every operation that takes one, with values that open nothing."""

from . import contract
from .people import fresh_email, fresh_password

NO_ID = "00000000-0000-7000-8000-000000000000"
_ASSERTION = {"credential_id": "AAAA", "client_data_json": "e30", "authenticator_data": "AAAA", "signature": "AAAA"}
_ATTESTATION = {"client_data_json": "e30", "attestation_object": "oA"}
_VALUES = {
    "email": fresh_email,
    "new_email": fresh_email,
    "password": fresh_password,
    "new_password": fresh_password,
    "current_password": fresh_password,
    "token": lambda: "A" * 43,
    "challenge_id": lambda: "A" * 43,
    "role": lambda: "user",
    "status": lambda: "active",
    "name": lambda: "A name",
    "end_other_sessions": lambda: False,
    "remember_browser": lambda: False,
}
_CODES = {"/auth/mfa/totp/verify": "000000", "/auth/mfa/recovery/verify": "0000-0000-0000-0000"}

OPERATIONS = {(method, path): operation for path, method, operation in contract.operations()}
TAKING_A_BODY = [route for route, operation in OPERATIONS.items() if "requestBody" in operation]


def members_of(route: tuple[str, str]) -> dict:
    """The schema's members, by name."""
    schema = OPERATIONS[route]["requestBody"]["content"]["application/json"]["schema"]
    if "$ref" in schema:
        schema = contract.DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema["properties"]


def body_for(route: tuple[str, str]) -> dict | None:
    """None where the operation takes no body."""
    if route not in TAKING_A_BODY:
        return None
    names = members_of(route)
    body = {name: _VALUES[name]() for name in names if name in _VALUES}
    if "code" in names:
        body["code"] = _CODES[route[1]]
        body.pop("challenge_id", None)
    for form in (_ASSERTION, _ATTESTATION):
        if set(form) <= set(names):
            body |= form
    return body


def target(route: tuple[str, str], id: str = NO_ID) -> str:
    return route[1].replace("{id}", id)
