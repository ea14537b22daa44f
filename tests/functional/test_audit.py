"""Every security event has its row, with who, where from and which request (ASVS 16.2.1, 16.3.1 to 16.3.4)."""

import json

import pytest

from harness.client import SESSION_COOKIE
from harness.people import People, fresh_password
from harness.server import Server


@pytest.fixture(scope="module")
def story(backend, tmp_path_factory):
    """One server on which each event happened once; (server, account, request id by step)."""
    server = Server(tmp_path_factory.mktemp("audit"), backend).start()
    people, steps = People(server), {}
    client = people.browser(user_agent="audited agent")
    account = people.register()
    steps["email.verified"] = client.post("/auth/verify-email", {"token": people.token(account.email)})
    steps["login.failed"] = client.post("/auth/login", {"email": account.email, "password": fresh_password()})
    steps["login.succeeded"] = client.post("/auth/login", account.credentials)
    steps["session.ended"] = client.post("/auth/logout", csrf=True)
    yield server, account, {event: reply.header("X-Request-Id") for event, reply in steps.items()}
    server.stop()


def rows(server, event):
    return server.rows("SELECT * FROM audit_logs WHERE event = ? ORDER BY at", event)


@pytest.mark.parametrize(
    "event, outcome",
    [
        ("user.registered", "success"),
        ("email.verified", "success"),
        ("login.failed", "failure"),
        ("login.succeeded", "success"),
        ("session.ended", "success"),
    ],
)
def test_each_event_has_its_row(story, event, outcome):
    server, account, request_ids = story
    found = rows(server, event)
    assert len(found) == 1
    (row,) = found
    assert row["outcome"] == outcome
    assert row["ip"] == "127.0.0.1"
    assert account.id in (row["subject_id"], row["actor_id"])
    if event in request_ids:
        assert row["request_id"] == request_ids[event]
        assert row["user_agent"] == "audited agent"
    assert isinstance(json.loads(row["details"]), dict)


def test_session_events_name_the_session(story):
    server, _, _ = story
    begun, ended = rows(server, "login.succeeded")[0], rows(server, "session.ended")[0]
    assert begun["session_id"] == ended["session_id"] is not None


def test_what_befalls_an_account_has_its_rows(start_server):
    server = start_server()
    people = People(server)
    client, account = people.signed_in()
    old, wanted, own = account.email, "moved@example.test", fresh_password()
    change = {"current_password": fresh_password(), "new_password": fresh_password()}
    client.post("/auth/password/change", change, csrf=True)
    client.post("/auth/password/change", change | {"current_password": account.password}, csrf=True)
    client.post("/auth/email/change", {"new_email": wanted}, csrf=True)
    people.post("/auth/email/change/confirm", {"token": people.token(wanted, "confirm-email")})
    people.post("/auth/email/change/undo", {"token": people.token(old, "confirm-email?undo")})
    people.ask_for_reset(old)
    people.reset(people.reset_token(old), own)
    account.password = own
    client = people.sign_in(account)
    people.step_up(client, account)
    client.get("/auth/me/export")
    client.delete("/auth/me", csrf=True)
    expected = [
        "password.change_failed",
        "password.changed",
        "email.change_requested",
        "email.changed",
        "email.change_undone",
        "password.reset_requested",
        "password.reset",
        "step_up.succeeded",
        "user.data_exported",
        "user.deleted",
    ]
    for event in expected:
        (row,) = rows(server, event)
        assert row["subject_id"] == account.id and row["request_id"] and row["user_agent"], event
        assert row["outcome"] == ("failure" if event.endswith("failed") else "success"), event
    ended = {json.loads(row["details"])["reason"] for row in rows(server, "session.ended")}
    assert ended == {"renewed", "email.changed", "user.deleted"}, "no session was left for the undo and the reset"


# ASVS 16.2.5
def test_no_secret_is_in_a_row(story):
    server, account, _ = story
    text = json.dumps(server.rows("SELECT * FROM audit_logs"), default=repr)
    assert account.password not in text and SESSION_COOKIE not in text


def test_a_failed_sign_in_to_an_unknown_address_is_audited_too(start_server):
    server = start_server()
    People(server).login("unknown@example.test", fresh_password())
    (row,) = rows(server, "login.failed")
    assert row["subject_id"] is None


def test_a_second_registration_is_audited_and_creates_no_user(start_server):
    server = start_server()
    people = People(server)
    account = people.verified()
    before = len(server.rows("SELECT id FROM audit_logs"))
    people.register(account.email)
    assert len(server.rows("SELECT id FROM users")) == 1
    assert len(server.rows("SELECT id FROM audit_logs")) > before


def test_commands_are_audited(start_server):
    server = start_server()
    account = People(server).verified()
    for arguments in (("disable", account.email), ("enable", account.email), ("set-role", account.email, "staff")):
        before = len(server.rows("SELECT id FROM audit_logs"))
        assert server.command("user", *arguments).returncode == 0
        assert len(server.rows("SELECT id FROM audit_logs")) > before, arguments
