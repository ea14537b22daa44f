"""Settings: every mistake told at once, at the start, by name (DESIGN §5; ASVS 13.3.1, 13.4.2)."""

import re
import secrets
import stat

import pytest

from harness import canaries, process
from harness.people import People
from harness.ports import free_port
from harness.process import MISCONFIGURED, PRODUCTION_SETTINGS, TEST_SETTINGS


@pytest.fixture
def run(backend, tmp_path):
    """Runs a command with settings, in a folder of the test's own."""

    def command(*arguments, **settings):
        own = {"PORT": free_port()}
        everything = TEST_SETTINGS | backend.settings(tmp_path) | own | settings
        return process.command(*arguments, settings=everything, folder=tmp_path)

    return command


def lines_about(result, name):
    lines = (result.stdout + result.stderr).splitlines()
    return [line for line in lines if re.search(rf"(^|[^A-Z_]){name}($|[^A-Z_])", line)]


MISTAKES = [
    ("ENVIRONMENT", "prod"),
    ("PORT", "http"),
    ("PORT", "-1"),
    ("PORT", "65536"),
    ("PORT", "80 80"),
    ("PORT", "0x50"),
    ("LISTEN_ADDRESS", "not an address"),
    ("PUBLIC_URL", "localhost"),
    ("PUBLIC_URL", "ftp://localhost"),
    ("PUBLIC_URL", "http://localhost/path"),
    ("PUBLIC_URL", "http://user@localhost"),
    ("PUBLIC_URL", "http://"),
    ("DATABASE_URL", "mysql://localhost/x"),
    ("DATABASE_URL", "nothing"),
    ("FRONTEND_ORIGIN", "*"),
    ("FRONTEND_ORIGIN", "https://a.example.test/path"),
    ("FRONTEND_ORIGIN", "front"),
    ("COOKIE_SECURE", "maybe"),
    ("SESSION_COOKIE_NAME", "a b"),
    ("SESSION_COOKIE_NAME", "a=b"),
    ("CSRF_COOKIE_NAME", "a;b"),
    ("SESSION_IDLE_TIMEOUT_SECONDS", "ten"),
    ("SESSION_IDLE_TIMEOUT_SECONDS", "0"),
    ("SESSION_IDLE_TIMEOUT_SECONDS", "-5"),
    ("SESSION_IDLE_TIMEOUT_SECONDS", "1.5"),
    ("SESSION_ABSOLUTE_TIMEOUT_SECONDS", "99999999999999999999"),
    ("MAX_SESSIONS_PER_USER", "0"),
    ("STEP_UP_MAX_AGE_SECONDS", "soon"),
    ("EMAIL_VERIFICATION_TTL_SECONDS", "0"),
    ("EMAIL_VERIFICATION_TTL_SECONDS", "86401"),
    ("PASSWORD_RESET_TTL_SECONDS", "86401"),
    ("PASSWORD_MIN_LENGTH", "7"),
    ("PASSWORD_MIN_LENGTH", "2000"),
    ("ARGON2_TIME_COST", "0"),
    ("ARGON2_MEMORY_COST", "1"),
    ("ARGON2_PARALLELISM", "0"),
    ("HASH_QUEUE_MAX_WAIT_MS", "-1"),
    ("TRUSTED_PROXIES", "10.0.0.0/33"),
    ("TRUSTED_PROXIES", "proxy"),
    ("FORWARDED_HEADER", "x-real-ip"),
    ("PROXY_PROTOCOL", "on"),
    ("PROXY_PROTOCOL", "required"),
    ("LOG_LEVEL", "loud"),
    ("LOG_FORMAT", "xml"),
    ("SECRET_KEY", "short"),
    ("CSRF_SECRET", "x" * 31),
    ("TOTP_ENCRYPTION_KEY", "y" * 33),
    ("AUDIT_KEY", "z" * 31),
    ("SHUTDOWN_GRACE_SECONDS", "never"),
    ("WEBAUTHN_RP_ID", "other.test"),
    ("WEBAUTHN_RP_ID", "https://localhost"),
    ("WEBAUTHN_RP_ID", "ocalhost"),
    ("WEBAUTHN_RP_NAME", "x" * 65),
    ("WEBAUTHN_ORIGINS", "localhost"),
    ("WEBAUTHN_ORIGINS", "https://*.example.test"),
    ("WEBAUTHN_ORIGINS", "https://localhost/path"),
    ("WEBAUTHN_TOP_ORIGINS", "https://front.example.test"),
    ("WEBAUTHN_USER_VERIFICATION", "always"),
    ("WEBAUTHN_ATTESTATION", "some"),
    ("WEBAUTHN_AAGUID_ALLOW", "a-key"),
    ("WEBAUTHN_AAGUID_DENY", "00000000-0000"),
    ("WEBAUTHN_SIGN_COUNT", "ignore"),
    ("WEBAUTHN_MAX_CREDENTIALS", "0"),
    ("WEBAUTHN_CROSS_ORIGIN", "perhaps"),
    ("WEBAUTHN_DEVICE_BOUND_ONLY", "2"),
    ("PASSWORDLESS_SIGNUP", "later"),
]


@pytest.mark.parametrize("name, value", MISTAKES, ids=lambda part: str(part)[:24])
def test_a_mistake_stops_the_start_with_its_line(run, name, value):
    result = run("serve", **{name: value})
    assert result.returncode == MISCONFIGURED
    assert len(lines_about(result, name)) == 1
    if name in ("SECRET_KEY", "CSRF_SECRET", "TOTP_ENCRYPTION_KEY", "AUDIT_KEY"):
        assert value not in result.stdout + result.stderr


def test_all_mistakes_are_told_at_once(run):
    wrong = dict.fromkeys(("PORT", "PUBLIC_URL", "SESSION_IDLE_TIMEOUT_SECONDS", "LOG_LEVEL", "COOKIE_SECURE"), "x")
    for command in (("serve",), ("config", "check"), ("config", "print")):
        result = run(*command, **wrong)
        assert result.returncode == MISCONFIGURED
        assert {name for name in wrong if lines_about(result, name)} == set(wrong)


def test_an_unknown_name_in_dotenv_is_a_mistake(run, tmp_path):
    (tmp_path / ".env").write_text("PROT=8000\n")
    result = run("config", "check")
    assert result.returncode == MISCONFIGURED and lines_about(result, "PROT")


@pytest.mark.parametrize("line", ["no equals sign", "=value", "PORT 8000"])
def test_a_malformed_line_of_dotenv_is_a_mistake(run, tmp_path, line):
    (tmp_path / ".env").write_text(f"# a comment\n\n{line}\n")
    result = run("config", "check")
    assert result.returncode == MISCONFIGURED and ".env" in result.stdout + result.stderr


def test_good_settings_pass_the_check(run):
    assert run("config", "check").returncode == 0


# ASVS 13.3.1: environment, then NAME_FILE, then .env
@pytest.mark.parametrize("name", ["PASSWORD_BLACKLIST_FILE", "PASSWORD_BREACH_FILE", "MAIL_TEMPLATES_DIR", "SMTP_CA_FILE"])
def test_what_a_setting_names_must_be_there(run, tmp_path, name):
    """`config check` refuses what a start would refuse."""
    for command in ("config", "check"), ("serve",):
        result = run(*command, SMTP_HOST="localhost", SMTP_FROM_EMAIL="a@example.test", **{name: tmp_path / "nowhere"})
        assert result.returncode == 1 and lines_about(result, name), command


def test_a_template_that_names_an_unknown_value_is_no_setting(run, tmp_path):
    (tmp_path / "en").mkdir()
    (tmp_path / "en/reset_password.txt").write_text("Subject\n\n{{nothing}}\n")
    result = run("config", "check", MAIL_TEMPLATES_DIR=tmp_path)
    assert result.returncode == 1 and "{{nothing}}" in result.stderr


def test_precedence(run, tmp_path):
    def minimum(**settings):
        printed = run("config", "print", **settings)
        assert printed.returncode == 0, printed.stderr
        (line,) = lines_about(printed, "PASSWORD_MIN_LENGTH")
        return int(re.search(r"\b(\d+)\b", line.split("PASSWORD_MIN_LENGTH")[1]).group(1))

    assert minimum() == 10
    (tmp_path / ".env").write_text("PASSWORD_MIN_LENGTH=11\n")
    assert minimum() == 11
    (tmp_path / "minimum").write_text("12\n")
    assert minimum(PASSWORD_MIN_LENGTH_FILE=tmp_path / "minimum") == 12
    assert minimum(PASSWORD_MIN_LENGTH=13) == 13
    both = run("config", "check", PASSWORD_MIN_LENGTH_FILE=tmp_path / "minimum", PASSWORD_MIN_LENGTH=13)
    assert both.returncode == MISCONFIGURED
    assert "PASSWORD_MIN_LENGTH is set twice in the environment, by PASSWORD_MIN_LENGTH_FILE too" in both.stderr


# systemd tries no more after 78: a file that comes later, as from an agent, must not end the service for good
def test_a_missing_secret_file_is_a_mistake_that_may_pass(run, tmp_path):
    for command in (("config", "check"), ("serve",), ("user", "list")):
        result = run(*command, SECRET_KEY_FILE=tmp_path / "nowhere")
        assert result.returncode == 1 and "SECRET_KEY" in result.stdout + result.stderr, command
        both = run(*command, SECRET_KEY_FILE=tmp_path / "nowhere", PORT="x")
        assert both.returncode == MISCONFIGURED, "the other will not pass"


# Of every command that reads them; a probe knows 0 and 1 alone
@pytest.mark.parametrize(
    "command",
    [
        "serve",
        "",
        "config check",
        "config print",
        "migrate upgrade",
        "migrate grants service",
        "user list",
        "sessions list a@example.test",
        "after-restore",
        "audit verify",
        "passwords check",
        "keys list",
        "keys generate csrf --files",
        "keys rotate names",
        "webauthn metadata show",
        "mail queue",
        "routes",
        "healthcheck",
    ],
)
def test_settings_that_cannot_be_have_an_exit_status_of_their_own(run, command):
    result = run(*command.split(), PORT="x")
    assert result.returncode == (1 if command == "healthcheck" else MISCONFIGURED)
    assert result.stdout == "" or command == "config print"
    assert len(lines_about(result, "PORT")) == 1


# ASVS 13.3.2
def test_print_masks_secrets(run):
    secret = secrets.token_hex(32)
    canaries.note(secret)
    result = run("config", "print", SECRET_KEY=secret)
    assert result.returncode == 0
    assert secret not in result.stdout + result.stderr
    assert lines_about(result, "SECRET_KEY")


# ASVS 13.3.2: made once, kept, 0600
def test_development_makes_its_secrets_once_and_keeps_them_private(start_server):
    server = start_server()
    client, _ = People(server).signed_in()
    data = server.folder / "data"
    files = {path: path.read_bytes() for path in data.iterdir() if "secureauth.db" not in path.name}
    assert files, "secrets are kept beside the data"
    for path in data.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, f"{path.name} can be read by others"
    server.restart()
    assert {path: path.read_bytes() for path in files} == files
    assert client.post("/auth/logout", csrf=True).status == 200, "a token from before the restart is still good"


def test_secrets_by_file_are_used(start_server, tmp_path):
    for name in ("SECRET_KEY", "CSRF_SECRET"):
        (tmp_path / name).write_text(secrets.token_hex(32) + "\n")
        (tmp_path / name).chmod(0o600)
    server = start_server(SECRET_KEY_FILE=tmp_path / "SECRET_KEY", CSRF_SECRET_FILE=tmp_path / "CSRF_SECRET")
    client, _ = People(server).signed_in()
    (tmp_path / "CSRF_SECRET").write_text(secrets.token_hex(32) + "\n")
    server.restart()
    assert client.post("/auth/logout", csrf=True).refusal == (403, "csrf_failed"), "another key, another token"


# ASVS 12.2.1, 13.2.3, 13.4.2; ASVS 11.4.2: one start a fault
@pytest.mark.parametrize(
    "name, value",
    [
        ("PUBLIC_URL", "http://auth.example.test"),
        ("SECRET_KEY", None),
        ("CSRF_SECRET", None),
        ("TOTP_ENCRYPTION_KEY", None),
        ("AUDIT_KEY", None),
        ("SECRET_KEY", "change-me"),
        ("SECRET_KEY", "0" * 64),
        ("COOKIE_SECURE", "false"),
        ("LISTEN_ADDRESS", "0.0.0.0"),
        ("ARGON2_MEMORY_COST", "8192"),
        ("SESSION_IDLE_TIMEOUT_SECONDS", "3601"),
        ("SESSION_ABSOLUTE_TIMEOUT_SECONDS", "86401"),
    ],
    ids=str,
)
def test_production_refuses_what_is_not_safe(run, name, value):
    settings = PRODUCTION_SETTINGS | {name: value}
    result = run("serve", **settings)
    assert result.returncode == MISCONFIGURED
    assert lines_about(result, name)


def test_production_starts_with_good_settings(start_production):
    client = People(start_production()).browser()
    assert client.get("/health/ready").status == 200
    assert client.get("/auth/me").status == 401


def test_production_does_not_migrate_by_itself(run):
    result = run("serve", **PRODUCTION_SETTINGS)
    assert result.returncode == 1 and "migrate" in result.stdout + result.stderr
