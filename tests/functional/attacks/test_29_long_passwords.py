"""Attack 29: a password of 1 MB, of 1024 bytes, with NUL, with combining marks by the thousand -> 422 before hashing or
hashed whole; the cost of NFC is bounded."""

import pytest

from harness import raw
from harness.concurrently import at_once
from harness.people import People, fresh_email, fresh_password
from harness.process import cpu_seconds

LONG = "kettle orbit mossy " + "".join(chr(0x61 + n * n % 26) for n in range(1005))  # 1024 bytes


def register(client, password):
    return client.post("/auth/register", {"email": fresh_email(), "password": password})


def test_thousands_of_combining_marks_are_refused_quickly(client):
    """ASVS 6.2.9, attack 29: normalising is bounded."""
    assert register(client, "e" + "\u0301\u0323" * 3000).field_errors == {("password", "too_long")}


# ASVS 6.2.9, attack 29
def test_a_password_of_a_megabyte_is_refused_before_it_is_read(server):
    body = b'{"email":"a@example.test","password":"' + b"x" * 1_000_000 + b'"}'
    head = raw.request(
        server, "POST /auth/register HTTP/1.1", "Content-Type: application/json", f"Content-Length: {len(body)}"
    )
    reply, closed = raw.exchange(server, head + body, "POST", "/auth/register")
    assert reply.refusal == (413, "payload_too_large") and closed


# Each is more than 1024 bytes in NFC, and less than a body may have.
TOO_LONG = {
    "letters": "x" * 1025,
    "accents": "\u00e9" * 513,
    "marks": "e" + "\u0301\u0323" * 2000,
    "NUL": "\0" * 1025,
    "Hangul jamo": "\u1100\u1161\u11a8" * 400,
    "marks in the worst order": "a" + "\u0327\u0301" * 1500,
    "a ligature that NFKC would stretch": "\ufdfa" * 400,
    "15 KB": "x" * 15_000,
    "marks of many classes": "a" + "".join(chr(0x0300 + number % 0x6F) for number in range(3000)),
}


def entrances(people) -> dict:
    """Every place that takes a password, as a function of it."""
    client, account = people.signed_in()
    people.ask_for_reset(account.email)
    token = people.reset_token(account.email)

    def change(current, wanted):
        body = {"current_password": current, "new_password": wanted}
        return client.post("/auth/password/change", body, csrf=True)

    return {
        "login": lambda password: people.login(account.email, password),
        "register": lambda password: register(people.browser(), password),
        "reset": lambda password: people.reset(token, password),
        "new": lambda password: change(account.password, password),
        "present": lambda password: change(password, fresh_password()),
        "step-up": lambda password: client.post("/auth/step-up/password", {"password": password}, csrf=True),
    }


# ASVS 6.2.9, attack 29: a new one is told that it is too long, another is wrong; none is cut to one that is right
@pytest.mark.parametrize("kind", TOO_LONG)
def test_more_than_1024_bytes_is_refused_at_every_entrance(people, kind):
    for entrance, give in entrances(people).items():
        before = cpu_seconds(people.server)
        reply = give(TOO_LONG[kind])
        assert cpu_seconds(people.server) - before < 5, "a bound far above what it takes"
        told = entrance in ("register", "reset", "new")
        assert reply.status == 422 if told else reply.status in (401, 422), entrance
        assert not told or {code for _, code in reply.field_errors} == {"too_long"}, entrance


# ASVS 6.2.9, attack 29: refused before hashing: one thread that is busy for long keeps nobody waiting for a 422
def test_what_is_too_long_waits_for_no_hash(start_server):
    server = start_server(HASH_THREADS=1, HASH_QUEUE_MAX_WAIT_MS=1, ARGON2_TIME_COST=10, ARGON2_MEMORY_COST=65536)
    people = People(server)
    logins = [lambda: people.login(fresh_email(), fresh_password()) for _ in range(8)]
    longs = [lambda: register(people.browser(), "x" * 1025) for _ in range(4)]
    replies = at_once(logins + longs)
    assert (503, "overloaded") in {reply.refusal for reply in replies[:8]}, "the one thread was busy"
    assert {reply.refusal for reply in replies[8:]} == {(422, "validation_failed")}


# ASVS 6.2.8, attack 29: hashed whole: to the last byte, behind a NUL, in every mark
@pytest.mark.parametrize(
    "password, other",
    [
        (LONG, LONG[:-1] + "~"),
        (LONG, "~" + LONG[1:]),
        (LONG, LONG[:-1]),
        ("kettle orbit" + "\0" * 1012, "kettle orbit" + "\0" * 1011),
        ("kettle orbit\0", "kettle orbit\0\0"),
        ("nul\0" + "A" * 1000, "nul\0" + "A" * 999 + "B"),
        ("kettle" + "\u0301" * 500, "kettle" + "\u0301" * 499),
        ("kettle" + "\u0327\u0301" * 200, "kettle" + "\u0301\u0327" * 199 + "\u0301\u0301"),
    ],
    ids=[
        "last byte",
        "first byte",
        "one less",
        "NUL, one less",
        "NUL, one more",
        "behind a NUL",
        "a mark less",
        "other marks",
    ],
)
def test_1024_bytes_are_hashed_whole(people, password, other):
    account = people.verified(password=password)
    assert people.login(account.email, other).refusal == (401, "invalid_credentials")
    assert people.login(account.email, password).status == 200


# ASVS 6.2.8, attack 29: marks by the thousand are put in order once, and compared in that order
def test_thousands_of_marks_in_any_order_are_one_password(people):
    marks = ["\u0327", "\u0301", "\u0323"]
    account = people.verified(password="mossy kettle " + "".join(marks) * 150)
    in_order = "mossy kettle " + "".join(mark * 150 for mark in ("\u0327", "\u0323", "\u0301"))
    assert people.login(account.email, in_order).status == 200
