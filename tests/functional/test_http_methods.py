"""Methods and paths: HEAD, OPTIONS, 405 with Allow, 404 (ASVS 4.1.4, 13.4.4; RFC 9110)."""

import pytest

from harness import contract
from harness.hosted import asset
from harness.raw import exchange, request

PATHS, FOR_EDGES = {}, set()  # what edges ask: test_forward_auth.py looks at every method
for template, operation_method, operation in contract.operations():
    PATHS.setdefault(contract.filled(template), set()).add(operation_method)
    if operation["x-access"] == "edge":
        FOR_EDGES.add(contract.filled(template))
# Of one thing only where there is one: that of an account is looked at in test_admin_users.py.
GET_PATHS = sorted(path for path, methods in PATHS.items() if "GET" in methods and "/00000000-" not in path)


def allowed(path):
    return PATHS[path] | (set() if path in FOR_EDGES else {"OPTIONS"}) | ({"HEAD"} if "GET" in PATHS[path] else set())


# What a template stands for, where there must be one; who asks for the root is sent on.
SHOWN = {
    "/auth/return-to": lambda client: "/auth/return-to?to=/",
    "/assets/{version}/{folder}/{name}": lambda client: asset(client, "styles/page.css"),
    "/assets/{version}/texts/{lang}/{name}": lambda client: asset(client, "texts/de/common.js"),
}


def words(value):
    return {word.strip() for word in value.split(",")}


@pytest.mark.parametrize("path", sorted(PATHS))
def test_other_methods_are_refused_with_what_is_allowed(client, path):
    for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "get"} - allowed(path):
        reply = client.request(method, path)
        assert reply.status == 405, method
        assert words(reply.header("Allow")) == allowed(path)
        assert method == "HEAD" or reply.code == "method_not_allowed"


@pytest.mark.parametrize("path", sorted(set(PATHS) - FOR_EDGES))
def test_options_tells_what_is_allowed(client, path):
    reply = client.request("OPTIONS", path)
    assert (reply.status, reply.body) == (204, b"")
    assert words(reply.header("Allow")) == allowed(path)


@pytest.mark.parametrize("path", GET_PATHS)
def test_head_is_get_without_the_body(people, path):
    client, _ = people.of_role("admin") if path.startswith("/admin/") else people.stepped_up()
    shown = SHOWN[path](client) if path in SHOWN else path
    got, head = client.get(shown), client.request("HEAD", shown)
    assert (head.status, head.body) == (got.status, b"") == (303 if path == "/" else 200, b"")
    # They grow while other tests run, or by being looked at, or tell of what goes on meanwhile.
    growing = ("/dev/mailbox/messages", "/auth/me/export", "/admin/users", "/admin/audit-logs", "/admin/health", "/metrics")
    if path not in growing:
        assert head.header("Content-Length") == got.header("Content-Length")
    assert head.header("Content-Type") == got.header("Content-Type")


def test_connect_is_refused(server):
    reply, _ = exchange(server, request(server, f"CONNECT localhost:{server.port} HTTP/1.1"), closes_within=1)
    assert reply.status in (400, 405)


def test_trace_reflects_nothing(server):
    reply, _ = exchange(
        server, request(server, "TRACE /auth/me HTTP/1.1", "X-Secret: reflected"), "TRACE", "/auth/me", closes_within=1
    )
    assert reply.status == 405 and b"reflected" not in reply.body


def test_a_query_does_not_change_the_route(client):
    assert client.get("/health?x=1&y=%00&z=../../").json == {"status": "ok"}
    assert client.get("/auth/me?sid=x").status == 401
