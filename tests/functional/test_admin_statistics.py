"""Sign-ins over time, counted from the audit log."""

import datetime
import re
import uuid

import pytest

from harness.contract import ROOT
from harness.people import People

PATH = "/admin/statistics/sign-ins"
HOUR, DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)


def text(time: datetime.datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def plant(server, event: str, *times: str) -> None:
    values = ", ".join(f"('{uuid.uuid4()}', '{at}', '{event}', 'success', '', '', '', '{{}}')" for at in times)
    server.execute("INSERT INTO audit_logs (id, at, event, outcome, ip, user_agent, request_id, details) VALUES " + values)


@pytest.fixture(scope="module")
def reader(server):
    people = People(server)
    return people, people.of_role("staff")[0]


def test_each_outcome_is_counted_in_its_step(start_server):
    server = start_server()
    client, _ = People(server).of_role("staff")
    plant(
        server, "login.succeeded", "2021-03-01T10:00:00.000000Z", "2021-03-01T10:59:59.999999Z", "2021-03-01T11:00:00.000000Z"
    )
    plant(server, "login.failed", "2021-03-01T10:30:00.000000Z")
    plant(server, "login.challenged", "2021-03-01T11:30:00.000000Z")
    plant(server, "account.locked", "2021-03-01T12:30:00.000000Z")
    plant(server, "email.verified", "2021-03-01T10:30:00.000000Z")
    query = "?from=2021-03-01T10:20:00Z&to=2021-03-01T13:00:00Z&step=hour"
    for _ in range(2):  # counted, then remembered
        reply = client.get(PATH + query).json
        assert reply == {
            "step": "hour",
            "points": [
                {"at": "2021-03-01T10:00:00.000000Z", "succeeded": 2, "failed": 1, "challenged": 0, "locked": 0},
                {"at": "2021-03-01T11:00:00.000000Z", "succeeded": 1, "failed": 0, "challenged": 1, "locked": 0},
                {"at": "2021-03-01T12:00:00.000000Z", "succeeded": 0, "failed": 0, "challenged": 0, "locked": 1},
            ],
        }
    (day,) = client.get(f"{PATH}?from=2021-03-01T00:00:00Z&to=2021-03-02T00:00:00Z&step=day").json["points"]
    assert day == {"at": "2021-03-01T00:00:00.000000Z", "succeeded": 3, "failed": 1, "challenged": 1, "locked": 1}


def test_what_happens_now_is_in_the_last_step(reader):
    people, client = reader
    account = people.verified()

    def failed() -> dict[str, int]:
        return {point["at"]: point["failed"] for point in client.get(PATH).json["points"]}

    before = failed()
    people.login(account.email, "wrong 12345678 wrong")
    after = failed()
    assert sum(after[at] - before.get(at, 0) for at in list(after)[-2:]) == 1, "an hour may have begun meanwhile"


def test_without_a_window_it_is_the_last_day_or_month(reader):
    for step, length, count in (("hour", HOUR, 24), ("day", DAY, 30)):
        asked = now()
        reply = reader[1].get(f"{PATH}?step={step}").json
        times = [datetime.datetime.fromisoformat(point["at"]) for point in reply["points"]]
        assert len(times) == count and {b - a for a, b in zip(times, times[1:])} == {length}
        assert times[-1] <= now() and asked < times[-1] + length
    assert reader[1].get(PATH).json["step"] == "hour"


@pytest.mark.parametrize(
    "query, field",
    [
        ("step=week", "step"),
        ("from=yesterday", "from"),
        ("to=2026-13-01T00:00:00Z", "to"),
        ("from=2021-01-02T00:00:00Z&to=2021-01-01T00:00:00Z", "from"),
        ("from=2021-01-01T00:00:00Z&to=2021-01-17T16:00:01Z", "from"),
        ("step=day&from=2019-01-01T00:00:00Z&to=2026-01-01T00:00:00Z", "from"),
        ("step=day&from=0001-01-01T00:00:00Z&to=9999-12-31T00:00:00Z", "from"),
        ("to=0001-01-01T00:00:00Z", "to"),
        ("step=day&to=0001-01-02T00:00:00Z", "to"),
        ("from=0001-01-01T00:00:00Z&to=0001-01-01T00:00:00Z", "from"),
    ],
)
def test_a_window_that_is_none_or_too_large_is_refused(reader, query, field):
    reply = reader[1].get(f"{PATH}?{query}")
    assert reply.refusal == (422, "validation_failed") and [error["field"] for error in reply.json["errors"]] == [field]


# No time before or behind them can be written
@pytest.mark.parametrize(
    "query",
    [
        "from=0001-01-01T00:00:00Z&to=0001-01-01T01:00:00Z",
        "step=day&to=0001-02-01T00:00:00Z",
        "from=9999-12-31T22:00:00Z&to=9999-12-31T23:59:59.999999Z",
        "step=day&to=9999-12-31T23:00:00Z",
    ],
)
def test_the_first_and_the_last_times_are_counted(reader, query):
    reply = reader[1].get(f"{PATH}?{query}")
    assert reply.status == 200 and all(point["failed"] == 0 for point in reply.json["points"])


def test_four_hundred_steps_are_counted(reader):
    reply = reader[1].get(f"{PATH}?from=2021-01-01T00:00:00Z&to=2021-01-17T16:00:00Z")
    assert len(reply.json["points"]) == 400


def statement(name: str, *values: str) -> str:
    """The very SQL of src/admin/sign_in_event_store.cpp, with values for its parameters."""
    source = (ROOT / "src" / "admin" / "sign_in_event_store.cpp").read_text(encoding="utf-8")
    sql = re.search(rf'{name}{{R"sql\((.*?)\)sql"}}', source, re.DOTALL)[1]
    for number, value in reversed(list(enumerate(values, start=1))):
        sql = sql.replace(f"${number}", value)
    assert "$" not in sql
    return sql


def plan_of(server, sql: str) -> str:
    explain = "EXPLAIN QUERY PLAN " if server.backend.name == "sqlite" else "EXPLAIN "
    return "\n".join(str(row) for row in server.rows(explain + sql))


def test_counting_reads_an_index_alone(start_server):
    server = start_server()
    events = ("login.failed", "login.succeeded", "user.viewed", "account.locked")
    for event in events:
        for day in range(1, 29):
            plant(server, event, *[f"2021-03-{day:02}T10:30:00.000000Z"] * 300)
    if server.backend.name == "postgres":
        backend = server.backend  # alone in its statement, or it would be a transaction's, which VACUUM is not
        backend.postgres.execute("VACUUM ANALYZE audit_logs", database=backend.database(server.folder))
    counted = statement("kCount", "'2021-03-02T00:00:00.000000Z'", "'2021-03-03T00:00:00.000000Z'")
    found = {row["event"]: row["count"] for row in server.rows(counted.replace("COUNT(*)", "COUNT(*) AS count"))}
    assert found == {event: 300 for event in events if event != "user.viewed"}, "there is something to read"
    assert re.search("(COVERING INDEX|Index Only Scan using) audit_logs_of_sign_ins", plan_of(server, counted))
    listed = statement("kLocks", "'2021-03-03T00:00:00.000000Z'", "'00000000-0000-0000-0000-000000000000'", "50")
    assert len(server.rows(listed)) == 50
    plan = plan_of(server, listed)
    assert re.search("(USING INDEX|Index Scan Backward using) audit_logs_of_locks", plan), plan
    assert 'SCAN audit_logs"' not in plan and "Seq Scan on audit_logs" not in plan, plan
