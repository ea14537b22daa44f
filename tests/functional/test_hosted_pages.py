"""Hosted pages as they are served: languages, compression, caches, branding, and where they may lead back to."""

import gzip
import re
from urllib.parse import quote

import pytest

from harness.contract import ROOT
from harness.hosted import LANGUAGES, asset, loaded, text
from harness.people import People

PAGES = ["/sign-in", "/sign-up", "/verify-email", "/reset-password", "/confirm-email"]
EVIL = [
    "",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https://evil.example",
    "https://app.example.org.evil.example",
    "https://app.example.org@evil.example/",
    "https://x:y@app.example.org/",
    "https://app.example.org:444/",
    "http://app.example.org/",
    "javascript:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,x",
    "/\t/evil.example",
    "https://app.example.org\\@evil.example",
    "https://xn--pp-yia.example.org/",
    "https://äpp.example.org/",
    "\nhttps://app.example.org/",
    "account",
]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_in_the_language_that_was_asked_for(client, path):
    def language(target, **headers):
        page = client.get(target, headers={name.replace("_", "-"): value for name, value in headers.items()})
        assert page.status == 200
        return re.search(r'<html lang="(..)"', page.body.decode()).group(1)

    assert language(path) == "en"
    assert language(path, Accept_Language="de-AT, en;q=0.5") == "de"
    assert language(path, Accept_Language="de", Cookie="lang=en") == "en"
    assert language(f"{path}?lang=de", Cookie="lang=en") == "de"
    assert language(f"{path}?lang=xx&lang=de", Cookie="lang=<script>", Accept_Language="de") == "de"


def test_a_page_loads_nothing_from_elsewhere_and_everything_it_names_is_there(client):
    for path in PAGES:
        named = re.findall(r'(?:src|href)="([^"]+)"', text(client, path))
        elsewhere = [name for name in named if name[0] not in "#?"]
        assert elsewhere and all(name.startswith("/") and not name.startswith("//") for name in elsewhere)
        for name in elsewhere:
            assert client.get(name).status == (303 if name == "/" else 200), name


def test_pages_and_assets_are_compressed_and_kept(client):
    for path in ["/reset-password", asset(client, "styles/page.css"), "/assets/webauthn.js"]:
        plain = client.get(path)
        packed = client.get(path, headers={"Accept-Encoding": "br, gzip"})
        assert packed.header("Content-Encoding") == "gzip" and plain.all("Content-Encoding") == []
        assert gzip.decompress(packed.body) == plain.body
        assert packed.header("ETag") != plain.header("ETag")
        again = client.get(path, headers={"If-None-Match": plain.header("ETag")})
        assert again.status == 304 and again.body == b"" and again.header("Cache-Control") == plain.header("Cache-Control")


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_somebody_could_ever_load_is_light(client, language):
    """Every page for the owners of accounts with what it loads, in one language: 60 KiB. Those for staff and developers
    are not counted."""
    others = {"admin", "docs", "mailbox"}
    pages = [f"/{path.stem}?lang={language}" for path in (ROOT / "web/pages").glob("[!_]*.html") if path.stem not in others]
    tables = [
        asset(client, f"texts/{language}/{path.stem}.js")
        for path in (ROOT / f"web/texts/{language}").glob("*.json")
        if path.stem not in others
    ]
    weights = loaded(client, pages + tables)
    assert {"sign-in.js", "account.js", "step-up.js", "webauthn.js", "page.css"} <= {
        address.split("/")[-1] for address in weights
    }
    assert sum(weights.values()) <= 60 * 1024, weights


def test_an_assets_address_changes_with_its_content(client):
    style = asset(client, "styles/page.css")
    assert client.get(style).header("Cache-Control") == "public, max-age=31536000, immutable"
    other = re.sub(r"[0-9a-f]{16}", "0" * 16, style)
    assert client.get(other).header("Cache-Control") == "no-store", "an instance of another version keeps nothing for good"
    for missing in ["styles/none.css", "pages/reset-password.html", "texts/en/common.json", "scripts/..%2fpages%2fx"]:
        assert client.get(asset(client, missing)).status == 404, missing


# ASVS 3.7.2, attack 22
def test_a_sign_in_leads_back_to_listed_sites_only(start_server):
    service = start_server(FRONTEND_ORIGIN="https://front.example.org", RETURN_TO_ORIGINS="https://app.example.org")
    client = People(service).browser()

    def ask(url):
        return client.get(f"/auth/return-to?to={quote(url, safe='')}")

    for url in ["https://app.example.org/x?y=1#z", "https://front.example.org/", f"{service.public_url}/account"]:
        assert ask(url).json == {"return_to": url}
    assert ask("/account").json == {"return_to": f"{service.public_url}/account"}
    for url in EVIL:
        assert ask(url).code == "invalid_request", url
    assert client.get("/auth/return-to").code == "invalid_request"
    assert client.get("/auth/return-to?to=/&to=//evil.example").code == "invalid_request"
