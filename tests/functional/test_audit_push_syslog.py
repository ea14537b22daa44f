"""Audit events over syslog: whatever befalls the receiver or the way to it, nothing is lost and order is kept."""

import json
import re
import ssl
import time

import pytest
from test_audit_push_webhooks import PATIENT

from harness.client import Client
from harness.daemon import wait_until
from harness.people import People, fresh_password
from harness.process import MISCONFIGURED
from harness.receivers import SyslogReceiver, assert_complete, server_context
from harness.sealing import delivery, plant, seal, sealed, wait_delivered, wait_known

pytestmark = pytest.mark.timeout(300)
one_database = pytest.mark.sqlite_only("what a receiver does is judged alike whatever the database")
# What the kernel says of a reset: while something waits, at the next byte, at the end of sending.
BROKEN_OFF = "reset|broken pipe|not connected"

LINE = re.compile(
    rb"<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) (\S{1,255}) secureauth - (\S{1,32}) "
    rb'(\[audit@32473(?: \w+="(?:[^"\\\]]|\\["\\\]])*")+\]) (.*)',
    re.DOTALL,
)


@pytest.fixture
def syslog():
    with SyslogReceiver() as receiver:
        yield receiver


@pytest.fixture
def pair(authorities):
    return authorities[0].sign("localhost")


def outage_lines(server) -> list[dict]:
    return [line for line in server.log_lines() if line["message"].startswith("a receiver of audit events takes none")]


# --- what arrives


def test_an_event_arrives_as_a_line_of_rfc_5424(start_server, syslog):
    server = start_server(**syslog.settings(**PATIENT))
    wait_known(server, "syslog")
    People(server).login("unknown@example.test", fresh_password())
    (row,) = server.rows("SELECT id FROM audit_logs WHERE event = 'login.failed'")
    seal(server)
    wait_delivered(server, "syslog")
    (line,) = [message for message in syslog.messages if b" login.failed " in message]
    priority, at, host, event, data, text = LINE.fullmatch(line).groups()
    assert (priority, host, event, text) == (b"84", b"localhost", b"login.failed", b"sign-in refused")
    assert f'id="{row["id"]}"'.encode() in data and b'outcome="failure"' in data
    assert all(LINE.fullmatch(message) for message in syslog.messages)


def test_cef_travels_in_syslog(start_server, syslog):
    server = start_server(**syslog.settings(AUDIT_SYSLOG_FORMAT="cef"))
    wait_known(server, "syslog")
    plant(server, 3, reason="a=b|c")
    seal(server)
    wait_delivered(server, "syslog")
    assert all(
        re.match(rb"<84>1 \S+ localhost secureauth - login\.failed - CEF:0\|SecureAuthService\|secureauth\|", line)
        for line in syslog.messages
        if b"login.failed" in line
    )
    assert any(rb"reason=a\=b|c" in line for line in syslog.messages)


# ASVS 16.4.1, attack 32
def test_hostile_text_makes_no_line_and_no_field(start_server, syslog):
    server = start_server(**syslog.settings(**PATIENT))
    wait_known(server, "syslog")
    agent = 'x"] evil [audit@32473 event="login.succeeded" \u202e'
    Client(server, user_agent=agent.encode().decode("latin-1")).post(
        "/auth/login", {"email": "unknown@example.test", "password": fresh_password()}
    )
    seal(server)
    wait_delivered(server, "syslog")
    (line,) = [message for message in syslog.messages if b" login.failed " in message]
    assert LINE.fullmatch(line) and line.count(b'event="login.failed"') == 1
    assert "\u202e".encode() not in line and b"\n" not in line


def test_a_long_log_arrives_in_order(start_server, syslog):
    server = start_server(**syslog.settings())
    wait_known(server, "syslog")
    plant(server, 1000)
    count = seal(server)
    syslog.wait_for(count)
    wait_delivered(server, "syslog")
    assert_complete(syslog.numbers, count)


@pytest.mark.parametrize("begin", ["newest", "start"])
def test_where_a_new_receiver_begins(start_server, syslog, begin):
    server = start_server()
    plant(server, 10)
    before = seal(server)
    server.stop()
    server.settings.update(syslog.settings(AUDIT_PUSH_FROM=begin))
    server.start()
    wait_known(server, "syslog")
    plant(server, 5)
    count = seal(server)
    wait_delivered(server, "syslog")
    first = syslog.numbers[0]
    assert first == 0 if begin == "start" else before <= first <= count - 5
    assert_complete(syslog.numbers, count - first, first)


# --- receivers that fail, hang and come back (issue 9, "lose nothing")


def test_a_receiver_that_is_away_for_a_while(start_server):
    syslog = SyslogReceiver()
    server = start_server(**syslog.settings(**PATIENT))
    wait_known(server, "syslog")
    plant(server, 20)
    count = seal(server)
    wait_until(lambda: delivery(server, "syslog")["failures"] >= 2, "tried again")
    assert "refused" in delivery(server, "syslog")["last_error"].lower()
    assert len(outage_lines(server)) == 1, "an outage is one line, not one a try"
    with syslog:
        syslog.wait_for(count)
        wait_delivered(server, "syslog")
        assert_complete(syslog.numbers, count)
        server.wait_for_log(lambda line: line["message"] == "a receiver of audit events takes them again")
    standing = delivery(server, "syslog")
    assert (standing["failures"], standing["last_error"]) == (0, None)


@pytest.mark.parametrize(
    "way, why",
    [("hang", "timed out"), ("mute", "timed out"), ("reset", BROKEN_OFF), ("early", f"clos|{BROKEN_OFF}")],
    ids=["hang", "mute", "reset", "early"],
)
def test_a_receiver_that_does_not_read_to_the_end_has_received_nothing(start_server, syslog, way, why):
    syslog.way = way
    server = start_server(**syslog.settings(**{"AUDIT_PUSH_TIMEOUT_SECONDS": 1} if why == "timed out" else PATIENT))
    wait_known(server, "syslog")
    plant(server, 600, padding="x" * 200)
    count = seal(server)
    wait_until(lambda: delivery(server, "syslog")["failures"] >= 1, "it fails")
    assert re.search(why, delivery(server, "syslog")["last_error"], re.IGNORECASE), delivery(server, "syslog")["last_error"]
    assert delivery(server, "syslog")["next_entry"] < 256, "not a batch counts as received"
    syslog.way = "good"
    syslog.wait_for(count)
    wait_delivered(server, "syslog")
    assert_complete(syslog.numbers, count)


def test_it_dies_between_batches_and_comes_back(start_server, syslog):
    syslog.seconds = 0.2
    server = start_server(**syslog.settings())
    wait_known(server, "syslog")
    plant(server, 1500)
    count = seal(server)
    syslog.wait_for(256)
    syslog.stop()
    wait_until(lambda: delivery(server, "syslog")["failures"] >= 1, "it fails")
    syslog.start()
    syslog.wait_for(count)
    wait_delivered(server, "syslog")
    assert_complete(syslog.numbers, count)


def test_a_receiver_that_is_gone_slows_nobody(start_server):
    """ASVS 13.1.3."""
    with SyslogReceiver() as syslog:
        syslog.way = "hang"
        server = start_server(**syslog.settings(AUDIT_PUSH_TIMEOUT_SECONDS=300))
        wait_known(server, "syslog")
        plant(server, 5)
        seal(server)
        wait_until(lambda: syslog.connections, "it hangs")
        people = People(server)
        account = people.verified()
        began = time.monotonic()
        for _ in range(5):
            assert people.login(account.email, account.password).status == 200
        assert time.monotonic() - began < 60, "nobody waits for it"
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 60, "nor does a stop"


@pytest.mark.parametrize("way", ["hang", "mute"])
def test_killed_in_the_middle_of_a_delivery(start_server, syslog, way):
    syslog.way = way
    server = start_server(**syslog.settings())
    wait_known(server, "syslog")
    plant(server, 300)
    seal(server)
    wait_until(lambda: syslog.connections, "it delivers")
    server.kill9()
    syslog.way = "good"
    server.start()
    count = seal(server)
    syslog.wait_for(count)
    wait_delivered(server, "syslog")
    assert_complete(syslog.numbers, count)


# --- TLS (RFC 5425; ASVS 12.1.1, 12.3.2)


def trusting(authority, receiver, **others) -> dict:
    return receiver.settings(AUDIT_SYSLOG_CA_FILE=authority.certificate, **others)


def test_over_tls_with_a_client_certificate(start_server, authorities, pair):  # ASVS 12.3.5
    own = authorities[0].sign("client.example.test")
    with SyslogReceiver(server_context(pair, clients=authorities[0].certificate)) as syslog:
        server = start_server(
            **trusting(authorities[0], syslog, AUDIT_SYSLOG_CERT_FILE=own.certificate, AUDIT_SYSLOG_KEY_FILE=own.key)
        )
        wait_known(server, "syslog")
        plant(server, 300)
        count = seal(server)
        syslog.wait_for(count)
        wait_delivered(server, "syslog")
        assert_complete(syslog.numbers, count)


@one_database
def test_without_the_certificate_that_it_demands_nothing_counts_as_received(start_server, authorities, pair):
    with SyslogReceiver(server_context(pair, clients=authorities[0].certificate)) as syslog:
        server = start_server(**trusting(authorities[0], syslog))
        wait_known(server, "syslog")
        plant(server, 5)
        seal(server)
        wait_until(lambda: delivery(server, "syslog")["failures"] >= 1, "it fails")
        assert not syslog.messages and delivery(server, "syslog")["next_entry"] == 0


@one_database
def test_a_tcp_end_without_a_farewell_of_tls_is_no_receipt(start_server, authorities, pair):  # RFC 5425 §4.4
    with SyslogReceiver(server_context(pair)) as syslog:
        syslog.way = "ragged"
        server = start_server(**trusting(authorities[0], syslog, **PATIENT))
        wait_known(server, "syslog")
        plant(server, 5)
        count = seal(server)
        wait_until(lambda: delivery(server, "syslog")["failures"] >= 1, "it fails")
        assert "farewell" in delivery(server, "syslog")["last_error"]
        syslog.way = "good"
        syslog.wait_for(count)
        assert_complete(syslog.numbers, count)


# ASVS 12.3.2, 16.3.4, attack 45
@pytest.mark.parametrize(
    "signed_for, trusted", [("localhost", 1), ("other.example.test", 0)], ids=["another authority", "another name"]
)
def test_a_wrong_certificate_gets_nothing_and_is_recorded(start_server, authorities, signed_for, trusted):
    with SyslogReceiver(server_context(authorities[0].sign(signed_for))) as syslog:
        server = start_server(**trusting(authorities[trusted], syslog, **PATIENT))
        wait_known(server, "syslog")
        plant(server, 5)
        seal(server)
        wait_until(lambda: server.rows("SELECT id FROM audit_logs WHERE event = 'peer.untrusted'"), "it is recorded")
        wait_until(lambda: delivery(server, "syslog")["failures"] >= 2, "tried again")
        (row,) = server.rows("SELECT outcome, details FROM audit_logs WHERE event = 'peer.untrusted'")
        assert row["outcome"] == "failure" and json.loads(row["details"])["peer"] == "syslog"
        assert not syslog.read and len(outage_lines(server)) == 1


# ASVS 16.3.4, attack 45: whoever would stand in its place has it away first
@one_database
def test_an_impostor_in_the_middle_of_an_outage_is_recorded(start_server, authorities):
    syslog = SyslogReceiver(server_context(authorities[1].sign("localhost")))
    server = start_server(**trusting(authorities[0], syslog, **PATIENT))
    wait_known(server, "syslog")
    plant(server, 5)
    seal(server)
    wait_until(lambda: delivery(server, "syslog")["failures"] >= 1, "nobody is there")
    recorded = "SELECT id FROM audit_logs WHERE event = 'peer.untrusted'"
    assert not server.rows(recorded)
    with syslog:
        wait_until(lambda: server.rows(recorded), "it is recorded")
        failures = delivery(server, "syslog")["failures"]
        wait_until(lambda: delivery(server, "syslog")["failures"] > failures, "tried again")
    assert len(server.rows(recorded)) == 1 and len(outage_lines(server)) == 1 and not syslog.read


# ASVS 12.1.1, attack 45
@one_database
def test_old_tls_gets_nothing(start_server, authorities, pair):
    context = server_context(pair)
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with SyslogReceiver(context) as syslog:
        server = start_server(**trusting(authorities[0], syslog))
        wait_known(server, "syslog")
        plant(server, 5)
        seal(server)
        wait_until(lambda: delivery(server, "syslog")["failures"] >= 1, "it fails")
        assert not syslog.read and sealed(server) > delivery(server, "syslog")["next_entry"]


# ASVS 12.1.2
@one_database
@pytest.mark.parametrize(
    "suite, works",
    [("ECDHE-RSA-AES128-GCM-SHA256", True), ("AES128-GCM-SHA256", False)],
    ids=["forward secret", "keys sent with RSA"],
)
def test_what_is_sent_cannot_be_read_with_the_receivers_key(start_server, authorities, suite, works):
    context = server_context(authorities[0].sign("localhost", rsa=True))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(suite)
    with SyslogReceiver(context) as syslog:
        server = start_server(**trusting(authorities[0], syslog, **PATIENT))
        wait_known(server, "syslog")
        plant(server, 1)
        seal(server)
        wait_until(lambda: delivery(server, "syslog")["failures"] or delivery(server, "syslog")["next_entry"], "it is tried")
        assert bool(syslog.messages) == works


# --- settings


@one_database
def test_settings_that_cannot_be_are_refused(start_server, authorities, tmp_path):
    server = start_server()
    nothing = tmp_path / "nothing.pem"
    nothing.write_text("nothing\n")
    url = {"AUDIT_SYSLOG_URL": "tls://logs.example.test:6514"}
    for settings, why in [
        ({"AUDIT_SYSLOG_URL": "udp://logs.example.test:514"}, "AUDIT_SYSLOG_URL must be tls://HOST:PORT or tcp://HOST:PORT"),
        ({"AUDIT_SYSLOG_URL": "tls://logs.example.test"}, "AUDIT_SYSLOG_URL must be tls://HOST:PORT"),
        (url | {"AUDIT_SYSLOG_CA_FILE": nothing}, "AUDIT_SYSLOG_CA_FILE names a file that holds no PEM certificates"),
        (url | {"AUDIT_SYSLOG_CERT_FILE": nothing}, "AUDIT_SYSLOG_CERT_FILE and AUDIT_SYSLOG_KEY_FILE need each other"),
        (
            url | {"AUDIT_SYSLOG_CERT_FILE": nothing, "AUDIT_SYSLOG_KEY_FILE": nothing},
            "AUDIT_SYSLOG_CERT_FILE names a file that holds no PEM certificate",
        ),
        (
            {"AUDIT_SYSLOG_URL": "tcp://localhost:514", "AUDIT_SYSLOG_CA_FILE": authorities[0].certificate},
            "AUDIT_SYSLOG_URL must be tls://",
        ),
    ]:
        before = dict(server.settings)
        server.settings.update(settings)
        result = server.command("config", "check")
        of_a_file = "holds no PEM" in why
        assert result.returncode == (1 if of_a_file else MISCONFIGURED) and why in result.stderr, result.stderr
        server.settings = before


def test_production_sends_nothing_in_the_clear_to_another_machine(start_production):  # ASVS 12.3.1; attack 45
    server = start_production()
    server.settings["AUDIT_SYSLOG_URL"] = "tcp://logs.example.test:514"
    result = server.command("config", "check")
    assert result.returncode == MISCONFIGURED and "AUDIT_SYSLOG_URL must be tls" in result.stderr
    server.settings["ALLOW_PLAINTEXT_BACKENDS"] = "true"
    assert server.command("config", "check").returncode == 0
