"""The audit log altered behind the service's back: `audit verify` names each alteration, and the first bad entry.

One log is made by the real service, kept beside, and put back before each alteration. Its other side is an
implementation of its own (harness/sealed_log.py).
"""

import json
import secrets
import time
import uuid
from types import SimpleNamespace

import pytest

from harness.daemon import wait_until
from harness.people import People, fresh_password
from harness.sealed_log import Keys, SealedLog, leaf_line, peaks, split, tree_hash
from harness.server import Server

AUDIT_KEY = secrets.token_hex(32)
TABLES = ("audit_logs", "audit_heads", "audit_pending")
ROUNDS = 4  # batches, one a second


class Kept(SealedLog):
    """A stopped service's log that can be put back as it was."""

    def __init__(self, server):
        super().__init__(server)
        for table in TABLES:
            server.execute(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")

    def put_back(self) -> None:
        for table in TABLES:
            self.server.execute(f"DELETE FROM {table}")
            self.server.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")

    def execute(self, sql: str) -> None:
        self.server.execute(sql)

    def verify(self, *arguments) -> SimpleNamespace:
        done = self.server.command("--json", "audit", "verify", *map(str, arguments))
        answer = json.loads(done.stdout) if done.stdout else {}
        finding = answer.get("finding") or {}
        return SimpleNamespace(code=done.returncode, whole=answer.get("whole"), kind=finding.get("kind"), stderr=done.stderr,
                               words=finding.get("words", ""), entry=finding.get("entry_number"), id=finding.get("id"),
                               answer=answer)

    def seal(self) -> None:
        """Any command seals what waits."""
        done = self.server.command("keys", "list")
        assert done.returncode == 0, done.stderr

    def command(self, *arguments) -> str:
        done = self.server.command(*map(str, arguments))
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def made(backend, tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("tampered"), backend, {"AUDIT_KEY": AUDIT_KEY}).start()
    people = People(server)
    for number in range(ROUNDS):
        people.login(f"nobody{number}@example.test", fresh_password())
        people.login(f"nobody{number}@example.test", fresh_password())
        client, _ = people.signed_in()
        client.post("/auth/logout", csrf=True)
        wait_until(lambda: not server.rows("SELECT 1 FROM audit_pending"), "all is sealed")
    server.stop()
    kept = Kept(server)
    assert len(kept.heads()) >= ROUNDS
    yield kept
    backend.forget_below(server.folder)


@pytest.fixture
def log(made, tmp_path):
    made.put_back()
    made.published = tmp_path / "head.json"
    made.published.write_text(made.command("audit", "head"))
    made.folder = tmp_path
    return made


def quoted(data: bytes, backend_name: str) -> str:
    return f"'\\x{data.hex()}'" if backend_name == "postgres" else f"x'{data.hex()}'"


def set_bytes(log, table: str, column: str, value: bytes, where: str) -> None:
    log.execute(f"UPDATE {table} SET {column} = {quoted(value, log.server.backend.name)} WHERE {where}")


def middle_entry(log) -> tuple[int, str]:
    """(number, id) of one that is neither first nor last."""
    entries = log.entries()
    number = len(entries) // 2
    return number, entries[number][0]


def assert_found(verdict, kind: str, entry: int | None = None, id_: str | None = None) -> None:
    assert (verdict.code, verdict.kind) == (1, kind), verdict
    assert verdict.words and verdict.words in verdict.stderr
    if entry is not None:
        assert verdict.entry == entry, verdict
    if id_ is not None:
        assert verdict.id == id_ and id_ in verdict.words, verdict


def insert_row(log, mac: bytes | None, id_: str | None = None) -> str:
    """A row as the service would write it, but for the MAC."""
    id_ = id_ or str(uuid.UUID(int=uuid.UUID(log.rows()[-1]["id"]).int + 1))
    value = "NULL" if mac is None else quoted(mac, log.server.backend.name)
    log.execute("INSERT INTO audit_logs (id, at, event, outcome, ip, user_agent, request_id, details, mac)"
                f" SELECT '{id_}', at, 'login.succeeded', 'success', ip, user_agent, request_id, '{{}}', {value}"
                f" FROM audit_logs WHERE id = '{log.rows()[-1]['id']}'")
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


@pytest.mark.parametrize("change", [
    "event = 'login.failed'", "outcome = CASE outcome WHEN 'success' THEN 'failure' ELSE 'success' END",
    "details = '{}'", "details = details || ' '", "at = '2020-01-01T00:00:00.000000Z'", "ip = '203.0.113.9'",
    "user_agent = user_agent || 'x'", "request_id = 'x'", "actor_id = NULL, subject_id = NULL", "mac = NULL",
    "subject_id = '0198c0de-0000-7000-8000-000000000001'",
])
# ASVS 16.4.2, attack 40
def test_an_edited_column(log, change):
    found = next((number, id_) for number, (id_, _) in enumerate(log.entries())
                 if any(row["id"] == id_ and row["event"] == "session.ended" for row in log.rows()))
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
@pytest.mark.parametrize("mac", [None, secrets.token_bytes(36)])
def test_an_inserted_row(log, mac):
    id_ = insert_row(log, mac)
    assert_found(log.verify(), "inserted", id_=id_)


@pytest.mark.parametrize("mac", [None, secrets.token_bytes(36), Keys(AUDIT_KEY).id + secrets.token_bytes(32)])
# ASVS 16.4.2, attack 40: nothing of it gets into the tree, and others' entries are sealed all the same
def test_an_inserted_row_that_waits_to_be_sealed(log, mac):
    id_ = insert_row(log, mac)
    log.execute(f"INSERT INTO audit_pending (entry_id) VALUES ('{id_}')")
    unknown_key = mac is not None and mac[:4] != Keys(AUDIT_KEY).id
    assert log.server.command("user", "create", f"{secrets.token_hex(4)}@example.test", "--verified", "--password-stdin",
                              stdin=fresh_password()).returncode == 0
    assert id_ not in dict(log.entries())
    assert "user.created" in {row["event"] for row in log.rows() if row["id"] in dict(log.entries())}
    if unknown_key:  # perhaps one that another instance knows already: it waits
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
        log.command("user", "disable", log.server.rows("SELECT email FROM users")[0]["email"])
        log.command("user", "enable", log.server.rows("SELECT email FROM users")[0]["email"])
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
    log.server.command("user", "disable", log.server.rows("SELECT email FROM users")[0]["email"])
    assert log.heads()[-1]["tree_size"] == newest["tree_size"]
    assert_found(log.verify(), "root", newest["first_entry"])
    assert "audit.tampering_noticed" in {row["event"] for row in log.rows()}


def sealed_before() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 60))


# ASVS 16.4.2
def test_pruned_segments_and_what_stays_verify(log):
    first = log.folder / "first.jsonl"
    middle = log.heads()[1]
    log.command("audit", "prune", "--before", middle["sealed_at"], "--to", first)
    assert first.stat().st_mode & 0o777 == 0o600
    verdict = log.verify("--head", log.published)
    assert verdict.code == 0 and verdict.answer["pruned"] == middle["first_entry"], verdict
    assert log.verify("--file", first).code == 0
    second = log.folder / "second.jsonl"
    log.command("audit", "prune", "--before", sealed_before(), "--to", second)
    assert log.verify("--head", log.published).code == 0
    assert log.verify("--file", first, "--file", second).code == 0
    assert log.verify("--file", second).code == 0
    assert_found(log.verify("--file", first), "join")
    assert_found(log.verify("--file", second, "--file", first), "join")
    key = log.command("audit", "public-key").split()[0]
    assert log.verify("--file", first, "--file", second, "--public-key", key).code == 0
    other = Keys(secrets.token_hex(32)).public_text
    assert_found(log.verify("--file", first, "--public-key", other), "signature")
    events = [json.loads(row["details"]) for row in log.rows() if row["event"] == "audit.pruned"]
    assert [event["from"] for event in events] == [0, middle["first_entry"]][-len(events):]


# ASVS 16.4.2, attack 40
@pytest.mark.parametrize("alter", [
    lambda lines: [line.replace("login.failed", "login.succeeded", 1) for line in lines],
    lambda lines: lines[:1] + lines[2:],
    lambda lines: [lines[0], lines[2], lines[1], *lines[3:]],
    lambda lines: lines[:-1],
    lambda lines: lines + lines[1:],
])
def test_an_altered_segment(log, alter):
    file = log.folder / "segment.jsonl"
    log.command("audit", "prune", "--before", sealed_before(), "--to", file)
    file.write_text("".join(alter(file.read_text().splitlines(keepends=True))))
    key = log.command("audit", "public-key").split()[0]
    for arguments in ((), ("--public-key", key)):
        verdict = log.verify("--file", file, *arguments)
        assert verdict.code == 1 and verdict.kind, verdict


# ASVS 16.4.2: to somebody who has only the public key
def test_a_proof_holds_offline(log):
    number, id_ = middle_entry(log)
    proof = log.folder / "proof.json"
    proof.write_text(log.command("audit", "prove", id_))
    key = log.command("audit", "public-key").split()[0]

    def check(*public_keys):
        keys = [part for key in public_keys for part in ("--public-key", key)]
        return log.server.command("--json", "audit", "check-proof", str(proof), *keys)

    done = check(key)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["entry_number"] == number
    assert check(Keys(secrets.token_hex(32)).public_text).returncode == 1
    right = json.loads(proof.read_text())
    for alter in (lambda p: p["entry"].update(event="x"), lambda p: p.update(entry_number=number + 1),
                  lambda p: p["inclusion_path"].reverse() or p["inclusion_path"].append("00" * 32),
                  lambda p: p["head"].update(tree_size=p["head"]["tree_size"] + 1)):
        altered = json.loads(json.dumps(right))
        alter(altered)
        proof.write_text(json.dumps(altered))
        assert check(key).returncode == 1, altered


def test_every_entry_can_be_proven(log):
    key = log.command("audit", "public-key").split()[0]
    proof = log.folder / "proof.json"
    for id_, _ in log.entries()[::3]:
        proof.write_text(log.command("audit", "prove", id_))
        assert log.server.command("audit", "check-proof", str(proof), "--public-key", key).returncode == 0
    assert log.server.command("audit", "prove", str(uuid.uuid4())).returncode == 1
