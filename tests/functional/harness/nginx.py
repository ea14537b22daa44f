"""nginx before the service: as each of its configurations runs here, and in front of several instances, as the README's
deployment has it, without TLS."""

from .daemon import Daemon, accepts
from .ports import free_port

_OUTER = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 512; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
{site}
}}
"""
_INSTANCES = """
  upstream instances {{
{servers}
  }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://instances;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_http_version 1.1;
      proxy_connect_timeout 2s;
      # An instance that is down is passed over; a request that may have been acted on is not sent twice.
      proxy_next_upstream error timeout;
    }}
  }}
"""


def nginx_arguments(daemon: Daemon, site: str) -> list:
    """The command that serves `site`, what stands in the block `http`, in the foreground and within the daemon's folder."""
    configuration = daemon.write("nginx.conf", _OUTER.format(folder=daemon.folder, site=site))
    return ["/usr/sbin/nginx", "-p", daemon.folder, "-e", "stderr", "-c", configuration]


class Nginx(Daemon):
    """Round robin over instances on these ports of loopback."""

    def __init__(self, upstream_ports: list[int], port: int | None = None):
        super().__init__("nginx", "www-data")
        self.port = port or free_port()
        self._upstream_ports = upstream_ports

    def arguments(self) -> list:
        servers = "\n".join(f"    server 127.0.0.1:{port} max_fails=1 fail_timeout=1s;" for port in self._upstream_ports)
        return nginx_arguments(self, _INSTANCES.format(port=self.port, servers=servers))

    def answers(self) -> bool:
        return accepts(self.port)
