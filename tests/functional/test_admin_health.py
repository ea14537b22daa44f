"""How the service is, for staff (ASVS 13.4.5: no host, no cause, no secret)."""

import base64
import secrets
import time

import pytest

from harness.daemon import wait_until
from harness.people import People
from harness.receivers import HookReceiver
from harness.sealing import plant, seal
from harness.smtp import SmtpServer

PATH = "/admin/health"


def health(client) -> dict:
    reply = client.get(PATH)
    assert reply.status == 200, reply
    return reply.json


def test_all_is_told_when_all_is_well(start_server):
    began = time.monotonic()
    server = start_server()
    people = People(server)
    client, _ = people.of_role("staff")
    seal(server)
    told = health(client)
    kind = {"sqlite": "sqlite", "postgres": "postgresql"}[server.backend.name]
    (newest,) = server.rows("SELECT version, name FROM schema_migrations ORDER BY version DESC LIMIT 1")
    assert told["status"] == "ok" and told["uptime_seconds"] <= time.monotonic() - began
    assert told["record_store"] == {
        "status": "ok",
        "since": None,
        "kind": kind,
        "schema": f"{newest['version']:04}_{newest['name']}",
    }
    assert told["redis"] == {"status": "ok" if kind == "postgresql" else "not_configured", "since": None}
    assert told["mail"]["status"] == "not_configured" and told["mail"]["queued"] >= 1
    assert told["audit"]["sealed"] > 0 and told["audit"]["status"] == "ok" and told["audit"]["receivers"] == []
    assert told["hashing"]["threads"] >= 1 and told["hashing"]["jobs"] == 0 and told["hashing"]["typical_ms"] > 0
    assert told["version"] == server.command("version").stdout.split()[-1]


def test_looking_is_no_event(server, people):
    client, who = people.of_role("staff")
    before = server.rows("SELECT id FROM audit_logs WHERE actor_id = ?", who.id)
    health(client)
    assert server.rows("SELECT id FROM audit_logs WHERE actor_id = ?", who.id) == before


def test_a_receiver_that_fails_is_told_and_how_far_behind_it_is(start_server):
    with HookReceiver() as hook:
        hook.always = 503
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        server = start_server(
            WEBHOOKS=f"crm={hook.url} *",
            WEBHOOK_SECRETS=f"crm={secret}",
            AUDIT_PUSH_FROM="start",
            AUDIT_PUSH_TIMEOUT_SECONDS=2,
        )
        client, _ = People(server).of_role("staff")
        plant(server, 20)
        seal(server)

        def fails() -> bool:
            audit = health(client)["audit"]
            return audit["status"] == "degraded" and audit["receivers"][0]["status"] == "failing"

        wait_until(fails, "the receiver fails")
        told = health(client)
        (receiver,) = told["audit"]["receivers"]
        assert told["status"] == "degraded" and receiver["behind"] >= 20 and receiver["failures"] > 0
        assert "127.0.0.1" not in client.get(PATH).body.decode() and "localhost" not in client.get(PATH).body.decode()


def test_entries_that_nobody_seals_are_told(start_server):
    server = start_server()
    client, _ = People(server).of_role("staff")
    seal(server)
    server.execute("UPDATE audit_heads SET signature = peaks WHERE tree_size = (SELECT MAX(tree_size) FROM audit_heads)")
    plant(server, 3)  # of a time long ago
    told = health(client)["audit"]
    assert told["waiting"] >= 3 and told["status"] == "degraded" and told["waiting_since"]


def test_mail_that_waits_is_told_and_since_when_its_server_is_gone(start_server):
    server = start_server()
    client, account = People(server).of_role("staff")
    server.settings.update(SmtpServer().settings(SMTP_TIMEOUT_SECONDS=1))  # nobody listens there
    server.restart()
    assert client.post("/auth/password/reset/request", {"email": account.email}).status == 200

    def fails() -> bool:
        return health(client)["mail"]["status"] == "failing"

    wait_until(fails, "the mail server is gone")
    told = health(client)
    assert told["status"] == "degraded" and told["mail"]["queued"] >= 1
    assert told["mail"]["since"] and told["mail"]["queued_since"] and told["mail"]["given_up"] == 0
    assert "localhost" not in client.get(PATH).body.decode() and "127.0.0.1" not in client.get(PATH).body.decode()


@pytest.mark.servers
def test_redis_that_is_gone_is_told_and_nothing_fails(start_on, redis):
    server = start_on(redis=redis)
    client, _ = People(server).of_role("staff")
    assert health(client)["redis"]["status"] == "ok"
    redis.stop()
    wait_until(lambda: health(client)["redis"]["since"], "it is noticed")
    told = health(client)
    assert told["redis"]["status"] == "failing" and told["status"] == "degraded" and told["record_store"]["status"] == "ok"


@pytest.mark.servers
def test_a_record_store_that_is_gone_is_told_where_redis_knows_the_session(start_on, postgres):
    server = start_on(postgres)
    client, _ = People(server).of_role("staff")
    assert health(client)["status"] == "ok"
    postgres.kill9()
    told = health(client)
    assert told["status"] == told["record_store"]["status"] == "failing" and told["record_store"]["schema"] is None
    assert told["audit"]["sealed"] is None and told["mail"]["queued"] is None and told["hashing"]["threads"] >= 1
    postgres.start()
    wait_until(lambda: health(client)["record_store"]["status"] == "ok", "it is there again")
