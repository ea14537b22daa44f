"""Who sends the requests that schemathesis makes of the contract, and what is asked of the answers."""

import zlib

from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance, response_headers_conformance, response_schema_conformance, status_code_conformance)

from . import contract
from .client import CSRF_COOKIE, Client
from .people import Account, People
from .reply import Reply, SetCookie

CALLERS = ("nobody", "user", "admin")
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
          response_headers_conformance]


class Caller:
    """Nobody, or somebody with a fresh session who signs in again, if need be as somebody new, once it has ended."""

    def __init__(self, server, kind: str):
        self.server = server
        self._kind = kind
        self._people = People(server)
        self._other: str | None = None
        self._browser: Client | None = None
        self._account: Account | None = None

    def ask(self, case) -> None:
        browser = self._browser or self._enter()
        self._aim(case)
        headers = {"Host": self.server.authority}
        if browser.cookies:
            headers["Cookie"] = browser.cookies.header()
        token = browser.cookies.get(CSRF_COOKIE)
        if token and (case.headers is None or "X-CSRF-Token" not in case.headers):
            headers["X-CSRF-Token"] = token
        response = case.call(base_url=f"http://127.0.0.1:{self.server.port}", headers=headers)
        reply = Reply(response.status_code, [(name, value) for name, values in response.headers.items() for value in values],
                      response.content, case.method)
        case.validate_response(response, checks=CHECKS)
        contract.check(case.method, case.formatted_path, reply, self.server)
        self._remember(browser, reply)
        if case.method == "DELETE" and reply.status == 200:
            self._other = None

    def _enter(self) -> Client:
        if self._kind == "nobody":
            return Client(self.server)
        if self._kind == "admin":
            self._browser, self._account = self._people.of_role("admin")
        else:
            self._browser, self._account = self._people.signed_in()
        return self._browser

    def _aim(self, case) -> None:
        """Half of the ids under /admin are somebody's: those made up open nothing."""
        made_up = str((case.path_parameters or {}).get("id", ""))
        if self._kind == "admin" and case.path.startswith("/admin/users/{id}") and zlib.crc32(made_up.encode("utf-8", "replace")) % 2:
            self._other = self._other or self._people.verified().id
            case.path_parameters["id"] = self._other

    def _remember(self, browser: Client, reply: Reply) -> None:
        for line in reply.all("Set-Cookie"):
            browser.cookies.store(SetCookie.parse(line))
        if self._browser and "__Host-sid" not in browser.cookies or reply.status == 401:
            self._browser = None

    def close(self) -> None:
        if self._browser:
            self._browser.close()
