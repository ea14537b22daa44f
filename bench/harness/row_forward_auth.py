"""nginx that asks GET /auth/verify before it lets a request pass to an application, beside the same nginx and application
without: the example of deploy/nginx, its `location /` and its `location /public/`. All servers share one core."""

from dataclasses import asdict
from pathlib import Path
from statistics import median

from .load import Round, ask
from .machine import BenchError, free_port, memory_mib, server_and_load_core
from .nginx import Nginx, NginxChild
from .plan import Plan
from .report import Row
from .row_me import side
from .service import Service, Workspace

EXAMPLE = Path("deploy/nginx").resolve()
TLS = """  ssl_certificate /etc/ssl/certs/www.example.org.pem;
  ssl_certificate_key /etc/ssl/private/www.example.org.key;
  ssl_protocols TLSv1.2 TLSv1.3;
"""


def local(text: str, replacements: dict[str, str]) -> str:
    for old, new in replacements.items():
        if old not in text:
            raise BenchError(f"deploy/nginx has no {old!r} any more")
        text = text.replace(old, new)
    return text


class Edge(NginxChild):
    """The example's rules in front of `app`."""

    def __init__(self, folder: Path, core: int, port: int, service_port: int, app_port: int):
        own = folder / f"edge-{port}"
        (own / "snippets").mkdir(parents=True)
        for snippet in EXAMPLE.glob("secureauth-*.conf"):
            (own / "snippets" / snippet.name).write_text(snippet.read_text())
        (own / "secureauth.conf").write_text(
            local(
                (EXAMPLE / "secureauth.conf").read_text(),
                {
                    TLS: "",
                    "listen 443 ssl;": f"listen 127.0.0.1:{port};",
                    "listen 80;": f"listen 127.0.0.1:{free_port()};",
                    "www.example.org": "localhost",
                    "server 127.0.0.1:8000;": f"server 127.0.0.1:{service_port};",
                    "server 127.0.0.1:3000;": f"server 127.0.0.1:{app_port};",
                },
            )
        )
        super().__init__(own, core, port, "  access_log off;\n  include secureauth.conf;")


def measure(workspace: Workspace, plan: Plan) -> list[Row]:
    workspace.ensure_accounts(1)
    what = "nginx asking GET /auth/verify for each request, one core for all"
    print(f"bench: {what}")
    server_core, load_core = server_and_load_core()
    edge_port = free_port()
    settings = {"PUBLIC_URL": f"http://localhost:{edge_port}", "TRUSTED_PROXIES": "127.0.0.1", "IO_THREADS": "1"}
    with Service(workspace, server_core, **settings) as service:
        session = service.sign_in()
        with (
            Nginx(workspace.folder, server_core, session, logs=False) as app,
            Edge(workspace.folder, server_core, edge_port, service.port, app.port) as edge,
        ):

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
    return [
        Row(
            what,
            side(asking, rss),
            "without asking: " + side(open_to_all, rss),
            f"{ratio:.2f}",
            "for comparison",
            "—",
            {"asking": [asdict(one) for one in asking], "open": [asdict(one) for one in open_to_all], "ratio": ratio},
        )
    ]
