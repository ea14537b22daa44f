"""Attack 35: the ids of others in every path; admin verbs as user and staff; the own role raised; the last admin removed
by a race -> 404 or 403, audited; one admin stays.

What every role gets from every route is in test_route_matrix.py; that of two admins who remove each other over HTTP, on
one instance or two, one stays, in test_admin_races.py.
"""

import json
import uuid

import pytest

from harness.admins import DEEDS, change, delete, do, refusals
from harness.bodies import OPERATIONS, TAKING_A_BODY, body_for, target
from harness.concurrently import at_once
from harness.passkey_flows import register
from harness.people import People
from harness.refusals import wait_for

WITH_ID = [route for route in OPERATIONS if "{id}" in route[1] and not route[1].startswith("/admin/")]
OF_ADMINS = [route for route in OPERATIONS if "{id}" in route[1] and route[1].startswith("/admin/")]
FORBIDDEN, NOT_FOUND, CONFLICT = (403, "forbidden"), (404, "not_found"), (409, "conflict")


class Victim:
    def __init__(self, people):
        self.client, self.account = people.with_totp()
        self.passkey = register(self.client)
        self.other = people.sign_in(self.account)
        (current,) = [one for one in self.client.get("/auth/sessions").json["sessions"] if one["current"]]
        rows = people.server.rows("SELECT id FROM audit_logs WHERE subject_id = ?", self.account.id)
        self.ids = {
            "a session": current["id"],
            "an account": self.account.id,
            "a passkey": self.passkey.record["id"],
            "a credential": self.passkey.text_id,
            "an audit row": rows[0]["id"],
        }

    def state(self):
        return (
            self.client.get("/auth/me").json,
            self.client.get("/auth/sessions").json["sessions"][0]["id"],
            self.client.get("/auth/webauthn/credentials").json,
            self.other.get("/auth/me").status,
        )


@pytest.fixture(scope="module")
def victim(server):
    return Victim(People(server))


def spellings(id: str) -> list[str]:
    return [
        id,
        id.upper(),
        id.replace("-", ""),
        "{" + id + "}",
        "%7b" + id + "%7d",
        id + "%00",
        id + "%2f",
        id + "%20",
        "./" + id,
        id + "?user_id=x",
        "urn:uuid:" + id,
        id + ";x",
    ]


# ASVS 8.2.2, attack 35: as unknown as one that never was, however it is written
@pytest.mark.parametrize("role", ["user", "staff", "admin"])
@pytest.mark.parametrize("route", WITH_ID, ids=[" ".join(route) for route in WITH_ID])
def test_an_id_of_somebody_else_is_unknown(people, victim, route, role):
    client, _ = people.of_role(role)
    before = victim.state()
    body = {"name": "Mine now"} if route[0] == "PATCH" else {} if route in TAKING_A_BODY else None
    unknown = client.request(route[0], target(route, str(uuid.uuid4())), json=body, csrf=True)
    assert unknown.refusal == NOT_FOUND
    for what, id in victim.ids.items():
        for number, spelling in enumerate(spellings(id)):
            reply = client.request(route[0], target(route, spelling), json=body, csrf=True)
            assert reply.refusal in (NOT_FOUND, (400, "invalid_request")), (what, spelling)
            assert number or reply.without_request_id() == unknown.without_request_id(), what
    assert victim.state() == before


# ASVS 8.2.2, attack 35: to an admin too the id of anything but an account is that of nothing
@pytest.mark.parametrize("route", OF_ADMINS, ids=[" ".join(route) for route in OF_ADMINS])
def test_an_id_that_is_no_accounts_is_unknown_to_admins(people, victim, route):
    client, _ = people.of_role("admin")
    before = victim.state()
    for what, id in victim.ids.items():
        for number, spelling in enumerate(spellings(id)):
            if "?" not in spelling and (number or what != "an account"):
                reply = client.request(route[0], target(route, spelling), json=body_for(route), csrf=True)
                assert reply.refusal in (NOT_FOUND, (400, "invalid_request")), (what, spelling)
    assert victim.state() == before


# ASVS 8.2.1, 8.4.2, attack 35: every route under /admin, for everybody whom it is not for
@pytest.mark.parametrize("role", ["user", "staff"])
@pytest.mark.parametrize(
    "path",
    [
        "/admin/status",
        "/admin/status?role=admin",
        "/admin/status/",
        "/admin//status",
        "/ADMIN/status",
        "/admin/users",
        "/admin/audit-logs",
        "/admin/users/x",
        "/admin/users/x/reset-mfa",
        "/admin/",
    ],
)
def test_admin_verbs_are_for_admins(people, role, path):
    client, _ = people.of_role(role)
    for method in ("GET", "HEAD", "POST", "PATCH", "DELETE"):
        reply = client.request(method, path, json=None if method in ("GET", "HEAD") else {"role": "admin"}, csrf=True)
        reads = role == "staff" and method in ("GET", "HEAD") and path in ("/admin/users", "/admin/audit-logs")
        assert reply.status == 200 if reads else reply.status in (403, 404, 405), (method, path)
    assert client.get("/auth/me").json["role"] == role
    assert people.browser().get(path).status in (401, 404, 405)


# ASVS 8.4.2, attack 35: nobody raises himself
@pytest.mark.parametrize("role", ["user", "staff"])
def test_nobody_raises_his_own_role(people, role):
    client, account = people.of_role(role)
    for method in ("PATCH", "PUT", "POST"):
        for path in ("/auth/me", f"/admin/users/{account.id}", "/admin/users/me", "/auth/me/role"):
            reply = client.request(method, path, json={"role": "admin", "status": "active"}, csrf=True)
            assert reply.status in (403, 404, 405, 422), (method, path)
    assert client.request("PATCH", "/auth/me", json={"name": "Ada", "role": "admin"}, csrf=True).json["role"] == role
    assert client.get("/auth/me").json["role"] == role
    assert client.get("/admin/status").refusal == FORBIDDEN


# ASVS 8.4.2, 16.3.2, attack 35: what gets past the gate and is refused behind it has its entry: who, in which session, what
def test_what_is_refused_to_an_admin_is_recorded(people):
    client, account = people.of_role("admin")
    unknown = type(account)("nobody@example.test", "", str(uuid.uuid4()))
    attempts = [
        change(client, account, role="admin"),
        delete(client, account),
        do(client, account, "reset-mfa"),
        change(client, unknown, role="admin"),
        delete(client, unknown),
        *(do(client, unknown, deed) for deed in DEEDS),
    ]
    assert [reply.refusal for reply in attempts] == [FORBIDDEN] * 3 + [NOT_FOUND] * (2 + len(DEEDS))
    recorded = refusals(people.server, account)
    assert [reason for _, reason in recorded] == ["own_account"] * 3 + ["unknown_account"] * (2 + len(DEEDS))
    assert {permission for permission, _ in recorded} == {
        "users:change",
        "users:delete",
        "users:reset-mfa",
        "users:end-sessions",
        "users:unlock",
        "users:send-reset",
        "users:demand-password-change",
    }
    rows = people.server.rows(
        "SELECT session_id, ip, outcome, request_id FROM audit_logs WHERE event = 'user.change_refused' "
        "AND actor_id = ? ORDER BY at, id",
        account.id,
    )
    (session,) = {row["session_id"] for row in rows}
    assert session == next(one["id"] for one in client.get("/auth/sessions").json["sessions"] if one["current"])
    assert [row["request_id"] for row in rows] == [reply.header("X-Request-Id") for reply in attempts]
    assert {(row["ip"], row["outcome"]) for row in rows} == {("127.0.0.1", "failure")}


# ASVS 8.4.2, 16.3.2, attack 35: and what the gate refuses has one, too
@pytest.mark.parametrize("role", ["user", "staff"])
def test_what_the_gate_refuses_is_recorded(start_server, role):
    people = People(start_server())
    client, account = people.of_role(role)
    unknown = type(account)("nobody@example.test", "", str(uuid.uuid4()))
    attempts = [change(client, account, role="admin"), delete(client, unknown), *(do(client, unknown, deed) for deed in DEEDS)]
    assert {reply.refusal for reply in attempts} == {FORBIDDEN}
    rows = wait_for(people.server, "forbidden", len(attempts))
    assert {row["details"]["route"] for row in rows} == {
        "PATCH /admin/users/{id}",
        "DELETE /admin/users/{id}",
        *(f"POST /admin/users/{{id}}/{deed}" for deed in DEEDS),
    }
    assert {row["actor_id"] for row in rows} == {account.id} and {row["outcome"] for row in rows} == {"failure"}
    assert refusals(people.server, account) == []


def admins_of(server) -> list[str]:
    return [row["email"] for row in server.rows("SELECT email FROM users WHERE role = 'admin' AND status = 'active'")]


@pytest.fixture
def two_admins(start_server):
    people = People(start_server())
    return people, [people.of_role("admin") for _ in range(2)]


# ASVS 8.4.2, 15.4.2, attack 35: by themselves, by one another, by commands, all at once: one stays
@pytest.mark.parametrize(
    "ways",
    [("delete", "delete"), ("demote", "demote"), ("disable", "disable"), ("delete", "demote"), ("disable", "delete")],
    ids="-".join,
)
def test_of_two_admins_who_go_at_once_one_stays(two_admins, ways):
    people, admins = two_admins
    server = people.server

    def leave(way, client, account):
        if way == "delete":
            return client.delete("/auth/me", csrf=True).refusal == (200, None)
        arguments = ("set-role", account.email, "user") if way == "demote" else ("disable", account.email)
        return server.command("user", *arguments).returncode == 0

    left = at_once([lambda w=way, c=client, a=account: leave(w, c, a) for way, (client, account) in zip(ways, admins)])
    assert sorted(left) == [False, True]
    (stays,) = admins_of(server)
    assert stays == admins[left.index(False)][1].email


# ASVS 8.4.2, attack 35
def test_the_last_admin_goes_by_no_way(two_admins):
    people, ((client, account), (_, other)) = two_admins
    server = people.server
    assert server.command("user", "set-role", other.email, "staff").returncode == 0
    assert client.delete("/auth/me", csrf=True).refusal == CONFLICT
    for arguments in (("set-role", account.email, "user"), ("set-role", account.email, "staff"), ("disable", account.email)):
        assert server.command("user", *arguments).returncode == 1
    line = json.dumps({"email": account.email, "password_hash": None, "role": "user", "status": "disabled"}) + "\n"
    server.command("user", "import", "-", stdin=line)
    assert admins_of(server) == [account.email]
    assert people.sign_in(account).get("/admin/status").status == 200
