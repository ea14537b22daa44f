"""Attack 18: a CSRF token of another session, of the pre-session, replayed after logout, only the cookie, only the
header, truncated -> 403 csrf_failed; on every unsafe route that a session reaches."""

import pytest

from harness.bodies import OPERATIONS, body_for, target
from harness.client import CSRF_COOKIE, SESSION_COOKIE
from harness.instances import elsewhere
from harness.people import People

REFUSED = (403, "csrf_failed")
GUARDED = [
    route for route, operation in OPERATIONS.items() if route[0] != "GET" and "session" in operation["x-access"].split()
]
guarded = pytest.mark.parametrize("route", GUARDED, ids=[" ".join(route) for route in GUARDED])


def ask(client, route, header: str | None, cookie: str | None):
    """The session's own cookie, with this token in the header and that one in the cookie; None leaves one out."""
    line = f"{SESSION_COOKIE}={client.cookies[SESSION_COOKIE]}"
    line += f"; {CSRF_COOKIE}={cookie}" if cookie is not None else ""
    headers = {"X-CSRF-Token": header} if header is not None else {}
    return client.request(route[0], target(route), json=body_for(route), headers=headers, cookies=line)


def altered(token: str) -> dict[str, str]:
    random, _, mac = token.partition(".")
    other = {"A": "B"}.get(token[0], "A")
    return {
        "truncated": token[:-1],
        "a byte less in front": token[1:],
        "longer": token + "A",
        "no MAC": random + ".",
        "no random": "." + mac,
        "no dot": random + mac,
        "dots": "..",
        "other case": token.swapcase(),
        "another random": other + token[1:],
        "another MAC": random + "." + "A" * len(mac),
        "made up": "x" * 43,
        "padded": token + "=",
        "doubled": token + "." + mac,
        "halves swapped": mac + "." + random,
        "huge": "x" * 2000,
        "empty": "",
    }


@pytest.fixture(scope="module")
def everyone(server):
    """(people, the session, tokens that are none of its own): one for all routes."""
    people = People(server)
    account = people.verified()
    client = people.browser()
    pre_session = client.get("/auth/csrf").json["csrf_token"]
    before = people.sign_in(account)
    left = before.cookies[CSRF_COOKIE]
    assert before.post("/auth/logout", csrf=True).status == 200
    assert client.post("/auth/login", account.credentials, csrf=True).status == 200
    older = client.cookies[CSRF_COOKIE]
    assert client.post("/auth/login", account.credentials, csrf=True).status == 200
    stranger = people.signed_in()[0]
    foreign = {
        "another account's": stranger.cookies[CSRF_COOKIE],
        "another session's of the account": people.sign_in(account).cookies[CSRF_COOKIE],
        "of the pre-session": pre_session,
        "of before the logout": left,
        "of before this sign-in": older,
        "the challenge's of this browser": elsewhere(client, server).get("/auth/csrf?for=challenge").json["csrf_token"],
        "the session's own id": client.cookies[SESSION_COOKIE],
    }
    return people, client, foreign


# ASVS 3.5.1, 9.1.1, attack 18
@guarded
def test_no_token_but_the_sessions_own_is_taken(everyone, route):
    _, client, foreign = everyone
    own = client.cookies[CSRF_COOKIE]
    for what, token in (foreign | altered(own)).items():
        assert ask(client, route, token, token).refusal == REFUSED, what
        assert ask(client, route, own, token).refusal == REFUSED, f"{what}, in the cookie"
        assert ask(client, route, token, own).refusal == REFUSED, f"{what}, in the header"
    assert client.get("/auth/me").status == 200


# ASVS 3.5.1, attack 18
@guarded
def test_the_header_alone_or_the_cookie_alone_is_not_enough(everyone, route):
    _, client, _ = everyone
    own = client.cookies[CSRF_COOKIE]
    for header, cookie in ((None, None), (own, None), (None, own), ("", own), (own, ""), ("", "")):
        assert ask(client, route, header, cookie).refusal == REFUSED, (header, cookie)
    assert client.get("/auth/me").status == 200


# ASVS 3.5.1, attack 18: nor where else a page could put it
def test_the_token_counts_in_no_other_place(everyone):
    _, client, _ = everyone
    own = client.cookies[CSRF_COOKIE]
    line = f"{SESSION_COOKIE}={client.cookies[SESSION_COOKIE]}; {CSRF_COOKIE}={own}"
    for path, body, headers in (
        (f"/auth/logout?csrf_token={own}", None, {}),
        ("/auth/logout", {"csrf_token": own}, {}),
        ("/auth/logout", None, {"CSRF-Token": own}),
        ("/auth/logout", None, {"X-XSRF-TOKEN": own}),
        ("/auth/logout", None, {"Authorization": f"Bearer {own}"}),
    ):
        assert client.post(path, body, headers=headers, cookies=line).refusal == REFUSED, (path, body, headers)
    assert client.get("/auth/me").status == 200


# ASVS 3.5.1, attack 18: replayed, in every order of signing out and in
def test_a_token_dies_with_its_session(people):
    client, account = people.signed_in()
    old, line = client.cookies[CSRF_COOKIE], client.cookies.header()
    assert client.post("/auth/logout", csrf=True).status == 200
    assert client.post("/auth/logout", csrf=old, cookies=line).refusal == (401, "unauthenticated")
    people.sign_in_again(client, account)
    assert ask(client, ("POST", "/auth/logout"), old, old).refusal == REFUSED
    assert people.step_up(client, account).status == 200
    assert ask(client, ("POST", "/auth/logout"), old, old).refusal == REFUSED
    assert client.post("/auth/logout", csrf=True).status == 200, "its own is good"
