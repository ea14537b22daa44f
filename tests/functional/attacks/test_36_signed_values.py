"""Attack 36: a cursor, a device cookie, a pre-session that was changed, is another user's, has expired or is of another
purpose -> 400, ignored or 403.

"Expired" needs a clock that can be set: KnownBrowsersTest.EndsAfterAYear, SecondFactorLoginTest and PasskeyChallengesTest of the
challenges that a pre-session carries. A cursor does not expire: it names a place in its owner's own list."""

import pytest

from harness.client import CSRF_COOKIE, SESSION_COOKIE
from harness.people import People

DEVICE, PRE_SESSION = "__Host-device", "__Host-pre"
BAD_CURSOR, CSRF_FAILED, EXPIRED = (400, "invalid_request"), (403, "csrf_failed"), (400, "challenge_expired")
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def flipped(text: str) -> list[str]:
    """The text with one bit of each character changed in turn."""
    return [text[:at] + ALPHABET[ALPHABET.index(one) ^ 1] + text[at + 1 :] for at, one in enumerate(text) if one in ALPHABET]


def changed(text: str) -> list[str]:
    return [
        text[:-1],
        text[1:],
        text + "A",
        text + "=",
        text.swapcase(),
        text[::-1],
        text * 2,
        "A" * len(text),
        "",
        ".",
        "x",
        text[: len(text) // 2],
        "%00" + text,
        "-" * 2000,
        text + "." + text,
    ]


@pytest.fixture(scope="module")
def held(server):
    """(people, an account, one of each value that the service signs or binds)"""
    people = People(server)
    client, account = people.signed_in()
    people.sign_in(account)
    pre = people.browser()
    pre.get("/auth/csrf")
    cursor = client.get("/auth/sessions?limit=1").json["next_cursor"]
    return (
        people,
        client,
        account,
        {
            "cursor": cursor,
            "device": client.cookies[DEVICE],
            "csrf": client.cookies[CSRF_COOKIE],
            "session": client.cookies[SESSION_COOKIE],
            "pre-session": pre.cookies[PRE_SESSION],
            "csrf of the pre-session": pre.cookies[CSRF_COOKIE],
        },
    )


# ASVS 9.1.1, 9.2.2, 9.2.3, attack 36
def test_a_cursor_is_good_whole_for_its_list_and_owner(held):
    people, client, _, values = held
    cursor = values["cursor"]
    assert client.get(f"/auth/sessions?cursor={cursor}").status == 200
    for wrong in [*flipped(cursor), *changed(cursor), *(value for name, value in values.items() if name != "cursor")]:
        assert client.get(f"/auth/sessions?cursor={wrong}").refusal == BAD_CURSOR, wrong
    stranger, account = people.signed_in()
    assert stranger.get(f"/auth/sessions?cursor={cursor}").refusal == BAD_CURSOR
    people.sign_in(account)
    own = stranger.get("/auth/sessions?limit=1").json["next_cursor"]
    assert client.get(f"/auth/sessions?cursor={own}").refusal == BAD_CURSOR
    assert client.get("/auth/sessions").json["sessions"], "and the list is still there"


def lock(people, account) -> None:
    for _ in range(11):
        client, challenge = people.challenge(account)
        people.wrong_code(client, account, challenge)
        client.close()


# ASVS 6.1.1, 9.1.1, 9.2.2, 63B §5.1, attack 36: ignored: whoever shows one is as unknown as anybody
def test_a_device_cookie_is_good_whole_for_its_account(people):
    account = people.with_totp()[1]
    mine, other = people.sign_in(account), people.sign_in(people.with_totp()[1])
    lock(people, account)
    cookie = mine.cookies[DEVICE]
    tried = (
        flipped(cookie)[::7]
        + changed(cookie)
        + [other.cookies[DEVICE], mine.cookies[SESSION_COOKIE], mine.cookies[CSRF_COOKIE]]
    )
    for wrong in tried:
        client = people.browser()
        client.cookies[DEVICE] = wrong
        reply = client.post("/auth/login", account.credentials)
        assert reply.status in (200, 400), wrong
        if reply.status == 200:
            code = {"challenge_id": reply.json["challenge_id"], "code": account.totp.fresh_code()}
            answer = client.post("/auth/mfa/totp/verify", code, csrf=True)
            assert answer.refusal == (429, "account_locked"), f"{wrong} passes for a known browser"
        client.close()
    client = people.browser()
    client.cookies[DEVICE] = cookie
    assert people.sign_in_again(client, account).status == 200, "the real one does"


# ASVS 6.1.1, attack 36: the budget of a known browser is not that of another account
def test_a_device_cookie_of_two_accounts_serves_each_alone(people):
    one, other = people.with_totp()[1], people.with_totp()[1]
    shared = people.sign_in(one)
    lock(people, other)
    challenge = shared.post("/auth/login", other.credentials).json["challenge_id"]
    code = {"challenge_id": challenge, "code": other.totp.fresh_code()}
    assert shared.post("/auth/mfa/totp/verify", code, csrf=True).refusal == (429, "account_locked")


# ASVS 6.6.2, 9.1.1, attack 36
def test_a_pre_session_is_good_whole_in_its_browser(people):
    account = people.with_totp()[1]
    client, challenge = people.challenge(account)
    own, token = client.cookies[PRE_SESSION], client.cookies[CSRF_COOKIE]
    stranger = people.challenge(people.with_totp()[1])[0]
    code = account.totp.fresh_code()
    tried = flipped(own)[::5] + changed(own) + [stranger.cookies[PRE_SESSION], challenge, token]
    for wrong in tried:
        for csrf in (token, stranger.cookies[CSRF_COOKIE]):
            reply = people.browser().post(
                "/auth/mfa/totp/verify",
                {"challenge_id": challenge, "code": code},
                csrf=csrf,
                cookies=f"{PRE_SESSION}={wrong}; {CSRF_COOKIE}={csrf}",
            )
            assert reply.refusal in (CSRF_FAILED, EXPIRED), wrong
            assert SESSION_COOKIE not in reply.set_cookies
    assert client.post("/auth/mfa/totp/verify", {"challenge_id": challenge, "code": code}, csrf=True).status == 200


# ASVS 9.2.2, 7.2.1, attack 36: each in every other's place
def test_no_value_serves_another_purpose(held):
    people, _, account, values = held
    for name, value in values.items():
        for cookie in (SESSION_COOKIE, PRE_SESSION, CSRF_COOKIE, DEVICE):
            client = people.browser()
            reply = client.get("/auth/me", cookies=f"{cookie}={value}")
            assert (reply.status == 200) == (name == "session" and cookie == SESSION_COOKIE), (name, cookie)
            client.close()
        if "csrf" not in name:
            line = f"{SESSION_COOKIE}={values['session']}; {CSRF_COOKIE}={value}"
            assert people.browser().post("/auth/logout", csrf=value, cookies=line).refusal == CSRF_FAILED, name
        assert people.post("/auth/verify-email", {"token": value}).refusal == (400, "invalid_token")


# ASVS 9.2.1, attack 36: under another key nothing is good
def test_what_another_service_signed_is_nothing_here(held, start_server):
    _, _, _, values = held
    people = People(start_server())
    client, account = people.signed_in()
    assert client.get(f"/auth/sessions?cursor={values['cursor']}").refusal == BAD_CURSOR
    for name in ("csrf", "csrf of the pre-session"):
        line = f"{SESSION_COOKIE}={client.cookies[SESSION_COOKIE]}; {CSRF_COOKIE}={values[name]}"
        assert client.post("/auth/logout", csrf=values[name], cookies=line).refusal == CSRF_FAILED
