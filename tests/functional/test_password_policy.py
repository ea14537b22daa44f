"""What a new password must be: no known one, nobody's own data, not quickly guessed (NIST SP 800-63B-4 §3.1.1.2)."""

import hashlib
import json
import subprocess

import pytest

from harness import process
from harness.client import Client
from harness.contract import ROOT
from harness.people import fresh_email
from harness.process import TEST_SETTINGS
from harness.server import Server

LIST = (ROOT / "resources/password_blacklist.txt").read_text("utf-8").splitlines()
LONG = [entry for entry in LIST if len(entry) >= 10]
STEMS = [entry for entry in LIST if len(entry) < 10 and entry.isalpha() and len(entry) >= 7]
BREACHED = ["kettle orbit mossy", "Ziegel Fenster Laub", "\uc5f4\uc1e0 \uc7ac\ub2e4 \uc6b0\uc0b0 \ubc14\ub78c"]


def verdict(reply) -> tuple[str, str]:
    """The one refusal's code and message; ("accepted", "") for none."""
    if reply.status == 200:
        return "accepted", ""
    assert (reply.status, reply.json["code"]) == (422, "validation_failed")
    (error,) = reply.json["errors"]
    assert error["field"] == "password"
    return error["code"], error["message"]


def register(client, password, **members):
    return client.post("/auth/register", {"email": fresh_email(), "password": password} | members)


def code(client, password, **members) -> str:
    return verdict(register(client, password, **members))[0]


def dump(path, passwords, line_end="\r\n"):
    """The public form: SHA-1 in hexadecimal and a count, ordered by hash, among other lines."""
    hashes = {hashlib.sha1(text.encode()).hexdigest().upper() for text in passwords}
    hashes |= {hashlib.sha1(b"other %d" % n).hexdigest().upper() for n in range(2000)}
    path.write_bytes("".join(f"{digest}:{n + 1}{line_end}" for n, digest in enumerate(sorted(hashes))).encode())
    return path


@pytest.fixture
def check(tmp_path):
    """`secureauth passwords check` on one password: (exit code, answer)."""

    def run(password, *options, **settings):
        result = process.command(
            "passwords", "check", "--json", *options, settings=TEST_SETTINGS | settings, folder=tmp_path, stdin=password + "\n"
        )
        return result.returncode, json.loads(result.stdout) if result.stdout else result.stderr

    return run


# ASVS 6.2.4
def test_the_list_has_thousands_of_entries_that_the_length_alone_would_let_through():
    assert len(LONG) >= 12_000 and len(LIST) >= 25_000
    assert len(set(LIST)) == len(LIST)
    assert [entry for entry in LIST if "@" in entry or entry != entry.casefold()] == []


# ASVS 6.2.4: a sample of the list, upper-cased
@pytest.mark.parametrize("entry", LONG[::2500])
def test_a_listed_password_is_refused_in_any_case(client, entry):
    assert code(client, entry.upper()) in {"too_common", "too_short"}  # an accent may fold into fewer characters
    assert code(client, entry.title() + "!") == "too_common"


# ASVS 6.2.4
@pytest.mark.parametrize("stem", STEMS[::600])
def test_a_listed_word_is_refused_with_digits_and_signs_around_it(client, stem):
    for password in (f"{stem}2024!"[: 2 * len(stem) - 1].ljust(10, "!"), f"!!!{stem}", f"{stem.upper()}1!!"):
        if len(password) >= 10:
            assert code(client, password) == "too_common", password


@pytest.mark.parametrize(
    "password",
    ["P@ssw0rd2024!", "pa55w0rd!!!!", "we1come12345", "Pr1nc3ss!!!", "B4$k3tb4ll99", "1qaz2wsx3edc!", "!qwertyuiop!"],
)
def test_substituted_letters_hide_nothing(client, password):
    assert code(client, password) == "too_common"


# ASVS 6.2.4, 6.2.5: containing a listed word is no reason
@pytest.mark.parametrize(
    "password",
    [
        "my password is long and odd",
        "12345678901234 zebra kiln",
        "love8201947365",
        "qwertyuiop kettle orbit",
        "monkey riding over a bridge",
        "4039582716",
    ],
)
def test_a_passphrase_may_contain_a_listed_word(client, password):
    assert code(client, password) == "accepted"


@pytest.fixture(scope="module")
def own_words_server(backend, tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("own"), backend, {"PASSWORD_CONTEXT_WORDS": "Acmebank, acme-bank"}).start()
    yield running
    running.stop()


OWN = {"email": "alice.kowalski@mail.brightwater.test", "name": "Alice Kowalski"}


# ASVS 6.1.2, 6.2.11
@pytest.mark.parametrize(
    "password",
    [
        "alice.kowalski@mail.brightwater.test",
        "alice.kowalski",
        "AliceKowalski",
        "Alice Kowalski",
        "alice.kowalski99",
        "al1c3k0w4l$ki",
        "!!Brightwater!!",
        "brightw4ter24",
        "mail.brightwater.test",
        "kowalskialice",
        "SecureAuth1!",
        "$ecure4uth2024",
        "acmebank2024",
        "ACM3-B4NK!!",
        "2023kowalski23",
    ],
)
def test_own_data_and_the_sites_are_refused(own_words_server, password):
    assert verdict(register(Client(own_words_server), password, **OWN))[0] in {"own_data", "too_weak"}


# ASVS 6.2.11: containing them is no reason
@pytest.mark.parametrize(
    "password",
    ["alice counts seven herons", "kowalski orbit mossy kiln", "the acmebank is on a hill", "secureauth or what it is called"],
)
def test_a_long_password_may_contain_own_data(own_words_server, password):
    assert verdict(register(Client(own_words_server), password, **OWN))[0] == "accepted"


@pytest.mark.parametrize(
    "password, hint",
    [
        ("aaaaaaaaaab", "repeats"),
        ("xyxyxyxyxyxy", "repeats"),
        ("3456789012", "sequence"),
        ("sdfghjkl;'", "keyboard"),
        ("12.03.1987", "date"),
        ("sunshinegirl", "common word"),
        ("          ", "repeats"),
        ("\0" * 10, "repeats"),
        ("\U0001f600" * 10, "repeats"),
        ("x" * 1024, "repeats"),
    ],
    ids=lambda value: ascii(value[:12]),
)
def test_what_is_quickly_guessed_is_refused_with_the_reason(client, password, hint):
    refusal, message = verdict(register(client, password))
    assert refusal == "too_weak" and hint in message and "Make it longer" in message


def test_strength_can_be_asked_for_or_not(check):
    assert check("Tr0ub4dour&3")[0] == 0
    assert check("Tr0ub4dour&3", PASSWORD_MIN_SCORE=4)[1]["code"] == "too_weak"
    assert check("12.03.1987", PASSWORD_MIN_SCORE=0)[0] == 0


# ASVS 6.2.4: the site's own list
def test_a_local_list_adds_to_the_built_in_one(start_server, tmp_path):
    local = tmp_path / "local.txt"
    local.write_bytes("Zanzibar Office Wifi\r\n\xc5lesund kontor\n".encode() + b"\xff\n")
    client = Client(start_server(PASSWORD_BLACKLIST_FILE=local))
    assert code(client, "ZANZIBAR office wifi") == "too_common"
    assert code(client, "zanzibar office wif1!") == "too_common"
    assert code(client, "\xe5lesund KONTOR") == "too_common"
    assert code(client, "qwertyuiop") == "too_common"
    assert code(client, "kettle orbit mossy") == "accepted"


# ASVS 6.2.12
@pytest.mark.parametrize("form", ["dump", "dump with LF", "filter"])
def test_a_breached_password_is_refused(start_server, tmp_path, form):
    path = dump(
        tmp_path / "dump.txt", BREACHED + [text.casefold() for text in BREACHED], "\n" if form == "dump with LF" else "\r\n"
    )
    if form == "filter":
        built = process.command(
            "passwords", "build-filter", str(path), str(tmp_path / "filter"), settings=TEST_SETTINGS, folder=tmp_path
        )
        assert built.returncode == 0 and "in a million" in built.stdout, built.stderr
        path = tmp_path / "filter"
    client = Client(start_server(PASSWORD_BREACH_FILE=path))
    for password in BREACHED:
        refusal, message = verdict(register(client, password))
        assert refusal == "breached" and "data breach" in message
        assert code(client, password.upper()) == "breached"
    assert code(client, BREACHED[0] + " too") == "accepted"


@pytest.mark.parametrize("setting", ["PASSWORD_BLACKLIST_FILE", "PASSWORD_BREACH_FILE"])
@pytest.mark.parametrize("kind", ["missing", "folder", "garbage"])
def test_a_file_that_cannot_be_used_stops_the_start_with_one_line(tmp_path, backend, setting, kind):
    if kind == "garbage" and setting == "PASSWORD_BLACKLIST_FILE":
        pytest.skip("every line is a password")
    path = tmp_path / "file"
    if kind == "folder":
        path.mkdir()
    elif kind == "garbage":
        path.write_bytes(b"SAbreach and then nothing")
    result = process.command(
        "serve", settings=TEST_SETTINGS | backend.settings(tmp_path) | {setting: str(path)}, folder=tmp_path
    )
    assert result.returncode == 1
    (line,) = [line for line in result.stderr.splitlines() if setting in line]
    assert str(path) in line


def test_a_breach_file_cut_short_is_a_fault_and_no_crash(start_server, tmp_path):
    path = dump(tmp_path / "dump.txt", BREACHED)
    process.command("passwords", "build-filter", str(path), str(tmp_path / "filter"), settings=TEST_SETTINGS, folder=tmp_path)
    client = Client(start_server(PASSWORD_BREACH_FILE=tmp_path / "filter"))
    with open(tmp_path / "filter", "r+b") as file:
        file.truncate(100)
    assert [register(client, text).refusal for text in BREACHED] == [(503, "unavailable")] * len(BREACHED)
    assert client.get("/health").status == 200


def test_a_filter_is_built_from_ordered_digests_only(tmp_path):
    path = tmp_path / "dump.txt"
    for text, said in (("F" * 40 + "\n" + "0" * 40 + "\n", "line 2"), ("password\n", "line 1"), ("", "no digest")):
        path.write_text(text)
        result = process.command(
            "passwords", "build-filter", str(path), str(tmp_path / "filter"), settings=TEST_SETTINGS, folder=tmp_path
        )
        assert result.returncode == 1 and said in result.stderr and result.stdout == ""
        assert [entry.name for entry in tmp_path.iterdir()] == ["dump.txt"]


def test_the_command_says_what_the_service_would(check):
    assert check("kettle orbit mossy") == (0, {"accepted": True})
    status, answer = check("P@ssw0rd2024!")
    assert status == 1 and answer["code"] == "too_common" and answer["message"]
    assert check("short")[1]["code"] == "too_short"
    assert check("x" * 1025)[1]["code"] == "too_long"
    options = ("--email", OWN["email"], "--name", OWN["name"])
    assert check("AliceKowalski1", *options)[1]["code"] == "own_data"
    assert check("  spaces stay  kiln  ")[0] == 0


def test_the_command_takes_the_first_line_and_leaves_nothing_behind(tmp_path):
    result = process.command(
        "passwords", "check", settings=TEST_SETTINGS, folder=tmp_path, stdin="kettle orbit mossy\r\nqwertyuiop\n"
    )
    assert (result.returncode, result.stdout.strip(), result.stderr) == (0, "accepted", "")
    assert list(tmp_path.iterdir()) == []
    refused = process.command("passwords", "check", settings=TEST_SETTINGS, folder=tmp_path, stdin="qwertyuiop\n")
    assert refused.returncode == 1 and refused.stdout.startswith("refused (too_common): The password is")


# Attack 29
def test_hostile_passwords_are_judged_in_bounded_time(check):
    for password in ("1!" * 512, "q" + "\u0301" * 500, "password" * 128, "ab1" * 341):
        assert check(password, "--email", "a1.b2.c3@" + "x1." * 60 + "test")[0] == 1


# The list can be made again from its source.
def test_the_script_makes_a_list_like_the_one_kept(tmp_path):
    source = tmp_path / "source.txt"
    source.write_text(
        "\n".join(
            [
                "password",
                "Qwertyuiop",
                "qwertyuiop",
                "someone@example.org",
                "5550123987",
                "1234567890",
                "abc",
                "12ab",
                "tickled.comreaper",
            ]
        )
        + "\n"
    )
    made = subprocess.run([ROOT / "scripts/make-password-list", source], capture_output=True, text=True, check=True)
    assert made.stdout.splitlines() == ["qwertyuiop", "1234567890", "password"]
