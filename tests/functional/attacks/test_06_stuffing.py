"""Attack 6: one password over 10,000 accounts; 10,000 pairs from a breach.

Required: slowed, an alarm event, others unaffected. Scaled down so that it is quick: the alarm is set to 6 accounts of a
network and five times as many overall, for what matters is that it is accounts that count, and where from."""

import json

import pytest

from harness.audit import details
from harness.concurrently import at_once
from harness.daemon import wait_until
from harness.guesses import WRONG, guess, solve
from harness.people import People, fresh_email, fresh_password

DEMANDED = (403, "proof_of_work_required")
SPRAYED = 6
OVERALL = 5 * SPRAYED


@pytest.fixture
def server(start_server):
    return start_server(
        PROOF_OF_WORK="auto", STUFFING_MIN_FAILURES=SPRAYED, TRUSTED_PROXIES="127.0.0.1", LOCKOUT_ADDRESS_THRESHOLD=1000
    )


def spray(server, network: str = "198.51.100", accounts: int = SPRAYED) -> None:
    """One password over many accounts, each from another host of a network."""
    password = fresh_password()
    for host in range(accounts):
        assert guess(server, fresh_email(), password, f"{network}.{host + 1}").refusal == WRONG


def alarms(server, event: str = "login.stuffing_noticed") -> list[dict]:
    return [json.loads(row["details"]) for row in server.rows("SELECT details FROM audit_logs WHERE event = ?", event)]


# CS Credential Stuffing, attack 6
def test_a_spray_from_one_network_is_slowed_and_others_are_not(server):
    account = People(server).verified()
    spray(server)
    assert guess(server, fresh_email(), address="198.51.100.200").refusal == DEMANDED
    assert guess(server, account.email, account.password, "198.51.100.200").refusal == DEMANDED
    assert guess(server, account.email, account.password, "203.0.113.1").status == 200
    wait_until(lambda: alarms(server), "the alarm is recorded")
    assert alarms(server) == [{"network": "198.51.100.0/24", "accounts_failed": SPRAYED, "accounts_succeeded": 0}]
    server.wait_for_log(lambda line: line["message"] == "passwords are tried out over many accounts")


# CS Credential Stuffing, attack 6
def test_a_spray_from_everywhere_is_noticed(server):
    for number in range(OVERALL):
        assert guess(server, fresh_email(), address=f"198.{number}.100.7").refusal == WRONG
    assert guess(server, fresh_email(), address="203.0.113.1").refusal == DEMANDED
    wait_until(lambda: alarms(server), "the alarm is recorded")
    assert [alarm["network"] for alarm in alarms(server)] == ["everywhere"]


def test_mistakes_of_one_account_are_none_of_it(server):
    account = People(server).verified()
    for _ in range(9):
        assert guess(server, account.email, address="198.51.100.7").refusal == WRONG
    assert guess(server, account.email, account.password, "198.51.100.7").status == 200


# attack 6
def test_work_is_taken_once_and_for_its_address(server):
    account = People(server).verified()
    spray(server)
    asked = guess(server, account.email, account.password, "198.51.100.9")
    solution = solve(asked.json["proof_of_work"])
    assert guess(server, fresh_email(), None, "198.51.100.9", proof_of_work=solution).refusal == DEMANDED
    failures = len(details(server, account, "login.failed"))
    broken = solution | {"numbers": [number + 2**40 for number in solution["numbers"]]}
    assert guess(server, account.email, account.password, "198.51.100.9", proof_of_work=broken).refusal == DEMANDED
    assert len(details(server, account, "login.failed")) == failures, "nothing was looked at"
    attempts = [lambda: guess(server, account.email, account.password, "198.51.100.9", proof_of_work=solution)] * 8
    assert sorted(reply.status for reply in at_once(attempts)) == [200] + [403] * 7


def test_each_attempt_costs_work_of_its_own(server):
    spray(server)
    email = fresh_email()
    for _ in range(2):
        asked = guess(server, email, address="198.51.100.9")
        assert asked.refusal == DEMANDED
        done = solve(asked.json["proof_of_work"])
        assert guess(server, email, None, "198.51.100.9", proof_of_work=done).refusal == WRONG


# ASVS 6.1.1, attack 6
def test_a_known_browser_does_not_work(server):
    client, account = People(server).signed_in()
    spray(server)
    behind = {"X-Forwarded-For": "198.51.100.9"}
    assert client.post("/auth/login", account.credentials, headers=behind).status == 200
    other = account.credentials | {"email": fresh_email()}
    assert client.post("/auth/login", other, headers=behind).refusal == DEMANDED, "known to that account only"


def test_it_can_be_asked_always(start_server):
    server = start_server(PROOF_OF_WORK="always")
    email = fresh_email()
    asked = guess(server, email)
    assert asked.refusal == DEMANDED
    assert guess(server, email, proof_of_work=solve(asked.json["proof_of_work"])).refusal == WRONG


@pytest.mark.parametrize(
    "shape",
    [
        "text",
        {},
        {"challenge": 1, "numbers": []},
        {"challenge": "a", "numbers": "b"},
        {"challenge": "a", "numbers": [-1]},
        {"challenge": "a", "numbers": [1.5]},
        {"challenge": "a", "numbers": [0] * 17},
    ],
)
def test_what_is_no_proof_in_form_is_a_mistake_in_the_request(server, shape):
    assert guess(server, fresh_email(), proof_of_work=shape).field_errors == {("proof_of_work", "invalid_format")}
