"""GET /auth/verify, asked as edges ask: nginx and Caddy (test_edges.py runs them), Traefik's ForwardAuth and Envoy's
ext_authz over HTTP, whose requests are made here after their documentation and source."""

from urllib.parse import parse_qs, urlsplit

import pytest

from harness import raw
from harness.ageing import age_proofs, age_sessions, last_uses
from harness.client import Client
from harness.daemon import wait_until
from harness.people import People
from harness.raw import RawConnection
from harness.server import Server

HTML = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
UNAUTHENTICATED, FORBIDDEN = (401, "unauthenticated"), (403, "forbidden")
STEP_UP, ENROL, MALFORMED = (403, "step_up_required"), (403, "mfa_enrolment_required"), (400, "invalid_request")
VERIFY = "/auth/verify"


@pytest.fixture(scope="module")
def behind(backend, tmp_path_factory):
    """A service that believes the edges of this machine."""
    settings = {
        "TRUSTED_PROXIES": "127.0.0.1",
        "MFA_REQUIRED_ROLES": "none",
        "TOKEN_AUDIENCES": "reports,archive",
        "RETURN_TO_ORIGINS": "https://other.example.org",
    }
    running = Server(tmp_path_factory.mktemp("behind"), backend, settings).start()
    yield running
    running.stop()


@pytest.fixture
def people(behind) -> People:
    return People(behind)


def traefik(server, client: Client, uri: str = "/app?x=1", method: str = "GET", requirement: str = "", **headers):
    """ForwardAuth: GET of its own address, whose host is the Host; what it is about in X-Forwarded-…; the client's headers
    as they are, those of the body among them."""
    told = {
        "Host": "secureauth:8000",
        "X-Forwarded-Method": method,
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": server.authority,
        "X-Forwarded-Uri": uri,
        "X-Forwarded-For": "203.0.113.7",
    }
    return client.get(f"{VERIFY}?{requirement}", headers=HTML | told | headers)


def envoy(client: Client, path: str = "/app?x=1", method: str = "GET", requirement: str = "any", **headers):
    """ext_authz: the request's own method, host and path, that behind path_prefix; no body; Content-Length 0."""
    return client.request(method, f"{VERIFY}/{requirement}{path}", headers=HTML | {"Content-Length": "0"} | headers)


def location_of(reply) -> dict[str, str]:
    assert reply.status == 302, reply
    url = urlsplit(reply.header("Location"))
    return {"page": f"{url.scheme}://{url.netloc}{url.path}"} | {k: v[0] for k, v in parse_qs(url.query).items()}


def identity(reply) -> dict[str, str]:
    assert reply.status == 200, reply
    return {name: value for name, value in reply.headers if name.startswith("X-Auth-")}


def test_it_says_whose_request_it_is(people):
    client, account = people.signed_in()
    session = next(one["id"] for one in client.get("/auth/sessions").json["sessions"] if one["current"])
    known = {"X-Auth-User": account.id, "X-Auth-Role": "user", "X-Auth-Aal": "1", "X-Auth-Session": session}
    reply = client.get(VERIFY)
    assert identity(reply) == known
    assert reply.header("Cache-Control") == "no-store"
    assert account.email not in str(reply.headers) + reply.body.decode(), "no more of a person than it takes"
    assert identity(traefik(people.server, client)) == identity(envoy(client)) == known


# ASVS 7.2.1, 8.2.1
def test_without_a_session_it_is_refused(people):
    anonymous = people.browser()
    assert anonymous.get(VERIFY).refusal == UNAUTHENTICATED
    assert anonymous.get(VERIFY, cookies="__Host-sid=" + "A" * 43).refusal == UNAUTHENTICATED
    assert anonymous.get(VERIFY, cookies="__Host-sid=nonsense").refusal == UNAUTHENTICATED


# ASVS 7.2.1, attack 15: the token is taken from the cookie alone
def test_no_other_place_holds_a_session(people):
    token = people.signed_in()[0].cookies["__Host-sid"]
    anonymous = people.browser()
    for headers in (
        {"Authorization": f"Bearer {token}"},
        {"X-Auth-Session": token},
        {"X-Forwarded-Cookie": f"__Host-sid={token}"},
    ):
        assert anonymous.get(VERIFY, headers=headers).refusal == UNAUTHENTICATED


# Fail closed: ASVS 8.2.1, 16.5.3
# fmt: off
@pytest.mark.parametrize("requirement", [
    "roel=staff", "role=Staff", "role=", "role=root", "role=staff,admin", "aal=3", "aal=", "aal=2%20", "aal=02", "max_age=0",
    "max_age=-1", "max_age=5m", "sign_in=true", "token=unknown", "token=", "rd=/", "aal=1&aal=2", "role=user&role=admin", "%zz", "=",
    "aal", "AAL=2", "aal=2;role=staff"])
# fmt: on
def test_a_requirement_that_is_mistyped_lets_nobody_in(people, requirement):
    admin, anonymous = people.of_role("admin")[0], people.browser()
    for client in (admin, anonymous):
        assert client.get(f"{VERIFY}?{requirement}").refusal == MALFORMED
        assert envoy(client, requirement=requirement).refusal in (MALFORMED, (404, "not_found"))


# ASVS 8.2.1, 6.3.3
def test_role_and_assurance_are_asked_for(people):
    user, user_with_totp = people.signed_in()[0], people.with_totp()[0]
    staff, admin = people.of_role("staff")[0], people.of_role("admin")[0]
    wanted = {
        "": [(200, None)] * 4,
        "aal=1": [(200, None)] * 4,
        "aal=2": [ENROL, (200, None), (200, None), (200, None)],
        "role=user": [(200, None)] * 4,
        "role=staff": [FORBIDDEN, FORBIDDEN, (200, None), (200, None)],
        "role=admin&aal=2": [FORBIDDEN, FORBIDDEN, FORBIDDEN, (200, None)],
    }
    for requirement, refusals in wanted.items():
        clients = (user, user_with_totp, staff, admin)
        assert [client.get(f"{VERIFY}?{requirement}").refusal for client in clients] == refusals, requirement
        assert [envoy(client, requirement=requirement or "any").refusal for client in clients] == refusals, requirement


# ASVS 7.5.3
def test_age_is_asked_for_and_a_step_up_renews_it(people):
    client, account = people.signed_in()
    age_proofs(people.server, account.id, 100)
    stale = client.get(f"{VERIFY}?max_age=90")
    assert stale.refusal == STEP_UP and stale.json["methods"] == ["password"]
    assert client.get(f"{VERIFY}?max_age=300").status == 200
    assert people.step_up(client, account).status == 200
    assert client.get(f"{VERIFY}?max_age=90").status == 200


# ASVS 6.3.3
def test_who_must_enrol_a_factor_does_not_pass(start_server):
    people = People(start_server(MFA_REQUIRED_ROLES="user,staff,admin"))
    assert people.signed_in()[0].get(VERIFY).refusal == ENROL
    assert people.with_totp()[0].get(VERIFY).status == 200


# ASVS 7.4.1, 7.4.2
def test_a_session_that_ended_does_not_pass(people):
    client, account = people.signed_in()
    assert people.server.command("user", "disable", account.email).returncode == 0
    wait_until(lambda: client.get(VERIFY).status != 200, "it is over")
    assert client.get(VERIFY).refusal == UNAUTHENTICATED


# ASVS 7.3.1: a request that passed is a use of its session; one that did not is none
def test_a_request_that_passes_is_a_use(start_server):
    server = start_server(SESSION_IDLE_TIMEOUT_SECONDS=900)
    people = People(server)
    (used, user), (refused, other) = people.signed_in(), people.signed_in()
    for refusal in (FORBIDDEN, UNAUTHENTICATED):
        for account in (user, other):
            age_sessions(server, account.id, 600, "last_used_at")
        before = last_uses(server, user.id)
        assert used.get(VERIFY).status == 200
        assert refused.get(f"{VERIFY}?role=admin").refusal == refusal
        wait_until(lambda: last_uses(server, user.id) > before, "the use is written, beside the answer")
    assert used.get("/auth/me").status == 200
    assert refused.get("/auth/me").refusal == UNAUTHENTICATED


# ASVS 3.7.2, attack 22
def test_a_page_load_is_sent_to_the_sign_in_page(people):
    server, anonymous = people.server, people.browser()
    own = server.public_url
    asked = traefik(server, anonymous, requirement="sign_in=redirect&aal=2&max_age=300")
    assert location_of(asked) == {"page": f"{own}/sign-in", "return_to": f"{own}/app?x=1", "aal": "2", "max_age": "300"}
    assert not asked.body and asked.header("Cache-Control") == "no-store"
    appended = envoy(anonymous, "/a/../b?c=d&role=admin", requirement="sign_in=redirect")
    assert location_of(appended) == {"page": f"{own}/sign-in", "return_to": f"{own}/a/../b?c=d&role=admin"}
    for_staff = traefik(server, anonymous, requirement="sign_in=redirect&role=staff")
    assert location_of(for_staff) == {"page": f"{own}/sign-in", "return_to": f"{own}/app?x=1", "role": "staff"}
    stepping = traefik(server, people.with_totp()[0], requirement="sign_in=redirect&max_age=300")
    assert stepping.status == 200
    weak = people.signed_in()[0]
    assert location_of(traefik(server, weak, requirement="sign_in=redirect&aal=2"))["aal"] == "2"


def test_an_edge_that_cannot_redirect_is_told_where_to(people):
    """nginx takes nothing but 2xx, 401 and 403."""
    reply = traefik(people.server, people.browser())
    assert reply.refusal == UNAUTHENTICATED
    assert urlsplit(reply.header("X-Auth-Sign-In")).path == "/sign-in"
    weak = traefik(people.server, people.signed_in()[0], requirement="aal=2")
    assert weak.refusal == ENROL and "aal=2" in weak.header("X-Auth-Sign-In")


def test_all_else_gets_the_status_alone(people):
    server, anonymous = people.server, people.browser()
    for headers in (
        {"Accept": "application/json"},
        {"Accept": "*/*"},
        {"Accept": None},
        {"Sec-Fetch-Mode": "cors"},
        {"X-Forwarded-Method": "POST"},
        {"X-Forwarded-Method": None},
        {"X-Forwarded-Uri": None},
        {"X-Forwarded-Uri": "app"},
    ):
        reply = traefik(server, anonymous, requirement="sign_in=redirect", **headers)
        assert reply.refusal == UNAUTHENTICATED and reply.header("X-Auth-Sign-In") is None, headers
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert envoy(anonymous, method=method, requirement="sign_in=redirect").refusal == UNAUTHENTICATED
    user = people.signed_in()[0]
    assert traefik(server, user, requirement="sign_in=redirect&role=staff").refusal == FORBIDDEN


# ASVS 3.7.2, attack 22
# fmt: off
@pytest.mark.parametrize("headers", [
    {"X-Forwarded-Uri": "//evil.test/"}, {"X-Forwarded-Uri": "/x", "X-Forwarded-Proto": "javascript"},
    {"X-Forwarded-Uri": "/\\evil.test"}, {"X-Forwarded-Uri": "@evil.test/"}, {"X-Forwarded-Uri": "/" + "x" * 4000},
    {"X-Forwarded-Uri": "", "X-Original-URL": "https://evil.test/"},
    {"X-Forwarded-Uri": "", "X-Original-URL": "//evil.test/"}])
# fmt: on
def test_nobody_is_led_to_a_strangers_site(people, headers):
    reply = traefik(people.server, people.browser(), requirement="sign_in=redirect", **headers)
    if reply.status == 302:
        assert location_of(reply)["return_to"].startswith(people.server.public_url + "/"), reply.headers
    else:
        assert reply.refusal == UNAUTHENTICATED


def test_the_ingress_of_kubernetes_says_it_in_its_own_way(people):
    told = {"X-Original-URL": f"{people.server.public_url}/app?x=1", "X-Original-Method": "GET"}
    reply = people.browser().get(f"{VERIFY}?sign_in=redirect", headers=HTML | told)
    assert location_of(reply)["return_to"] == told["X-Original-URL"]


# ASVS 1.2.1: nothing of a request's head gets out of the value that it stands in
def test_nothing_gets_out_of_the_address(people):
    tricky = "/a?b=c&d=%0d%0aSet-Cookie:x=y&return_to=//evil.test&aal=1#f"
    reply = traefik(people.server, people.browser(), tricky, requirement="sign_in=redirect&aal=2")
    located = parse_qs(urlsplit(reply.header("Location")).query)
    assert located == {"return_to": [f"{people.server.public_url}{tricky}"], "aal": ["2"]}
    assert reply.header("Set-Cookie") is None
    head = (
        f"GET {VERIFY}?sign_in=redirect HTTP/1.1\r\nHost: {people.server.authority}\r\nAccept: text/html\r\n"
        "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /a\rSet-Cookie: x=y\r\nConnection: close\r\n\r\n"
    )
    with RawConnection(people.server) as connection:
        assert connection.send(head).reply(check=False).status == 400


# ASVS 4.1.3, attack 7: who is no trusted proxy says nothing about others
def test_a_stranger_is_not_believed(people):
    server = people.server
    fields = "".join(
        f"{name}: {value}\r\n"
        for name, value in {
            "X-Forwarded-Method": "GET",
            "X-Forwarded-Proto": "http",
            "X-Forwarded-Host": server.authority,
            "X-Forwarded-Uri": "/app",
            "Accept": "text/html",
        }.items()
    )
    for host, wanted in ((server.authority, 401), ("secureauth:8000", 400)):
        head = f"GET {VERIFY}?sign_in=redirect HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n"
        with RawConnection(server, source="127.0.0.9") as connection:
            reply = connection.send(head).reply(path=VERIFY)
        assert reply.status == wanted and reply.header("Location") is None, reply


# ASVS 13.4.5, attack 43
def test_the_host_that_is_asked_about_must_be_ours(people):
    client = people.signed_in()[0]
    assert traefik(people.server, client).status == 200
    for headers in (
        {"X-Forwarded-Host": "evil.test"},
        {"X-Forwarded-Host": "app.example.org"},
        {"X-Forwarded-Host": f"{people.server.authority}, evil.test"},
        {"X-Forwarded-Host": ""},
        {"X-Forwarded-Host": None},
    ):
        assert traefik(people.server, client, **headers).refusal == MALFORMED, headers
    assert (
        client.get("/auth/me", headers={"Host": "secureauth:8000", "X-Forwarded-Host": people.server.authority}).refusal
        == MALFORMED
    ), "for an edge's question alone"


# ASVS 3.5.1: what changes nothing needs no origin and no CSRF token; what changes something still does
def test_envoy_asks_with_the_requests_own_method(people):
    client = people.signed_in()[0]
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
        for path in ("/", "/app", "/a/b/c?x=/y", "/auth/logout", "/..;/x", "//x", "/%2e%2e/", "/any", "/?role=admin&roel=1"):
            reply = envoy(client, path, method, Origin="https://evil.test", **{"Sec-Fetch-Site": "cross-site"})
            assert reply.status == 200, (method, path, reply)
    assert client.post("/auth/logout").refusal == (403, "csrf_failed")
    assert client.get("/auth/me").status == 200
    assert client.request("TRACE", f"{VERIFY}/any/app").status == 405


# The requirement stands before the request's own path: nothing in that makes it weaker
def test_a_path_cannot_weaken_what_is_asked(people):
    user = people.signed_in()[0]
    for path in ("/../any/app", "/any/app", "/?aal=1", "/%2e%2e/any/", "/&aal=1", "/aal=1/"):
        assert envoy(user, path, requirement="role=staff").refusal == FORBIDDEN, path
    assert user.get(f"{VERIFY}/app/x").refusal == MALFORMED, "a prefix without a requirement is no prefix"
    assert user.get(f"{VERIFY}/any").refusal == (404, "not_found")


# ASVS 8.2.1: an edge may keep the method, and takes any 2xx for a yes
@pytest.mark.parametrize("path", [VERIFY, f"{VERIFY}?role=admin", f"{VERIFY}/any/app", f"{VERIFY}/role=admin/app?x=1"])
def test_no_method_lets_anybody_in_unchecked(people, path):
    methods = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "QUERY", "get")
    preflight = {"Origin": people.server.public_url, "Access-Control-Request-Method": "POST"}
    for client in (people.browser(), people.signed_in()[0]):
        for method in methods:
            reply = client.request(method, path, headers=preflight if method == "OPTIONS" else {})
            passes = len(client.cookies) > 0 and "role" not in path and reply.status == 200
            assert passes or 401 <= reply.status <= 405, (method, reply)
            if method in ("OPTIONS", "TRACE", "PROPFIND", "QUERY", "get"):
                assert reply.refusal == (405, "method_not_allowed") and "OPTIONS" not in reply.header("Allow")


# ASVS 14.2.1: the path is the application's, and may hold a link that opens something
def test_the_log_has_no_path_of_the_application(people):
    secret = "do-not-log-paths"
    client, server = people.signed_in()[0], people.server
    replies = [
        client.request(method, f"{VERIFY}/{requirement}/reset/{secret}")
        for method in ("GET", "POST", "OPTIONS", "PROPFIND")
        for requirement in ("any", "role=admin", "nonsense")
    ]
    with RawConnection(server) as connection:
        head = raw.request(server, f"GET {VERIFY}/any/reset/{secret}#x HTTP/1.1")  # refused before any route
        replies.append(connection.send(head).reply("GET", f"{VERIFY}/any/app"))
    for reply in replies:
        line = server.wait_for_log(lambda line: line.get("request_id") == reply.header("X-Request-Id") and "status" in line)
        assert line["path"] == VERIFY + "/{requirement}/{path}"
    assert secret not in server.log()


# Attack 23: what an edge copies of a request with a body says nothing about its own
def test_headers_of_a_body_that_is_not_there(people):
    client = people.signed_in()[0]
    copied = {"Content-Type": "multipart/form-data; boundary=x", "Content-Encoding": "gzip"}
    assert traefik(people.server, client, method="POST", **copied).status == 200
    assert client.get("/auth/me", headers={"Content-Encoding": "gzip"}).status == 415
    assert client.request("GET", VERIFY, body=b"x=1", headers={"Content-Type": "text/plain"}).status == 415
    head = f"GET {VERIFY} HTTP/1.0\r\nHost: {people.server.authority}\r\nCookie: {client.cookies.header()}\r\n\r\n"
    with RawConnection(people.server) as connection:
        assert connection.send(head).reply(path=VERIFY).status == 200, "nginx asks in HTTP/1.0 unless told otherwise"


def test_it_counts_against_no_limit(start_server):
    server = start_server(RATE_LIMIT_REQUESTS="10", RATE_LIMIT_EXEMPT="none", TRUSTED_PROXIES="127.0.0.1")
    people = People(server)
    client = people.sign_in(people.verified())
    for _ in range(30):
        reply = client.get(VERIFY)
        assert reply.status == 200 and reply.header("RateLimit") is None
        assert envoy(client, method="POST").status == 200


# ASVS 16.3.2: a refusal is on record, whoever asked
def test_refusals_are_recorded(people):
    client, account = people.signed_in()
    assert client.get(f"{VERIFY}?role=admin").refusal == FORBIDDEN
    refused = "SELECT details FROM audit_logs WHERE event = 'request.refused' AND actor_id = ?"
    found = wait_until(lambda: people.server.rows(refused, account.id), "it is recorded")
    assert "GET /auth/verify" in str(found[0]) and "forbidden" in str(found[0])


# The sign-in page itself asks it whether what it has is enough
def test_a_page_of_this_site_may_ask(people):
    client, account = people.with_totp()
    assert client.get(f"{VERIFY}?aal=2&max_age=300", headers={"Sec-Fetch-Site": "same-origin"}).status == 200


# ASVS 7.4.1: no answer is one for another session
def test_sessions_are_not_mixed_up(people):
    clients = [people.signed_in() for _ in range(4)]
    for _ in range(25):
        for client, account in clients:
            assert identity(client.get(VERIFY))["X-Auth-User"] == account.id


def test_with_a_front_end_of_its_own_people_go_there(start_server):
    server = start_server(HOSTED_PAGES="false", FRONTEND_URL="https://front.example.org", TRUSTED_PROXIES="127.0.0.1")
    reply = traefik(server, Client(server), requirement="sign_in=redirect")
    assert location_of(reply)["page"] == "https://front.example.org/sign-in"
