"""Receivers are told of what was sealed, and of nothing else, whatever somebody writes into the record store."""

import json
import uuid

import pytest
from test_audit_push_webhooks import hook_settings, numbers, types

from harness.daemon import wait_until
from harness.kept_log import quoted
from harness.receivers import HookReceiver, assert_complete
from harness.sealing import delivery, plant, seal, sealed, wait_delivered, wait_known

pytestmark = pytest.mark.timeout(300)
HOOK = "webhook:crm"
MOMENT = "2026-11-28T12:00:00.000000Z"
one_database = pytest.mark.sqlite_only("which clock a lease is compared with does not hang on the database")


@pytest.fixture
def hook():
    with HookReceiver() as receiver:
        yield receiver


def forge_entry(server, event: str) -> str:
    """As somebody who may insert rows but has no key."""
    id_ = str(uuid.uuid4())
    server.execute(
        "INSERT INTO audit_logs (id, at, event, outcome, subject_id, ip, user_agent, request_id, details) "
        f"VALUES ('{id_}', '{MOMENT}', '{event}', 'success', '{uuid.uuid4()}', '', '', '', '{{}}')"
    )
    return id_


def forge_head(server, first_entry: int, id_: str) -> int:
    """A head of one entry; its size."""

    def blob(data: bytes) -> str:
        return quoted(data, server.backend.name)

    size = first_entry + 1
    leaf = uuid.UUID(id_).bytes + bytes(32)
    server.execute(
        "INSERT INTO audit_heads (tree_size, first_entry, leaves, first_id, last_id, peaks, root_hash, sealed_at, key_id, signature)"
        f" VALUES ({size}, {first_entry}, {blob(leaf)}, '{id_}', '{id_}', {blob(bytes(32 * size.bit_count()))}, {blob(bytes(32))},"
        f" '{MOMENT}', 'deadbeef', {blob(bytes(64))})"
    )
    return size


def wait_failing(server, why: str) -> dict:
    """Until the receiver is said to fail, for everybody to see."""
    wait_until(lambda: why in (delivery(server, HOOK)["last_error"] or ""), f"it is said: {why}")
    shown = server.command("audit", "deliveries", "--json")
    assert shown.returncode == 1, "who watches by the exit code hears of it"
    told = json.loads(shown.stdout)
    assert why in told["last_error"] and told["failures"] >= 1
    server.wait_for_log(lambda line: line["level"] == "error" and why in line.get("cause", ""))
    return told


def prune(server, file) -> str:
    done = server.command("audit", "prune", "--before", "2100-01-01", "--to", str(file))
    assert done.returncode == 0, done.stderr
    return done.stdout


# ASVS 16.4.2, attack 40
@pytest.mark.parametrize("far", [0, 1 << 40], ids=["the next one", "far off"])
def test_a_forged_event_is_not_delivered_and_moves_no_cursor(start_server, hook, far):
    server = start_server(**hook_settings(hook))
    wait_known(server, HOOK)
    plant(server, 1)
    seal(server)
    wait_delivered(server, HOOK)
    before = delivery(server, HOOK)["next_entry"]
    forged = forge_entry(server, "user.deleted")
    size = forge_head(server, before + far, forged)
    wait_failing(server, "the log is not what was sealed")
    assert delivery(server, HOOK)["next_entry"] == before
    server.execute(f"DELETE FROM audit_heads WHERE tree_size = {size}")
    server.execute(f"DELETE FROM audit_logs WHERE id = '{forged}'")
    plant(server, 3)
    count = seal(server)
    wait_delivered(server, HOOK)
    first = numbers(hook)[0]  # what was sealed before it was known is not for it
    assert_complete(numbers(hook), count - first, first)
    assert "user.deleted" not in types(hook)
    assert server.command("audit", "deliveries").returncode == 0


def test_a_cursor_behind_the_end_of_the_log_is_told_and_holds_up_pruning(start_server, hook, tmp_path):
    """As when a backup was restored: what comes next would be passed over."""
    server = start_server(**hook_settings(hook))
    wait_known(server, HOOK)
    for _ in range(2):
        plant(server, 3)
        seal(server)
    wait_delivered(server, HOOK)
    server.execute(f"UPDATE audit_deliveries SET next_entry = {sealed(server) + 1000}")
    wait_failing(server, "the log ends before what was delivered")
    assert "nothing to prune" in prune(server, tmp_path / "no.jsonl")
    assert server.command("audit", "deliveries", "reset", HOOK, "--entry", "newest").returncode == 0
    before = len(hook.taken)
    plant(server, 3)
    seal(server)
    wait_delivered(server, HOOK)
    assert len(hook.taken) >= before + 3
    assert prune(server, tmp_path / "yes.jsonl").startswith("pruned ")


@pytest.mark.parametrize("how", ["named later", "reset"])
def test_what_stands_behind_a_pruned_part_arrives(start_server, hook, tmp_path, how):
    server = start_server(**({} if how == "named later" else hook_settings(hook)))
    for _ in range(3):
        plant(server, 3)
        seal(server)
    if how == "reset":
        wait_delivered(server, HOOK)
    assert prune(server, tmp_path / "segment.jsonl").startswith("pruned ")
    (anchor,) = server.rows("SELECT tree_size FROM audit_heads ORDER BY tree_size LIMIT 1")
    first = anchor["tree_size"]
    if how == "reset":
        wait_delivered(server, HOOK)
        hook.taken.clear()
        assert server.command("audit", "deliveries", "reset", HOOK, "--entry", "0").returncode == 0
    else:
        server.stop()
        server.settings.update(hook_settings(hook, AUDIT_PUSH_FROM="start"))
        server.start()
        wait_known(server, HOOK)
    plant(server, 2)
    count = seal(server)
    wait_delivered(server, HOOK)
    assert_complete(numbers(hook), count - first, first)
    gap = server.wait_for_log(lambda line: line["message"] == "audit entries were pruned before they were delivered")
    assert gap["entries"] == first
    assert prune(server, tmp_path / "next.jsonl").startswith("pruned "), "nobody waits for what is gone"


# ASVS 16.4.2, attack 40
def test_altered_rows_are_passed_over_and_said(start_server, hook):
    hook.always = 503
    server = start_server(**hook_settings(hook))
    wait_known(server, HOOK)
    ids = plant(server, 6)
    seal(server)
    server.stop()
    bad_time = "infinity" if server.backend.name == "postgres" else "x"
    for id_, change in zip(ids, ("event = 'user.deleted'", f"at = '{bad_time}'", "mac = NULL", "details = '{'")):
        server.execute(f"UPDATE audit_logs SET {change} WHERE id = '{id_}'")
    server.execute(f"DELETE FROM audit_logs WHERE id = '{ids[4]}'")
    hook.answers, hook.always = [503, 503], 204
    server.start()
    wait_delivered(server, HOOK)
    told = [posted.headers["webhook-id"] for posted in hook.taken]
    assert ids[5] in told and not set(ids[:5]) & set(told)
    (line,) = [line for line in server.log_lines() if "gone or were altered" in line["message"]]
    assert line["level"] == "error" and line["entries"] == 5
    # Even if somebody puts the rows back: an event of its own tells the receiver.
    wait_until(lambda: "audit.tampering_noticed" in types(hook), "it hears of it")
    (row,) = server.rows("SELECT details FROM audit_logs WHERE event = 'audit.tampering_noticed'")
    told = json.loads(row["details"])
    assert (told["what"], told["count"], set(told["entries"])) == ("entry_not_as_sealed", 5, set(ids[:5]))


@one_database
def test_a_lease_outlasts_clocks_that_differ(start_server, hook):
    hook.always = "hang"
    # Thrice that is less than the shortest lease; and as long the delivery hangs, for the lease to be looked at.
    server = start_server(**hook_settings(hook, "login.failed", AUDIT_PUSH_TIMEOUT_SECONDS=4))
    wait_known(server, HOOK)
    ahead = "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', '{}')"
    server.execute(f"UPDATE audit_deliveries SET holder = 'ahead', held_until = {ahead.format('+1 day')}")
    plant(server, 1)
    seal(server)
    wait_until(lambda: hook.all, "who had a clock a day ahead keeps nobody away")
    (row,) = server.rows(f"SELECT held_until > {ahead.format('+10 seconds')} AS long FROM audit_deliveries")
    assert row["long"], "instances' clocks may be five seconds apart"
