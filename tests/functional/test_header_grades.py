"""The headers of the OWASP Secure Headers Project, each with what it must say on every kind of answer, or why it is not
sent (its lists of headers to add, to remove and deprecated, of July 2024; ASVS 3.4.1 to 3.4.8, 13.4.5, attack 22)."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from harness import raw
from harness.hosted import asset
from harness.people import People
from harness.raw import RawConnection, exchange
from harness.reply import Reply
from harness.server import Server

FRONT = "https://front.example.test"
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


@pytest.fixture(scope="module")
def answers(backend, tmp_path_factory) -> dict[str, Reply]:
    """One of each kind, from a service behind https."""
    settings = {
        "PUBLIC_URL": "https://auth.example.test",
        "FRONTEND_ORIGIN": FRONT,
        "HTTP_MAX_CONNECTIONS_PER_ADDRESS": 20,
        "IO_THREADS": 1,  # which takes connections in their order: the last is the one too many
    }
    server = Server(tmp_path_factory.mktemp("headers"), backend, settings).start()
    found = answers_of(server)
    server.stop()
    return found


def answers_of(server) -> dict[str, Reply]:
    client, account = People(server).signed_in()
    preflight = {"Origin": FRONT, "Access-Control-Request-Method": "POST"}
    large = raw.request(server, "POST /auth/login HTTP/1.1", "Content-Type: application/json", "Content-Length: 99999")
    long = raw.request(server, "GET /health HTTP/1.1", "X: " + "x" * 20000)
    found = {
        "session": client.get("/auth/me"),
        "health": client.get("/health"),
        "page": client.get("/reset-password"),
        "mailbox": client.get("/dev/mailbox"),
        "script": client.get("/assets/webauthn.js"),
        "style": client.get(asset(client, "styles/page.css")),
        "icon": client.get(asset(client, "images/icon.svg")),
        "head": client.request("HEAD", "/auth/me"),
        "preflight": client.request("OPTIONS", "/auth/login", headers=preflight),
        "400": client.post("/auth/login", body=b"{", headers={"Content-Type": "application/json"}),
        "401": People(server).browser().get("/auth/me"),
        "403": client.post("/auth/logout"),
        "404": client.get("/nowhere"),
        "405": client.post("/auth/me"),
        "415": client.post("/auth/login", body=b"x"),
        "413": exchange(server, large, "POST", "/auth/login")[0],
        "422": client.post("/auth/login", {}),
        "431": exchange(server, long, "GET", "/health")[0],
        "from a front end": client.get("/auth/me", headers={"Origin": FRONT}),
    }
    found["500"] = without_a_table(server, "users", lambda: client.post("/auth/login", account.credentials))
    found["503"] = turned_away(server)
    found["sign-out"] = client.post("/auth/logout", csrf=True)
    statuses = {name: found[name].status for name in found if name.isdigit()}
    assert statuses.pop("500") in (500, 503)
    assert {name: str(status) for name, status in statuses.items()} == {name: name for name in statuses}
    return found


def without_a_table(server, table: str, act: Callable[[], Reply]) -> Reply:
    server.execute(f"ALTER TABLE {table} RENAME TO {table}_away")
    try:
        return act()
    finally:
        server.execute(f"ALTER TABLE {table}_away RENAME TO {table}")


def turned_away(server) -> Reply:
    with ExitStack() as held:
        crowd = [held.enter_context(RawConnection(server, source="127.0.0.5")) for _ in range(21)]
        return crowd[-1].reply("GET", "/")


@dataclass(frozen=True)
class Grade:
    """`expected(kind, reply)`: the header's one value there, None where it must be absent."""

    expected: Callable[[str, Reply], str | None]
    why: str = "as the project recommends"


def always(value: str | None) -> Callable[[str, Reply], str | None]:
    return lambda kind, reply: value


def absent(why: str) -> Grade:
    return Grade(always(None), why)


ON_PAGES = {"page", "mailbox"}
# Nothing in them is anybody's: a page has no user data, and an asset's address changes with its content.
KEPT = {
    **dict.fromkeys(["page", "mailbox", "script"], "no-cache"),
    **dict.fromkeys(["style", "icon"], "public, max-age=31536000, immutable"),
}
GRADES = {
    # to add
    "Cache-Control": Grade(
        lambda kind, reply: KEPT.get(kind, "no-store"), "max-age=0 says nothing more beside no-store (RFC 9111 §5.2.2.5)"
    ),
    "Clear-Site-Data": Grade(
        lambda kind, reply: '"cache", "storage"' if kind == "sign-out" else None,
        "at the end of a session, whose cookies end by name: ADR 25",
    ),
    "Content-Security-Policy": Grade(
        lambda kind, reply: PAGE_POLICY if kind in ON_PAGES else DATA_POLICY,
        "stricter: nothing by default; no code stands in a page, so there is nothing to hash",
    ),
    "Cross-Origin-Embedder-Policy": Grade(always("require-corp")),
    "Cross-Origin-Opener-Policy": Grade(always("same-origin")),
    "Cross-Origin-Resource-Policy": Grade(always("same-origin"), "a front end of another origin asks by CORS"),
    "Permissions-Policy": Grade(
        always(
            "publickey-credentials-get=(self), publickey-credentials-create=(self), camera=(), display-capture=(), "
            "geolocation=(), microphone=(), payment=(), usb=()"
        ),
        "passkeys for our own pages, nothing powerful else",
    ),
    "Referrer-Policy": Grade(always("no-referrer")),
    "Strict-Transport-Security": Grade(always("max-age=31536000; includeSubDomains")),
    "X-Content-Type-Options": Grade(always("nosniff")),
    "X-Frame-Options": Grade(always("DENY")),
    "X-Permitted-Cross-Domain-Policies": Grade(always("none")),
    # working drafts and non-standard
    "X-DNS-Prefetch-Control": absent("pages link to nothing elsewhere, and no standard has it"),
    "Content-Security-Policy-Report-Only": absent("the policy is in force"),
    # deprecated
    "Expect-CT": absent("browsers ask for certificate transparency by themselves"),
    "Feature-Policy": absent("became Permissions-Policy"),
    "Pragma": absent("a header of requests; Cache-Control says it"),
    "Public-Key-Pins": absent("locks a site out; browsers have dropped it"),
    "X-XSS-Protection": absent("its filter was itself a hole, and is gone"),
    # to remove: what names the software
    "Server": absent("tells an attacker what to look up"),
    "X-Powered-By": absent("tells an attacker what to look up"),
    "SourceMap": absent("there is none"),
    # not of the project's list, and a way to undo the policies above
    "Access-Control-Allow-Origin": Grade(
        lambda kind, reply: FRONT if kind in ("preflight", "from a front end") else None, "a listed front end's, exactly"
    ),
    "Location": absent("nothing redirects"),
}
OURS = {
    "Date",
    "X-Request-Id",
    "Content-Type",
    "Content-Length",
    "Connection",
    "Allow",
    "Vary",
    "Retry-After",
    "WWW-Authenticate",
    "Set-Cookie",
    "Access-Control-Allow-Credentials",
    "Access-Control-Expose-Headers",
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Headers",
    "Access-Control-Max-Age",
    "RateLimit",
    "RateLimit-Policy",
    "ETag",
    "Content-Encoding",
}


@pytest.mark.parametrize("name", GRADES)
def test_each_header_on_each_kind_of_answer(answers, name):
    said = {kind: reply.all(name) for kind, reply in answers.items()}
    expected = {kind: GRADES[name].expected(kind, reply) for kind, reply in answers.items()}
    assert said == {kind: [] if value is None else [value] for kind, value in expected.items()}, GRADES[name].why


def test_no_header_is_ungraded(answers):
    """The project's list of headers to remove has dozens of names, and grows: only known ones are sent at all."""
    known = {name.lower() for name in OURS | set(GRADES)}
    assert {name for reply in answers.values() for name, _ in reply.headers if name.lower() not in known} == set()


def test_a_page_gets_no_code_but_its_own_files(answers):
    for kind in ON_PAGES:
        policy = dict(part.split(" ", 1) for part in answers[kind].header("Content-Security-Policy").split("; "))
        assert policy["script-src"] == policy["style-src"] == "'self'", "no inline, no eval, no other host, no data:"
        assert b"<script>" not in answers[kind].body and b"style=" not in answers[kind].body
