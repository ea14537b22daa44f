"""What a service says at /metrics, read as Prometheus reads it."""

import re
from collections import defaultdict

from .client import Client

_SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(?:,|$)')


class Metrics:
    """Samples by name and labels; `types` and `helps` by family."""

    def __init__(self, text: str):
        self.text = text
        self.types, self.helps = {}, {}
        self.samples: dict[str, dict[frozenset, float]] = defaultdict(dict)
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ", 3)
                self.types[name] = kind
            elif line.startswith("# HELP "):
                _, _, name, words = line.split(" ", 3)
                self.helps[name] = words
            elif line:
                name, labels, value = _SAMPLE.fullmatch(line).groups()
                found = frozenset(_LABEL.findall(labels or ""))
                assert found not in self.samples[name], f"twice: {line}"
                self.samples[name][found] = float(value)

    def value(self, name: str, **labels: str) -> float:
        """Of all series that have these labels, together; 0 where there is none."""
        wanted = set(labels.items())
        return sum(value for have, value in self.samples.get(name, {}).items() if wanted <= have)

    def labels(self, name: str) -> set[str]:
        return {label for have in self.samples.get(name, {}) for label, _ in have}

    def label_values(self) -> set[str]:
        return {value for series in self.samples.values() for have in series for _, value in have}

    def series(self) -> set[tuple]:
        return {(name, have) for name, all_of in self.samples.items() for have in all_of}


class Listener:
    """Stands in for a server of the harness where a client asks METRICS_LISTEN instead of the site."""

    def __init__(self, port: int, host: str = "127.0.0.1"):
        self.port = port
        self.authority = f"{host}:{port}"
        self.public_url = f"http://{self.authority}"
        self.settings, self.https, self.secure_cookies = {}, False, True


def scrape(server) -> Metrics:
    """`server`: one in development, or a Listener."""
    reply = Client(server, checked=False).get("/metrics")
    assert reply.status == 200, reply
    assert reply.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8"
    return Metrics(reply.body.decode())
