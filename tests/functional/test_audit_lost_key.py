"""A key of the audit log that is wrong, or lost: nothing is recorded under a wrong one, and a log whose key is gone goes on."""

import base64
import hashlib
import json
import secrets
import uuid

import pytest
from test_audit_push_webhooks import hook_settings, numbers, types
from test_audit_sealing import events, fresh_key, make_batches, verify

from harness.daemon import wait_until
from harness.kept_log import quoted
from harness.receivers import HookReceiver
from harness.sealed_log import Keys, SealedLog
from harness.sealing import seal, sealed, wait_delivered
from harness.server import StartFailed

pytestmark = pytest.mark.timeout(300)
REASON = "the disk with the keys burnt"


@pytest.fixture
def made(start_server):
    """A stopped service with a log of some batches under the key of its settings."""
    server = start_server(AUDIT_KEY=fresh_key(), AUDIT_HEAD_FILE="head.json")
    make_batches(server, 2)
    wait_until((server.folder / "head.json").exists, "the newest head is kept")
    server.stop()
    return server


def begin_anew(server, *arguments: str):
    return server.command("--json", "audit", "begin-anew", "--keep-in", "former", "--reason", REASON, *arguments)


def lose_key(server) -> Keys:
    """Gives it another; the lost one."""
    lost = Keys(server.settings["AUDIT_KEY"])
    server.settings["AUDIT_KEY"] = fresh_key()
    return lost


# ASVS 11.1.1, 16.4.2: what is recorded under a key that nobody keeps could never be sealed
def test_nothing_is_recorded_under_a_key_that_the_log_does_not_know(made):
    right, rows = made.settings["AUDIT_KEY"], len(SealedLog(made).rows())
    made.settings["AUDIT_HEAD_FILE"] = ""
    lost = lose_key(made)
    with pytest.raises(StartFailed) as failed:
        made.start()
    assert failed.value.returncode != 0 and lost.id.hex() in str(failed.value) and "begin-anew" in str(failed.value)
    for command in (("user", "list"), ("audit", "list"), ("keys", "rotate", "totp"), ("keys", "rotate", "names")):
        done = made.command(*command)
        assert done.returncode != 0 and lost.id.hex() in done.stderr, (command, done)
    assert made.command("keys", "list").returncode == 0, "who looks for the right one must see them"
    assert verify(made)["finding"]["kind"] == "foreign_key"
    assert len(SealedLog(made).rows()) == rows and SealedLog(made).pending() == []
    wrong = made.settings["AUDIT_KEY"]
    for settings in (
        {"AUDIT_KEY_NEXT": right},
        {"AUDIT_KEY_NEXT": "", "AUDIT_KEY": fresh_key(), "AUDIT_KEYS_OLD": f"{wrong},{right}"},
    ):
        made.settings |= settings
        made.start()
        made.stop()
    assert verify(made)["code"] == 0


# ASVS 16.4.2, 11.1.1, attack 40
def test_a_log_whose_key_is_lost_goes_on_and_says_so(made, tmp_path):
    log = SealedLog(made)
    before, newest = log.rows(), log.heads()[-1]
    published = tmp_path / "published.json"
    published.write_text(made.command("audit", "head").stdout)
    in_file = (made.folder / "head.json").read_text()
    lost = lose_key(made)
    done = begin_anew(made)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout.splitlines()[0])
    assert (answer["begins"], answer["entries"], answer["former_key_id"]) == (newest["tree_size"], len(before), lost.id.hex())

    # The log says what was cut off, and verifies.
    (entry,) = events(made, "audit.begun_anew")
    details = json.loads(entry["details"])
    assert details == {
        "until": newest["tree_size"],
        "tree_size": newest["tree_size"],
        "root_hash": newest["root_hash"].hex(),
        "key_id": lost.id.hex(),
        "entries": len(before),
        "sha256": answer["sha256"],
        "stated_reason": REASON,
    }
    assert [row["id"] for row in log.rows()] == [entry["id"]] and log.pending() == []
    verdict = verify(made)
    assert (verdict["code"], verdict["pruned"], verdict["begun_anew"]) == (0, newest["tree_size"], [entry["id"]])
    assert "begun anew" in made.command("audit", "verify").stderr, "who reads only words hears of it, too"
    assert json.loads((made.folder / "head.json").read_text())["tree_size"] >= newest["tree_size"]

    # What was before is whole, and its public key proves it.
    former = made.folder / "former"
    assert former.stat().st_mode & 0o777 == 0o700
    sums = (former / "SHA256SUMS").read_bytes()
    assert hashlib.sha256(sums).hexdigest() == answer["sha256"]
    for line in sums.decode().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((former / name).read_bytes()).hexdigest() == digest
        assert (former / name).stat().st_mode & 0o777 == 0o600
    file = ("audit", "verify", "--file", "former/log.jsonl")
    checked = made.command("--json", *file, "--public-key", lost.public_text, "--head", str(published))
    assert checked.returncode == 0 and json.loads(checked.stdout)["sealed"] == len(before), checked
    assert (former / "rest.jsonl").read_text() == ""
    kept = [json.loads(line) for line in (former / "log.jsonl").read_text().splitlines()]
    assert sorted(line["entry"]["id"] for line in kept if "entry" in line) == [row["id"] for row in before]
    assert (former / "head.json").read_text() == in_file

    # A head that was published before is compared, with both keys.
    keys = ("--public-key", lost.public_text, "--public-key", Keys(made.settings["AUDIT_KEY"]).public_text)
    assert verify(made, "--head", str(published), *keys)["code"] == 0
    forged = json.loads(published.read_text())
    forged["root_hash"] = bytes(32).hex()
    signature = lost.sign(forged["tree_size"], bytes(32), forged["sealed_at"])
    published.write_text(json.dumps(forged | {"signature": base64.b64encode(signature).decode()}))
    assert verify(made, "--head", str(published), *keys)["finding"]["kind"] in ("replaced", "unreached")

    # It goes on: sealed, pruned, and not begun anew once more.
    made.start()
    make_batches(made, 2)
    made.stop()
    assert events(made, "audit.tampering_noticed") == []
    assert made.command("audit", "prune", "--before", "2100-01-01", "--to", "pruned.jsonl").returncode == 0
    assert verify(made)["code"] == 0
    again = made.command("audit", "begin-anew", "--keep-in", "again", "--reason", REASON)
    assert again.returncode == 1 and "nothing is lost" in again.stderr
    assert not (made.folder / "again").exists()


# ASVS 16.4.2
def test_receivers_go_on_behind_a_log_that_began_anew(start_server):
    with HookReceiver() as hook:
        server = start_server(AUDIT_KEY=fresh_key(), **hook_settings(hook))
        make_batches(server, 1)
        wait_delivered(server, "webhook:crm")
        hook.stop()
        make_batches(server, 1)
        server.stop()
        size, told = sealed(server), len(numbers(hook))
        lose_key(server)
        done = begin_anew(server)
        assert done.returncode == 0 and "webhook:crm has not confirmed entries" in done.stderr, done
        hook.start()
        server.start()
        seal(server)
        wait_delivered(server, "webhook:crm", 120)
        later = numbers(hook)[told:]
        assert later[0] == size and later == sorted(later), "from the break on, and by numbers that nobody had before"
        assert types(hook)[told] == "audit.begun_anew"
        server.stop()
        assert verify(server)["code"] == 0


# ASVS 16.4.2: what was altered is kept as it stands; what a present key vouches for stays
def test_a_log_that_was_altered_moves_as_it_stands(made):
    log = SealedLog(made)
    rows = log.rows()
    made.execute(f"UPDATE audit_logs SET event = 'user.viewed' WHERE id = '{rows[0]['id']}'")
    made.execute(f"DELETE FROM audit_logs WHERE id = '{rows[1]['id']}'")
    stray = str(uuid.uuid4())
    made.execute(
        "INSERT INTO audit_logs (id, at, event, outcome, ip, user_agent, request_id, details) VALUES"
        f" ('{stray}', '2026-11-28T12:00:00.000000Z', 'login.succeeded', 'success', '', '', '', '{{}}')"
    )
    made.execute(f"INSERT INTO audit_pending (entry_id) VALUES ('{stray}')")
    made.execute(f"INSERT INTO audit_pending (entry_id) VALUES ('{rows[2]['id']}')")  # sealed already
    lost = lose_key(made)
    done = begin_anew(made)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[0])["entries"] == len(rows)
    former = made.folder / "former"
    entries = [json.loads(line).get("entry") for line in (former / "log.jsonl").read_text().splitlines()]
    assert {entry["event"] for entry in entries if entry and entry["id"] == rows[0]["id"]} == {"user.viewed"}
    assert json.loads((former / "rest.jsonl").read_text())["entry"]["id"] == stray
    leaves = b"".join(
        base64.b64decode(json.loads(line)["leaves"]) for line in (former / "heads.jsonl").read_text().splitlines()
    )
    assert uuid.UUID(rows[1]["id"]).bytes in leaves
    checked = made.command("audit", "verify", "--file", "former/log.jsonl", "--public-key", lost.public_text)
    assert checked.returncode == 3
    verdict = verify(made)
    assert verdict["code"] == 0 and len(SealedLog(made).rows()) == verdict["sealed"] == 1


# ASVS 16.4.2, attack 40: what he has no key for vouches for nothing
@pytest.mark.parametrize("sealed_by_him", [False, True], ids=["a row alone", "with heads of his own"])
def test_an_intruder_cannot_pretend_that_a_log_began_anew(made, sealed_by_him):
    log, his = SealedLog(made), Keys(secrets.token_hex(32))

    def blob(data: bytes) -> str:
        return quoted(data, made.backend.name)

    heads, row = log.heads(), next(row for row in log.rows() if row["event"] == "login.failed")
    anchor = heads[0]
    for table in ("audit_logs", "audit_pending"):
        made.execute(f"DELETE FROM {table}")
    made.execute(f"DELETE FROM audit_heads WHERE tree_size > {anchor['tree_size']}")
    made.execute(f"UPDATE audit_heads SET leaves = {blob(b'')}")
    row |= {
        "id": str(uuid.uuid4()),
        "event": "audit.begun_anew",
        "outcome": "success",
        "details": json.dumps({"until": anchor["tree_size"]}),
    }
    made.execute(
        "INSERT INTO audit_logs (id, at, event, outcome, ip, user_agent, request_id, details, mac) VALUES"
        f" ('{row['id']}', '{row['at']}', '{row['event']}', 'success', '{row['ip']}', '{row['user_agent']}',"
        f" '{row['request_id']}', '{row['details']}', {blob(his.mac(row))})"
    )
    made.execute(f"INSERT INTO audit_pending (entry_id) VALUES ('{row['id']}')")
    if sealed_by_him:
        signature = his.sign(anchor["tree_size"], anchor["root_hash"], anchor["sealed_at"])
        made.execute(f"UPDATE audit_heads SET key_id = '{his.id.hex()}', signature = {blob(signature)}")
    kinds = {finding["kind"] for finding in verify(made)["findings"]}
    assert "no_anchor" in kinds and ("foreign_key" in kinds) == sealed_by_him, kinds
    made.command("keys", "list")  # seals what it believes
    verdict = verify(made)
    assert verdict["code"] == 3 and verdict["begun_anew"] == [], verdict


# ASVS 16.4.2: what somebody recorded under a wrong key, before a start was refused for it
def test_entries_whose_key_is_gone_are_set_aside(made):
    log = SealedLog(made)
    foreign = Keys(fresh_key())
    row = next(row for row in log.rows() if row["event"] == "login.failed")
    ids = []
    for at in (row["at"], "2026-01-01T00:00:00.000000Z", "2026-01-01T00:00:01.000000Z"):
        row |= {"id": str(uuid.uuid4()), "at": at}
        ids.append(row["id"])
        made.execute(
            "INSERT INTO audit_logs (id, at, event, outcome, ip, user_agent, request_id, details, mac) VALUES"
            f" ('{row['id']}', '{at}', '{row['event']}', '{row['outcome']}', '{row['ip']}', '{row['user_agent']}',"
            f" '{row['request_id']}', '{row['details']}', {quoted(foreign.mac(row), made.backend.name)})"
        )
        made.execute(f"INSERT INTO audit_pending (entry_id) VALUES ('{row['id']}')")
    assert verify(made)["finding"]["kind"] == "unsealed"
    aside = ("--json", "audit", "set-aside", "--reason", REASON, "--to")
    done = made.command(*aside, "aside.jsonl")
    assert done.returncode == 0, done.stderr
    answer, file = json.loads(done.stdout), made.folder / "aside.jsonl"
    assert (answer["entries"], answer["key_ids"]) == (2, [foreign.id.hex()])
    assert file.stat().st_mode & 0o777 == 0o600 and hashlib.sha256(file.read_bytes()).hexdigest() == answer["sha256"]
    assert [json.loads(line)["entry"]["id"] for line in file.read_text().splitlines()] == ids[1:]
    assert [line["entry_id"] for line in log.pending()] == ids[:1], "another instance may know its key yet"
    (entry,) = events(made, "audit.set_aside")
    assert json.loads(entry["details"]) == {
        "entries": 2,
        "key_ids": [foreign.id.hex()],
        "sha256": answer["sha256"],
        "stated_reason": REASON,
    }
    made.execute(f"DELETE FROM audit_pending WHERE entry_id = '{ids[0]}'")
    made.execute(f"DELETE FROM audit_logs WHERE id = '{ids[0]}'")
    verdict = verify(made)
    assert (verdict["code"], verdict["set_aside"]) == (0, [entry["id"]])
    assert json.loads(made.command(*aside, "none.jsonl").stdout)["entries"] == 0
    assert not (made.folder / "none.jsonl").exists()


# ASVS 11.1.1: they mostly lie, and burn, beside each other
def test_every_key_is_lost_at_once(made):
    lose_key(made)
    made.settings["SECRET_KEY"] = fresh_key()
    with pytest.raises(StartFailed):
        made.start()
    assert begin_anew(made).returncode == 0
    assert made.command("keys", "rotate", "names").returncode == 0
    made.start()
    made.stop()
    assert verify(made)["code"] == 0


def test_what_makes_no_sense_is_refused(made):
    lose_key(made)
    for arguments, code in (
        (("begin-anew", "--keep-in", "former"), 2),
        (("begin-anew", "--reason", REASON), 2),
        (("begin-anew", "--keep-in", "former", "--reason", " "), 1),
        (("begin-anew", "--keep-in", ".", "--reason", REASON), 1),
        (("set-aside", "--to", "file"), 2),
    ):
        done = made.command("audit", *arguments)
        assert done.returncode == code, (arguments, done)
    assert not (made.folder / "former").exists() and len(SealedLog(made).heads()) > 1
