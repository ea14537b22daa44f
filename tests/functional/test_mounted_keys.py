"""Keys in a mounted folder that the service can only read, as Kubernetes and compose mount them: what is put there from
outside is taken by a reload or a restart, in the sandbox, too (docs/keys.md, deploy/kubernetes/README.md)."""

import secrets
import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness import canaries
from harness.key_files import SETTINGS, command, ids, reload
from harness.people import People
from harness.reply import ok
from harness.server import Server

pytestmark = [pytest.mark.timeout(300), pytest.mark.sqlite_only(reason="mounted files are read alike, whatever the store")]


class KubernetesMount:
    """A folder as the kubelet makes one of a secret: files are links into `..data`, which is a link to a folder that is
    put in place whole. https://kubernetes.io/docs/concepts/configuration/secret/"""

    def __init__(self, folder: Path, secret: dict[str, str]):
        self.folder, self.secret, self._version = folder, {}, 0
        folder.mkdir()
        self.update(secret)

    def update(self, secret: dict[str, str | None]) -> None:
        """Changes the secret; what is None is taken out of it."""
        self.secret = {name: value for name, value in (self.secret | secret).items() if value is not None}
        former, self._version = self.folder / f"..{self._version}", self._version + 1
        whole = self.folder / f"..{self._version}"
        whole.mkdir()
        for name, value in self.secret.items():
            (whole / name).write_text(value)
        (self.folder / "..data_tmp").symlink_to(whole.name)
        (self.folder / "..data_tmp").rename(self.folder / "..data")
        for name in self.secret:
            if not (self.folder / name).is_symlink():
                (self.folder / name).symlink_to(f"..data/{name}")
        for link in self.folder.iterdir():
            if not link.name.startswith("..") and link.name not in self.secret:
                link.unlink()
        shutil.rmtree(former, ignore_errors=True)


class ComposeMount:
    """A folder of plain files that somebody changes on the other side."""

    def __init__(self, folder: Path, secret: dict[str, str]):
        self.folder, self.secret = folder, {}
        folder.mkdir()
        self.update(secret)

    def update(self, secret: dict[str, str | None]) -> None:
        for name, value in secret.items():
            if value is None:
                (self.folder / name).unlink()
                continue
            (self.folder / "draft").write_text(value)
            (self.folder / "draft").rename(self.folder / name)
        self.secret = {name: value for name, value in (self.secret | secret).items() if value is not None}


def new_key() -> str:
    key = secrets.token_hex(32)
    canaries.note(key)
    return key


@contextmanager
def service_of(mount, backend, folder):
    """A service whose keys are in the mounted folder."""
    settings: dict[str, str | None] = {"TOKEN_AUDIENCES": "reports", "MFA_REQUIRED_ROLES": "none"}
    for name in SETTINGS.values():
        settings |= {name: None, f"{name}_FILE": str(mount.folder / name.lower())}
    server = Server(folder, backend, settings)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def made_keys() -> dict[str, str]:
    return {name.lower(): new_key() for name in SETTINGS.values()}


# ASVS 13.3.4
@pytest.mark.parametrize(
    ("kind", "how"), [(KubernetesMount, "reload"), (KubernetesMount, "restart"), (ComposeMount, "reload")]
)
def test_every_key_is_rotated_from_outside(backend, tmp_path, kind, how):
    mount = kind(tmp_path / "mount", made_keys())
    with service_of(mount, backend, tmp_path / "service") as server:
        client, account = People(server).with_totp()
        for purpose, setting in SETTINGS.items():
            file, former, successor = setting.lower(), mount.secret[setting.lower()], new_key()
            mount.update({f"{file}.next": successor})
            in_force(server, how)
            before = ids(server, purpose)
            mount.update({file: successor, f"{file}.next": None, f"{file}.old": former})
            in_force(server, how)
            command(server, "rotate", purpose)
            after = ids(server, purpose)
            assert (after["current"], after["old"]) == (before["next"], before["current"]), purpose
            ok(client.get("/auth/me"))
            if purpose in ("pepper", "audit", "secret"):
                continue  # what was made under these is still there
            command(server, "retire", purpose, after["old"], "--force")
            mount.update({f"{file}.old": None})
            in_force(server, how)
            assert ids(server, purpose).keys() == {"current"}, purpose
        People(server).sign_in(account)


def in_force(server, how: str) -> None:
    if how == "restart":
        server.restart()
    else:
        assert reload(server)[0]["message"] == "keys reloaded"


def test_commands_leave_a_secret_of_kubernetes_alone(backend, tmp_path):
    mount = KubernetesMount(tmp_path / "mount", made_keys())
    with service_of(mount, backend, tmp_path / "service") as server:
        refused = server.command("keys", "generate", "totp", "--files")
    assert refused.returncode == 1 and "is no plain file: change the keys where it is mounted from" in refused.stderr
