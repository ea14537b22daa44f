"""Attack 42: /metrics, /health, 404, 500, problem bodies, `config print`, a core file and swap, searched for canary secrets
and addresses -> none; the values of labels are bounded.

The logs of the whole suite are searched in test_zz_whole_suite.py.
"""

import os
import resource
import secrets
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from harness import canaries
from harness.client import Client
from harness.metrics import scrape
from harness.people import People, fresh_email, fresh_password
from harness.process import PRODUCTION_SETTINGS, command
from harness.smtp import PASSWORD as SMTP_PASSWORD

BUILT_WITHOUT = os.environ.get("SECUREAUTH_PRESET") in ("asan", "tsan", "coverage")  # a sandbox, and what goes with it
KEYS = {
    "SECRET_KEY": secrets.token_hex(32),
    "CSRF_SECRET": secrets.token_hex(32),
    "TOTP_ENCRYPTION_KEY": secrets.token_hex(32),
    "TOTP_ENCRYPTION_KEYS_OLD": secrets.token_hex(32),
    "PASSWORD_PEPPER": secrets.token_hex(32),
    "AUDIT_KEY": secrets.token_hex(32),
    "AUDIT_KEYS_OLD": secrets.token_hex(32),
}
for key in KEYS.values():
    canaries.note(key)


def spellings(key: str) -> list[str]:
    """As it is set, as bytes would be shown, and parts of it."""
    return [key, key.upper(), key[:16], key[-16:], bytes.fromhex(key).decode("latin-1")]


def assert_none_in(text: str, *more: str) -> None:
    for secret in [spelling for key in KEYS.values() for spelling in spellings(key)] + list(more):
        assert secret not in text, f"{secret[:6]}... is in it"


# ASVS 13.3.1, 16.2.5, attack 42
@pytest.mark.parametrize(
    "arguments",
    [
        ("config", "print"),
        ("config", "check"),
        ("--json", "config", "print"),
        ("keys", "list"),
        ("--json", "keys", "list"),
        ("config", "print", "--all"),
        ("--help",),
        ("version",),
        ("routes",),
        ("config", "example"),
    ],
    ids=" ".join,
)
def test_no_command_prints_a_secret(start_server, arguments):
    server = start_server(
        **KEYS,
        SMTP_HOST="127.0.0.1",
        SMTP_PORT=1,
        SMTP_TLS="none",
        SMTP_USERNAME="mailer",
        SMTP_PASSWORD=SMTP_PASSWORD,
        SMTP_FROM_EMAIL="noreply@bank.example",
    )
    done = server.command(*arguments)
    urls = [urlsplit(server.settings.get(name, "")).password for name in ("DATABASE_URL", "REDIS_URL")]
    assert_none_in(done.stdout + done.stderr, SMTP_PASSWORD, *filter(None, urls))


# ASVS 13.3.1, 16.2.5, attack 42: a wrong one is named by its setting and not by its value
@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize(
    "damage",
    [lambda key: key[:20], lambda key: key + "!", lambda key: "changeme" + key[:24], lambda key: key[0] * 64],
    ids=["short", "odd", "example", "repeated"],
)
def test_a_refused_key_is_not_shown(start_server, name, damage):
    server = start_server(**KEYS)
    server.settings[name] = damage(KEYS[name])
    for arguments in (("config", "check"), ("config", "print")):
        done = server.command(*arguments)
        assert damage(KEYS[name])[:18] not in done.stdout + done.stderr or len(set(damage(KEYS[name]))) == 1


# ASVS 16.5.1, 4.1.1, attack 42: an answer never tells back what may be a secret
def test_no_refusal_tells_back_what_was_sent(people):
    account = people.verified()
    canary, session = f"canary-{secrets.token_hex(12)}", people.sign_in(account)
    bodies = [
        {"email": canary, "password": canary},
        {"email": fresh_email(), "password": canary[:9]},
        {"token": canary},
        {"token": canary, "new_password": canary},
        {canary: canary},
        {"password": [canary]},
        {"code": canary},
        {"code": canary, "challenge_id": canary},
        {"new_email": canary},
        {"current_password": canary, "new_password": "x"},
    ]
    paths = [
        "/auth/login",
        "/auth/register",
        "/auth/verify-email",
        "/auth/password/reset/confirm",
        "/auth/password/change",
        "/auth/step-up/password",
        "/auth/mfa/totp/verify",
        "/auth/mfa/recovery/verify",
        "/auth/email/change",
        "/nowhere",
    ]
    for path in paths:
        for body in bodies:
            for client in (session, people.browser()):
                reply = client.post(path, body, csrf=True)
                assert reply.status >= 400 and canary.encode() not in reply.body, (path, body)
                assert not any(canary in value for _, value in reply.headers)
    named = f"canary-{secrets.token_hex(12)}"  # another: the log has paths as they were sent
    for path in (f"/{named}", f"/auth/me?{named}={named}", f"/auth/sessions?cursor={named}", f"/auth/sessions/{named}"):
        for method in ("GET", "DELETE"):
            reply = session.request(method, path, headers={"X-Canary": named, "Cookie": session.cookies.header()}, csrf=True)
            assert named.encode() not in reply.body, path
    for raw in (b"not json " + canary.encode(), b'{"a":"' + canary.encode(), b'{"' + canary.encode() + b'":1}{}'):
        reply = session.post("/auth/login", body=raw, headers={"Content-Type": "application/json"})
        assert reply.refusal == (400, "invalid_json") and canary.encode() not in reply.body


# ASVS 16.5.1, 16.5.4, attack 42: nor does a fault: the statement, the table, the address and the file stay inside
def test_a_fault_tells_nothing_but_its_request(start_server):
    server = start_server(**KEYS)
    people = People(server)
    client, account = people.signed_in()
    server.execute("ALTER TABLE registrations RENAME TO registrations_gone")
    server.execute("ALTER TABLE one_time_tokens RENAME TO tokens_gone")
    password = fresh_password()
    canaries.note(password)
    replies = [
        client.post("/auth/register", {"email": fresh_email(), "password": password}),
        client.post("/auth/password/reset/request", {"email": account.email}),
        client.post("/auth/verify-email", {"token": "A" * 43}),
    ]
    assert {reply.status for reply in replies} & {500, 503}, "there was a fault to tell of"
    for reply in replies:
        if reply.status >= 500:
            assert set(reply.json) == {"type", "title", "status", "code", "request_id"}
            text = reply.body.decode().lower()
            for word in (
                "registrations",
                "select",
                "insert",
                "no such table",
                "relation",
                "sqlite",
                "postgres",
                "psycopg",
                ".cpp",
                "0x",
                account.email,
                password,
                "exception",
                str(server.folder),
            ):
                assert word.lower() not in text, word
            server.wait_for_log(lambda line, reply=reply: line.get("request_id") == reply.json["request_id"])
    assert_none_in(server.log() + server.stdout(), password, account.email, account.password)


# ASVS 16.2.5, attack 42
def test_what_anybody_may_ask_says_nothing(start_server):
    server = start_server(**KEYS)
    people = People(server)
    client, account = people.signed_in()
    for path in (
        "/health",
        "/health/ready",
        "/metrics",
        "/nowhere",
        "/admin/status",
        "/auth/me",
        "/auth/csrf",
        "/verify-email",
        "/.well-known/webauthn",
        "/openapi.json",
        "/docs",
    ):
        reply = people.browser().get(path)
        assert_none_in(
            reply.body.decode("utf-8", "replace") + str(reply.headers),
            account.email,
            account.id,
            account.password,
            client.cookies["__Host-sid"],
            str(server.folder),
            "sqlite:",
            "postgresql:",
        )


def strangers(server, account) -> None:
    """Asks for what nobody has, as nobody there is, in words that would be labels if they could."""
    for _ in range(40):
        word, secret = (f"canary-{secrets.token_hex(8)}" for _ in range(2))  # the log has paths as they were sent
        client = Client(server, user_agent=word, checked=False)
        for path in (
            f"/{word}",
            f"/auth/{word}",
            f"/auth/sessions/{word}",
            f"/admin/users/{word}",
            f"/auth/me?{word}",
            f"/auth/verify/{word}/{word}",
        ):
            client.get(path)
        client.request(word.replace("-", "").upper(), "/auth/me")
        client.get("/auth/me", headers={"Host": f"{word}.example"})
        client.get(
            "/auth/me",
            headers={
                "X-Forwarded-For": f"2001:db8::{secrets.token_hex(2)}",
                "Origin": f"https://{word}.example",
                "traceparent": f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01",
                "tracestate": word,
            },
        )
        client.post("/auth/login", {"email": f"{word}@example.org", "password": secret})
        client.post("/auth/login", {"email": account.email, "password": secret})
        client.post("/auth/mfa/totp/verify", {"code": "123456", "challenge_id": secret})
        client.close()


# ASVS 13.4.5, 16.2.5, attack 42: strangers make no series, and nobody is named
def test_metrics_name_nobody_and_are_bounded(start_server):
    server = start_server(**KEYS, TRUSTED_PROXIES="127.0.0.1")
    people = People(server)
    client, account = people.signed_in()
    scrape(server)  # a request as well
    strangers(server, account)
    first = scrape(server)
    strangers(server, account)
    second = scrape(server)
    assert {name for name, _ in second.series() - first.series()} == set(), "who asks for other things makes no other series"
    routes = {line.split()[1] for line in server.command("routes").stdout.splitlines() if line.strip()}
    told = {value for have in second.samples["secureauth_http_requests_total"] for name, value in have if name == "route"}
    assert told <= routes | {"(none)"}, told - routes
    methods = {value for have in second.samples["secureauth_http_requests_total"] for name, value in have if name == "method"}
    assert methods <= {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"}
    assert second.value("secureauth_http_requests_total", method="other", route="(none)") >= 80
    assert_none_in(
        second.text,
        account.email,
        account.id,
        account.password,
        client.cookies["__Host-sid"],
        str(server.folder),
        "canary",
        "2001:db8",
        "127.0.0.1",
        "example.org",
        "@",
    )
    assert canaries.found_in(second.text) == []
    assert len(second.text) < 512 * 1024


def allow_cores() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def core_of(server) -> bytes | None:
    """What the kernel writes into the folder of a process that aborts, where nothing keeps it from doing so."""
    before = set(server.folder.iterdir())
    server.abort()
    cores = [path for path in set(server.folder.iterdir()) - before if path.name.startswith("core")]
    return cores[0].read_bytes() if cores else None


where_cores_go_beside = pytest.mark.skipif(
    Path("/proc/sys/kernel/core_pattern").read_text()[:1] in ("|", "/"), reason="core files go elsewhere here"
)


# The next would prove nothing where none is written; nor would either where the sandbox keeps the folder from it
@where_cores_go_beside
def test_in_development_there_is_a_core_file(start_server):
    assert core_of(start_server(preexec_fn=allow_cores, SANDBOX="off")) is not None


# ASVS 11.7.1, DESIGN §6.11, attack 42
@where_cores_go_beside
def test_in_production_there_is_none(start_server):
    assert (
        core_of(
            start_server(
                preexec_fn=allow_cores, before=("migrate", "upgrade"), **PRODUCTION_SETTINGS | KEYS | {"SANDBOX": "off"}
            )
        )
        is None
    )


# ASVS 11.7.1, attack 42: nor may a command be dumped, from before the first key is read
@pytest.mark.skipif(BUILT_WITHOUT, reason="a build for sanitizers, which trace their own process")
@pytest.mark.parametrize("environment", ["development", "production"])
def test_no_command_may_leave_a_core_file(tmp_path, environment):
    program, seen = tmp_path / "unwrap", tmp_path / "seen"
    program.write_text(f"#!/bin/sh\ncat /proc/$PPID/limits > {seen}\nexec cat\n")
    program.chmod(0o700)
    settings = PRODUCTION_SETTINGS | {
        "ENVIRONMENT": environment,
        "KEY_UNWRAP_COMMAND": program,
        "SECRET_KEY": "wrapped:" + KEYS["SECRET_KEY"],
    }
    command("config", "check", settings=settings, folder=tmp_path, preexec_fn=allow_cores)
    (limit,) = [line.split()[4] for line in seen.read_text().splitlines() if line.startswith("Max core file size")]
    assert limit == "0"


def allow_locking() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (most, most))


def may_lock() -> bool:
    """Without a limit, or beyond any (CAP_IPC_LOCK)."""
    capabilities = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("CapEff"))
    return resource.getrlimit(resource.RLIMIT_MEMLOCK)[1] == resource.RLIM_INFINITY or bool(
        int(capabilities.split()[1], 16) >> 14 & 1
    )


# ASVS 11.7.1, DESIGN §6.11, attack 42: what must not reach the swap is locked
@pytest.mark.skipif(not may_lock(), reason="this process may not lock memory, so its children may not")
def test_production_locks_its_memory_where_it_may(start_server):
    server = start_server(preexec_fn=allow_locking, before=("migrate", "upgrade"), **PRODUCTION_SETTINGS | KEYS)
    status = Path(f"/proc/{server.pid}/status").read_text()
    (locked,) = [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmLck:")]
    assert locked > 0, "neither the process nor one of its secrets is"
