"""The main job, end to end, as a newcomer would do it."""

import re

from harness.daemon import wait_until
from harness.people import People, fresh_email, fresh_password, link_base_of, token_of


def test_register_verify_sign_in_who_am_i_sign_out(server, client, people):
    email, password = fresh_email("ada"), fresh_password()
    registered = client.post("/auth/register", {"email": email, "password": password, "name": "Ada Lovelace"})
    assert registered.status == 200
    assert registered.json["email"] == email

    (mail,) = people.mails(email, count=1)
    assert link_base_of(mail) == server.public_url
    token = token_of(mail)
    assert token in mail["text"].splitlines(), "the token also stands alone on a line"
    assert f"{server.public_url}/verify-email#token={token}" in mail["html"]

    assert client.post("/auth/verify-email", {"token": token}).json == {"ok": True}
    assert client.get("/auth/me").refusal == (401, "unauthenticated"), "a mailed link signs nobody in (ASVS 6.3.6)"

    assert client.post("/auth/login", {"email": email, "password": password}).json == {"mfa_required": False, "methods": []}
    me = client.get("/auth/me").json
    assert me.pop("auth_time")
    assert me == {
        "id": registered.json["id"],
        "email": email,
        "name": "Ada Lovelace",
        "email_verified": True,
        "role": "user",
        "totp_enabled": False,
        "webauthn_enabled": False,
        "aal": 1,
        "amr": ["pwd"],
    }

    assert client.post("/auth/logout", csrf=True).json == {"ok": True}
    assert client.get("/auth/me").refusal == (401, "unauthenticated")


def test_a_client_without_cookies_or_origin_needs_no_csrf_token(people):
    """curl and other services: DESIGN §4."""
    account = people.verified()
    assert people.login(account.email, account.password).status == 200


def test_without_a_name_name_is_null(people):
    client, _ = people.signed_in()
    assert client.get("/auth/me").json["name"] is None


def test_everything_is_kept_over_a_restart(start_server):
    server = start_server()
    client, account = People(server).signed_in()
    before = client.get("/auth/me").json
    server.restart()
    assert client.get("/auth/me").json == before
    assert People(server).login(account.email, account.password).status == 200


def test_health_and_readiness(client):
    assert client.get("/health").json == {"status": "ok"}
    wait_until(lambda: client.get("/health/ready").json == {"status": "ready"}, "the stores answer in time")


def test_the_verification_page_is_served_without_any_user_data(client):
    page = client.get("/verify-email", headers={"Accept": "text/html"})
    assert page.status == 200
    text = page.body.decode()
    assert text.lower().startswith("<!doctype html>")
    assert '<script type="module"' in text
    assert " onclick=" not in text and "javascript:" not in text
    script = re.search(r'script type="module" src="([^"]+)"', text)
    style = re.search(r'stylesheet" href="([^"]+)"', text)
    assert client.get(script.group(1)).content_type == "text/javascript"
    assert client.get(style.group(1)).content_type == "text/css"


def test_opening_a_mailed_link_changes_nothing(people, client):
    """A mail scanner follows links: GET is safe (ASVS 3.5.1, attack 9)."""
    account = people.register()
    token = people.token(account.email)
    assert client.get("/verify-email").status == 200
    assert client.get(f"/verify-email?token={token}").status in (200, 400)
    assert people.login(account.email, account.password).refusal == (403, "email_not_verified")
    assert people.verify(token).status == 200
