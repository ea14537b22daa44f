"""Who sends the requests that schemathesis makes of the contract, and what is asked of the answers.

That a status is documented is contract.check's to ask: schemathesis asks nothing of an operation with a `default`, which every
one has (`Common`: what any path may answer). contract.check refuses whatever is neither listed by the operation nor one of
Common's statuses; test_harness.py plants each of them at each operation.
"""

import zlib

from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)

from . import contract
from .client import CSRF_COOKIE, Client
from .people import Account, People
from .reply import Reply, SetCookie

CALLERS = ("nobody", "half-way", "user", "admin")
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, response_headers_conformance]


class Caller:
    """Nobody, somebody between password and second factor, or somebody with a fresh session; each begins anew, if need be
    as somebody else, once a request has ended that."""

    def __init__(self, server, kind: str):
        self.server = server
        self._kind = kind
        self._people = People(server)
        self._browser: Client | None = None
        self._challenge: str | None = None
        self._subject: Account | None = None  # whom an admin deals with
        self._waiting: Account | None = None  # who is half-way

    def ask(self, case) -> None:
        if self._browser is None:
            self._enter()
        self._aim(case)
        headers = {"Host": self.server.authority}
        if self._browser.cookies:
            headers["Cookie"] = self._browser.cookies.header()
        if CSRF_COOKIE in self._browser.cookies:
            headers["X-CSRF-Token"] = self._browser.cookies[CSRF_COOKIE]
        response = case.call(base_url=f"http://127.0.0.1:{self.server.port}", headers=headers)
        case.validate_response(response, checks=CHECKS)
        headers = [
            (name, value)
            for name, values in response.headers.items()
            for value in values
            if name.lower() != "content-encoding"
        ]  # the content is unpacked already
        reply = Reply(response.status_code, headers, response.content, case.method)
        contract.check(case.method, case.formatted_path, reply, self.server)
        self._remember(case, reply)

    def _enter(self) -> None:
        match self._kind:
            case "nobody":
                self._browser = Client(self.server)
            case "half-way":
                self._waiting = self._waiting or self._people.with_totp()[1]
                self._browser, self._challenge = self._people.challenge(self._waiting)
            case "user":
                self._browser = self._people.signed_in()[0]
            case "admin":
                self._browser = self._people.of_role("admin")[0]

    def _aim(self, case) -> None:
        """Half of the ids are of something that there is: those made up open nothing."""
        if self._kind == "admin" and case.path.startswith("/admin/users/{id}") and _is_chosen(case.path_parameters["id"]):
            self._subject = self._subject or self._people.verified()
            case.path_parameters["id"] = self._subject.id
        body = case.body
        if self._challenge and isinstance(body, dict) and "challenge_id" in body and _is_chosen(body["challenge_id"]):
            case.body = body | {"challenge_id": self._challenge}

    def _remember(self, case, reply: Reply) -> None:
        for line in reply.all("Set-Cookie"):
            self._browser.cookies.store(SetCookie.parse(line))
        if reply.status == 200 and reply.content_type == "application/json" and isinstance(reply.json, dict):
            self._challenge = reply.json.get("challenge_id", self._challenge)
        if case.method == "DELETE" and reply.status == 200:
            self._subject = None
        ended = reply.status == 401 and self._kind in ("user", "admin")
        spent = (
            reply.code == "challenge_expired"
            and isinstance(case.body, dict)
            and case.body.get("challenge_id") == self._challenge
        )
        if ended or (spent and self._kind == "half-way"):
            self.close()

    def close(self) -> None:
        if self._browser:
            self._browser.close()
        self._browser = None


def _is_chosen(made_up) -> bool:
    """Half of all values, the same ones each time."""
    return zlib.crc32(repr(made_up).encode()) % 2 == 0
