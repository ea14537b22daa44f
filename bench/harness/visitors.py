"""Those who merely use the service: people who sign in from browsers it knows, and pages that ask who it is."""

import http.client
import itertools
import json
import threading
import time
from dataclasses import dataclass, field

from .machine import BenchError
from .service import PASSWORD, Service

# Each person at home: limits that count addresses must not take them for one.
HOMES = [f"127.0.2.{number}" for number in range(1, 251)]
PAUSE = 0.5  # seconds between two people


@dataclass
class Seen:
    requests: int = 0
    failures: dict[str, int] = field(default_factory=dict)  # what came instead of a 200
    sign_in_ms: list[float] = field(default_factory=list)


class Person:
    """One account and its browser, which has signed in before."""

    def __init__(self, service: Service, number: int):
        self._service, self._email = service, f"user{number}@bench.example"
        self._home = HOMES[number % len(HOMES)]
        self._device = ""

    def sign_in(self) -> str | None:
        """Signs in on a new connection and asks on another who it is; what went wrong, if anything did."""
        try:
            status, cookies = self._ask(
                "POST", "/auth/login", self._device, json.dumps({"email": self._email, "password": PASSWORD})
            )
            if status != 200:
                return f"sign-in answered {status}"
            self._device = "; ".join(cookie for cookie in cookies if cookie.startswith("__Host-device")) or self._device
            status, _ = self._ask("GET", "/auth/me", "; ".join(cookies))
            return None if status == 200 else f"/auth/me answered {status}"
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__

    def _ask(self, method: str, path: str, cookie: str, body: str | None = None) -> tuple[int, list[str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self._service.port, timeout=10, source_address=(self._home, 0))
        try:
            headers = {"Host": self._service.host, "Content-Type": "application/json", "Connection": "close"}
            connection.request(method, path, body, headers | ({"Cookie": cookie} if cookie else {}))
            answer = connection.getresponse()
            answer.read()
            set_cookies = [value for name, value in answer.getheaders() if name.lower() == "set-cookie"]
            return answer.status, [value.partition(";")[0] for value in set_cookies]
        finally:
            connection.close()


class Visitors(threading.Thread):
    """with Visitors(people) as visitors: …; afterwards visitors.seen says how it went."""

    def __init__(self, people: list[Person]):
        super().__init__(daemon=True)
        self._people = itertools.cycle(people)
        self._stop_asked = threading.Event()
        self.seen = Seen()

    def run(self) -> None:
        while not self._stop_asked.wait(PAUSE):
            began = time.monotonic()
            wrong = next(self._people).sign_in()
            self.seen.requests += 1
            if wrong is None:
                self.seen.sign_in_ms.append((time.monotonic() - began) * 1000)
            else:
                self.seen.failures[wrong] = self.seen.failures.get(wrong, 0) + 1

    def __enter__(self) -> "Visitors":
        self.start()
        return self

    def __exit__(self, *_) -> None:
        self._stop_asked.set()
        self.join(30)


def known_people(service: Service, count: int) -> list[Person]:
    people = [Person(service, number) for number in range(1, count + 1)]
    for person in people:
        if wrong := person.sign_in():
            raise BenchError(f"before any attack: {wrong}")
    return people
