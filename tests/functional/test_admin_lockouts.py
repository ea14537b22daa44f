"""Who was locked out, and whether he is still (ASVS 6.3.1, 8.4.2)."""

import pytest

from harness.admins import all_pages, do, entries
from harness.guesses import guess_wrong, lock, waited
from harness.people import People, fresh_email

PATH = "/admin/lockouts"


@pytest.fixture
def reader(start_server):
    server = start_server()
    people = People(server)
    return server, people, *people.of_role("staff")


def listed(client) -> list[dict]:
    return client.get(PATH).json["lockouts"]


def test_an_account_that_is_locked_is_told_until_it_is_unlocked(reader):
    server, people, client, _ = reader
    account = people.verified()
    lock(server, account)
    (one,) = listed(client)
    assert one["user"] == {"id": account.id, "email": account.email} and one["subject_id"] == account.id
    assert (one["method"], one["failed_in_a_row"], one["known_browser"], one["address"]) == ("pwd", 10, False, None)
    assert one["locked"] and one["locked_until"] > one["at"] and one["ip"] == "127.0.0.1"
    admin, _ = people.of_role("admin")
    assert do(admin, account, "unlock").status == 200
    (one,) = listed(client)
    assert (one["locked"], one["locked_until"]) == (False, None), "it is in the list of what was, still"


def test_a_lock_whose_time_is_over_is_told_as_one_that_was(reader):
    server, people, client, _ = reader
    account = people.verified()
    lock(server, account)
    waited(server)
    (one,) = listed(client)
    assert (one["locked"], one["locked_until"]) == (False, None)


def test_a_share_that_is_used_up_is_locked_for_good(reader):
    server, people, client, _ = reader
    account = people.verified()
    lock(server, account)
    server.execute("UPDATE login_guesses SET in_a_row = 90")
    (one,) = listed(client)
    assert (one["locked"], one["locked_until"]) == (True, None)


def test_an_address_that_nobody_has_is_told_without_being_named(reader):
    server, _, client, _ = reader
    email = fresh_email()
    guess_wrong(server, email, 11)
    (one,) = listed(client)
    assert one["user"] is None and one["subject_id"] is None and len(one["address"]) == 22
    assert one["locked"] and one["locked_until"] > one["at"]
    assert email not in client.get(PATH).body.decode()


def test_wrong_codes_lock_a_factor(reader):
    server, people, client, _ = reader
    account = people.with_totp()[1]
    for _ in range(2):
        browser, challenge = people.challenge(account)
        for _ in range(5):
            people.wrong_code(browser, account, challenge)
    (one,) = listed(client)
    assert (one["method"], one["user"]["id"], one["locked"]) == ("totp", account.id, True)
    assert one["locked_until"] > one["at"]


def test_an_account_that_is_gone_leaves_its_id(reader):
    server, people, client, _ = reader
    account = people.verified()
    lock(server, account)
    assert server.command("user", "delete", account.email).returncode == 0
    (one,) = listed(client)
    assert one["user"] is None and one["subject_id"] == account.id


# ASVS 9.1.1
def test_pages_are_whole_and_newest_first_and_their_cursors_of_their_reader(reader):
    server, people, client, _ = reader
    for _ in range(5):
        guess_wrong(server, fresh_email(), 11)
    found = all_pages(client, f"{PATH}?limit=2", "lockouts")
    assert len(found) == len({one["id"] for one in found}) == 5
    assert [one["at"] for one in found] == sorted((one["at"] for one in found), reverse=True)
    cursor = client.get(f"{PATH}?limit=2").json["next_cursor"]
    other, _ = people.of_role("staff")
    assert other.get(f"{PATH}?cursor={cursor}").refusal == (400, "invalid_request")
    assert client.get(f"/admin/audit-logs?cursor={cursor}").refusal == (400, "invalid_request")


# Who can write one row must not be able to hide the others from all who watch.
@pytest.mark.parametrize("details", ["{", "null", '{"in_a_row": "x", "method": 1, "known_browser": [], "address": {}}'])
def test_a_row_that_was_altered_hides_no_other(reader, details):
    server, people, client, _ = reader
    accounts = [people.verified() for _ in range(2)]
    for account in accounts:
        lock(server, account)
    server.execute(
        f"UPDATE audit_logs SET details = '{details}' WHERE event = 'account.locked' AND subject_id = '{accounts[0].id}'"
    )
    assert {one["subject_id"] for one in listed(client)} == {account.id for account in accounts}


# ASVS 8.4.2
def test_a_look_is_recorded(reader):
    server, _, client, who = reader
    listed(client)
    (entry,) = entries(server, "users.listed", who)
    assert entry["details"] == {"locked_out": True}


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x"])
def test_a_limit_that_is_none_is_refused(server, people, query):
    assert people.of_role("staff")[0].get(f"{PATH}?{query}").refusal == (422, "validation_failed")
