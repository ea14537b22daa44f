"""Admins against one another, and several instances (ASVS 8.3.2, 8.4.2, 15.4.2, attack 35): one admin stays, whatever is
asked of whichever instance at once; a change of role or status acts on all of them."""

import pytest

from harness.admins import active_admins, change, delete
from harness.concurrently import at_once
from harness.daemon import wait_until
from harness.instances import AT_ONCE, SLACK, elsewhere
from harness.people import People

ROUNDS = 12
DONE, REFUSED = (200, None), {(403, "forbidden"), (409, "conflict"), (401, "unauthenticated")}

WAYS = {
    "demote": lambda client, account: change(client, account, role="user"),
    "disable": lambda client, account: change(client, account, status="disabled"),
    "delete": delete,
}


def duel(server, first, second, ways) -> None:
    """Each of two admins takes the other's place away, at once. `first` and `second`: (session, account)."""
    (one, ann), (two, bob) = first, second
    replies = at_once([lambda: WAYS[ways[0]](one, bob), lambda: WAYS[ways[1]](two, ann)])
    outcomes = [reply.refusal for reply in replies]
    assert outcomes.count(DONE) == 1 and set(outcomes) - {DONE} <= REFUSED, outcomes
    (stays,) = active_admins(server)
    assert stays == (ann if outcomes[0] == DONE else bob).email


def restore(server, people, accounts) -> None:
    """Both are admins again, without a word to the service."""
    for account in accounts:
        server.execute(f"UPDATE users SET role = 'admin', status = 'active' WHERE id = '{account.id}'")


@pytest.mark.parametrize(
    "ways",
    [("demote", "demote"), ("disable", "disable"), ("demote", "disable"), ("delete", "demote"), ("delete", "delete")],
    ids="-".join,
)
def test_of_two_admins_who_remove_each_other_one_stays(start_server, ways):
    server = start_server()
    people = People(server)
    for _ in range(1 if "delete" in ways else ROUNDS // 2):
        admins = [people.of_role("admin") for _ in range(2)]
        duel(server, *admins, ways)
        server.execute("UPDATE users SET role = 'user' WHERE role = 'admin'")


@pytest.mark.servers
def test_of_two_admins_on_two_instances_one_stays(start_instances):
    pair = start_instances(2)
    here, there = People(pair[0]), People(pair[1])
    accounts = [here.with_totp()[1] for _ in range(2)]
    for round in range(ROUNDS):
        restore(pair[0], here, accounts)
        for account in accounts:
            account.totp.rest()
        sessions = [here.sign_in(accounts[0]), there.sign_in(accounts[1])]
        ways = (("demote", "demote"), ("disable", "demote"), ("disable", "disable"))[round % 3]
        duel(pair[0], (sessions[0], accounts[0]), (sessions[1], accounts[1]), ways)


@pytest.mark.servers
def test_of_many_admins_who_all_demote_one_another_one_stays(start_instances):
    trio = start_instances(3)
    people = [People(server) for server in trio]
    admins = [people[number % 3].of_role("admin") for number in range(6)]
    at_once(
        [
            lambda client=client, next_=admins[(number + 1) % 6][1]: change(client, next_, role="user")
            for number, (client, _) in enumerate(admins)
        ]
    )
    left = active_admins(trio[0])
    assert len(left) >= 1
    client, last = next(admin for admin in admins if admin[1].email == left[0])
    for _, account in admins:
        if account is not last:
            assert change(client, account, role="user").status == 200
    assert active_admins(trio[0]) == [last.email]


# ASVS 7.4.2, 8.3.2
@pytest.mark.servers
@pytest.mark.parametrize(
    "members, then", [({"role": "staff"}, "staff"), ({"status": "disabled"}, None)], ids=["role", "status"]
)
def test_a_change_acts_on_three_instances(start_instances, members, then):
    trio = start_instances(3)
    admin = People(trio[0]).of_role("admin")[0]
    people = People(trio[1])
    client, account = people.with_totp()
    everywhere = [elsewhere(client, server) for server in trio]
    for browser in everywhere * 2:
        assert browser.get("/auth/me").json["role"] == "user"
    assert change(admin, account, **members).status == 200
    for browser in everywhere:
        wait_until(
            lambda browser=browser: browser.get("/auth/me").refusal == (401, "unauthenticated"),
            "the session is refused",
            AT_ONCE + SLACK,
        )
    for server in trio:
        account.totp.rest()
        reply = People(server).login(account.email, account.password)
        if then is None:
            assert reply.refusal == (403, "account_disabled")
        else:
            assert People(server).sign_in(account).get("/auth/me").json["role"] == then


# ASVS 8.3.2: who loses the role loses it on every instance, whatever their caches hold
@pytest.mark.servers
def test_who_is_demoted_administers_nowhere(start_instances):
    trio = start_instances(3)
    admin = People(trio[0]).of_role("admin")[0]
    gone, who = People(trio[1]).of_role("admin")
    victim = People(trio[1]).verified()
    browsers = [elsewhere(gone, server) for server in trio]
    for browser in browsers:
        assert browser.get("/admin/status").status == 200
    assert change(admin, who, role="user").status == 200
    replies = [change(browser, victim, role="admin") for browser in browsers]
    assert {reply.refusal for reply in replies} <= {(401, "unauthenticated"), (403, "forbidden")}
    assert trio[0].rows("SELECT role FROM users WHERE id = ?", victim.id) == [{"role": "user"}]
