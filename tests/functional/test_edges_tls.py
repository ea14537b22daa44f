"""The example edges as they are, with TLS: nginx and Caddy for real, Envoy and Traefik by what their files say."""

import http.client
import re
import socket
import ssl

import pytest
import yaml

from harness import edges
from harness.server import Server
from harness.tls import Authority

HSTS = "max-age=31536000; includeSubDomains"
FORWARD_SECRET = {
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
}


@pytest.fixture(scope="module", params=sorted(edges.EDGES))
def site(request, backend, tmp_path_factory):
    folder = tmp_path_factory.mktemp(f"tls-{request.param}")
    authority = Authority(folder / "authority")
    edge, app = edges.EDGES[request.param](authority.sign("localhost", rsa=True)), edges.ToyApp()
    edge.authority_file = authority.certificate
    service = Server(folder, backend, edge.settings).start()
    edge.before(service, app)
    yield edge
    edge.close()
    service.stop()
    app.stop()


def trusting(edge) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(edge.authority_file))


def get(edge, path: str, **headers) -> http.client.HTTPResponse:
    connection = http.client.HTTPSConnection("localhost", edge.port, context=trusting(edge), timeout=20)
    connection.request("GET", path, headers=headers)
    return connection.getresponse()


def agreed(edge, context: ssl.SSLContext) -> tuple[str, str]:
    """Protocol and cipher suite."""
    with (
        socket.create_connection(("127.0.0.1", edge.port), timeout=20) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as tls,
    ):
        return tls.version(), tls.cipher()[0]


# ASVS 12.1.1
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_nothing_older_than_tls_1_2_is_spoken(site):
    assert agreed(site, trusting(site))[0] == "TLSv1.3"
    context = trusting(site)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        agreed(site, context)


# ASVS 12.1.2
def test_tls_1_2_is_forward_secret(site):
    context = trusting(site)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    version, suite = agreed(site, context)
    assert version == "TLSv1.2" and suite in FORWARD_SECRET
    for weak in ("AES128-GCM-SHA256", "AES256-SHA256", "AES128-SHA", "ECDHE-RSA-AES256-SHA384"):
        context.set_ciphers(f"{weak}:@SECLEVEL=0")
        with pytest.raises((ssl.SSLError, ConnectionResetError)):
            agreed(site, context)


# ASVS 3.4.1: on every answer, from whomever, and once
def test_every_answer_says_once_that_https_is_all_there_is(site):
    for path, status in (("/auth/me", 401), ("/sign-in", 200), ("/public/page", 200), ("/app", 401), ("/public/..;/x", 400)):
        answer = get(site, path)
        assert (path, answer.status) == (path, status)
        assert answer.headers.get_all("Strict-Transport-Security") == [HSTS], path


# ASVS 12.2.1
def test_http_leads_to_https_and_nowhere_else(site):
    connection = http.client.HTTPConnection("localhost", site.plain_port, timeout=20)
    connection.request("GET", "/sign-in?x=1", headers={"Host": "localhost"})
    answer = connection.getresponse()
    assert answer.status in (301, 308)
    target = answer.headers["Location"]
    assert re.fullmatch(rf"https://localhost(?::{site.port})?/sign-in\?x=1", target), target
    assert answer.headers.get_all("Set-Cookie") is None


# ASVS 12.1.1, 12.1.2, 3.4.1
def test_envoy_and_traefik_are_told_the_same():
    listeners = {
        one["name"]: one["filter_chains"][0]
        for one in yaml.safe_load((edges.DEPLOY / "envoy/envoy.yaml").read_text())["static_resources"]["listeners"]
    }
    tls = listeners["https"]["transport_socket"]["typed_config"]["common_tls_context"]["tls_params"]
    assert tls["tls_minimum_protocol_version"] == "TLSv1_2" and set(tls["cipher_suites"]) == FORWARD_SECRET
    routes = listeners["https"]["filters"][0]["typed_config"]["route_config"]
    [added] = routes["response_headers_to_add"]
    assert added["header"]["value"] == HSTS and added["append_action"] == "OVERWRITE_IF_EXISTS_OR_ADD"
    [host] = listeners["http"]["filters"][0]["typed_config"]["route_config"]["virtual_hosts"]
    assert [route["redirect"]["https_redirect"] for route in host["routes"]] == [True]

    dynamic = yaml.safe_load((edges.DEPLOY / "traefik/dynamic.yaml").read_text())
    options = dynamic["tls"]["options"]["default"]
    named = {
        name.removeprefix("TLS_")
        .replace("_WITH_AES_", "-AES")
        .replace("_WITH_CHACHA20_POLY1305_SHA256", "-CHACHA20-POLY1305")
        .replace("_", "-")
        for name in options["cipherSuites"]
    }
    assert options["minVersion"] == "VersionTLS12" and named == {
        suite.replace("-AES128-GCM", "-AES128-GCM") for suite in FORWARD_SECRET
    }
    entries = yaml.safe_load((edges.DEPLOY / "traefik/traefik.yaml").read_text())["entryPoints"]
    assert entries["web"]["http"]["redirections"]["entryPoint"]["scheme"] == "https"
    assert "https-only@file" in entries["websecure"]["http"]["middlewares"]
    assert dynamic["http"]["middlewares"]["https-only"]["headers"] == {
        "stsSeconds": 31536000,
        "stsIncludeSubdomains": True,
        "forceSTSHeader": True,
    }
