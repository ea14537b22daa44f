"""Headers on every answer. harness/contract.py checks each answer of the suite; here every route and refusal is asked
(ASVS 3.4.1 to 3.4.8, 14.3.2, 13.4.5), and the values that the contract leaves open."""

import pytest

from harness import contract
from harness.people import People, fresh_email

OPERATIONS = [(method, contract.filled(path, id="1"), operation) for path, method, operation in contract.operations()]
IDS = [operation["operationId"] for _, _, operation in OPERATIONS]


@pytest.mark.parametrize("method, path, operation", OPERATIONS, ids=IDS)
def test_on_every_route_signed_in_or_not(people, client, method, path, operation):
    signed_in, _ = people.signed_in()
    body = {} if "requestBody" in operation else None
    assert client.request(method, path, json=body).status < 500
    assert signed_in.request(method, path, json=body, csrf=True).status < 500


def test_on_refusals_without_a_route(client):
    assert client.get("/nowhere").status == 404
    assert client.post("/auth/me").status == 405
    assert client.get("/auth/me", headers={"Host": "evil.test"}).status == 400


# ASVS 3.4.1
def test_hsts_on_every_answer_when_public_url_is_https(start_server):
    client = People(start_server(PUBLIC_URL="https://auth.example.test")).browser()
    for path in ("/auth/me", "/health", "/nowhere", "/verify-email"):
        client.get(path)
    assert client.get("/auth/me").header("Strict-Transport-Security") == "max-age=31536000; includeSubDomains"


# ASVS 3.2.1: API answers are never a page
@pytest.mark.parametrize("path", ["/auth/me", "/health", "/nowhere"])
def test_a_browser_that_asks_for_html_gets_json(client, path):
    reply = client.get(path, headers={"Accept": "text/html,application/xhtml+xml"})
    assert reply.content_type.endswith("json")


@pytest.mark.parametrize("path", ["/verify-email", "/dev/mailbox"])
def test_pages_say_their_encoding(client, path):
    assert client.get(path).header("Content-Type").replace(" ", "").lower() == "text/html;charset=utf-8"


# ASVS 3.4.8
def test_permissions_policy_leaves_only_passkeys_to_ourselves(client):
    policy = client.get("/health").header("Permissions-Policy")
    assert "camera=()" in policy and "geolocation=()" in policy and "microphone=()" in policy
    assert "*" not in policy


def test_request_ids_are_the_services_own_and_differ(client):
    chosen = {"X-Request-Id": "chosen-by-client"}
    ids = [client.get("/health", headers=chosen).header("X-Request-Id") for _ in range(20)]
    assert len(set(ids)) == 20 and "chosen-by-client" not in ids


# ASVS 4.1.2, 3.7.2: no redirect but to a page of this site, which the request does not name
def test_nothing_redirects_where_a_request_says(client):
    assert client.get("/?return_to=//evil.test").all("Location") == ["/account"]
    for target in ("/auth/login?return_to=//evil.test", "/verify-email?next=https://evil.test"):
        assert not client.get(target).all("Location")


def test_cookies_are_set_only_where_a_session_begins_ends_or_gets_a_token(people, client):
    signed_in, account = people.signed_in()
    assert signed_in.get("/auth/me").set_cookies == {}
    assert signed_in.get("/auth/sessions").set_cookies == {}
    assert client.post("/auth/register", {"email": fresh_email(), "password": account.password}).set_cookies == {}
    assert client.get("/health").set_cookies == {}
