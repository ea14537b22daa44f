"""The binary under test: where it is, its environment, and one-shot commands."""

import ctypes
import os
import resource
import secrets
import signal
import subprocess
from pathlib import Path

from . import canaries
from .contract import ROOT

SANITIZER_MARKS = ("AddressSanitizer", "LeakSanitizer", "ThreadSanitizer", "runtime error:", "UndefinedBehavior")

# Exit status where the settings have mistakes (EX_CONFIG of sysexits.h), on which deploy/systemd tries no more.
MISCONFIGURED = 78

# All tests come from one address; those about limits set their own. `USUAL_LIMITS` leaves the defaults in force.
LIMITS_OFF = {f"RATE_LIMIT_{name}": "off" for name in ("REQUESTS", "REGISTER", "LOGIN", "VERIFY", "RESET", "PASSWORD_CHECK")}
USUAL_LIMITS = dict.fromkeys(LIMITS_OFF)

# Cheap enough for a suite; development allows it.
TEST_SETTINGS = LIMITS_OFF | {
    "ENVIRONMENT": "development",
    "LISTEN_ADDRESS": "127.0.0.1",
    "ARGON2_TIME_COST": "1",
    "ARGON2_MEMORY_COST": "8192",
    "LOG_FORMAT": "json",
    "LOG_LEVEL": "info",
    "SHUTDOWN_IDLE_TIMEOUT_MS": "50",  # hundreds of stops; those about restarts take the default
    # On a busy machine Redis stands still for longer than the default; those about a silent one take that.
    "REDIS_TIMEOUT_MS": "3000",
    # And one hash that had to wait for its core makes all behind it seem too many; those about overload set their own.
    "HASH_QUEUE_MAX_WAIT_MS": "20000",
    # All tests come from one address and are wrong on purpose; those about these limits turn them on.
    "LOCKOUT_ADDRESS_THRESHOLD": "0",
    "PROOF_OF_WORK": "off",
}
# For those in which nothing may be refused, though PostgreSQL stands still for some seconds.
PATIENT = {"DATABASE_POOL_WAIT_MS": "20000", "DATABASE_STATEMENT_TIMEOUT_MS": "20000"}
# What production needs besides; its floor for Argon2 is the default.
PRODUCTION_SETTINGS = {
    "ENVIRONMENT": "production",
    "PUBLIC_URL": "https://auth.example.test",
    "SECRET_KEY": secrets.token_hex(32),
    "CSRF_SECRET": secrets.token_hex(32),
    "TOTP_ENCRYPTION_KEY": secrets.token_hex(32),
    "AUDIT_KEY": secrets.token_hex(32),
    "SMTP_HOST": "127.0.0.1",  # nobody listens there: mail waits
    "SMTP_PORT": "1",
    "SMTP_TLS": "none",
    "SMTP_FROM_EMAIL": "noreply@example.test",
    "ARGON2_TIME_COST": None,
    "ARGON2_MEMORY_COST": None,
}
_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 24, 1, 2
_PASSED_ON = (
    "PATH",
    "HOME",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "ASAN_OPTIONS",
    "UBSAN_OPTIONS",
    "TSAN_OPTIONS",
    "LSAN_OPTIONS",
    "GCOV_PREFIX",
    "GCOV_PREFIX_STRIP",
    "LLVM_PROFILE_FILE",
    "SECUREAUTH_MUTANT",  # tests/mutation
)


def binary() -> str:
    path = Path(os.environ.get("SECUREAUTH_BIN", ROOT / "build" / "release" / "secureauth")).resolve()
    assert path.is_file(), f"{path} is missing: build it, or set SECUREAUTH_BIN"
    return str(path)


def environment(settings: dict) -> dict[str, str]:
    """The settings and nothing of the caller's own; a setting of None is left out."""
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return passed_on | {name: str(value) for name, value in settings.items() if value is not None}


canaries.note(PRODUCTION_SETTINGS["SECRET_KEY"])
canaries.note(PRODUCTION_SETTINGS["CSRF_SECRET"])
canaries.note(PRODUCTION_SETTINGS["TOTP_ENCRYPTION_KEY"])
canaries.note(PRODUCTION_SETTINGS["AUDIT_KEY"])


def limit_file_size(size: int):
    """For preexec_fn: writes beyond `size` fail as on a full disk, instead of killing the process."""

    def apply() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    return apply


def obey_permissions() -> None:
    """For preexec_fn: root loses its right to pass over file modes, so that a read-only file is one."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH):
        libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)


def command(*arguments: str, settings: dict, folder: Path, stdin: str = "", timeout: float = 60, preexec_fn=None):
    """Runs `secureauth ARGUMENTS` to its end in `folder`; output as text."""
    result = subprocess.run(
        [binary(), *arguments],
        cwd=folder,
        env=environment(settings),
        input=stdin.encode(),
        capture_output=True,
        timeout=timeout,
        check=False,
        preexec_fn=preexec_fn,
    )
    result.stdout = result.stdout.decode()
    result.stderr = result.stderr.decode("utf-8", "replace")
    assert_no_sanitizer_report(result.stderr)
    assert result.returncode >= 0, f"died of signal {-result.returncode}: {result.stderr}"
    canaries.note_log(result.stdout + result.stderr)
    return result


def cpu_seconds(server) -> float:
    """What a service's process has computed so far."""
    fields = Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_of(server) -> int:
    """Bytes of a service's memory that are resident."""
    fields = (line.split() for line in Path(f"/proc/{server.pid}/status").read_text().splitlines())
    return next(int(words[1]) * 1024 for words in fields if words[0] == "VmRSS:")


def assert_no_sanitizer_report(text: str) -> None:
    for mark in SANITIZER_MARKS:
        assert mark not in text, f"a sanitizer reported:\n{text[text.index(mark) - 200:][:4000]}"
