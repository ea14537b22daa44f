"""Housekeeping of a large backlog: small statements, beside traffic, by one instance at a time (ASVS 14.2.7)."""

from harness.daemon import wait_until
from harness.generations import Steady
from harness.instances import Instances
from harness.people import People
from harness.process import PATIENT

ROWS, BATCH = 50_000, 1000

_COLUMNS = "registrations (id, email, email_key, password_hash, token_hash, created_at, expires_at)"
_EXPIRED = "'gone@example.test', 'gone@example.test', 'x'", "'2020-01-01T00:00:00.000000Z', '2020-01-02T00:00:00.000000Z'"
PLANT = {
    "sqlite": f"""WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {ROWS})
                  INSERT INTO {_COLUMNS} SELECT printf('00000000-0000-4000-8000-%012d', n), {_EXPIRED[0]},
                  randomblob(32), {_EXPIRED[1]} FROM numbers""",
    "postgres": f"""INSERT INTO {_COLUMNS} SELECT gen_random_uuid(), {_EXPIRED[0]},
                    sha256(n::text::bytea), {_EXPIRED[1]} FROM generate_series(1, {ROWS}) AS n""",
}
LEASE = "INSERT INTO leases (name, holder, held_until) VALUES ('cleaning', 'somebody else', '{}')"
WATCH = (  # every statement that deletes, by the database's own word
    "CREATE TABLE statements (rows bigint, holder text)",
    """CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         INSERT INTO statements SELECT count(*), current_setting('application_name') FROM gone; RETURN NULL; END $$""",
    """CREATE TRIGGER note AFTER DELETE ON registrations REFERENCING OLD TABLE AS gone
       FOR EACH STATEMENT EXECUTE FUNCTION note()""",
)
SLOW = (  # a second for each statement, while `gate` has a row: time to look at it, and to kill it
    "CREATE TABLE gate AS SELECT 1 AS shut",
    """CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         PERFORM pg_sleep(1) FROM gate; RETURN NULL; END $$""",
    "CREATE TRIGGER dawdle AFTER DELETE ON registrations FOR EACH STATEMENT EXECUTE FUNCTION dawdle()",
)


def left(server) -> int:
    return server.rows("SELECT count(*) AS n FROM registrations WHERE email = 'gone@example.test'")[0]["n"]


def stop_without_lease(server) -> None:
    """A stop soon after the start may break off the cleaning, whose hold is good for a minute then."""
    server.stop()
    server.execute("DELETE FROM leases")


def test_a_backlog_goes_in_small_statements_while_people_sign_in(start_server):
    server = start_server(**PATIENT)
    accounts = [People(server).verified() for _ in range(2)]
    stop_without_lease(server)
    server.execute(PLANT[server.backend.name])
    if server.backend.name == "postgres":
        for statement in WATCH:
            server.execute(statement)
    server.start()
    with Steady(lambda: server.port, server.authority, accounts) as load:
        wait_until(lambda: left(server) == 0, "the backlog is gone", 120)
        load.goes_on()
    assert load.failed == []
    if server.backend.name == "postgres":
        sizes = [row["rows"] for row in server.rows("SELECT rows FROM statements")]
        assert sum(sizes) == ROWS and max(sizes) == BATCH
    wait_until(lambda: not server.rows("SELECT 1 FROM leases"), "it lets go of it in the end", 30)


def test_nobody_cleans_while_another_one_does(start_server):
    server = start_server()
    stop_without_lease(server)
    # For a minute from now on, which is what a hold is good for.
    soon = server.rows(
        "SELECT strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', '+55 seconds') AS t"
        if server.backend.name == "sqlite"
        else "SELECT now() + interval '55 seconds' AS t"
    )[0]["t"]
    server.execute(LEASE.format(soon))
    server.execute(PLANT[server.backend.name])
    server.start()
    People(server).signed_in()
    assert left(server) == ROWS
    server.execute("UPDATE leases SET held_until = '2020-01-01T00:00:00.000000Z'")  # stands for the minute that passes
    wait_until(lambda: left(server) == 0, "it takes over", 120)


def test_of_two_instances_one_cleans_and_where_it_is_killed_the_other_goes_on(backend, tmp_path):
    if backend.name == "sqlite":
        return  # one process
    instances = Instances(tmp_path, backend, 2)
    for number, member in enumerate(instances):
        member.settings["DATABASE_URL"] += f"&application_name=instance{number}"
    instances.start().stop()
    first, second = instances
    stop_without_lease(first)
    for statement in (*WATCH, *SLOW, PLANT["postgres"]):
        first.execute(statement)
    first.start()
    second.start()
    wait_until(lambda: left(first) < ROWS - 2 * BATCH, "one of them cleans", 60)
    assert left(first) > 0, "too fast for this test"
    (one,) = {row["holder"] for row in first.rows("SELECT holder FROM statements")}
    killed, other = (first, second) if one == "instance0" else (second, first)
    killed.kill9()
    other.execute("DELETE FROM gate")
    assert other.rows("SELECT holder FROM leases"), "killed in the middle"
    other.execute("UPDATE leases SET held_until = '2020-01-01T00:00:00.000000Z'")  # stands for the minute that passes
    wait_until(lambda: left(other) == 0, "the other one goes on", 120)
    assert len({row["holder"] for row in other.rows("SELECT holder FROM statements")}) == 2
    other.stop()
