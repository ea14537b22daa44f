"""Attack 30: a stored PHC string with m = 4 GiB, t = 10^6, p = 255, or a weak bcrypt imported -> refused within caps; weak
ones are rehashed upward, never downward."""

import json
import re
import secrets

import bcrypt
import pytest

from harness import canaries
from harness.concurrently import at_once
from harness.foreign_hashes import COSTLY, FAST, MAKERS
from harness.imported import bring, line, plant, stored
from harness.people import People, fresh_email, fresh_password
from harness.process import cpu_seconds, memory_of

PASSWORD = "Pässwörd \U0001f511 of thirty bytes or so"
FIRST = secrets.token_hex(32)
MIB = 1024 * 1024
canaries.note(FIRST)


# attack 30
@pytest.mark.parametrize("kind", FAST | COSTLY)
def test_what_is_too_fast_or_too_dear_is_not_imported(server, kind):
    email = fresh_email()
    refused = server.command("--json", "user", "import", "-", stdin=line(email, (FAST | COSTLY)[kind]))
    assert refused.returncode == 1
    assert json.loads(refused.stdout)["refused"] == 1
    assert re.match(r"line 1: The hash (is of a kind that is guessed too fast|costs more to verify)", refused.stderr)
    assert (FAST | COSTLY)[kind] not in refused.stderr
    assert server.rows("SELECT id FROM users WHERE email = ?", email) == []


# attack 30: written behind the service's back it costs no more than any other
@pytest.mark.parametrize("kind", COSTLY)
def test_a_planted_cost_is_not_paid(server, people, kind):
    email = bring(server, MAKERS["bcrypt 2b"](PASSWORD))
    plant(server, email, COSTLY[kind])
    began = cpu_seconds(server)
    assert people.login(email, PASSWORD).status == 401
    assert cpu_seconds(server) - began < 20, "a bound far above what it takes, and far below what was planted"


# CS Password Storage: never downwards
def test_a_greater_cost_is_kept(start_server):
    server = start_server(ARGON2_MEMORY_COST=16384, ARGON2_TIME_COST=3)
    account = People(server).verified()
    server.settings.update({"ARGON2_MEMORY_COST": 8192, "ARGON2_TIME_COST": 1})
    server.restart()
    assert People(server).login(account.email, account.password).status == 200
    assert "m=16384,t=3,p=1$" in stored(server, account.email)
    server.settings.update({"PASSWORD_PEPPER": FIRST})
    server.restart()
    assert People(server).login(account.email, account.password).status == 200
    assert "m=16384,t=3,p=1,keyid=" in stored(server, account.email), "a new pepper at the old cost"


# CS Password Storage
def test_a_lower_cost_is_raised(start_server):
    server = start_server()
    account = People(server).verified()
    server.settings.update({"ARGON2_MEMORY_COST": 9000, "ARGON2_TIME_COST": 2})
    server.restart()
    assert People(server).login(account.email, fresh_password()).status == 401
    assert "m=8192,t=1,p=1$" in stored(server, account.email)
    assert People(server).login(account.email, account.password).status == 200
    assert "m=9000,t=2,p=1$" in stored(server, account.email)


# attack 30: neither memory nor time, for many at once
def test_planted_costs_take_no_memory(start_server):
    server = start_server()
    people = People(server)
    emails = {kind: bring(server, MAKERS["bcrypt 2b"](PASSWORD)) for kind in COSTLY}
    for kind, email in emails.items():
        plant(server, email, COSTLY[kind])
    client, _ = people.signed_in()
    before = memory_of(server)
    began = cpu_seconds(server)
    replies = at_once([lambda e=email: people.login(e, PASSWORD) for email in list(emails.values()) * 2])
    assert {reply.refusal for reply in replies} == {(401, "invalid_credentials")}
    assert cpu_seconds(server) - began < 20, "a bound far above what it takes, and far below what was planted"
    assert memory_of(server) - before < 128 * MIB
    assert client.get("/auth/me").status == 200


def planted(
    m="8192",
    t="1",
    p="1",
    version="19",
    salt="MDEyMzQ1Njc4OWFiY2RlZg",
    tag="qVSBwnsR0r98YPlp0GgnaRSFK4LZ73cWS+WG5btTjTg",
    extra="",
    kind="argon2id",
):
    return f"${kind}$v={version}$m={m},t={t},p={p}{extra}${salt}${tag}"


NEAR_THE_CAPS = {
    "m of 32 bits": planted(m="4294967295"),
    "m beyond 32 bits": planted(m="4294967296"),
    "m beyond 64 bits": planted(m="9" * 25),
    "m negative": planted(m="-8192"),
    "m zero": planted(m="0"),
    "m less than 8 p": planted(m="7", p="255"),
    "t zero": planted(t="0"),
    "t beyond 32 bits": planted(t="4294967297"),
    "p zero": planted(p="0"),
    "p of 24 bits": planted(p="16777215"),
    "m and t and p": planted("4194304", "1000000", "255"),
    "m twice": planted(m="8192,m=4194304"),
    "hexadecimal": planted(m="0x2000"),
    "an exponent": planted(m="1e9"),
    "a salt of nothing": planted(salt=""),
    "a salt of a megabyte": planted(salt="A" * MIB),
    "a tag of nothing": planted(tag=""),
    "a tag of a megabyte": planted(tag="A" * MIB),
    "argon2x": planted(kind="argon2x"),
    "a version to come": planted(version="99"),
    "bcrypt 0": "$2b$00$" + "A" * 53,
    "bcrypt 99": "$2b$99$" + "A" * 53,
    "bcrypt -1": "$2b$-1$" + "A" * 53,
}


# attack 30: whatever stands there, it matches nothing, costs little and breaks nothing
@pytest.mark.parametrize("kind", NEAR_THE_CAPS)
def test_what_lies_near_the_caps_matches_nothing(server, people, kind):
    email = bring(server, MAKERS["bcrypt 2b"](PASSWORD))
    plant(server, email, NEAR_THE_CAPS[kind])
    began = cpu_seconds(server)
    assert people.login(email, PASSWORD).refusal == (401, "invalid_credentials")
    assert cpu_seconds(server) - began < 10
    assert stored(server, email) == NEAR_THE_CAPS[kind], "and nothing is rehashed"
    refused = server.command("user", "import", "-", stdin=line(fresh_email(), NEAR_THE_CAPS[kind]))
    assert refused.returncode == 1


# attack 30, ASVS 11.4.2: a weak bcrypt is taken and goes with the first sign-in; each way into the account
@pytest.mark.parametrize("rounds", [4, 5])
def test_a_weak_bcrypt_is_gone_after_the_first_sign_in(server, people, rounds):
    email = bring(server, bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(rounds)).decode())
    assert stored(server, email).startswith(f"$2b$0{rounds}$")
    assert people.login(email, fresh_password()).status == 401
    assert stored(server, email).startswith("$2b$"), "a wrong password replaces nothing"
    replies = at_once([lambda: people.login(email, PASSWORD)] * 6)
    assert {reply.status for reply in replies} == {200}
    assert stored(server, email).startswith("$argon2id$v=19$m=8192,t=1,p=1$")
    assert people.login(email, PASSWORD).status == 200
