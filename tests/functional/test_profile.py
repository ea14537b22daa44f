"""What an owner says of himself: a name, which every session shows at once."""

import pytest

from harness.audit import details
from harness.client import SESSION_COOKIE
from harness.concurrently import at_once
from harness.daemon import wait_until
from harness.instances import AT_ONCE, SLACK, elsewhere
from harness.people import People


def rename(client, name, **options):
    return client.request("PATCH", "/auth/me", json={"name": name}, **({"csrf": True} | options))


def shown(client) -> str | None:
    return client.get("/auth/me").json["name"]


# ASVS 16.3.1
def test_a_name_is_given_changed_and_taken_away(server, people):
    client, account = people.signed_in()
    before = client.cookies[SESSION_COOKIE]
    for name in ("Ada", "Ada Lovelace", None):
        reply = rename(client, name)
        assert reply.status == 200 and reply.json["name"] == name
        assert reply.json == client.get("/auth/me").json
    assert client.cookies[SESSION_COOKIE] == before, "a name opens nothing: the session goes on"
    assert details(server, account, "user.profile_changed") == [{}, {}, {}], "names are not in the log"
    assert rename(client, None).status == 200
    assert len(details(server, account, "user.profile_changed")) == 3, "what changes nothing is not recorded"


def test_all_sessions_show_it(people):
    client, account = people.signed_in(name="Before")
    other = people.sign_in(account)
    assert shown(client) == shown(other) == "Before"
    assert rename(client, "After").status == 200
    assert shown(other) == shown(client) == shown(people.sign_in(account)) == "After"


# ASVS 2.2.1: the rules of a sign-up, and the field named
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "too_short"),
        ("   ", "too_short"),
        ("x" * 201, "too_long"),
        ("x" * 5000, "too_long"),
        ("a\x00b", "invalid_characters"),
        ("a\nb", "invalid_characters"),
        ("a\u202eb", "invalid_characters"),
        ("a\x7fb", "invalid_characters"),
        (5, "type"),
        ([], "type"),
    ],
)
def test_names_that_will_not_do(people, name, code):
    client, _ = people.signed_in(name="Kept")
    reply = rename(client, name)
    assert reply.refusal == (422, "validation_failed")
    assert [(error["field"], error["code"]) for error in reply.json["errors"]] == [("name", code)]
    assert shown(client) == "Kept"


def test_a_body_must_say_which_name(people):
    client, _ = people.signed_in(name="Kept")
    reply = client.request("PATCH", "/auth/me", json={}, csrf=True)
    assert [(error["field"], error["code"]) for error in reply.json["errors"]] == [("name", "required")]
    assert shown(client) == "Kept"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("x" * 200, "x" * 200), ("Zoe\u0308", "Zoë"), ("  Ann  ", "  Ann  "), ("<b>Ann</b>", "<b>Ann</b>"), ("🦉", "🦉")],
)
def test_names_of_all_kinds(people, typed, kept):
    client, _ = people.signed_in()
    assert rename(client, typed).json["name"] == kept and shown(client) == kept


# ASVS 3.5.1
def test_other_sites_change_no_name(people):
    client, _ = people.signed_in(name="Kept")
    assert rename(client, "Forged", csrf=False).refusal == (403, "csrf_failed")
    assert rename(client, "Forged", headers={"Origin": "https://evil.example"}).refusal == (403, "origin_not_allowed")
    assert shown(client) == "Kept"


def test_two_at_once_leave_one_of_both(people):
    client, account = people.signed_in()
    other = people.sign_in(account)
    replies = at_once([lambda: rename(client, "One"), lambda: rename(other, "Two")])
    assert [reply.status for reply in replies] == [200, 200]
    assert shown(client) == shown(other) and shown(client) in ("One", "Two")


@pytest.mark.servers
def test_every_instance_shows_it_at_once(start_instances):
    group = start_instances(3)
    client, _ = People(group[0]).signed_in(name="Before")
    others = [elsewhere(client, member) for member in group]
    assert [shown(one) for one in others] == ["Before"] * 3
    assert rename(others[1], "After").status == 200
    assert shown(others[1]) == "After"
    for one in others:  # they hear of it through a channel, so not in the same instant
        wait_until(lambda one=one: shown(one) == "After", "the name is shown", AT_ONCE + SLACK)
