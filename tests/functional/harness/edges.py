"""Edges in front of the service and of an application that knows no passwords, as deploy/ has them: the files themselves,
with this machine's ports in the place of the example's."""

import http.server
import json
import re
import threading
import time
from collections import Counter

from .contract import DOCUMENT, ROOT, filled
from .daemon import Daemon, accepts
from .nginx import nginx_arguments
from .ports import free_port
from .tls import Pair

DEPLOY = ROOT / "deploy"
# Not for the site's visitors: the application has the first page, probes ask the instances themselves, and development
# has no edge; metrics have a listener of their own.
NOT_AT_THE_EDGE = {"/", "/health", "/health/ready", "/metrics", "/dev/mailbox", "/dev/mailbox/messages"}


def service_paths() -> list[str]:
    """A path of each template of the contract that an edge is to give to the service."""
    return [re.sub(r"\{\w+\}", "x", filled(template)) for template in DOCUMENT["paths"] if template not in NOT_AT_THE_EDGE]


class ToyApp:
    """Answers each request with what it got; keeps connections. It knows a visitor by his headers alone."""

    def __init__(self):
        self.port = free_port()
        self.seen: list[dict] = []
        self.connections: Counter = Counter()
        app = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                # A proxy made of Go's net/http (Caddy 2.6.2) breaks off an answer that begins before it has itself noticed
                # that the request's body is at its end: it closes the body, and takes its own next read for a fault.
                time.sleep(0.05 if body else 0)
                got = {
                    "method": self.command,
                    "path": self.path,
                    "headers": self.headers.items(),
                    "body": body.decode("latin-1"),
                }
                app.seen.append(got)
                app.connections[self.client_address] += 1
                text = json.dumps(got).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = answer

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def identity(got: dict) -> dict[str, str]:
    """What an application would believe: the view of header names that CGI has, in which all but letters and digits is one
    (WSGI takes `_` for `-`, PHP `.` as well)."""
    named = {}
    for name, value in got["headers"]:
        plain = re.sub("[^a-z0-9]", "-", name.lower())
        if plain.startswith("x-auth-") and value:
            assert plain not in named, f"{name} came twice"
            named[plain] = value
    return named


class Edge(Daemon):
    """A site of its own, `http://localhost:PORT`. It is also what a Client takes for its server. With what a certificate and
    its key are in, `https://localhost:PORT`, as the example has it; http is on `plain_port` then."""

    https = False
    secure_cookies = True

    def __init__(self, name: str, *users: str, tls: Pair | None = None):
        super().__init__(name, *users)
        self.tls = tls
        self.port, self.plain_port = free_port(), free_port()
        self.service_port = 0
        self.app_port = 0

    @property
    def authority(self) -> str:
        return f"localhost:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        """What the service must be told."""
        return {"PUBLIC_URL": f"{'https' if self.tls else 'http'}://{self.authority}", "TRUSTED_PROXIES": "127.0.0.1"}

    def before(self, service, app: ToyApp) -> "Edge":
        self.service_port, self.app_port = service.port, app.port
        return self.start()

    def own_pair(self) -> Pair:
        """Certificate and key, where the daemon's user may read them."""
        assert self.tls
        return Pair(self.write("edge.crt", self.tls.certificate.read_text()), self.write("edge.key", self.tls.key.read_text()))

    def answers(self) -> bool:
        return accepts(self.port)


def replaced(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert old in text, f"the example has no {old!r} any more"
        text = text.replace(old, new)
    return text


class NginxEdge(Edge):
    def __init__(self, tls: Pair | None = None):
        super().__init__("nginx-edge", "www-data", tls=tls)

    def certificate(self) -> list[tuple[str, str]]:
        example = (
            "ssl_certificate /etc/ssl/certs/www.example.org.pem;",
            "ssl_certificate_key /etc/ssl/private/www.example.org.key;",
        )
        if not self.tls:
            return [(line, "") for line in example] + [("listen 443 ssl;", f"listen 127.0.0.1:{self.port};")]
        own = self.own_pair()
        return [
            (example[0], f"ssl_certificate {own.certificate};"),
            (example[1], f"ssl_certificate_key {own.key};"),
            ("listen 443 ssl;", f"listen 127.0.0.1:{self.port} ssl;"),
            ("https://www.example.org$", f"https://{self.authority}$"),
        ]

    def arguments(self) -> list:
        site = replaced(
            (DEPLOY / "nginx" / "secureauth.conf").read_text(),
            *self.certificate(),
            ("listen 80;", f"listen 127.0.0.1:{self.plain_port};"),
            ("server_name www.example.org;", "server_name localhost;"),
            ("server 127.0.0.1:8000;", f"server 127.0.0.1:{self.service_port};"),
            ("server 127.0.0.1:3000;", f"server 127.0.0.1:{self.app_port};"),
            ("snippets/", f"{self.folder}/"),
        )
        self.write("secureauth.conf", site)
        for name in ("secureauth-app.conf", "secureauth-open.conf", "secureauth-proxy.conf"):
            text = (DEPLOY / "nginx" / name).read_text()
            self.write(name, text.replace("include snippets/", f"include {self.folder}/"))
        return nginx_arguments(self, f"  include {self.folder}/secureauth.conf;")


class CaddyEdge(Edge):
    def __init__(self, tls: Pair | None = None):
        super().__init__("caddy-edge", "caddy", tls=tls)

    def arguments(self) -> list:
        address, https = f"http://localhost:{self.port} {{\n\tbind 127.0.0.1", "auto_https off"
        if self.tls:
            own = self.own_pair()
            address = f"localhost {{\n\tbind 127.0.0.1\n\ttls {own.certificate} {own.key}"
            https = f"auto_https disable_certs\n\thttp_port {self.plain_port}\n\thttps_port {self.port}"
        site = replaced(
            (DEPLOY / "caddy" / "Caddyfile").read_text(),
            ("\nwww.example.org {", f"\n{address}"),
            ("127.0.0.1:8000", f"127.0.0.1:{self.service_port}"),
            ("127.0.0.1:3000", f"127.0.0.1:{self.app_port}"),
        )
        apart = "{\n\tadmin off\n\t" + https + "\n\tstorage file_system " + str(self.folder) + "\n}\n"
        return ["/usr/bin/caddy", "run", "--adapter", "caddyfile", "--config", self.write("Caddyfile", apart + site)]


EDGES = {"nginx": NginxEdge, "caddy": CaddyEdge}
