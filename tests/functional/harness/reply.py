"""One HTTP answer as the tests look at it."""

import gzip
import json
from dataclasses import dataclass, field


@dataclass
class SetCookie:
    name: str
    value: str
    attributes: dict[str, str]  # lower-case names

    @classmethod
    def parse(cls, line: str) -> "SetCookie":
        pair, *rest = line.split(";")
        name, _, value = pair.strip().partition("=")
        attributes = {}
        for attribute in rest:
            key, _, content = attribute.strip().partition("=")
            attributes[key.lower()] = content
        return cls(name, value, attributes)

    @property
    def expires_now(self) -> bool:
        if "max-age" in self.attributes:
            return int(self.attributes["max-age"]) <= 0
        return "1970" in self.attributes.get("expires", "")


@dataclass
class Reply:
    status: int
    headers: list[tuple[str, str]]
    body: bytes = b""
    method: str = field(default="GET", compare=False)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name: str) -> str | None:
        values = self.all(name)
        assert len(values) <= 1, f"{name} came {len(values)} times: {values}"
        return values[0] if values else None

    @property
    def content_type(self) -> str | None:
        value = self.header("Content-Type")
        return value.split(";")[0].strip() if value else None

    @property
    def json(self):
        packed = self.header("Content-Encoding") == "gzip"
        return json.loads(gzip.decompress(self.body) if packed else self.body)

    @property
    def code(self) -> str | None:
        """The problem's code; None for an answer that is no problem."""
        return self.json["code"] if self.content_type == "application/problem+json" and self.body else None

    @property
    def refusal(self) -> tuple[int, str | None]:
        return self.status, self.code

    @property
    def field_errors(self) -> set[tuple[str, str]]:
        return {(error["field"], error["code"]) for error in self.json.get("errors", [])}

    @property
    def set_cookies(self) -> dict[str, SetCookie]:
        cookies = [SetCookie.parse(line) for line in self.all("Set-Cookie")]
        assert len({cookie.name for cookie in cookies}) == len(cookies), "a cookie is set twice in one answer"
        return {cookie.name: cookie for cookie in cookies}

    def without_request_id(self) -> tuple:
        """What must be equal where two answers must not be told apart."""
        body = self.json
        body.pop("request_id", None)
        changing = ("x-request-id", "date")
        return self.status, body, [(k.lower(), v) for k, v in self.headers if k.lower() not in changing]


def ok(reply: Reply, wanted: int = 200) -> Reply:
    """The reply, which must be that; an unexpected one is shown whole."""
    assert reply.status == wanted, reply
    return reply
