"""Mail that arrives: handed to a real mail server, whatever befalls the server, the service or the way between."""

import re
import threading
import time
from contextlib import closing

import pytest

from harness.client import Client
from harness.concurrently import at_once
from harness.daemon import wait_until
from harness.outbox import last_error, register, states, wait_for_state
from harness.people import People, fresh_email, fresh_password
from harness.process import PATIENT
from harness.smtp import PASSWORD, SENDER, USERNAME, RudeServer, SmtpServer

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def pair(authorities):
    return authorities[0].sign("localhost")


@pytest.fixture
def trusted(authorities):
    return {"SMTP_CA_FILE": authorities[0].certificate}


@pytest.fixture
def smtp():
    with SmtpServer() as server:
        yield server


# --- what arrives


def test_over_starttls_with_auth_and_the_link_works(start_server, pair, trusted):
    with SmtpServer(pair, "starttls", login=True) as smtp:
        server = start_server(**smtp.settings(), **trusted)
        email = register(server)
        (mail,) = smtp.wait_for(1)
        assert mail.tls and mail.user == USERNAME
        assert (mail.sender, mail.recipients) == (SENDER, [email])
        token = re.search(r"#token=([A-Za-z0-9_-]+)", mail.part("plain")).group(1)
        assert People(server).verify(token).status == 200
        wait_for_state(server, "sent")
        assert PASSWORD not in server.log() and token not in server.log() and email not in server.log()


def test_over_implicit_tls_with_auth(start_server, pair, trusted):
    with SmtpServer(pair, "implicit", login=True) as smtp:
        server = start_server(**smtp.settings(), **trusted)
        email = register(server)
        (mail,) = smtp.wait_for(1)
        assert mail.tls and mail.user == USERNAME and mail.recipients == [email]


@pytest.mark.parametrize(
    "language, subject, word",
    [
        ("en-GB", "Confirm your e-mail address", "within 24 hours"),
        ("de-AT,en;q=0.5", "Bestätigen Sie Ihre E-Mail-Adresse", "innerhalb von 24 Stunden"),
        ("fr", "Confirm your e-mail address", "within 24 hours"),
    ],
)
def test_a_mail_is_well_formed_in_the_language_of_its_reader(start_server, smtp, language, subject, word):
    """Read by Python's email package, which notes every defect (RFC 5322, 2045 to 2047, 3834)."""
    server = start_server(**smtp.settings(SMTP_FROM_NAME="Bänk, the «best»"))
    email = register(server, language=language)
    (mail,) = smtp.wait_for(1)
    message = mail.message
    assert not message.defects and message["Subject"] == subject
    assert message.get_content_type() == "multipart/alternative"
    parts = [(part.get_content_type(), part.get_content_charset()) for part in message.iter_parts()]
    assert parts == [("text/plain", "utf-8"), ("text/html", "utf-8")]
    assert word in mail.part("plain").replace("\n", " ") and word in mail.part("html").replace("\n", " ")
    (sender,) = message["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("Bänk, the «best»", SENDER)
    assert [one.addr_spec for one in message["To"].addresses] == [email]
    (row,) = server.rows("SELECT id FROM mails")
    assert mail.id == f"<{row['id']}@bank.example>"
    assert message["Auto-Submitted"] == "auto-generated" and message["MIME-Version"] == "1.0"
    assert abs(message["Date"].datetime.timestamp() - time.time()) < 60
    assert message["Bcc"] is None and message["Cc"] is None
    assert all(len(line) <= 78 and line.isascii() for line in mail.raw.decode().split("\r\n"))
    assert b"\n" not in mail.raw.replace(b"\r\n", b"")


def test_several_mails_travel_over_one_connection(start_server, smtp):
    server = start_server(**smtp.settings())
    for _ in range(5):
        register(server)
    mails = smtp.wait_for(5)
    assert len({mail.peer for mail in mails}) == 1


@pytest.mark.parametrize(
    "spelling, recipient",
    [
        ("Ann@münchen.example", "Ann@xn--mnchen-3ya.example"),
        ("ann+tag@example.test", "ann+tag@example.test"),
        ("o'hara@example.test", "o'hara@example.test"),
        ("ärger@example.test", "ärger@example.test"),
        ("a|b=c@example.test", "a|b=c@example.test"),
    ],
)
def test_mail_goes_to_the_stored_spelling(start_server, smtp, spelling, recipient):  # ASVS 2.1.1; attack 31
    register(start_server(**smtp.settings()), spelling)
    (mail,) = smtp.wait_for(1)
    assert mail.recipients == [recipient]


def test_an_address_in_utf8_is_dead_where_the_server_takes_none(start_server):  # RFC 6531
    with SmtpServer(utf8=False) as smtp:
        server = start_server(**smtp.settings())
        register(server, "ärger@example.test")
        wait_for_state(server, "dead")
        assert "SMTPUTF8" in last_error(server)
        register(server)
        smtp.wait_for(1)
        assert len(smtp.mails) == 1, "others still arrive"


# ASVS 1.2.1, 1.3.11; attack 31, attack 32
def test_nothing_is_injected_through_name_or_address(start_server, smtp):
    server = start_server(**smtp.settings())
    client = Client(server)
    for address in (
        "a@example.test\r\nBcc: b@example.test",
        "a@example.test>\r\nRCPT TO:<b@example.test",
        "a\nb@example.test",
        "a\0b@example.test",
        "<a@example.test>",
        '"a b"@example.test',
        "a@[127.0.0.1]",
        "a@example.test,b@example.test",
        "a b@example.test",
        "=?utf-8?q?a=0d=0aBcc:b?= @example.test",
    ):
        reply = client.post("/auth/register", {"email": address, "password": fresh_password()})
        assert reply.status == 422, address
    names = ("x<script>alert(1)</script>", "{{7*7}}", "=cmd()", "%n%s", "=?utf-8?q?=0d=0aBcc:_b@example.test?=")
    emails = [register(server, name=name) for name in names]
    register(server, "=?utf-8?q?=0d=0abcc=3a?=@example.test")  # which aiosmtpd would read as a line break
    wait_for_state(server, *["sent"] * len(emails), "dead")
    mails = smtp.wait_for(len(emails))
    assert sorted(mail.recipients[0] for mail in mails) == sorted(emails)
    for mail in mails:
        assert len(mail.recipients) == 1
        assert sorted(mail.message.keys()) == [
            "Auto-Submitted",
            "Content-Type",
            "Date",
            "From",
            "MIME-Version",
            "Message-ID",
            "Subject",
            "To",
        ]
        for part in ("plain", "html"):
            assert not any(name in mail.part(part) for name in names)


# ASVS 14.2.7
def test_the_outbox_tells_no_address_and_no_link_and_is_wiped(start_server):
    with SmtpServer() as smtp:
        server = start_server(**smtp.settings())
        smtp.refuse("RCPT", "451 4.3.0 later")
        email = register(server)
        wait_until(lambda: "451" in last_error(server), "the first try was refused")
        (row,) = server.rows("SELECT * FROM mails")
        (mail,) = smtp.wait_for(1)
        token = re.search(r"#token=([A-Za-z0-9_-]+)", mail.part("plain")).group(1)
        for value in row.values():
            seen = value if isinstance(value, bytes) else str(value).encode()
            for secret in (email, email.split("@")[0], token, "#token", "Confirm"):
                assert secret.encode() not in seen
        wait_for_state(server, "sent")
        (row,) = server.rows("SELECT content, settled_at, last_error FROM mails")
        assert row["content"] is None and row["settled_at"] and row["last_error"] is None


def test_the_mailbox_page_is_gone_where_mail_is_delivered(start_server, smtp):  # attack 43
    client = Client(start_server(**smtp.settings()))
    for path in ("/dev/mailbox", "/dev/mailbox/messages"):
        assert client.get(path).refusal == (404, "not_found")


def test_own_templates_are_used_and_a_wrong_one_stops_the_start(start_server, smtp, tmp_path):
    templates = tmp_path / "templates"
    (templates / "en").mkdir(parents=True)
    (templates / "en" / "verify_email.txt").write_text("Grüezi from {{site}}\nYour code: {{token}}\n{{link}}\n")
    server = start_server(**smtp.settings(MAIL_TEMPLATES_DIR=templates))
    register(server)
    (mail,) = smtp.wait_for(1)
    assert mail.message["Subject"] == "Grüezi from localhost" and "Your code: " in mail.part("plain")
    (templates / "en" / "verify_email.txt").write_text("Hi {{name}}\n{{link}}\n")
    result = server.command("serve")
    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        "secureauth: the mail template en/verify_email.txt has the placeholder {{name}}, but its values are site, link,"
        " token, validity, time"
    ]


# --- several instances, and the end of one


@pytest.mark.servers
def test_two_instances_deliver_each_mail_once(start_instances, smtp):
    smtp.stop()
    # Time for a mail server that stands still: a mail that it took unheard would rightly come again.
    group = start_instances(2, **smtp.settings(SMTP_TIMEOUT_SECONDS=30), **PATIENT)
    at_once([lambda i=i: register(group[i % 2]) for i in range(60)])
    smtp.start()
    smtp.wait_for(60, timeout=60)
    wait_until(lambda: states(group[0]) == ["sent"] * 60, "all are settled")
    assert len(smtp.mails) == 60 and len({mail.id for mail in smtp.mails}) == 60


@pytest.mark.servers
def test_a_server_so_slow_that_a_batch_outlives_its_lease_gets_nothing_twice(start_instances, smtp):
    """Seven mails take the 24 seconds of a lease: what is not begun in time is given back for others."""
    smtp.stop()
    group = start_instances(2, **smtp.settings(SMTP_TIMEOUT_SECONDS=8), **PATIENT)
    at_once([lambda i=i: register(group[i % 2]) for i in range(10)])
    smtp.seconds_a_mail = 3.5
    smtp.start()
    smtp.wait_for(10, timeout=120)
    wait_until(lambda: states(group[0]) == ["sent"] * 10, "all are settled")
    assert len(smtp.mails) == 10 and len({mail.id for mail in smtp.mails}) == 10


@pytest.mark.servers
def test_registrations_at_once_do_not_overrun_the_cap(start_instances):  # attack 3; ASVS 15.4.2
    group = start_instances(2, HASH_THREADS=8, **PATIENT)
    email = fresh_email("flooded")
    member = group[0]
    postgres, database = member.backend.postgres, member.backend.database(member.folder)
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"

    def let_them_go_at_once() -> None:
        with closing(postgres.connect(database)) as connection, connection.transaction():
            connection.execute("LOCK TABLE mails IN SHARE ROW EXCLUSIVE MODE")
            held.set()
            wait_until(lambda: postgres.execute(waiting, database=database)[0][0] >= 6, "registrations wait for the table")

    held = threading.Event()
    holder = threading.Thread(target=let_them_go_at_once)
    holder.start()
    assert held.wait(30)
    at_once([lambda i=i: register(group[i % 2], email) for i in range(24)])
    holder.join()
    kinds = [row["kind"] for row in member.rows("SELECT kind FROM mails")]
    assert sorted(kinds) == ["sign_up_again"] * 3 + ["verify_email"] * 3


def test_mail_sealed_with_another_key_waits_for_who_has_it(start_server, smtp):
    """SECRET_KEY is replaced on one instance while another has not heard of it: that may not kill the mail of the others."""
    former = {"SECRET_KEY": "the old key: 32 characters of it"}
    with_both = {"SECRET_KEY": "the new key: 32 characters of it", "SECRET_KEYS_OLD": former["SECRET_KEY"]}
    smtp.stop()
    server = start_server(**smtp.settings(**former))
    server.stop()
    server.settings |= with_both
    server.start()
    emails = [register(server) for _ in range(2)]
    server.stop()
    server.execute("UPDATE mails SET attempts = 0, due_at = created_at")
    server.settings |= former | {"SECRET_KEYS_OLD": ""}
    smtp.start()
    server.start()
    wait_until(lambda: all(row["attempts"] >= 2 for row in server.rows("SELECT attempts FROM mails")), "tried again")
    assert "SECRET_KEY" in last_error(server)
    assert states(server) == ["queued"] * 2 and not smtp.mails
    told = [line for line in server.log_lines() if "waits for an instance that can" in line["message"]]
    assert len(told) == 1
    server.stop()
    server.settings |= with_both
    server.start()
    mails = smtp.wait_for(2)
    assert sorted(mail.recipients[0] for mail in mails) == sorted(emails)


def test_kill_9_between_transaction_and_delivery_loses_nothing(start_server):
    smtp = SmtpServer()
    server = start_server(**smtp.settings())
    email = register(server)
    server.kill9()
    with smtp:
        server.start()
        (mail,) = smtp.wait_for(1)
        assert mail.recipients == [email]


def test_kill_9_within_a_delivery_is_made_good_when_the_lease_ends(start_server):
    with RudeServer("hang") as rude:
        smtp = SmtpServer()
        smtp.port = rude.port
        server = start_server(**smtp.settings(SMTP_TIMEOUT_SECONDS=1))
        email = register(server)
        wait_until(lambda: "DATA" in rude.lines, "the mail is on its way")
        server.kill9()
    with smtp:
        server.start()
        (mail,) = smtp.wait_for(1)
        assert mail.recipients == [email]


def test_a_stop_gives_back_what_is_on_its_way(start_server):
    with RudeServer("hang") as rude:
        smtp = SmtpServer()
        smtp.port = rude.port
        server = start_server(**smtp.settings(SMTP_TIMEOUT_SECONDS=60))
        register(server)
        wait_until(lambda: "DATA" in rude.lines, "the mail is on its way")
        server.stop()
    (row,) = server.rows("SELECT state, lease, attempts FROM mails")
    assert row == {"state": "queued", "lease": None, "attempts": 0}
    with smtp:
        server.start()
        smtp.wait_for(1, timeout=60)  # not after the lease, which were three minutes
