"""Fixtures: one service for the whole run with default settings, and services of their own for special ones."""

import pytest

from harness import kept_log, tls
from harness.backend import BACKENDS, PostgresBackend
from harness.client import Client
from harness.instances import Instances
from harness.people import People
from harness.postgres import Postgres
from harness.process import PRODUCTION_SETTINGS
from harness.redis import Redis
from harness.server import Server


def pytest_addoption(parser):
    parser.addoption(
        "--backend",
        choices=sorted(BACKENDS),
        action="append",
        default=None,
        help="what the service keeps its records in; may be repeated (default: each in turn)",
    )
    parser.addoption(
        "--backend-only", action="store_true", help="leave out what needs no backend: another run at the same time has it"
    )


def pytest_configure(config):
    config.addinivalue_line("markers", "sqlite_only(reason): about SQLite itself, such as its file")
    config.addinivalue_line("markers", "servers: about PostgreSQL and Redis themselves; with their backend only")


def selected(config) -> list[str]:
    return config.getoption("--backend") or sorted(BACKENDS, reverse=True)


def pytest_generate_tests(metafunc):
    if "backend" in metafunc.fixturenames:
        names = selected(metafunc.config)
        if metafunc.definition.get_closest_marker("sqlite_only"):
            names = [name for name in names if name == "sqlite"]
        if metafunc.definition.get_closest_marker("servers"):
            names = [name for name in names if name == "postgres"]
        metafunc.parametrize("backend", [BACKENDS[name] for name in names], ids=names, scope="session")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--backend-only"):
        items[:] = [item for item in items if "backend" in item.fixturenames or item.get_closest_marker("servers")]
    if "postgres" not in selected(config):
        for item in items:
            if item.get_closest_marker("servers"):
                item.add_marker(pytest.mark.skip(reason="needs --backend postgres"))


def pytest_unconfigure():
    for backend in BACKENDS.values():
        backend.close()


@pytest.fixture(autouse=True)
def databases_of_the_test(request):
    """Dropped after it: several hundred empty ones would fill the disk."""
    owned = {"backend", "tmp_path"} <= set(request.fixturenames)
    backend, folder = [request.getfixturevalue(name) for name in ("backend", "tmp_path")] if owned else (None, None)
    yield
    if owned:
        backend.forget_below(folder)


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
def start_instances(tmp_path):
    """start_instances(3, redis, SETTING=value, …): instances of one service on PostgreSQL and Redis (the suite's own
    unless one is given), stopped and checked after the test."""
    groups = []

    def start(count: int = 2, redis=None, begin: bool = True, **settings) -> Instances:
        shared = BACKENDS["postgres"]
        backend = PostgresBackend(shared.postgres, redis or shared.redis)
        groups.append(Instances(tmp_path / f"instances{len(groups)}", backend, count, settings))
        return groups[-1].start() if begin else groups[-1]

    yield start
    for group in groups:
        group.stop()


@pytest.fixture
def start_on(tmp_path):
    """start_on(postgres, redis, SETTING=value, …): a service of this test alone on servers that the test may hurt; the
    suite's own ones where it gives none. A setting may be a function of the number or name of its database."""
    servers = []

    def start(postgres=None, redis=None, begin: bool = True, **settings) -> Server:
        shared = BACKENDS["postgres"]
        backend = PostgresBackend(postgres or shared.postgres, redis or shared.redis)
        folder = tmp_path / f"server{len(servers)}"
        for name, of in (("DATABASE_URL", backend.database), ("REDIS_URL", backend.redis_database)):
            if callable(settings.get(name)):
                settings[name] = settings[name](of(folder))
        server = Server(folder, backend, settings)
        servers.append(server)
        return server.start() if begin else server

    yield start
    for running in servers:
        running.stop()


@pytest.fixture
def postgres():
    """A server to hurt."""
    with Postgres() as running:
        yield running


@pytest.fixture
def redis():
    """A server to hurt."""
    with Redis() as running:
        yield running


@pytest.fixture
def start_production(start_server):
    """A service as in production, behind a proxy on the same machine. No mailbox: make accounts with `user create`."""
    return lambda **settings: start_server(before=("migrate", "upgrade"), **PRODUCTION_SETTINGS | settings)


@pytest.fixture(scope="session")
def kept(backend, tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept_log")
    yield kept_log.make(folder, backend)
    backend.forget_below(folder)


@pytest.fixture
def log(kept, tmp_path):
    """A sealed audit log of a stopped service, to be altered; `log.published` is a file with its newest head."""
    kept.put_back()
    kept.folder, kept.published = tmp_path, tmp_path / "head.json"
    kept.published.write_text(kept.command("audit", "head"))
    return kept


@pytest.fixture
def people(server) -> People:
    return People(server)


@pytest.fixture
def owner_with_codes(people):
    """(a session with ten recovery codes, its account, the codes)"""
    client, account = people.with_totp()
    return client, account, people.recovery_codes(client)


@pytest.fixture
def client(server) -> Client:
    return Client(server)


@pytest.fixture(scope="module")
def authorities(tmp_path_factory):
    """The one that signs what servers show, and a stranger."""
    folder = tmp_path_factory.mktemp("tls")
    return tls.Authority(folder, "authority"), tls.Authority(folder, "stranger")
