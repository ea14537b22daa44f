"""What a started service has given up: new privileges, files, ports and system calls (docs/adr/0028)."""

import ctypes
import os
import struct
from pathlib import Path

import pytest

from harness.ports import free_port
from harness.process import MISCONFIGURED, PRODUCTION_SETTINGS, TEST_SETTINGS, command

BUILT_WITHOUT = os.environ.get("SECUREAUTH_PRESET") in ("asan", "tsan", "coverage")
_CREATE_RULESET = 444
_LIBC = ctypes.CDLL(None, use_errno=True)


def landlock_version() -> int:
    return max(0, _LIBC.syscall(_CREATE_RULESET, None, 0, 1))


has_sandbox = pytest.mark.skipif(BUILT_WITHOUT or landlock_version() == 0, reason="this build or kernel has none")


def threads(server) -> list[dict[str, str]]:
    """Of every thread: what the kernel says of it."""
    tasks = Path(f"/proc/{server.pid}/task").iterdir()
    return [
        dict(line.split(":\t", 1) for line in (task / "status").read_text().splitlines() if ":\t" in line) for task in tasks
    ]


def told(server) -> dict:
    return server.wait_for_log(lambda line: "sandbox" in line["message"])


def refused_start(backend, folder: Path, preexec_fn=None, **others):
    settings = TEST_SETTINGS | backend.settings(folder) | {"SANDBOX": "required", "PORT": free_port()} | others
    return command("serve", settings=settings, folder=folder, preexec_fn=preexec_fn)


def without(call: int):
    """For preexec_fn: a kernel that lacks a system call, by a filter of seccomp's own."""

    def apply() -> None:
        load, equal, answer = 0x20, 0x15, 0x06
        errno_enosys, allow = 0x00050026, 0x7FFF0000
        program = b"".join(
            struct.pack("HBBI", *step)
            for step in ((load, 0, 0, 0), (equal, 0, 1, call), (answer, 0, 0, errno_enosys), (answer, 0, 0, allow))
        )
        buffer = ctypes.create_string_buffer(program)
        head = struct.pack("HxxxxxxP", 4, ctypes.addressof(buffer))
        _LIBC.prctl(38, 1, 0, 0, 0)
        assert _LIBC.prctl(22, 2, ctypes.create_string_buffer(head)) == 0

    return apply


# ASVS 13.2.2, 15.2.5
@has_sandbox
def test_every_thread_is_in_it(start_server):
    server = start_server()
    line = told(server)  # it answers before: calls are given up once it serves
    every = threads(server)
    assert len(every) > 2
    assert {one["NoNewPrivs"] for one in every} == {"1"}
    assert {one["Seccomp"] for one in every} == {"2"}
    assert line["message"] == "in the sandbox" and line["missing"] == ""
    assert line["landlock"] == landlock_version() and line["seccomp"] == "on"
    assert line["ports"] == "those of settings"


@has_sandbox
def test_production_says_that_it_is_not_dumped(start_server):
    server = start_server(before=("migrate", "upgrade"), **PRODUCTION_SETTINGS | {"SANDBOX": "required"})
    assert told(server)["dumpable"] == "no"


def test_off_is_off_and_told(start_server):
    server = start_server(SANDBOX="off")
    assert {one["Seccomp"] for one in threads(server)} == {"0"}
    assert {one["NoNewPrivs"] for one in threads(server)} == {"1"}, "that much costs nobody anything"
    assert told(server) | {"level": "warning", "message": "the sandbox is off"} == told(server)


@has_sandbox
def test_where_the_kernel_has_no_landlock_the_rest_is_in_force(start_server):
    server = start_server(preexec_fn=without(_CREATE_RULESET))
    line = told(server)
    assert line["level"] == "warning" and line["message"] == "the sandbox has gaps"
    assert line["landlock"] == 0 and line["seccomp"] == "on" and "Landlock" in line["missing"]


def test_required_does_not_start_without(backend, tmp_path):
    result = refused_start(backend, tmp_path, preexec_fn=without(_CREATE_RULESET))
    assert result.returncode == 1
    assert "SANDBOX=required: " in result.stderr


# ASVS 13.2.2: who takes the service over may write beside the record: not what the next process does outside of the sandbox
@has_sandbox
def test_a_dotenv_beside_the_record_is_told_and_with_required_refused(start_server, backend, tmp_path):
    beside = {"DATABASE_URL": "sqlite:./secureauth.db"}
    line = told(start_server(**beside))
    assert line["level"] == "warning" and line["landlock"] == landlock_version() and ".env, by which" in line["missing"]
    refused = refused_start(backend, tmp_path, **beside)
    assert refused.returncode == 1
    assert f"SANDBOX=required: it may write {tmp_path.resolve()}/.env, by which the next process" in refused.stderr


def test_a_dotenv_runs_no_program_and_opens_no_sandbox(backend, tmp_path):
    """Whoever wrote it: the health check and what an administrator runs read it, too."""
    ran = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {ran}\nexec cat\n")
    program.chmod(0o700)
    settings = TEST_SETTINGS | backend.settings(tmp_path) | {"SECRET_KEY": "wrapped:" + "a" * 64, "PORT": free_port()}
    for text in (f"KEY_UNWRAP_COMMAND={program}\n", "SANDBOX=off\n"):
        (tmp_path / ".env").write_text(text)
        for words in (("healthcheck",), ("config", "check"), ("serve",), ("user", "list")):
            result = command(*words, settings=settings, folder=tmp_path)
            assert result.returncode == (1 if words == ("healthcheck",) else MISCONFIGURED) and not ran.exists(), words
            if words != ("healthcheck",):
                assert "is taken from the environment of the process alone, never from .env" in result.stderr


@pytest.mark.skipif(not BUILT_WITHOUT, reason="about builds for sanitizers and coverage")
def test_a_build_without_one_says_so(start_server, backend, tmp_path):
    assert "has no sandbox" in told(start_server())["missing"]
    assert "SANDBOX=required: this build" in refused_start(backend, tmp_path).stderr


# A Redis cluster on a port that no setting names: the connection is refused by the service's own kernel.
@has_sandbox
@pytest.mark.parametrize("ports, any_port", [(None, True), ("6379", False)])
def test_where_sentinels_name_the_ports_any_may_be_connected_to(start_server, ports, any_port):
    server = start_server(REDIS_URL="redis+sentinel://127.0.0.1:1/master", SANDBOX_CONNECT_PORTS=ports)
    assert told(server)["ports"] == ("any" if any_port else "those of settings")
