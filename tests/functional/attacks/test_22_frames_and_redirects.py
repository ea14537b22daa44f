"""Attack 22: a hosted page in a frame; a popup keeps `opener`; `return_to` in twenty shapes -> refused by CSP; the opener
is null; this site or a listed one only.

What a browser makes of the headers is in tests/browser/sessions.test.js ("no page of the service can be framed"). Where a
sign-in may lead back to is decided by GET /auth/return-to alone (test_hosted_pages.py): no page and no other answer is
different for one.
"""

import pytest

from harness import contract
from harness.bodies import OPERATIONS
from harness.people import People
from harness.server import Server

FRONT = "https://front.example.test"
PAGES = sorted(
    path
    for (method, path), operation in OPERATIONS.items()
    if method == "GET" and "text/html" in contract.resolve(operation["responses"].get("200", {})).get("content", {})
)
SHAPES = [
    "//evil.test",
    "///evil.test",
    "/\\evil.test",
    "\\\\evil.test",
    "https:evil.test",
    "https:/evil.test",
    "https://evil.test",
    "http://evil.test",
    "HTTPS://EVIL.TEST",
    "https://user@evil.test",
    "https://localhost@evil.test",
    "/%09/evil.test",
    "/\t/evil.test",
    "//evil%E3%80%82test",
    "https://xn--80ak6aa92e.test",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    f"{FRONT}.evil.test",
    f"{FRONT}@evil.test",
    "/../..//evil.test",
    "?x=//evil.test",
    "%2f%2fevil.test",
    "\r\nLocation: https://evil.test",
    "%0d%0aLocation:%20https://evil.test",
    '"><script>alert(1)</script>',
    "blob:https://evil.test/x",
]
NAMES = ["return_to", "next", "redirect", "redirect_uri", "url", "continue", "RelayState", "target"]


@pytest.fixture(scope="module")
def browser(backend, tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("pages"), backend, {"FRONTEND_ORIGIN": FRONT}).start()
    yield People(server).signed_in()[0]
    server.stop()


def directives(reply) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in reply.header("Content-Security-Policy").split(";"))
    return {name: value for name, _, value in parts if name}


def test_there_are_pages_to_try():
    assert {"/verify-email", "/reset-password", "/confirm-email", "/dev/mailbox"} <= set(PAGES)


# ASVS 3.4.6, 3.4.3, 3.4.8, attack 22: framed by nobody, not by itself either, nor by a listed front end
@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": FRONT}, {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site"}, {"Referer": "https://evil.test/"}],
    ids=["plain", "front end", "iframe", "referer"],
)
def test_a_page_is_framed_by_nobody_and_keeps_no_opener(browser, path, headers):
    reply = browser.get(path, headers={"Accept": "text/html"} | headers)
    policy = directives(reply)
    assert policy["frame-ancestors"] == "'none'" and policy["form-action"] == "'self'"
    assert policy["base-uri"] == policy["object-src"] == "'none'" and policy["default-src"] == "'none'"
    assert "unsafe" not in str(policy) and "*" not in str(policy) and "http" not in str(policy)
    assert reply.header("Cross-Origin-Opener-Policy") == "same-origin"
    assert reply.header("Cross-Origin-Resource-Policy") == "same-origin"
    assert reply.header("Referrer-Policy") == "no-referrer"


# ASVS 3.7.2, attack 22
@pytest.mark.parametrize("path", PAGES + ["/auth/login", "/auth/logout", "/auth/csrf", "/auth/verify-email"])
def test_no_page_leads_anywhere_else(browser, path):
    plain = browser.get(path, headers={"Accept": "text/html"})
    for shape in SHAPES:
        query = "".join(
            f"%{byte:02x}" if byte <= 0x20 or byte >= 0x7F or byte in b'"<>\\#' else chr(byte) for byte in shape.encode()
        )
        for name in NAMES:
            reply = browser.get(f"{path}?{name}={query}", headers={"Accept": "text/html"})
            assert reply.status == plain.status and not reply.all("Location") and not reply.all("Refresh"), shape
            assert b"evil" not in reply.body, shape
            assert path not in PAGES or reply.body == plain.body, shape
            assert [name for name, _ in reply.headers] == [name for name, _ in plain.headers], shape


# ASVS 3.7.2, attack 22: nor does an answer to a form, whoever asks
@pytest.mark.parametrize("name", NAMES)
def test_no_answer_leads_anywhere_else(people, name):
    account = people.verified()
    for shape in SHAPES:
        client = people.browser()
        reply = client.post("/auth/login", account.credentials | {name: shape})
        assert reply.status == 200 and not reply.all("Location") and b"evil" not in reply.body
        client.close()
