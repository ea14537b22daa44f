"""What a mail server can do wrong, and what becomes of the mail: nothing is lost, nothing is told, nothing waits."""

import json
import time

import pytest

from harness.client import Client
from harness.daemon import wait_until
from harness.outbox import last_error, outage_lines, register, states, wait_for_state
from harness.process import MISCONFIGURED
from harness.smtp import PASSWORD, RudeServer, SmtpServer

pytestmark = pytest.mark.timeout(240)
one_database = pytest.mark.sqlite_only("what a server says is judged alike whatever the database")


@pytest.fixture
def pair(authorities):
    return authorities[0].sign("localhost")


@pytest.fixture
def smtp():
    with SmtpServer() as server:
        yield server


def test_a_server_that_is_down_for_a_while(start_server):
    smtp = SmtpServer()
    server = start_server(**smtp.settings())
    for _ in range(5):
        register(server)
    server.wait_for_log(lambda line: line["message"].startswith("the mail server does not take mail"))
    wait_until(lambda: sum(row["attempts"] for row in server.rows("SELECT attempts FROM mails")) >= 3, "tried again")
    assert len(outage_lines(server)) == 1, "an outage is one line, not one a mail"
    with smtp:
        smtp.wait_for(5)
        wait_for_state(server, *["sent"] * 5)
        server.wait_for_log(lambda line: line["message"] == "the mail server takes mail again")
    assert len(outage_lines(server)) == 1


@one_database
def test_an_address_that_nobody_can_write_to_ends_no_outage(start_server):
    server = start_server(**SmtpServer().settings())
    register(server)
    wait_until(lambda: outage_lines(server), "the outage is known")
    register(server, "=?utf-8?q?=0d=0abcc=3a?=@example.test")
    wait_for_state(server, "queued", "dead")
    register(server)
    wait_until(lambda: all(row["attempts"] for row in server.rows("SELECT attempts FROM mails")), "all were tried")
    assert "takes mail again" not in server.log() and len(outage_lines(server)) == 1


@one_database
@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_a_4xx_is_tried_again(start_server, smtp, command):
    server = start_server(**smtp.settings())
    smtp.refuse(command, "451 4.3.0 not now", "421 4.3.2 closing")
    email = register(server)
    (mail,) = smtp.wait_for(1)
    assert mail.recipients == [email]
    wait_for_state(server, "sent")


# --- dead letters


@pytest.mark.parametrize(
    "command, reply",
    [("RCPT", "550 5.1.1 <who@example.test>: no such user"), ("RCPT", "553 no"), ("DATA", "552 5.3.4 too big")],
)
def test_a_recipient_refused_for_good_is_a_dead_letter_that_can_be_retried(start_server, smtp, command, reply):
    server = start_server(**smtp.settings())
    smtp.refuse(command, reply)
    email = register(server)
    other = register(server)
    (mail,) = smtp.wait_for(1)
    assert mail.recipients == [other], "others are not held up"
    wait_for_state(server, "dead", "sent")
    assert "who@example.test" not in last_error(server) + server.log() and email not in server.log()

    listed = server.command("mail", "queue", "--dead", "--json")
    (letter,) = [json.loads(line) for line in listed.stdout.splitlines()]
    masked = email[0] + "…@" + email.partition("@")[2]
    assert (letter["kind"], letter["state"], letter["attempts"]) == ("verify_email", "dead", 1)
    assert letter["recipient"] == masked and letter["next_try"] is None
    assert letter["last_error"] == f"the server answered {' '.join(reply.split()[:2 if '.' in reply else 1])} to {command}"
    shown = server.command("mail", "queue", "--dead").stdout
    assert letter["id"] in shown and masked in shown and email not in shown

    again = server.command("mail", "retry", letter["id"])
    assert (again.returncode, again.stdout) == (0, f"queued again: {letter['id']}\n")
    mails = smtp.wait_for(2)
    assert mails[1].recipients == [email] and letter["id"] in mails[1].id
    wait_for_state(server, "sent", "sent")
    assert server.command("mail", "queue", "--dead").stdout == "No dead letters.\n"


def test_the_queue_and_its_refusals(start_server):
    smtp = SmtpServer()
    server = start_server(**smtp.settings(MAIL_RETRY_SECONDS=600))
    register(server)
    wait_until(lambda: last_error(server), "a first try")
    (waiting,) = [json.loads(line) for line in server.command("mail", "queue", "--json").stdout.splitlines()]
    assert (waiting["state"], waiting["attempts"]) == ("queued", 1) and waiting["next_try"] > waiting["created_at"]
    for arguments, why in [
        ((waiting["id"],), "is no dead letter"),
        (("nonsense",), "there is no mail nonsense"),
        (("0198c0de-0000-7000-8000-000000000001",), "there is no mail"),
    ]:
        refused = server.command("mail", "retry", *arguments)
        assert refused.returncode == 1 and why in refused.stderr
    assert server.command("mail", "retry").returncode == 2
    server.execute("UPDATE mails SET state = 'dead', content = NULL")
    refused = server.command("mail", "retry", waiting["id"])
    assert refused.returncode == 1 and "its content was wiped" in refused.stderr
    assert server.command("mail", "retry", "--all").stdout == "queued again: 0\n"


def test_a_mail_is_given_up_when_its_time_is_over(start_server):
    server = start_server(**SmtpServer().settings())
    register(server)
    wait_until(lambda: last_error(server), "a first try")
    server.execute("UPDATE mails SET expires_at = created_at")
    wait_for_state(server, "dead")
    server.wait_for_log(lambda line: line["message"] == "a mail is given up")


def test_retry_all(start_server, smtp):
    server = start_server(**smtp.settings())
    smtp.refuse("RCPT", "550 no", "550 no", "550 no")
    for _ in range(3):
        register(server)
    wait_for_state(server, "dead", "dead", "dead")
    assert json.loads(server.command("mail", "retry", "--all", "--json").stdout) == {"retried": 3}
    smtp.wait_for(3)


# A wrong setting of ours must not kill the mail of its first minute.
@one_database
@pytest.mark.parametrize(
    "command, reply",
    [
        ("MAIL", "550 5.7.1 sender not allowed"),
        ("RCPT", "554 5.7.1 relaying denied"),
        ("RCPT", "530 5.7.0 authentication required"),
    ],
)
def test_a_5xx_about_us_is_tried_again(start_server, smtp, command, reply):
    server = start_server(**smtp.settings())
    smtp.refuse(command, reply)
    register(server)
    smtp.wait_for(1)
    wait_for_state(server, "sent")


# --- servers that misbehave (ASVS 13.1.2, 13.1.3)


@one_database
@pytest.mark.parametrize("way", ["silent", "hang"])
def test_a_hanging_server_holds_up_nobody(start_server, way):
    with RudeServer(way) as rude:
        server = start_server(**rude.settings(SMTP_TIMEOUT_SECONDS=1))
        register(server)
        rude.wait_for_connections(1)
        began = time.monotonic()
        for _ in range(3):
            register(server)
            assert Client(server).get("/health/ready").status == 200
        assert time.monotonic() - began < 5, "the service answers meanwhile"
        rude.wait_for_connections(2)
    assert set(states(server)) == {"queued"}


# ASVS 13.1.3
def test_recipients_whose_servers_are_silent_hold_up_nobody(start_server, smtp):
    smtp.silent_about = "slow.example.test"
    server = start_server(**smtp.settings(SMTP_TIMEOUT_SECONDS=3))
    silent_to(server, 20)
    wait_until(lambda: smtp.unanswered >= 3, "some are tried")
    assert_one_arrives(server, smtp)
    assert not outage_lines(server), "the server answers everybody else"


@pytest.mark.servers
def test_nor_with_two_instances(start_instances, smtp):
    smtp.silent_about = "slow.example.test"
    group = start_instances(2, **smtp.settings(SMTP_TIMEOUT_SECONDS=3))
    silent_to(group[0], 20)
    wait_until(lambda: smtp.unanswered >= 3, "some are tried")
    assert_one_arrives(group[1], smtp)


def silent_to(server, count: int) -> None:
    for number in range(count):
        register(server, f"person{number}@slow.example.test")


def assert_one_arrives(server, smtp: SmtpServer) -> None:
    email = register(server)
    (mail,) = smtp.wait_for(1, timeout=25)  # the silent ones take a minute, two instances half of it
    assert mail.recipients == [email]


def test_a_greeting_does_not_lengthen_what_a_mail_may_take(start_server, smtp):
    """An address beyond ASCII needs EHLO's answer first. Both together are late; a lease must not end meanwhile."""
    smtp.answers_after = 1.4
    server = start_server(**smtp.settings(SMTP_TIMEOUT_SECONDS=2))
    register(server, "ärger@example.test")
    wait_until(lambda: "timed out" in last_error(server).lower(), "a first try")
    assert not smtp.mails and states(server) == ["queued"]
    smtp.answers_after = 0
    smtp.wait_for(1)


def test_a_connection_dropped_in_the_middle_of_data(start_server):
    with RudeServer("drop") as rude:
        server = start_server(**rude.settings())
        email = register(server)
        rude.wait_for_connections(2)
        smtp = SmtpServer()
        smtp.port = rude.port
        (row,) = server.rows("SELECT id FROM mails")
    with smtp:
        (mail,) = smtp.wait_for(1)
        assert mail.recipients == [email]
        assert mail.id == f"<{row['id']}@bank.example>", "every attempt is one mail"


@one_database
def test_a_greeting_that_refuses_is_no_verdict_on_the_mail(start_server):
    with RudeServer("goodbye") as rude:
        server = start_server(**rude.settings())
        register(server)
        rude.wait_for_connections(2)
        assert states(server) == ["queued"] and "554" in last_error(server)


def test_wrong_credentials_are_our_fault(start_server, pair, authorities):
    with SmtpServer(pair, "starttls", login=True) as smtp:
        settings = smtp.settings(SMTP_CA_FILE=authorities[0].certificate)
        server = start_server(**settings | {"SMTP_PASSWORD": "another pass 99"})
        register(server)
        wait_until(lambda: "535" in last_error(server), "refused")
        assert "AUTH" in last_error(server) and states(server) == ["queued"] and not smtp.mails
        server.stop()
        server.settings["SMTP_PASSWORD"] = PASSWORD
        server.start()
        smtp.wait_for(1)
    assert "another pass 99" not in server.log()


# --- settings


@one_database
@pytest.mark.parametrize("content", [None, "no certificate\n"])
def test_a_file_of_authorities_that_cannot_be_used_stops_the_start(start_server, tmp_path, content):
    server = start_server()
    server.stop()
    file = tmp_path / "authorities.pem"
    if content:
        file.write_text(content)
    server.settings.update(SmtpServer().settings(SMTP_TLS="starttls", SMTP_CA_FILE=file))
    result = server.command("serve")
    assert result.returncode == 1
    assert result.stderr.splitlines() == ["secureauth: SMTP_CA_FILE names a file that holds no PEM certificates"]


def test_production_refuses_plaintext_to_another_machine(start_production):  # ASVS 12.3.1; attack 45
    server = start_production()
    for settings, why in [
        ({"SMTP_HOST": "mail.example.test"}, "SMTP_TLS must be starttls or tls"),
        ({"SMTP_HOST": None}, "SMTP_HOST is required in production"),
        ({"SMTP_FROM_EMAIL": None}, "SMTP_FROM_EMAIL is required"),
        ({"SMTP_USERNAME": "mailer"}, "SMTP_PASSWORD is required with SMTP_USERNAME"),
        ({"MAIL_OFF": "password_changed"}, "MAIL_OFF cannot name password_changed"),
        ({"MAIL_OFF": "newsletter"}, "MAIL_OFF names 'newsletter', which is no kind of mail"),
        ({"SMTP_FROM_EMAIL": "a@b.test\nBcc: c@d.test"}, "SMTP_FROM_EMAIL must be an e-mail address"),
        ({"SMTP_FROM_NAME": "a\nBcc: c@d.test"}, "SMTP_FROM_NAME must be one line"),
    ]:
        before = dict(server.settings)
        server.settings.update(settings)
        result = server.command("config", "check")
        assert result.returncode == MISCONFIGURED and why in result.stderr, result.stderr
        server.settings = before
