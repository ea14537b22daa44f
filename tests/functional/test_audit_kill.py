"""Killed in mid-load, several times: each acknowledged action has its entry, and the log verifies (issue 9)."""

import http.client
import json
import secrets
import threading
import time

import pytest

from harness import canaries
from harness.client import Client
from harness.daemon import wait_until
from harness.people import People, fresh_password
from harness.sealed_log import Keys, SealedLog

pytestmark = pytest.mark.timeout(300)

VISITORS, KILLS, ROUNDS_BETWEEN = 3, 4, 3


class Person(threading.Thread):
    """Signs in, changes the password, signs out; over and over, and notes the request ids of what was answered 200."""

    def __init__(self, server, account):
        super().__init__(daemon=True)
        self._server, self.account = server, account
        self._passwords = [account.password]  # which of them is right after a lost answer, nobody knows
        self._stop_asked = threading.Event()
        self.acknowledged: list[tuple[str, str]] = []  # (event, request id)
        self.wrong: list[str] = []

    def stop(self) -> None:
        self._stop_asked.set()

    def run(self) -> None:
        while not self._stop_asked.is_set():
            client = Client(self._server, checked=False)
            try:
                self._visit(client)
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)  # it is being started again
            finally:
                client.close()

    def _post(self, client: Client, path: str, body: dict | None = None, **options):
        """On a connection of its own: on a kept one the client would ask again, and hear from the service after the kill
        that there is no such session any more."""
        client.close()
        return client.post(path, body, **options)

    def _visit(self, client: Client) -> None:
        if not self._sign_in(client):
            return
        new = fresh_password()
        self._passwords.append(new)
        body = {"current_password": self._passwords[0], "new_password": new}
        if not self._acknowledged(self._post(client, "/auth/password/change", body, csrf=True), "password.changed"):
            return
        self._passwords = [new]
        self._acknowledged(self._post(client, "/auth/logout", csrf=True), "session.ended")

    def _sign_in(self, client: Client) -> bool:
        for password in list(self._passwords):
            reply = self._post(client, "/auth/login", {"email": self.account.email, "password": password})
            if reply.status == 401:
                self._acknowledged(reply, "login.failed", status=401)
                continue
            if reply.status == 200:  # any other answer says nothing of it
                self._passwords = [password]
            return self._acknowledged(reply, "login.succeeded")
        self.wrong.append("no password is right any more")
        return False

    def _acknowledged(self, reply, event: str, status: int = 200) -> bool:
        if reply.status == status:
            self.acknowledged.append((event, reply.header("X-Request-Id")))
        elif reply.status < 500:
            self.wrong.append(f"{event}: {reply.status} {reply.body[:200]!r}")
        return reply.status == status


# ASVS 16.3.4, 16.4.2, attack 40
def test_kill_9_in_mid_load_loses_no_entry(start_server):
    key = secrets.token_hex(32)
    canaries.note(key)
    server = start_server(AUDIT_KEY=key, LOCKOUT_THRESHOLD="90", AUDIT_HEAD_FILE="head.json")
    people = [Person(server, People(server).verified()) for _ in range(VISITORS)]
    for person in people:
        person.start()
    try:
        for _ in range(KILLS):
            goal = [len(person.acknowledged) + 3 * ROUNDS_BETWEEN for person in people]
            wait_until(lambda: all(len(p.acknowledged) >= g for p, g in zip(people, goal)), "the traffic goes on", 60)
            server.kill9()
            server.start()
    finally:
        for person in people:
            person.stop()
    for person in people:
        person.join(60)
        assert not person.is_alive() and person.wrong == []

    recorded = {(row["event"], row["request_id"]) for row in server.rows("SELECT event, request_id FROM audit_logs")}
    acknowledged = [pair for person in people for pair in person.acknowledged]
    assert len(acknowledged) >= VISITORS * KILLS * ROUNDS_BETWEEN
    assert set(acknowledged) <= recorded
    log = SealedLog(server)
    wait_until(lambda: log.pending() == [], "all is sealed")
    server.stop()
    log.check(Keys(key))
    done = server.command("--json", "audit", "verify")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["sealed"] == len(log.rows()) and answer["noticed"] == []
