"""What addresses are known by where none is written: it outlives a rotation and an upgrade, and goes when it leaked."""

import hmac
import secrets
from pathlib import Path

import pytest

from harness import key_files
from harness.client import Client
from harness.daemon import wait_until
from harness.key_files import announce, change, command, ids, old_since, reload, reloads, retire
from harness.people import People, canonical
from harness.reply import ok

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def group(backend, tmp_path):
    with key_files.group(backend, tmp_path) as running:
        yield running


def name_under(key: bytes, label: str, name: str) -> bytes:
    """HMAC-SHA-256 of a length and the text, under HKDF-SHA-256 (RFC 5869) of the key without salt."""
    extracted = hmac.digest(bytes(32), key, "sha256")
    derived = hmac.digest(extracted, label.encode() + b"\x01", "sha256")
    return hmac.digest(derived, len(name).to_bytes(8, "big") + name.encode(), "sha256")


def test_a_lockout_and_decoys_outlive_the_rotation_of_the_secret(group):
    server, people = group[0], People(group[0])
    nobody, account = "nobody@example.test", people.verified()

    def stopped(email: str) -> bool:
        return people.login(email, "not the password").status == 429

    def decoys() -> dict:
        return ok(Client(group[-1]).post("/auth/webauthn/login/start", {"email": nobody})).json["publicKey"]

    shown = decoys()["allowCredentials"]
    for email in (nobody, account.email):
        while not stopped(email):
            pass
    before = ids(server, "secret")["current"]
    announce(group, "secret")
    change(group, "secret")
    server.execute(old_since(364))
    assert "may come back" in retire(server, "secret", before).stderr, "a browser that was known here comes once a year"
    server.execute(old_since(366))
    assert retire(server, "secret", before).returncode == 0
    reload(*group)
    group[0].restart()
    assert stopped(nobody) and stopped(account.email), "of both alike"
    assert decoys()["allowCredentials"] == shown


def names_by_the_secret(group) -> None:
    """Leaves the database as a version before the names' key did: names are made of SECRET_KEY, nothing says so."""
    for server in group:
        server.stop()
    group[0].execute("DELETE FROM wrapped_keys WHERE name = 'names'")
    for server in group:
        server.start()


# An upgrade must not forget a lockout, nor tell by decoys who has no account, nor send a mail more than the cap
def test_names_go_on_across_the_upgrade(group):
    server, people = group[0], People(group[0])
    account, nobody = people.verified(), "nobody@example.test"
    names_by_the_secret(group)

    def stopped(email: str) -> bool:
        return people.login(email, "not the password").status == 429

    def known_by() -> tuple:
        key = Client(group[-1]).post("/auth/webauthn/login/start", {"email": nobody}).json["publicKey"]
        ok(people.ask_for_reset(account.email))
        (last,) = server.rows(
            "SELECT recipient_hash FROM mails WHERE kind = 'reset_password' " "ORDER BY created_at DESC LIMIT 1"
        )
        return key["allowCredentials"], bytes(last["recipient_hash"])

    for email in (nobody, account.email):
        while not stopped(email):
            pass
    shown, name = known_by()
    secret = bytes.fromhex(Path(server.settings["SECRET_KEY_FILE"]).read_text())
    assert name == name_under(secret, "secureauth/mail/recipient", canonical(account.email)), "as every version before made it"
    names_by_the_secret(group)
    assert stopped(nobody) and stopped(account.email), "of both alike"
    assert known_by() == (shown, name)

    # Once it is kept, it stays when SECRET_KEY goes, and is another one when that is asked for.
    names = ids(server, "names")["current"]
    assert names == ids(server, "secret")["current"], "the same bytes"
    announce(group, "secret")
    change(group, "secret")
    assert ids(server, "names")["current"] == names
    assert "lies in no file" in server.command("keys", "rotate", "names", "--files").stderr
    assert ids(server, "names")["current"] == names
    command(server, "rotate", "names")
    fresh = ids(server, "names")["current"]
    assert {said["message"] for said in reload(*group)} == {"keys reloaded"}
    wait_until(lambda: sum(fresh in str(entry["details"]) for entry in reloads(server)) == len(group), "each records it")
    assert fresh != names and known_by()[1] != name


def test_names_of_a_fresh_database_do_not_hang_on_the_secret(group):
    assert ids(group[0], "names")["current"] != ids(group[0], "secret")["current"]


# A SECRET_KEY that leaked is changed at once, without overlap: docs/keys.md, "When a key leaked"
def test_a_leaked_secret_is_changed_without_overlap(group):
    server = group[0]
    client, _ = People(server).signed_in()
    for member in group:
        member.stop()
    path = Path(server.settings["SECRET_KEY_FILE"])
    path.write_text(secrets.token_hex(32) + "\n")
    key_files.note(path)
    refused = server.command("keys", "list")
    assert refused.returncode == 1 and "keys rotate names" in refused.stderr
    (drawn,) = command(server, "rotate", "names")
    assert drawn["purpose"] == "names"
    for member in group:
        member.start()
    ok(client.get("/auth/me"))
