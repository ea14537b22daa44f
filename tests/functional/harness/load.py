"""Mixed traffic in the background, and a record of what was acknowledged to check afterwards."""

import http.client
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from .client import Client
from .people import Account, fresh_email, fresh_password

BUSY = {502, 503, 504}  # the service, or the proxy before it, says that it cannot now


@dataclass
class Record:
    registered: list[Account] = field(default_factory=list)  # answered 200
    ended: list[str] = field(default_factory=list)  # cookies of sessions whose sign-out was answered 200
    refusals: Counter = field(default_factory=Counter)  # (request, status or "lost"): said not to be done, or unknown
    wrong: list[str] = field(default_factory=list)  # answers that no fault excuses
    done: int = 0  # requests that were answered as without a fault


class Visitor(threading.Thread):
    """Registers somebody, signs in as `account`, asks who it is, signs out, asks again; over and over.

    `targets` are servers (or what has their port and authority), used in turn, a connection for each request. Behind a
    proxy answers are not held against the contract, and other instances may hear of a sign-out later."""

    def __init__(self, targets, account: Account, *, behind_proxy: bool = False):
        super().__init__(daemon=True)
        self._targets, self._account, self._behind_proxy = targets, account, behind_proxy
        self._turn = 0
        self._stop_asked = threading.Event()
        self.record = Record()
        self.failure: Exception | None = None
        self.rounds = 0

    def stop(self) -> None:
        self._stop_asked.set()

    def run(self) -> None:
        try:
            while not self._stop_asked.is_set():
                self.visit()
                self.rounds += 1
        except Exception as error:  # told by Load.end, on the test's own thread
            self.failure = error

    def visit(self) -> None:
        new = Account(fresh_email("visitor"), fresh_password())
        if self.ask("POST /auth/register", {}, 200, json=new.credentials):
            self.record.registered.append(new)
        cookies = self.ask("POST /auth/login", {}, 200, json=self._account.credentials)
        if not cookies:
            return
        self.ask("GET /auth/me", cookies, 200)
        if self.ask("POST /auth/logout", cookies, 200, csrf=True):
            self.record.ended.append("; ".join(f"{name}={value}" for name, value in cookies.items()))
            if not self._behind_proxy:
                self.ask("GET /auth/me", cookies, 401)

    def ask(self, request: str, cookies: dict, wanted: int, **options) -> dict | None:
        """The cookies after an answer as wanted; None after one that a fault excuses."""
        self._turn += 1
        client = Client(self._targets[self._turn % len(self._targets)], checked=not self._behind_proxy)
        client.cookies.update(cookies)
        method, path = request.split()
        try:
            reply = client.request(method, path, **options)
        except (OSError, http.client.HTTPException):
            self.record.refusals[request, "lost"] += 1
            return None
        finally:
            client.close()
        if reply.status == wanted:
            self.record.done += 1
            return dict(client.cookies) or {"none": ""}
        if reply.status in BUSY:
            self.record.refusals[request, reply.status] += 1
        else:
            self.record.wrong.append(f"{request}: {reply.status} {reply.body[:200]!r}")
        return None


class Load:
    """with Load(targets, accounts) as load: …; afterwards load.record holds everything."""

    def __init__(self, targets, accounts: list[Account], *, behind_proxy: bool = False):
        self._visitors = [Visitor(targets, account, behind_proxy=behind_proxy) for account in accounts]
        self.record = Record()

    def __enter__(self) -> "Load":
        for visitor in self._visitors:
            visitor.start()
        return self

    def rounds(self) -> int:
        """Of the slowest visitor."""
        return min(visitor.rounds for visitor in self._visitors)

    def __exit__(self, *_) -> None:
        for visitor in self._visitors:
            visitor.stop()
        for visitor in self._visitors:
            visitor.join(120)
            assert not visitor.is_alive(), "a request hangs"
            if visitor.failure:
                raise visitor.failure
            self.record.registered += visitor.record.registered
            self.record.ended += visitor.record.ended
            self.record.refusals += visitor.record.refusals
            self.record.wrong += visitor.record.wrong
            self.record.done += visitor.record.done

    def check_kept(self, server) -> None:
        """Nothing that was acknowledged is lost in the record store."""
        stored = {row["email"] for row in server.rows("SELECT email FROM registrations UNION SELECT email FROM users")}
        assert {account.email for account in self.record.registered} <= stored, "an acknowledged registration is lost"

    def check_ended(self, servers, within: float = 0) -> None:
        """No session whose end was acknowledged is alive on any of them, `within` so many seconds from now."""
        deadline = time.monotonic() + within
        for server in servers:
            client = Client(server)
            alive = self.record.ended
            while alive := [line for line in alive if client.get("/auth/me", cookies=line).status != 401]:
                assert time.monotonic() < deadline, f"{len(alive)} ended sessions are alive"
            client.close()
