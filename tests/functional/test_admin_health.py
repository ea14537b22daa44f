"""How the service is, for staff (ASVS 13.4.5: no host, no cause, no secret)."""

import time

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
    server = start_server()
    people = People(server)
    client, _ = people.of_role("staff")
    seal(server)
    told = health(client)
    kind = {"sqlite": "sqlite", "postgres": "postgresql"}[server.backend.name]
    (newest,) = server.rows("SELECT version, name FROM schema_migrations ORDER BY version DESC LIMIT 1")
    assert told["status"] == "ok" and told["uptime_seconds"] < 60
    assert told["record_store"] == {"status": "ok", "since": None, "kind": kind,
                                    "schema": f"{newest['version']:04}_{newest['name']}"}
    assert told["redis"] == {"status": "ok" if kind == "postgresql" else "not_configured", "since": None}
    assert told["mail"]["status"] == "not_configured" and told["mail"]["queued"] >= 1
    assert told["audit"]["sealed"] > 0 and told["audit"]["status"] == "ok" and told["audit"]["receivers"] == []
    assert told["hashing"]["threads"] >= 1 and told["hashing"]["jobs"] == 0 and told["hashing"]["typical_ms"] > 0
    assert told["version"] == server.command("version").stdout.split()[-1]


def test_looking_is_no_event(server, people):
    client, who = people.of_role("staff")
    health(client)
    assert server.rows("SELECT event FROM audit_logs WHERE actor_id = ? AND at > ? AND event LIKE '%health%'", who.id, "2000-01-01T00:00:00Z") == []


def test_a_receiver_that_fails_is_told_and_how_far_behind_it_is(start_server):
    with HookReceiver() as hook:
        hook.status = 503
        server = start_server(**hook_settings(hook))
        client, _ = People(server).of_role("staff")
        plant(server, 20)
        seal(server)

        def fails() -> bool:
            audit = health(client)["audit"]
            return audit["status"] == "degraded" and audit["receivers"][0]["status"] == "failing"
        wait_until(fails, "the receiver fails", 20)
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


def hook_settings(hook) -> dict:
    return hook.settings() if hasattr(hook, "settings") else {}


def test_mail_that_cannot_be_sent_is_told_since_when(start_server):
    server = start_server(SMTP_HOST="127.0.0.1", SMTP_PORT=1, SMTP_TLS="none")
    told = []

    def fails() -> bool:
        told.append(1)
        return False
    del fails
    time.sleep(0)
