"""Sealing while the service runs: on several instances at once, over restarts, and when the database is rolled back."""

import json
import secrets
import time
import uuid
from contextlib import closing

import pytest

from harness import canaries
from harness.daemon import wait_until
from harness.load import Load
from harness.people import People, fresh_password
from harness.process import PATIENT
from harness.sealed_log import Keys, SealedLog, split

BEHIND = "the log is sealed to its end"


def fresh_key() -> str:
    key = secrets.token_hex(32)
    canaries.note(key)
    return key


def verify(server, *arguments) -> dict:
    done = server.command("--json", "audit", "verify", *arguments)
    return json.loads(done.stdout) | {"code": done.returncode}


def events(server, event: str) -> list[dict]:
    return server.rows("SELECT * FROM audit_logs WHERE event = ? ORDER BY at, id", event)


# ASVS 16.4.2
def test_an_event_is_sealed_within_seconds(server):
    People(server).login("sealed@example.test", fresh_password())
    log = SealedLog(server)
    wait_until(lambda: log.pending() == [], BEHIND)
    assert events(server, "login.failed")[-1]["id"] in dict(log.entries())


# ASVS 16.4.2
def test_what_was_recorded_last_is_sealed_at_the_stop(start_server):
    server = start_server()
    People(server).login("sealed@example.test", fresh_password())
    server.stop()
    log = SealedLog(server)
    assert log.pending() == [] and len(log.entries()) == len(log.rows()) >= 1


# ASVS 16.4.2: commands run where no service does
def test_a_command_seals_what_it_recorded(start_server):
    server = start_server()
    server.stop()
    done = server.command("user", "create", "made@example.test", "--verified", "--password-stdin", stdin=fresh_password())
    assert done.returncode == 0, done.stderr
    log = SealedLog(server)
    assert log.pending() == [] and events(server, "user.created")[0]["id"] in dict(log.entries())


# ASVS 16.4.2
@pytest.mark.servers
@pytest.mark.timeout(300)
def test_several_instances_seal_one_log_under_load(start_instances, redis):
    key = fresh_key()
    group = start_instances(3, redis, AUDIT_KEY=key)
    accounts = [People(group[0]).verified() for _ in range(3)]
    log = SealedLog(group[0])
    with Load(list(group), accounts, behind_proxy=True) as load:
        wait_until(lambda: load.rounds() >= 8 and len(log.heads()) >= 4, "the traffic goes on", 60)
        assert verify(group[1])["code"] == 0, "while it runs, too"
    assert load.record.wrong == []
    wait_until(lambda: log.pending() == [], BEHIND)
    group.stop()
    sealed = [id_ for head in log.heads() for id_, _ in split(head["leaves"])]
    assert sorted(sealed) == [row["id"] for row in log.rows()], "each entry once"
    log.check(Keys(key))
    assert verify(group[0])["code"] == 0
    assert events(group[0], "audit.tampering_noticed") == []


# ASVS 16.4.2: a sealer that hangs keeps nobody from being recorded, where there is more than one writer
@pytest.mark.servers
def test_writers_wait_for_no_sealer(start_server, backend):
    server = start_server()
    log = SealedLog(server)
    make_batches(server, 1)
    with closing(backend.postgres.connect(backend.database(server.folder))) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtextextended('audit.seal', 0))")
        for _ in range(3):
            People(server).login("nobody@example.test", fresh_password())
        assert len(log.pending()) >= 3 and len(events(server, "login.failed")) == 4
    wait_until(lambda: log.pending() == [], BEHIND)
    server.stop()
    assert verify(server)["code"] == 0


# ASVS 16.4.2: the stop takes its connection from a sealer that is at work; that is no reason to leave the rest unsealed
@pytest.mark.servers
def test_a_sealer_broken_off_by_the_stop_leaves_nothing_unsealed(start_server, backend):
    server = start_server(**PATIENT)
    log = SealedLog(server)
    make_batches(server, 1)
    with closing(backend.postgres.connect(backend.database(server.folder))) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtextextended('audit.seal', 0))")
        People(server).login("nobody@example.test", fresh_password())
        own = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"  # other services share the server
        waiting = f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND {own}"
        wait_until(lambda: connection.execute(waiting).fetchone()[0] > 0, "it is about to seal")
        server.terminate()
        wait_until(lambda: events(server, "service.stopped"), "the end is recorded")
        assert log.pending() != []
    assert server.wait() == 0
    assert log.pending() == [] and len(log.entries()) == len(log.rows())


def roll_back(server, to_size: int) -> None:
    """The database as it was when it had so many entries."""
    log = SealedLog(server)
    kept = {id_ for id_, _ in log.entries()[:to_size]}
    for row in log.rows():
        if row["id"] not in kept:
            server.execute(f"DELETE FROM audit_logs WHERE id = '{row['id']}'")
    server.execute(f"DELETE FROM audit_heads WHERE tree_size > {to_size}")
    server.execute("DELETE FROM audit_pending")


def make_batches(server, count: int) -> list[dict]:
    log = SealedLog(server)
    wait_until(lambda: log.pending() == [], BEHIND)  # that the service began is an entry, too
    for _ in range(count):
        People(server).login("nobody@example.test", fresh_password())
        wait_until(lambda: log.pending() == [], BEHIND)
    return log.heads()


# ASVS 16.4.2, attack 40
def test_a_rollback_is_noticed_by_an_instance_that_runs(start_server):
    server = start_server()
    heads = make_batches(server, 2)
    before, newest = (head["tree_size"] for head in heads[-2:])
    roll_back(server, before)
    wait_until(lambda: events(server, "audit.tampering_noticed"), "the instance notices it")
    (noticed,) = events(server, "audit.tampering_noticed")
    told = json.loads(noticed["details"])
    assert told == {"what": "log_went_back", "seen_entries": newest, "entries": before}
    server.wait_for_log(lambda line: line["level"] == "error" and "rolled back" in line["message"])


# ASVS 16.4.2, attack 40: rolled back and grown again while no instance ran
def test_a_rollback_while_nothing_ran_is_noticed_by_the_head_file(start_server):
    server = start_server(AUDIT_HEAD_FILE="head.json")
    heads = make_batches(server, 2)
    file = server.folder / "head.json"
    wait_until(lambda: file.exists() and json.loads(file.read_text())["tree_size"] == heads[-1]["tree_size"], "it is kept")
    server.stop()
    kept = file.read_text()
    assert verify(server)["code"] == 0
    roll_back(server, heads[-2]["tree_size"])
    assert verify(server)["finding"]["kind"] == "cut"
    server.start()
    wait_until(lambda: events(server, "audit.tampering_noticed"), "the service notices it")
    make_batches(server, 3)
    server.stop()
    assert verify(server)["finding"]["kind"] == "replaced"
    assert file.read_text() == kept, "the head is evidence"


# ASVS 16.4.2
def test_a_head_file_that_cannot_be_believed_is_told_and_left(start_server):
    server = start_server(AUDIT_HEAD_FILE="head.json")
    make_batches(server, 1)
    file = server.folder / "head.json"
    wait_until(file.exists, "it is kept")
    server.stop()
    altered = json.loads(file.read_text()) | {"tree_size": 1000}
    file.write_text(json.dumps(altered))
    server.start()
    server.wait_for_log(lambda line: line["level"] == "error" and "AUDIT_HEAD_FILE" in line["message"])
    make_batches(server, 1)
    assert json.loads(file.read_text()) == altered
    server.stop()
    assert server.command("audit", "verify").returncode == 1


# ASVS 16.4.2
def test_the_key_changes_while_the_log_goes_on(start_server):
    server = start_server(AUDIT_KEY=fresh_key())
    make_batches(server, 1)
    server.stop()
    server.settings |= {"AUDIT_KEYS_OLD": server.settings["AUDIT_KEY"], "AUDIT_KEY": fresh_key()}
    server.start()
    heads = make_batches(server, 1)
    assert heads[0]["key_id"] != heads[-1]["key_id"]
    server.stop()
    assert verify(server)["code"] == 0
    assert len(server.command("audit", "public-key").stdout.splitlines()) == 2
    server.settings["AUDIT_KEYS_OLD"] = ""
    assert verify(server)["finding"]["kind"] == "foreign_key"


def sealing_failures(server) -> list[dict]:
    return [line for line in server.log_lines() if line["message"] == "housekeeping failed" and line.get("task") == "sealing"]


# ASVS 16.4.2: a line a second would be read by nobody, and one that names nothing by nobody either
def test_sealing_that_fails_is_told_once_and_when_it_works_again(start_server):
    server = start_server()
    (newest,) = make_batches(server, 1)[-1:]
    blob = "X'{}'" if server.backend.name == "sqlite" else "'\\x{}'"
    peaks = "UPDATE audit_heads SET peaks = {} WHERE tree_size = " + str(newest["tree_size"])
    server.execute(peaks.format(blob.format("00" * 32)))
    People(server).login("nobody@example.test", fresh_password())
    server.wait_for_log(lambda line: line.get("task") == "sealing")
    wait_until(lambda: events(server, "audit.tampering_noticed"), "it is recorded")
    time.sleep(3)  # it is tried each second
    (told,) = sealing_failures(server)
    assert told["level"] == "warning" and "newest head" in told["cause"] and told["oldest_waiting_seconds"] >= 0
    server.execute(peaks.format(blob.format(newest["peaks"].hex())))
    server.wait_for_log(lambda line: line["message"] == "housekeeping works again" and line.get("task") == "sealing")
    assert len(sealing_failures(server)) == 1


# ASVS 16.4.2: another instance knows the key, or nobody does and somebody must be told
def test_entries_under_an_unknown_key_are_told_once(start_server):
    server = start_server()
    make_batches(server, 1)
    foreign = Keys(fresh_key())
    (row,) = events(server, "login.failed")[-1:]
    row["id"] = str(uuid.uuid4())
    mac = ("X'{}'" if server.backend.name == "sqlite" else "'\\x{}'").format(foreign.mac(row).hex())
    server.execute(
        "INSERT INTO audit_logs (id, at, event, outcome, ip, user_agent, request_id, details, mac) SELECT"
        f" '{row['id']}', at, event, outcome, ip, user_agent, request_id, details, {mac} FROM audit_logs"
        " WHERE event = 'login.failed' LIMIT 1"
    )
    server.execute(f"INSERT INTO audit_pending (entry_id) VALUES ('{row['id']}')")
    told = server.wait_for_log(lambda line: line.get("key_id") == foreign.id.hex())
    assert (told["level"], told["entries"]) == ("warning", 1)
    People(server).login("nobody@example.test", fresh_password())
    log = SealedLog(server)
    wait_until(lambda: [line["entry_id"] for line in log.pending()] == [row["id"]], "others are sealed all the same")
    time.sleep(2)
    assert len([line for line in server.log_lines() if line.get("key_id") == foreign.id.hex()]) == 1
