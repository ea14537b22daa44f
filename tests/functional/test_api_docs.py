"""The contract as the service itself tells it: /openapi.json, and /docs to read and try it."""

import gzip
import re

import pytest

from harness import contract
from harness.client import Client

DOCS = ["/openapi.json", "/docs"]


def viewer(client: Client, name: str) -> str:
    """The address of a file of the viewer, as the page says it."""
    return f"{re.search(r'/assets/[0-9a-f]{16}', client.get('/docs').body.decode()).group()}/viewer/{name}"


def test_the_document_is_the_contract(client):
    reply = client.get("/openapi.json")
    assert reply.content_type == "application/json"
    assert reply.json == contract.DOCUMENT


def test_the_document_is_compressed_and_kept(client):
    plain, packed = client.get("/openapi.json"), client.get("/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert packed.header("Content-Encoding") == "gzip" and gzip.decompress(packed.body) == plain.body
    assert len(packed.body) * 4 < len(plain.body)
    for reply in (plain, packed):
        again = client.get(
            "/openapi.json",
            headers={"Accept-Encoding": "gzip" if reply is packed else None, "If-None-Match": reply.header("ETag")},
        )
        assert again.status == 304 and again.body == b""


# ASVS 3.4.3, 3.6.1: the viewer needs no policy of its own and nothing from elsewhere
def test_the_page_has_the_policy_of_every_page_and_its_viewer_is_kept_for_good(client):
    assert client.get("/docs").header("Content-Security-Policy") == client.get("/sign-in").header("Content-Security-Policy")
    for name in ["swagger-ui.js", "swagger-ui.css", "picture-1.svg"]:
        reply = client.get(viewer(client, name), headers={"Accept-Encoding": "gzip"})
        assert reply.header("Content-Encoding") == "gzip"
        assert reply.header("Cache-Control") == "public, max-age=31536000, immutable"


def test_the_viewers_style_names_only_files_that_are_there(client):
    style = client.get(viewer(client, "swagger-ui.css")).body.decode()
    named = set(re.findall(r'url\("?([^")]+)"?\)', style))
    assert len(named) == 10
    for name in named:
        assert client.get(viewer(client, name)).content_type == "image/svg+xml"


def test_the_viewer_brings_its_notices(client):
    script = client.get(viewer(client, "swagger-ui.js")).body.decode()
    assert "Apache-2.0" in script[:200] and "SmartBear" in script[:200] and "MIT License" in script[:2000]


# ASVS 13.4.5
@pytest.mark.parametrize("path", DOCS)
def test_production_has_none_unless_it_is_asked_for(start_production, path):
    assert Client(start_production()).get(path).code == "not_found"


@pytest.mark.parametrize("path", DOCS)
def test_a_setting_decides(start_server, start_production, path):
    assert Client(start_server(API_DOCS="false")).get(path).code == "not_found"
    assert Client(start_production(API_DOCS="true")).get(path).status == 200


def test_they_do_without_the_other_pages(start_server):
    client = Client(start_server(HOSTED_PAGES="false"), checked=False)  # the contract is one with hosted pages
    assert client.get("/openapi.json").status == 200
    assert client.get(viewer(client, "swagger-ui.js")).status == 200
    assert client.get("/sign-in").status == 404
