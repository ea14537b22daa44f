"""Attack 17: logout, disable, delete, password change, then the old cookie on another instance, in flight, after a
fail-over of Redis -> 401."""

import threading
import time

import pytest

from harness.client import Client
from harness.instances import AT_ONCE, SLACK, elsewhere, wait_refused
from harness.people import People, fresh_password
from harness.recovery import wait_ready

UNAUTHENTICATED = (401, "unauthenticated")


def logout(people, client, account):
    assert client.post("/auth/logout", csrf=True).status == 200


def disable(people, client, account):
    assert people.server.command("user", "disable", account.email).returncode == 0


def delete(people, client, account):
    assert people.step_up(client, account).status == 200
    assert client.delete("/auth/me", csrf=True).status == 200


def change_password(people, client, account):
    body = {"current_password": account.password, "new_password": fresh_password()}
    assert client.post("/auth/password/change", body, csrf=True).status == 200


def reset(people, client, account):
    people.ask_for_reset(account.email)
    assert people.reset(people.reset_token(account.email), fresh_password()).status == 200


EVENTS = [logout, disable, delete, change_password, reset]
events = pytest.mark.parametrize("event", EVENTS, ids=[event.__name__ for event in EVENTS])


class InFlight(threading.Thread):
    """Asks with one cookie over and over; remembers when each request began and what it was told."""

    def __init__(self, client: Client):
        super().__init__(daemon=True)
        self._client, self._line = Client(client.server), client.cookies.header()
        self._stop_asked = threading.Event()
        self.answers: list[tuple[float, int]] = []

    def run(self) -> None:
        while not self._stop_asked.is_set():
            began = time.monotonic()
            self.answers.append((began, self._client.get("/auth/me", cookies=self._line).status))

    def stop(self) -> None:
        self._stop_asked.set()
        self.join(10)


# ASVS 7.4.1, 7.4.2, 7.4.3, attack 17: no request that began after the answer is let in; after a command of another
# process on the embedded store, which has no channel, none that began a second after it (docs/adr/0009)
@events
def test_in_flight(people, event):
    client, account = people.signed_in()
    flights = [InFlight(client) for _ in range(3)]
    for flight in flights:
        flight.start()
    while any(len(flight.answers) < 5 for flight in flights):
        time.sleep(0.005)
    event(people, client, account)
    acknowledged = time.monotonic() + (AT_ONCE + SLACK if event is disable else 0)
    while any(flight.answers[-1][0] <= acknowledged for flight in flights):
        time.sleep(0.005)
    for flight in flights:
        flight.stop()
        assert flight.answers[0][1] == 200, "the cookie was good before"
        late = [status for began, status in flight.answers if began > acknowledged]
        assert late and set(late) == {401}


# ASVS 7.4.1, attack 17: over a restart, when nothing is in memory
@events
def test_after_a_restart(start_server, event):
    people = People(start_server())
    client, account = people.signed_in()
    line = client.cookies.header()
    event(people, client, account)
    people.server.restart()
    assert Client(people.server).get("/auth/me", cookies=line).refusal == UNAUTHENTICATED


# ASVS 7.4.1, 7.4.2, attack 17
@pytest.mark.servers
def test_on_every_other_instance(start_instances):
    group = start_instances(3)
    people = People(group[0])
    for event in EVENTS:
        client, account = people.signed_in()
        views = [elsewhere(client, member) for member in group]
        assert {view.get("/auth/me").status for view in views for _ in range(3)} == {200}, "each has it in its caches"
        event(people, client, account)
        deadline = time.monotonic() + AT_ONCE + SLACK
        for view in views:
            wait_refused(view, deadline - time.monotonic())


# ASVS 7.4.1, attack 17: Redis loses what it knew, comes back empty, or comes back with what it knew before
@pytest.mark.servers
def test_after_redis_failed_over(start_instances, redis):
    group = start_instances(2, redis)
    people = People(group[0])
    ended = []
    for event in EVENTS:
        client, account = people.signed_in()
        views = [elsewhere(client, member) for member in group]
        assert {view.get("/auth/me").status for view in views} == {200}
        event(people, client, account)
        ended += views
    for view in ended:
        wait_refused(view)
    redis.execute("FLUSHALL")
    assert {view.get("/auth/me").refusal for view in ended} == {UNAUTHENTICATED}
    redis.kill9()
    assert {view.get("/auth/me").refusal for view in ended} == {UNAUTHENTICATED}
    redis.start()
    for member in group:
        wait_ready(member)
    assert {view.get("/auth/me").refusal for view in ended} == {UNAUTHENTICATED}
