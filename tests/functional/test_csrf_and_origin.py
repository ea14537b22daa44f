"""Unsafe requests come from our own pages: token and origin (ASVS 3.5.1–3.5.3, CS CSRF, attacks 18 to 20)."""

import pytest

from harness import raw
from harness.client import CSRF_COOKIE, SESSION_COOKIE
from harness.people import People, fresh_email, fresh_password
from harness.server import Server

CSRF_FAILED = (403, "csrf_failed")
FOREIGN = (403, "origin_not_allowed")
FRONTEND = "https://front.example.test"


@pytest.fixture(
    params=[
        ("POST", "/auth/logout"),
        ("POST", "/auth/sessions/revoke-others"),
        ("DELETE", "/auth/sessions/00000000-0000-7000-8000-000000000000"),
        ("DELETE", "/auth/me"),
    ],
    ids=["logout", "revoke-others", "delete", "delete account"],
)
def guarded(request):
    """Every route that needs the token."""
    return request.param


# Attack 19: tossed from a subdomain
def test_a_doubled_csrf_cookie_is_refused(people):
    client, _ = people.signed_in()
    token = client.cookies[CSRF_COOKIE]
    reply = client.post("/auth/logout", csrf=True, cookies=f"{client.cookies.header()}; {CSRF_COOKIE}={token}")
    assert reply.refusal == (400, "invalid_request")


def test_a_doubled_csrf_header_is_refused(server, people):
    client, _ = people.signed_in()
    token = client.cookies[CSRF_COOKIE]
    fields = [f"Cookie: {client.cookies.header()}", f"X-CSRF-Token: {token}", f"X-CSRF-Token: {token}"]
    data = raw.request(server, "POST /auth/logout HTTP/1.1", *fields, "Content-Length: 0")
    reply, _ = raw.exchange(server, data, "POST", "/auth/logout")
    assert reply.refusal == (400, "invalid_request")


def test_a_fresh_token_of_this_session_works(people):
    client, _ = people.signed_in()
    old = client.cookies[CSRF_COOKIE]
    reply = client.get("/auth/csrf")
    assert reply.json["csrf_token"] == reply.set_cookies[CSRF_COOKIE].value == client.cookies[CSRF_COOKIE]
    assert "httponly" not in reply.set_cookies[CSRF_COOKIE].attributes, "the page reads it"
    assert set(reply.set_cookies) == {CSRF_COOKIE}
    assert client.post("/auth/logout", csrf=True).status == 200, old


def test_without_a_session_the_token_is_bound_to_a_pre_session(client):
    reply = client.get("/auth/csrf")
    pre = reply.set_cookies["__Host-pre"].attributes
    assert {"httponly", "secure"} <= set(pre) and (pre["path"], pre["samesite"]) == ("/", "Strict")
    assert reply.json["csrf_token"] == client.cookies[CSRF_COOKIE]


# CS CSRF (login): the pre-session never becomes the session
def test_the_pre_session_is_no_session(people):
    account, client = people.verified(), people.browser()
    client.get("/auth/csrf")
    pre = client.cookies["__Host-pre"]
    assert client.post("/auth/login", account.credentials, csrf=True).status == 200
    assert client.cookies[SESSION_COOKIE] != pre
    assert people.browser().get("/auth/me", cookies=f"{SESSION_COOKIE}={pre}").status == 401


# Who is signed in may sign in again; a front end of another origin reads neither cookie
def test_for_a_challenge_the_token_is_the_browsers_also_where_a_session_lives(people):
    client, account = people.with_totp()
    challenge = client.post("/auth/login", account.credentials).json["challenge_id"]
    body = {"challenge_id": challenge, "code": account.totp.fresh_code()}
    client.get("/auth/csrf")
    assert client.post("/auth/mfa/totp/verify", body, csrf=True).refusal == CSRF_FAILED
    assert client.get("/auth/csrf?for=challenge").json["csrf_token"] == client.cookies[CSRF_COOKIE]
    assert client.post("/auth/logout", csrf=True).refusal == CSRF_FAILED
    assert client.post("/auth/mfa/totp/verify", body, csrf=True).status == 200


# Order of refusals: 401 before 403
def test_no_session_is_told_before_the_token(client, guarded):
    assert client.request(*guarded).refusal == (401, "unauthenticated")


UNSAFE = [
    ("/auth/register", lambda: {"email": fresh_email(), "password": fresh_password()}),
    ("/auth/login", lambda: {"email": fresh_email(), "password": fresh_password()}),
    ("/auth/verify-email", lambda: {"token": "x"}),
    ("/auth/verify-email/resend", lambda: {"email": fresh_email()}),
]


@pytest.fixture(scope="module")
def own(backend, tmp_path_factory):
    """A server that lists one front end."""
    running = Server(tmp_path_factory.mktemp("origins"), backend, {"FRONTEND_ORIGIN": FRONTEND}).start()
    yield running
    running.stop()


def foreign_origins(server):
    return [
        "null",
        "https://evil.test",
        f"https://localhost:{server.port}",
        f"http://localhost:{server.port}1",
        f"http://localhost.evil.test:{server.port}",
        f"http://LOCALHOST.:{server.port}",
        f"{FRONTEND}.evil.test",
        f"{FRONTEND}:8443",
        FRONTEND.replace("https", "http"),
        f"{FRONTEND}/",
        f"{FRONTEND} {FRONTEND}",
        "",
        "https://user@front.example.test",
        "https://front.example.test.",
        "file://",
        "*",
    ]


@pytest.mark.parametrize("path, body", UNSAFE, ids=[path for path, _ in UNSAFE])
def test_a_foreign_origin_is_refused_everywhere(own, path, body):
    client = People(own).browser()
    for origin in foreign_origins(own):
        reply = client.post(path, body(), headers={"Origin": origin})
        assert reply.refusal == FOREIGN, f"Origin: {origin}"
        assert reply.set_cookies == {}


def test_a_foreign_origin_is_refused_with_a_session_and_its_token_too(own, guarded):
    client, _ = People(own).signed_in()
    for origin in foreign_origins(own):
        assert client.request(*guarded, csrf=True, headers={"Origin": origin}).refusal == FOREIGN, f"Origin: {origin}"
    assert client.get("/auth/me").status == 200


def test_own_and_listed_origins_are_allowed(own):
    client = People(own).browser()
    for origin in (own.public_url, FRONTEND):
        reply = client.post("/auth/verify-email/resend", {"email": fresh_email()}, headers={"Origin": origin})
        assert reply.status == 200, f"Origin: {origin}"


@pytest.mark.parametrize("site, allowed", [("same-origin", True), ("none", True), ("cross-site", False)])
def test_sec_fetch_site_decides_without_an_origin(client, site, allowed):
    reply = client.post("/auth/verify-email/resend", {"email": fresh_email()}, headers={"Sec-Fetch-Site": site})
    assert reply.refusal == ((200, None) if allowed else FOREIGN)


def test_a_listed_front_end_on_another_site_may_say_cross_site(own):
    """Its browser sends both headers; the listed Origin is the stronger statement."""
    headers = {"Origin": FRONTEND, "Sec-Fetch-Site": "cross-site"}
    reply = People(own).browser().post("/auth/verify-email/resend", {"email": fresh_email()}, headers=headers)
    assert reply.status == 200


def test_two_origins_are_refused(server):
    body = b'{"email":"a@example.test"}'
    fields = [
        f"Origin: {server.public_url}",
        "Origin: https://evil.test",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    data = raw.request(server, "POST /auth/verify-email/resend HTTP/1.1", *fields, body=body)
    reply, _ = raw.exchange(server, data, "POST", "/auth/verify-email/resend")
    assert reply.refusal in {(400, "invalid_request"), FOREIGN}


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "Application/JSON", "application/json ;Charset=UTF-8"]
)
def test_charset_and_case_of_the_media_type_do_not_matter(people, content_type):
    account = people.verified()
    reply = people.browser().post("/auth/login", account.credentials, headers={"Content-Type": content_type})
    assert reply.status == 200


# ASVS 3.5.3: GET, HEAD and OPTIONS change nothing, so a foreign page may navigate
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_safe_methods_are_not_refused_for_their_origin(people, method):
    client, _ = people.signed_in()
    reply = client.request(method, "/auth/me", headers={"Origin": "https://evil.test", "Sec-Fetch-Site": "cross-site"})
    assert reply.status == 200
    assert not reply.all("Access-Control-Allow-Origin")
