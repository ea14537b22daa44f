"""/metrics: where it is, what it counts, and that a scrape waits for nobody."""

import base64
import json
import re
import secrets
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from harness.client import Client
from harness.daemon import wait_until
from harness.guesses import guess, lock
from harness.makers import Maker, Publisher
from harness.metrics import Listener, Metrics, scrape
from harness.people import People, fresh_email, fresh_password
from harness.ports import free_port
from harness.process import PRODUCTION_SETTINGS
from harness.receivers import HookReceiver
from harness.server import Server, StartFailed
from harness.smtp import SmtpServer

ROOT = Path(__file__).resolve().parents[2]
DASHBOARD = ROOT / "deploy" / "grafana" / "secureauth.json"
RULES = ROOT / "deploy" / "prometheus" / "secureauth-alerts.yml"
TABLE = ROOT / "docs" / "operations.md"


def rise(server, doing, name: str, **labels: str) -> float:
    before = scrape(server).value(name, **labels)
    doing()
    return scrape(server).value(name, **labels) - before


def production(start_server, **settings):
    port = free_port()
    server = start_server(before=("migrate", "upgrade"), METRICS_LISTEN=f"127.0.0.1:{port}", **PRODUCTION_SETTINGS | settings)
    return server, port


def test_in_development_the_site_serves_it_as_prometheus_likes_it(server):
    metrics = scrape(server)
    done = subprocess.run(["promtool", "check", "metrics"], input=metrics.text, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout + done.stderr == "", done.stdout + done.stderr
    assert metrics.value("secureauth_build_info") == 1
    assert set(metrics.types) == set(metrics.helps) and set(metrics.types.values()) <= {"counter", "gauge", "histogram"}


# ASVS 13.4.5
def test_in_production_only_its_own_listener_serves_it(start_server):
    server, port = production(start_server)
    assert Client(server).get("/metrics").refusal == (404, "not_found")
    for host in ("127.0.0.1", "localhost", "secureauth-7d9f.default.svc", "10.2.3.4"):
        assert scrape(Listener(port, host)).value("secureauth_build_info") == 1
    elsewhere = Client(Listener(port), checked=False)
    for path in ("/", "/health", "/auth/me", "/auth/login", "/dev/mailbox", "/metrics/", "/admin/status", "/openapi.json"):
        assert elsewhere.get(path).status == 404, path
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert elsewhere.request(method, "/metrics").status == 405
    assert elsewhere.request("HEAD", "/metrics").body == b""


def test_scrapers_are_no_clients(start_server):
    server, port = production(start_server)
    client = Client(server)
    assert client.get("/auth/me").status == 401
    opened = "secureauth_http_connections_open"
    wait_until(lambda: scrape(Listener(port)).value(opened) == 1, "whoever looked whether it is up has left")
    first = scrape(Listener(port))
    for _ in range(5):
        assert Client(Listener(port), checked=False).get("/nothing").status == 404
    last = scrape(Listener(port))
    for name in ("connections_total", "connections_open", "refusals_total", "requests_total", "connections_refused_total"):
        name = "secureauth_http_" + name
        assert first.samples[name] == last.samples[name], name
    assert last.value("secureauth_http_refusals_total", code="unauthenticated") == 1
    client.close()


# ASVS 13.4.5, 13.4.6
def test_in_production_nobody_serves_it_without_a_listener(start_server):
    server = start_server(before=("migrate", "upgrade"), **PRODUCTION_SETTINGS)
    assert Client(server).get("/metrics").refusal == (404, "not_found")


# ASVS 13.4.5
def test_beyond_loopback_it_is_on_purpose(start_server, backend, tmp_path):
    port = free_port()
    with pytest.raises(StartFailed, match="METRICS_LISTEN is beyond loopback"):
        Server(tmp_path / "refused", backend, {"METRICS_LISTEN": f"0.0.0.0:{port}"}).start()
    server = start_server(METRICS_LISTEN=f"0.0.0.0:{port}", METRICS_ALLOW_REMOTE="true")
    assert scrape(Listener(port)).value("secureauth_build_info") == 1
    assert Client(server).get("/metrics").refusal == (404, "not_found"), "it is in one place"


def test_a_port_that_is_taken_is_told_at_the_start(server, backend, tmp_path):
    with pytest.raises(StartFailed, match=f"cannot listen on 127.0.0.1 port {server.port}"):
        Server(tmp_path / "refused", backend, {"METRICS_LISTEN": f"127.0.0.1:{server.port}"}).start()


def test_requests_are_counted_by_their_route(start_server):
    server = start_server()
    client, _ = People(server).signed_in()
    for _ in range(3):
        assert client.get("/auth/me").status == 200
    assert client.get(f"/auth/sessions/{secrets.token_hex(8)}").status == 405
    assert client.delete(f"/auth/sessions/{secrets.token_hex(8)}", csrf=True).status == 404
    metrics = scrape(server)
    count = "secureauth_http_requests_total"
    assert metrics.value(count, method="GET", route="/auth/me", status="200") == 3
    assert metrics.value(count, method="DELETE", route="/auth/sessions/{id}", status="404") == 1
    assert metrics.value(count, method="GET", route="(none)", status="405") == 1
    duration = "secureauth_http_request_duration_seconds"
    assert (
        metrics.value(duration + "_count", route="/auth/me")
        == metrics.value(duration + "_bucket", route="/auth/me", le="+Inf")
        == 3
    )
    assert 0 < metrics.value(duration + "_sum", route="/auth/me") < 60
    # A request is in flight until its thread has done with it, which is a moment after its answer.
    wait_until(lambda: scrape(server).value("secureauth_http_requests_in_flight") == 1, "nothing but the scrape itself")
    assert metrics.value("secureauth_http_connections_open") >= 1


def test_what_waits_for_the_client_is_not_the_services_time(start_server):
    """A body that never comes: else a slow client alone would raise the alarm of slow answers."""
    server = start_server(HTTP_BODY_TIMEOUT_SECONDS=1)
    head = {"Content-Type": "application/json", "Content-Length": "100"}
    assert Client(server).request("POST", "/auth/password/reset/request", body=b"{", headers=head).status == 408
    metrics = scrape(server)
    name = "secureauth_http_request_duration_seconds"
    assert metrics.value(name + "_count", route="/auth/password/reset/request") == 1
    assert metrics.value(name + "_bucket", route="/auth/password/reset/request", le="0.5") == 1


def test_sign_ins_by_outcome_and_method(start_server):
    server = start_server()
    people = People(server)
    _, account = people.with_totp()
    _, holder = people.with_passkey()
    name = "secureauth_sign_ins_total"
    assert rise(server, lambda: guess(server, account.email), name, outcome="failure", method="password") == 1
    before = scrape(server)
    client, challenge = people.challenge(account)
    people.wrong_code(client, account, challenge)
    people.sign_in(account)
    people.sign_in_with_passkey(holder)
    after = scrape(server)
    for outcome, method, times in (
        ("challenged", "password", 2),
        ("failure", "totp", 1),
        ("success", "totp", 1),
        ("success", "webauthn", 1),
    ):
        labels = {"outcome": outcome, "method": method}
        assert after.value(name, **labels) - before.value(name, **labels) == times, labels
    assert after.value("secureauth_sessions_opened_total") - before.value("secureauth_sessions_opened_total") == 2
    client, account = people.signed_in()
    wrong = lambda: client.post("/auth/step-up/password", {"password": fresh_password()}, csrf=True)  # noqa: E731
    assert rise(server, wrong, "secureauth_step_ups_total", outcome="failure", method="password") == 1
    assert (
        rise(server, lambda: client.post("/auth/logout", csrf=True), "secureauth_sessions_ended_total", reason="logout") == 1
    )


# CS Credential Stuffing: the metric shows it
def test_lockouts_limits_and_stuffing(start_server):
    server = start_server(
        STUFFING_MIN_FAILURES=4, TRUSTED_PROXIES="127.0.0.1", PROOF_OF_WORK="auto", RATE_LIMIT_REGISTER="1/600"
    )
    account = People(server).verified()
    assert rise(server, lambda: lock(server, account), "secureauth_lockouts_total", method="password") == 1
    for host in range(4):
        guess(server, fresh_email(), address=f"198.51.100.{host + 1}")
    assert guess(server, fresh_email(), address="198.51.100.77").code == "proof_of_work_required"
    metrics = scrape(server)
    assert metrics.value("secureauth_stuffing_alarms_total", scope="network") == 1
    assert metrics.value("secureauth_stuffing_alarms_active") == 1
    assert metrics.value("secureauth_proofs_of_work_total", outcome="demanded") == 1
    assert metrics.value("secureauth_http_refusals_total", code="proof_of_work_required") == 1
    refused = lambda: Client(server).post(
        "/auth/register", {"email": fresh_email(), "password": fresh_password()}
    )  # noqa: E731
    assert rise(server, refused, "secureauth_rate_limited_total", limit="register") == 1


def test_passwords_stores_and_the_log(start_server):
    server = start_server()
    People(server).signed_in()
    wait_until(lambda: scrape(server).samples["secureauth_schema_info"], "the store was read")
    metrics = scrape(server)
    assert metrics.value("secureauth_hashing_job_seconds_count", pool="hashing") >= 2
    assert metrics.value("secureauth_hashing_wait_seconds_count", pool="judging") >= 1
    assert metrics.value("secureauth_hashing_threads", pool="hashing") >= 1
    assert metrics.value("secureauth_store_transaction_seconds_count") >= 2
    assert metrics.value("secureauth_store_statement_seconds_count") >= 2
    assert metrics.value("secureauth_session_cache_lookups_total") >= 0
    assert metrics.value("secureauth_audit_entries_total", outcome="success") >= 3
    assert metrics.value("secureauth_log_lines_total", level="info") >= 3
    assert metrics.value("secureauth_mails_total", outcome="queued") >= 1
    assert metrics.value("secureauth_peer_up", peer="record_store") == 1
    assert metrics.value("process_open_fds") > 5 and metrics.value("process_resident_memory_bytes") > 2**20
    if server.backend.name == "postgres":
        assert metrics.value("secureauth_redis_commands_total") > 0
        assert metrics.value("secureauth_redis_connects_total") > 0
        assert metrics.value("secureauth_store_connections") >= 1


def configured(tmp_path, stack) -> dict:
    """Settings under which nothing that can be told is left out."""
    hook = stack.enter_context(HookReceiver())
    mail = stack.enter_context(SmtpServer())
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    (tmp_path / "metadata").mkdir()
    files = Publisher().settings(tmp_path / "metadata", Maker("One").entry(), number=7)
    return (
        files
        | mail.settings()
        | {"WEBHOOKS": f"crm={hook.url} *", "WEBHOOK_SECRETS": f"crm={secret}", "AUDIT_PUSH_FROM": "start"}
    )


@pytest.fixture
def all_told(start_server, tmp_path):
    with ExitStack() as stack:
        server = start_server(**configured(tmp_path, stack))
        wait_until(lambda: scrape(server).samples["secureauth_audit_receiver_failures"], "receivers are told of")
        yield scrape(server)


def named_in(query: str) -> set[str]:
    bare = re.sub(r'"[^"]*"', "", query)
    names = set(re.findall(r"\b(?:secureauth|process)_[a-z0-9_]+", bare))
    return {name for name in names if not re.search(rf"{name}:|:{name}", bare)}


def families(metrics) -> set[str]:
    known = set(metrics.types)
    for name, kind in metrics.types.items():
        if kind == "histogram":
            known |= {name + end for end in ("_bucket", "_sum", "_count")}
    return known


def test_dashboard_rules_and_documentation_name_what_there_is(all_told):
    known = families(all_told)
    dashboard = json.loads(DASHBOARD.read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    rules = [line for line in RULES.read_text().splitlines() if not line.strip().startswith("#")]
    for query in queries + [re.sub(r"secureauth:\S+", "", "\n".join(rules))]:
        assert named_in(query) <= known, (named_in(query) - known, query)
    listed = dict(re.findall(r"^\| `((?:secureauth|process)_[a-z_]+)`(?:[^|]*)\| (\w+)", TABLE.read_text(), re.MULTILINE))
    assert listed == all_told.types, "docs/operations.md lists every metric, with its type"


@pytest.mark.servers
def test_a_scrape_waits_for_no_store(postgres, redis, start_on):
    """Frozen, not gone: whoever asked them would wait."""
    port = free_port()
    server = start_on(postgres, redis, METRICS_LISTEN=f"127.0.0.1:{port}", DATABASE_STATEMENT_TIMEOUT_MS=2000)
    listener = Listener(port)
    wait_until(lambda: scrape(listener).value("secureauth_schema_info") == 1, "the store was read")
    assert scrape(listener).value("secureauth_peer_up", peer="redis") == 1
    redis.freeze()
    postgres.freeze()
    impatient = Client(listener, timeout=5, checked=False)

    def told() -> bool:
        metrics = Metrics(impatient.get("/metrics").body.decode())
        assert metrics.value("secureauth_build_info") == 1
        return (
            metrics.value("secureauth_peer_up") == metrics.value("secureauth_peer_up", peer="mail_server")
            and not metrics.samples["secureauth_schema_info"]
        )

    wait_until(told, "both are told to be down, and nothing old is told of them", 60)
    assert scrape(listener).value("secureauth_stored_read_timestamp_seconds") > 0, "when it last was"
    postgres.thaw()
    redis.thaw()
    wait_until(lambda: scrape(listener).value("secureauth_schema_info") == 1, "the store is read again", 60)
    assert server.is_running
