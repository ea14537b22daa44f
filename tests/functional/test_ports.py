"""A port that is taken: a clear error and nothing half done (ASVS 16.5.1, attack 44)."""

import socket

from harness import process
from harness.people import People
from harness.ports import free_port
from harness.server import Server


def serve(server):
    """`secureauth serve` where a refusal is expected."""
    return process.command("serve", settings=server.settings, folder=server.folder)


def test_a_port_taken_by_another_instance(server, tmp_path):
    other = Server(tmp_path / "other", server.backend, {"PORT": server.port})
    result = serve(other)
    assert result.returncode == 1 and str(server.port) in result.stderr + result.stdout
    assert People(server).browser().get("/health").status == 200


def test_a_port_taken_by_another_program(backend, tmp_path):
    port = free_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        result = serve(Server(tmp_path / "late", backend, {"PORT": port}))
    assert result.returncode == 1 and str(port) in result.stderr + result.stdout
