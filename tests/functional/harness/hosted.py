"""The hosted pages as a client without scripts sees them."""

import re

from harness.client import Client


def text(client: Client, path: str) -> str:
    return client.get(path).body.decode()


def asset(client: Client, path: str) -> str:
    """The address of what pages load, such as `styles/page.css`, as they say it."""
    return f"{re.search(r'/assets/[0-9a-f]{16}', text(client, '/reset-password')).group()}/{path}"
