"""The same verbs on the command line, by address or by id, through the same use cases; there the log has no actor."""

import json

import pytest

from harness.audit import details, events
from harness.instances import wait_refused
from harness.people import People, fresh_email


@pytest.fixture(scope="module")
def shell(server):
    def run(*arguments: str, code: int = 0):
        done = server.command(*arguments, "--json")
        assert done.returncode == code, (arguments, done.stdout, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run


def test_accounts_are_listed_by_prefix_role_and_status(people, shell):
    account, other = people.verified(fresh_email("Cmd.List")), people.verified(fresh_email("cmd-list"))
    assert shell("user", "set-role", account.email, "staff")[0]["role"] == "staff"
    assert shell("user", "disable", other.email)[0]["status"] == "disabled"

    def ids(*arguments):
        return [one["id"] for one in shell("user", "list", *arguments)]

    assert ids("--email-prefix", "cmd.list", "--role", "staff") == [account.id] == ids("--email-prefix", account.email)
    assert other.id in ids("--status", "disabled") and other.id not in ids("--status", "active")
    assert {account.id, other.id} <= set(ids())


def test_an_account_is_shown_with_sessions_factors_and_events(people, shell, server):
    client, account = people.with_totp()
    (shown,) = shell("user", "show", account.email)
    assert shell("user", "show", account.id)[0]["id"] == shown["id"] == account.id
    assert len(shown["sessions"]) == 1 and shown["methods"] == ["totp"] and shown["recent_events"]
    words = server.command("user", "show", account.email).stdout
    assert account.email in words and "session  " in words and "second factor  totp" in words and "login.succeeded" in words
    assert client.get("/auth/me").status == 200
    row, *_ = events(server, account, "user.viewed")
    assert (row["actor_id"], row["session_id"], row["user_agent"]) == (None, None, "command line")


@pytest.mark.parametrize("by", ["email", "id"])
def test_each_verb_takes_an_address_or_an_id(people, shell, server, by):
    client, account = people.with_totp()
    named = getattr(account, by)
    assert shell("user", "set-role", named, "staff")[0]["role"] == "staff"
    wait_refused(client)
    for verb in ("disable", "enable", "unlock", "send-reset", "demand-password-change", "reset-mfa"):
        assert shell("user", verb, named)[0]["id"] == account.id, verb
    assert people.reset_token(account.email)
    (shown,) = shell("user", "show", named)
    assert (shown["status"], shown["methods"], shown["password_must_change"]) == ("active", [], "staff")
    assert details(server, account, "user.status_changed") == [
        {"status": "disabled", "former": "active"},
        {"status": "active", "former": "disabled"},
    ]
    shell("user", "delete", named)
    shell("user", "show", named, code=1)


def test_sessions_are_listed_and_revoked(people, shell, server):
    client, account = people.signed_in()
    other = people.sign_in(account)
    listed = shell("sessions", "list", account.email)
    assert [one["id"] for one in listed] == [one["id"] for one in client.get("/auth/sessions").json["sessions"]]
    shell("sessions", "revoke", account.id)
    wait_refused(client)
    wait_refused(other)
    assert details(server, account, "sessions.revoked") == [{"count": 2}]
    shell("sessions", "revoke", code=2)
    shell("sessions", "revoke", account.id, "--all", code=2)


# ASVS 7.4.5
def test_everybodys_sessions_are_revoked(start_server):
    server = start_server()
    people = People(server)
    clients = [people.signed_in()[0] for _ in range(3)]
    done = server.command("sessions", "revoke", "--all", "--json")
    assert json.loads(done.stdout) == {"ended": 3}
    for client in clients:
        wait_refused(client)
    (row,) = server.rows("SELECT details, subject_id, actor_id FROM audit_logs WHERE event = 'sessions.revoked'")
    assert json.loads(row["details"]) == {"everybody": True, "count": 3} and row["subject_id"] is row["actor_id"] is None


def test_the_audit_log_is_listed_with_the_filters_of_the_route(people, shell):
    account = people.signed_in()[1]
    people.login(account.email, "wrong 12345678 wrong")
    listed = shell("audit", "list", "--subject", account.id)
    assert [one["event"] for one in listed][:2] == ["audit.read", "login.failed"]
    assert [one["event"] for one in shell("audit", "list", "--subject", account.id, "--outcome", "failure")] == [
        "login.failed"
    ]
    assert [
        one["event"]
        for one in shell("audit", "list", "--subject", account.id, "--event", "email.verified", "--ip", "127.0.0.1")
    ] == ["email.verified"]
    assert {one["event"] for one in shell("audit", "list", "--subject", account.id, "--event", "email.*")} == {
        "email.verified"
    }
    assert len(shell("audit", "list", "--event", "u*er.*", code=2) or []) == 0
    assert len(shell("audit", "list", "--limit", "3")) == 3
    assert shell("audit", "list", "--from", "2026-01-01", "--subject", account.id)
    assert not shell("audit", "list", "--to", "2026-01-01", "--subject", account.id)
    assert len(shell("audit", "list", "--limit", "3", "--all")) > 3
    for wrong in (("--event", "no.such"), ("--subject", "x"), ("--from", "yesterday"), ("--outcome", "bad")):
        shell("audit", "list", *wrong, code=2)


def test_what_is_unknown_is_refused_and_recorded(shell, server):
    for arguments in (
        ("user", "show", fresh_email()),
        ("user", "disable", fresh_email()),
        ("user", "delete", "x"),
        ("sessions", "revoke", fresh_email()),
        ("sessions", "list", fresh_email()),
    ):
        shell(*arguments, code=1)
    assert server.rows("SELECT 1 AS one FROM audit_logs WHERE event = 'user.change_refused' AND actor_id IS NULL")
