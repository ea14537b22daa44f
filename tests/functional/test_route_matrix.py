"""Every route of the service, for everybody who may come: what `secureauth routes` says of it is what happens.

The rows are the service's own list, so that a route that comes is here by itself. The columns are people; what each is
to get is worked out from the words of the route's access, and for a few routes that everybody knows it is written down
by hand, so that a wrong word in the table is noticed as well.
"""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from harness import contract
from harness.ageing import age_proofs
from harness.people import People
from harness.server import Server

ROLES = ("user", "staff", "admin")
LET_IN, REFUSED = (0, "whatever the route itself decides"), (0, "there is no such challenge, nor anything else")
UNAUTHENTICATED, FORBIDDEN = (401, "unauthenticated"), (403, "forbidden")
STEP_UP, ENROL = (403, "step_up_required"), (403, "mfa_enrolment_required")
GATE = {UNAUTHENTICATED, FORBIDDEN, STEP_UP, ENROL}

# What these refuse themselves, behind the gate, in its words.
OWN_REFUSALS = {
    ("DELETE", "/auth/sessions/{id}"): STEP_UP,  # of another session than the caller's, without a recent proof
    ("POST", "/auth/step-up/password"): STEP_UP,  # of an account that has something stronger
    ("POST", "/auth/step-up/webauthn/start"): STEP_UP,  # of an account without a passkey
}


@dataclass
class Person:
    """What somebody is to the service. `server` says on which one: its settings make the state."""

    come: Callable
    server: str = "usual"
    role: str = "user"
    aal: int = 1
    factor: bool = False
    recent: bool = True
    stepped_up: bool = False
    must_enrol: bool = False
    alive: bool = True


def of_role(people: People, role: str, factor: bool = True):
    account = people.with_totp()[1] if factor else people.verified()
    if role != "user":
        assert people.server.command("user", "set-role", account.email, role).returncode == 0
    return people.sign_in(account)


def of_disabled(people: People):
    people.of_role("admin")  # one stays
    client, account = people.of_role("admin")
    assert people.server.command("user", "disable", account.email).returncode == 0
    return client


def whose_factors_were_taken(people: People):
    account = people.with_totp()[1]
    assert people.server.command("user", "reset-mfa", account.email).returncode == 0
    return people.sign_in(account)


def later(come: Callable) -> Callable:
    """When what they proved is too old."""

    def back_then(people: People):
        client = come(people)
        age_proofs(people.server, client.get("/auth/me").json["id"], 301)
        return client

    return back_then


def in_a_trusted_browser(role: str) -> Callable:
    """A session of an account with TOTP for which its browser needed only the password, a moment ago."""

    def come(people: People):
        account = people.with_totp()[1]
        if role != "user":
            assert people.server.command("user", "set-role", account.email, role).returncode == 0
        client, challenge = people.challenge(account)
        people.answer(client, challenge, account, remember_browser=True)
        assert client.post("/auth/login", account.credentials).json["mfa_required"] is False
        return client

    return come


STALE = {"server": "aged", "recent": False, "stepped_up": False}
PEOPLE = {
    "anonymous": Person(lambda people: people.browser(), alive=False),
    "user": Person(lambda people: people.signed_in()[0]),
    "user with a factor": Person(lambda people: of_role(people, "user"), aal=2, factor=True, stepped_up=True),
    "staff": Person(lambda people: of_role(people, "staff"), role="staff", aal=2, factor=True, stepped_up=True),
    "admin": Person(lambda people: of_role(people, "admin"), role="admin", aal=2, factor=True, stepped_up=True),
    "disabled admin": Person(of_disabled, role="admin", alive=False),
    "un-enrolled staff": Person(lambda people: of_role(people, "staff", False), role="staff", must_enrol=True),
    "un-enrolled admin": Person(lambda people: of_role(people, "admin", False), role="admin", must_enrol=True),
    "user whose factors were taken": Person(whose_factors_were_taken, must_enrol=True),
    "stale user": Person(later(lambda people: people.signed_in()[0]), **STALE),
    "stale staff": Person(later(lambda people: of_role(people, "staff")), role="staff", aal=2, factor=True, **STALE),
    "stale admin": Person(later(lambda people: of_role(people, "admin")), role="admin", aal=2, factor=True, **STALE),
    "aal1 user": Person(in_a_trusted_browser("user"), "remembering", factor=True, recent=False),
    "aal1 admin": Person(in_a_trusted_browser("admin"), "remembering", role="admin", factor=True, recent=False),
}
SETTINGS = {
    "usual": {"MFA_REQUIRED_ROLES": "staff,admin"},
    "aged": {"MFA_REQUIRED_ROLES": "none"},
    "remembering": {"MFA_REQUIRED_ROLES": "none", "MFA_TRUSTED_BROWSER_DAYS": 30},
}


def expected(access: str, who: Person) -> tuple:
    """What the words of a route give to somebody."""
    words = ["session", "any"] if access == "edge" else access.split()
    if words == ["challenge"]:
        return REFUSED
    if "session" not in words:
        return LET_IN
    if not who.alive:
        return UNAUTHENTICATED
    factor_due = STEP_UP if who.factor else ENROL
    if who.must_enrol and "while_enrolling" not in words:
        return factor_due
    if ROLES.index(who.role) < max([ROLES.index(word) for word in words if word in ROLES], default=0):
        return FORBIDDEN
    if "aal2" in words and who.aal < 2:
        return factor_due
    fresh = {"recent": who.recent, "stepped_up": who.stepped_up, "stepped_up_if_factor": who.stepped_up or not who.factor}
    return LET_IN if all(fresh[word] for word in words if word in fresh) else STEP_UP


@pytest.fixture(scope="module")
def services(backend, tmp_path_factory):
    running = {name: Server(tmp_path_factory.mktemp(name), backend, settings).start() for name, settings in SETTINGS.items()}
    yield {name: People(server) for name, server in running.items()}
    for server in running.values():
        server.stop()


def routes_of(server) -> dict:
    lines = server.command("routes", "--json").stdout.splitlines()
    return {(one["method"], one["path"]): one["access"] for one in map(json.loads, lines)}


def ask(client, route) -> tuple:
    method, path = route
    reply = client.request(
        method, contract.filled(path, id=str(uuid.uuid4())), json=None if method == "GET" else {}, csrf=True
    )
    return reply.refusal


class Visitor:
    """Somebody who comes back as good as new where a route was the end of his session, or made it a better one."""

    def __init__(self, people: People, who: Person):
        self._people, self._who = people, who
        self.client = who.come(people)

    def ask(self, route) -> tuple:
        self.client.cookies.pop("__Host-pre", None)  # what a route before this one began is none of its business
        if self._who.alive:
            self.client.get("/auth/csrf")
        refusal = ask(self.client, route)
        if self._who.alive and route[0] != "GET" and self.client.get("/auth/me").status != 200:
            self.client = self._who.come(self._people)
        return refusal


def is_as_expected(route, got: tuple, wanted: tuple) -> bool:
    if got[0] >= 500 or got[0] == 429:  # nobody has decided anything
        return False
    if wanted in (LET_IN, REFUSED):
        return (got not in GATE or OWN_REFUSALS.get(route) == got) and (wanted == LET_IN or got[0] >= 400)
    return got == wanted


# ASVS 8.1.1, 8.2.1, 8.3.1, 8.4.2, 7.5.3, 6.3.3, attack 35
@pytest.mark.parametrize("name", PEOPLE)
def test_everybody_gets_from_every_route_what_it_says(services, name):
    who = PEOPLE[name]
    people = services[who.server]
    visitor, wrong = Visitor(people, who), {}
    routes = routes_of(people.server)
    assert len(routes) > 60
    for route, access in sorted(routes.items()):
        wanted, got = expected(access, who), visitor.ask(route)
        if not is_as_expected(route, got, wanted):
            wrong[route] = {"access": access, "wanted": wanted, "got": got}
    assert wrong == {}


# By hand, for a table that says the wrong word would else be followed.
KNOWN = {
    ("GET", "/health"): dict.fromkeys(PEOPLE, LET_IN),
    ("GET", "/auth/me"): dict.fromkeys(PEOPLE, LET_IN) | dict.fromkeys(["anonymous", "disabled admin"], UNAUTHENTICATED),
    ("GET", "/admin/users"): {
        "anonymous": UNAUTHENTICATED,
        "user": FORBIDDEN,
        "user with a factor": FORBIDDEN,
        "staff": LET_IN,
        "admin": LET_IN,
        "disabled admin": UNAUTHENTICATED,
        "un-enrolled staff": ENROL,
        "un-enrolled admin": ENROL,
        "user whose factors were taken": ENROL,
        "stale user": FORBIDDEN,
        "stale staff": LET_IN,
        "stale admin": LET_IN,
        "aal1 user": FORBIDDEN,
        "aal1 admin": STEP_UP,
    },
    ("DELETE", "/admin/users/{id}"): {
        "anonymous": UNAUTHENTICATED,
        "user": FORBIDDEN,
        "user with a factor": FORBIDDEN,
        "staff": FORBIDDEN,
        "admin": LET_IN,
        "disabled admin": UNAUTHENTICATED,
        "un-enrolled staff": ENROL,
        "un-enrolled admin": ENROL,
        "user whose factors were taken": ENROL,
        "stale user": FORBIDDEN,
        "stale staff": FORBIDDEN,
        "stale admin": STEP_UP,
        "aal1 user": FORBIDDEN,
        "aal1 admin": STEP_UP,
    },
    ("GET", "/auth/me/export"): {
        "anonymous": UNAUTHENTICATED,
        "user": STEP_UP,
        "user with a factor": LET_IN,
        "staff": LET_IN,
        "admin": LET_IN,
        "disabled admin": UNAUTHENTICATED,
        "un-enrolled staff": ENROL,
        "un-enrolled admin": ENROL,
        "user whose factors were taken": ENROL,
        "stale user": STEP_UP,
        "stale staff": STEP_UP,
        "stale admin": STEP_UP,
        "aal1 user": STEP_UP,
        "aal1 admin": STEP_UP,
    },
}
KNOWN |= {
    ("GET", path): KNOWN["GET", "/admin/users"]
    for path in (
        "/admin/users/{id}",
        "/admin/audit-logs",
        "/admin/audit-logs/stream",
        "/admin/statistics/sign-ins",
        "/admin/lockouts",
        "/admin/health",
    )
}
KNOWN |= dict.fromkeys(
    [
        ("PATCH", "/admin/users/{id}"),
        *(
            ("POST", f"/admin/users/{{id}}/{verb}")
            for verb in ("revoke-sessions", "unlock", "reset-mfa", "send-reset", "demand-password-change")
        ),
    ],
    KNOWN["DELETE", "/admin/users/{id}"],
)


# ASVS 8.1.1, 8.4.2
@pytest.mark.parametrize("route", KNOWN, ids=" ".join)
def test_a_known_route_asks_for_what_everybody_knows(services, route):
    access = routes_of(services["usual"].server)[route]
    assert {name: expected(access, who) for name, who in PEOPLE.items()} == KNOWN[route]


# ASVS 8.4.2: nothing under /admin is for users, nothing that changes something is for staff, all of it is for aal2
def test_every_route_under_admin_is_guarded(services):
    under = {
        route: access.split()
        for route, access in routes_of(services["usual"].server).items()
        if route[1].startswith("/admin/")
    }  # /admin is a page for everybody, in which nothing stands
    assert len(under) >= 11
    for (method, path), words in under.items():
        assert words[0] == "session" and "aal2" in words and words[-1].count(":") == 1, path
        assert ("staff" if method == "GET" and path != "/admin/status" else "admin") in words, path
        assert method == "GET" or "stepped_up" in words, path
