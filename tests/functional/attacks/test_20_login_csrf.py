"""Attack 20: login CSRF by form, fetch no-cors, text/plain JSON, sendBeacon, `Origin: null` from a sandboxed frame -> 403
or 415, no cookie set; on every route that needs no session."""

import json
from urllib.parse import urlencode

import pytest

from harness.audit import WITHOUT_LATE_ONES
from harness.bodies import OPERATIONS, body_for, target
from harness.people import People
from harness.server import Server

FOREIGN, NOT_JSON = (403, "origin_not_allowed"), (415, "unsupported_media_type")
OPEN = [
    route
    for route, operation in OPERATIONS.items()  # an edge asks with the method of a request that is not ours
    if route[0] != "GET" and not {"session", "edge"} & set(operation["x-access"].split())
]
on_every_open_route = pytest.mark.parametrize("route", OPEN, ids=[route[1] for route in OPEN])
EVIL, BOUNDARY = "https://evil.test", "X"


def form(body: dict) -> bytes:
    return urlencode(body).encode()


def multipart(body: dict) -> bytes:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in body.items()
    ]
    return ("".join(parts) + f"--{BOUNDARY}--\r\n").encode()


def plain_form(body: dict) -> bytes:
    """What `enctype=text/plain` makes of one field whose name is the JSON up to a last member."""
    return (json.dumps(body)[:-1] + ', "x": "=').encode() + b'"}\r\n'


def as_json(body: dict) -> bytes:
    return json.dumps(body).encode()


# What a foreign page can send without asking first (Fetch, CORS-safelisted), and what the browser says of it.
SIMPLE = {
    "form": ("application/x-www-form-urlencoded", form, "navigate"),
    "multipart form": (f"multipart/form-data; boundary={BOUNDARY}", multipart, "navigate"),
    "JSON in a plain form": ("text/plain", plain_form, "navigate"),
    "no-cors JSON as text": ("text/plain;charset=UTF-8", as_json, "no-cors"),
    "beacon of text": ("text/plain;charset=UTF-8", as_json, "no-cors"),
    "beacon of a blob without a type": (None, as_json, "no-cors"),
    "beacon of a form": (f"multipart/form-data; boundary={BOUNDARY}", multipart, "no-cors"),
    "JSON with a safelisted type beside it": ("text/plain; application/json", as_json, "no-cors"),
    "JSON type behind a comma": ("text/plain, application/json", as_json, "no-cors"),
    "a type like it": ("text/json", as_json, "no-cors"),
    "a script's type": ("application/jsonp", as_json, "no-cors"),
    "JSON type before a comma": ("application/json, text/plain", as_json, "no-cors"),
    "JSON where it may not be": ("application/json", as_json, "cors"),
}
ORIGINS = {"of a foreign page": EVIL, "of a sandboxed frame": "null", "of a file": "file://", "none": None}


@pytest.fixture(scope="module")
def own(backend, tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("csrf"), backend, {"PASSWORDLESS_SIGNUP": "true"}).start()
    yield People(server)
    server.stop()


def send(client, route, body: dict, content_type: str | None, write, headers: dict):
    return client.request(route[0], target(route), body=write(body), headers={"Content-Type": content_type} | headers)


# ASVS 3.5.1, 3.5.2, attack 20
@on_every_open_route
@pytest.mark.parametrize("origin", ORIGINS)
def test_what_a_foreign_page_sends_is_refused(own, route, origin):
    client = own.browser()
    before = own.server.rows(f"SELECT count(*) AS rows FROM {WITHOUT_LATE_ONES}")
    for what, (content_type, write, mode) in SIMPLE.items():
        headers = {
            "Origin": ORIGINS[origin],
            "Sec-Fetch-Site": "cross-site",
            "Sec-Fetch-Mode": mode,
            "Sec-Fetch-Dest": "empty",
        }
        reply = send(client, route, body_for(route) or {}, content_type, write, headers)
        assert reply.refusal in (FOREIGN, NOT_JSON), what
        assert reply.set_cookies == {} and not reply.all("Access-Control-Allow-Origin"), what
    assert own.server.rows(f"SELECT count(*) AS rows FROM {WITHOUT_LATE_ONES}") == before, "nothing was looked at"


# ASVS 3.5.2, attack 20: a browser so old that it says nothing of where it is
@pytest.mark.parametrize("what", [what for what in SIMPLE if what != "JSON where it may not be"])
def test_the_form_alone_is_refused_where_a_browser_says_nothing(people, what):
    account, client = people.verified(), people.browser()
    content_type, write, _ = SIMPLE[what]
    reply = send(client, ("POST", "/auth/login"), account.credentials, content_type, write, {})
    assert reply.refusal == NOT_JSON and reply.set_cookies == {}
    assert client.get("/auth/me").refusal == (401, "unauthenticated")


# ASVS 3.5.1, attack 20: with the right password of the attacker's own account, which is the point of it
@pytest.mark.parametrize("site", ["cross-site", "same-site", "CROSS-SITE", "cross-site, same-origin", "none, cross-site"])
@pytest.mark.parametrize("origin", [EVIL, "null", None])
def test_the_attackers_own_credentials_sign_nobody_in(people, origin, site):
    attacker, victim = people.verified(), people.browser()
    reply = victim.post("/auth/login", attacker.credentials, headers={"Origin": origin, "Sec-Fetch-Site": site})
    assert reply.refusal == FOREIGN and reply.set_cookies == {}
    assert victim.get("/auth/me").refusal == (401, "unauthenticated")


# ASVS 3.5.1, attack 20: nor at the second step, for a challenge that the attacker made himself
def test_a_challenge_of_the_attackers_is_not_finished_in_the_victims_browser(people):
    attacker = people.with_totp()[1]
    _, challenge = people.challenge(attacker)
    victim, code = people.browser(), attacker.totp.fresh_code()
    victim.get("/auth/csrf")
    for headers in ({"Origin": EVIL}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {}):
        reply = victim.post("/auth/mfa/totp/verify", {"challenge_id": challenge, "code": code}, csrf=True, headers=headers)
        assert reply.status in (400, 403) and "__Host-sid" not in reply.set_cookies
    assert victim.get("/auth/me").refusal == (401, "unauthenticated")
