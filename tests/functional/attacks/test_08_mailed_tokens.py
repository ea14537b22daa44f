"""Attack 8: one reset or verification token used by 20 requests -> one 200, the rest 400 invalid_token; an older token, a
token of another kind, a digest from the database -> invalid_token."""

import base64
import hashlib

import pytest

from harness.concurrently import at_once
from harness.people import CONFIRM_CHANGE, RESET, UNDO_CHANGE, People, fresh_email, fresh_password
from harness.process import PATIENT

INVALID = (400, "invalid_token")
SPEND = {
    "verification": ("/auth/verify-email", {}),
    "reset": ("/auth/password/reset/confirm", {"new_password": "an entirely new pass 17"}),
    "change": ("/auth/email/change/confirm", {}),
    "undo": ("/auth/email/change/undo", {}),
}
KINDS = list(SPEND)


def mailed(people, kind: str, account=None) -> tuple[str, str]:
    """A token of the kind, and the address whose account it acts on; of that account, or of a new one."""
    if kind == "verification":
        account = people.register(account.email if account else None)
        return people.token(account.email), account.email
    account = account or people.verified()
    if kind == "reset":
        people.ask_for_reset(account.email)
        return people.token(account.email, RESET), account.email
    client, wanted = people.sign_in(account), fresh_email("new")
    assert client.post("/auth/email/change", {"new_email": wanted}, csrf=True).status == 200
    change = people.token(wanted, CONFIRM_CHANGE)
    if kind == "change":
        return change, account.email
    assert spend(people, "change", change) == (200, None)
    return people.token(account.email, UNDO_CHANGE), account.email


def spend(people, kind: str, token: str) -> tuple[int, str | None]:
    path, members = SPEND[kind]
    return people.post(path, {"token": token} | members).refusal


# ASVS 2.3.3, 15.4.2, attack 8
@pytest.mark.parametrize("kind", KINDS)
def test_of_twenty_uses_at_once_one_wins(people, kind):
    token, _ = mailed(people, kind)
    browsers = [people.browser() for _ in range(20)]
    path, members = SPEND[kind]
    passwords = [fresh_password() for _ in range(20)]
    bodies = [{"token": token} | (members and {"new_password": password}) for password in passwords]
    replies = at_once([lambda b=b, body=body: b.post(path, body) for b, body in zip(browsers, bodies)])
    assert sorted((reply.refusal for reply in replies), key=str) == [(200, None)] + [INVALID] * 19
    assert all(reply.set_cookies == {} for reply in replies)
    assert spend(people, kind, token) == INVALID


# ASVS 6.4.3, attack 8: what counts is what the winner sent
def test_of_twenty_resets_the_winners_password_counts(people):
    token, email = mailed(people, "reset")
    passwords = [fresh_password() for _ in range(20)]
    replies = at_once([lambda p=p: people.reset(token, p) for p in passwords])
    won = passwords[[reply.status for reply in replies].index(200)]
    lost = [p for p in passwords if p != won][:9]  # more would lock the account
    assert {people.login(email, p).status for p in lost} == {401}
    assert people.login(email, won).status == 200


# ASVS 2.3.3, 15.4.2, attack 8
@pytest.mark.servers
@pytest.mark.parametrize("kind", KINDS)
def test_of_twenty_uses_over_three_instances_one_wins(start_instances, kind):
    group = start_instances(3, **PATIENT)
    token, _ = mailed(People(group[0]), kind)
    browsers = [People(group[number % 3]).browser() for number in range(20)]
    path, members = SPEND[kind]
    replies = at_once([lambda b=b: b.post(path, {"token": token} | members) for b in browsers])
    assert sorted((reply.refusal for reply in replies), key=str) == [(200, None)] + [INVALID] * 19


# ASVS 9.2.2, attack 8
@pytest.mark.parametrize("kind", KINDS)
def test_a_token_of_one_kind_is_nothing_in_another_place(people, kind):
    token, _ = mailed(people, kind)
    for other in KINDS:
        if other != kind:
            assert spend(people, other, token) == INVALID, other
    assert spend(people, kind, token) == (200, None), "nor was it spent there"


# ASVS 6.4.3, attack 8: the newest only, where one account asks again; a registration's own stays good beside another's
@pytest.mark.parametrize("kind", ["reset", "change"])
def test_an_older_token_is_dead(people, kind):
    account = people.verified()
    tokens = [mailed(people, kind, account)[0] for _ in range(3)]
    assert [spend(people, kind, token) for token in tokens] == [INVALID, INVALID, (200, None)]


# ASVS 6.4.3, attack 8: a link that was mailed again takes the place of the one before
def test_an_older_verification_is_dead_once_another_was_mailed(client, people):
    account = people.register()
    first = people.token(account.email)
    client.post("/auth/verify-email/resend", {"email": account.email})
    people.mails(account.email, count=2)
    second = people.token(account.email)
    assert second != first
    assert spend(people, "verification", second) == (200, None)
    assert spend(people, "verification", first) == INVALID


def stored_digest(server, token: str) -> bytes:
    digest = hashlib.sha256(token.encode()).digest()
    rows = server.rows("SELECT token_hash FROM registrations") + server.rows("SELECT token_hash FROM one_time_tokens")
    (found,) = [bytes(row["token_hash"]) for row in rows if bytes(row["token_hash"]) == digest]
    return found


# ASVS 7.2.1, attack 8: whoever reads the database has no token
@pytest.mark.parametrize("kind", KINDS)
def test_what_the_database_holds_opens_nothing(server, people, kind):
    token, _ = mailed(people, kind)
    digest = stored_digest(server, token)
    spellings = [
        digest.hex(),
        digest.hex().upper(),
        base64.b64encode(digest).decode(),
        base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "\\x" + digest.hex(),
        digest.decode("latin-1"),
    ]
    for spelling in spellings:
        assert spend(people, kind, spelling) == INVALID, spelling
    assert spend(people, kind, token) == (200, None)


# ASVS 2.3.3, attack 8: near the real one
@pytest.mark.parametrize("kind", KINDS)
def test_a_token_has_one_spelling(people, kind):
    token, _ = mailed(people, kind)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for near in (
        token[:-1] + alphabet[alphabet.index(token[-1]) ^ 1],
        token + "=",
        token + "==",
        token + "\0",
        " " + token,
        token + "\n",
        token.swapcase(),
        token[:-1],
        token + "A",
        token.replace("-", "+").replace("_", "/") + "/",
        "%" + f"{ord(token[0]):02x}" + token[1:],
        token * 2,
    ):
        assert spend(people, kind, near) == INVALID, repr(near)
    assert spend(people, kind, token) == (200, None)
