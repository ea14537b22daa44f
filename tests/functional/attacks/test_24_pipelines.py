"""Attack 24: pipelined requests with different cookies, one of them aborted half-way -> answers are never mixed or
leaked."""

import itertools
import random
import threading

from harness.client import SESSION_COOKIE
from harness.raw import Closed, RawConnection, request

REFUSED = (400, "invalid_request")
JSON = "Content-Type: application/json"


def post(server, *fields, body=b""):
    return request(server, "POST /auth/login HTTP/1.1", JSON, *fields, body=body)


def get(server, *fields, line="GET /health HTTP/1.1"):
    return request(server, line, *fields)


# Attack 24: answers come in order and belong to their own cookies
def test_pipelined_requests_are_answered_in_order_each_for_its_cookie(server, people):
    browsers = [people.signed_in() for _ in range(3)]
    order = [0, 1, 2, 1, 0, 2, 2, 0, 1] * 3
    with RawConnection(server) as connection:
        connection.send(
            b"".join(
                request(server, "GET /auth/me HTTP/1.1", f"Cookie: {browsers[number][0].cookies.header()}") for number in order
            )
        )
        for number in order:
            assert connection.reply("GET", "/auth/me").json["email"] == browsers[number][1].email


def test_a_slow_pipelined_request_does_not_let_the_next_overtake(server, people):
    account = people.verified()
    body = b'{"email":"%s","password":"%s"}' % (account.email.encode(), account.password.encode())
    with RawConnection(server) as connection:
        connection.send(post(server, f"Content-Length: {len(body)}", body=body) + get(server))
        assert connection.reply("POST", "/auth/login").json["mfa_required"] is False
        assert connection.reply("GET", "/health").json == {"status": "ok"}


def test_a_malformed_pipelined_request_does_not_spoil_the_one_before(server):
    with RawConnection(server) as connection:
        connection.send(get(server) + b"GET /health HTTP/1.1\r\nBad : x\r\n\r\n" + get(server))
        assert connection.reply("GET", "/health").status == 200
        assert connection.reply("GET", "/health").refusal == REFUSED
        assert connection.is_closed()


def test_a_request_aborted_half_way_leaks_into_nobody_elses(server, people):
    client, account = people.signed_in()
    with RawConnection(server) as connection:
        connection.send(post(server, "Content-Length: 500", body=b'{"email":"left@example.test"'))
    assert client.get("/auth/me").json["email"] == account.email


def asked_as(server, browser, line="GET /auth/me HTTP/1.1", *fields, body=b"") -> bytes:
    return request(server, line, f"Cookie: {browser.cookies.header()}", *fields, body=body)


# ASVS 15.4.1, attack 24: many connections at once, each with everybody's cookies in another order
def test_many_pipelines_at_once_mix_nothing(server, people):
    browsers = [people.signed_in() for _ in range(4)]
    wrong: list[str] = []

    def run(seed: int) -> None:
        order = random.Random(seed).choices(range(len(browsers)), k=40)
        with RawConnection(server) as connection:
            connection.send(b"".join(asked_as(server, browsers[number][0]) for number in order))
            for number in order:
                reply = connection.reply("GET", "/auth/me", check=False)
                if reply.status != 200 or reply.json["email"] != browsers[number][1].email:
                    wrong.append(f"{number}: {reply.status} {reply.body!r}")

    threads = [threading.Thread(target=run, args=[seed]) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive(), "an answer is missing"
    assert wrong == []


# ASVS 15.4.1, attack 24: in one pipeline the session of one is used, stepped up from, ended; and another's goes on
def test_what_one_request_does_to_its_session_is_not_done_to_the_next(server, people):
    (one, first), (two, second) = people.signed_in(), people.signed_in()
    logout = asked_as(
        server, one, "POST /auth/logout HTTP/1.1", f"X-CSRF-Token: {one.cookies['csrf_token']}", "Content-Length: 0"
    )
    with RawConnection(server) as connection:
        connection.send(
            asked_as(server, one)
            + asked_as(server, two)
            + logout
            + asked_as(server, two)
            + asked_as(server, one)
            + get(server, line="GET /auth/me HTTP/1.1")
            + asked_as(server, two)
        )
        emails = [connection.reply("GET", "/auth/me").json["email"] for _ in range(2)]
        assert emails == [first.email, second.email]
        ended = connection.reply("POST", "/auth/logout")
        assert ended.status == 200 and SESSION_COOKIE in ended.set_cookies
        assert connection.reply("GET", "/auth/me").json["email"] == second.email
        assert [connection.reply("GET", "/auth/me").status for _ in range(2)] == [401, 401]
        last = connection.reply("GET", "/auth/me")
        assert last.json["email"] == second.email and last.set_cookies == {}


# ASVS 15.4.1, attack 24: whoever leaves in the middle leaves nothing behind on what the next one finds
def test_pipelines_that_break_off_leak_into_nobody_elses(server, people):
    (victim, account), (attacker, his) = people.signed_in(), people.signed_in()
    whole = asked_as(server, victim) * 3
    for cut in itertools.chain(range(1, len(whole), max(1, len(whole) // 24)), [len(whole) - 1]):
        with RawConnection(server) as connection:
            connection.send(whole[:cut])
        with RawConnection(server) as connection:
            connection.send(asked_as(server, attacker) + get(server, line="GET /auth/me HTTP/1.1"))
            assert connection.reply("GET", "/auth/me").json["email"] == his.email
            assert connection.reply("GET", "/auth/me").status == 401
    assert victim.get("/auth/me").json["email"] == account.email


# ASVS 15.4.1, attack 24: the answers are not fetched, and the connection ends
def test_answers_that_nobody_fetched_go_to_nobody(server, people):
    victim, account = people.signed_in()
    for _ in range(20):
        with RawConnection(server) as connection:
            connection.send(asked_as(server, victim) * 20)
        with RawConnection(server) as connection:
            connection.send(get(server))
            assert connection.reply("GET", "/health").json == {"status": "ok"}
            try:
                connection.end_sending()
                raise AssertionError(connection.reply(check=False))
            except Closed:
                pass
    assert victim.get("/auth/me").json["email"] == account.email


# ASVS 4.2.1, attack 24: a body of the first is no request of the second
def test_a_request_inside_a_body_is_a_body(server, people):
    victim, _ = people.signed_in()
    hidden = asked_as(server, victim)
    with RawConnection(server) as connection:
        connection.send(post(server, f"Content-Length: {len(hidden)}", body=hidden) + get(server))
        assert connection.reply("POST", "/auth/login").refusal == (400, "invalid_json")
        assert connection.reply("GET", "/health").json == {"status": "ok"}
