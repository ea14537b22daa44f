"""The hosted pages as a client without scripts sees them."""

import re
from urllib.parse import urljoin

from harness.client import Client

LANGUAGES = ("en", "de")
NAMED = re.compile(r"""(?:src|href)="(/assets/[^"]+)"|["'(](\.{1,2}/[\w./-]+\.(?:js|css|svg))["')]""")


def text(client: Client, path: str) -> str:
    return client.get(path).body.decode()


def asset(client: Client, path: str) -> str:
    """The address of what pages load, such as `styles/page.css`, as they say it."""
    return f"{re.search(r'/assets/[0-9a-f]{16}', text(client, '/reset-password')).group()}/{path}"


def loaded(client: Client, addresses: list[str]) -> dict[str, int]:
    """What browsers could ever load from there on, and its bytes on the wire."""
    weights: dict[str, int] = {}
    waiting = list(addresses)
    while waiting:
        address = waiting.pop()
        if address in weights:
            continue
        packed = client.get(address, headers={"Accept-Encoding": "gzip"})
        assert packed.status == 200, address
        weights[address] = len(packed.body)
        content = client.get(address).body.decode()
        waiting += [urljoin(address, absolute or relative) for absolute, relative in NAMED.findall(content)]
    return weights
