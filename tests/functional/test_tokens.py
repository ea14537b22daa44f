"""POST /auth/token and /.well-known/jwks.json, checked as a service behind would: with libraries that are not ours."""

import base64
import hashlib
import json
import re
import secrets
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from harness import canaries, contract
from harness.client import Client
from harness.concurrently import at_once
from harness.people import People
from harness.server import Server

ALGORITHMS = {"EdDSA": ed25519.Ed25519PublicKey, "ES256": ec.EllipticCurvePublicKey}


@pytest.fixture(scope="module", params=sorted(ALGORITHMS))
def issuing(request, backend, tmp_path_factory):
    running = Server(
        tmp_path_factory.mktemp(request.param),
        backend,
        {
            "TOKEN_AUDIENCES": "reports,https://archive.example.org",
            "TOKEN_ALGORITHM": request.param,
            "MFA_REQUIRED_ROLES": "none",
            "TRUSTED_PROXIES": "127.0.0.1",
        },
    ).start()
    running.algorithm = request.param
    yield running
    running.stop()


@pytest.fixture
def people(issuing) -> People:
    return People(issuing)


def key_set(server) -> jwt.PyJWKSet:
    reply = Client(server).get("/.well-known/jwks.json")
    assert reply.status == 200, reply
    return jwt.PyJWKSet.from_dict(reply.json)


def checked(server, token: str, audience: str = "reports") -> dict:
    """The very code that docs/integrations.md gives to a service."""
    code = re.search(r"```python\n(.*?)```", (contract.ROOT / "docs" / "integrations.md").read_text(), re.DOTALL)[1]
    for theirs, ours in (
        ("https://auth.example.org", server.public_url),
        ('"EdDSA"', f'"{server.algorithm}"'),
        ('"reports"', f'"{audience}"'),
    ):
        assert theirs in code
        code = code.replace(theirs, ours)
    names = {}
    exec(code, names)
    return names["who"](token)


def ask(client, audience: str | None = "reports"):
    return client.post("/auth/token", {"audience": audience} if audience else None, csrf=True)


def token_of(client, audience: str = "reports") -> str:
    reply = ask(client, audience)
    assert reply.status == 200, reply
    return reply.json["token"]


# ASVS 9.1.1, 9.2.1, 9.2.3, 9.2.4
def test_a_service_can_check_it_by_itself(people):
    client, account = people.with_totp()
    before = int(time.time())
    reply = ask(client)
    assert reply.json["token_type"] == "Bearer" and reply.json["expires_in"] == 300
    claims = checked(people.server, reply.json["token"])
    session = next(one["id"] for one in client.get("/auth/sessions").json["sessions"] if one["current"])
    me = client.get("/auth/me").json
    assert set(claims) == {"iss", "sub", "aud", "iat", "exp", "jti", "sid", "role", "aal", "amr", "auth_time"}
    assert (claims["iss"], claims["sub"], claims["aud"]) == (people.server.public_url, account.id, "reports")
    assert (claims["sid"], claims["role"], claims["aal"], claims["amr"]) == (session, "user", 2, me["amr"])
    assert before <= claims["iat"] <= time.time() and claims["exp"] == claims["iat"] + 300
    assert claims["auth_time"] <= claims["iat"]


def test_the_header_says_what_it_is(people):
    header = jwt.get_unverified_header(token_of(people.signed_in()[0]))
    assert set(header) == {"alg", "kid", "typ"}
    assert (header["alg"], header["typ"]) == (people.server.algorithm, "session+jwt")


# RFC 7517, RFC 7638
def test_the_key_set_holds_public_keys_by_their_thumbprints(people):
    reply = Client(people.server).get("/.well-known/jwks.json")
    assert reply.header("Cache-Control") == "public, max-age=300"
    (key,) = reply.json["keys"]
    members = {name: key[name] for name in ("crv", "kty", "x", "y") if name in key}
    digest = hashlib.sha256(json.dumps(members, sort_keys=True, separators=(",", ":")).encode()).digest()
    assert key == members | {
        "alg": people.server.algorithm,
        "use": "sig",
        "kid": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
    }
    assert isinstance(key_set(people.server).keys[0].key, ALGORITHMS[people.server.algorithm])


# ASVS 9.2.3: a token for one service is nothing at another
def test_it_is_for_one_audience(people):
    token = token_of(people.signed_in()[0], "https://archive.example.org")
    checked(people.server, token, "https://archive.example.org")
    with pytest.raises(jwt.InvalidAudienceError):
        checked(people.server, token, "reports")


# ASVS 9.1.1, 9.1.2
def test_one_changed_bit_is_noticed(people):
    token = token_of(people.signed_in()[0])
    head, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    risen = base64.urlsafe_b64encode(json.dumps(claims | {"role": "admin"}).encode()).rstrip(b"=").decode()
    other = token_of(people.signed_in()[0]).split(".")
    for forged in (
        f"{head}.{risen}.{signature}",
        f"{head}.{other[1]}.{signature}",
        f"{head}.{payload}.",
        f"{head}.{payload}.{other[2]}",
    ):
        with pytest.raises(jwt.PyJWTError):
            checked(people.server, forged)


# RFC 8725 §2.1, §3.1: what a careless verifier would take
def test_the_checking_code_of_the_docs_takes_no_other_algorithm(people):
    token = token_of(people.signed_in()[0])
    header, claims = jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False})
    (key,) = Client(people.server).get("/.well-known/jwks.json").json["keys"]
    encode = lambda part: base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()  # noqa: E731
    none = f"{encode(header | {'alg': 'none'})}.{encode(claims)}."
    public = base64.urlsafe_b64decode(key["x"] + "==")
    symmetric = jwt.encode(claims, public, "HS256", headers={"kid": key["kid"], "typ": "session+jwt"})
    own = ed25519.Ed25519PrivateKey.generate() if key["kty"] == "OKP" else ec.generate_private_key(ec.SECP256R1())
    strangers = jwt.encode(claims, own, key["alg"], headers={"kid": key["kid"], "typ": "session+jwt"})
    typed = jwt.encode(claims, own, key["alg"], headers={"kid": key["kid"]})
    for forged in (none, symmetric, strangers, typed):
        with pytest.raises(jwt.PyJWTError):
            checked(people.server, forged)
    with pytest.raises(jwt.PyJWTError):
        checked(people.server, jwt.encode(claims, own, key["alg"], headers={"kid": "../../dev/null", "typ": "session+jwt"}))


def test_which_service_it_is_for_must_be_said_and_known(people):
    client = people.signed_in()[0]
    assert ask(client, None).json["errors"][0]["code"] == "required"
    for unknown in ("nobody", "REPORTS", "reports ", "reports,https://archive.example.org", ""):
        reply = client.post("/auth/token", {"audience": unknown}, csrf=True)
        assert reply.refusal == (422, "validation_failed") and reply.json["errors"][0]["code"] == "unknown_audience"
    for wrong in (7, None, ["reports"], {"a": "reports"}):
        assert client.post("/auth/token", {"audience": wrong}, csrf=True).refusal == (422, "validation_failed")


# ASVS 7.2.1, 3.5.1
def test_it_takes_a_session_and_a_csrf_token(people):
    assert ask(people.browser()).refusal == (401, "unauthenticated")
    client = people.signed_in()[0]
    assert client.post("/auth/token", {"audience": "reports"}).refusal == (403, "csrf_failed")
    foreign = client.post("/auth/token", {"audience": "reports"}, csrf=True, headers={"Origin": "https://evil.test"})
    assert foreign.refusal == (403, "origin_not_allowed")
    token = token_of(client)
    assert people.browser().get("/auth/me", headers={"Authorization": f"Bearer {token}"}).refusal == (401, "unauthenticated")
    assert people.browser().get("/auth/me", cookies=f"__Host-sid={token}").refusal == (401, "unauthenticated")


# ASVS 7.4.1
def test_a_session_that_ended_gets_no_more(people):
    client = people.signed_in()[0]
    assert ask(client).status == 200
    cookies, csrf = client.cookies.header(), client.cookies["csrf_token"]
    assert client.post("/auth/logout", csrf=True).status == 200
    late = client.post("/auth/token", {"audience": "reports"}, csrf=csrf, cookies=cookies)
    assert late.refusal == (401, "unauthenticated")


# ASVS 7.3.2, 9.2.1
def test_it_does_not_outlive_the_session(start_server):
    server = start_server(TOKEN_AUDIENCES="reports", SESSION_IDLE_TIMEOUT_SECONDS=20, SESSION_ABSOLUTE_TIMEOUT_SECONDS=20)
    server.algorithm = "EdDSA"
    client = People(server).signed_in()[0]
    reply = ask(client)
    assert 0 < reply.json["expires_in"] <= 20
    claims = checked(server, reply.json["token"])
    assert claims["exp"] - claims["iat"] == reply.json["expires_in"]
    assert claims["exp"] <= claims["auth_time"] + 20


# ASVS 16.3.1
def test_each_is_on_record(people):
    client, account = people.signed_in()
    claims = checked(people.server, token_of(client))
    (row,) = people.server.rows(
        f"SELECT details, session_id FROM audit_logs WHERE event = 'token.issued' AND actor_id = '{account.id}'"
    )
    details = row["details"] if isinstance(row["details"], dict) else json.loads(row["details"])
    assert details == {"audience": "reports", "token": claims["jti"], "seconds": 300}
    assert str(row["session_id"]) == claims["sid"]


# The edge's way to one: signed once for a while, and anew when something has changed
def test_an_edge_gets_the_same_one_for_a_while(people):
    client, account = people.signed_in()
    verify = lambda: client.get("/auth/verify?token=reports").header("X-Auth-Token")  # noqa: E731
    first = verify()
    assert checked(people.server, first)["aal"] == 1
    assert all(verify() == first for _ in range(5))
    people.enrol_totp(client, account)
    raised = verify()
    assert raised != first and checked(people.server, raised)["aal"] == 2
    rows = people.server.rows(f"SELECT details FROM audit_logs WHERE event = 'token.issued' AND actor_id = '{account.id}'")
    assert len(rows) == 2
    assert people.signed_in()[0].get("/auth/verify?token=reports").header("X-Auth-Token") != raised


# Else an edge that asks with many connections at once has as many signed, and as many rows written, each half-life
def test_edges_that_ask_at_once_get_one(people):
    client, account = people.signed_in()
    header = client.cookies.header()
    others = [Client(people.server) for _ in range(20)]
    asks = [
        lambda other=other: other.get("/auth/verify?token=reports", cookies=header).header("X-Auth-Token") for other in others
    ]
    assert len(set(at_once(asks))) == 1
    rows = people.server.rows("SELECT id FROM audit_logs WHERE event = 'token.issued' AND actor_id = ?", account.id)
    assert len(rows) == 1


def test_where_there_is_one_service_it_need_not_be_named(start_server):
    server = start_server(TOKEN_AUDIENCES="reports", TOKEN_TTL_SECONDS=60)
    server.algorithm = "EdDSA"
    reply = ask(People(server).signed_in()[0], None)
    assert reply.json["expires_in"] == 60 and checked(server, reply.json["token"])["aud"] == "reports"


def test_without_audiences_there_are_no_tokens(server):
    client = People(server).signed_in()[0]
    assert ask(client).refusal == (422, "validation_failed")
    assert client.get("/auth/verify?token=reports").refusal == (400, "invalid_request")
    assert len(Client(server).get("/.well-known/jwks.json").json["keys"]) == 1


# ASVS 11.2.2, 13.3.4: a key is changed while tokens of both are about
def test_keys_are_changed_with_an_overlap(start_server):
    first, second = secrets.token_hex(32), secrets.token_hex(32)
    for key in (first, second):
        canaries.note(key)
    server = start_server(TOKEN_AUDIENCES="reports", TOKEN_SIGNING_KEY=first)
    server.algorithm = "EdDSA"
    people = People(server)
    client = people.signed_in()[0]
    alone = {key.key_id for key in key_set(server).keys}

    def step(**settings) -> set[str]:
        server.settings |= settings
        server.restart()
        return {key.key_id for key in key_set(server).keys}

    ahead = step(TOKEN_SIGNING_KEY_NEXT=second)
    assert alone < ahead and len(ahead) == 2
    old = token_of(client)
    assert jwt.get_unverified_header(old)["kid"] in alone
    assert step(TOKEN_SIGNING_KEY=second, TOKEN_SIGNING_KEY_NEXT=None, TOKEN_SIGNING_KEYS_OLD=first) == ahead
    checked(server, old)
    new = token_of(client)
    assert jwt.get_unverified_header(new)["kid"] in ahead - alone
    assert step(TOKEN_SIGNING_KEYS_OLD=None) == ahead - alone
    checked(server, new)
    with pytest.raises(jwt.PyJWTError):
        checked(server, old)


def test_production_needs_a_key_for_them(start_production):
    server = start_production()
    server.settings["TOKEN_AUDIENCES"] = "reports"
    refused = server.command("config", "check")
    assert refused.returncode != 0 and "TOKEN_SIGNING_KEY is required with TOKEN_AUDIENCES" in refused.stdout + refused.stderr
    assert Client(server).get("/.well-known/jwks.json", headers={"Host": "auth.example.test"}).json == {"keys": []}
