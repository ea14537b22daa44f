"""Attack 37: the passkey of A for B; a clone with a lower count, two at once; BE flipped; UV cleared; a registered id
offered again -> refused as Part 2 says, audited, the owner mailed."""

import pytest

from harness.audit import details, subjects
from harness.client import SESSION_COOKIE
from harness.concurrently import at_once
from harness.instances import elsewhere
from harness.passkey_flows import finish_login, get_body, register, start_login, try_login, try_register, try_step_up
from harness.passkeys import BE, SYNCED, UP, UV, Passkey
from harness.people import People

WRONG, REFUSED = (401, "mfa_failed"), (400, "invalid_request")
LOGIN = "/auth/webauthn/login/finish"
DOUBTFUL = "One of your passkeys may have been copied"
WENT_BACK, CHANGED = "mfa.passkey_count_went_back", "mfa.passkey_backup_changed"


def record(server, account) -> list[dict]:
    return server.rows("SELECT * FROM webauthn_credentials WHERE user_id = ?", account.id)


def after_password(client, account) -> dict:
    reply = client.post("/auth/login", account.credentials)
    assert reply.json["mfa_required"] is True
    return reply.json["webauthn"]


def by_address(people, account, passkey, **answer):
    client = people.browser()
    return client, try_login(client, passkey, account.email, **answer)


def by_itself(people, account, passkey, **answer):
    client = people.browser()
    return client, try_login(client, passkey, **answer)


def as_second_factor(people, account, passkey, **answer):
    client = people.browser()
    return client, finish_login(client, passkey, after_password(client, account), **answer)


WAYS = [by_address, by_itself, as_second_factor]
every_way = pytest.mark.parametrize("way", WAYS, ids=[way.__name__ for way in WAYS])


def assert_refused(client, reply) -> None:
    assert reply.refusal == WRONG and SESSION_COOKIE not in reply.set_cookies
    assert client.get("/auth/me").refusal == (401, "unauthenticated")


# WA §7.2 step 6, attack 37: B's passkey for A, under every name it can give itself
@every_way
@pytest.mark.parametrize("name", ["its own", "of A", "of nobody"])
@pytest.mark.parametrize("handle", ["its own", "of A", "none"])
def test_the_passkey_of_b_opens_nothing_of_a(server, people, way, name, handle):
    if (way, name) == (by_itself, "its own") and handle == "its own":
        return  # that is B's own sign-in
    victim, other = people.with_passkey()[1], people.with_passkey()[1]
    before = record(server, victim)
    forged = {
        "credential_id": {"its own": None, "of A": victim.passkey.id, "of nobody": bytes(32)}[name],
        "user_handle": {"its own": "own", "of A": victim.passkey.user_handle, "none": None}[handle],
    }
    assert_refused(*way(people, victim, other.passkey, **forged))
    assert record(server, victim) == before and victim.passkey.count == 0
    assert DOUBTFUL not in subjects(people, victim), "and anybody can send this: it is no news"


# WA §7.2 step 6, attack 37
def test_the_passkey_of_another_account_steps_nobody_up(server, people):
    client, account = people.with_passkey()
    other = people.with_passkey()[1]
    for forged in (
        {},
        {"user_handle": None},
        {"user_handle": account.passkey.user_handle},
        {"credential_id": account.passkey.id, "user_handle": None},
    ):
        reply = try_step_up(client, other.passkey, **forged)
        assert reply.refusal == WRONG and reply.set_cookies == {}
    assert len(details(server, account, "step_up.failed")) == 4


# WA §7.2 step 22, attack 37: equal, lower, none where there was one
@every_way
@pytest.mark.parametrize("count", [5, 4, 1, 0])
def test_a_count_that_does_not_grow_is_refused_and_told(server, people, way, count):
    account = people.with_passkey(Passkey(count=5))[1]
    before, told = record(server, account), subjects(people, account).count(DOUBTFUL)
    assert_refused(*way(people, account, account.passkey, count=count))
    assert record(server, account) == before
    assert details(server, account, WENT_BACK) == [{"passkey": account.passkey.record["id"]}]
    assert details(server, account, "login.failed")[-1]["step"] == 22
    people.mails(account.email, count=3)
    assert subjects(people, account).count(DOUBTFUL) == told + 1
    assert "127.0.0.1" in people.mails(account.email)[0]["text"]
    assert try_login(people.browser(), account.passkey, count=6).status == 200, "the owner's own goes on"


def race(views, bodies) -> list:
    return at_once([lambda v=view, b=body: v.post(LOGIN, b, csrf=True) for view, body in zip(views, bodies)])


def assert_one_won(server, account, replies) -> None:
    assert sorted(reply.refusal for reply in replies) == [(200, None)] + [WRONG] * (len(replies) - 1)
    assert len(details(server, account, WENT_BACK)) == len(replies) - 1
    (row,) = record(server, account)
    assert row["sign_count"] == 6


# WA §7.2 step 22, attack 37: a passkey and its copy, the same count at the same instant
def test_of_two_equal_counts_at_once_one_wins(server, people):
    account = people.with_passkey(Passkey(count=5))[1]
    views = [people.browser() for _ in range(2)]
    bodies = [get_body(view, account.passkey, start_login(view), count=6) for view in views]
    assert_one_won(server, account, race(views, bodies))


# WA §7.2 step 22, attack 37
@pytest.mark.servers
def test_of_equal_counts_on_three_instances_one_wins(start_instances):
    group = start_instances(3)
    people = People(group[0])
    account = people.with_passkey(Passkey(count=5))[1]
    views = [elsewhere(people.browser(), member) for member in group]
    bodies = [get_body(view, account.passkey, start_login(view), count=6) for view in views]
    assert_one_won(group[0], account, race(views, bodies))


# WA §7.2 step 19, §6.1.3, attack 37: backup eligibility never changes
@every_way
@pytest.mark.parametrize(
    "made, used", [(UP | UV, UP | UV | BE), (UP | UV, SYNCED), (UP | UV | BE, UP | UV), (SYNCED, UP | UV)]
)
def test_backup_eligibility_that_changes_is_refused_and_told(server, people, way, made, used):
    account = people.with_passkey(Passkey(flags=made))[1]
    before = record(server, account)
    assert_refused(*way(people, account, account.passkey, flags=used))
    assert record(server, account) == before
    assert details(server, account, CHANGED) == [{"passkey": account.passkey.record["id"]}]
    assert details(server, account, "login.failed")[-1]["step"] == 19
    people.mails(account.email, count=3)
    assert DOUBTFUL in subjects(people, account)
    people.sign_in_with_passkey(account)


# WA §7.2 step 17, 63B §3.1.7.2, attack 37: without a password it must have verified its user, and says so itself
@pytest.mark.parametrize("flags", [UP, 0, UV, UP | BE])
def test_a_cleared_uv_signs_nobody_in_without_a_password(server, people, flags):
    account = people.with_passkey(Passkey(flags=UP | UV | (flags & BE)))[1]
    for way in (by_address, by_itself):
        assert_refused(*way(people, account, account.passkey, flags=flags))
    assert {one["step"] for one in details(server, account, "login.failed")} <= {16, 17}
    assert len(details(server, account, "login.failed")) == 2
    client = people.browser()
    body = get_body(client, account.passkey, start_login(client), flags=UP) | {"user_verified": True, "uv": True}
    assert client.post(LOGIN, body, csrf=True).refusal == WRONG


# 63B §3.1.7.2, attack 37: after a password it is the second factor; it makes no session more than that
def test_a_cleared_uv_steps_nobody_up_and_is_worth_no_more_than_one_factor(people):
    client, account = people.with_passkey()
    before = client.cookies[SESSION_COOKIE]
    assert try_step_up(client, account.passkey, flags=UP).refusal == WRONG
    assert client.cookies[SESSION_COOKIE] == before


# WA §7.1 step 26, attack 37: the record that is there stays as it is
@pytest.mark.parametrize("whose", ["own", "of somebody else"])
def test_a_registered_id_is_registered_once(server, people, whose):
    client, account = people.signed_in()
    passkey = register(client, name="The first")
    before = record(server, account)
    second, other = (client, account) if whose == "own" else people.signed_in()
    reply = try_register(second, Passkey(), credential_id=passkey.id)
    assert reply.refusal == REFUSED
    (row,) = details(server, other, "mfa.enrolment_failed")
    assert (row["step"], row["step_name"]) == (26, "unique_credential")
    assert record(server, account) == before
    assert try_login(people.browser(), passkey).status == 200
    assert whose == "own" or second.get("/auth/me").json["webauthn_enabled"] is False


# WA §7.1 step 26, ASVS 8.2.2, attack 37: nor does the refusal tell whose it is
def test_the_refusal_of_a_registered_id_tells_nothing(people):
    passkey = people.with_passkey()[1].passkey
    taken = try_register(people.signed_in()[0], Passkey(), credential_id=passkey.id)
    spoilt = try_register(people.signed_in()[0], Passkey(), rp_id="evil.example")
    assert taken.without_request_id() == spoilt.without_request_id()
