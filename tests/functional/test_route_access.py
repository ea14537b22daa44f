"""Who may call what: the list of routes, the contract and what the service really refuses are one."""

import json
import uuid

import pytest

from harness import contract
from harness.ageing import age_proofs
from harness.client import Client
from harness.people import People
from harness.server import Server

STEP_UP, ENROL, FORBIDDEN = (403, "step_up_required"), (403, "mfa_enrolment_required"), (403, "forbidden")
ACCESS = {(method, path): operation["x-access"] for path, method, operation in contract.operations()}
OPERATIONS = {(method, path): operation for path, method, operation in contract.operations()}
SESSION_ROUTES = {route: access for route, access in ACCESS.items() if "session" in access.split()}

# A session is all that these unsafe routes ask for. Another one belongs here with its reason, or asks for a proof.
NEED_NO_PROOF = {
    ("POST", "/auth/logout"): "whoever holds a session may end it",
    ("POST", "/auth/step-up/check"): "changes nothing",
    ("POST", "/auth/step-up/password"): "is the proof",
    ("POST", "/auth/step-up/webauthn/start"): "begins the proof",
    ("POST", "/auth/step-up/webauthn/finish"): "is the proof",
    ("POST", "/auth/mfa/totp/verify"): "is the proof",
    ("POST", "/auth/mfa/recovery/verify"): "is the proof",
    ("POST", "/auth/token"): "says for minutes what a session says anyway, and how fresh its proof is; the service decides",
    ("PATCH", "/auth/me"): "a name opens nothing: neither sign-in nor mail goes by it",
    ("DELETE", "/auth/sessions/{id}"): "one's own needs none; another's is refused where it is known whose it is",
}


def words(route) -> list[str]:
    return ACCESS[route].split()


def asking(*proofs: str) -> list:
    """Those for every role; who asks for what under /admin is in test_route_matrix.py."""
    return [
        pytest.param(route, id=" ".join(route))
        for route in SESSION_ROUTES
        if set(words(route)) & set(proofs) and not set(words(route)) & {"staff", "admin"}
    ]


def ask(client, route):
    """With a session's CSRF token and as little else as the route's form allows."""
    method, path = route
    body = {} if "requestBody" in OPERATIONS[route] else None
    return client.request(method, contract.filled(path, id=str(uuid.uuid4())), json=body, csrf=True)


def listed(server) -> dict:
    lines = server.command("routes", "--json").stdout.splitlines()
    return {(one["method"], one["path"]): one["access"] for one in map(json.loads, lines)}


# ASVS 8.1.1, 8.2.1
def test_the_routes_are_those_of_the_contract_and_ask_for_what_it_says(server):
    assert listed(server) == ACCESS


# ASVS 7.5.1, 7.5.3
def test_what_changes_something_asks_for_a_proof_or_says_why_not():
    bare = {route for route in SESSION_ROUTES if "any" in words(route) and route[0] != "GET"}
    assert bare == set(NEED_NO_PROOF)


# ASVS 8.2.1, 7.2.1
@pytest.mark.parametrize("route", [pytest.param(route, id=" ".join(route)) for route in SESSION_ROUTES])
def test_without_a_session_nobody_gets_in(people, route):
    signed_in = people.signed_in()[0]
    assert ask(people.browser(), route).refusal == (401, "unauthenticated")
    if route[0] != "GET":
        signed_in.cookies.pop("csrf_token")
        assert ask(signed_in, route).refusal == (403, "csrf_failed")
        assert signed_in.get("/auth/me").status == 200


@pytest.fixture(scope="module")
def apart(backend, tmp_path_factory):
    """A service of its own, for it is restarted."""
    server = Server(tmp_path_factory.mktemp("apart"), backend, {})
    yield server.start()
    server.stop()


@pytest.fixture(scope="module")
def stale(apart):
    """A session whose password was proven again, too long ago; one that a TOTP code opened, too long ago."""
    people = People(apart)
    by_password, by_code = people.stepped_up(), people.with_totp()
    for _, account in (by_password, by_code):
        age_proofs(apart, account.id, 301)
    return by_password[0], by_code[0]


@pytest.fixture(scope="module")
def remembered(backend, tmp_path_factory):
    """A session of an account with TOTP for which its browser needed only the password, a moment ago."""
    server = Server(tmp_path_factory.mktemp("remembering"), backend, {"MFA_TRUSTED_BROWSER_DAYS": 30}).start()
    people = People(server)
    account = people.with_totp()[1]
    client, challenge = people.challenge(account)
    people.answer(client, challenge, account, remember_browser=True)
    assert client.post("/auth/login", account.credentials).json["mfa_required"] is False
    yield client
    server.stop()


# ASVS 7.5.1, 7.5.3, attack 15
@pytest.mark.parametrize("route", asking("stepped_up"))
def test_a_password_that_opened_the_session_is_no_step_up(people, route):
    reply = ask(people.signed_in()[0], route)
    assert reply.refusal == STEP_UP and reply.json["methods"] == ["password"]


# ASVS 7.5.1, 7.5.3, attacks 14 and 15
@pytest.mark.parametrize("route", asking("recent", "stepped_up"))
def test_a_proof_by_password_that_is_too_old(stale, route):
    reply = ask(stale[0], route)
    assert reply.refusal == STEP_UP and reply.json["methods"] == ["password"]


# ASVS 7.5.1, 7.5.3, 6.2.3, attacks 14 and 15
@pytest.mark.parametrize("route", asking("recent", "stepped_up", "stepped_up_if_factor"))
def test_a_proof_by_totp_that_is_too_old(stale, route):
    reply = ask(stale[1], route)
    assert reply.refusal == STEP_UP and reply.json["methods"] == ["totp"]


# ASVS 7.5.1, 6.2.3, 63B §5.1, attack 14
@pytest.mark.parametrize("route", asking("recent", "stepped_up", "stepped_up_if_factor"))
def test_a_fresh_proof_of_less_than_the_account_can_prove(remembered, route):
    assert remembered.get("/auth/me").json["aal"] == 1
    reply = ask(remembered, route)
    assert reply.refusal == STEP_UP and reply.json["methods"] == ["totp"]


@pytest.mark.parametrize("route", asking("recent", "stepped_up", "stepped_up_if_factor"))
def test_a_fresh_proof_of_all_that_the_account_can_prove_does(people, route):
    assert ask(people.with_totp()[0], route).code not in ("step_up_required", "unauthenticated", "csrf_failed")


# ASVS 7.5.1: for ending somebody else's session, of which the list of routes does not know
def test_ending_another_session_needs_a_recent_proof(stale, remembered):
    for client in (*stale, remembered):
        ids = {one["id"]: one["current"] for one in client.get("/auth/sessions").json["sessions"]}
        unknown = client.delete(f"/auth/sessions/{uuid.uuid4()}", csrf=True)
        others = [client.delete(f"/auth/sessions/{id}", csrf=True) for id, current in ids.items() if not current]
        assert {reply.refusal for reply in [unknown, *others]} == {STEP_UP}


def of_role(people, role: str, factor: bool) -> Client:
    """A browser in which somebody of that role is signed in, with TOTP or without."""
    account = people.with_totp()[1] if factor else people.verified()
    if role != "user":
        assert people.server.command("user", "set-role", account.email, role).returncode == 0
    return people.sign_in(account)


# ASVS 6.3.3, 8.2.1
@pytest.mark.parametrize("required", ["none", "staff,admin"])
def test_who_may_ask_for_the_admins_status(start_server, required):
    people = People(start_server(MFA_REQUIRED_ROLES=required))
    answers = {
        (role, factor): of_role(people, role, factor).get("/admin/status").refusal
        for role in ("user", "staff", "admin")
        for factor in (False, True)
    }
    staff_without = ENROL if required != "none" else FORBIDDEN
    assert answers == {
        ("user", False): FORBIDDEN,
        ("user", True): FORBIDDEN,
        ("staff", False): staff_without,
        ("staff", True): FORBIDDEN,
        ("admin", False): ENROL,
        ("admin", True): (200, None),
    }


# ASVS 6.3.3: a role that must have a factor is never let in without
def test_an_admin_who_skipped_the_second_factor_is_asked_for_it(start_server):
    people = People(start_server(MFA_REQUIRED_ROLES="none", MFA_TRUSTED_BROWSER_DAYS=30))
    account = people.with_totp()[1]
    assert people.server.command("user", "set-role", account.email, "admin").returncode == 0
    client, challenge = people.challenge(account)
    people.answer(client, challenge, account, remember_browser=True)
    assert client.get("/admin/status").status == 200
    assert client.post("/auth/login", account.credentials).json["mfa_required"] is False
    reply = client.get("/admin/status")
    assert reply.refusal == STEP_UP and reply.json["methods"] == ["totp"]


@pytest.fixture(params=["of a role that must", "whose factors staff took away"])
def must_enrol(request, start_server):
    """People and an account that may only enrol a second factor."""
    by_role = request.param == "of a role that must"
    people = People(start_server(MFA_REQUIRED_ROLES="user,staff,admin" if by_role else "none"))
    account = people.verified() if by_role else people.with_totp()[1]
    if not by_role:
        assert people.server.command("user", "reset-mfa", account.email).returncode == 0
        account.totp = None
    return people, account


# ASVS 6.3.3, 6.4.4, 63B §4.2.2.2
def test_who_must_enrol_a_factor_may_do_nothing_else(must_enrol):
    people, account = must_enrol
    shared = people.sign_in(account)
    for route in SESSION_ROUTES:
        if "while_enrolling" in words(route):
            assert ask(people.sign_in(account), route).refusal != ENROL, route
        else:
            assert ask(shared, route).refusal == ENROL, route
    assert shared.get("/auth/mfa").json | {"trusted_browser_days": 0} == {
        "methods": [],
        "required": True,
        "has_password": True,
        "trusted_browser_days": 0,
    }


# ASVS 6.3.3, 6.4.4
def test_who_must_enrol_does_so_and_is_let_in(must_enrol):
    people, account = must_enrol
    client = people.sign_in(account)
    assert client.get("/auth/sessions").refusal == ENROL
    people.enrol_totp(client, account)
    assert client.get("/auth/sessions").status == 200
    assert people.sign_in(account).get("/auth/sessions").status == 200
