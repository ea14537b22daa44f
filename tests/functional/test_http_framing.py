"""Hosts and connections: whom a request is for, and when a connection is kept (RFC 9110, RFC 9112). Where a request ends
is in attacks/test_23_request_smuggling.py."""

import pytest

from harness.people import People
from harness.raw import Closed, RawConnection, request

JSON = "Content-Type: application/json"


def post(server, *fields, body=b""):
    return request(server, "POST /auth/login HTTP/1.1", JSON, *fields, body=body)


def get(server, *fields, line="GET /health HTTP/1.1", host=True):
    return request(server, line, *fields, host=host)


@pytest.mark.parametrize("host", ["localhost:{port}", "127.0.0.1:{port}", "[::1]:{port}", "LOCALHOST:{port}"])
def test_own_hosts_are_answered(client, host):
    headers = {"Host": host.format(port=client.server.port)}
    assert client.get("/auth/me", headers=headers).status == 401


def test_health_is_answered_for_any_host(client):
    """Probes of load balancers and orchestrators send what they like."""
    for path in ("/health", "/health/ready"):
        assert client.get(path, headers={"Host": "10.0.0.7:8000"}).status == 200


# Links are built from PUBLIC_URL (CS Forgot Password)
def test_forwarded_hosts_do_not_reach_the_mail(people, client):
    account = people.register()
    client.post(
        "/auth/verify-email/resend",
        {"email": account.email},
        headers={"X-Forwarded-Host": "evil.test", "Forwarded": "host=evil.test", "X-Forwarded-Proto": "https"},
    )
    mails = people.mails(account.email, count=2)
    assert all("evil.test" not in mail["text"] + mail["html"] for mail in mails)


def test_a_connection_is_kept_unless_told_otherwise(server):
    with RawConnection(server) as connection:
        for _ in range(5):
            assert connection.send(get(server)).reply("GET", "/health").status == 200
        closing = connection.send(get(server, "Connection: close")).reply("GET", "/health")
        assert closing.header("Connection").lower() == "close"
        assert connection.is_closed()


def test_http_1_0_is_closed_after_the_answer(server):
    with RawConnection(server) as connection:
        connection.send(get(server, line="GET /health HTTP/1.0"))
        assert connection.reply("GET", "/health").status == 200
        assert connection.is_closed()


def test_a_refusal_that_is_no_framing_error_keeps_the_connection(server):
    with RawConnection(server) as connection:
        assert connection.send(get(server, line="GET /nowhere HTTP/1.1")).reply("GET", "/nowhere").status == 404
        body = b"not json"
        connection.send(post(server, f"Content-Length: {len(body)}", body=body))
        assert connection.reply("POST", "/auth/login").refusal == (400, "invalid_json")
        assert connection.send(get(server)).reply("GET", "/health").status == 200


def test_half_a_request_and_a_close_gets_no_answer(server):
    with RawConnection(server) as connection:
        connection.send(b"GET /hea").end_sending()
        try:
            assert connection.reply("GET", "/health").status == 400
        except Closed:
            pass
    assert People(server).browser().get("/health").status == 200
