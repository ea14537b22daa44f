"""Parts of the audit log outside of the database: pruned segments and proofs of single entries."""

import hashlib
import json
import secrets
import time
import uuid

import pytest

from harness.kept_log import assert_found, middle_entry
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
