"""The key of TOTP secrets changes while the service runs; a secret that cannot be opened harms nobody."""

import json
import re
import secrets
from functools import partial

import pytest

from harness import canaries, process
from harness.concurrently import at_once
from harness.people import People

FIRST, SECOND, THIRD = (secrets.token_hex(32) for _ in range(3))
for key in (FIRST, SECOND, THIRD):
    canaries.note(key)


def keys(server, *arguments) -> list[dict]:
    done = server.command("keys", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def sealed_by_state(server) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in keys(server, "list", "totp"):
        counts[row["state"]] = counts.get(row["state"], 0) + row["depends"]["totp_secrets"]
    return counts


def set_up(server) -> dict:
    """An authenticator that waits for its first code."""
    client, _ = People(server).signed_in()
    reply = client.post("/auth/mfa/totp/setup", csrf=True)
    assert reply.status == 200, reply
    return reply.json


def activate_one(server) -> None:
    """As a code would have: to where the authenticators lie that are in use."""
    columns = "user_id, secret, algorithm, digits, period"
    server.execute(
        f"INSERT INTO totp_authenticators ({columns}, drift, last_step, created_at, last_used_at) "
        f"SELECT {columns}, 0, 0, created_at, created_at FROM totp_enrolments ORDER BY user_id LIMIT 1"
    )
    server.execute("DELETE FROM totp_enrolments WHERE user_id IN (SELECT user_id FROM totp_authenticators)")


def with_keys(server, current: str, *old: str) -> None:
    server.settings.update({"TOTP_ENCRYPTION_KEY": current, "TOTP_ENCRYPTION_KEYS_OLD": ",".join(old) or None})
    server.restart()


def stored(server) -> dict[str, bytes]:
    rows = server.rows("SELECT user_id, secret FROM totp_enrolments")
    return {str(row["user_id"]): bytes(row["secret"]) for row in rows}


# ASVS 11.2.2: the steps of docs/keys.md
def test_a_key_is_rotated_step_by_step(start_server):
    server = start_server(TOTP_ENCRYPTION_KEY=FIRST)
    set_up(server), set_up(server)
    activate_one(server)
    assert sealed_by_state(server) == {"current": 2}

    with_keys(server, FIRST, SECOND)
    set_up(server)
    assert sealed_by_state(server) == {"current": 3, "old": 0}

    with_keys(server, SECOND, FIRST)
    set_up(server)
    assert sealed_by_state(server) == {"current": 1, "old": 3}
    (rotated,) = keys(server, "rotate", "totp")
    assert (rotated["resealed"], rotated["unreadable"]) == (3, 0)
    assert sealed_by_state(server) == {"current": 4, "old": 0}

    with_keys(server, SECOND)
    assert sealed_by_state(server) == {"current": 4}
    assert keys(server, "rotate", "totp")[0]["resealed"] == 0


# ASVS 11.2.2
def test_rotating_leaves_what_it_cannot_open(start_server):
    server = start_server(TOTP_ENCRYPTION_KEY=FIRST)
    set_up(server)
    before = stored(server)
    with_keys(server, SECOND)
    assert sealed_by_state(server) == {"current": 0, "not in the settings": 1}
    done = server.command("keys", "rotate", "totp")
    assert done.returncode == 1 and "1 secret could not be opened" in done.stdout
    assert stored(server) == before
    with_keys(server, SECOND, FIRST)
    assert keys(server, "rotate", "totp")[0]["resealed"] == 1


# ASVS 11.2.2: two rotations and set-ups at once lose nothing
def test_rotations_and_set_ups_run_beside_each_other(start_server):
    server = start_server(TOTP_ENCRYPTION_KEY=FIRST)
    for _ in range(5):
        set_up(server)
    activate_one(server)
    with_keys(server, SECOND, FIRST)
    done = at_once([lambda: server.command("keys", "rotate", "totp").returncode] * 2 + [lambda: set_up(server)] * 3)
    assert done[:2] == [0, 0]
    assert sealed_by_state(server) == {"current": 8, "old": 0}


# ASVS 11.2.2: keys go back and forth under people who give their codes
def test_codes_are_verified_while_keys_are_rotated(start_server):
    server = start_server(TOTP_ENCRYPTION_KEY=FIRST, TOTP_ENCRYPTION_KEYS_OLD=SECOND)
    people = People(server)
    owners = [people.with_totp() for _ in range(3)]
    there = server.settings | {"TOTP_ENCRYPTION_KEY": SECOND, "TOTP_ENCRYPTION_KEYS_OLD": FIRST}
    rotations, answers = [], []

    def rotate() -> None:
        for settings in (there, server.settings) * 3:
            rotations.append(process.command("keys", "rotate", "totp", "--json", settings=settings, folder=server.folder))

    def give_codes(client, account) -> None:
        for _ in range(8):
            code = account.totp.fresh_code()
            answers.append(client.post("/auth/mfa/totp/verify", {"code": code}, csrf=True).refusal)

    at_once([rotate, *(partial(give_codes, *owner) for owner in owners)])
    assert [done.returncode for done in rotations] == [0] * 6
    assert sum(json.loads(done.stdout)["resealed"] for done in rotations) == 6 * len(owners), "each found them all"
    assert answers == [(200, None)] * 8 * len(owners)
    assert server.rows("SELECT id FROM audit_logs WHERE event = 'mfa.secret_unreadable'") == []


# ASVS 11.3.2, 11.3.4, 14.2.6
def test_secrets_lie_sealed_each_in_its_own_way(start_server):
    server = start_server(TOTP_ENCRYPTION_KEY=FIRST)
    setups = [set_up(server) for _ in range(3)]
    sealed = list(stored(server).values())
    assert len({blob[7:19] for blob in sealed}) == 3, "a nonce each"
    assert len({blob[:7] for blob in sealed}) == 1, "scheme and key id"
    for blob in sealed:
        assert len(blob) == 1 + 6 + 12 + 20 + 16
        for setup in setups:
            assert setup["secret"].encode() not in blob


def test_generate_prints_a_key_that_will_do(start_server):
    server = start_server(TOTP_ENCRYPTION_KEY=FIRST)
    line = server.command("keys", "generate").stdout.strip()
    assert re.fullmatch("[0-9a-f]{64}", line)
    (machine,) = keys(server, "generate")
    assert machine["key"] != line
    with_keys(server, machine["key"], FIRST)
    set_up(server)
    assert sealed_by_state(server) == {"current": 1, "old": 0}


# ASVS 13.3.2: an id gives nothing of its key away
def test_keys_themselves_are_never_listed(start_server):
    server = start_server(TOTP_ENCRYPTION_KEY=FIRST, TOTP_ENCRYPTION_KEYS_OLD=f"{SECOND},{THIRD}")
    rows = keys(server, "list", "totp")
    assert [row["state"] for row in rows] == ["current", "old", "old"]
    said = server.command("keys", "list").stdout
    for key, row in zip((FIRST, SECOND, THIRD), rows, strict=True):
        assert re.fullmatch("[0-9a-f]{12}", row["key_id"]) and row["key_id"] in said
        assert row["key_id"] not in key


@pytest.mark.parametrize("arguments", [[], ["rotate"], ["rotate", "more"], ["list", "more"], ["retire", "csrf"]], ids=str)
def test_usage(start_server, arguments):
    server = start_server()
    assert server.command("keys", *arguments).returncode == 2


# ASVS 11.2.2: a start with a wrong key is told before the first who signs in finds out
def test_secrets_under_a_key_that_is_missing_are_told(start_server):
    server = start_server(TOTP_ENCRYPTION_KEY=FIRST)
    set_up(server), set_up(server)
    activate_one(server)
    with_keys(server, FIRST)
    (held,) = keys(server, "list", "totp")
    with_keys(server, SECOND)
    told = server.wait_for_log(lambda line: line.get("key_id") == held["key_id"] and "secrets" in line)
    assert (told["level"], told["secrets"]) == ("error", 2)
    with_keys(server, SECOND, FIRST)
    People(server).signed_in()
    lines = [line for line in server.log_lines() if line.get("key_id") == held["key_id"] and "secrets" in line]
    assert len(lines) == 1
