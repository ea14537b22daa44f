"""The audit log altered behind the service's back: `audit verify` names each alteration, and the first bad entry.

One log is made by the real service, kept beside, and put back before each alteration. Its other side is an
implementation of its own (harness/sealed_log.py).
"""

import json
import secrets
import sqlite3
import uuid
from contextlib import closing

import pytest

from harness.kept_log import AUDIT_KEY, ROUNDS, TABLES, assert_found, middle_entry, quoted, set_bytes
from harness.people import fresh_password
from harness.sealed_log import Keys, leaf_line, peaks, split, tree_hash

MADE_UP_MACS = {
    "none": None,
    "under another key": secrets.token_bytes(36),
    "under the key": Keys(AUDIT_KEY).id + secrets.token_bytes(32),
}


def insert_row(log, mac: bytes | None, id_: str | None = None) -> str:
    """A row as the service would write it, but for the MAC."""
    id_ = id_ or str(uuid.UUID(int=uuid.UUID(log.rows()[-1]["id"]).int + 1))
    value = "NULL" if mac is None else quoted(mac, log.server.backend.name)
    log.execute(
        "INSERT INTO audit_logs (id, at, event, outcome, ip, user_agent, request_id, details, mac)"
        f" SELECT '{id_}', at, 'login.succeeded', 'success', ip, user_agent, request_id, '{{}}', {value}"
        f" FROM audit_logs WHERE id = '{log.rows()[-1]['id']}'"
    )
    return id_


# ASVS 16.4.2, 16.4.3, attack 40
def test_an_untouched_log_verifies(log):
    verdict = log.verify("--head", log.published)
    assert (verdict.code, verdict.whole) == (0, True), verdict
    assert verdict.answer["sealed"] == len(log.rows()) >= 3 * ROUNDS
    assert verdict.answer["pending"] == 0 and verdict.answer["noticed"] == []
    assert verdict.answer["head"] == json.loads(log.published.read_text())


# ASVS 16.4.2
def test_another_implementation_comes_to_the_same_tree(log):
    keys = Keys(AUDIT_KEY)
    log.check(keys)
    assert log.command("audit", "public-key").split()[0] == keys.public_text


# ASVS 16.4.2, attack 40
def test_a_deleted_row(log):
    number, id_ = middle_entry(log)
    log.execute(f"DELETE FROM audit_logs WHERE id = '{id_}'")
    assert_found(log.verify(), "removed", number, id_)


@pytest.mark.parametrize(
    "change",
    [
        "event = 'login.failed'",
        "outcome = CASE outcome WHEN 'success' THEN 'failure' ELSE 'success' END",
        "details = '{}'",
        "details = details || ' '",
        "at = '2020-01-01T00:00:00.000000Z'",
        "ip = '203.0.113.9'",
        "user_agent = user_agent || 'x'",
        "request_id = 'x'",
        "actor_id = NULL, subject_id = NULL",
        "mac = NULL",
        "subject_id = '0198c0de-0000-7000-8000-000000000001'",
    ],
)
# ASVS 16.4.2, attack 40
def test_an_edited_column(log, change):
    found = next(
        (number, id_)
        for number, (id_, _) in enumerate(log.entries())
        if any(row["id"] == id_ and row["event"] == "session.ended" for row in log.rows())
    )
    log.execute(f"UPDATE audit_logs SET {change} WHERE id = '{found[1]}'")
    assert_found(log.verify(), "altered", *found)


# ASVS 16.4.2, attack 40
def test_two_rows_that_changed_places(log):
    entries = log.entries()
    (first, a), (_, b) = (1, entries[1][0]), (4, entries[4][0])
    spare = str(uuid.uuid4())
    for old, new in ((a, spare), (b, a), (spare, b)):
        log.execute(f"UPDATE audit_logs SET id = '{new}' WHERE id = '{old}'")
    assert_found(log.verify(), "altered", first if a < b else 4, min(a, b))


# ASVS 16.4.2, attack 40
@pytest.mark.parametrize("mac", MADE_UP_MACS)
def test_an_inserted_row(log, mac):
    id_ = insert_row(log, MADE_UP_MACS[mac])
    assert_found(log.verify(), "inserted", id_=id_)


# ASVS 16.4.2, attack 40: nothing of it gets into the tree, and others' entries are sealed all the same
@pytest.mark.parametrize("mac", MADE_UP_MACS)
def test_an_inserted_row_that_waits_to_be_sealed(log, mac):
    id_ = insert_row(log, MADE_UP_MACS[mac])
    log.execute(f"INSERT INTO audit_pending (entry_id) VALUES ('{id_}')")
    assert (
        log.server.command(
            "user", "create", f"{secrets.token_hex(4)}@example.test", "--verified", "--password-stdin", stdin=fresh_password()
        ).returncode
        == 0
    )
    assert id_ not in dict(log.entries())
    assert "user.created" in {row["event"] for row in log.rows() if row["id"] in dict(log.entries())}
    if mac == "under another key":  # perhaps one that another instance knows already: it waits
        assert [line["entry_id"] for line in log.pending()] == [id_]
        return
    assert_found(log.verify(), "inserted", id_=id_)
    (noticed,) = [row for row in log.rows() if row["event"] == "audit.tampering_noticed"]
    assert json.loads(noticed["details"]) == {"what": "entry_forged", "count": 1, "entries": [id_]}
    log.seal()
    log.seal()
    assert len([row for row in log.rows() if row["event"] == "audit.tampering_noticed"]) == 1, "told once"


# ASVS 16.4.2, attack 40
def test_an_entry_removed_while_it_waited(log):
    id_ = unseal_newest_batch(log)[0]
    log.execute(f"DELETE FROM audit_logs WHERE id = '{id_}'")
    assert_found(log.verify(), "removed", id_=id_)
    log.seal()
    (noticed,) = [row for row in log.rows() if row["event"] == "audit.tampering_noticed"]
    assert json.loads(noticed["details"]) == {"what": "entry_removed", "count": 1, "entries": [id_]}
    log.seal()
    verdict = log.verify()
    assert verdict.code == 0 and verdict.answer["noticed"] == [noticed["id"]] and noticed["id"] in verdict.stderr


# ASVS 16.4.2, attack 40
def test_a_sealed_entry_that_is_put_in_the_queue_again(log):
    number, id_ = middle_entry(log)
    log.execute(f"INSERT INTO audit_pending (entry_id) VALUES ('{id_}')")
    log.seal()
    assert [entry for entry, _ in log.entries()].count(id_) == 1
    (noticed,) = [row for row in log.rows() if row["event"] == "audit.tampering_noticed"]
    assert json.loads(noticed["details"])["what"] == "entry_repeated"


def unseal_newest_batch(log) -> list[str]:
    """As if the newest batch were not sealed yet; its entries' ids."""
    newest = log.heads()[-1]
    log.execute(f"DELETE FROM audit_heads WHERE tree_size = {newest['tree_size']}")
    ids = [id_ for id_, _ in split(newest["leaves"])]
    for id_ in ids:
        log.execute(f"INSERT INTO audit_pending (entry_id) VALUES ('{id_}')")
    return ids


# ASVS 16.4.2
def test_entries_that_wait_are_told_apart_from_what_is_wrong(log):
    ids = unseal_newest_batch(log)
    verdict = log.verify()
    assert (verdict.code, verdict.answer["pending"]) == (0, len(ids)), verdict


# ASVS 16.4.2, attack 40
def test_a_removed_line_of_the_queue(log):
    id_ = unseal_newest_batch(log)[0]
    log.execute(f"DELETE FROM audit_pending WHERE entry_id = '{id_}'")
    assert_found(log.verify(), "unqueued", id_=id_)


def cut_newest_batch(log) -> dict:
    newest = log.heads()[-1]
    log.execute(f"DELETE FROM audit_heads WHERE tree_size = {newest['tree_size']}")
    for id_, _ in split(newest["leaves"]):
        log.execute(f"DELETE FROM audit_logs WHERE id = '{id_}'")
    return newest


# ASVS 16.4.2, 16.4.3, attack 40: the end can be cut with its heads; a head published before tells
def test_the_end_cut(log):
    newest = cut_newest_batch(log)
    assert log.verify().code == 0, "nothing in the database tells of it"
    assert_found(log.verify("--head", log.published), "cut", newest["first_entry"])


# ASVS 16.4.2, 16.4.3, attack 40
def test_everything_thrown_away(log):
    for table in TABLES:
        log.execute(f"DELETE FROM {table}")
    assert log.verify().code == 0, "an empty log is whole"
    assert_found(log.verify("--head", log.published), "cut", 0)


# ASVS 16.4.2, attack 40
def test_a_segment_rolled_back_and_sealed_anew(log):
    size = log.heads()[-1]["tree_size"]
    cut_newest_batch(log)
    cut_newest_batch(log)
    while log.heads()[-1]["tree_size"] <= size:
        log.command("user", "disable", log.server.rows("SELECT email FROM users ORDER BY id")[0]["email"])
        log.command("user", "enable", log.server.rows("SELECT email FROM users ORDER BY id")[0]["email"])
    assert log.verify().code == 0, "nothing in the database tells of it"
    assert_found(log.verify("--head", log.published), "replaced")


# ASVS 16.4.2, attack 40
def test_an_old_head_in_the_place_of_the_newest(log):
    old, newest = log.heads()[-2:]
    for column in ("root_hash", "signature", "peaks"):
        set_bytes(log, "audit_heads", column, old[column], f"tree_size = {newest['tree_size']}")
    log.execute(f"UPDATE audit_heads SET sealed_at = '{old['sealed_at']}' WHERE tree_size = {newest['tree_size']}")
    assert_found(log.verify(), "root", newest["first_entry"])


def edit_consistently(log) -> tuple[dict, list[dict]]:
    """Edits a row and its leaf; (the batch, all heads with the tree recomputed as far as that goes without a key)."""
    number, id_ = middle_entry(log)
    log.execute(f"UPDATE audit_logs SET details = '{{\"x\":1}}' WHERE id = '{id_}'")
    (row,) = [row for row in log.rows() if row["id"] == id_]
    leaves: list[bytes] = []
    heads = log.heads()
    for head in heads:
        parts = [leaf_line(row) if entry == id_ else uuid.UUID(entry).bytes + leaf for entry, leaf in split(head["leaves"])]
        head["leaves"] = b"".join(parts)
        leaves += [part[16:] for part in parts]
        head["root_hash"], head["peaks"] = tree_hash(leaves), peaks(leaves)
    batch = next(head for head in heads if head["first_entry"] <= number < head["tree_size"])
    set_bytes(log, "audit_heads", "leaves", batch["leaves"], f"tree_size = {batch['tree_size']}")
    return batch, heads


# ASVS 16.4.2, attack 40
def test_a_row_and_its_leaf_edited_alike(log):
    batch, _ = edit_consistently(log)
    assert_found(log.verify(), "root", batch["first_entry"])


# ASVS 16.4.2, attack 40: the chain recomputed without the key
def test_a_chain_recomputed_to_its_end(log):
    batch, heads = edit_consistently(log)
    for head in heads:
        for column in ("root_hash", "peaks"):
            set_bytes(log, "audit_heads", column, head[column], f"tree_size = {head['tree_size']}")
    assert_found(log.verify(), "signature", batch["first_entry"])


# ASVS 16.4.2, attack 40
@pytest.mark.parametrize("own_id, kind", [(True, "foreign_key"), (False, "signature")])
def test_a_chain_signed_by_a_foreign_key(log, own_id, kind):
    batch, heads = edit_consistently(log)
    foreign = Keys(secrets.token_hex(32))
    for head in heads:
        key_id = foreign.id.hex() if own_id else head["key_id"]
        signature = foreign.sign(head["tree_size"], head["root_hash"], head["sealed_at"], key_id)
        where = f"tree_size = {head['tree_size']}"
        for column, value in (("root_hash", head["root_hash"]), ("peaks", head["peaks"]), ("signature", signature)):
            set_bytes(log, "audit_heads", column, value, where)
        log.execute(f"UPDATE audit_heads SET key_id = '{key_id}' WHERE {where}")
    assert_found(log.verify(), kind, 0)


# ASVS 16.4.2, attack 40: what whoever has the key can do, said honestly: only a published head tells
def test_a_chain_signed_by_the_key_itself(log):
    keys = Keys(AUDIT_KEY)
    _, id_ = middle_entry(log)
    log.execute(f"UPDATE audit_logs SET details = '{{\"x\":1}}' WHERE id = '{id_}'")
    (row,) = [row for row in log.rows() if row["id"] == id_]
    set_bytes(log, "audit_logs", "mac", keys.mac(row), f"id = '{id_}'")
    _, heads = edit_consistently(log)
    for head in heads:
        where = f"tree_size = {head['tree_size']}"
        signature = keys.sign(head["tree_size"], head["root_hash"], head["sealed_at"])
        for column, value in (("root_hash", head["root_hash"]), ("peaks", head["peaks"]), ("signature", signature)):
            set_bytes(log, "audit_heads", column, value, where)
    assert log.verify().code == 0
    assert_found(log.verify("--head", log.published), "replaced")


# ASVS 16.4.2, attack 40
def test_two_leaves_of_a_batch_that_changed_places(log):
    batch = next(head for head in log.heads() if len(head["leaves"]) >= 96)
    leaves = batch["leaves"]
    set_bytes(log, "audit_heads", "leaves", leaves[48:96] + leaves[:48] + leaves[96:], f"tree_size = {batch['tree_size']}")
    assert_found(log.verify(), "root", batch["first_entry"])


# ASVS 16.4.2, attack 40
def test_a_removed_batch(log):
    batch = log.heads()[1]
    log.execute(f"DELETE FROM audit_heads WHERE tree_size = {batch['tree_size']}")
    assert_found(log.verify(), "batch_removed", batch["first_entry"])


# ASVS 16.4.2, attack 40
@pytest.mark.parametrize("with_anchor", [False, True])
def test_a_beginning_that_nobody_pruned(log, with_anchor):
    first, second = log.heads()[:2]
    for id_, _ in split(first["leaves"]) + split(second["leaves"]):
        log.execute(f"DELETE FROM audit_logs WHERE id = '{id_}'")
    log.execute(f"DELETE FROM audit_heads WHERE tree_size = {first['tree_size']}")
    if with_anchor:
        set_bytes(log, "audit_heads", "leaves", b"", f"tree_size = {second['tree_size']}")
    else:
        log.execute(f"DELETE FROM audit_heads WHERE tree_size = {second['tree_size']}")
    assert_found(log.verify(), "no_anchor", 0)


# ASVS 16.4.2, attack 40
def test_a_newest_head_that_was_altered_is_not_built_upon(log):
    newest = log.heads()[-1]
    set_bytes(log, "audit_heads", "peaks", bytes(len(newest["peaks"])), f"tree_size = {newest['tree_size']}")
    log.server.command("user", "disable", log.server.rows("SELECT email FROM users ORDER BY id")[0]["email"])
    assert log.heads()[-1]["tree_size"] == newest["tree_size"]
    assert_found(log.verify(), "root", newest["first_entry"])
    assert "audit.tampering_noticed" in {row["event"] for row in log.rows()}


# ASVS 16.4.2, attack 40: what is known already hides nothing
def test_every_alteration_is_named_at_once(log):
    entries = log.entries()
    gone, altered = entries[1][0], entries[-1][0]
    removed_head = log.heads()[2]
    inserted = insert_row(log, None)
    log.execute(f"DELETE FROM audit_logs WHERE id = '{gone}'")
    log.execute(f"UPDATE audit_logs SET ip = 'x' WHERE id = '{altered}'")
    log.execute(f"DELETE FROM audit_heads WHERE tree_size = {removed_head['tree_size']}")
    verdict = log.verify()
    assert_found(verdict, "batch_removed", removed_head["first_entry"])
    findings = {(finding["kind"], finding["id"]) for finding in verdict.answer["findings"]}
    unqueued = {("unqueued", id_) for id_, _ in split(removed_head["leaves"])}
    assert findings == {("batch_removed", None), ("removed", gone), ("altered", altered), ("inserted", inserted)} | unqueued
    assert verdict.answer["findings_count"] == len(findings) == verdict.stderr.count("is not whole")


# ASVS 16.4.2: an alarm that cannot tell a finding from an outage is switched off
def test_what_cannot_be_verified_is_no_finding(log):
    settings = log.server.settings
    log.server.settings = settings | {"AUDIT_KEY": "too short"}
    try:
        assert log.server.command("audit", "verify").returncode == 78
    finally:
        log.server.settings = settings


# Attack 40: what verify prints was written by whoever altered the log
def test_a_row_paints_no_terminal(log):
    if log.server.backend.name != "sqlite":
        pytest.skip("PostgreSQL takes only UUIDs")
    insert_row(log, None, "\r\x1b[2Kthe log is whole\n")
    done = log.server.command("audit", "verify")
    assert done.returncode == 3 and "was inserted" in done.stderr
    assert "\x1b" not in done.stderr and "\r" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


# Attack 40: SQLite finds by an index what the index says, whatever its table says
def test_a_batch_that_one_index_hides(log):
    if log.server.backend.name != "sqlite":
        pytest.skip("whoever writes a PostgreSQL database cannot write its indexes")
    (index,) = log.server.rows("SELECT sql FROM sqlite_master WHERE name = 'audit_heads_by_first_id'")
    hidden = log.heads()[1]
    for id_, _ in split(hidden["leaves"]):
        log.execute(f"DELETE FROM audit_logs WHERE id = '{id_}'")
    log.execute("DROP INDEX audit_heads_by_first_id")
    try:
        log.execute(f"{index['sql']} WHERE tree_size <> {hidden['tree_size']}")
        with closing(sqlite3.connect(log.server.folder / "data" / "secureauth.db")) as file, file:
            file.execute("PRAGMA writable_schema = ON")
            file.execute("UPDATE sqlite_master SET sql = ? WHERE name = 'audit_heads_by_first_id'", (index["sql"],))
        assert_found(log.verify(), "index")
    finally:
        log.execute("DROP INDEX audit_heads_by_first_id")
        log.execute(index["sql"])
