"""`secureauth webauthn metadata`: what the list of authenticators says, who signed it, and how a newer one comes in."""

import contextlib
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from harness.makers import Maker, Publisher
from harness.ports import free_port
from harness.process import TEST_SETTINGS, command

pytestmark = pytest.mark.sqlite_only("settings and files, no record store")


@pytest.fixture
def publisher():
    return Publisher()


@pytest.fixture
def run(backend, tmp_path, publisher):
    """run("show", …) beside a list with number 7 and two makers, one of them given up."""
    entries = Maker("One").entry(), Maker("Two").entry("REVOKED")
    files = publisher.settings(tmp_path, *entries, number=7)
    settings = TEST_SETTINGS | backend.settings(tmp_path) | {"PORT": free_port()} | files
    return lambda *arguments: command("webauthn", "metadata", *arguments, settings=settings, folder=tmp_path)


@pytest.fixture
def blob(tmp_path):
    return tmp_path / "metadata.jwt"


def said(result) -> str:
    return result.stdout + result.stderr


def test_it_says_what_is_there(run):
    result = run("show")
    assert result.returncode == 0
    assert all(part in result.stdout for part in ("number 7", "2 entries", "1 with a fault", "signature valid"))
    assert "outdated" not in result.stdout


# ASVS 6.7.1
def test_it_says_whom_not_to_believe(run, tmp_path, blob, publisher):
    (tmp_path / "metadata-root.pem").write_bytes(Publisher().root_pem())
    result = run("show")
    assert result.returncode == 1 and "refused" in said(result)
    blob.write_text("no list")
    assert run("show").returncode == 1


def test_an_old_list_is_called_so(run, blob, publisher):
    blob.write_text(publisher.blob(Maker().entry(), number=8, days=-2))
    result = run("show")
    assert result.returncode == 0 and "outdated" in result.stdout


def test_a_newer_list_takes_its_place(run, tmp_path, blob, publisher):
    newer = tmp_path / "newer.jwt"
    newer.write_text(publisher.blob(Maker().entry(), number=8))
    assert run("update", str(newer)).returncode == 0
    assert blob.read_text() == newer.read_text()
    assert "number 8" in run("show").stdout
    assert run("update", str(newer)).returncode == 0, "the same again is no harm"


# ASVS 6.7.1: a list from before would bring back what was given up since
@pytest.mark.parametrize(
    "made",
    [
        lambda publisher: publisher.blob(Maker().entry(), number=6),
        lambda publisher: Publisher().blob(Maker().entry(), number=8),
        lambda publisher: publisher.blob(Maker().entry(), number=8)[:-4] + "AAAA",
        lambda publisher: publisher.blob(number=8),
        lambda publisher: "",
        lambda publisher: "a.b.c",
    ],
    ids=["older", "of somebody else", "spoilt", "of nothing", "empty", "no list"],
)
def test_what_is_not_to_be_believed_replaces_nothing(run, tmp_path, blob, publisher, made):
    before, offered = blob.read_bytes(), tmp_path / "offered.jwt"
    offered.write_text(made(publisher))
    result = run("update", str(offered))
    assert result.returncode not in (0, 2) and result.stderr
    assert blob.read_bytes() == before
    assert sorted(path.name for path in tmp_path.glob("*.jwt*")) == ["metadata.jwt", "offered.jwt"]


# What cannot be read is mended by what can
@pytest.mark.parametrize("broken", [b"a.b.c", b"", bytes(33 * 1024 * 1024)], ids=["no list", "empty", "huge"])
def test_a_broken_list_is_replaced(run, tmp_path, blob, publisher, broken):
    blob.write_bytes(broken)
    newer = tmp_path / "newer.jwt"
    newer.write_text(publisher.blob(Maker().entry(), number=1))
    assert run("update", str(newer)).returncode == 0
    assert "number 1" in run("show").stdout


class Site(BaseHTTPRequestHandler):
    """Answers with what its server has under a path: a status, headers, content."""

    def do_GET(self):
        status, headers, content = self.server.pages.get(self.path, (404, {}, b"nothing here"))
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(content))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # of who has seen enough
            self.wfile.write(content)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def site():
    server = ThreadingHTTPServer(("127.0.0.1", free_port()), Site)
    server.pages = {}
    server.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_it_is_fetched_from_this_machine(run, blob, publisher, site):
    site.pages["/list"] = (200, {}, publisher.blob(Maker().entry(), number=8).encode())
    assert run("update", f"{site.url}/list").returncode == 0
    assert "number 8" in run("show").stdout


# ASVS 12.2.1: errors are no lists, an answer has a limit, and no redirect leaves TLS
def test_what_is_fetched_is_a_list_of_bounded_size_over_tls(run, blob, publisher, site):
    before, genuine = blob.read_bytes(), publisher.blob(Maker().entry(), number=8).encode()
    site.pages |= {
        "/error": (500, {}, genuine),
        "/huge": (200, {}, bytes(33 * 1024 * 1024)),
        "/list": (200, {}, genuine),
        "/elsewhere": (302, {"Location": f"{site.url}/list"}, b""),
    }
    for path, words in (
        ("/error", "HTTP response code"),
        ("/not-there", "HTTP response code"),
        ("/huge", "larger than"),
        ("/elsewhere", "Unsupported protocol"),
    ):
        result = run("update", site.url + path)
        assert result.returncode == 1 and words in result.stderr, (path, result.stderr)
    assert blob.read_bytes() == before
    assert "only https" in run("update", "http://mds.example/").stderr


# ASVS 12.2.1: the list decides whom to trust
@pytest.mark.parametrize("source", ["http://127.0.0.1/metadata", "ftp://127.0.0.1/x", "not-there.jwt", "/dev/zero"])
def test_it_comes_from_a_file_or_over_tls(run, blob, source):
    before = blob.read_bytes()
    assert run("update", source).returncode not in (0, 2)
    assert blob.read_bytes() == before


def test_an_endless_file_is_not_waited_for(run, blob):
    blob.unlink()
    os.mkfifo(blob)
    result = run("show")
    assert result.returncode == 1 and "cannot be read" in said(result)


def test_without_a_file_there_is_nothing_to_show(backend, tmp_path):
    settings = TEST_SETTINGS | backend.settings(tmp_path) | {"PORT": free_port()}
    result = command("webauthn", "metadata", "show", settings=settings, folder=tmp_path)
    assert result.returncode == 1 and "WEBAUTHN_MDS_FILE" in said(result)
