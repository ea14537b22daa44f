"""Attack 43: /dev/mailbox in production, through DNS rebinding; /docs/../../etc/passwd, `%2e%2e`, `%00`, `.git/config` ->
404 or 421.

A foreign Host is answered 400 here, as DESIGN "Settled" has it.
"""

from pathlib import Path

import pytest

from harness.people import People, fresh_email
from harness.raw import exchange, request

REFUSED, NOT_FOUND = (400, "invalid_request"), (404, "not_found")


# ASVS 13.4.2, attack 43
def test_production_has_no_mailbox(start_production):
    server = start_production()
    client = People(server).browser()
    assert client.post("/auth/register", {"email": fresh_email(), "password": "long enough here"}).status == 200
    for path in ("/dev/mailbox", "/dev/mailbox.js", "/dev/mailbox/messages", "/dev", "/dev/"):
        assert client.get(path).refusal == (404, "not_found")
        assert client.request("OPTIONS", path).status == 404
        assert client.post(path).status == 404


# ASVS 5.3.2, 14.2.2, attack 43
@pytest.mark.parametrize(
    "path",
    [
        "/auth",
        "/auth/",
        "/auth/me/",
        "/auth//me",
        "//auth/me",
        "/auth/me/x.css",
        "/AUTH/ME",
        "/auth/Me",
        "/auth/me;x",
        "/auth/%6de",
        "/%61uth/me",
        "/auth/me%2f",
        "/auth/me%00",
        "/health/",
        "/auth/sessions/",
        "/auth/sessions/a/b",
        "/../etc/passwd",
        "/auth/../auth/me",
        "/./auth/me",
        "/auth/..%2f..%2fetc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..%5c..%5cetc",
        "/%252e%252e/etc/passwd",
        "/.git/config",
        "/.env",
        "/data/secureauth.db",
        "/dev",
        "/dev/mailbox/",
        "/docs/../../etc/passwd",
        "/metrics/../auth/me",
        "/favicon.ico",
        "/robots.txt",
        "/x" * 500,
        "/\u00fc",
        "/%ff",
        "/%zz",
    ],
    ids=lambda path: ascii(path[:40]),
)
def test_an_unknown_path_is_not_found(server, client, path):
    line = f"GET {path} HTTP/1.1".encode().decode("latin-1")
    data = (line + f"\r\nHost: localhost:{server.port}\r\nConnection: close\r\n\r\n").encode("latin-1")
    reply, _ = exchange(server, data, "GET", "/nowhere")
    assert reply.refusal in {(404, "not_found")} | ({(400, "invalid_request")} if _may_be_malformed(path) else set())
    assert b"passwd" not in reply.body


def _may_be_malformed(path):
    """RFC 3986 does not allow these in a path: either answer is right."""
    return not path.isascii() or "%zz" in path or "%00" in path


# DNS rebinding (ASVS 13.4.5)
@pytest.mark.parametrize(
    "host",
    [
        "evil.test",
        "evil.test:{port}",
        "localhost.evil.test:{port}",
        "",
        "169.254.169.254",
        "localhost:{port}.evil.test",
        "localhost:{port}:{port}",
        "localhost:{port}/x",
        "a@localhost:{port}",
        "localhost:x",
    ],
)
def test_a_foreign_host_is_refused(client, host):
    for path in ("/auth/me", "/dev/mailbox", "/dev/mailbox/messages", "/auth/csrf", "/verify-email"):
        reply = client.get(path, headers={"Host": host.format(port=client.server.port)})
        assert reply.refusal == REFUSED, path


# DNS rebinding, attack 43: a name of the attacker's leads here; with a session's cookies, by every method, and with each header
# that a proxy might have put the right name into
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Forwarded-Host": "{own}"},
        {"Forwarded": "host={own}"},
        {"Origin": "http://{own}"},
        {"X-Host": "{own}"},
        {"X-Original-Host": "{own}"},
        {"Referer": "http://{own}/"},
    ],
    ids=str,
)
def test_a_rebound_name_reads_nothing(people, headers):
    client, account = people.signed_in()
    own = f"localhost:{people.server.port}"
    named = {name: value.replace("{own}", own) for name, value in headers.items()}
    for host in (
        "evil.test",
        f"evil.test:{people.server.port}",
        f"localhost.evil.test:{people.server.port}",
        "0.0.0.0",
        "[::]",
        f"0x7f000001:{people.server.port}",
        f"127.1:{people.server.port}",
        f"localhost.:{people.server.port}",
    ):
        for path in ("/auth/me", "/dev/mailbox/messages", "/auth/csrf", "/auth/me/export", "/verify-email", "/nowhere"):
            reply = client.get(path, headers=named | {"Host": host})
            assert reply.refusal == REFUSED and account.email.encode() not in reply.body, (host, path)
    assert client.get("/auth/me").status == 200


# ASVS 13.4.2, attack 43: nor does anything that an administrator might forget bring it back
@pytest.mark.parametrize("settings", [{"LISTEN_ADDRESS": "127.0.0.1"}, {"HOSTED_PAGES": "false"}], ids=str)
def test_no_setting_of_production_shows_the_mailbox(start_production, settings):
    client = People(start_production(**settings)).browser()
    for path in (
        "/dev/mailbox",
        "/dev/mailbox/messages",
        "/dev/mailbox.js",
        "/DEV/mailbox",
        "/dev//mailbox",
        "/dev/./mailbox",
        "/dev/mailbox/",
        "/%64ev/mailbox",
        "/assets/../dev/mailbox",
        "/dev/mailbox?x",
    ):
        assert client.get(path).refusal == NOT_FOUND, path


# ASVS 5.3.2, attack 43: what lies beside the service is not served, whatever the way is written
def test_no_file_beside_the_service_is_served(server):
    folder = server.folder.resolve()
    (folder / "planted.txt").write_text("planted")
    names = [
        "planted.txt",
        "data/secureauth.db",
        "stderr.log",
        ".env",
        ".git/config",
        str(folder / "planted.txt").lstrip("/"),
        "etc/passwd",
        "proc/self/environ",
        "proc/self/maps",
    ]
    ups = [
        "/",
        "/../",
        "/assets/../../",
        "/docs/../../",
        "/%2e%2e/",
        "/%2e%2e%2f%2e%2e%2f",
        "/..%2f",
        "/..%5c",
        "/....//",
        "/..;/",
        "/assets/..%252f",
        "/%c0%ae%c0%ae/",
        "/%u002e%u002e/",
        "/assets//",
        "//",
        "/file:///",
        "/assets/%00/../",
        "/.%00./",
    ]
    for up in ups:
        for name in names:
            line = f"GET {up}{name} HTTP/1.1"
            reply, _ = exchange(server, request(server, line, "Connection: close"), "GET", "/nowhere")
            assert reply.refusal in (NOT_FOUND, REFUSED), line
            assert b"planted" not in reply.body.replace(b"planted.txt", b"") and b"root:" not in reply.body
    assert Path("/etc/passwd").read_text().startswith("root:"), "there was something to find"
