"""Attack 44, the record store gone between password and session -> 503, nothing half done, nothing acknowledged lost.

A clock that jumps by an hour is what the unit tests set: no functional test may touch the machine's.
"""

import threading

import pytest

from harness.audit import WITHOUT_LATE_ONES
from harness.daemon import wait_until
from harness.people import People, fresh_email, fresh_password
from harness.process import cpu_seconds
from harness.proxy import Proxy
from harness.recovery import UNAVAILABLE, wait_ready

pytestmark = pytest.mark.servers

SLOW = {"ARGON2_TIME_COST": 24, "ARGON2_MEMORY_COST": 65536, "HASH_THREADS": 1}  # about a second a hash
INTO_THE_HASH = 0.1  # seconds of computing; what is read before it takes a few milliseconds


@pytest.fixture
def behind(postgres, start_on):
    """(a service with slow hashes, the proxy between it and its record store, an account)"""
    with Proxy(postgres.port) as proxy:
        server = start_on(postgres, DATABASE_URL=lambda database: postgres.url(database, port=proxy.port), **SLOW)
        people = People(server)
        yield people, proxy, people.verified()
        server.stop()


def gone_while(server, proxy, act):
    """The answer to a request during whose hash the record store goes; then it comes back."""
    before, answers = cpu_seconds(server), []
    asking = threading.Thread(target=lambda: answers.append(act()))
    asking.start()
    wait_until(lambda: cpu_seconds(server) > before + INTO_THE_HASH, "the hash is under way")
    assert not answers, "the hash is not slow enough for this test"
    proxy.refuse()
    asking.join(30)
    proxy.accept()
    return answers[0]


def state(server) -> tuple:
    tables = ("users", "sessions", "registrations", "one_time_tokens", WITHOUT_LATE_ONES, "mails")
    return tuple(server.rows(f"SELECT count(*) AS rows FROM {table}")[0]["rows"] for table in tables)


# ASVS 16.5.2, 16.5.3, attack 44
def test_a_sign_in_whose_store_goes_after_the_password_opens_nothing(behind):
    people, proxy, account = behind
    before, client = state(people.server), people.browser()
    reply = gone_while(people.server, proxy, lambda: client.post("/auth/login", account.credentials))
    assert reply.refusal == UNAVAILABLE and reply.set_cookies == {} and reply.all("Retry-After")
    wait_ready(people.server)
    assert state(people.server) == before, "neither session nor row"
    assert client.get("/auth/me").refusal == (401, "unauthenticated")
    assert client.post("/auth/login", account.credentials).status == 200


# ASVS 16.5.2, 16.5.3, attack 44
def test_a_reset_whose_store_goes_spends_no_token(behind):
    people, proxy, account = behind
    people.ask_for_reset(account.email)
    token, wanted = people.reset_token(account.email), fresh_password()
    before = state(people.server)
    assert gone_while(people.server, proxy, lambda: people.reset(token, wanted)).refusal == UNAVAILABLE
    wait_ready(people.server)
    assert state(people.server) == before
    assert people.reset(token, wanted).status == 200
    assert people.login(account.email, wanted).status == 200


# ASVS 16.5.2, 16.5.3, attack 44
def test_a_registration_whose_store_goes_leaves_nothing(behind):
    people, proxy, _ = behind
    before, email = state(people.server), fresh_email()
    body = {"email": email, "password": fresh_password()}
    assert gone_while(people.server, proxy, lambda: people.post("/auth/register", body)).refusal == UNAVAILABLE
    wait_ready(people.server)
    assert state(people.server) == before and people.mails(email) == []
