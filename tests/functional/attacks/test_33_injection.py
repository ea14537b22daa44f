"""Attack 33: SQL and Lua text in every field, cursor, filter, cookie, credential id -> data or 422; the text of statements
never changes (a static rule: every statement is a constant literal)."""

import base64
from urllib.parse import quote

import pytest

from harness import canaries
from harness.bodies import OPERATIONS, TAKING_A_BODY, body_for, target
from harness.client import SESSION_COOKIE
from harness.people import People

SQL = [
    "' OR '1'='1",
    "'; DROP TABLE users; --",
    "' UNION SELECT password_hash FROM users --",
    "\\'; DELETE FROM sessions; --",
    "1; UPDATE users SET role='admin'",
    "' || (SELECT email FROM users LIMIT 1) || '",
    "$1",
    "$$;SELECT pg_sleep(9);$$",
    "?1",
    ":id",
    "%",
    "_",
    '" OR 1=1',
    "0x27",
    "\u02bc OR 1=1",
    "'/**/OR/**/1=1",
    "'; SELECT load_extension('x'); --",
]
LUA = [
    "redis.call('FLUSHALL')",
    "]]; redis.call('DEL', KEYS[1]) --[[",
    "\"..redis.call('KEYS','*')..\"",
    "*1\r\n$8\r\nFLUSHALL\r\n",
    "{x}*",
    "..\\0..",
    "return redis.error_reply('x')",
    "%d%s",
]
TEXTS = SQL + LUA
canaries.publish(TEXTS)
WITH_PARAMETERS = [
    route
    for route in OPERATIONS
    if "{id}" in route[1]
    or route
    in {
        ("GET", "/auth/sessions"),
        ("GET", "/auth/csrf"),
        ("GET", "/auth/me"),
        ("GET", "/auth/webauthn/credentials"),
        ("GET", "/admin/status"),
        ("GET", "/admin/users"),
        ("GET", "/admin/audit-logs"),
        ("GET", "/verify-email"),
        ("GET", "/health"),
    }
]
EXPECTED = {200, 204, 400, 401, 403, 404, 405, 409, 422, 429}


@pytest.fixture(scope="module")
def witness(server):
    people = People(server)
    return people, *people.stepped_up(name="Witness")


def assert_nothing_happened(witness) -> None:
    people, client, account = witness
    me = client.get("/auth/me")
    assert me.status == 200 and (me.json["role"], me.json["name"]) == ("user", "Witness")
    assert people.server.rows("SELECT role FROM users WHERE id = ?", account.id) == [{"role": "user"}]


def poisoned(body: dict, number: int, text: str) -> list[dict]:
    """The body with the text in one of its strings, each in its turn, in all of them, and in the name of a member."""
    names = [name for name, value in body.items() if isinstance(value, str)]
    encoded = base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()
    each = [body | {name: value} for name in names for value in (text, encoded)]
    return each[number % max(1, len(each)) :][:1] + [body | dict.fromkeys(names, text), body | {text: text}]


# ASVS 1.2.4, attack 33: in every member of every body
@pytest.mark.parametrize("route", TAKING_A_BODY, ids=[" ".join(route) for route in TAKING_A_BODY])
def test_in_a_body_it_is_data(witness, route):
    people, _, _ = witness
    bystander = people.signed_in()[0]
    for number, text in enumerate(TEXTS):
        for body in poisoned(body_for(route), number, text):
            sender = bystander if number % 2 or "session" in OPERATIONS[route]["x-access"] else people.browser()
            reply = sender.request(route[0], target(route), json=body, csrf=True)
            assert reply.status in EXPECTED, (text, reply)
            if sender is not bystander:
                sender.close()
    assert_nothing_happened(witness)


# ASVS 1.2.4, attack 33: in the path and in every parameter, known or not
@pytest.mark.parametrize("route", WITH_PARAMETERS, ids=[" ".join(route) for route in WITH_PARAMETERS])
def test_in_the_address_it_is_data(witness, route):
    people, client, _ = witness
    for text in TEXTS:
        quoted = quote(text, safe="")
        queries = [f"?{name}={quoted}" for name in ("cursor", "limit", "for", "filter", "sort", "id", "email")]
        paths = [target(route, quoted)] if "{id}" in route[1] else [route[1] + query for query in [*queries, f"?{quoted}=1"]]
        for path in paths:
            reply = client.request(route[0], path, json=body_for(route), csrf=True)
            assert reply.status in EXPECTED, (text, reply)
    assert_nothing_happened(witness)


# ASVS 1.2.4, attack 33: in each cookie and in what a head says of its sender
@pytest.mark.parametrize("name", [SESSION_COOKIE, "csrf_token", "__Host-pre", "__Host-device"])
def test_in_a_cookie_it_is_data(witness, name):
    people, client, account = witness
    for text in TEXTS:
        value = text.replace("\r", "").replace("\n", "").replace(";", "%3b").encode("utf-8")
        browser = people.browser()
        held = {key: one.encode() for key, one in client.cookies.items()} | {name: value}
        line = b"; ".join(key.encode() + b"=" + one for key, one in held.items())
        for method, path in (("GET", "/auth/me"), ("GET", "/auth/csrf"), ("POST", "/auth/step-up/check")):
            reply = browser.request(method, path, cookies="x=y", headers={"Cookie": line, "X-CSRF-Token": value})
            assert reply.status in EXPECTED, (text, reply)
            assert name != SESSION_COOKIE or path == "/auth/csrf" or reply.status in (400, 401), text
        browser.close()
    assert_nothing_happened(witness)


@pytest.mark.parametrize("header", ["User-Agent", "Accept-Language", "X-Request-Id", "X-Forwarded-For", "Origin", "Referer"])
def test_in_a_header_it_is_data(witness, header):
    people, client, _ = witness
    account = people.verified()
    for text in TEXTS:
        value = text.replace("\r", "").replace("\n", "").encode("utf-8")
        browser = people.browser()
        reply = browser.post("/auth/login", account.credentials, headers={header: value})
        assert reply.status in (200, 400, 403), (text, reply)
        browser.close()
    assert_nothing_happened(witness)


# ASVS 1.2.4, attack 33: it comes back as what it was, and only where it was put
@pytest.mark.parametrize("text", [text for text in TEXTS if text.isprintable()], ids=ascii)
def test_what_is_taken_comes_back_as_it_was(people, text):
    client, account = people.signed_in(name=text)
    assert client.get("/auth/me").json["name"] == text
    other = people.sign_in(account, user_agent=text.encode("ascii", "ignore").decode().strip())
    agents = {session["user_agent"] for session in other.get("/auth/sessions").json["sessions"]}
    assert agents == {client.user_agent, other.user_agent}
    second = people.verified(password=f"kettle {text} orbit")
    assert people.login(second.email, second.password).status == 200
    assert people.login(second.email, second.password.replace(text, "")).refusal == (401, "invalid_credentials")
