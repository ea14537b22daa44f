"""The Debian package and the units of systemd, as far as reading them can tell; deploy/debian/prove runs them."""

import os
import re
from pathlib import Path

from test_deploy import BINARY, DEPLOY, run, unknown_settings

# Highest exposure that `systemd-analyze security` may find; that of Debian 12 finds 1.4. What is left is the network.
WORST_EXPOSURE = 1.5


def unit(tmp_path: Path, name: str, program: str = "/bin/true") -> Path:
    """With a program that is there, and without its manual."""
    text = (DEPLOY / "systemd" / name).read_text().replace("/usr/bin/secureauth serve", program)
    path = tmp_path / name
    path.write_text(re.sub(r"^Documentation=.*\n", "", text, flags=re.MULTILINE))
    return path


def exposure(path: Path) -> float:
    """What `systemd-analyze security` finds, from 0 to 10."""
    said = run("systemd-analyze", "security", "--offline=true", "--no-pager", path).stdout
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", said)
    assert found, said
    return float(found[1])


# ASVS 15.1.5, 15.2.5
def test_the_unit_is_sandboxed(tmp_path):
    path = unit(tmp_path, "secureauth.service")
    own = exposure(path)
    assert own <= WORST_EXPOSURE
    for line in ("ProtectSystem=strict\n", "CapabilityBoundingSet=\n", "NoNewPrivileges=yes\n", "PrivateDevices=yes\n"):
        worse = tmp_path / "worse.service"
        text = path.read_text()
        assert line in text
        worse.write_text(text.replace(line, ""))
        assert exposure(worse) > own, line


def test_systemd_knows_every_line_of_the_units(tmp_path):
    service, socket = unit(tmp_path, "secureauth.service"), unit(tmp_path, "secureauth.socket")
    assert run("systemd-analyze", "verify", "--man=no", service, socket).stderr == ""
    service.write_text(service.read_text() + "NoNewPrivilege=yes\n")
    assert "NoNewPrivilege" in run("systemd-analyze", "verify", "--man=no", service, socket).stderr


def test_the_unit_does_not_try_mistakes_in_the_settings_again(tmp_path):
    refused = run(BINARY, "serve", cwd=tmp_path, env={"PORT": "x"})
    text = (DEPLOY / "systemd/secureauth.service").read_text()
    assert "PORT" in refused.stderr and f"\nRestartPreventExitStatus={refused.returncode}\n" in text
    assert "\nRestart=on-failure\n" in text and refused.returncode not in (0, 1)


def test_credentials_are_named_alike():
    text = (DEPLOY / "systemd/credentials.conf").read_text()
    loaded = set(re.findall(r"^LoadCredential=(\w+):", text, re.MULTILINE))
    environment = dict(re.findall(r"^Environment=(\w+)=%d/(\w+)$", text, re.MULTILINE))
    assert set(environment.values()) == loaded and unknown_settings(environment) == set()


def test_the_packages_settings_are_settings(tmp_path):
    text = (DEPLOY / "debian/secureauth.env").read_text()
    assert unknown_settings(re.findall(r"^(?:# )?([A-Z][A-Z0-9_]+)=", text, re.MULTILINE)) == set()
    postinst = (DEPLOY / "debian/postinst").read_text()
    made = re.search(r"for name in ([a-z_ ]+); do make_key", postinst)
    assert made
    named = re.findall(r"^\w+_FILE=/etc/secureauth/keys/(\w+)$", text, re.MULTILINE)
    assert sorted(made[1].split()) == sorted(named)
    # Filled in, it is whole.
    for name, value in (
        ("PUBLIC_URL", "https://auth.example.test"),
        ("SMTP_HOST", "127.0.0.1"),
        ("SMTP_FROM_EMAIL", "a@example.test"),
    ):
        text = text.replace(f"\n{name}=\n", f"\n{name}={value}\n")
    for name in named:
        (tmp_path / name).write_text(os.urandom(32).hex())
    text = text.replace("/etc/secureauth/keys", str(tmp_path)).replace("/var/lib/secureauth", str(tmp_path))
    (tmp_path / ".env").write_text(text)
    checked = run(BINARY, "config", "check", cwd=tmp_path, env={})
    assert checked.returncode == 0, checked.stderr


def test_the_manual_names_every_command():
    manual = (DEPLOY / "debian/secureauth.1").read_text()
    commands = re.findall(r"^  ([a-z]+) ", run(BINARY, "--help").stdout.partition("Subcommands:")[2], re.MULTILINE)
    assert len(commands) > 10
    assert [command for command in commands if f"\n.B {command}\n" not in manual] == []


def test_completion_knows_commands_and_options(tmp_path):
    script = (DEPLOY / "debian/completion.bash").read_text().replace("/usr/bin/secureauth", str(BINARY))

    def completed(*words: str) -> set[str]:
        asked = " ".join(f"'{word}'" for word in words)
        result = run(
            "bash",
            "-c",
            f"{script}\nCOMP_WORDS=(secureauth {asked}); COMP_CWORD={len(words)}; _secureauth; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        )
        return set(result.stdout.split())

    assert {"serve", "migrate", "keys"} <= completed("")
    assert completed("migr") == {"migrate"} and "upgrade" in completed("migrate", "up")
    assert "--role" in completed("user", "create", "--r")
