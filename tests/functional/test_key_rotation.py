"""Every key is rotated while people use the service: next, current, old, gone. No request fails, nobody is signed out."""

import itertools
import json
import re
import secrets
import threading
from pathlib import Path

import jwt
import pytest

from harness import key_files
from harness.client import Client
from harness.contract import ROOT
from harness.daemon import wait_until
from harness.instances import elsewhere
from harness.key_files import AGED, announce, change, command, ids, reload, reloads, retire
from harness.people import People, fresh_password
from harness.reply import ok

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def group(backend, tmp_path):
    with key_files.group(backend, tmp_path) as running:
        yield running


class Busy(threading.Thread):
    """Does the same things over and over, on each instance in turn, until it is told to stop or one of them fails."""

    def __init__(self, group):
        super().__init__(daemon=True)
        self.group, self.turns = group, itertools.cycle(group)
        self.rounds, self.failure = 0, None
        self._stop_asked = threading.Event()

    def run(self) -> None:
        try:
            while not self._stop_asked.is_set():
                self.once()
                self.rounds += 1
        except Exception as error:  # told by end(), on the test's own thread
            self.failure = error

    def end(self) -> None:
        self._stop_asked.set()
        self.join(60)
        if self.failure:
            raise self.failure
        assert self.rounds > 0, f"{type(self).__name__} did nothing"


class SignedIn(Busy):
    """One session for the whole of it: who am I, CSRF, cursors, tokens, forward authentication."""

    def __init__(self, group):
        super().__init__(group)
        people = People(group[0])
        self.client, self.account = people.with_totp()
        self.others = [people.sign_in(self.account) for _ in range(2)]
        self.browsers = [elsewhere(self.client, server) for server in group]
        self.browser = itertools.cycle(self.browsers)

    def once(self) -> None:
        first, second = next(self.browser), next(self.browser)
        ok(first.get("/auth/me"))
        ok(second.post("/auth/step-up/check", csrf=True))
        cursor = ok(first.get("/auth/sessions?limit=1")).json["next_cursor"]
        assert ok(second.get(f"/auth/sessions?limit=1&cursor={cursor}")).json["sessions"]
        token = ok(first.post("/auth/token", {"audience": "reports"}, csrf=True)).json["token"]
        published = {key["kid"] for key in second.get("/.well-known/jwks.json").json["keys"]}
        assert jwt.get_unverified_header(token)["kid"] in published, "a service that knows the set knows the key"
        told = {
            "X-Forwarded-Method": "GET",
            "X-Forwarded-Proto": "http",
            "X-Forwarded-Uri": "/app",
            "X-Forwarded-Host": second.server.authority,
            "X-Forwarded-For": "203.0.113.7",
        }
        ok(second.get("/auth/verify", headers=told))


class SigningIn(Busy):
    """Password, code and a browser that is known: on another instance each time."""

    def __init__(self, group):
        super().__init__(group)
        self.people = People(group[0])
        self.browser, self.account = self.people.with_totp()

    def once(self) -> None:
        server = next(self.turns)
        client = elsewhere(self.browser, server)
        reply = ok(client.post("/auth/login", self.account.credentials))
        client = elsewhere(client, next(self.turns))
        body = {"challenge_id": reply.json["challenge_id"], "code": self.account.totp.fresh_code()}
        ok(client.post("/auth/mfa/totp/verify", body, csrf=True))
        ok(client.get("/auth/me"))
        self.browser.cookies.update(client.cookies)


class ByMail(Busy):
    """Registers here, follows the link there; has the password reset the same way."""

    def __init__(self, group):
        super().__init__(group)
        self.accounts = []

    def once(self) -> None:
        here, there = People(next(self.turns)), People(next(self.turns))
        account = here.register()
        ok(there.verify(there.token(account.email)))
        ok(there.ask_for_reset(account.email))
        password = fresh_password()
        ok(here.reset(here.reset_token(account.email), password))
        account.password = password
        self.accounts.append(account)


class Kept:
    """What was made under one key and is brought back later."""

    def __init__(self, group):
        self.people = People(group[0])
        self.client, self.account = self.people.with_totp()
        self.recovery = self.people.recovery_codes(self.client)
        self.others = [self.people.sign_in(self.account) for _ in range(2)]
        self.csrf = self.client.cookies["csrf_token"]
        self.cursor = self.client.get("/auth/sessions?limit=1").json["next_cursor"]
        self.token = ok(self.client.post("/auth/token", {"audience": "reports"}, csrf=True)).json["token"]

    def takes(self, server) -> dict[str, bool]:
        client = elsewhere(self.client, server)
        client.cookies["csrf_token"] = self.csrf
        published = jwt.PyJWKSet.from_dict(Client(server).get("/.well-known/jwks.json").json)
        kid = jwt.get_unverified_header(self.token)["kid"]
        return {
            "session": client.get("/auth/me").status == 200,
            "csrf": client.post("/auth/step-up/check", csrf=True).status == 200,
            "secret": client.get(f"/auth/sessions?limit=1&cursor={self.cursor}").status == 200,
            "token": kid in {key.key_id for key in published.keys},
        }

    def recovers(self, server) -> None:
        """A recovery code, which is hashed with the pepper, ends a sign-in."""
        client = Client(server)
        reply = ok(client.post("/auth/login", self.account.credentials))
        body = {"challenge_id": reply.json["challenge_id"], "code": self.recovery.pop()}
        ok(client.post("/auth/mfa/recovery/verify", body, csrf=True))


# ASVS 11.1.1, 11.1.2, 13.1.4, 13.3.4, 11.2.2: each key through its steps by files and SIGHUP, under load
def test_every_key_is_rotated_under_load(group):
    server = group[0]
    kept = Kept(group)
    load = [SignedIn(group), SigningIn(group), ByMail(group)]
    for one in load:
        one.start()
    old = {}
    for purpose in key_files.SETTINGS:
        old[purpose] = ids(server, purpose)["current"]
        announce(group, purpose)
        following = ids(server, purpose)["next"]
        change(group, purpose, old[purpose])
        after = ids(server, purpose)
        assert (after["current"], after["old"]) == (following, old[purpose])
        for path in Path(server.settings[f"{key_files.SETTINGS[purpose]}_FILE"]).parent.iterdir():
            key_files.note(path)
        for one in load:
            assert one.failure is None, one.failure
    for one in load:
        one.end()

    for member in group:
        assert kept.takes(member) == dict.fromkeys(("session", "csrf", "secret", "token"), True), "during the overlap"
        kept.recovers(member)
    assert server.command("audit", "verify").returncode == 0
    assert server.rows("SELECT id FROM audit_logs WHERE event = 'mfa.secret_unreadable'") == []

    # What hangs on the former keys comes under the new ones, or to its end.
    server.execute(AGED)
    for account in load[2].accounts:
        ok(People(server).login(account.email, account.password))
    refused = retire(server, "pepper", old["pepper"])
    assert refused.returncode == 1 and "passwords and recovery codes" in refused.stderr
    for person in (kept, load[0], load[1]):
        person.client = People(server).sign_in(person.account)
    server.execute("DELETE FROM recovery_codes")
    for purpose in ("secret", "csrf", "pepper", "totp", "token"):
        done = retire(server, purpose, old[purpose])
        assert done.returncode == 0, (purpose, done.stderr)
        assert json.loads(done.stdout)["needed_by_backups"] == (purpose in {"secret", "pepper", "totp"}), "rows lie under it"
    assert "audit entries and heads" in retire(server, "audit", old["audit"]).stderr, "they are kept for years"
    reload(*group)
    kept.client = load[0].client
    for member in group:
        assert ok(kept.client.get("/auth/me"))
        assert People(member).login(kept.account.email, kept.account.password).status == 200
    assert server.command("audit", "verify").returncode == 0
    wanted = (2 * len(old) + 1) * len(group)
    wait_until(lambda: len(reloads(server)) >= wanted, "the last reload is recorded")
    assert len(reloads(server)) == wanted, "next, current, and all that retire at once"


# ASVS 11.2.2: what is retired is gone
def test_nothing_is_taken_that_was_made_under_a_retired_key(group):
    server = group[0]
    kept = Kept(group)
    browser = kept.client
    for purpose, member in (("csrf", "csrf"), ("secret", "secret"), ("token", "token")):
        before = ids(server, purpose)["current"]
        announce(group, purpose)
        change(group, purpose)
        assert kept.takes(group[-1])[member], "still, during the overlap"
        server.execute(AGED)
        assert retire(server, purpose, before).returncode == 0
        reload(*group)
        for instance in group:
            took = kept.takes(instance)
            assert took["session"] and not took[member], (purpose, took)
    ok(browser.get("/auth/csrf"))
    ok(browser.post("/auth/step-up/check", csrf=True))


# SIGHUP with a mistake changes nothing
def test_a_broken_file_leaves_everything_as_it_was(group):
    server = group[0]
    client, _ = People(server).signed_in()
    before = ids(server, "csrf")
    path = Path(server.settings["CSRF_SECRET_FILE"])
    key = path.read_text()
    path.write_text("half a key\n")
    said = reload(server)[0]
    assert said["level"] == "error" and "CSRF_SECRET" in said["mistake"] and "half" not in said["mistake"]
    ok(client.post("/auth/step-up/check", csrf=True))
    (entry,) = reloads(server)
    assert entry["outcome"] == "failure" and "CSRF_SECRET" in str(entry["details"])
    path.write_text(key)
    assert reload(server)[0]["message"] == "settings read again: the keys are the same"
    assert ids(server, "csrf") == before
    # Nor does a SECRET_KEY that is another database's.
    secret = Path(server.settings["SECRET_KEY_FILE"])
    mine = secret.read_text()
    secret.write_text(secrets.token_hex(32) + "\n")
    key_files.note(secret)
    assert "names' key" in reload(server)[0]["mistake"]
    secret.write_text(mine)


def test_other_settings_are_told_to_need_a_restart(group):
    server = group[0]
    (server.folder / ".env").write_text("TOTP_ISSUER=Another\n")
    reload(server)
    told = server.wait_for_log(lambda line: line["message"] == "settings were changed that need a restart")
    assert told["settings"] == "TOTP_ISSUER"


def test_no_key_is_used_before_a_service_takes_it(group):
    server = group[0]
    assert "there is no next key" in server.command("keys", "rotate", "csrf", "--files").stderr
    command(server, "generate", "csrf", "--files")
    refused = server.command("keys", "rotate", "csrf", "--files")
    assert refused.returncode == 1 and "no running service has taken the next key" in refused.stderr
    assert "is there already" in server.command("keys", "generate", "csrf", "--files").stderr
    current = ids(server, "csrf")["current"]
    assert "only an old key is retired" in server.command("keys", "retire", "csrf", current).stderr
    assert "there is no key" in server.command("keys", "retire", "csrf", "0123456789ab").stderr


def test_files_of_keys_are_their_owners_alone(group):
    server = group[0]
    announce(group, "csrf")
    change(group, "csrf")
    folder = Path(server.settings["CSRF_SECRET_FILE"]).parent
    written = sorted(folder.glob("csrf_secret*"))
    assert [path.name for path in written] == ["csrf_secret", "csrf_secret.old"]
    assert {path.stat().st_mode & 0o777 for path in written} == {0o600}


# A key that is gone from the settings by mistake: passwords would be stored without pepper, secrets be lost
def test_a_key_in_force_does_not_vanish_unasked(group):
    server, people = group[0], People(group[0])
    account = people.verified()
    pepper, csrf = (Path(server.settings[f"{name}_FILE"]) for name in ("PASSWORD_PEPPER", "CSRF_SECRET"))
    before = {purpose: ids(server, purpose)["current"] for purpose in ("pepper", "csrf")}
    key = pepper.read_text()
    pepper.write_text(secrets.token_hex(32) + "\n")  # without PASSWORD_PEPPERS_OLD
    key_files.note(pepper)
    said = reload(server)[0]
    assert said["level"] == "error" and f"PASSWORD_PEPPERS_OLD names {before['pepper']} no more" in said["mistake"]
    ok(people.login(account.email, account.password))
    (entry,) = reloads(server)
    assert entry["outcome"] == "failure" and "PASSWORD_PEPPERS_OLD" in str(entry["details"])
    pepper.write_text(key)

    # Nor does an old one.
    announce(group, "csrf")
    change(group, "csrf")
    old = Path(f"{csrf}.old")
    lines = old.read_text()
    old.unlink()
    assert f"CSRF_SECRETS_OLD names {before['csrf']} no more" in reload(server)[0]["mistake"]
    assert "there is no key" in retire_by_id(server, "csrf", before["csrf"]).stderr
    assert "no service has had" in retire_by_id(server, "csrf", "0123456789ab", "--force").stderr
    old.write_text(lines)
    assert reload(server)[0]["message"] == "settings read again: the keys are the same"
    old.unlink()
    assert retire_by_id(server, "csrf", before["csrf"], "--force").returncode == 0
    assert {said["message"] for said in reload(*group)} == {"keys reloaded"}


# ASVS 11.1.1, 16.4.2: what is recorded under a key that nobody keeps could never be sealed
def test_no_reload_takes_an_audit_key_that_the_log_does_not_know(group):
    server = group[0]
    path = Path(server.settings["AUDIT_KEY_FILE"])
    key, id, old = path.read_text(), ids(server, "audit")["current"], Path(f"{path}.old")
    path.write_text(secrets.token_hex(32) + "\n")
    old.write_text(key)
    for file in (path, old):
        key_files.note(file)
    assert retire_by_id(server, "audit", id, "--force").returncode == 0
    former = (id, ids(server, "audit")["current"])  # one of which signed the newest head: the command's, or the service's
    old.unlink()
    path.write_text(secrets.token_hex(32) + "\n")
    key_files.note(path)
    said = reload(server)[0]
    assert "AUDIT_KEY cannot come into force" in said["mistake"] and any(one in said["mistake"] for one in former)
    (refused,) = reloads(server)
    assert refused["outcome"] == "failure" and "AUDIT_KEY" in str(refused["details"])


def retire_by_id(server, purpose: str, id: str, *options: str):
    return server.command("keys", "retire", purpose, id, *options)


def test_made_secrets_rotate_too(start_server):
    """In development the keys lie beside the data."""
    server = start_server()
    client, _ = People(server).signed_in()
    for purpose in ("secret", "csrf", "totp", "audit", "token"):
        command(server, "generate", purpose, "--files")
        reload(server)
        before = ids(server, purpose)["current"]
        command(server, "rotate", purpose, "--files")
        reload(server)
        assert ids(server, purpose)["old"] == before
    ok(client.post("/auth/step-up/check", csrf=True))


# ASVS 11.1.1: the page lists every key that there is
def test_the_page_of_keys_names_every_purpose(start_server):
    page = (ROOT / "docs" / "keys.md").read_text().split("## Rotating one")[0]
    told = dict(re.findall(r"^\| `(\w+)` \| `?([A-Z_]+|none)", page, re.MULTILINE))
    listed = {row["purpose"] for row in command(start_server(PASSWORD_PEPPER=secrets.token_hex(32)), "list")}
    assert set(told) == listed
    assert told == key_files.SETTINGS | {"names": "none"}
