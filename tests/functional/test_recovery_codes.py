"""Recovery codes: made, shown once, typed by people, each good once in the place of a lost second factor."""

import json
import re

import pytest

from harness.audit import events, subjects
from harness.client import CSRF_COOKIE, SESSION_COOKIE
from harness.recovery_codes import MAKE, VERIFY, crossed, give, refusal

FORM = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}")
USED = (401, "code_already_used")


# ASVS 6.5.1, 63B §3.1.2.2
def test_ten_codes_that_differ_even_in_what_selects_them(people):
    client = people.with_totp()[0]
    before = client.cookies[SESSION_COOKIE]
    reply = client.post(MAKE, csrf=True)
    codes = reply.json["codes"]
    assert reply.json.keys() == {"codes"} and len(codes) == 10
    assert all(FORM.fullmatch(code) for code in codes)
    assert len({code[:3] for code in codes}) == 10
    assert reply.header("Cache-Control") == "no-store"
    assert set(reply.set_cookies) == {SESSION_COOKIE, CSRF_COOKIE}, "ASVS 7.2.4: another session id"
    assert client.cookies[SESSION_COOKIE] != before and client.get("/auth/me").json["aal"] == 2


# 63B §3.1.2.1
def test_an_account_without_a_second_factor_makes_none(server, people):
    client, account = people.stepped_up()
    assert client.post(MAKE, csrf=True).refusal == (409, "conflict")
    assert server.rows("SELECT * FROM recovery_codes WHERE user_id = ?", account.id) == []


# ASVS 6.5.1, 6.8.4
def test_a_code_signs_in_once(server, people, owner_with_codes):
    _, account, codes = owner_with_codes
    reply, client = give(people, account, codes[3])
    assert reply.json == {"success": True, "remaining": 9}
    me = client.get("/auth/me").json
    assert (me["id"], me["aal"], me["amr"]) == (account.id, 2, ["pwd", "mfa"])
    assert refusal(people, account, codes[3]) == USED
    assert give(people, account, codes[4])[0].json["remaining"] == 8, "the others go on working"
    (failed,) = events(server, account, "login.failed")
    assert json.loads(failed["details"])["reason"] == "code_already_used"


# ASVS 6.5.1
def test_a_code_steps_a_session_up_once(people, owner_with_codes):
    client, _, codes = owner_with_codes
    before = client.cookies[SESSION_COOKIE]
    assert client.post(VERIFY, {"code": codes[0]}, csrf=True).json == {"success": True, "remaining": 9}
    assert client.cookies[SESSION_COOKIE] != before
    assert client.get("/auth/me/export").status == 200
    assert client.post(VERIFY, {"code": codes[0]}, csrf=True).refusal == USED


def as_noted(code: str) -> str:
    return code.lower().replace("-", " ").replace("0", "o").replace("1", "l").replace("v", "u")


@pytest.mark.parametrize(
    "typed",
    [
        str.lower,
        as_noted,
        lambda code: code.replace("-", ""),
        lambda code: "-".join(code.replace("-", "")),
        lambda code: f"  {code.replace('0', 'O').replace('1', 'I')}  ",
    ],
    ids=["lower case", "spaces and look-alikes", "no hyphens", "a hyphen each", "blanks around"],
)
def test_a_code_is_read_as_people_type_it(people, owner_with_codes, typed):
    _, account, codes = owner_with_codes
    for remaining, code in zip((9, 8, 7), codes):
        assert give(people, account, typed(code))[0].json == {"success": True, "remaining": remaining}


# ASVS 2.2.1: what is no code costs no try
@pytest.mark.parametrize(
    "code",
    [
        "",
        "ABCD-EFGH-JKMN-PQR",
        "ABCD-EFGH-JKMN-PQRST",
        "ABCD-EFGH-JKMN-PQR!",
        "123456",
        "A" * 65,
        "АBCD-EFGH-JKMN-PQRS",
        1234567890123456,
        None,
        ["ABCD-EFGH-JKMN-PQRS"],
    ],
)
def test_what_is_no_code_is_refused_unseen(server, people, owner_with_codes, code):
    client, account, codes = owner_with_codes
    reply = client.post(VERIFY, {"code": code}, csrf=True)
    assert reply.refusal == (422, "validation_failed")
    assert [error["field"] for error in reply.json["errors"]] == ["code"]
    assert server.rows("SELECT * FROM factor_guesses WHERE user_id = ?", account.id) == []


# 63B §3.2.2: until rebound
def test_new_codes_are_not_locked_by_guesses_at_the_former(people, owner_with_codes):
    client, account, codes = owner_with_codes
    for code in codes[1:] + codes[1:3]:
        refusal(people, account, crossed(codes[0], code))
    assert people.step_up(client, account).status == 200
    assert give(people, account, people.recovery_codes(client)[0])[0].status == 200


# ASVS 6.5.2, 63B §3.1.2.2
def test_the_record_store_holds_hashes_with_salts_of_their_own(server, owner_with_codes):
    _, account, codes = owner_with_codes
    hashes = [row["code_hash"] for row in server.rows("SELECT * FROM recovery_codes WHERE user_id = ?", account.id)]
    assert len(hashes) == 10 and all(text.startswith("$argon2id$v=19$") for text in hashes)
    assert len({text.split("$")[-2] for text in hashes}) == 10
    plain = {part for code in codes for part in (code, code.replace("-", ""), code.replace("-", "")[3:])}
    assert not any(part in text for part in plain for text in hashes)


# ASVS 6.3.7, 16.3.2
def test_the_owner_hears_of_codes_that_are_made_and_used(server, people):
    client, account = people.with_totp()
    before = len(subjects(people, account))
    codes = people.recovery_codes(client)
    assert subjects(people, account, before + 1)[0] == "New recovery codes for your account"
    give(people, account, codes[0])
    mails = people.mails(account.email, before + 2)
    used = next(mail for mail in mails if mail["subject"] == "A recovery code was used")
    assert "left: 9" in used["text"] and "127.0.0.1" in used["text"]
    (made,), (row,) = [events(server, account, f"mfa.recovery_code{what}") for what in ("s_made", "_used")]
    assert made["outcome"] == row["outcome"] == "success" and json.loads(row["details"])["remaining"] == 9


# ASVS 7.4.3
def test_new_codes_end_the_other_sessions(people):
    client, account = people.with_totp()
    other = people.sign_in(account)
    people.recovery_codes(client)
    assert other.get("/auth/me").refusal == (401, "unauthenticated")
    assert client.get("/auth/me").status == 200


def test_the_owner_sees_how_many_are_left(people, owner_with_codes):
    client, account, codes = owner_with_codes

    def listed():
        return next(method for method in client.get("/auth/mfa").json["methods"] if method["method"] == "recovery_code")

    assert (listed()["remaining"], listed()["last_used_at"]) == (10, None)
    assert give(people, account, codes[0])[0].status == 200
    assert listed()["remaining"] == 9 and listed()["last_used_at"] > listed()["created_at"]


def test_what_is_used_up_is_offered_no_more(people, owner_with_codes):
    client, account, codes = owner_with_codes
    for code in codes:
        assert client.post(VERIFY, {"code": code}, csrf=True).status == 200
    assert people.login(account.email, account.password).json["methods"] == ["totp"]
    assert refusal(people, account, codes[0]) == USED
