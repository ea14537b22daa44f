"""A client of SecureAuthService. Python 3.10 and newer, standard library alone."""

import json
import urllib.error
import urllib.request
from http.cookies import SimpleCookie


class Problem(Exception):
    """An answer that refuses (RFC 9457). `code` is of the contract's closed list: decide by it, not by the title."""

    def __init__(self, status: int, body: dict, retry_after: str | None):
        super().__init__(body["title"])
        self.status, self.code, self.body = status, body["code"], body
        self.retry_after = int(retry_after) if retry_after else None  # seconds, of 429 and 503


class Client:
    """One browser's worth of cookies. Python's own jars keep Secure cookies from http://localhost, so they are kept here."""

    def __init__(self, site: str):
        self.site = site
        self.cookies: dict[str, str] = {}

    def call(self, method: str, path: str, body: dict | None = None) -> dict:
        """The answer's JSON; raises Problem. A CSRF token that is no longer good is fetched anew, once."""
        try:
            return self._once(method, path, body)
        except Problem as problem:
            if problem.code != "csrf_failed":
                raise
        self._once("GET", "/auth/csrf")
        return self._once(method, path, body)

    def _once(self, method: str, path: str, body: dict | None = None) -> dict:
        headers = {"Accept": "application/json", "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if method != "GET":
            headers["X-CSRF-Token"] = self.cookies.get("csrf_token", "")
        request = urllib.request.Request(
            self.site + path, method=method, headers=headers, data=None if body is None else json.dumps(body).encode()
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as reply:
                self._keep(reply.headers.get_all("Set-Cookie", []))
                return json.load(reply)
        except urllib.error.HTTPError as refused:
            self._keep(refused.headers.get_all("Set-Cookie", []))
            raise Problem(refused.code, json.load(refused), refused.headers["Retry-After"]) from None

    def _keep(self, lines: list[str]) -> None:
        for line in lines:
            for name, cookie in SimpleCookie(line).items():
                if cookie["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = cookie.value
