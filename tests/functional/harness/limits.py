"""Who calls where requests are limited: clients whose address a trusted proxy tells, and what answers tell of limits."""

import itertools
import re

from .client import Client
from .reply import Reply

TOO_MANY = (429, "rate_limited")
BEHIND_PROXY = {"TRUSTED_PROXIES": "127.0.0.1"}
LOGIN = ("POST", "/auth/login")

_numbers = itertools.count()  # which threads may share, unlike a generator


def fresh_address() -> str:
    number = next(_numbers)
    return f"198.{18 + number // 62500}.{number // 250 % 250}.{number % 250 + 1}"


class Caller:
    """A client with an address of its own."""

    def __init__(self, server):
        self.address = fresh_address()
        self.client = Client(server)

    def ask(self, route=LOGIN, *, address: str | None = None, json=None, headers=None) -> Reply:
        method, path = route
        body = {} if json is None and method in ("POST", "PATCH") else json
        told = {"X-Forwarded-For": address or self.address} | (headers or {})
        return self.client.request(
            method, path.replace("{id}", "0198c0de-0000-7000-8000-000000000000"), json=body, headers=told
        )

    def answered(self, tries: int, route=LOGIN) -> int:
        """How many of them were not refused for their number."""
        return sum(self.ask(route).refusal != TOO_MANY for _ in range(tries))


class Nomad(Client):
    """Each request comes from another address."""

    def request(self, method, path, *, headers=(), **options) -> Reply:
        return super().request(method, path, headers={"X-Forwarded-For": fresh_address(), **dict(headers)}, **options)


def standing(reply: Reply) -> tuple[str, int, int]:
    """Of the tightest limit: its name, requests left, seconds until it is whole."""
    name, left, whole = re.fullmatch(r'"([a-z-]+)";r=(\d+);t=(\d+)', reply.header("RateLimit")).groups()
    return name, int(left), int(whole)


def policy(reply: Reply) -> dict[str, tuple[int, int]]:
    """Requests and seconds of every limit."""
    found = re.findall(r'"([a-z-]+)";q=(\d+);w=(\d+)', reply.header("RateLimit-Policy"))
    return {name: (int(limit), int(window)) for name, limit, window in found}
