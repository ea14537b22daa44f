"""The audit log over HTTP (ASVS 8.4.2, 16.2.1): filters, pages, and all of it as one stream of JSON lines."""

import datetime
import json
import time
import uuid

import pytest

from harness.admins import all_pages, change, entries
from harness.daemon import wait_until
from harness.people import People
from harness.raw import Closed, RawConnection, request

LINES = {"Accept": "application/x-ndjson"}
LOGS = "/admin/audit-logs"


@pytest.fixture(scope="module")
def reader(server):
    people = People(server)
    return people, *people.of_role("staff")


def plant(
    server, count: int, event: str = "login.failed", at: str = "2020-01-01T00:00:00.000000Z", ip: str = "192.0.2.7"
) -> None:
    """So many entries behind the service's back, a few hundred bytes each, all of one moment."""
    filler = "x" * 200
    for first in range(0, count, 5000):
        values = ", ".join(
            f"('{uuid.uuid4()}', '{at}', '{event}', 'failure', '{ip}', '{filler}', 'planted-{first + number}', '{{}}')"
            for number in range(min(5000, count - first))
        )
        server.execute("INSERT INTO audit_logs (id, at, event, outcome, ip, user_agent, request_id, details) VALUES " + values)


def known(server) -> list[dict]:
    return server.rows("SELECT id, at, event FROM audit_logs ORDER BY at DESC, id DESC")


def test_all_of_it_is_read_once_and_newest_first(start_server):
    server = start_server()
    people = People(server)
    client, _ = people.of_role("staff")
    plant(server, 230)
    before = known(server)
    found = all_pages(client, f"{LOGS}?limit=100", "entries")
    assert [one["id"] for one in found][-len(before) :] == [row["id"] for row in before]
    assert len({one["id"] for one in found}) == len(found)
    assert [one["at"] for one in found] == sorted((one["at"] for one in found), reverse=True)


def test_each_filter_lets_through_what_it_says(start_server):
    """Of a log of its own: that of the whole run is long, and read here many times."""
    people = People(start_server())
    client, _ = people.of_role("staff")
    start = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    admin, actor = people.of_role("admin")
    target = people.verified()
    changed = change(admin, target, role="staff")
    people.login(target.email, "wrong 12345678 wrong")
    session = next(one["id"] for one in admin.get("/auth/sessions").json["sessions"] if one["current"])
    expected = {
        f"subject={target.id}": lambda one: one["subject_id"] == target.id,
        f"actor={actor.id}": lambda one: one["actor_id"] == actor.id,
        f"session={session}": lambda one: one["session_id"] == session,
        f"request_id={changed.header('X-Request-Id')}": lambda one: one["request_id"] == changed.header("X-Request-Id"),
        "event=login.failed&outcome=failure": lambda one: (one["event"], one["outcome"]) == ("login.failed", "failure"),
        f"subject={target.id}&event=login.failed": lambda one: (one["subject_id"], one["event"])
        == (target.id, "login.failed"),
        f"actor={actor.id}&subject={target.id}": lambda one: (one["actor_id"], one["subject_id"]) == (actor.id, target.id),
        f"from={start}": lambda one: one["at"] >= start,
        f"to={start}": lambda one: one["at"] < start,
        "ip=127.0.0.1": lambda one: one["ip"] == "127.0.0.1",
    }
    everything = all_pages(client, f"{LOGS}?limit=200", "entries")
    for query, fits in expected.items():
        found = all_pages(client, f"{LOGS}?{query}&limit=200", "entries")
        ids = {one["id"] for one in found}
        wanted = {one["id"] for one in everything if fits(one)}
        assert wanted and all(map(fits, found)) and wanted <= ids, query
    stranger = uuid.uuid4()
    assert {one["event"] for one in all_pages(client, f"{LOGS}?subject={stranger}", "entries")} == {"audit.read"}
    for nothing in (f"subject={stranger}&event=login.failed", "ip=192.0.2.250", "request_id=none", f"from={start}&to={start}"):
        assert all_pages(client, f"{LOGS}?{nothing}", "entries") == [], nothing


@pytest.mark.parametrize(
    "query",
    [
        "event=login",
        "event=",
        "outcome=good",
        "actor=x",
        "subject=me",
        "session=1",
        "from=yesterday",
        "to=2026-01-01",
        "from=2026-13-01T00:00:00Z",
        "from=0000-01-01T00:00:00Z",
        "ip=%00",
        "request_id=a%20b",
        "limit=201",
    ],
)
def test_a_filter_that_means_nothing_is_refused(reader, query):
    reply = reader[1].get(f"{LOGS}?{query}")
    assert reply.refusal == (422, "validation_failed")
    assert [error["field"] for error in reply.json["errors"]] == [query.partition("=")[0]]
    assert reader[1].get(f"{LOGS}?{query}", headers=LINES).refusal == (422, "validation_failed")


# ASVS 9.1.1, 9.2.2, attack 36
def test_a_cursor_serves_its_owner_and_its_filters_only(reader):
    people, client, _ = reader
    cursor = client.get(f"{LOGS}?limit=1").json["next_cursor"]
    assert client.get(f"{LOGS}?cursor={cursor}").status == 200
    other, _ = people.of_role("staff")
    for browser, query in (
        (other, ""),
        (client, "&outcome=failure"),
        (client, "&ip=127.0.0.1"),
        (client, "&from=2020-01-01T00:00:00Z"),
    ):
        assert browser.get(f"{LOGS}?cursor={cursor}{query}").refusal == (400, "invalid_request"), query
    at, _, rest = cursor.partition("_")
    assert client.get(f"{LOGS}?cursor=2099{at[4:]}_{rest}").refusal == (400, "invalid_request")


# ASVS 8.4.2, 16.3.3
def test_reading_is_recorded_once_a_request(start_server):
    people = People(start_server())
    client, who = people.of_role("staff")
    subject = people.verified()
    client.get(f"{LOGS}?subject={subject.id}&event=email.verified&ip=127.0.0.1")
    client.get(LOGS, headers=LINES)
    page, stream = entries(people.server, "audit.read", who)
    assert page["subject_id"] == subject.id and page["details"] == {"event": "email.verified", "by_ip": True}
    assert stream["details"] == {"everything": True} and stream["session_id"] == page["session_id"] is not None


def test_the_head_of_a_stream_reads_nothing(reader):
    client, who = reader[0].of_role("staff")
    reply = client.request("HEAD", LOGS, headers=LINES)
    assert reply.status == 200 and reply.content_type == "application/x-ndjson" and not reply.body
    assert entries(reader[0].server, "audit.read", who) == []


# Who can write one row must not be able to hide the others from all who watch.
@pytest.mark.parametrize("details", ["{", "null", "[]", ""])
def test_a_row_that_was_altered_hides_no_other(reader, details):
    people, client, _ = reader
    account = people.verified()
    people.server.execute(f"UPDATE audit_logs SET details = '{details}' WHERE subject_id = '{account.id}'")
    page, *_ = client.get(f"{LOGS}?subject={account.id}&event=email.verified").json["entries"]
    assert page["details"] == {}
    lines = client.get(f"{LOGS}?subject={account.id}", headers=LINES).body.splitlines()
    assert {"user.registered", "email.verified"} <= {json.loads(line)["event"] for line in lines}
    assert client.get(f"/admin/users/{account.id}").json["recent_events"]


def test_what_is_rare_is_found_however_far_back(start_server):
    server = start_server()
    client, _ = People(server).of_role("staff")
    plant(server, 1, event="mail.given_up", at="2019-01-01T00:00:00.000000Z", ip="192.0.2.99")
    plant(server, 60_000)
    first = client.get(f"{LOGS}?ip=192.0.2.99").json
    assert first["entries"] == [] and first["next_cursor"], "a request passes over no more than 50,000"
    assert [one["event"] for one in all_pages(client, f"{LOGS}?ip=192.0.2.99", "entries")] == ["mail.given_up"]
    lines = client.get(f"{LOGS}?ip=192.0.2.99", headers=LINES).body.splitlines()
    assert [json.loads(line)["event"] for line in lines] == ["mail.given_up"]


def test_a_stream_has_all_that_matches(start_server):
    server = start_server()
    client, _ = People(server).of_role("staff")
    plant(server, 12_345)
    reply = client.get(f"{LOGS}?ip=192.0.2.7", headers=LINES | {"Accept": "text/html, application/x-ndjson;q=0.9"})
    assert reply.content_type == "application/x-ndjson" and reply.header("Transfer-Encoding") == "chunked"
    lines = [json.loads(line) for line in reply.body.splitlines()]
    assert len({line["id"] for line in lines}) == len(lines) == 12_345
    assert client.get("/auth/me").status == 200, "on the same connection"
    assert client.get(LOGS).content_type == "application/json"
    assert client.get(LOGS, headers={"Accept": "application/x-ndjson-seq"}).content_type == "application/json"


def open_stream(server, client, query: str = "", version: str = "1.1") -> RawConnection:
    connection = RawConnection(server, timeout=20)
    connection.send(
        request(
            server, f"GET {LOGS}{query} HTTP/{version}", f"Cookie: {client.cookies.header()}", "Accept: application/x-ndjson"
        )
    )
    return connection


def drain(connection, limit: float = 20) -> bytes:
    """All that comes until the end, or until the service resets the connection."""
    connection._socket.settimeout(limit)
    received = connection._buffer
    while data := connection._socket.recv(1 << 16):
        received += data
    return received


def test_an_old_client_gets_it_too(start_server):
    server = start_server()
    client, _ = People(server).of_role("staff")
    plant(server, 500)
    with open_stream(server, client, "?ip=192.0.2.7", "1.0") as connection:
        head, _, body = drain(connection).partition(b"\r\n\r\n")
    assert b"Connection: close" in head and b"Transfer-Encoding" not in head and b"Content-Length" not in head
    assert len([json.loads(line) for line in body.splitlines()]) == 500


def resident_kib(server) -> int:
    with open(f"/proc/{server.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def test_who_reads_slowly_costs_no_memory_and_who_leaves_ends_it(start_server):
    server = start_server()
    client, _ = People(server).of_role("staff")
    plant(server, 40_000)
    before = resident_kib(server)
    held = [open_stream(server, client) for _ in range(20)]
    time.sleep(1)
    assert resident_kib(server) - before < 40_000, "20 streams of 20 MB each, of which nobody takes more than a little"
    for connection in held:
        connection.__exit__()
    wait_until(
        lambda: len([line for line in server.log_lines() if line.get("path") == LOGS]) == 20,
        "each has ended, and is in the access log",
    )


# ASVS 7.4.1, 8.3.2: a stream ends with the session that began it
@pytest.mark.parametrize("end", ["revoked", "demoted"])
def test_a_stream_ends_with_what_allows_it(start_server, end):
    server = start_server(HTTP_WRITE_TIMEOUT_SECONDS=120)  # it ends for no other reason, however long the command takes
    people = People(server)
    client, account = people.of_role("staff")
    plant(server, 60_000)
    with open_stream(server, client) as connection:
        time.sleep(0.3)  # the sockets between are full
        arguments = ("sessions", "revoke", account.email) if end == "revoked" else ("user", "set-role", account.email, "user")
        assert server.command(*arguments).returncode == 0
        time.sleep(1.1)  # what a process knows of a session it believes for a second
        with pytest.raises((ConnectionResetError, Closed)):
            received = drain(connection)
            assert not received.endswith(b"0\r\n\r\n"), "it was as if nothing had happened"
            raise Closed("without its last chunk")
    line = server.wait_for_log(lambda line: line["message"] == "answer cut off")
    assert (line["level"], line["cause"]) == ("info", "what allowed it has ended"), "nothing went wrong"
    assert client.get(LOGS).refusal[0] in (401, 403)


def test_a_stream_holds_up_no_stop(start_server):
    server = start_server(SHUTDOWN_GRACE_SECONDS=120)
    client, _ = People(server).of_role("staff")
    plant(server, 60_000)
    with open_stream(server, client) as connection:
        assert connection._socket.recv(1), "it has begun, and nobody reads on"
        server.stop()
        with pytest.raises((ConnectionResetError, Closed)):
            received = drain(connection)
            assert not received.endswith(b"0\r\n\r\n"), "nobody takes a part for the whole"
            raise Closed("without its last chunk")
    (line,) = [line for line in server.log_lines() if line["message"] == "answer cut off"]
    assert (line["level"], line["cause"]) == ("info", "the service stops")
