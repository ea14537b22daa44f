"""nginx on one core: as each of its configurations runs here, and answering every request from its configuration, the least
work an HTTP answer of these bytes can be."""

import os
import pwd
import socket
import time
from pathlib import Path

from .child import Child, plain_environment
from .machine import BenchError, free_port
from .service import Session

# nginx writes these four itself.
OWN_HEADERS = {"date", "content-length", "content-type", "connection"}


def quoted(text: str) -> str:
    if "$" in text:
        raise BenchError(f"nginx would take a variable for the $ in {text!r}")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def outer(site: str) -> str:
    """A whole configuration around `site`, what stands in the block `http`; all of it in nginx's own folder."""
    user = f"user {pwd.getpwuid(0).pw_name};" if os.geteuid() == 0 else ""
    temporary = "\n".join(f"  {kind}_temp_path {kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    return f"""{user}
daemon off;
worker_processes 1;
pid nginx.pid;
error_log error.log warn;
events {{ worker_connections 1024; }}
http {{
{temporary}
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  tcp_nodelay on;
{site}
}}
"""


class NginxChild(Child):
    """One worker, pinned to `core`, that serves `site` on `port`; `folder` is its own."""

    def __init__(self, folder: Path, core: int, port: int, site: str):
        self.port = port
        (folder / "nginx.conf").write_text(outer(site))
        # A Debian nginx is in sbin, which is not on everybody's PATH.
        environment = plain_environment()
        environment["PATH"] = environment.get("PATH", "") + ":/usr/sbin"
        command = ["nginx", "-p", str(folder), "-e", "error.log", "-c", str(folder / "nginx.conf")]
        super().__init__(command, folder, folder / "output.log", environment, core)

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


def answering(session: Session, port: int, logs: bool) -> str:
    """A site that answers what `session` got from the service."""
    headers = session.answer_headers
    content_type = next(value for name, value in headers if name.lower() == "content-type")
    added = "\n".join(
        f"      add_header {name} {quoted(value)};" for name, value in headers if name.lower() not in OWN_HEADERS
    )
    access_log = "access_log access.log combined buffer=64k flush=1s;" if logs else "access_log off;"
    return f"""
  {access_log}
  server_tokens off;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      default_type {quoted(content_type)};
{added}
      return 200 {quoted(session.answer_body)};
    }}
  }}
"""


class Nginx(NginxChild):
    """Answers what `session` got from the service."""

    def __init__(self, folder: Path, core: int, session: Session, logs: bool):
        port = free_port()
        own = folder / f"nginx-{port}"
        own.mkdir()
        self.request_log = own / "access.log"
        super().__init__(own, core, port, answering(session, port, logs))
