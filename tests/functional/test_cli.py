"""The command line, as a Unix user expects it."""

import json
import re

import pytest

from harness import process
from harness.people import People, fresh_email, fresh_password
from harness.process import TEST_SETTINGS


@pytest.fixture
def run(backend, tmp_path):
    """Runs a command in a folder of the test's own."""

    def command(*arguments, stdin="", **settings):
        return process.command(
            *arguments, settings=TEST_SETTINGS | backend.settings(tmp_path) | settings, folder=tmp_path, stdin=stdin
        )

    return command


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["serve", "--help"],
        ["migrate", "--help"],
        ["config", "--help"],
        ["user", "--help"],
        ["user", "create", "--help"],
        ["routes", "--help"],
        ["healthcheck", "--help"],
    ],
    ids=" ".join,
)
def test_help_teaches_and_succeeds(run, arguments):
    result = run(*arguments)
    assert result.returncode == 0
    assert len(result.stdout.splitlines()) >= 3 and result.stderr == ""


def test_help_names_every_command(run):
    text = run("--help").stdout
    assert [
        word for word in ("serve", "migrate", "config", "user", "routes", "healthcheck", "version") if word not in text
    ] == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["--nonsense"],
        ["user"],
        ["user", "create"],
        ["serve", "extra"],
        ["user", "set-role"],
        ["migrate", "sideways"],
        ["config"],
        ["user", "create", "a@example.test", "--role"],
        ["user", "create", "a@example.test"],  # without --verified
        ["sessions", "revoke"],
        ["sessions", "revoke", "a@example.test", "--all"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_2_and_says_so_on_stderr(run, arguments):
    result = run(*arguments)
    assert result.returncode == 2
    assert result.stdout == "" and result.stderr.strip()


def helps(run, *words) -> dict[str, str]:
    """What `--help` says of a command and of all below it."""
    text = run(*words, "--help").stdout
    below = re.findall(r"^  ([a-z][a-z-]*) ", text.partition("Subcommands:")[2], re.MULTILINE)
    return {" ".join(words): text} | {name: said for one in below for name, said in helps(run, *words, one).items()}


def test_a_commands_help_is_about_itself(run):
    said = helps(run)
    assert len(said) > 45
    assert [name for name, text in said.items() if "Without a command" in text] == [""]
    assert "--verified REQUIRED" in said["user create"]
    assert "no other setting" in said["healthcheck"] and "2 the recording cannot be judged" in said["webauthn verify"]


def test_version(run):
    result = run("version")
    assert result.returncode == 0 and "0.1" in result.stdout
    assert len(result.stdout.splitlines()) == 1


# ASVS 13.3.2: ps shows arguments
def test_a_password_is_no_argument(run):
    for option in ("--password", "-p"):
        result = run("user", "create", fresh_email(), option, "secret in ps output")
        assert result.returncode == 2


def test_an_administrator_is_created_and_signs_in(start_server):
    server = start_server()
    email, password = fresh_email("admin"), fresh_password()
    created = server.command(
        "user",
        "create",
        email,
        "--name",
        "Root",
        "--role",
        "admin",
        "--verified",
        "--keep-password",
        "--password-stdin",
        stdin=password + "\n",
    )
    assert created.returncode == 0, created.stderr
    assert len(created.stdout.splitlines()) == 1 and password not in created.stdout + created.stderr
    client = People(server).browser()
    assert client.post("/auth/login", {"email": email, "password": password}).status == 200
    me = client.get("/auth/me").json
    assert (me["role"], me["name"], me["email"], me["email_verified"]) == ("admin", "Root", email, True)


@pytest.mark.parametrize(
    "stdin, password",
    [
        ("ends without newline", "ends without newline"),
        ("  spaces stay  \n", "  spaces stay  "),
        ("carriage return too\r\n", "carriage return too"),
    ],
    ids=["no newline", "spaces", "CRLF"],
)
def test_the_password_is_one_line_of_stdin(server, people, stdin, password):
    email = fresh_email()
    assert (
        server.command("user", "create", email, "--verified", "--keep-password", "--password-stdin", stdin=stdin).returncode
        == 0
    )
    assert people.login(email, password).status == 200


@pytest.mark.parametrize(
    "email, options, stdin",
    [
        ("not an address", ["--verified"], "long enough here\n"),
        ("new@example.test", ["--verified"], "short\n"),
        ("new@example.test", ["--verified"], ""),
        ("new@example.test", ["--verified", "--role", "king"], "long enough\n"),
        ("new@example.test", ["--verified"], "x" * 1025 + "\n"),
        ("new@example.test", ["--verified", "--name", "esc\x1b[2J"], "long enough\n"),
    ],
    ids=["address", "short password", "no password", "role", "long password", "name"],
)
def test_what_the_service_refuses_the_command_refuses(run, email, options, stdin):
    run("migrate", "upgrade")
    result = run("user", "create", email, *options, "--password-stdin", stdin=stdin)
    assert result.returncode in (1, 2) and result.stderr.strip()
    assert "@" not in run("user", "list").stdout


# ASVS 6.4.6: nor does that set the password of an account that exists
def test_a_taken_address_is_refused(server, people):
    account = people.verified()
    result = server.command(
        "user", "create", account.email.upper(), "--verified", "--password-stdin", stdin="long enough here\n"
    )
    assert result.returncode == 1 and result.stderr.strip()
    assert people.login(account.email, account.password).status == 200


# ASVS 8.3.2
def test_a_role_is_set_and_acts_on_the_next_request(server, people):
    client, account = people.signed_in()
    assert server.command("user", "set-role", account.email, "staff").returncode == 0
    after = client.get("/auth/me")
    assert after.status == 401 or after.json["role"] == "staff"
    assert people.sign_in(account).get("/auth/me").json["role"] == "staff"


def test_show_and_list_in_words_and_json(server, people):
    account = people.verified(name="Shown Person")
    for arguments in (("user", "show", account.email), ("user", "list")):
        assert account.email in server.command(*arguments).stdout
        machine = server.command(*arguments, "--json")
        assert account.email in json.dumps([json.loads(part) for part in json_values(machine.stdout)])
        assert "argon2" not in machine.stdout


def json_values(text):
    """One value a line, or one value over all lines."""
    try:
        json.loads(text)
        return [text]
    except ValueError:
        return text.splitlines()


@pytest.mark.parametrize("arguments", [["show"], ["disable"], ["enable"], ["set-role"]], ids=" ".join)
def test_an_unknown_user_is_refused(server, arguments):
    extra = ["staff"] if arguments == ["set-role"] else []
    result = server.command("user", *arguments, fresh_email(), *extra)
    assert result.returncode == 1 and result.stderr.strip()


def test_migrations_up_down_and_where_we_are(run):
    assert run("migrate", "upgrade").returncode == 0
    assert "no migration" not in run("migrate", "current").stdout
    assert "0001" in run("migrate", "history").stdout
    assert run("migrate", "check").returncode == 0
    assert run("migrate", "upgrade").returncode == 0, "nothing left to do is no failure"
    assert run("migrate", "downgrade", "base").returncode == 0
    assert "0001" not in run("migrate", "current").stdout
    assert run("migrate", "check").returncode == 1
    assert run("migrate", "upgrade").returncode == 0


def test_routes_in_words_and_json(run):
    lines = run("routes").stdout.splitlines()
    assert "POST /auth/login open" in lines and "DELETE /auth/me session stepped_up" in lines
    machine = [json.loads(line) for line in run("routes", "--json").stdout.splitlines()]
    assert [f"{one['method']} {one['path']} {one['access']}" for one in machine] == lines


def test_looking_at_routes_makes_and_asks_nothing(run, tmp_path):
    nowhere = {"REDIS_URL": "redis://127.0.0.1:1/0", "SECRET_KEY": None, "PORT": 1}
    for url in ("sqlite:./data/secureauth.db", "postgresql://nobody@127.0.0.1:1/nothing"):
        result = run("routes", DATABASE_URL=url, **nowhere)
        assert (result.returncode, result.stderr) == (0, "") and result.stdout
    assert list(tmp_path.iterdir()) == []


def test_production_has_no_routes_of_development(run):
    development, production = (run("routes", **settings).stdout for settings in ({}, process.PRODUCTION_SETTINGS))
    assert "/dev/mailbox" in development
    assert "/auth/login" in production and "/dev/" not in production


def test_healthcheck(server, run):
    assert server.command("healthcheck").returncode == 0
    assert run("healthcheck", PORT=1).returncode == 1


def test_serve_ends_its_start_with_the_address(server):
    assert f"http://localhost:{server.port}" in server.stdout().rstrip("\n").splitlines()[-1]


def test_serve_is_the_default_command(run, server):
    """Seen by its refusal of a port that is taken."""
    result = run(PORT=server.port)
    assert result.returncode == 1 and str(server.port) in result.stdout + result.stderr
