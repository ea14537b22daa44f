"""A client that behaves as a browser does where it matters: one connection, cookies by RFC 6265bis, no redirects.

Python's own cookie jars drop Secure cookies on http://localhost, which browsers keep; so the rules are here.
"""

import http.client
import json as json_module
from collections.abc import Mapping

from . import canaries, contract
from .reply import Reply, SetCookie

CSRF_COOKIE = "csrf_token"
SESSION_COOKIE = "__Host-sid"
PRE_SESSION_COOKIE = "__Host-pre"


class CookieJar(dict):
    """Name to value for one host. Refuses what a browser refuses."""

    def store(self, cookie: SetCookie) -> None:
        host_only = "domain" not in cookie.attributes
        rooted = cookie.attributes.get("path") == "/"
        secure = "secure" in cookie.attributes
        if cookie.name.startswith("__Host-") and not (secure and rooted and host_only):
            return
        if cookie.name.startswith("__Secure-") and not secure:
            return
        if cookie.expires_now:
            self.pop(cookie.name, None)
        else:
            self[cookie.name] = cookie.value

    def header(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.items())


class Client:
    """`checked=False` for answers that a proxy may have written: they are not held against the contract."""

    def __init__(self, server, *, user_agent: str = "functional-tests", timeout: float = 60, checked: bool = True):
        self.server = server
        self._checked = checked
        self.cookies = CookieJar()
        self.user_agent = user_agent
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=timeout)
        self._used = False

    def close(self) -> None:
        self._connection.close()
        self._used = False

    def get(self, path: str, **options) -> Reply:
        return self.request("GET", path, **options)

    def post(self, path: str, json=None, **options) -> Reply:
        return self.request("POST", path, json=json, **options)

    def delete(self, path: str, **options) -> Reply:
        return self.request("DELETE", path, **options)

    def request(
        self,
        method: str,
        path: str,
        *,
        json=None,
        body: bytes | None = None,
        csrf: bool | str = False,
        headers: Mapping[str, str | None] = {},
        cookies: str | None = None,
    ) -> Reply:
        """`csrf=True` sends the cookie's token as a page would, a string that string. `cookies` replaces the jar's
        header for this request. A header of None is left out, the client's own too."""
        if json is not None:
            body = json_module.dumps(json, ensure_ascii=False).encode()
            canaries.note_body(json)
        reply = self._exchange(method, path, body, self._headers(method, json, body, csrf, headers, cookies))
        for cookie in reply.set_cookies.values():
            canaries.note(cookie.value)
            self.cookies.store(cookie)
        if self._checked:
            contract.check(method, path, reply, self.server)
        return reply

    def _headers(self, method, json, body, csrf, extra, cookies) -> dict[str, str]:
        headers = {"Host": self.server.authority, "User-Agent": self.user_agent, "Accept": "application/json"}
        if json is not None:
            headers["Content-Type"] = "application/json"
        if body is not None or method in ("POST", "PUT", "PATCH"):
            headers["Content-Length"] = str(len(body or b""))
        cookie_line = self.cookies.header() if cookies is None else cookies
        if cookie_line:
            headers["Cookie"] = cookie_line
        if csrf:
            headers["X-CSRF-Token"] = csrf if isinstance(csrf, str) else self.cookies.get(CSRF_COOKIE, "")
        for name, value in extra.items():
            for known in [key for key in headers if key.lower() == name.lower()]:
                del headers[known]
            if value is not None:
                headers[name] = value
        return headers

    def _exchange(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Reply:
        try:
            return self._once(method, path, body, headers)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            if not self._used:
                raise
            self.close()  # a kept connection may have ended since its last use; a fresh one tells the truth
            return self._once(method, path, body, headers)

    def _once(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Reply:
        connection = self._connection
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value.encode("utf-8") if isinstance(value, str) else value)
        connection.endheaders(body)
        response = connection.getresponse()
        if response.getheader("Content-Type") == "text/event-stream":  # has no end: its head is all (harness/events.py)
            self.close()
            return Reply(response.status, response.getheaders(), b"", method)
        reply = Reply(response.status, response.getheaders(), response.read(), method)
        self._used = not response.will_close
        return reply
