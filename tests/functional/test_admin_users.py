"""Accounts as staff sees them (ASVS 8.2.3, 8.4.2): the list, one account, and that each look is recorded."""

import json
import secrets
from urllib.parse import quote

import pytest

from harness.admins import all_pages, entries
from harness.passkey_flows import register
from harness.people import People
from harness.server import Server

NOT_FOUND, BAD_CURSOR = (404, "not_found"), (400, "invalid_request")


@pytest.fixture(scope="module")
def crowd(backend, tmp_path_factory):
    """A service with a few accounts and a member of staff."""
    server = Server(tmp_path_factory.mktemp("crowd"), backend).start()
    people = People(server)
    mark = secrets.token_hex(3)
    for number in range(5):
        people.verified(f"Crowd{mark}.{number}@example.test")
    accounts = [people.verified(f"crowd{mark}-{word}@example.test") for word in ("a", "b")]
    assert server.command("user", "disable", accounts[0].email).returncode == 0
    assert server.command("user", "set-role", accounts[1].email, "staff").returncode == 0
    yield people, people.of_role("staff"), f"crowd{mark}"
    server.stop()


def emails(reply_or_items) -> list[str]:
    items = reply_or_items.json["users"] if hasattr(reply_or_items, "json") else reply_or_items
    return [one["email"].lower() for one in items]


def test_everybody_is_listed_once_in_the_order_of_addresses(crowd):
    people, (client, account), _ = crowd
    listed = all_pages(client, "/admin/users?limit=3", "users")
    everybody = {row["id"] for row in people.server.rows("SELECT id FROM users")}
    assert {one["id"] for one in listed} == everybody and len(listed) == len(everybody) >= 8
    keys = [one["email"].casefold().encode() for one in listed]
    assert keys == sorted(keys)
    own = next(one for one in listed if one["id"] == account.id)
    assert own["role"] == "staff" and own["methods"] == ["totp"]


def test_an_address_is_found_by_what_it_begins_with_in_any_case(crowd):
    _, (client, _), prefix = crowd
    for written in (prefix, prefix.upper(), prefix + ".", prefix + "-", prefix + ".3@EXAMPLE.t"):
        found = emails(client.get(f"/admin/users?email_prefix={quote(written)}"))
        assert found and all(one.startswith(written.lower()) for one in found), written
    assert len(emails(client.get(f"/admin/users?email_prefix={prefix}"))) == 7
    # Of punctuation too byte for byte: a collation of words would put "-" and "." aside.
    assert len(emails(client.get(f"/admin/users?email_prefix={prefix}-"))) == 2
    for strange in ("%25", "_", "zz%25", "\\", "'", "*"):
        assert emails(client.get(f"/admin/users?email_prefix={quote(strange)}")) == []


def test_filters_are_taken_together(crowd):
    _, (client, _), prefix = crowd
    assert emails(client.get(f"/admin/users?email_prefix={prefix}&role=staff")) == [f"{prefix}-b@example.test"]
    assert emails(client.get(f"/admin/users?email_prefix={prefix}&status=disabled")) == [f"{prefix}-a@example.test"]
    assert len(emails(client.get(f"/admin/users?email_prefix={prefix}&status=active&role=user"))) == 5
    assert emails(client.get(f"/admin/users?email_prefix={prefix}&status=disabled&role=staff")) == []
    assert (
        all_pages(client, f"/admin/users?email_prefix={prefix}&limit=2", "users")[6]["email"].lower()
        == f"{prefix}.4@example.test"
    )


@pytest.mark.parametrize(
    "query",
    [
        "role=king",
        "role=",
        "status=gone",
        "limit=0",
        "limit=201",
        "email_prefix=a%20b",
        "email_prefix=%00",
        "email_prefix=%ff",
        "email_prefix=" + "a" * 255,
    ],
)
def test_a_filter_that_means_nothing_is_refused(crowd, query):
    client = crowd[1][0]
    reply = client.get(f"/admin/users?{query}")
    assert reply.refusal == (422, "validation_failed")
    assert [error["field"] for error in reply.json["errors"]] == [query.partition("=")[0]]


# ASVS 9.1.1, 9.2.2, attack 36: bound to who asked, and for what
def test_a_cursor_serves_its_owner_and_its_filters_only(crowd):
    people, (client, _), prefix = crowd
    query = f"/admin/users?limit=2&email_prefix={prefix}"
    cursor = client.get(query).json["next_cursor"]
    assert client.get(f"{query}&cursor={cursor}").status == 200
    other = people.of_role("admin")[0]
    assert other.get(f"{query}&cursor={cursor}").refusal == BAD_CURSOR
    for changed in (
        query + "&role=user",
        query + "&status=active",
        query.replace(prefix, prefix[:-1]),
        "/admin/users?limit=2",
        "/admin/audit-logs?limit=2",
    ):
        assert client.get(f"{changed}&cursor={cursor}").refusal == BAD_CURSOR, changed
    for spoilt in (cursor[1:], cursor[:-1], cursor + "A", cursor.swapcase(), ".", "x.y"):
        assert client.get(f"{query}&cursor={spoilt}").refusal == BAD_CURSOR, spoilt
    own = client.get("/auth/sessions?limit=1").json["next_cursor"]
    assert own is None or client.get(f"{query}&cursor={own}").refusal == BAD_CURSOR
    assert client.get(f"/auth/sessions?cursor={cursor}").refusal == BAD_CURSOR


def test_one_account_is_shown_with_all_that_staff_needs(people):
    staff, _ = people.of_role("staff")
    client, account = people.with_totp(name="Somebody")
    codes = people.recovery_codes(client)
    passkey = register(client)
    other = people.sign_in(account)
    people.login(account.email, "wrong one 1234567")
    shown = staff.get(f"/admin/users/{account.id}").json
    assert (shown["email"], shown["name"], shown["role"], shown["status"]) == (account.email, "Somebody", "user", "active")
    assert shown["methods"] == ["webauthn", "totp", "recovery_code"]
    assert [one["id"] for one in shown["sessions"]] == [one["id"] for one in client.get("/auth/sessions").json["sessions"]]
    assert [one["id"] for one in shown["passkeys"]] == [passkey.record["id"]]
    assert next(one for one in shown["second_factors"] if one["method"] == "recovery_code")["remaining"] == len(codes)
    (guess,) = shown["guesses"]
    assert guess == {
        "authenticator": "password",
        "browsers": "unknown",
        "failed_in_a_row": 1,
        "locked": False,
        "locked_until": None,
    }
    assert shown["recent_events"][0]["event"] == "user.viewed", "recorded before it was read"
    assert "login.failed" in {one["event"] for one in shown["recent_events"]}
    assert other.get("/auth/me").status == 200


# ASVS 6.1.1
def test_a_lock_is_shown_and_when_it_ends(people):
    staff, _ = people.of_role("staff")
    account = people.verified()
    for _ in range(10):
        people.login(account.email, "wrong one 1234567")
    (guess,) = staff.get(f"/admin/users/{account.id}").json["guesses"]
    assert guess["failed_in_a_row"] == 10 and guess["locked"] is True and guess["locked_until"] > "2026"


# ASVS 8.2.3, 15.3.1: whatever the record holds of an account, no secret of it is in the answer
def test_no_secret_and_no_digest_is_shown(people):
    staff, _ = people.of_role("staff")
    client, account = people.with_totp()
    people.recovery_codes(client)
    people.ask_for_reset(account.email)
    server = people.server
    secrets_of = [
        row
        for table, columns in {
            "users": "password_hash",
            "sessions": "token_hash",
            "totp_authenticators": "secret",
            "recovery_codes": "code_hash",
            "one_time_tokens": "token_hash",
        }.items()
        for row in server.rows(
            f"SELECT {columns} AS value FROM {table} WHERE " f"{'id' if table == 'users' else 'user_id'} = ?", account.id
        )
    ]
    assert len(secrets_of) >= 14
    answers = staff.get(f"/admin/users/{account.id}").body + staff.get(f"/admin/users?email_prefix={account.email}").body
    answers += staff.get(f"/admin/audit-logs?subject={account.id}").body
    for row in secrets_of:
        value = row["value"]
        for form in ([value.encode()] if isinstance(value, str) else [value.hex().encode(), bytes(value)]):
            assert form not in answers
    assert b"argon2" not in answers and client.cookies["__Host-sid"].encode() not in answers


# ASVS 8.2.2, attack 35
@pytest.mark.parametrize("id", ["00000000-0000-7000-8000-000000000000", "x", "%27", "..", "me"])
def test_an_unknown_account_is_unknown(people, id):
    admin, _ = people.of_role("admin")
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/unlock"), ("POST", "/reset-mfa")):
        body = {"role": "user"} if method == "PATCH" else None
        assert admin.request(method, f"/admin/users/{id}{path}", json=body, csrf=True).refusal == NOT_FOUND, (method, path)


# ASVS 8.4.2, 16.3.3: each look has its entry, by whom, in which session, and about whom
def test_every_look_is_recorded(people):
    staff, who = people.of_role("staff")
    seen = people.verified()
    staff.get(f"/admin/users?email_prefix={seen.email}&role=user")
    staff.get(f"/admin/users/{seen.id}")
    staff.get("/admin/users/00000000-0000-7000-8000-000000000000")
    (listed,) = entries(people.server, "users.listed", who)
    assert listed["details"] == {"by_email_prefix": True, "role": "user"} and listed["ip"] == "127.0.0.1"
    viewed, unknown = entries(people.server, "user.viewed", who)
    assert (viewed["subject_id"], viewed["outcome"]) == (seen.id, "success")
    assert (unknown["subject_id"], unknown["outcome"]) == (None, "failure")
    session = next(one["id"] for one in staff.get("/auth/sessions").json["sessions"] if one["current"])
    assert {one["session_id"] for one in (listed, viewed, unknown)} == {session}
    assert seen.email not in json.dumps(people.server.rows("SELECT details FROM audit_logs"))


# ASVS 1.2.4, attack 33: in every filter
@pytest.mark.parametrize("text", ["' OR '1'='1", "'; DROP TABLE users; --", "$1", "%", '" OR 1=1', "{x}*", "\\"])
def test_a_filter_is_data(people, text):
    staff, _ = people.of_role("staff")
    for path in (
        "/admin/users?email_prefix=",
        "/admin/users?role=",
        "/admin/audit-logs?ip=",
        "/admin/audit-logs?request_id=",
        "/admin/audit-logs?event=",
        "/admin/audit-logs?from=",
        "/admin/audit-logs?subject=",
    ):
        reply = staff.get(path + quote(text, safe=""))
        assert reply.status in (200, 422), (path, reply)
        if reply.status == 200:
            assert not reply.json.get("users") and not reply.json.get("entries"), path
    assert staff.get("/auth/me").status == 200
