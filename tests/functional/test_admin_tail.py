"""The audit log as it grows, as server-sent events (WHATWG HTML §9.2; ASVS 8.4.2, 7.3.1)."""

import json
import threading
import time

import pytest

from harness.admins import entries
from harness.daemon import wait_until
from harness.events import PATH, Tail
from harness.instances import elsewhere
from harness.people import People, fresh_email
from harness.sealing import plant, seal

KEPT = 4096  # entries: no more of the past is told
FOREVER = {"SHUTDOWN_GRACE_SECONDS": 120}
SOON_IDLE = {"SESSION_IDLE_TIMEOUT_SECONDS": 10}  # what goes before in a session may take a while


def follower(server, role: str = "staff"):
    people = People(server)
    return people, *people.of_role(role)


def ids_of(server, event: str) -> list[str]:
    return [row["id"] for row in server.rows("SELECT id FROM audit_logs WHERE event = ?", event)]


def test_a_sign_in_that_happens_meanwhile_is_shown(server):
    people, client, _ = follower(server)
    account = people.verified()
    with Tail(server, client) as tail:
        assert tail.head.status == 200 and tail.head.content_type == "text/event-stream"
        assert tail.head.header("X-Accel-Buffering") == "no" and tail.head.header("Cache-Control") == "no-store"
        people.sign_in(account)
        wanted = (account.id, "login.succeeded")
        tail.until(lambda tail: wanted in [(one["subject_id"], one["event"]) for one in tail.entries])
        (entry,) = [one for one in tail.entries if (one["subject_id"], one["event"]) == wanted]
    listed = client.get(f"/admin/audit-logs?subject={account.id}&event=login.succeeded").json["entries"]
    assert listed == [entry], "as the list shows it"
    assert tail.ids == [one["id"] for one in tail.entries]


def test_the_filters_of_the_list_hold(server):
    people, client, _ = follower(server)
    account, other = people.verified(), people.verified()
    with Tail(server, client, f"?event=login.failed&outcome=failure&subject={account.id}") as tail:
        for email in (other.email, account.email):
            people.login(email, "wrong 12345678 wrong")
        people.sign_in(account)
        tail.until(lambda tail: tail.entries)
        seal(server)
        time.sleep(1.5)
        people.login(account.email, "wrong 12345678 wrong")
        tail.until(lambda tail: len(tail.entries) == 2)
    assert {(one["event"], one["subject_id"]) for one in tail.entries} == {("login.failed", account.id)}


@pytest.mark.parametrize(
    "query", ["event=login", "outcome=good", "actor=x", "from=2026-01-01T00:00:00Z", "to=2026-01-01T00:00:00Z"]
)
def test_a_filter_that_means_nothing_here_is_refused(server, people, query):
    client, _ = people.of_role("staff")
    reply = client.get(f"{PATH}?{query}")
    assert reply.refusal == (422, "validation_failed")
    assert [error["field"] for error in reply.json["errors"]] == [query.partition("=")[0]]


# ASVS 8.4.2
def test_following_is_recorded(server):
    people, client, who = follower(server)
    account = people.verified()
    with Tail(server, client, f"?subject={account.id}&outcome=failure"):
        (entry,) = entries(server, "audit.read", who)
    assert entry["subject_id"] == account.id and entry["details"] == {"live": True, "outcome": "failure"}


def test_the_head_of_it_reads_nothing(server):
    people, client, who = follower(server)
    for _ in range(5):
        reply = client.request("HEAD", PATH)
        assert reply.status == 200 and reply.content_type == "text/event-stream"
    assert entries(server, "audit.read", who) == []


def test_who_comes_back_misses_nothing_and_sees_nothing_twice(start_server):
    server = start_server()
    _, client, _ = follower(server)
    seen = []
    with Tail(server, client, "?event=login.failed") as tail:
        plant(server, 30)
        tail.until(lambda tail: len(tail.ids) >= 30)
        seen += tail.ids[:17]  # the rest was on its way when the connection broke
    plant(server, 700)  # more than a piece
    seal(server)
    plant(server, 5)
    with Tail(server, client, "?event=login.failed", last=seen[-1]) as tail:
        tail.until(lambda tail: len(tail.ids) >= 718)
        plant(server, 5)
        tail.until(lambda tail: len(tail.ids) >= 723)
        seen += tail.ids
        assert not [event for event in tail.events if event["event"] == "gap"]
    assert len(seen) == len(set(seen)) == 740 and set(seen) == set(ids_of(server, "login.failed"))


# ASVS 8.4.2: the past is what the list is for; what is shown of it is bounded, and on record
def test_who_comes_back_from_long_ago_is_told_what_is_left_out(start_server):
    server = start_server()
    _, client, who = follower(server)
    planted = plant(server, KEPT + 300)
    size = seal(server)
    with Tail(server, client, "?event=login.failed", last=planted[0]) as tail:
        tail.until(lambda tail: planted[-1] in tail.ids, within=40)
    (gap,) = [event["data"] for event in tail.events if event["event"] == "gap"]
    assert tail.events[0]["event"] == "gap" and 290 <= gap["entries"] <= 300 + 10
    assert tail.ids == planted[1 + gap["entries"] :], "and then nothing is missing"
    read = entries(server, "audit.read", who)[-1]["details"]
    assert read == {"live": True, "event": "login.failed", "from_entry": size - KEPT, "past_entries": KEPT}


def test_who_looks_for_what_is_rare_gets_through_all_that_is_not(start_server):
    server = start_server()
    _, client, _ = follower(server)
    planted = plant(server, 2000)
    (rare,) = plant(server, 1, event="mail.given_up")
    seal(server)
    with Tail(server, client, "?event=mail.given_up", last=planted[0]) as tail:
        tail.until(lambda tail: tail.ids == [rare])


# What was seen last may be pruned since, or be made up.
@pytest.mark.parametrize("last", ["00000000-0000-7000-8000-000000000000", "nothing", "'"])
def test_who_comes_back_with_what_is_not_there_is_told(server, last):
    people, client, _ = follower(server)
    with Tail(server, client, last=last) as tail:
        tail.until(lambda tail: tail.events)
        assert (tail.events[0]["event"], tail.events[0]["data"]) == ("gap", {"entries": None})
        people.verified()
        tail.until(lambda tail: "email.verified" in tail.names())


def test_what_was_altered_is_told_as_a_gap(start_server):
    server = start_server()
    _, client, _ = follower(server)
    first, second, third = plant(server, 3)
    seal(server)
    server.execute(f"UPDATE audit_logs SET user_agent = 'another' WHERE id = '{second}'")
    with Tail(server, client, last=first) as tail:
        tail.until(lambda tail: third in tail.ids)
    assert second not in tail.ids
    assert {"entries": 1} in [event["data"] for event in tail.events if event["event"] == "gap"]


# Two write at once; ids are of the clocks of those who write, and what is committed late has an older one.
def test_entries_of_all_instances_arrive_once(start_instances):
    group = start_instances(2)
    people = People(group[0])
    client, _ = people.of_role("staff")
    tails = [Tail(group[0], client), Tail(group[1], elsewhere(client, group[1]))]

    def write(server):
        writer = People(server)
        for _ in range(40):
            writer.login(fresh_email(), "wrong 12345678 wrong")

    begun = ids_of(group[0], "login.failed")
    writers = [threading.Thread(target=write, args=(server,)) for server in group]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    wanted = set(ids_of(group[0], "login.failed")) - set(begun)
    assert len(wanted) == 80
    orders = []
    for tail in tails:
        with tail:
            tail.until(lambda tail: wanted <= set(tail.ids))
            assert len(tail.ids) == len(set(tail.ids)), "none comes twice"
            orders.append([one for one in tail.ids if one in wanted])
    assert orders[0] == orders[1], "and in one order on both"


# What an instance commits late has an older id than what is told by then.
def test_an_entry_that_comes_late_with_an_older_id_is_not_passed_over(start_server):
    server = start_server()
    _, client, _ = follower(server)
    with Tail(server, client, "?event=login.failed") as tail:
        later = plant(server, 1)[0]
        tail.until(lambda tail: later in tail.ids)
        (older,) = plant(server, 1, ids=["01000000-0000-7000-8000-000000000001"])
        assert older < later
        tail.until(lambda tail: older in tail.ids)
    assert tail.ids == [later, older]


def test_many_listeners_each_get_every_entry_once(start_server):
    server = start_server()
    people = People(server)
    clients = [people.of_role("staff")[0] for _ in range(4)]
    tails = [Tail(server, client) for client in clients for _ in range(3)]
    planted = plant(server, 300)
    for tail in tails:
        with tail:
            tail.until(lambda tail: set(planted) <= set(tail.ids))
            assert len(tail.ids) == len(set(tail.ids))


def test_a_session_follows_three_times_at_most(server):
    people, client, _ = follower(server)
    tails = [Tail(server, client) for _ in range(3)]
    refused = client.get(PATH)
    assert refused.refusal == (429, "rate_limited") and int(refused.header("Retry-After")) > 0
    other, _ = people.of_role("staff")
    with Tail(server, other) as tail:
        assert tail.head.status == 200, "others may"
    tails.pop().close()

    def again() -> bool:
        with Tail(server, client) as tail:
            return tail.head.status == 200

    wait_until(again, "who leaves makes room")
    for tail in tails:
        tail.close()


# ASVS 7.3.1: what runs by itself keeps no session alive
def test_an_open_tail_is_no_use_of_its_session(start_server):
    server = start_server(**SOON_IDLE)
    _, client, _ = follower(server)
    begin = time.monotonic()
    with Tail(server, client) as tail:
        assert tail.until_end(within=40) != "with its last chunk"
    assert time.monotonic() - begin > 2
    assert client.get(PATH).refusal == (401, "unauthenticated")


def test_coming_back_is_no_use_of_its_session_either(start_server):
    server = start_server(**SOON_IDLE)
    _, client, _ = follower(server)
    begin = time.monotonic()

    def over() -> bool:
        with Tail(server, client) as tail:
            return tail.head.status == 401

    wait_until(over, "the session is idle")
    assert time.monotonic() - begin > 2


# ASVS 7.4.1, 8.3.2
@pytest.mark.parametrize("end", ["revoked", "demoted"])
def test_it_ends_with_what_allows_it(start_server, end):
    server = start_server()
    _, client, account = follower(server)
    with Tail(server, client) as tail:
        arguments = ("sessions", "revoke", account.email) if end == "revoked" else ("user", "set-role", account.email, "user")
        assert server.command(*arguments).returncode == 0
        assert tail.until_end() != "with its last chunk"
    line = server.wait_for_log(lambda line: line["message"] == "answer cut off")
    assert (line["level"], line["cause"]) == ("info", "what allowed it has ended")


def test_a_stop_waits_for_nobody_who_follows(start_server):
    server = start_server(**FOREVER)
    people, client, _ = follower(server)
    tails = [Tail(server, client) for _ in range(3)] + [Tail(server, people.of_role("staff")[0]) for _ in range(3)]
    time.sleep(0.5)
    begin = time.monotonic()
    server.terminate()
    assert server.wait() == 0
    assert time.monotonic() - begin < 40, "a third of what it would wait for a request"
    for tail in tails:
        assert tail.until_end() != "with its last chunk"


def test_who_is_quiet_hears_a_heartbeat_and_is_not_timed_out(start_server):
    server = start_server(HTTP_WRITE_TIMEOUT_SECONDS=1, HTTP_IDLE_TIMEOUT_SECONDS=1)
    _, client, account = follower(server)
    with Tail(server, client, "?event=mail.given_up") as tail:
        tail.until(lambda tail: tail.comments == 1, within=60)
        assert tail.events == []
        plant(server, 1, event="mail.given_up")
        tail.until(lambda tail: tail.entries)


def test_who_has_left_is_noticed(start_server):
    server = start_server()
    _, client, _ = follower(server)
    Tail(server, client).close()
    line = server.wait_for_log(lambda line: line.get("path") == PATH and "status" in line)
    assert line["status"] == 200


@pytest.mark.sqlite_only("an id of another form: PostgreSQL's column takes none")
def test_a_line_break_in_an_altered_id_begins_no_field(start_server):
    server = start_server()
    _, client, _ = follower(server)
    server.execute(
        "INSERT INTO audit_logs (id, at, event, outcome, ip, user_agent, request_id, details) VALUES "
        f"('x{chr(10)}event: entry', '2026-11-28T12:00:00.000000Z', 'login.failed', 'failure', '', '', '', '{{}}')"
    )
    server.execute(f"INSERT INTO audit_pending (entry_id) VALUES ('x{chr(10)}event: entry')")
    with Tail(server, client) as tail:
        (planted,) = plant(server, 1)
        tail.until(lambda tail: planted in tail.ids)
    assert all(len(one) == 36 for one in tail.ids)


# Hostile to whoever splits lines: U+2028, a carriage return, quotes.
def test_an_entry_is_one_line_whatever_it_says(server):
    people, client, _ = follower(server)
    account = people.verified()
    hostile = "<b>\"'\\u2028 data: {} </script>"
    with Tail(server, client, f"?subject={account.id}&event=login.failed") as tail:
        people.browser(user_agent=hostile).post("/auth/login", {"email": account.email, "password": "wrong 12345678 wrong"})
        tail.until(lambda tail: tail.entries)
    assert json.dumps(tail.entries[0]["user_agent"]) == json.dumps(hostile)
