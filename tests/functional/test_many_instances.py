"""Three instances behind nginx under mixed traffic, while everything around them fails in turn (issue 4 §7).

Afterwards the record is checked: nothing acknowledged is lost, no token was spent twice, nothing that ended is alive.
"""

import http.client
import threading
from types import SimpleNamespace

import pytest

from harness.client import Client
from harness.concurrently import at_once
from harness.daemon import wait_until
from harness.instances import AT_ONCE, SLACK
from harness.load import BUSY, Load
from harness.nginx import Nginx
from harness.people import Account, People, fresh_email, fresh_password
from harness.recovery import wait_ready

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]

MAILS_AN_HOUR = 3  # of a kind to one address (SECURITY.md, CS Forgot Password)


class Verifications(threading.Thread):
    """Registers through the proxy and spends each token on every instance at once."""

    def __init__(self, group, entrance):
        super().__init__(daemon=True)
        self._group, self._entrance = group, entrance
        self._stop_asked = threading.Event()
        self.spent: list[tuple[Account, list[int]]] = []  # the answers to each token
        self.failure: Exception | None = None

    def stop(self) -> None:
        self._stop_asked.set()

    def run(self) -> None:
        try:
            while not self._stop_asked.is_set():
                self.one()
        except Exception as error:  # told on the test's own thread
            self.failure = error

    def one(self) -> None:
        account = Account(fresh_email("raced"), fresh_password())
        if answer(self._entrance, "/auth/register", account.credentials) != 200:
            return
        body = {"token": People(self._group[0]).token(account.email)}
        targets = [self._entrance, *self._group]
        self.spent.append((account, at_once([lambda t=t: answer(t, "/auth/verify-email", body) for t in targets])))


def answer(target, path: str, body: dict) -> int:
    """The status; 0 where there was no answer."""
    client = Client(target, checked=False)
    try:
        return client.post(path, body).status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        client.close()


class Wanted(threading.Thread):
    """Asks for mail to one address again and again, on every instance."""

    def __init__(self, group, email: str):
        super().__init__(daemon=True)
        self._group, self.email = group, email
        self._stop_asked = threading.Event()
        self.answers: list[int] = []

    def stop(self) -> None:
        self._stop_asked.set()

    def run(self) -> None:
        while not self._stop_asked.is_set():
            for server in self._group:
                body = {"email": self.email, "password": fresh_password()}
                self.answers.append(answer(server, "/auth/register", body))


def test_nothing_is_lost_or_done_twice(start_instances, redis):
    group = start_instances(3, redis)
    accounts = [People(group[0]).verified() for _ in range(2)]
    with Nginx(group.ports, group.entrance) as proxy:
        entrance = SimpleNamespace(port=proxy.port, authority=group[0].authority, https=False, secure_cookies=True)
        raced, wanted = Verifications(group, entrance), Wanted(group, fresh_email("wanted"))
        with Load([entrance], accounts, behind_proxy=True) as load, Stopping(raced, wanted):

            def go_on(rounds: int) -> None:
                goal = load.rounds() + rounds, len(raced.spent) + rounds
                wait_until(
                    lambda: raced.failure or (load.rounds() >= goal[0] and len(raced.spent) >= goal[1]),
                    "the traffic goes on",
                    60,
                )

            go_on(3)
            group[1].kill9()
            go_on(3)
            group[1].start()
            redis.restart()
            go_on(3)
            backend = group[0].backend
            assert backend.postgres.cut_connections(backend.database(group[0].folder)) > 0
            go_on(3)
            redis.kill9()
            go_on(2)
            redis.start()
            for member in group:
                wait_ready(member)
            go_on(3)

    assert raced.failure is None, raced.failure
    assert load.record.wrong == []
    load.check_kept(group[0])
    load.check_ended(group, within=AT_ONCE + SLACK)  # docs/adr/0009: a second where the channel was broken
    check_tokens(group, raced.spent)
    check_mails(group[0], wanted)


class Stopping:
    """with Stopping(thread, …): they run meanwhile."""

    def __init__(self, *threads):
        self._threads = threads

    def __enter__(self):
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_):
        for thread in self._threads:
            thread.stop()
        for thread in self._threads:
            thread.join(40)
            assert not thread.is_alive(), "a request hangs"


def check_tokens(group, spent: list[tuple[Account, list[int]]]) -> None:
    """Each token was spent once, or nobody was told so; who was told yes can sign in everywhere."""
    assert len(spent) >= 10
    people = People(group[2])
    for account, statuses in spent:
        assert statuses.count(200) <= 1, "a token was spent twice"
        assert set(statuses) <= {200, 400, 0} | BUSY, statuses
        users = group[0].rows("SELECT email_verified_at FROM users WHERE email = ?", account.email)
        if 200 in statuses:
            assert len(users) == 1 and users[0]["email_verified_at"]
        elif 0 not in statuses and not BUSY & set(statuses):
            raise AssertionError("four clear refusals of a token that nobody had spent")
    verified = next(account for account, statuses in spent if 200 in statuses)
    assert people.login(verified.email, verified.password).status == 200
    events = group[0].rows("SELECT subject_id FROM audit_logs WHERE event = 'email.verified'")
    assert len(events) == len({event["subject_id"] for event in events}), "each verification is recorded once"


def check_mails(server, wanted: Wanted) -> None:
    assert wanted.answers.count(200) > MAILS_AN_HOUR
    too_many = server.rows(
        "SELECT recipient_hash, kind, count(*) AS mails FROM mails GROUP BY recipient_hash, kind" " HAVING count(*) > ?",
        MAILS_AN_HOUR,
    )
    assert too_many == []
    # Nobody else's address is written to twice; the mailbox shows the newest mails alone, which may be others' by now.
    several = server.rows("SELECT count(*) AS mails FROM mails WHERE kind = 'verify_email' GROUP BY recipient_hash")
    links = [row["mails"] for row in several if row["mails"] > 1]
    assert links == [MAILS_AN_HOUR], "as many as allowed, counted over all instances"
