"""Fixtures: one service for the whole run with default settings, and services of their own for special ones."""

import pytest

from harness.backend import BACKENDS
from harness.client import Client
from harness.people import People
from harness.process import PRODUCTION_SETTINGS
from harness.server import Server


def pytest_addoption(parser):
    parser.addoption("--backend", choices=sorted(BACKENDS), action="append", default=None,
                     help="record store to run the suite on; may be repeated (default: sqlite)")


def pytest_generate_tests(metafunc):
    if "backend" in metafunc.fixturenames:
        names = metafunc.config.getoption("--backend") or ["sqlite"]
        metafunc.parametrize("backend", [BACKENDS[name] for name in names], ids=names, scope="session")


@pytest.fixture(scope="session")
def server(backend, tmp_path_factory):
    """Shared by all tests that need no special setting: use fresh addresses, leave nothing behind that matters."""
    running = Server(tmp_path_factory.mktemp("server"), backend).start()
    yield running
    running.stop()


@pytest.fixture
def start_server(backend, tmp_path):
    """start_server(SETTING=value, …): a service of this test alone, stopped and checked after it."""
    servers = []

    def start(preexec_fn=None, before=(), **settings) -> Server:
        """`before` is a command of the service to run first, in its folder."""
        server = Server(tmp_path / f"server{len(servers)}", backend, settings, preexec_fn)
        if before:
            assert server.command(*before).returncode == 0
        servers.append(server)
        return server.start()

    yield start
    for running in servers:
        running.stop()


@pytest.fixture
def start_production(start_server):
    """A service as in production, behind a proxy on the same machine. No mailbox: make accounts with `user create`."""
    return lambda **settings: start_server(before=("migrate", "upgrade"), **PRODUCTION_SETTINGS | settings)


@pytest.fixture
def people(server) -> People:
    return People(server)


@pytest.fixture
def client(server) -> Client:
    return Client(server)
