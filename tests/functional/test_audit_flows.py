"""Each flow, and the events that it leaves: which, how they ended, whose doing and about whom (ASVS 16.3.1 to 16.3.4).

A flow begins with an account that is signed in, does one thing, and names what must be recorded of it and nothing else:
(event, outcome, actor, subject, in a session). `ann` is the account, `-` nobody."""

import json
from dataclasses import dataclass

import pytest

from harness import canaries, passkey_flows
from harness.audit import WITHOUT_LATE_ONES
from harness.client import Client
from harness.guesses import lock
from harness.people import CONFIRM_CHANGE, UNDO_CHANGE, Account, People, fresh_email, fresh_password
from harness.server import Server

OK, FAILED = "success", "failure"


@dataclass
class Scene:
    people: People
    client: Client
    ann: Account

    @property
    def server(self) -> Server:
        return self.people.server

    def command(self, *arguments: str, stdin: str = ""):
        result = self.server.command(*arguments, stdin=stdin)
        assert result.returncode == 0, result.stderr


def plain(people: People) -> Scene:
    return Scene(people, *people.stepped_up())


def with_totp(people: People) -> Scene:
    client, ann = people.with_totp()
    assert people.step_up(client, ann).status == 200
    return Scene(people, client, ann)


def with_passkey(people: People) -> Scene:
    return Scene(people, *people.with_passkey())


def confirm(scene: Scene, address: str, page: str) -> None:
    path = "undo" if page == UNDO_CHANGE else "confirm"
    reply = scene.people.post(f"/auth/email/change/{path}", {"token": scene.people.token(address, page)})
    assert reply.status == 200, reply


def sign_in_with_code(scene: Scene) -> None:
    scene.people.sign_in(scene.ann)


def wrong_code(scene: Scene) -> None:
    client, challenge = scene.people.challenge(scene.ann)
    assert scene.people.wrong_code(client, scene.ann, challenge).status == 401


def change_password(scene: Scene, current: str | None = None) -> None:
    scene.client.post(
        "/auth/password/change",
        {"current_password": current or scene.ann.password, "new_password": fresh_password()},
        csrf=True,
    )


def move_to_another_address(scene: Scene) -> None:
    wanted = fresh_email()
    scene.client.post("/auth/email/change", {"new_email": wanted}, csrf=True)
    confirm(scene, wanted, CONFIRM_CHANGE)
    confirm(scene, scene.ann.email, UNDO_CHANGE)


def reset(scene: Scene) -> None:
    scene.people.ask_for_reset(scene.ann.email)
    assert scene.people.reset(scene.people.reset_token(scene.ann.email), fresh_password()).status == 200


def recover(scene: Scene) -> None:
    code = scene.people.recovery_codes(scene.client)[0]
    client, challenge = scene.people.challenge(scene.ann)
    body = {"challenge_id": challenge, "code": code}
    assert client.post("/auth/mfa/recovery/verify", body, csrf=True).status == 200


def remove_passkey(scene: Scene) -> None:
    path = f"/auth/webauthn/credentials/{scene.ann.passkey.record['id']}"
    assert scene.people.step_up(scene.client, scene.ann).status == 200
    scene.client.request("PATCH", path, json={"name": "Another"}, csrf=True)
    assert scene.client.delete(path, csrf=True).status in (200, 204)


OPENED = ("login.succeeded", OK, "ann", "ann", True)
RENEWED = ("session.ended", OK, "ann", "ann", True)
STEPPED_UP = [("step_up.succeeded", OK, "ann", "ann", True), RENEWED]
FLOWS = {
    # Sign-ins, each with its method
    "a password": (plain, lambda s: s.people.sign_in(s.ann), [OPENED]),
    "a wrong password": (
        plain,
        lambda s: s.people.login(s.ann.email, fresh_password()),
        [("login.failed", FAILED, "-", "ann", False)],
    ),
    "an address of nobody": (
        plain,
        lambda s: s.people.login(fresh_email(), fresh_password()),
        [("login.failed", FAILED, "-", "-", False)],
    ),
    "a password and a code": (with_totp, sign_in_with_code, [("login.challenged", OK, "-", "ann", False), OPENED]),
    "a wrong code": (
        with_totp,
        wrong_code,
        [("login.challenged", OK, "-", "ann", False), ("login.failed", FAILED, "-", "ann", False)],
    ),
    "a recovery code": (
        with_totp,
        recover,
        [
            ("mfa.recovery_codes_made", OK, "ann", "ann", True),
            RENEWED,
            ("login.challenged", OK, "-", "ann", False),
            ("mfa.recovery_code_used", OK, "ann", "ann", False),
            OPENED,
        ],
    ),
    "a passkey": (with_passkey, lambda s: s.people.sign_in_with_passkey(s.ann), [OPENED]),
    "too many guesses": (
        plain,
        lambda s: lock(s.server, s.ann),
        [("login.failed", FAILED, "-", "ann", False)] * 10 + [("account.locked", FAILED, "-", "ann", False)],
    ),
    # Inside a session
    "a step-up": (plain, lambda s: s.people.step_up(s.client, s.ann), STEPPED_UP),
    "a wrong step-up": (
        plain,
        lambda s: s.client.post("/auth/step-up/password", {"password": fresh_password()}, csrf=True),
        [("step_up.failed", FAILED, "ann", "ann", True)],
    ),
    "a sign-out": (plain, lambda s: s.client.post("/auth/logout", csrf=True), [RENEWED]),
    "another password": (plain, change_password, [("password.changed", OK, "ann", "ann", True), RENEWED]),
    "a wrong present password": (
        plain,
        lambda s: change_password(s, fresh_password()),
        [("password.change_failed", FAILED, "ann", "ann", True)],
    ),
    "another name": (
        plain,
        lambda s: s.client.request("PATCH", "/auth/me", json={"name": "Another"}, csrf=True),
        [("user.profile_changed", OK, "ann", "ann", True)],
    ),
    "an export": (plain, lambda s: s.client.get("/auth/me/export"), [("user.data_exported", OK, "ann", "ann", True)]),
    "an authenticator": (
        plain,
        lambda s: s.people.enrol_totp(s.client, s.ann),
        [("mfa.enrolment_started", OK, "ann", "ann", True), ("mfa.factor_added", OK, "ann", "ann", True), RENEWED],
    ),
    "no authenticator any more": (
        with_totp,
        lambda s: s.client.post("/auth/mfa/totp/disable", csrf=True),
        [("mfa.factor_removed", OK, "ann", "ann", True), RENEWED],
    ),
    "a new passkey": (
        plain,
        lambda s: passkey_flows.register(s.client),
        [("mfa.enrolment_started", OK, "ann", "ann", True), ("mfa.factor_added", OK, "ann", "ann", True), RENEWED],
    ),
    "no passkey any more": (
        with_passkey,
        remove_passkey,
        [
            *STEPPED_UP,
            ("mfa.passkey_renamed", OK, "ann", "ann", True),
            ("mfa.factor_removed", OK, "ann", "ann", True),
            RENEWED,
        ],
    ),
    # By mail
    "a reset": (
        plain,
        reset,
        [
            ("password.reset_requested", OK, "-", "ann", False),
            ("password.reset", OK, "ann", "ann", False),
            ("session.ended", OK, "-", "ann", True),
        ],
    ),
    "a reset of nobody": (
        plain,
        lambda s: s.people.ask_for_reset(fresh_email()),
        [("password.reset_requested", OK, "-", "-", False)],
    ),
    "another address and back": (
        plain,
        move_to_another_address,
        [
            ("email.change_requested", OK, "ann", "ann", True),
            ("email.changed", OK, "ann", "ann", False),
            ("session.ended", OK, "-", "ann", True),
            ("email.change_undone", OK, "ann", "ann", False),
        ],
    ),
    "a taken address": (
        plain,
        lambda s: s.people.register(s.ann.email),
        [("user.registration_for_taken_address", OK, "-", "ann", False)],
    ),
    # By an operator
    "a key rotated": (with_totp, lambda s: s.command("keys", "rotate", "totp"), [("keys.rotated", OK, "-", "-", False)]),
    "unlocked": (plain, lambda s: s.command("user", "unlock", s.ann.email), [("account.unlocked", OK, "-", "ann", False)]),
    "disabled": (
        plain,
        lambda s: s.command("user", "disable", s.ann.email),
        [("user.status_changed", OK, "-", "ann", False), ("session.ended", OK, "-", "ann", True)],
    ),
}


@pytest.fixture(scope="module")
def own(backend, tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("flows"), backend).start()
    yield People(running)
    text = json.dumps([row | {"mac": None} for row in running.rows("SELECT * FROM audit_logs")])
    running.stop()
    assert "@" not in text, "no address is in the log"
    assert not canaries.found_in(text), "nor a password, code, token or cookie"


def rows(server) -> list[dict]:
    return server.rows(f"SELECT * FROM {WITHOUT_LATE_ONES} ORDER BY at, id")


def told(row: dict, ann: Account) -> tuple:
    who = {ann.id: "ann", None: "-"}
    return (
        row["event"],
        row["outcome"],
        who.get(row["actor_id"], "?"),
        who.get(row["subject_id"], "?"),
        row["session_id"] is not None,
    )


# ASVS 16.2.5, 16.3.1 to 16.3.4
@pytest.mark.parametrize("flow", FLOWS)
def test_a_flow_leaves_its_events(own, flow):
    begin, act, expected = FLOWS[flow]
    scene = begin(own)
    before = {row["id"] for row in rows(own.server)}
    act(scene)
    new = [row for row in rows(own.server) if row["id"] not in before]
    assert sorted(told(row, scene.ann) for row in new) == sorted(expected)
    by_request = [row for row in new if row["user_agent"] != "command line"]
    assert all(row["ip"] == "127.0.0.1" and row["request_id"] for row in by_request)


# ASVS 16.3.1: attempts at an address that nobody has can be seen together, and it is not named
def test_an_address_of_nobody_has_a_digest(own):
    email, other = fresh_email(), fresh_email()
    for address in (email, email.upper(), other):
        own.login(address, fresh_password())
    own.ask_for_reset(email)
    own.post("/auth/verify-email/resend", {"email": email})
    found = [json.loads(row["details"]) for row in rows(own.server)[-5:]]
    first, again, another, reset_asked, link_asked = [details["address"] for details in found]
    assert first == again == reset_asked == link_asked != another and len(first) == 22


# ASVS 16.3.4
def test_an_instance_tells_when_it_begins_and_ends(start_server):
    server = start_server()
    server.stop()
    server.start()
    life = server.rows("SELECT event, details FROM audit_logs WHERE event LIKE 'service.%' ORDER BY at, id")
    assert [row["event"] for row in life] == ["service.started", "service.stopped", "service.started"]
    assert all(json.loads(row["details"])["version"] for row in life)
    (schema,) = server.rows("SELECT * FROM audit_logs WHERE event = 'schema.migrated'")
    assert json.loads(schema["details"])["direction"] == "up"
