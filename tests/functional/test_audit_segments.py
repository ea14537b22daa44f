"""Parts of the audit log outside of the database: pruned segments and proofs of single entries."""

import base64
import hashlib
import json
import secrets
import time
import uuid

import pytest

from harness.kept_log import AUDIT_KEY, FOUND, TABLES, assert_found, middle_entry, quoted
from harness.sealed_log import Keys


def sha256_of(file) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


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
    pruned = [json.loads(row["details"]) for row in log.rows() if row["event"] == "audit.pruned"]
    assert {"from": middle["first_entry"], "until": log.heads()[0]["tree_size"], "sha256": sha256_of(second)} in pruned


# ASVS 16.4.2, attack 40
@pytest.mark.parametrize(
    "alter, kinds",
    [
        (lambda lines: [line.replace("login.failed", "login.succeeded", 1) for line in lines], ("altered", "root")),
        (lambda lines: lines[:1] + lines[2:], ("leaves", "leaves")),
        (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], ("root", "root")),
        (lambda lines: lines[:-1], ("cut", "cut")),
        (lambda lines: lines + lines[1:], ("leaves", "leaves")),
        (lambda lines: lines[:3] + lines[2:], ("leaves", "leaves")),
        (lambda lines: [*lines[:2], "{}\n", *lines[2:]], ("file", "file")),
    ],
)
def test_an_altered_segment(log, alter, kinds):
    file = log.folder / "segment.jsonl"
    log.command("audit", "prune", "--before", sealed_before(), "--to", file)
    file.write_text("".join(alter(file.read_text().splitlines(keepends=True))))
    key = log.command("audit", "public-key").split()[0]
    for arguments, kind in zip(((), ("--public-key", key)), kinds):  # the key checks MACs, too
        verdict = log.verify("--file", file, *arguments)
        assert verdict.code == FOUND and verdict.kind == kind, verdict


# ASVS 16.4.2, attack 40: what was pruned can be compared with a published head nowhere else
def test_a_published_head_is_compared_with_a_segment(log):
    size = log.heads()[1]["tree_size"]
    file, early, other = (log.folder / name for name in ("segment.jsonl", "early.json", "other.json"))
    keys, head = Keys(AUDIT_KEY), log.heads()[0]
    early.write_text(head_of(keys, head["tree_size"], head["root_hash"], head["sealed_at"]))
    other.write_text(head_of(keys, head["tree_size"], bytes(32), head["sealed_at"]))
    log.command("audit", "prune", "--before", log.heads()[2]["sealed_at"], "--to", file)
    assert log.verify("--head", log.published).code == 0
    verdict = log.verify("--head", early)
    assert_found(verdict, "unreached")
    assert verdict.answer["findings"][0]["tree_size"] == head["tree_size"]
    key = log.command("audit", "public-key").split()[0]
    for arguments in ((), ("--public-key", key)):
        assert log.verify("--file", file, "--head", early, *arguments).code == 0
        assert_found(log.verify("--file", file, "--head", other, *arguments), "replaced")
        assert_found(log.verify("--file", file, "--head", log.published, *arguments), "unreached")
    assert log.heads()[0]["tree_size"] >= size
    assert log.server.command("audit", "verify", "--file", str(file), "--head", "/nonexistent").returncode == 1


def head_of(keys: Keys, size: int, root: bytes, sealed_at: str) -> str:
    signature = keys.sign(size, root, sealed_at)
    return json.dumps(
        {
            "version": "secureauth audit head v1",
            "tree_size": size,
            "root_hash": root.hex(),
            "sealed_at": sealed_at,
            "key_id": keys.id.hex(),
            "signature": base64.b64encode(signature).decode(),
        }
    )


# ASVS 16.4.2, attack 40: whoever has the key can make up a past that was pruned; a published head tells
def test_a_pruning_faked_by_the_key(log):
    keys, blob = Keys(AUDIT_KEY), lambda data: quoted(data, log.server.backend.name)
    early = log.folder / "early.json"
    head = log.heads()[1]
    early.write_text(head_of(keys, head["tree_size"], head["root_hash"], head["sealed_at"]))
    row = next(row for row in log.rows() if row["event"] == "login.failed")
    for table in TABLES:
        log.execute(f"DELETE FROM {table}")
    size, made_up = 64, secrets.token_bytes(32)  # one perfect subtree is one peak, and that is the root
    id_ = str(uuid.UUID(int=0))
    log.execute(
        "INSERT INTO audit_heads (tree_size, first_entry, leaves, first_id, last_id, peaks, root_hash, sealed_at,"
        f" key_id, signature) VALUES ({size}, 0, {blob(b'')}, '{id_}', '{id_}', {blob(made_up)}, {blob(made_up)},"
        f" '{head['sealed_at']}', '{keys.id.hex()}', {blob(keys.sign(size, made_up, head['sealed_at']))})"
    )
    row |= {"event": "audit.pruned", "outcome": "success", "details": json.dumps({"from": 0, "until": size})}
    log.execute(
        "INSERT INTO audit_logs (id, at, event, outcome, ip, user_agent, request_id, details, mac) VALUES"
        f" ('{row['id']}', '{row['at']}', 'audit.pruned', 'success', '{row['ip']}', '{row['user_agent']}',"
        f" '{row['request_id']}', '{row['details']}', {blob(keys.mac(row))})"
    )
    log.execute(f"INSERT INTO audit_pending (entry_id) VALUES ('{row['id']}')")
    assert_found(log.verify(), "no_anchor")  # what is not sealed vouches for nothing
    log.seal()
    assert log.verify().code == 0, "nothing in the database tells of it"
    assert_found(log.verify("--head", early), "unreached")


# ASVS 16.4.2: a receiver that nobody names any more keeps entries, too, and must be found
def test_a_pruning_that_waits_for_a_receiver_names_it(log):
    size = log.heads()[0]["tree_size"]
    log.execute(
        "INSERT INTO audit_deliveries (sink, next_entry, updated_at) VALUES ('webhook:gone', "
        f"{size}, '2026-01-01T00:00:00Z')"
    )
    try:
        for number, pruned in enumerate((size, 0)):
            done = log.server.command("--json", "audit", "prune", "--before", sealed_before(), "--to", f"{number}.jsonl")
            answer = json.loads(done.stdout)
            assert (answer["pruned"], answer["waited_for"]) == (pruned, {"sink": "webhook:gone", "next_entry": size})
            assert "webhook:gone" in done.stderr
    finally:
        log.execute("DELETE FROM audit_deliveries")


# ASVS 16.4.2: to somebody who has only the public key
def test_a_proof_holds_offline(log):
    number, id_ = middle_entry(log)
    proof = log.folder / "proof.json"
    proof.write_text(log.command("audit", "prove", id_))
    key = log.command("audit", "public-key").split()[0]

    def check(*public_keys):
        keys = [part for key in public_keys for part in ("--public-key", key)]
        return log.server.command("--json", "audit", "check-proof", str(proof), *keys)

    read = next(row for row in log.rows() if row["event"] == "audit.read")
    assert json.loads(read["details"]) == {"entry": id_}, "who looks at an entry is recorded"
    done = check(key)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["entry_number"] == number
    assert check(Keys(secrets.token_hex(32)).public_text).returncode == 1
    right = json.loads(proof.read_text())
    for alter in (
        lambda p: p["entry"].update(event="x"),
        lambda p: p.update(entry_number=number + 1),
        lambda p: p["inclusion_path"].reverse() or p["inclusion_path"].append("00" * 32),
        lambda p: p["head"].update(tree_size=p["head"]["tree_size"] + 1),
    ):
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
