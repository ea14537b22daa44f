"""Audit events over HTTP: signed, in order, until they are taken."""

import base64
import json
import re
import secrets

import pytest

from harness import canaries
from harness.contract import ROOT
from harness.daemon import wait_until
from harness.people import People
from harness.process import MISCONFIGURED
from harness.receivers import HookReceiver, assert_complete, server_context
from harness.sealing import delivery, plant, seal, sealed, wait_delivered, wait_known

pytestmark = pytest.mark.timeout(300)
one_database = pytest.mark.sqlite_only("what a receiver answers is judged alike whatever the database")


def fresh_secret() -> str:
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    canaries.note(secret)
    canaries.note(secret.removeprefix("whsec_"))
    return secret


SECRET = fresh_secret()
PATIENT = {"AUDIT_PUSH_TIMEOUT_SECONDS": 60}  # where a repeat, which a slow machine may cause, would be told from none


def documented_check():
    """The function that docs/webhooks.md gives to those who receive."""
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/webhooks.md").read_text(), re.DOTALL)
    names = {}
    exec(code, names)  # our own page
    return names["is_genuine"]


@pytest.fixture
def hook():
    with HookReceiver() as receiver:
        yield receiver


def hook_settings(receiver: HookReceiver, events: str = "*", **others) -> dict:
    return {
        "WEBHOOKS": f"crm={receiver.url} {events}",
        "WEBHOOK_SECRETS": f"crm={SECRET}",
        "AUDIT_PUSH_FROM": "start",
        "AUDIT_PUSH_TIMEOUT_SECONDS": 2,
    } | others


def collector_settings(receiver: HookReceiver, **others) -> dict:
    return {
        "AUDIT_SIEM_URL": receiver.url,
        "AUDIT_SIEM_SECRET": SECRET,
        "AUDIT_PUSH_FROM": "start",
        "AUDIT_PUSH_TIMEOUT_SECONDS": 2,
    } | others


def types(receiver: HookReceiver) -> list[str]:
    return [json.loads(posted.body)["type"] for posted in receiver.taken]


def numbers(receiver: HookReceiver) -> list[int]:
    return [json.loads(posted.body)["data"]["entry"] for posted in receiver.taken]


def lines(receiver: HookReceiver) -> list[dict]:
    return [json.loads(line) for posted in receiver.taken for line in posted.body.splitlines()]


# --- webhooks


def test_a_hook_is_told_of_chosen_events_and_can_verify_them(start_server, hook):
    server = start_server(**hook_settings(hook, "user.registered email.*", **PATIENT))
    wait_known(server, "webhook:crm")
    account = People(server).verified()
    People(server).sign_in(account)
    seal(server)
    wait_delivered(server, "webhook:crm")
    assert types(hook) == ["user.registered", "email.verified"]
    is_genuine = documented_check()
    for posted in hook.taken:
        body = json.loads(posted.body)
        assert posted.headers["content-type"] == "application/json" and posted.path == hook.path
        assert posted.headers["webhook-id"] == body["data"]["id"] and body["data"]["subject_id"] == account.id
        assert is_genuine(posted.headers, posted.body, SECRET)
        assert not is_genuine(posted.headers, posted.body, fresh_secret())
        assert not is_genuine(posted.headers, posted.body + b" ", SECRET)
        assert not is_genuine(posted.headers | {"webhook-id": "another"}, posted.body, SECRET)
        assert not is_genuine(posted.headers | {"webhook-timestamp": "1700000000"}, posted.body, SECRET)
        assert account.email.encode() not in posted.body and b"127.0.0.1" not in posted.body
    assert SECRET not in server.log() and SECRET.removeprefix("whsec_") not in server.log()


@one_database
def test_two_secrets_sign_while_one_is_replaced(start_server, hook):
    second = fresh_secret()
    server = start_server(**hook_settings(hook, WEBHOOK_SECRETS=f"crm={SECRET},crm={second}"))
    wait_known(server, "webhook:crm")
    plant(server, 1)
    seal(server)
    wait_delivered(server, "webhook:crm")
    posted, *_ = hook.taken
    assert all(documented_check()(posted.headers, posted.body, secret) for secret in (SECRET, second))


# ASVS 13.2.6; issue 9 §6
def test_answers_other_than_2xx_are_tried_again_in_order(start_server, hook):
    hook.answers = [500, 204, 404, 302, "drop", (429, {"Retry-After": "1"}), 200, 201, (503, {})]
    server = start_server(**hook_settings(hook, "login.*", **PATIENT))
    wait_known(server, "webhook:crm")
    ids = plant(server, 6)
    seal(server)
    hook.wait_for(6, timeout=60)
    wait_delivered(server, "webhook:crm")
    assert [posted.headers["webhook-id"] for posted in hook.taken] == ids
    assert hook.most_at_once == 1, "nothing overtakes"
    sent = [posted.headers["webhook-id"] for posted in hook.all]
    assert sent == sorted(sent, key=ids.index)


def test_retry_after_is_heeded(start_server, hook):
    hook.answers = [(429, {"Retry-After": "3"})]
    server = start_server(**hook_settings(hook, **PATIENT))
    wait_known(server, "webhook:crm")
    plant(server, 1)
    seal(server)
    hook.wait_for(1)
    first, second = hook.all[:2]
    assert second.at - first.at > 2.9
    assert first.headers["webhook-id"] == second.headers["webhook-id"] and first.body == second.body


# ASVS 1.3.6, 15.3.2
def test_no_redirect_is_followed(start_server, hook):
    with HookReceiver() as elsewhere:
        hook.answers = [(307, {"Location": elsewhere.url}), (301, {"Location": elsewhere.url})]
        server = start_server(**hook_settings(hook))
        wait_known(server, "webhook:crm")
        plant(server, 1)
        seal(server)
        hook.wait_for(1)
        assert len(hook.all) >= 3 and not elsewhere.all


def test_a_hook_that_hangs_holds_up_no_other(start_server, hook):
    with HookReceiver() as slow:
        slow.always = "hang"
        server = start_server(
            WEBHOOKS=f"crm={hook.url} *; slow={slow.url} *",
            WEBHOOK_SECRETS=f"crm={SECRET},slow={fresh_secret()}",
            AUDIT_PUSH_FROM="start",
            AUDIT_PUSH_TIMEOUT_SECONDS=1,
        )
        wait_known(server, "webhook:crm", "webhook:slow")
        plant(server, 20)
        count = seal(server)
        wait_delivered(server, "webhook:crm")
        wait_until(lambda: "timed out" in (delivery(server, "webhook:slow")["last_error"] or ""), "it is too slow")
        slow.always = 204
        slow.stop()
        slow.start()
        wait_delivered(server, "webhook:slow")
        for receiver in (hook, slow):
            assert_complete(numbers(receiver), count)


def test_away_and_back_with_a_kill_in_between(start_server, hook):
    hook.seconds = 0.05
    server = start_server(**hook_settings(hook))
    wait_known(server, "webhook:crm")
    plant(server, 60)
    seal(server)
    hook.wait_for(10)
    server.kill9()
    hook.stop()
    server.start()
    wait_until(lambda: delivery(server, "webhook:crm")["failures"] >= 1, "nobody is there")
    hook.start()
    count = seal(server)
    wait_delivered(server, "webhook:crm")
    assert_complete(numbers(hook), count)


def test_over_https_with_an_own_authority(start_server, authorities):
    with HookReceiver(server_context(authorities[0].sign("localhost"))) as hook:
        server = start_server(**hook_settings(hook, WEBHOOK_CA_FILE=authorities[0].certificate))
        wait_known(server, "webhook:crm")
        plant(server, 3)
        count = seal(server)
        wait_delivered(server, "webhook:crm")
        assert_complete(numbers(hook), count)


# ASVS 12.3.2, attack 45
@one_database
@pytest.mark.parametrize(
    "signed_for, trusted", [("localhost", 1), ("other.example.test", 0)], ids=["another authority", "another name"]
)
def test_a_wrong_certificate_gets_nothing_and_is_recorded(start_server, authorities, signed_for, trusted):
    with HookReceiver(server_context(authorities[0].sign(signed_for))) as hook:
        # Patient, for an outage that begins with a time-out is told as that.
        server = start_server(**hook_settings(hook, WEBHOOK_CA_FILE=authorities[trusted].certificate, **PATIENT))
        wait_known(server, "webhook:crm")
        plant(server, 3)
        seal(server)
        wait_until(lambda: server.rows("SELECT id FROM audit_logs WHERE event = 'peer.untrusted'"), "it is recorded")
        assert not hook.all and delivery(server, "webhook:crm")["next_entry"] == 0


# --- the collector


# ASVS 16.4.3
@pytest.mark.parametrize(
    "form, id_of",
    [
        ("jsonl", lambda line: line["id"]),
        ("ecs", lambda line: line["event"]["id"]),
        ("ocsf", lambda line: line["metadata"]["uid"]),
    ],
)
def test_a_collector_gets_all_events_in_batches(start_server, hook, form, id_of):
    server = start_server(**collector_settings(hook, AUDIT_SIEM_FORMAT=form, **PATIENT))
    wait_known(server, "siem")
    ids = plant(server, 700)
    seal(server)
    wait_delivered(server, "siem")
    assert [one for one in map(id_of, lines(hook)) if one in set(ids)] == ids
    assert len(hook.taken) < 20, "many a request"
    for posted in hook.taken:
        assert posted.headers["content-type"] == "application/x-ndjson"
        assert documented_check()(posted.headers, posted.body, SECRET)


def test_a_collector_that_fails_and_comes_back(start_server, hook):
    hook.answers = [503, "drop", "hang", 500]
    server = start_server(**collector_settings(hook, AUDIT_PUSH_TIMEOUT_SECONDS=1))
    wait_known(server, "siem")
    plant(server, 600)
    count = seal(server)
    wait_delivered(server, "siem", timeout=60)
    assert_complete([line["entry"] for line in lines(hook)], count)


# --- what operators see and do


def test_the_standing_is_shown_and_a_receiver_moved_on(start_server, hook):
    hook.always = 400
    server = start_server(**hook_settings(hook, **PATIENT))
    wait_known(server, "webhook:crm")
    plant(server, 10)
    count = seal(server)
    wait_until(lambda: delivery(server, "webhook:crm")["failures"] >= 1, "it refuses")
    shown = json.loads(server.command("audit", "deliveries", "--json").stdout)
    assert (shown["sink"], shown["configured"], shown["next_entry"], shown["lag"]) == ("webhook:crm", True, 0, count)
    assert shown["failures"] >= 1 and shown["last_error"] == "answered 400"
    assert "behind by" in server.command("audit", "deliveries").stdout

    assert server.command("audit", "deliveries", "reset", "webhook:crm", "--entry", str(count + 1)).returncode == 1
    assert server.command("audit", "deliveries", "reset", "webhook:no", "--entry", "0").returncode == 1
    assert server.command("audit", "deliveries", "forget", "webhook:crm").returncode == 1
    moved = server.command("audit", "deliveries", "reset", "webhook:crm", "--entry", str(count - 2))
    assert moved.returncode == 0, moved.stderr
    # What was on its way from the former place is refused, too.
    wait_until(lambda: json.loads(hook.all[-1].body)["data"]["entry"] == count - 2, "it goes on from there")
    hook.always = 204
    hook.wait_for(2, timeout=60)
    assert numbers(hook)[:2] == [count - 2, count - 1]
    (row,) = server.rows("SELECT details FROM audit_logs WHERE event = 'audit.delivery_moved'")
    assert json.loads(row["details"]) == {"sink": "webhook:crm", "next_entry": count - 2}
    newest = server.command("audit", "deliveries", "reset", "webhook:crm", "--entry", "newest", "--json")
    assert count < json.loads(newest.stdout)["next_entry"] <= sealed(server), "before the record of it"


@one_database
def test_a_receiver_that_is_gone_for_good_is_forgotten(start_server, hook):
    server = start_server(**hook_settings(hook))
    wait_known(server, "webhook:crm")
    server.stop()
    server.settings.update(WEBHOOKS=None, WEBHOOK_SECRETS=None)
    assert json.loads(server.command("audit", "deliveries", "--json").stdout)["configured"] is False
    assert server.command("audit", "deliveries", "forget", "webhook:crm").returncode == 0
    assert server.command("audit", "deliveries").stdout == "Audit events are delivered nowhere.\n"


def test_what_a_receiver_has_not_confirmed_is_not_pruned(start_server, hook, tmp_path):
    def prune(name: str) -> str:
        return server.command("audit", "prune", "--before", "2100-01-01", "--to", str(tmp_path / name)).stdout

    hook.always = 503
    server = start_server(**hook_settings(hook))
    wait_known(server, "webhook:crm")
    for _ in range(2):
        plant(server, 5)
        seal(server)
    assert "nothing to prune" in prune("first.jsonl")
    hook.always = 204
    wait_delivered(server, "webhook:crm", timeout=60)
    assert prune("second.jsonl").startswith("pruned ")
    plant(server, 5)
    count = seal(server)
    wait_delivered(server, "webhook:crm")
    assert_complete(numbers(hook), count)


# --- settings


@one_database
def test_secrets_are_not_shown_and_mistakes_are_told(start_server, hook):  # ASVS 13.3.1
    server = start_server()
    server.settings.update(
        hook_settings(hook)
        | collector_settings(hook)
        | {
            "WEBHOOKS": f"crm={hook.url}?token=hidden1 *; b={hook.url}?token=hidden2 user.*",
            "WEBHOOK_SECRETS": f"crm={SECRET},b={SECRET}",
        }
    )
    shown = server.command("config", "print")
    assert shown.returncode == 0, shown.stderr
    assert SECRET[6:] not in shown.stdout and "hidden" not in shown.stdout
    assert f"crm={hook.url}?******** *; b={hook.url}?******** user.*" in shown.stdout
    for settings, why in [
        ({"WEBHOOKS": "crm"}, "WEBHOOKS must list NAME=URL EVENT…"),
        ({"WEBHOOKS": "crm=https://a.test/"}, "WEBHOOKS must say of crm a URL and which events"),
        ({"WEBHOOKS": "CRM=https://a.test/ *"}, "WEBHOOKS must name webhooks by"),
        ({"WEBHOOKS": "crm=https://me:pw@a.test/ *"}, "WEBHOOKS must be an https URL without user"),
        ({"WEBHOOKS": "crm=ftp://a.test/ *"}, "WEBHOOKS must be an https URL"),
        ({"WEBHOOKS": "crm=https://a.test/ user.registred"}, "WEBHOOKS names 'user.registred', which is no event"),
        ({"WEBHOOKS": "crm=https://a.test/ use*"}, "WEBHOOKS names 'use*', which is no event"),
        ({"WEBHOOKS": "crm=https://a.test/ *; crm=https://b.test/ *"}, "WEBHOOKS names crm twice"),
        ({"WEBHOOK_SECRETS": f"crm={SECRET}"}, "WEBHOOK_SECRETS must have one for each of WEBHOOKS"),
        ({"WEBHOOK_SECRETS": SECRET}, "WEBHOOK_SECRETS must list NAME=SECRET"),
        ({"WEBHOOK_SECRETS": "crm=password,b=password"}, "WEBHOOK_SECRETS must be whsec_ and base64"),
        ({"AUDIT_SIEM_SECRET": None}, "AUDIT_SIEM_SECRET is required with AUDIT_SIEM_URL"),
        ({"AUDIT_SIEM_FORMAT": "cef"}, "AUDIT_SIEM_FORMAT must be one of jsonl, ecs, ocsf"),
    ]:
        before = dict(server.settings)
        server.settings.update(settings)
        result = server.command("config", "check")
        assert result.returncode == MISCONFIGURED and why in result.stderr, (settings, result.stderr)
        assert SECRET[6:] not in result.stderr
        server.settings = before


def test_production_wants_https(start_production):  # ASVS 12.3.1
    server = start_production()
    for settings, why in [
        ({"AUDIT_SIEM_URL": "http://siem.example.test/", "AUDIT_SIEM_SECRET": SECRET}, "AUDIT_SIEM_URL"),
        ({"WEBHOOKS": "crm=http://crm.example.test/ *", "WEBHOOK_SECRETS": f"crm={SECRET}"}, "WEBHOOKS"),
    ]:
        before = dict(server.settings)
        server.settings.update(settings)
        result = server.command("config", "check")
        assert result.returncode == MISCONFIGURED and f"{why} must be https" in result.stderr, result.stderr
        server.settings["ALLOW_PLAINTEXT_BACKENDS"] = "true"
        assert server.command("config", "check").returncode == 0
        server.settings = before
