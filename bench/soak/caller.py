"""How a sensible client calls the service, and what every answer must be like whatever fails."""

import asyncio
import json
import time

from .journal import Journal
from .person import CSRF, SESSION, Browser, Person
from .undertaker import Undertaker
from .wire import Answer, Lost, NotSent, Wire

_SECONDS = 10.0  # that a client waits for an answer
_READ_SECONDS = 3.0  # of a request that may be repeated elsewhere
_TRIES = 3


class Unknown(Exception):
    """No answer, or one that says that it cannot be said: the request was carried out, or not, or will be."""


class Unexpected(Exception):
    """An answer that nothing excuses; told already."""


class Caller:
    def __init__(self, wire: Wire, journal: Journal, undertaker: Undertaker):
        self.wire, self.journal, self.undertaker = wire, journal, undertaker

    async def ask(
        self,
        person: Person,
        browser: Browser | None,
        method: str,
        path: str,
        body: dict | None = None,
        *,
        want: tuple[str, ...] = ("200",),
        csrf: bool = True,
        good: bool = True,
        instance: int | None = None,
        kind: str = "",
        event: str | None = None,
        headers: dict | None = None,
    ) -> Answer:
        """One request of `person`, tried again elsewhere where that is safe. `want` lists what may come: "200" or
        "401 invalid_credentials"; anything else is a violation. `event` is what the audit log must say of an answer
        that is ok. `good` requests count for availability. Raises Unknown, Unexpected."""
        kind = kind or f"{method} {path.partition('?')[0]}"
        begun = time.monotonic()
        answer = None
        for turn in range(_TRIES):
            number = self.wire.pick() if instance is None else instance
            answer = await self._once(person, browser, number, method, path, body, csrf, kind, headers)
            if isinstance(answer, NotSent) and instance is None:
                continue
            if method != "GET" or instance is not None or (isinstance(answer, Answer) and answer.status < 500):
                break
            if isinstance(answer, Answer):
                await asyncio.sleep(min(float(answer.header("retry-after") or 1), 1.0) * (turn < _TRIES - 1))
        if not isinstance(answer, Answer) or answer.status in (502, 503, 504):
            self._deed(begun, False, good)
            raise Unknown(kind)
        self._deed(begun, True, good)
        shown = f"{answer.status} {answer.code}" if answer.status >= 400 else str(answer.status)
        if shown not in want:
            self.journal.violate(
                "answers are as the rules have them",
                f"{kind} was answered {shown} instead of {' or '.join(want)}",
                person.name,
            )
            raise Unexpected(f"{kind}: {shown}")
        if event and answer.ok:
            self.journal.acknowledged(event, answer.request_id, person.name)
        return answer

    def _deed(self, begun: float, done: bool, good: bool) -> None:
        if good:
            self.journal.deed(begun, time.monotonic(), done)

    async def _once(self, person, browser, number, method, path, body, csrf, kind, extra) -> Answer | NotSent | Lost:
        headers = {"Accept": "application/json", "User-Agent": "soak", "X-Forwarded-For": person.address}
        if browser:
            if browser.address:
                headers["X-Forwarded-For"] = browser.address
            if browser.cookies:
                headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
            if csrf and method != "GET" and CSRF in browser.cookies:
                headers["X-CSRF-Token"] = browser.cookies[CSRF]
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body).encode()
        begun = time.monotonic()
        try:
            seconds = _READ_SECONDS if method == "GET" else _SECONDS
            answer = await self.wire.ask(number, method, path, headers | (extra or {}), content, seconds)
        except (NotSent, Lost) as failure:
            self.wire.shun(number)
            word = "unsent" if isinstance(failure, NotSent) else "lost"
            self.journal.request(person.name, kind, method, path, number, begun, time.monotonic(), word, str(failure), None)
            return failure
        self.journal.request(
            person.name,
            kind,
            method,
            path,
            number,
            begun,
            answer.came,
            answer.status,
            self.judge(person, kind, answer),
            answer.request_id,
        )
        self.journal.timed(kind, begun, answer.came)
        if browser is not None:
            self._keep_cookies(person, browser, answer)
        return answer

    def judge(self, person: Person, kind: str, answer: Answer) -> str | None:
        """The form of an answer; the code of a problem."""
        check = self.journal.check
        check("no answer is a 500", answer.status != 500, f"{kind}: {answer.body[:200]!r}", person.name)
        if answer.status < 400:
            return None
        told = answer.json if answer.header("content-type") == "application/problem+json" else {}
        whole = bool(told) and told["status"] == answer.status and told["request_id"] == answer.request_id
        check(
            "a refusal is a problem+json with the request's id",
            whole,
            f"{kind}: {answer.status} {answer.body[:200]!r}",
            person.name,
        )
        if answer.status == 503:
            check("a 503 says when to try again", answer.header("retry-after") is not None, kind, person.name)
        return told.get("code")

    def _keep_cookies(self, person: Person, browser: Browser, answer: Answer) -> None:
        for name, value in answer.headers:
            if name != "set-cookie":
                continue
            pair, *attributes = value.split(";")
            cookie, _, content = pair.partition("=")
            gone = any(part.strip().lower() == "max-age=0" for part in attributes)
            former = browser.cookies.get(cookie)
            if gone:
                browser.cookies.pop(cookie, None)
            else:
                browser.cookies[cookie] = content
            if cookie == SESSION and former and former != content and answer.ok:
                self.undertaker.bury(former, person, "renewed" if not gone else "ended", answer)
