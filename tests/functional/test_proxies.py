"""Whom a proxy is believed to forward for: one header, read from the right, and the PROXY protocol
(ASVS 4.1.3, 15.3.4, attack 7)."""

import socket
import struct
import time
import uuid

import pytest

from harness.raw import Closed, RawConnection, request
from harness.server import Server

HERE = "127.0.0.1"
STRANGER = "127.0.0.9"  # an address of this machine that is no proxy
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
LOCAL = SIGNATURE + b"\x20\x00\x00\x00"


def binary(source: str, tlvs: bytes = b"") -> bytes:
    """A header of version 2."""
    family, kind = (socket.AF_INET6, b"\x21") if ":" in source else (socket.AF_INET, b"\x11")
    addresses = socket.inet_pton(family, source) + socket.inet_pton(family, "::1" if ":" in source else HERE)
    rest = addresses + struct.pack("!HH", 4711, 443) + tlvs
    return SIGNATURE + b"\x21" + kind + struct.pack("!H", len(rest)) + rest


class BehindProxy(Server):
    """Takes nobody who does not begin with a PROXY header."""

    def _answers(self) -> bool:
        try:
            with RawConnection(self, timeout=2) as connection:
                return connection.send(LOCAL + request(self, "GET /health HTTP/1.1")).reply(check=False).status == 200
        except (OSError, Closed):
            return False


PROXIES = f"{HERE},10.0.0.0/8"
REQUIRED = {"PROXY_PROTOCOL": "required", "TRUSTED_PROXIES": PROXIES}


def started(server: Server):
    """For fixtures, which yield from it."""
    yield server.start()
    server.stop()


@pytest.fixture(scope="module")
def behind(backend, tmp_path_factory):
    settings = REQUIRED | {"HTTP_MAX_CONNECTIONS_PER_ADDRESS": 3}
    yield from started(BehindProxy(tmp_path_factory.mktemp("proxy"), backend, settings))


@pytest.fixture(scope="module")
def impatient(backend, tmp_path_factory):
    """Apart from the other: on a slow machine a second is too short for a header that does come."""
    settings = REQUIRED | {"HTTP_HEAD_TIMEOUT_SECONDS": 1}
    yield from started(BehindProxy(tmp_path_factory.mktemp("impatient"), backend, settings))


@pytest.fixture(scope="module", params=["x-forwarded-for", "forwarded"])
def forwarding(request, backend, tmp_path_factory):
    settings = {"FORWARDED_HEADER": request.param, "TRUSTED_PROXIES": PROXIES}
    yield from started(Server(tmp_path_factory.mktemp(request.param), backend, settings))


def client_of(server, *fields: str, header: bytes = b"", connection: RawConnection | None = None) -> str:
    """For whom the service takes the sender of such a request."""
    path = f"/{uuid.uuid4()}"
    with connection or RawConnection(server) as opened:
        opened.send(header + request(server, f"GET {path} HTTP/1.1", *fields))
        assert opened.reply("GET", path).status == 404
    return server.wait_for_log(lambda line: line.get("path") == path)["client"]


def is_closed_unanswered(server, data: bytes, source: str = HERE) -> bool:
    with RawConnection(server, source=source) as connection:
        try:
            connection.send_tolerant(data)
        except OSError:
            return True
        return connection.is_closed()


HEADERS = {
    "line": (b"PROXY TCP4 203.0.113.7 127.0.0.1 4711 443\r\n", "203.0.113.7"),
    "line of IPv6": (b"PROXY TCP6 2001:db8::7 ::1 4711 443\r\n", "2001:db8::7"),
    "unknown line": (b"PROXY UNKNOWN\r\n", HERE),
    "binary": (binary("203.0.113.8"), "203.0.113.8"),
    "binary of IPv6": (binary("2001:db8::8"), "2001:db8::8"),
    "binary, mapped": (binary("::ffff:203.0.113.9"), "203.0.113.9"),
    "binary with extensions": (binary("203.0.113.10", b"\xea\x00\x03abc\x02\x00\x00"), "203.0.113.10"),
    "binary of the proxy itself": (LOCAL, HERE),
}


@pytest.mark.parametrize("header, client", HEADERS.values(), ids=HEADERS.keys())
def test_a_proxy_names_the_client(behind, header, client):
    assert client_of(behind, header=header) == client


def test_a_header_that_comes_byte_by_byte_is_read(behind):
    with RawConnection(behind) as connection:
        for byte in binary("203.0.113.11"):
            connection.send(bytes([byte]))
        assert client_of(behind, connection=connection) == "203.0.113.11"


def test_it_counts_for_every_request_of_its_connection(behind):
    with RawConnection(behind) as connection:
        connection.send(binary("203.0.113.12") + request(behind, "GET /health HTTP/1.1"))
        assert connection.reply("GET", "/health").status == 200
        assert client_of(behind, connection=connection) == "203.0.113.12"


def test_a_second_header_is_no_request(behind):
    with RawConnection(behind) as connection:
        connection.send(binary("203.0.113.13") + b"PROXY TCP4 198.51.100.1 127.0.0.1 1 2\r\n\r\n")
        assert connection.reply().status == 400


def test_a_header_of_http_goes_on_where_the_client_is_a_trusted_proxy(behind):
    forwarded = "X-Forwarded-For: 198.51.100.1"
    assert client_of(behind, forwarded, header=binary("10.1.2.3")) == "198.51.100.1"
    assert client_of(behind, forwarded, header=binary("203.0.113.14")) == "203.0.113.14"


def test_whoever_is_no_trusted_proxy_is_closed(behind):
    for header in (b"", LOCAL, binary("203.0.113.15")):
        assert is_closed_unanswered(behind, header + request(behind, "GET /health HTTP/1.1"), source=STRANGER)


NONSENSE = {
    "no header": b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00",
    "noise": bytes(range(255, 0, -1)),
    "zeros": bytes(300),
    "a line that does not end": b"PROXY UNKNOWN " + b"x" * 200,
    "no such line": b"PROXY TCP4 a b c d\r\n",
    "version 3": SIGNATURE + b"\x31\x11\x00\x0c" + bytes(12),
    "too long": SIGNATURE + b"\x20\x00\xff\xff" + bytes(5000),
    "datagrams": SIGNATURE + b"\x21\x12\x00\x0c" + bytes(12),
    "short addresses": SIGNATURE + b"\x21\x21\x00\x0c" + bytes(12),
    "extension beyond the end": binary("203.0.113.7", b"\xea\xff\xffabc"),
    "wrong checksum": binary("203.0.113.7", b"\x03\x00\x04abcd"),
}


@pytest.mark.parametrize("data", NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_is_closed_without_an_answer(behind, data):
    assert is_closed_unanswered(behind, data)
    assert client_of(behind, header=LOCAL) == HERE, "and others are served"


# Attack 25: the time for a head holds here too
@pytest.mark.parametrize(
    "start",
    [b"", b"PROXY TCP4 203", SIGNATURE[:5], binary("203.0.113.7")[:20]],
    ids=["nothing", "half a line", "half a signature", "half a binary header"],
)
def test_a_header_that_does_not_end_is_not_waited_for(impatient, start):
    with RawConnection(impatient, timeout=8) as connection:  # less than without the setting
        connection.send_tolerant(start)
        time.sleep(0.5)
        connection.send_tolerant(b"" if len(start) < 20 else b"\0")
        assert connection.is_closed()


def test_the_clients_connections_are_limited_not_the_proxys(behind):  # ASVS 15.2.2
    greeting = binary("203.0.113.16") + request(behind, "GET /health HTTP/1.1")
    held = [RawConnection(behind) for _ in range(4)]
    answers = [connection.send(greeting).reply("GET", "/health") for connection in held]
    assert [answer.status for answer in answers] == [200, 200, 200, 503]
    assert answers[3].refusal == (503, "overloaded") and held[3].is_closed()
    assert client_of(behind, header=binary("203.0.113.17")) == "203.0.113.17"
    for connection in held:
        connection.__exit__()


def test_the_healthcheck_introduces_itself(behind):
    assert behind.command("healthcheck").returncode == 0


# Attack 7: one header is believed, the other and those of no standard are a client's own words
def test_one_header_is_read_from_the_right(forwarding):
    name = forwarding.settings["FORWARDED_HEADER"]
    values = {
        "x-forwarded-for": "1.2.3.4, 198.51.100.7, 10.9.9.9",
        "forwarded": 'for="1.2.3.4, for=198.51.100.7;proto=https, for="10.9.9.9:80"',
    }
    assert client_of(forwarding, f"{name}: {values[name]}") == "198.51.100.7"
    first, last = values[name].rsplit(", ", 1)
    assert client_of(forwarding, f"{name}: {first}", f"{name}: {last}") == "198.51.100.7", "lines are one list"


def test_no_other_header_is_believed(forwarding):
    lies = {
        "x-forwarded-for": "1.2.3.4",
        "forwarded": "for=1.2.3.4",
        "X-Real-IP": "1.2.3.4",
        "True-Client-IP": "1.2.3.4",
        "X-Client-IP": "1.2.3.4",
        "CF-Connecting-IP": "1.2.3.4",
    }
    true = lies.pop(forwarding.settings["FORWARDED_HEADER"]).replace("1.2.3.4", "198.51.100.7")
    fields = [f"{name}: {value}" for name, value in lies.items()]
    assert client_of(forwarding, *fields) == HERE
    assert client_of(forwarding, f"{forwarding.settings['FORWARDED_HEADER']}: {true}", *fields) == "198.51.100.7"


def test_only_a_trusted_proxy_is_believed(forwarding):
    fields = ["X-Forwarded-For: 1.2.3.4", "Forwarded: for=1.2.3.4"]
    assert client_of(forwarding, *fields, connection=RawConnection(forwarding, source=STRANGER)) == STRANGER


@pytest.mark.parametrize("entry", ["unknown", "_hidden", "", "nonsense", "1.2.3.4 x", "::g"])
def test_an_entry_without_an_address_ends_the_reading(forwarding, entry):
    wrap = {"x-forwarded-for": "{}", "forwarded": "for={}"}[forwarding.settings["FORWARDED_HEADER"]]
    value = f"{wrap.format('1.2.3.4')}, {wrap.format(entry)}, {wrap.format('10.9.9.9')}"
    assert client_of(forwarding, f"{forwarding.settings['FORWARDED_HEADER']}: {value}") == "10.9.9.9"
