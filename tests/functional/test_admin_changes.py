"""What admins do to accounts (ASVS 6.4.4, 6.4.6, 7.4.2, 7.4.5, 8.3.2, 8.4.2): each takes effect at once, tells the owner
where that is due, and stands in the audit log, as does each attempt that was refused."""

import pytest

from harness.admins import DEEDS, active_admins, change, delete, do, entries, refusals
from harness.audit import subjects
from harness.guesses import lock
from harness.people import People, fresh_password

UNAUTHENTICATED, FORBIDDEN, CONFLICT = (401, "unauthenticated"), (403, "forbidden"), (409, "conflict")
ENROL, LOCKED = (403, "mfa_enrolment_required"), (429, "account_locked")


@pytest.fixture(scope="module")
def office(server):
    """People, and an admin with a session that proved a second factor just now."""
    people = People(server)
    return people, *people.of_role("admin")


def session_of(client) -> str:
    return next(one["id"] for one in client.get("/auth/sessions").json["sessions"] if one["current"])


# ASVS 7.2.4, 8.3.2: a new role begins with a new session
def test_a_role_is_changed_and_all_sessions_end(office):
    people, admin, who = office
    client, account = people.with_totp()
    other = people.sign_in(account)
    reply = change(admin, account, role="staff")
    assert reply.status == 200 and reply.json["role"] == "staff" and reply.json["id"] == account.id
    assert {client.get("/auth/me").refusal, other.get("/auth/me").refusal} == {UNAUTHENTICATED}
    again = people.sign_in(account)
    assert again.get("/auth/me").json["role"] == "staff" and again.get("/admin/users?limit=1").status == 200
    entry = entries(people.server, "user.role_changed", who)[-1]
    assert (entry["subject_id"], entry["session_id"], entry["outcome"]) == (account.id, session_of(admin), "success")
    assert entry["details"] == {"role": "staff", "former": "user"} and entry["request_id"] == reply.header("X-Request-Id")
    ended = [one for one in entries(people.server, "session.ended", who) if one["subject_id"] == account.id]
    assert len(ended) == 2 and {one["details"]["reason"] for one in ended} == {"user.role_changed"}


# ASVS 7.4.2
def test_a_disabled_account_is_out_at_once_and_an_enabled_one_signs_in_anew(office):
    people, admin, who = office
    client, account = people.signed_in()
    assert change(admin, account, status="disabled").json["status"] == "disabled"
    assert client.get("/auth/me").refusal == UNAUTHENTICATED
    assert people.login(account.email, account.password).refusal == (403, "account_disabled")
    assert do(admin, account, "send-reset").refusal == CONFLICT
    assert change(admin, account, status="active").json["status"] == "active"
    assert client.get("/auth/me").refusal == UNAUTHENTICATED, "what had ended stays so"
    assert people.login(account.email, account.password).status == 200
    changed = [one["details"] for one in entries(people.server, "user.status_changed", who) if one["subject_id"] == account.id]
    assert changed == [{"status": "disabled", "former": "active"}, {"status": "active", "former": "disabled"}]


def test_both_at_once_and_what_changes_nothing_ends_nothing(office):
    people, admin, _ = office
    client, account = people.signed_in()
    assert change(admin, account, role="user", status="active").status == 200
    assert client.get("/auth/me").status == 200
    reply = change(admin, account, role="staff", status="disabled")
    assert (reply.json["role"], reply.json["status"]) == ("staff", "disabled")
    assert client.get("/auth/me").refusal == UNAUTHENTICATED


# ASVS 15.3.3, attack 34: of that body nothing else counts
@pytest.mark.parametrize(
    "body, fields",
    [
        ({}, {""}),
        ({"role": "king"}, {"role"}),
        ({"status": "gone"}, {"status"}),
        ({"role": None}, {"role"}),
        ({"role": ["admin"]}, {"role"}),
        ([], {""}),
        ({"role": "ADMIN", "status": 1}, {"role", "status"}),
        ({"name": "x"}, {""}),
    ],
)
def test_what_is_no_role_or_status_is_refused(office, body, fields):
    people, admin, _ = office
    account = people.verified()
    reply = admin.request("PATCH", f"/admin/users/{account.id}", json=body, csrf=True)
    assert reply.refusal == (422, "validation_failed")
    assert fields <= {error["field"] for error in reply.json["errors"]}
    assert people.server.rows("SELECT role, status FROM users WHERE id = ?", account.id) == [
        {"role": "user", "status": "active"}
    ]


def test_other_members_of_the_body_change_nothing(office):
    people, admin, _ = office
    account = people.verified(name="Before")
    extra = {
        "email": "x@example.test",
        "name": "After",
        "email_verified": False,
        "id": "x",
        "password_hash": "x",
        "must_enrol_factor": True,
        "methods": ["totp"],
    }
    before = people.server.rows("SELECT email, name, password_hash, second_factors FROM users WHERE id = ?", account.id)
    assert change(admin, account, role="user", **extra).status == 200
    assert (
        people.server.rows("SELECT email, name, password_hash, second_factors FROM users WHERE id = ?", account.id) == before
    )


# ASVS 7.4.5
def test_sessions_are_ended(office):
    people, admin, who = office
    client, account = people.signed_in()
    other, bystander = people.sign_in(account), people.signed_in()[0]
    assert do(admin, account, "revoke-sessions").json == {"ok": True}
    assert {client.get("/auth/me").refusal, other.get("/auth/me").refusal} == {UNAUTHENTICATED}
    assert bystander.get("/auth/me").status == 200 and people.login(account.email, account.password).status == 200
    entry = entries(people.server, "sessions.revoked", who)[-1]
    assert (entry["subject_id"], entry["details"]) == (account.id, {"count": 2})


# ASVS 6.1.1, 63B §3.2.2
def test_a_locked_account_is_unlocked_for_passwords_and_codes(office):
    people, admin, who = office
    _, account = people.with_totp()
    lock(people.server, account)
    assert people.login(account.email, account.password).refusal == LOCKED
    assert do(admin, account, "unlock").json == {"ok": True}
    for _ in range(10):
        client, challenge = people.challenge(account)
        people.wrong_code(client, account, challenge)
    client, challenge = people.challenge(account)
    code = {"challenge_id": challenge, "code": account.totp.fresh_code()}
    assert client.post("/auth/mfa/totp/verify", code, csrf=True).refusal == LOCKED
    assert do(admin, account, "unlock").json == {"ok": True}
    assert people.sign_in(account).get("/auth/me").json["aal"] == 2
    assert [one["subject_id"] for one in entries(people.server, "account.unlocked", who)][-2:] == [account.id] * 2


# ASVS 6.3.7, 6.4.4, 6.5.6, 63B §4.2.2.2
def test_factors_are_taken_away_and_the_owner_hears_of_it(office):
    people, admin, who = office
    client, account = people.with_totp()
    people.recovery_codes(client)
    assert do(admin, account, "reset-mfa").json == {"ok": True}
    assert client.get("/auth/me").refusal == UNAUTHENTICATED
    account.totp = None
    again = people.sign_in(account)
    assert again.get("/auth/sessions").refusal == ENROL
    shown = admin.get(f"/admin/users/{account.id}").json
    assert shown["methods"] == [] and shown["must_enrol_factor"] is True
    assert "Your second factors were taken away" in subjects(people, account, 1)
    mail = next(mail for mail in people.mails(account.email) if mail["subject"] == "Your second factors were taken away")
    assert "127.0.0.1" not in mail["text"], "where staff sits is not the owner's to know"
    assert entries(people.server, "mfa.reset", who)[-1]["subject_id"] == account.id


# ASVS 6.4.6: staff starts a reset and never knows a password
def test_a_reset_is_mailed_as_often_as_anybody_may_ask_for_one(office):
    people, admin, who = office
    account = people.verified()
    assert do(admin, account, "send-reset").json == {"ok": True}
    token = people.reset_token(account.email)
    mail = people.mails(account.email)[0]
    assert "127.0.0.1" not in mail["text"]
    assert people.login(account.email, account.password).status == 200, "the password that there is goes on working"
    wanted = fresh_password()
    assert people.reset(token, wanted).status == 200
    assert people.login(account.email, wanted).status == 200
    people.ask_for_reset(account.email)
    assert do(admin, account, "send-reset").status == 200
    reply = do(admin, account, "send-reset")
    assert reply.refusal == (429, "rate_limited") and reply.header("Retry-After") == "3600"
    assert len([mail for mail in people.mails(account.email) if mail["subject"] == "Set a new password"]) == 3
    sent = [one for one in entries(people.server, "password.reset_mail_sent", who) if one["subject_id"] == account.id]
    assert len(sent) == 2 and refusals(people.server, who)[-1] == ("users:send-reset", "mails_of_an_hour")


# CS Forgot Password: a link that is not mailed kills none that was
def test_the_last_link_that_was_mailed_works_beyond_the_cap(office):
    people, admin, _ = office
    account, wanted = people.verified(), fresh_password()
    assert [do(admin, account, "send-reset").status for _ in range(4)] == [200, 200, 200, 429]
    assert people.reset(people.reset_token(account.email), wanted).status == 200
    assert people.login(account.email, wanted).status == 200


# ASVS 6.2.10
def test_another_password_is_demanded(office):
    people, admin, who = office
    client, account = people.signed_in()
    assert do(admin, account, "demand-password-change").json == {"ok": True}
    assert client.get("/auth/me").refusal == UNAUTHENTICATED
    assert people.login(account.email, account.password).refusal == (403, "password_change_required")
    assert admin.get(f"/admin/users/{account.id}").json["password_must_change"] == "staff"
    assert entries(people.server, "password.change_demanded", who)[-1]["subject_id"] == account.id


# ASVS 6.3.7, 7.4.2, 14.2.7
def test_an_account_is_deleted_and_its_owner_hears_of_it(office):
    people, admin, who = office
    client, account = people.signed_in()
    assert delete(admin, account).json == {"ok": True}
    assert client.get("/auth/me").refusal == UNAUTHENTICATED
    assert people.login(account.email, account.password).refusal == (401, "invalid_credentials")
    for table in ("users", "sessions", "one_time_tokens"):
        column = "id" if table == "users" else "user_id"
        assert people.server.rows(f"SELECT 1 AS one FROM {table} WHERE {column} = ?", account.id) == []
    (mail,) = people.mails(account.email, 1)
    assert mail["subject"] == "Your account was deleted" and "operators" in mail["text"] and "127.0.0.1" not in mail["text"]
    assert entries(people.server, "user.deleted", who)[-1]["subject_id"] == account.id
    assert delete(admin, account).refusal == (404, "not_found")
    assert refusals(people.server, who)[-1] == ("users:delete", "unknown_account")


# ASVS 8.4.2, attack 35: not even an admin changes himself; the attempt is recorded
def test_nobody_administers_himself(office):
    people, admin, who = office
    before = len(refusals(people.server, who))
    for members in ({"role": "user"}, {"role": "admin"}, {"status": "disabled"}, {"role": "staff", "status": "active"}):
        assert change(admin, who, **members).refusal == FORBIDDEN, members
    assert delete(admin, who).refusal == FORBIDDEN
    assert do(admin, who, "reset-mfa").refusal == FORBIDDEN
    assert refusals(people.server, who)[before:] == [("users:change", "own_account")] * 4 + [
        ("users:delete", "own_account"),
        ("users:reset-mfa", "own_account"),
    ]
    assert admin.get("/admin/status").status == 200, "and the session goes on"


# ASVS 8.4.2: staff reads and changes nothing
def test_staff_changes_nothing(office):
    people, _, _ = office
    staff, _ = people.of_role("staff")
    client, account = people.signed_in()
    before = people.server.rows("SELECT * FROM users WHERE id = ?", account.id)
    replies = [
        change(staff, account, role="admin"),
        change(staff, account, status="disabled"),
        delete(staff, account),
        *(do(staff, account, deed) for deed in DEEDS),
    ]
    assert {reply.refusal for reply in replies} == {FORBIDDEN}
    assert people.server.rows("SELECT * FROM users WHERE id = ?", account.id) == before
    assert client.get("/auth/me").status == 200


# ASVS 3.5.1, 8.4.2
def test_without_the_csrf_token_nothing_is_changed(office):
    people, admin, _ = office
    account = people.verified()
    for method, path in (("PATCH", ""), ("DELETE", ""), *(("POST", f"/{deed}") for deed in DEEDS)):
        body = {"role": "staff"} if method == "PATCH" else None
        reply = admin.request(method, f"/admin/users/{account.id}{path}", json=body)
        assert reply.refusal == (403, "csrf_failed"), path
    assert people.login(account.email, account.password).status == 200


# ASVS 8.4.2, attack 35
def test_the_last_admin_stays_and_the_attempt_is_recorded(start_server):
    people = People(start_server())
    admin, who = people.of_role("admin")
    other, gone = people.of_role("admin")
    assert change(admin, gone, role="user").status == 200
    assert active_admins(people.server) == [who.email]
    for arguments in (("set-role", who.email, "user"), ("disable", who.email), ("delete", who.email)):
        assert people.server.command("user", *arguments).returncode == 1, arguments
    assert active_admins(people.server) == [who.email]
    rows = people.server.rows("SELECT details, subject_id FROM audit_logs WHERE event = 'user.change_refused' ORDER BY at, id")
    assert [row["subject_id"] for row in rows] == [who.id] * 3 and all('"state"' in row["details"] for row in rows)
    assert other.get("/admin/status").refusal == UNAUTHENTICATED


# ASVS 8.3.2: by the role as it is inside the transaction, not as a cache had it
def test_who_is_no_admin_any_more_changes_nothing_with_an_old_session(start_server):
    server = start_server(SESSION_LOCAL_CACHE_MS=1000)
    people = People(server)
    admin, who = people.of_role("admin")
    people.of_role("admin")
    account = people.verified()
    assert admin.get("/admin/status").status == 200
    server.execute(f"UPDATE users SET role = 'user' WHERE id = '{who.id}'")
    assert change(admin, account, role="staff").refusal == FORBIDDEN
    assert server.rows("SELECT role FROM users WHERE id = ?", account.id) == [{"role": "user"}]
