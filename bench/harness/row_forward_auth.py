"""nginx that asks GET /auth/verify before it lets a request pass to an application, beside the same nginx and application
without: the example of deploy/nginx, its `location /` and its `location /public/`. All servers share one core."""

import os
import pwd
import socket
import time
from dataclasses import asdict
from pathlib import Path
from statistics import median

from .child import Child, plain_environment
from .load import Round, ask
from .machine import BenchError, free_port, memory_mib, server_and_load_core
from .nginx import Nginx
from .plan import Plan
from .report import Row
from .row_me import side
from .service import Service, Workspace

EXAMPLE = Path("deploy/nginx").resolve()
TLS = """  ssl_certificate /etc/ssl/certs/www.example.org.pem;
  ssl_certificate_key /etc/ssl/private/www.example.org.key;
  ssl_protocols TLSv1.2 TLSv1.3;
"""
OUTER = """{user}
daemon off;
worker_processes 1;
pid nginx.pid;
error_log error.log warn;
events {{ worker_connections 1024; }}
http {{
  client_body_temp_path client_body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  tcp_nodelay on;
  include secureauth.conf;
}}
"""


def local(text: str, replacements: dict[str, str]) -> str:
    for old, new in replacements.items():
        if old not in text:
            raise BenchError(f"deploy/nginx has no {old!r} any more")
        text = text.replace(old, new)
    return text


class Edge(Child):
    """One worker, pinned to `core`, with the example's rules in front of `app`."""

    def __init__(self, folder: Path, core: int, port: int, service_port: int, app_port: int):
        self.port = port
        prefix = folder / f"edge-{port}"
        (prefix / "snippets").mkdir(parents=True)
        for snippet in EXAMPLE.glob("secureauth-*.conf"):
            (prefix / "snippets" / snippet.name).write_text(snippet.read_text())
        (prefix / "secureauth.conf").write_text(local((EXAMPLE / "secureauth.conf").read_text(), {
            TLS: "", "listen 443 ssl;": f"listen 127.0.0.1:{port};", "listen 80;": f"listen 127.0.0.1:{free_port()};",
            "www.example.org": "localhost", "server 127.0.0.1:8000;": f"server 127.0.0.1:{service_port};",
            "server 127.0.0.1:3000;": f"server 127.0.0.1:{app_port};"}))
        user = f"user {pwd.getpwuid(0).pw_name};" if os.geteuid() == 0 else ""
        (prefix / "nginx.conf").write_text(OUTER.format(user=user))
        environment = plain_environment()
        environment["PATH"] = environment.get("PATH", "") + ":/usr/sbin"
        command = ["nginx", "-p", str(prefix), "-e", "error.log", "-c", str(prefix / "nginx.conf")]
        super().__init__(command, prefix, prefix / "output.log", environment, core)

    def __enter__(self):
        give_up = time.monotonic() + 10
        while time.monotonic() < give_up:
            self.check_alive()
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.02)
        self.__exit__()
        raise BenchError("nginx was not ready within 10 s")


def measure(workspace: Workspace, plan: Plan) -> list[Row]:
    workspace.ensure_accounts(1)
    what = "nginx asking GET /auth/verify for each request, one core for all"
    print(f"bench: {what}")
    server_core, load_core = server_and_load_core()
    edge_port = free_port()
    settings = {"PUBLIC_URL": f"http://localhost:{edge_port}", "TRUSTED_PROXIES": "127.0.0.1", "IO_THREADS": "1"}
    with Service(workspace, server_core, **settings) as service:
        session = service.sign_in()
        with Nginx(workspace.folder, server_core, session, logs=False) as app, \
                Edge(workspace.folder, server_core, edge_port, service.port, app.port) as edge:
            def load(path: str, seconds: float) -> Round:
                return ask(path, edge.port, f"localhost:{edge_port}", session, edge.pid, load_core, seconds)

            load("/app", plan.warm_up)
            load("/public/app", plan.warm_up)
            asking, open_to_all = [], []
            for _ in range(plan.rounds):
                asking.append(load("/app", plan.seconds))
                open_to_all.append(load("/public/app", plan.seconds))
            rss = memory_mib(edge.pid)
    ratio = median(one.per_second for one in asking) / median(one.per_second for one in open_to_all)
    return [Row(what, side(asking, rss), "without asking: " + side(open_to_all, rss), f"{ratio:.2f}", "for comparison", "—",
                {"asking": [asdict(one) for one in asking], "open": [asdict(one) for one in open_to_all], "ratio": ratio})]
