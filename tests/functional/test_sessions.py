"""Session cookies, and a person's own view of where they are signed in."""

import base64
import hashlib
import uuid

import pytest

from harness.client import CSRF_COOKIE, PRE_SESSION_COOKIE, SESSION_COOKIE
from harness.guesses import guess_wrong
from harness.people import People

UNAUTHENTICATED = (401, "unauthenticated")


def sessions_of(client):
    return client.get("/auth/sessions").json["sessions"]


def id_of(client):
    return next(session["id"] for session in sessions_of(client) if session["current"])


# ASVS 3.3.1–3.3.5; ASVS 7.2.1; 63B §5.1
def test_cookie_attributes(people):
    account = people.verified()
    cookies = people.login(account.email, account.password).set_cookies
    assert set(cookies) == {SESSION_COOKIE, CSRF_COOKIE, "__Host-device"}
    sid, csrf = cookies[SESSION_COOKIE], cookies[CSRF_COOKIE]
    assert sid.attributes == {"path": "/", "secure": "", "httponly": "", "samesite": "Strict"}
    assert csrf.attributes == {"path": "/", "secure": "", "samesite": "Strict"}
    assert len(base64.urlsafe_b64decode(sid.value + "=")) == 32


# ASVS 7.2.1: a database dump lets nobody in
def test_only_the_digest_of_the_cookie_is_stored(server, people, client):
    signed_in, account = people.signed_in()
    (row,) = server.rows("SELECT token_hash FROM sessions WHERE user_id = ?", account.id)
    token = signed_in.cookies[SESSION_COOKIE]
    assert bytes(row["token_hash"]) == hashlib.sha256(token.encode()).digest()
    stored = base64.urlsafe_b64encode(bytes(row["token_hash"])).rstrip(b"=").decode()
    assert client.get("/auth/me", cookies=f"{SESSION_COOKIE}={stored}").refusal == UNAUTHENTICATED


# ASVS 7.2.4, attack 16
def test_a_planted_cookie_is_never_adopted(people):
    account, client = people.verified(), people.browser()
    planted = "A" * 43
    client.cookies[SESSION_COOKIE] = planted
    assert client.post("/auth/login", account.credentials).status == 200
    assert client.cookies[SESSION_COOKIE] != planted
    assert client.get("/auth/me", cookies=f"{SESSION_COOKIE}={planted}").refusal == UNAUTHENTICATED


# ASVS 7.2.4
def test_a_second_sign_in_gives_a_new_id_and_ends_the_old_one(people):
    client, account = people.signed_in()
    before = dict(client.cookies)
    assert client.post("/auth/login", account.credentials).status == 200
    assert client.cookies[SESSION_COOKIE] != before[SESSION_COOKIE]
    assert client.cookies[CSRF_COOKIE] != before[CSRF_COOKIE]
    assert client.get("/auth/me", cookies=f"{SESSION_COOKIE}={before[SESSION_COOKIE]}").refusal == UNAUTHENTICATED


@pytest.mark.parametrize(
    "damage",
    [
        lambda sid: sid[:-1],
        lambda sid: sid + "A",
        lambda sid: "",
        lambda sid: sid.swapcase(),
        lambda sid: sid + "=",
        lambda sid: f'"{sid}"',
        lambda sid: "%41" + sid[1:],
        lambda sid: "x" * 4000,
        lambda sid: "A" * 43,
        lambda sid: "' OR 1=1 --",
        lambda sid: sid[:-1] + ("!" if sid[-1] != "!" else "?"),
    ],
    ids=["truncated", "longer", "empty", "other case", "padded", "quoted", "percent", "huge", "forged", "SQL", "alphabet"],
)
def test_a_damaged_cookie_is_no_session(people, client, damage):
    sid = people.signed_in()[0].cookies[SESSION_COOKIE]
    assert client.get("/auth/me", cookies=f"{SESSION_COOKIE}={damage(sid)}").refusal == UNAUTHENTICATED


# The last of 43 characters carries four bits: its two idle ones must not give a cookie sixteen spellings.
def test_a_session_cookie_has_one_spelling(people, client):
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    sid = people.signed_in()[0].cookies[SESSION_COOKIE]
    sibling = sid[:-1] + alphabet[alphabet.index(sid[-1]) ^ 1]
    assert client.get("/auth/me", cookies=f"{SESSION_COOKIE}={sibling}").refusal == UNAUTHENTICATED


# ASVS 15.3.7, attack 19: no choice by order
@pytest.mark.parametrize(
    "order",
    [lambda sid: (sid, "forged"), lambda sid: ("forged", sid), lambda sid: (sid, sid)],
    ids=["real first", "forged first", "equal"],
)
def test_a_doubled_cookie_is_refused(people, client, order):
    sid = people.signed_in()[0].cookies[SESSION_COOKIE]
    line = "; ".join(f"{SESSION_COOKIE}={value}" for value in order(sid))
    assert client.get("/auth/me", cookies=line).refusal == (400, "invalid_request")


# Attack 19
@pytest.mark.parametrize("name", ["__host-sid", "__HOST-SID", "sid", "", "__Host-sid2"])
def test_only_the_exact_name_counts(people, client, name):
    sid = people.signed_in()[0].cookies[SESSION_COOKIE]
    assert client.get("/auth/me", cookies=f"{name}={sid}").refusal == UNAUTHENTICATED


# CS Session: the token is taken from the cookie alone
def test_the_token_counts_nowhere_but_in_the_cookie(people, client):
    sid = people.signed_in()[0].cookies[SESSION_COOKIE]
    places = [{"Authorization": f"Bearer {sid}"}, {"X-Session-Token": sid}, {"__Host-sid": sid}]
    assert {client.get("/auth/me", headers=place).refusal for place in places} == {UNAUTHENTICATED}
    assert client.request("GET", "/auth/me", json={"sid": sid, "__Host-sid": sid}).refusal == UNAUTHENTICATED


# ASVS 7.4.1, attack 17
def test_logout_ends_the_session_at_once(people):
    client, _ = people.signed_in()
    before = dict(client.cookies)
    reply = client.post("/auth/logout", csrf=True)
    assert reply.status == 200 and client.cookies.get(SESSION_COOKIE) is None
    reused = f"{SESSION_COOKIE}={before[SESSION_COOKIE]}; {CSRF_COOKIE}={before[CSRF_COOKIE]}"
    assert client.get("/auth/me", cookies=reused).refusal == UNAUTHENTICATED
    again = client.post("/auth/logout", cookies=reused, csrf=before[CSRF_COOKIE])
    assert again.refusal == UNAUTHENTICATED


# ASVS 14.3.1: nothing of the session stays, and all that stays is what later sign-ins are to know (ADR 25)
def test_logout_leaves_nothing_of_the_session_in_the_browser(people):
    client, account = people.with_totp()
    assert client.get("/auth/csrf?for=challenge").status == 200  # a sign-in that waits
    assert client.post("/auth/login", account.credentials).json["mfa_required"]
    client.get("/auth/csrf")
    reply = client.post("/auth/logout", csrf=True)
    assert reply.header("Clear-Site-Data") == '"cache", "storage"', "cookies would be those of the whole domain"
    assert set(reply.set_cookies) == {SESSION_COOKIE, CSRF_COOKIE, PRE_SESSION_COOKIE}
    assert all(cookie.expires_now for cookie in reply.set_cookies.values())
    assert set(client.cookies) == {"__Host-device"}


# ASVS 6.1.1, attack 5: else whoever signs out gives up what strangers cannot use up
def test_a_browser_stays_known_after_logout(start_server):
    people = People(start_server())
    client, account = people.signed_in()
    known = client.cookies["__Host-device"]
    client.post("/auth/logout", csrf=True)
    guess_wrong(people.server, account.email, 11)
    assert client.cookies["__Host-device"] == known
    assert client.post("/auth/login", account.credentials).status == 200


def test_logout_ends_only_this_session(people):
    client, account = people.signed_in()
    other = people.sign_in(account)
    client.post("/auth/logout", csrf=True)
    assert other.get("/auth/me").status == 200


# ASVS 7.5.2
def test_sessions_are_listed_with_where_and_when_and_without_token(people):
    client, account = people.signed_in()
    other = people.sign_in(account, user_agent="Browser <b>of</b> another kind")
    listed = sessions_of(client)
    assert len(listed) == 2
    assert [session["user_agent"] for session in listed if not session["current"]] == [other.user_agent]
    assert {session["ip"] for session in listed} == {"127.0.0.1"}
    assert sum(session["current"] for session in listed) == 1
    body = client.get("/auth/sessions").body.decode()
    assert client.cookies[SESSION_COOKIE] not in body and other.cookies[SESSION_COOKIE] not in body


def test_sessions_of_others_are_not_listed(people):
    client, _ = people.signed_in()
    people.signed_in()
    assert len(sessions_of(client)) == 1


def test_sessions_come_in_pages(people):
    client, account = people.signed_in()
    for _ in range(4):
        people.sign_in(account)
    everything = client.get("/auth/sessions").json
    assert len(everything["sessions"]) == 5 and everything["next_cursor"] is None

    paged, cursor = [], None
    for expected in (2, 2, 1):
        page = client.get("/auth/sessions?limit=2" + (f"&cursor={cursor}" if cursor else "")).json
        assert len(page["sessions"]) == expected
        paged += [session["id"] for session in page["sessions"]]
        cursor = page["next_cursor"]
    assert cursor is None and paged == [session["id"] for session in everything["sessions"]]


# ASVS 9.1.1, 15.3.7, attack 36
def test_a_cursor_is_worth_nothing_changed_or_for_another(people):
    client, account = people.signed_in()
    people.sign_in(account)
    stranger, _ = people.signed_in()
    cursor = client.get("/auth/sessions?limit=1").json["next_cursor"]
    for changed in ("", "x", cursor[:-1], "f" + cursor[1:], cursor + "A"):
        assert client.get(f"/auth/sessions?cursor={changed}").refusal == (400, "invalid_request")
    assert stranger.get(f"/auth/sessions?cursor={cursor}").refusal == (400, "invalid_request")
    assert client.get("/auth/sessions?limit=1&limit=1").refusal == (400, "invalid_request")


@pytest.mark.parametrize("limit", ["0", "201", "-1", "ten", ""])
def test_a_limit_out_of_range_is_refused(people, limit):
    client, _ = people.signed_in()
    assert client.get(f"/auth/sessions?limit={limit}").refusal == (422, "validation_failed")


def test_ending_one_of_ones_sessions(people):
    client, account = people.signed_in()
    other, third = people.sign_in(account), people.sign_in(account)
    assert client.delete(f"/auth/sessions/{id_of(other)}", csrf=True).json == {"ok": True}
    assert other.get("/auth/me").refusal == UNAUTHENTICATED
    assert client.get("/auth/me").status == third.get("/auth/me").status == 200


def test_ending_the_current_session_is_a_logout(people):
    client, _ = people.signed_in()
    line = client.cookies.header()
    assert client.delete(f"/auth/sessions/{id_of(client)}", csrf=True).status == 200
    assert client.get("/auth/me", cookies=line).refusal == UNAUTHENTICATED


def test_ending_all_others(people):
    client, account = people.signed_in()
    others, stranger = [people.sign_in(account) for _ in range(3)], people.signed_in()[0]
    assert people.revoke_others(client).json == {"ok": True}
    assert {other.get("/auth/me").refusal for other in others} == {UNAUTHENTICATED}
    assert client.get("/auth/me").status == stranger.get("/auth/me").status == 200
    assert len(sessions_of(client)) == 1


# ASVS 8.2.2, attack 35: a foreign id answers as an unknown one does
def test_a_foreign_session_id_is_unknown(people):
    client, _ = people.signed_in()
    victim, _ = people.signed_in()
    foreign = client.delete(f"/auth/sessions/{id_of(victim)}", csrf=True)
    unknown = client.delete(f"/auth/sessions/{uuid.uuid4()}", csrf=True)
    assert foreign.refusal == (404, "not_found")
    assert foreign.without_request_id() == unknown.without_request_id()
    assert victim.get("/auth/me").status == 200


@pytest.mark.parametrize("id", ["1", "x" * 500, "%27%20OR%201=1", "..", "00000000-0000-0000-0000-00000000000g"])
def test_what_is_no_id_is_unknown(people, id):
    client, _ = people.signed_in()
    assert client.delete(f"/auth/sessions/{id}", csrf=True).refusal == (404, "not_found")


# ASVS 4.1.3, attack 7: without TRUSTED_PROXIES nobody chooses his address
@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "True-Client-IP", "X-Client-IP"])
def test_the_address_is_the_connections(people, header):
    account, client = people.verified(), people.browser()
    client.post(
        "/auth/login", account.credentials, headers={header: "for=203.0.113.9" if header == "Forwarded" else "203.0.113.9"}
    )
    assert sessions_of(client)[0]["ip"] == "127.0.0.1"


# CS Session: a change of agent ends nothing, by documented choice
def test_another_user_agent_ends_nothing(people):
    client, _ = people.signed_in()
    assert client.get("/auth/me", headers={"User-Agent": "something else"}).status == 200


def test_a_session_of_one_server_is_nothing_on_another(people, start_server):
    client, _ = people.signed_in()
    stranger = People(start_server()).browser()
    assert stranger.get("/auth/me", cookies=client.cookies.header()).refusal == UNAUTHENTICATED
