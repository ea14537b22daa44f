"""CORS for the entries of FRONTEND_ORIGIN, exactly (ASVS 3.4.2, attack 21)."""

import pytest

from harness.people import People, fresh_email
from harness.server import Server

FRONT, OTHER = "https://front.example.test", "http://localhost:5173"


@pytest.fixture(scope="module")
def browser(backend, tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("cors"), backend, {"FRONTEND_ORIGIN": f"{FRONT},{OTHER}"}).start()
    yield People(running).browser()
    running.stop()


def preflight(browser, path, origin, method="POST", headers="content-type, x-csrf-token"):
    asked = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
    return browser.request("OPTIONS", path, headers=asked)


def words(reply, name):
    return {word.strip().lower() for word in (reply.header(name) or "").split(",")}


def cors_headers(reply):
    return [name for name, _ in reply.headers if name.lower().startswith("access-control-")]


@pytest.mark.parametrize("origin", [FRONT, OTHER])
def test_a_listed_origin_may_read_answers_with_credentials(browser, origin):
    reply = browser.get("/auth/me", headers={"Origin": origin})
    assert reply.status == 401, "errors are readable too"
    assert reply.header("Access-Control-Allow-Origin") == origin
    assert reply.header("Access-Control-Allow-Credentials") == "true"
    assert "origin" in words(reply, "Vary")


@pytest.mark.parametrize(
    "path, methods",
    [
        ("/auth/login", {"post"}),
        ("/auth/me", {"get", "patch"}),
        ("/auth/sessions/00000000-0000-7000-8000-000000000000", {"delete"}),
    ],
)
def test_preflight_lists_the_real_methods(browser, path, methods):
    reply = preflight(browser, path, FRONT)
    assert reply.status == 204
    assert reply.header("Access-Control-Allow-Origin") == FRONT
    assert reply.header("Access-Control-Allow-Credentials") == "true"
    assert methods <= words(reply, "Access-Control-Allow-Methods")
    assert not ({"put", "patch", "trace", "*"} - methods) & words(reply, "Access-Control-Allow-Methods")
    assert words(reply, "Access-Control-Allow-Headers") == {"content-type", "x-csrf-token"}
    assert 60 <= int(reply.header("Access-Control-Max-Age")) <= 7200, "remembered, not as long as a change of it takes"
    assert "origin" in words(reply, "Vary")


def test_a_listed_origin_signs_in_and_acts(browser):
    people = People(browser.server)
    account = people.verified()
    client = people.browser()
    headers = {"Origin": FRONT, "Sec-Fetch-Site": "cross-site"}
    assert client.post("/auth/login", account.credentials, headers=headers).status == 200
    assert client.post("/auth/logout", csrf=True, headers=headers).status == 200


def test_without_the_setting_there_is_no_cors(client):
    reply = client.post("/auth/verify-email/resend", {"email": fresh_email()}, headers={"Origin": client.server.public_url})
    assert reply.status == 200 and cors_headers(reply) == []
