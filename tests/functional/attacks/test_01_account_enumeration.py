"""Attack 1: sign-in, sign-up, reset, resend and the start of a passkey sign-in with known, unknown, unverified, disabled
and locked addresses -> equal status, body and headers.

The difference in time is measured in bench/. A few rounds stand for the list's 200 of each: what is compared is whole,
and an answer that changed with the count of requests would show within the three mails an hour. Sign-in with a locked
address is attack 5.
"""

import secrets

import pytest

from harness.passkeys import Passkey
from harness.people import People, fresh_password
from harness.server import Server

ROUNDS = 5  # beyond the three mails an hour
KINDS = ("known", "with TOTP", "with a passkey", "unverified", "disabled", "must change its password", "locked", "unknown")


def address() -> str:
    """Of one length, for answers tell it back."""
    return f"kind.{secrets.token_hex(8)}@example.test"


def lock(people, account) -> None:
    client = people.sign_in(account)
    for _ in range(10):
        client.post("/auth/step-up/password", {"password": fresh_password()}, csrf=True)
    assert people.step_up(client, account).refusal == (429, "account_locked")


def made(people, kind: str) -> str:
    if kind == "unknown":
        return address()
    if kind == "unverified":
        return people.register(address()).email
    if kind == "with a passkey":
        return people.with_passkey(Passkey(), email=address())[1].email
    client, account = people.signed_in(email=address())
    if kind == "with TOTP":
        people.enrol_totp(client, account)
    elif kind == "locked":
        lock(people, account)
    elif kind != "known":
        command = "disable" if kind == "disabled" else "demand-password-change"
        assert people.server.command("user", command, account.email).returncode == 0
    return account.email


@pytest.fixture(scope="module")
def own(backend, tmp_path_factory):
    """A service that also takes sign-ups with passkeys; an address of each kind."""
    server = Server(tmp_path_factory.mktemp("kinds"), backend, {"PASSWORDLESS_SIGNUP": "true"}).start()
    people = People(server)
    yield people, {kind: made(people, kind) for kind in KINDS}
    server.stop()


def shape(value):
    """What is left of a value when what is random in it is taken out."""
    if isinstance(value, dict):
        return {name: "a time" if name in ("timeout", "expires_at") else shape(member) for name, member in value.items()}
    if isinstance(value, list):
        return [shape(member) for member in value]
    return len(value) if isinstance(value, str) and len(value) >= 32 else value


def look(reply, email: str):
    """The answer as it is but for what is new each time."""
    status, body, headers = reply.without_request_id()
    names = [(name, value.split("=")[0] if name == "set-cookie" else value) for name, value in headers]
    text = shape(body)
    return status, {name: "its own" if value == email else value for name, value in text.items()}, names


ASKING = {
    "login": ("/auth/login", lambda email: {"email": email, "password": fresh_password()}),
    "login, too short": ("/auth/login", lambda email: {"email": email, "password": "x"}),
    "register": ("/auth/register", lambda email: {"email": email, "password": fresh_password()}),
    "register, refused": ("/auth/register", lambda email: {"email": email, "password": "short"}),
    "reset": ("/auth/password/reset/request", lambda email: {"email": email}),
    "resend": ("/auth/verify-email/resend", lambda email: {"email": email}),
    "sign-up with a passkey": ("/auth/webauthn/signup/start", lambda email: {"email": email}),
}


# ASVS 6.3.8, attack 1
@pytest.mark.parametrize("path, body", ASKING.values(), ids=ASKING.keys())
def test_every_kind_of_address_gets_the_same_answer(own, path, body):
    people, addresses = own
    kinds = [kind for kind in KINDS if not (kind == "locked" and path == "/auth/login")]
    seen = {}
    for _ in range(2 if path == "/auth/login" else ROUNDS):  # more wrong passwords would lock them
        for kind in kinds:
            client = people.browser()
            seen.setdefault(kind, []).append(look(client.post(path, body(addresses[kind])), addresses[kind]))
            client.close()
    for kind in kinds:
        assert seen[kind] == seen["unknown"], kind
        assert len({str(one) for one in seen[kind]}) == 1, f"{kind}: the answer changed with the count"


# ASVS 6.3.8, WA §14.6.2, attack 1
def test_the_start_of_a_passkey_sign_in_looks_alike(own):
    """The ids differ, of course; what else there is does not, and each address keeps what it was told."""
    people, addresses = own
    seen, offered = {}, {}
    for kind in KINDS:
        for _ in range(ROUNDS):
            reply = people.browser().post("/auth/webauthn/login/start", {"email": addresses[kind]})
            seen.setdefault(kind, []).append(look(reply, addresses[kind]))
            options = reply.json["publicKey"]
            offered.setdefault(kind, set()).add(str(options["allowCredentials"]))
    for kind in KINDS:
        assert len(offered[kind]) == 1, f"{kind}: made up anew each time"
        credentials = [one[1]["publicKey"].pop("allowCredentials") for one in seen[kind]]
        assert {1 <= len(some) <= 3 for some in credentials} == {True}, kind
        assert {tuple(sorted(one)) for some in credentials for one in some} == {("id", "transports", "type")}, kind
    for kind in KINDS:
        statuses, bodies, headers = zip(*seen[kind])
        assert (statuses, bodies) == tuple(zip(*seen["unknown"]))[:2], kind
        assert {name for head in headers for name, _ in head} == {name for name, _ in seen["unknown"][0][2]}, kind
    assert len(set.union(*offered.values())) == len(KINDS), "and no two are told the same"


# ASVS 6.3.8, attack 1
def test_a_wrong_password_says_nothing_that_a_header_could(own):
    """No cookie, no Retry-After, no other length: byte for byte but for the request's own id."""
    people, addresses = own
    bodies = set()
    for kind in KINDS:
        if kind != "locked":
            reply = people.login(addresses[kind], fresh_password())
            bodies.add(reply.body.replace(reply.json["request_id"].encode(), b""))
            assert reply.refusal == (401, "invalid_credentials") and reply.set_cookies == {}
            assert not reply.all("Retry-After")
    assert len(bodies) == 1
