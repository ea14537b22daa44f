"""scripts/release and scripts/release-notes, in a repository of their own."""

import re
import shutil
import subprocess
from datetime import UTC, datetime

import pytest

from tree import ROOT

CHANGES = """# Changelog

## [Unreleased]

### Added

- A thing that is new.
"""


# Where the version stands, and in which form.
SAYING_THE_VERSION = {
    "CMakeLists.txt": r"^project\(secureauth VERSION (\S+) ",
    "api/openapi.yaml": r"^  version: (\S+)$",
    "deploy/debian/changelog": r"^secureauth \((\S+)-1\) unstable; urgency=medium$",
    "deploy/debian/secureauth.1": r'^\.TH SECUREAUTH 1 \S+ "SecureAuthService (\S+)" ',
    "deploy/debian/secureauthctl.8": r'^\.TH SECUREAUTHCTL 8 \S+ "SecureAuthService (\S+)" ',
    "deploy/kubernetes/deployment.yaml": r"^ +image: \S+/secureauth:(\S+)$",
    "deploy/kubernetes/migrate.yaml": r"^ +image: \S+/secureauth:(\S+)$",
    "docs/deployment.md": r"^apt-get install \S+/secureauth_(\S+)-1_amd64\.deb$",
}


def said_versions(folder) -> dict[str, list[str]]:
    found = {name: re.findall(form, (folder / name).read_text(), re.MULTILINE) for name, form in SAYING_THE_VERSION.items()}
    assert all(found.values()), found
    found["deploy/debian/changelog"] = found["deploy/debian/changelog"][:1]
    return found


@pytest.fixture
def repository(tmp_path):
    for name in ("scripts/release", "scripts/release-notes", *SAYING_THE_VERSION):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "CHANGELOG.md").write_text(CHANGES)
    git(tmp_path, "init", "--quiet", ".")
    git(tmp_path, "config", "user.name", "Nobody")
    git(tmp_path, "config", "user.email", "nobody@example.org")
    commit(tmp_path, "Begin")
    return tmp_path


def git(folder, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout


def commit(folder, subject: str) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", subject)


def script(folder, name: str, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([f"scripts/{name}", *arguments], cwd=folder, capture_output=True, text=True, check=False)


def released(folder, version: str) -> None:
    done = script(folder, "release", version)
    assert done.returncode == 0, done.stderr


def change(folder, what: str) -> None:
    """A commit with its line in the list of changes."""
    text = (folder / "CHANGELOG.md").read_text()
    (folder / "CHANGELOG.md").write_text(text.replace("## [Unreleased]\n", f"## [Unreleased]\n\n### Added\n\n- {what}\n", 1))
    commit(folder, what)


def test_a_release_is_a_dated_section_a_version_and_a_tag(repository):
    released(repository, "1.2.3")
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    assert f"## [Unreleased]\n\n## [1.2.3] - {today}\n\n### Added\n" in (repository / "CHANGELOG.md").read_text()
    assert re.search(r"^project\(secureauth VERSION 1\.2\.3 ", (repository / "CMakeLists.txt").read_text(), re.MULTILINE)
    assert "\n  version: 1.2.3\n" in (repository / "api/openapi.yaml").read_text()
    assert git(repository, "status", "--porcelain") == ""
    assert git(repository, "cat-file", "-t", "v1.2.3") == "tag\n", "annotated"
    assert git(repository, "rev-parse", "v1.2.3^{commit}") == git(repository, "rev-parse", "HEAD")
    assert "- A thing that is new.\n" in git(repository, "tag", "--list", "v1.2.3", "--format=%(contents)")


def test_all_that_says_the_version_says_the_new_one(repository):
    former = {one for versions in said_versions(ROOT).values() for one in versions}
    assert len(former) == 1, f"this tree says different ones: {said_versions(ROOT)}"
    released(repository, "7.8.9")
    assert {one for versions in said_versions(repository).values() for one in versions} == {"7.8.9"}
    assert len(said_versions(repository)["deploy/kubernetes/migrate.yaml"]) == 2
    today = datetime.now(UTC)
    for manual in ("secureauth.1", "secureauthctl.8"):
        assert f" {today:%Y-%m-%d} " in (repository / "deploy/debian" / manual).read_text().splitlines()[0]
    parsed = subprocess.run(
        [
            "dpkg-parsechangelog",
            "--file",
            repository / "deploy/debian/changelog",
            "--all",
            "--format",
            "rfc822",
            "--show-field",
            "Version",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert parsed.stdout.split() == ["7.8.9-1", f"{former.pop()}-1"] and parsed.stderr == ""
    change(repository, "More")
    (repository / "deploy/kubernetes/migrate.yaml").write_text("image: none\n")
    commit(repository, "Lose the line")
    assert "deploy/kubernetes/migrate.yaml has no line with the version" in script(repository, "release", "7.9.0").stderr


def test_the_notes_are_the_versions_own(repository):
    released(repository, "0.9.0")
    change(repository, "Another thing")
    released(repository, "0.10.0")
    change(repository, "Not in it")
    notes = script(repository, "release-notes", "v0.10.0").stdout
    assert notes.startswith("# v0.10.0\n\n### Added\n\n- Another thing\n") and "## Commits since v0.9.0\n" in notes
    assert "- Another thing (" in notes and "Not in it" not in notes and "A thing that is new" not in notes
    first = script(repository, "release-notes", "v0.9.0").stdout
    assert "- A thing that is new.\n" in first and "## Commits\n" in first and "- Begin (" in first


@pytest.mark.parametrize("version", ["", "1", "1.2", "v1.2.3", "01.2.3", "1.2.3-rc1", "1.2.3; ls"])
def test_what_is_no_version_is_refused(repository, version):
    assert script(repository, "release", version).returncode == 1
    assert git(repository, "tag") == ""


def test_a_release_that_cannot_be_changes_nothing(repository):
    released(repository, "1.2.3")
    assert "nothing under Unreleased" in script(repository, "release", "1.2.4").stderr
    change(repository, "More")
    before = git(repository, "rev-parse", "HEAD")
    assert "there already" in script(repository, "release", "1.2.3").stderr
    assert "older than v1.2.3" in script(repository, "release", "1.2.2").stderr
    (repository / "new").write_text("")
    assert "not clean" in script(repository, "release", "1.2.4").stderr
    (repository / "new").unlink()
    git(repository, "checkout", "--quiet", "-b", "old", "v1.2.3^")
    assert "does not hold v1.2.3" in script(repository, "release", "1.2.4").stderr
    git(repository, "checkout", "--quiet", "-")
    assert git(repository, "rev-parse", "HEAD") == before and git(repository, "tag").split() == ["v1.2.3"]


def test_notes_of_what_is_not_released_are_refused(repository):
    assert "no tag v9.9.9" in script(repository, "release-notes", "v9.9.9").stderr
    git(repository, "tag", "v9.9.9")
    assert "says nothing of it" in script(repository, "release-notes", "v9.9.9").stderr
