"""Attack 7: X-Forwarded-For, Forwarded, X-Real-IP, True-Client-IP, X-Client-IP, hopping inside a /64 -> one counter
(ASVS 4.1.3). The same of locks: test_lockout.py; of the proxies that are believed: test_proxies.py."""

import pytest

from harness.client import Client
from harness.limits import BEHIND_PROXY, TOO_MANY, Caller
from harness.server import Server


@pytest.fixture(scope="module")
def proxied(backend, tmp_path_factory):
    """Every test speaks from addresses of its own."""
    running = Server(tmp_path_factory.mktemp("proxied"), backend, {"RATE_LIMIT_LOGIN": "3/3600"} | BEHIND_PROXY).start()
    yield running
    running.stop()


@pytest.mark.parametrize(
    "name",
    [
        "X-Forwarded-For",
        "Forwarded",
        "X-Real-IP",
        "True-Client-IP",
        "X-Client-IP",
        "CF-Connecting-IP",
        "X-Forwarded-Host",
        "X-Originating-IP",
        "Via",
    ],
)
def test_a_header_gives_no_new_budget(start_server, name):
    caller = Client(start_server(RATE_LIMIT_LOGIN="3/3600"))
    values = (f"for={number}.0.2.1" if name == "Forwarded" else f"{number}.0.2.1" for number in range(1, 20))
    replies = [caller.post("/auth/login", {}, headers={name: value}) for value in values]
    assert sum(reply.refusal != TOO_MANY for reply in replies) == 3


def test_behind_a_proxy_what_the_client_wrote_gives_no_new_budget(proxied):
    caller = Caller(proxied)
    told = [f"{number}.0.2.1, {caller.address}" for number in range(1, 8)]
    assert sum(caller.ask(address=line).refusal != TOO_MANY for line in told) == 3


def test_an_address_of_ipv6_counts_as_its_network(proxied):
    caller = Caller(proxied)
    told = [f"2001:db8:7:7:{number:x}::{number:x}" for number in range(1, 8)]
    assert sum(caller.ask(address=address).refusal != TOO_MANY for address in told) == 3
    assert caller.ask(address="2001:db8:7:8::1").refusal != TOO_MANY
    mapped = Caller(proxied)
    assert mapped.answered(4) == 3
    assert mapped.ask(address=f"::ffff:{mapped.address}").refusal == TOO_MANY
