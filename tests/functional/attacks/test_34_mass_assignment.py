"""Attack 34: `role`, `status`, `email_verified`, `id`, `aal` in every body; prototype keys (`__proto__`) -> no effect.

Two people live the same life of an account, one of them with all of it in every body: the record must be alike.
"""

import pytest

from harness.bodies import OPERATIONS, TAKING_A_BODY, members_of
from harness.client import Client
from harness.passkey_flows import register, try_login, try_sign_up, try_step_up
from harness.passkeys import SYNCED, Passkey
from harness.people import CONFIRM_CHANGE, UNDO_CHANGE, People, fresh_email, fresh_password

OTHER = "00000000-0000-7000-8000-000000000000"
EXTRA = {
    "role": "admin",
    "status": "active",
    "email_verified": True,
    "email_verified_at": "2026-01-01T00:00:00.000000Z",
    "id": OTHER,
    "user_id": OTHER,
    "account_id": OTHER,
    "aal": 3,
    "amr": ["hwk", "mfa"],
    "auth_time": "2099-01-01T00:00:00Z",
    "stepped_up_at": "2099-01-01T00:00:00Z",
    "is_admin": True,
    "admin": True,
    "permissions": ["*"],
    "scope": "admin",
    "password_hash": "$2b$04$x",
    "password_must_change": None,
    "second_factors": "",
    "totp_enabled": False,
    "user_verified": True,
    "sign_count": 0,
    "attested": True,
    "created_at": "1970-01-01T00:00:00Z",
    "expires_at": "2099-01-01",
    "__proto__": {"role": "admin", "aal": 3},
    "constructor": {"prototype": {"role": "admin"}},
    "prototype": {"role": "admin"},
    "user": {"role": "admin"},
    "$set": {"role": "admin"},
    "role[]": "admin",
    "Role": "admin",
}


class Greedy(Client):
    """Asks for all of it in every body, also where the contract has none."""

    sent: set = set()

    def request(self, method, path, *, json=None, **options):
        if method != "GET" and "body" not in options and (json is None or isinstance(json, dict)):
            Greedy.sent.add(path)
            json = EXTRA | (json or {})
        return super().request(method, path, json=json, **options)


# An admin says the role and the status of somebody else: what else is in that body changes nothing (test_admin_users.py).
BY_ADMINS = {("PATCH", "/admin/users/{id}")}


def life(people) -> tuple:
    """Everything an account goes through; what it is in the end, and its record."""
    client, account = people.signed_in(name="A name")
    people.post("/auth/verify-email/resend", {"email": account.email})
    assert people.step_up(client, account).status == 200
    people.enrol_totp(client, account)
    assert people.step_up(client, account).status == 200
    codes = people.recovery_codes(client)
    assert client.post("/auth/mfa/recovery/verify", {"code": codes[0]}, csrf=True).status == 200
    passkey = register(client)
    assert try_step_up(client, passkey).status == 200
    assert client.request("PATCH", "/auth/me", json={"name": "A name"}, csrf=True).status == 200
    assert people.post("/auth/password/check", {"password": account.password}).json["acceptable"]
    assert client.post("/auth/token", {"audience": "nobody"}, csrf=True).code == "validation_failed"
    path = f"/auth/webauthn/credentials/{passkey.record['id']}"
    assert client.request("PATCH", path, json={"name": "Mine"}, csrf=True).status == 200
    change = {"current_password": account.password, "new_password": fresh_password()}
    assert client.post("/auth/password/change", change, csrf=True).status == 200
    account.password = change["new_password"]
    assert client.post("/auth/sessions/revoke-others", csrf=True).status == 200
    wanted, old = fresh_email(), account.email
    assert client.post("/auth/email/change", {"new_email": wanted}, csrf=True).status == 200
    assert people.post("/auth/email/change/confirm", {"token": people.token(wanted, CONFIRM_CHANGE)}).status == 200
    assert people.post("/auth/email/change/undo", {"token": people.token(old, UNDO_CHANGE)}).status == 200
    people.ask_for_reset(old)
    account.password = fresh_password()
    assert people.reset(people.reset_token(old), account.password).status == 200
    client = people.browser()
    assert try_login(client, passkey, old).status == 200
    me = client.get("/auth/me").json
    assert client.post("/auth/mfa/totp/disable", csrf=True).status == 200
    assert me["id"] == account.id != OTHER and me["email"] == old
    return {name: me[name] for name in ("name", "email_verified", "role", "aal", "amr", "totp_enabled")}, account


def record(server, account) -> list:
    """What stands in it but for what is new each time."""
    (user,) = server.rows("SELECT * FROM users WHERE id = ?", account.id)
    (passkey,) = server.rows("SELECT * FROM webauthn_credentials WHERE user_id = ?", account.id)
    sessions = server.rows(
        "SELECT aal, amr, factor, expires_at > '2090-01-01T00:00:00.000000Z' AS late FROM sessions WHERE user_id = ?",
        account.id,
    )
    own = {"id", "user_id", "email", "email_key", "password_hash", "credential_id", "public_key"}
    return [
        {name: "a time" if name.endswith("_at") and value else value for name, value in row.items() if name not in own}
        for row in (user, passkey)
    ] + sessions


# ASVS 8.2.3, 15.3.3, attack 34
def test_a_whole_life_with_it_in_every_body_is_like_one_without(server):
    greedy, plain = life(People(server, Greedy)), life(People(server))
    assert greedy[0] == plain[0]
    assert record(server, greedy[1]) == record(server, plain[1])
    assert server.rows("SELECT id FROM users WHERE id = ?", OTHER) == []
    assert server.rows("SELECT role FROM users WHERE id = ?", greedy[1].id) == [{"role": "user"}]


# ASVS 8.2.3, attack 34: nor does it verify, enable or let in before the rules do
def test_it_opens_nothing_before_its_time(server):
    people = People(server, Greedy)
    waiting, disabled = people.register(), people.verified()
    assert people.login(waiting.email, waiting.password).refusal == (403, "email_not_verified")
    assert server.command("user", "disable", disabled.email).returncode == 0
    assert people.login(disabled.email, disabled.password).refusal == (403, "account_disabled")
    client, _ = people.signed_in()
    assert client.get("/admin/status").refusal == (403, "forbidden")
    assert client.post("/auth/mfa/recovery-codes", csrf=True).refusal == (403, "step_up_required")
    assert client.get("/auth/me").json["aal"] == 1


# ASVS 15.3.3, attack 34: the test above was in every body, and the contract has none of them but where it says so
def test_no_operation_takes_them(server):
    life(People(server, Greedy))
    tried = {
        route[1]
        for route in OPERATIONS
        if route[0] != "GET"
        for path in Greedy.sent
        if route[1] == path or ("{id}" in route[1] and path.startswith(route[1].partition("{")[0]))
    }
    assert {route[1] for route in TAKING_A_BODY if route not in BY_ADMINS} - tried <= {
        "/auth/step-up/password",
        "/auth/webauthn/signup/start",
        "/auth/webauthn/signup/finish",
    }
    for route in TAKING_A_BODY:
        assert not set(members_of(route)) & set(EXTRA) or route in BY_ADMINS, route


# ASVS 8.2.3, attack 34: by the one way in that is off by default
def test_nor_at_a_sign_up_with_a_passkey(start_server):
    server = start_server(PASSWORDLESS_SIGNUP="true")
    people, passkey, email = People(server, Greedy), Passkey(flags=SYNCED), fresh_email()
    browser = people.browser()
    reply = try_sign_up(browser, passkey, email)
    assert reply.status == 200 and reply.json["id"] != OTHER
    assert try_login(people.browser(), passkey).refusal == (401, "mfa_failed")
    assert people.verify(people.token(email), browser).status == 200
    client = people.browser()
    assert try_login(client, passkey).status == 200
    me = client.get("/auth/me").json
    assert (me["role"], me["aal"], me["id"]) == ("user", 2, reply.json["id"])


# ASVS 8.2.3, attack 34: in the query and in headers as little
@pytest.mark.parametrize("place", ["query", "headers"])
def test_nor_in_another_place(people, place):
    account, client = people.verified(), people.browser()
    query = "?role=admin&aal=3&user_id=x&status=active&email_verified=true" if place == "query" else ""
    headers = (
        {}
        if place == "query"
        else {
            "X-Role": "admin",
            "X-User-Id": OTHER,
            "X-Forwarded-User": "admin",
            "X-Admin": "1",
            "Authorization": "Basic YWRtaW46YWRtaW4=",
            "X-Original-URL": "/admin/status",
        }
    )
    assert client.post(f"/auth/login{query}", account.credentials, headers=headers).status == 200
    me = client.get(f"/auth/me{query}", headers=headers).json
    assert (me["role"], me["aal"], me["id"]) == ("user", 1, account.id)
    assert client.get(f"/admin/status{query}", headers=headers).refusal == (403, "forbidden")
    assert client.request("POST", "/auth/me", headers={"X-HTTP-Method-Override": "DELETE"}, csrf=True).status == 405
