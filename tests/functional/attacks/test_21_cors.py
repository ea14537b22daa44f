"""Attack 21: CORS from look-alike origins, null, the http twin, a trailing dot -> no Access-Control headers."""

import pytest

from harness.bodies import OPERATIONS, body_for, target
from harness.people import People
from harness.server import Server

FRONT = "https://front.example.test"
FORMS = sorted({route[1] for route in OPERATIONS})


@pytest.fixture(scope="module")
def browser(backend, tmp_path_factory):
    """Signed in at a service that lists one front end."""
    server = Server(tmp_path_factory.mktemp("cors"), backend, {"FRONTEND_ORIGIN": FRONT}).start()
    yield People(server).signed_in()[0]
    server.stop()


def look_alikes(server) -> list[str]:
    own = f"http://localhost:{server.port}"
    return [
        "null",
        "NULL",
        "*",
        "https://evil.test",
        f"{FRONT}.evil.test",
        "https://evilfront.example.test",
        "https://front.example.test.",
        "http://front.example.test",
        f"{FRONT}:443",
        f"{FRONT}:8443",
        f"{FRONT}/",
        "https://FRONT.example.test",
        "HTTPS://front.example.test",
        "https://front.example.test@evil.test",
        "https://evil.test/https://front.example.test",
        "https://sub.front.example.test",
        "https://example.test",
        "https://frontXexample.test",
        "https://front.example.test%60.evil.test",
        "https://fr\u00f6nt.example.test",
        "https://front\u3002example.test",
        "https://front.example.test_",
        f"{FRONT} https://evil.test",
        f"{FRONT},https://evil.test",
        f"https://evil.test {FRONT}",
        "front.example.test",
        "//front.example.test",
        "file://",
        "data:",
        "",
        own.replace("http", "https"),
        f"{own}1",
        own + ".",
    ]


def cors_headers(reply) -> list[str]:
    return [name for name, _ in reply.headers if name.lower().startswith("access-control-")]


# ASVS 3.4.2, attack 21
def test_no_look_alike_may_read_an_answer(browser):
    for origin in look_alikes(browser.server):
        reply = browser.get("/auth/me", headers={"Origin": origin})
        assert cors_headers(reply) == [], origin
        assert "origin" in (reply.header("Vary") or "").lower(), "or a cache would hand it to a listed one"
    assert browser.get("/auth/me", headers={"Origin": FRONT}).header("Access-Control-Allow-Origin") == FRONT


# ASVS 3.4.2, attack 21: a preflight, for every path of the contract
@pytest.mark.parametrize("path", FORMS)
def test_no_look_alike_passes_a_preflight(browser, path):
    for origin in look_alikes(browser.server):
        reply = browser.request(
            "OPTIONS",
            target(("", path)),
            headers={
                "Origin": origin,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "content-type",
                "Access-Control-Request-Private-Network": "true",
            },
        )
        assert cors_headers(reply) == [], origin


# ASVS 3.4.2, attack 21: what is refused is not readable either
@pytest.mark.parametrize("route", list(OPERATIONS), ids=[" ".join(route) for route in OPERATIONS])
def test_no_route_answers_a_stranger(browser, route):
    client = People(browser.server).browser()
    for origin in ("null", "https://evil.test", f"{FRONT}."):
        reply = client.request(route[0], target(route), json=body_for(route), headers={"Origin": origin})
        assert cors_headers(reply) == [], origin
        if (
            route[0] != "GET" and OPERATIONS[route]["x-access"] != "edge"
        ):  # which says of a request that it may pass, and does nothing
            assert reply.refusal == (403, "origin_not_allowed") or reply.status in (401, 404), origin
            assert reply.set_cookies == {}
