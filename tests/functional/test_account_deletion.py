"""The end of an account, and the data it held."""

import json

import pytest

from harness.client import CSRF_COOKIE, PRE_SESSION_COOKIE, SESSION_COOKIE
from harness.concurrently import at_once
from harness.instances import elsewhere, wait_refused
from harness.people import People, fresh_email, fresh_password

UNAUTHENTICATED = (401, "unauthenticated")
TABLES = ("users", "registrations", "sessions", "one_time_tokens", "mails", "audit_logs")


def delete(client):
    return client.delete("/auth/me", csrf=True)


def dump(server) -> str:
    return "\n".join(str(row) for table in TABLES for row in server.rows(f"SELECT * FROM {table}"))


# ASVS 7.4.2
def test_a_deleted_account_is_gone_with_its_sessions_and_links(people):
    client, account = people.stepped_up()
    other = people.sign_in(account)
    people.ask_for_reset(account.email)
    token, cookies = people.reset_token(account.email), client.cookies.header()
    reply = delete(client)
    assert reply.json == {"ok": True}
    assert client.get("/auth/me", cookies=cookies).refusal == other.get("/auth/me").refusal == UNAUTHENTICATED
    assert people.login(account.email, account.password).refusal == (401, "invalid_credentials")
    assert people.reset(token, fresh_password()).refusal == (400, "invalid_token")


# ASVS 14.3.1
def test_the_browser_forgets(people):
    client, _ = people.stepped_up()
    reply = delete(client)
    assert reply.header("Clear-Site-Data") == '"cache", "storage"'
    assert all(reply.set_cookies[name].expires_now for name in (SESSION_COOKIE, CSRF_COOKIE, PRE_SESSION_COOKIE))


# ASVS 6.3.7
def test_the_owner_is_told(people):
    client, account = people.stepped_up()
    delete(client)
    mails = people.mails(account.email)
    assert [mail["subject"] for mail in mails] == ["Your account was deleted"], "what waited before is dropped"


# ASVS 14.2.7: what remains is the id in the audit log
def test_no_trace_of_the_person_is_left(start_server):
    server = start_server()
    people = People(server)
    people.verified()
    client, account = people.stepped_up(name="Erika Mustermann-Unverwechselbar")
    ask = client.post("/auth/email/change", {"new_email": fresh_email("elsewhere")}, csrf=True)
    assert ask.status == 200
    people.register(account.email)
    people.ask_for_reset(account.email)
    assert account.email in dump(server), "the search finds what is there"
    assert delete(client).status == 200
    left = dump(server)
    assert account.email not in left and "Unverwechselbar" not in left and "elsewhere" not in left
    assert len(server.rows("SELECT id FROM users")) == 1
    audited = server.rows("SELECT event FROM audit_logs WHERE subject_id = ?", account.id)
    assert {"event": "user.deleted"} in audited


# ASVS 14.2.7: nor in the pages that the rows left free
@pytest.mark.sqlite_only(reason="PostgreSQL's vacuum decides when freed rows are overwritten")
def test_no_trace_is_left_in_the_file(start_server):
    server = start_server()
    people = People(server)
    client, account = people.stepped_up(name="Unverwechselbar")
    assert delete(client).status == 200
    server.stop()
    folder = server.backend.database_file(server.folder).parent
    content = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
    assert account.id.encode() in content, "the search finds what is there"
    assert account.email.encode() not in content and b"Unverwechselbar" not in content
    server.start()


def test_the_address_is_free_again(people):
    client, account = people.stepped_up()
    delete(client)
    newcomer = people.verified(account.email)
    assert newcomer.id != account.id
    assert people.sign_in(newcomer).get("/auth/me").json["id"] == newcomer.id


def test_of_two_deletions_at_once_one_is_done(people):
    client, _ = people.stepped_up()
    browsers = [elsewhere(client, people.server) for _ in range(4)]
    assert sorted(reply.status for reply in at_once([lambda b=b: delete(b) for b in browsers])) == [200, 401, 401, 401]


def test_it_needs_a_session_and_its_token(people, client):
    assert delete(client).refusal == UNAUTHENTICATED
    signed_in, _ = people.stepped_up()
    assert signed_in.delete("/auth/me").refusal == (403, "csrf_failed")
    assert signed_in.get("/auth/me").status == 200


# GDPR Art. 15; ASVS 14.2.6
def test_the_export_holds_what_is_held(people):
    client, account = people.stepped_up(name="Erika")
    people.sign_in(account, user_agent="another browser")
    people.ask_for_reset(account.email)
    token = people.reset_token(account.email)
    reply = client.get("/auth/me/export")
    assert reply.header("Content-Disposition") == 'attachment; filename="account.json"'
    assert reply.header("Cache-Control") == "no-store"
    data = reply.json
    assert (data["account"]["email"], data["account"]["name"]) == (account.email, "Erika")
    assert {session["user_agent"] for session in data["sessions"]} == {"another browser", client.user_agent}
    assert [link["kind"] for link in data["links"]] == ["reset_password"]
    assert {"verify_email", "reset_password"} == {mail["kind"] for mail in data["mails"]}
    events = [event["event"] for event in data["events"]]
    assert {"user.registered", "email.verified", "login.succeeded", "user.data_exported"} <= set(events)
    assert data["events_truncated"] is False and data["events_about_others"] == []
    text = json.dumps(data)
    for secret in (token, client.cookies[SESSION_COOKIE], account.password, "argon2"):
        assert secret not in text


# GDPR Art. 15; ASVS 14.2.6
def test_the_export_tells_of_second_factors_without_their_secrets(people):
    client, account = people.with_totp()
    codes = people.recovery_codes(client)
    listed = client.get("/auth/mfa").json["methods"]
    assert [factor["method"] for factor in listed] == ["totp", "recovery_code"]
    reply = client.get("/auth/me/export")
    assert reply.json["second_factors"] == listed
    text = reply.body.decode()
    for secret in (account.totp.app.secret, *codes, "argon2"):
        assert secret not in text


def test_the_export_holds_nothing_of_others(people):
    stranger, other = people.signed_in(name="Somebody Else")
    people.login(other.email, fresh_password())
    client, _ = people.stepped_up()
    text = client.get("/auth/me/export").body.decode()
    assert other.email not in text and other.id not in text and "Somebody Else" not in text


# ASVS 7.4.2, attack 17
@pytest.mark.servers
def test_sessions_end_on_every_instance(start_instances):
    group = start_instances()
    people = People(group[0])
    client, account = people.stepped_up()
    view = elsewhere(client, group[1])
    assert view.get("/auth/me").status == 200
    assert delete(client).status == 200
    wait_refused(view)
