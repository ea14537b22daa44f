"""Attack 19: `csrf_token` and `__Host-sid` tossed from a subdomain, twice in one request, nameless, `__host-SID`, with
another Path -> refused; no choice by order.

A server sees no Path and no Domain, only the line: a tossed cookie is a second one of the name, before or behind.
"""

import pytest

from harness.client import CSRF_COOKIE, SESSION_COOKIE
from harness.raw import exchange, request

DOUBTFUL = (400, "invalid_request")
UNAUTHENTICATED = (401, "unauthenticated")


@pytest.fixture
def pair(people):
    """(the owner's browser, the attacker's, the owner's id)"""
    owner, account = people.signed_in()
    attacker, _ = people.signed_in()
    return owner, attacker, account.id


def lines(own: str, tossed: str) -> list[str]:
    return [f"{own}; {tossed}", f"{tossed}; {own}", f"{own};{tossed}", f"a=b; {tossed}; c=d; {own}", f"{own}; {own}; {tossed}"]


LOGIN = {"email": "a@example.test", "password": "not it at all 99"}
CODE = {"challenge_id": "A" * 43, "code": "000000"}
# Where each cookie is looked at.
READERS = {
    SESSION_COOKIE: [
        lambda browser, line: browser.get("/auth/me", cookies=line),
        lambda browser, line: browser.get("/auth/csrf", cookies=line),
        lambda browser, line: browser.post("/auth/login", LOGIN, cookies=line),
        lambda browser, line: browser.post("/auth/logout", cookies=line, csrf=browser.cookies[CSRF_COOKIE]),
    ],
    CSRF_COOKIE: [
        lambda browser, line: browser.post("/auth/logout", cookies=line, csrf=browser.cookies[CSRF_COOKIE]),
        lambda browser, line: browser.delete("/auth/me", cookies=line, csrf=browser.cookies[CSRF_COOKIE]),
    ],
    "__Host-pre": [
        lambda browser, line: browser.get("/auth/csrf?for=challenge", cookies=line),
        lambda browser, line: browser.post("/auth/mfa/totp/verify", CODE, cookies=line, csrf="x"),
    ],
    "__Host-device": [lambda browser, line: browser.post("/auth/login", LOGIN, cookies=line)],
}


# ASVS 15.3.7, attack 19
@pytest.mark.parametrize("name", READERS)
def test_a_cookie_twice_is_refused_in_either_order(pair, name):
    owner, attacker, _ = pair
    session = f"{SESSION_COOKIE}={owner.cookies[SESSION_COOKIE]}; {CSRF_COOKIE}={owner.cookies[CSRF_COOKIE]}"
    rest = "; ".join(part for part in session.split("; ") if not part.startswith(name + "="))
    own = f"{name}={owner.cookies.get(name, 'x')}"
    for value in (attacker.cookies.get(name, "y"), owner.cookies.get(name, "x"), "", "x" * 300):
        for line in lines(own, f"{name}={value}"):
            for read in READERS[name]:
                reply = read(owner, f"{rest}; {line}")
                assert reply.refusal == DOUBTFUL and reply.set_cookies == {}, line
    assert owner.get("/auth/me").status == 200


# ASVS 15.3.7, attack 19
def test_the_same_name_in_two_lines_of_the_head_is_twice_too(server, pair):
    owner, attacker, _ = pair
    for first, second in ((owner, attacker), (attacker, owner)):
        fields = [f"Cookie: {SESSION_COOKIE}={browser.cookies[SESSION_COOKIE]}" for browser in (first, second)]
        reply, _ = exchange(server, request(server, "GET /auth/me HTTP/1.1", *fields, "Connection: close"), "GET", "/auth/me")
        assert reply.refusal == DOUBTFUL


NEAR = [
    "__host-SID",
    "__HOST-SID",
    "__Host-Sid",
    "__host-sid",
    "__Secure-sid",
    "sid",
    "__Host-sid2",
    "x__Host-sid",
    "",
    "__Host-sid\u200b",
    "__%48ost-sid",
    '"__Host-sid"',
    "$__Host-sid",
    "__Host-sid[]",
    "__Host_sid",
    "..__Host-sid",
]


# RFC 6265bis §4.1.3.2, attack 19
@pytest.mark.parametrize("name", NEAR, ids=ascii)
def test_a_name_that_looks_like_it_is_another(people, pair, name):
    owner, attacker, owner_id = pair
    tossed, own = f"{name}={attacker.cookies[SESSION_COOKIE]}", f"{SESSION_COOKIE}={owner.cookies[SESSION_COOKIE]}"
    browser = people.browser()
    assert browser.get("/auth/me", cookies=tossed).refusal in (UNAUTHENTICATED, DOUBTFUL)
    for line in lines(own, tossed)[:4]:
        reply = browser.get("/auth/me", cookies=line)
        assert reply.refusal == DOUBTFUL or reply.json.get("id") == owner_id, line


def nameless(value: str) -> list[str]:
    """What browsers have sent for a cookie without a name, or with blanks and signs around one."""
    pair = f"{SESSION_COOKIE}={value}"
    return [
        f"={pair}",
        value,
        f"={value}",
        f" {pair}",
        f"\t{pair}",
        f"{SESSION_COOKIE} ={value}",
        f"{SESSION_COOKIE}= {value}",
        f'{SESSION_COOKIE}="{value}"',
        f"{pair},{pair}",
        f"$Version=1; {pair}; $Path=/auth",
        f"{pair}; Path=/auth/me",
        f"{pair}\x0b",
        f"; {pair}",
        f"x={pair}",
    ]


# RFC 6265bis §5.4, attack 19: whatever is made of the line, beside the owner's cookie it is never the attacker's session
@pytest.mark.parametrize("number", range(len(nameless("v"))))
def test_a_nameless_cookie_takes_nobodys_place(server, pair, number):
    owner, attacker, owner_id = pair
    tossed, own = nameless(attacker.cookies[SESSION_COOKIE])[number], f"{SESSION_COOKIE}={owner.cookies[SESSION_COOKIE]}"
    seen = []
    for line in (f"{own}; {tossed}", f"{tossed}; {own}"):
        data = request(server, "GET /auth/me HTTP/1.1", f"Cookie: {line}", "Connection: close")
        reply, _ = exchange(server, data, "GET", "/auth/me")
        seen.append(reply.refusal)
        assert reply.status in (200, 400, 401)
        assert reply.status != 200 or reply.json["id"] == owner_id, line
    assert seen[0] == seen[1], "no choice by order"


# ASVS 3.3.1, attack 19: worthless alone, and worthless from elsewhere
def test_a_tossed_csrf_cookie_moves_nothing(pair):
    owner, attacker, _ = pair
    session, tossed = f"{SESSION_COOKIE}={owner.cookies[SESSION_COOKIE]}", attacker.cookies[CSRF_COOKIE]
    reply = owner.post("/auth/logout", csrf=tossed, cookies=f"{session}; {CSRF_COOKIE}={tossed}")
    assert reply.refusal == (403, "csrf_failed")
    for name in ("CSRF_TOKEN", "Csrf_Token", "csrf_token ", ""):
        line = f"{session}; {name}={owner.cookies[CSRF_COOKIE]}"
        assert owner.post("/auth/logout", csrf=owner.cookies[CSRF_COOKIE], cookies=line).status in (400, 403), name
    assert owner.get("/auth/me").status == 200
