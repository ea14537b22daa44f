"""Keys that settings hold wrapped: unwrapped at the start by a key management service over HTTP, or by a program."""

import secrets
from pathlib import Path

import pytest

from harness import process, tls
from harness.transit import PATH, Transit, come_back

NAMES = ("SECRET_KEY", "CSRF_SECRET", "TOTP_ENCRYPTION_KEY", "AUDIT_KEY")
SOON = {"KEY_UNWRAP_TIMEOUT_SECONDS": 1}  # for what is tried again until then


@pytest.fixture
def transit():
    with Transit() as running:
        yield running


@pytest.fixture(scope="module")
def pair(authorities):
    return authorities[0].sign("localhost")


def wrapped(transit: Transit, **others) -> dict:
    return {name: transit.wrap(secrets.token_bytes(32)) for name in NAMES} | transit.settings(**others)


def check(folder: Path, settings: dict):
    return process.command("config", "check", settings=settings, folder=folder, timeout=60)


def refusal(folder: Path, transit: Transit, **others) -> str:
    """What the start is refused with, in one line: neither the token nor a key is in it."""
    key = secrets.token_bytes(32)
    settings = transit.settings(SECRET_KEY=transit.wrap(key), **others)
    result = check(folder, settings)
    assert result.returncode != 0
    (line,) = [line for line in result.stderr.splitlines() if "SECRET_KEY" in line]
    for secret in (transit.token, key.hex(), settings["SECRET_KEY"]):
        assert secret not in result.stdout + result.stderr
    return line.partition("SECRET_KEY ")[2]


# ASVS 13.3.3
def test_a_service_runs_on_unwrapped_keys_and_needs_the_kms_no_more(transit, start_server):
    settings = wrapped(transit)
    server = start_server(**settings)
    assert [(path, token) for path, token, _ in transit.requests] == [(PATH, transit.token)] * len(NAMES)
    transit.stop()
    again = process.command(
        "config", "check", folder=server.folder, settings=server.settings | {"KEY_UNWRAP_TIMEOUT_SECONDS": 1}
    )
    assert again.returncode == 1, "a new start needs it, and is tried again until it is there"
    assert server.is_running
    for secret in (transit.token, *(settings[name] for name in NAMES)):
        assert secret not in server.log()


# A key management service that is away, or a key file that came up empty, must not take a running service out of a load balancer.
def test_a_probe_unwraps_nothing_and_reads_no_key(transit, start_server, tmp_path):
    server = start_server(**wrapped(transit))
    transit.stop()
    empty = tmp_path / "empty"
    empty.write_text("")
    for broken in ({}, {"SECRET_KEY": None, "SECRET_KEY_FILE": empty}):
        settings = server.settings | {"KEY_UNWRAP_TIMEOUT_SECONDS": 1} | broken
        assert process.command("config", "check", settings=settings, folder=server.folder).returncode == 1
        probe = process.command("healthcheck", settings=settings, folder=server.folder)
        assert (probe.returncode, probe.stderr) == (0, "")
    assert len(transit.requests) == len(NAMES)


def test_over_tls_its_certificate_is_checked(pair, authorities, start_server, tmp_path):
    with Transit(pair) as transit:
        start_server(**wrapped(transit, KEY_UNWRAP_CA_FILE=authorities[0].certificate))
        told = refusal(tmp_path, transit, KEY_UNWRAP_CA_FILE=authorities[1].certificate)
        assert "cannot be unwrapped by KEY_UNWRAP_URL: " in told and "certificate" in told


@tls.certificates_to_try
def test_a_server_of_another_name_or_authority_gets_no_token(authorities, signed_for, trusted, works, tmp_path):
    with Transit(authorities[0].sign(signed_for)) as transit:
        settings = transit.settings(
            SECRET_KEY=transit.wrap(secrets.token_bytes(32)), KEY_UNWRAP_CA_FILE=authorities[trusted].certificate
        )
        assert (check(tmp_path, settings).returncode == 0) == works
        assert bool(transit.requests) == works


def test_what_is_in_force_is_masked_and_says_who_unwrapped(transit, tmp_path):
    settings = wrapped(transit)
    for arguments in (("config", "print"), ("--json", "config", "print")):
        result = process.command(*arguments, settings=settings, folder=tmp_path)
        assert result.returncode == 0, result.stderr
        assert "KEY_UNWRAP_URL" in result.stdout
        for secret in (transit.token, *(settings[name] for name in NAMES)):
            assert secret not in result.stdout + result.stderr
    assert (
        "SECRET_KEY = ********  (environment, unwrapped by KEY_UNWRAP_URL)"
        in process.command("config", "print", settings=settings, folder=tmp_path).stdout
    )


def test_beside_a_wrapped_key_no_key_is_written(transit, start_server, tmp_path):
    key = tmp_path / "csrf"
    key.write_text(transit.wrap(secrets.token_bytes(32)) + "\n")
    server = start_server(**wrapped(transit) | {"CSRF_SECRET": None, "CSRF_SECRET_FILE": key})
    result = server.command("keys", "generate", "csrf", "--files")
    assert result.returncode == 1 and "CSRF_SECRET is wrapped: " in result.stderr
    assert list(tmp_path.glob("csrf*")) == [key]


def test_a_wrapped_key_and_the_token_may_come_from_files(transit, start_server, tmp_path):
    key, token = tmp_path / "key", tmp_path / "token"
    key.write_text(transit.wrap(secrets.token_bytes(32)) + "\n")
    token.write_text(transit.token + "\n")
    start_server(**transit.settings(KEY_UNWRAP_TOKEN=None, KEY_UNWRAP_TOKEN_FILE=token, SECRET_KEY_FILE=key))
    assert transit.requests[0][1] == transit.token


# Each is the end of this start: trying again would not help.
@pytest.mark.parametrize(
    "way, told",
    [
        (403, "it answered 403: the token is wrong, or may not use the key"),
        (400, "it answered 400: it takes this for no ciphertext of its key"),
        (404, "it answered 404: there is no such key or path"),
        (500, "it answered 500"),
        ("redirect", "it answered 307"),
        ("garbage", 'the answer is not {"data": {"plaintext": base64}}'),
        ("array", 'the answer is not {"data": {"plaintext": base64}}'),
        ("unencoded", 'the answer is not {"data": {"plaintext": base64}}'),
        ("endless", "the answer is longer than 16384 bytes"),
    ],
)
def test_a_refusal_is_told_and_not_repeated(transit, way, told, tmp_path):
    transit.way = way
    assert refusal(tmp_path, transit) == "cannot be unwrapped by KEY_UNWRAP_URL: " + told
    assert len(transit.requests) == 1, "no redirect is followed, nothing is tried again"


@pytest.mark.parametrize("way", ["hang", "truncated", "sealed"])
def test_what_may_pass_is_tried_until_the_limit(transit, way, tmp_path):
    transit.way = way
    assert refusal(tmp_path, transit, **SOON).startswith("cannot be unwrapped by KEY_UNWRAP_URL: ")


def test_nobody_there(transit, tmp_path):
    transit.stop()
    assert "cannot be unwrapped by KEY_UNWRAP_URL: Failed to connect" in "SECRET_KEY " + refusal(tmp_path, transit, **SOON)


def test_a_wrong_token_is_told(transit, tmp_path):
    other = "hvs." + secrets.token_urlsafe(24)
    result = check(tmp_path, transit.settings(SECRET_KEY=transit.wrap(secrets.token_bytes(32)), KEY_UNWRAP_TOKEN=other))
    assert result.returncode != 0
    assert "SECRET_KEY cannot be unwrapped by KEY_UNWRAP_URL: it answered 403" in result.stderr
    assert other not in result.stderr


def test_a_sealed_one_that_opens_in_time_is_waited_for(transit, tmp_path):
    transit.way = "sealed"
    come_back(transit)
    settings = transit.settings(SECRET_KEY=transit.wrap(secrets.token_bytes(32)), KEY_UNWRAP_TIMEOUT_SECONDS=30)
    assert check(tmp_path, settings).returncode == 0
    assert len(transit.requests) > 1


def test_a_key_of_the_wrong_length_is_refused(transit, tmp_path):
    result = check(tmp_path, transit.settings(SECRET_KEY=transit.wrap(b"a" * 16)))
    assert "SECRET_KEY must be a key of 32 bytes" in result.stderr


def test_a_program_unwraps_and_is_over_before_the_service_runs(start_server, tmp_path):
    """Under the sandbox no program could be started."""
    program = tmp_path / "unwrap"
    program.write_text("#!/bin/sh\ncat\nexit 3\n")
    program.chmod(0o700)
    settings = {"KEY_UNWRAP_COMMAND": str(program), "SECRET_KEY": "wrapped:" + secrets.token_hex(32)}
    assert "SECRET_KEY cannot be unwrapped by KEY_UNWRAP_COMMAND: it ended with status 3" in check(tmp_path, settings).stderr
    program.write_text("#!/bin/sh\nexec cat\n")
    server = start_server(**settings)
    assert not Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()


def test_neither_token_nor_key_is_among_the_arguments_of_a_process(start_server, tmp_path):  # ASVS 13.3.1
    program = tmp_path / "unwrap"
    seen = tmp_path / "seen"
    program.write_text(f"#!/bin/sh\ncat /proc/*/cmdline > {seen} 2>/dev/null\nexec cat\n")
    program.chmod(0o700)
    key = secrets.token_hex(32)
    start_server(KEY_UNWRAP_COMMAND=str(program), SECRET_KEY="wrapped:" + key)
    assert seen.read_bytes() and key.encode() not in seen.read_bytes()
