"""The include rule of DESIGN §2: includes point one way, from the command line down to core."""

import re
from collections import defaultdict
from pathlib import PurePosixPath

from tree import Files, code_of
from tree import source as all_source

# A test reaches for whatever it needs to set its subject up; no product code may include these.
TEST_ONLY = re.compile(r"(_test|_fixture|_testing)\.[ch]pp$")


def source() -> Files:
    return {path: text for path, text in all_source().items() if not TEST_ONLY.search(path)}


# What each infrastructure folder may include. None of them knows a feature.
INFRASTRUCTURE = {
    "core": {"core"},
    "crypto": {"core", "crypto"},
    "telemetry": {"core", "crypto", "telemetry"},
    "db": {"core", "crypto", "telemetry", "db"},
    "ephemeral": {"core", "crypto", "telemetry", "ephemeral"},
    "http": {"core", "crypto", "telemetry", "http"},
    "outgoing": {"core", "crypto", "outgoing"},
    "mail": {"core", "crypto", "telemetry", "db", "http", "outgoing", "mail"},
}
FEATURES = {
    "accounts",
    "login",
    "sessions",
    "passwords",
    "audit",
    "protection",
    "admin",
    "mfa",
    "pages",
    "tokens",
    "forward_auth",
}
COMPOSED = {"settings", "process", "keys"}

ALLOWED = {
    **INFRASTRUCTURE,
    **{feature: FEATURES | set(INFRASTRUCTURE) for feature in FEATURES},
    # What the composition root is made of: what can be told to the service, its master keys, the process that it is.
    "settings": FEATURES | set(INFRASTRUCTURE) | {"settings"},
    "process": set(INFRASTRUCTURE) | {"settings", "process"},
    "keys": FEATURES | set(INFRASTRUCTURE) | {"settings", "keys"},
    "app": FEATURES | set(INFRASTRUCTURE) | COMPOSED | {"app"},
    "cli": FEATURES | set(INFRASTRUCTURE) | COMPOSED | {"app", "cli"},
    "main.cpp": {"cli"},
    "precompiled.hpp": set(),
}

# HTTP's face inside a feature (and mail): routes, and the gates that find a request's session and count it.
HTTP_FACES = re.compile(r"(_routes|/session_gate|/rate_limit_gate)\.[ch]pp$")

# Stores that another folder includes, with the reason. Everything else asks the feature's public header.
STORES_SHARED = {
    ("cli", "app/record_store.hpp"): "which record store DATABASE_URL names: no feature's SQL",
    ("keys", "accounts/user_store.hpp"): "names go on from SECRET_KEY in a database that has accounts",
    ("app", "accounts/one_time_token_store.hpp"): "housekeeping deletes what has expired, of every use case's tokens",
    ("app", "login/challenge_store.hpp"): "the same, of sign-ins that nobody ended",
    ("app", "accounts/registration_store.hpp"): "after a restore whatever was pending is void",
    ("app", "mfa/totp/totp_store.hpp"): "the same, of set-ups under way",
    ("app", "mfa/recovery/recovery_store.hpp"): "the same, of recovery codes, where that is asked for",
    ("mfa", "accounts/user_store.hpp"): "a change of factors goes by the account as it is inside its transaction",
    ("login", "mfa/passkeys/passkey_store.hpp"): "a passkey's use is kept in the transaction of what it opens",
    ("admin", "accounts/user_store.hpp"): "administration changes role and status of the rows that accounts/ owns",
}

# Folders that include each other, with the reason: these edges are taken out before folders must be free of cycles.
CYCLES_ALLOWED = {
    ("sessions", "accounts"): "a session carries its User; accounts' routes ask the session gate who is there",
    ("protection", "accounts"): "guesses are counted a Factor of an account; accounts' use cases count guesses",
}

# Who opens sockets, and to whom. Everything else reaches nobody: no address that a user gave is ever asked for.
SOCKETS = re.compile(
    r"^(sys/socket\.h|netdb\.h|curl/.*|boost/asio/(connect|ip/tcp|ip/udp|local/.*|ssl|ssl/stream)\.hpp|libpq-fe\.h"
    r"|hiredis/hiredis\.h|outgoing/curl_handle\.hpp|httplib.*)$"
)
MAY_OPEN_SOCKETS = {
    "http/": "takes connections, and makes none",
    "db/postgres/": "the record store of DATABASE_URL",
    "ephemeral/redis/": "the store of REDIS_URL",
    "mail/": "the mail server of SMTP_HOST",
    "outgoing/": "libcurl's handle, for mail/ and audit/push/",
    "audit/push/": "the receivers of AUDIT_SYSLOG_URL, AUDIT_SIEM_URL and WEBHOOKS",
    "process/service_manager.cpp": "tells the service manager by NOTIFY_SOCKET, and looks at the sockets that it passed",
    "settings/named_files.cpp": "reads files of certificates",
    "process/syscall_filter.cpp": "names the families of sockets that may be made",
    "cli/download.cpp": "the metadata of authenticators, on the command line",
    "cli/healthcheck.cpp": "the service itself, on the command line",
}

QUOTED = re.compile(r'^\s*#\s*include\s+"([^"]*)"', re.MULTILINE)
ANY_INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]*)[">]', re.MULTILINE)


def folder_of(path: str) -> str:
    """The first part of a path below src/: a folder, or the file itself at the top."""
    return path.split("/", maxsplit=1)[0]


def includes(files: Files):
    """(file, header) for each include of our own, both from src/."""
    for path, text in files.items():
        for header in QUOTED.findall(code_of(text)):
            yield path.removeprefix("src/"), header


def unresolved(files: Files) -> list[str]:
    """Includes that are not written "folder/file.hpp" from src/."""
    return [
        f"{path}: {header}"
        for path, header in includes(files)
        if f"src/{header}" not in files or "/" not in header or ".." in header
    ]


def against_the_direction(files: Files) -> list[str]:
    found = []
    for path in files:
        if folder_of(path.removeprefix("src/")) not in ALLOWED:
            found.append(f"{path}: the include rule does not know its folder")
    for path, header in includes(files):
        if folder_of(header) not in ALLOWED.get(folder_of(path), ALLOWED):
            found.append(f"{path} includes {header}")
    return found


def http_outside_its_faces(files: Files) -> list[str]:
    """Use cases and stores know no HTTP."""
    free = {"http", "app", "cli"} | COMPOSED
    return [
        f"{path} includes {header}"
        for path, header in includes(files)
        if folder_of(header) == "http" and folder_of(path) not in free and not HTTP_FACES.search(path)
    ]


def stores_behind_a_face(files: Files) -> list[str]:
    """Between HTTP and SQL stands a use case."""
    return [
        f"{path} includes {header}"
        for path, header in includes(files)
        if HTTP_FACES.search(path) and header.endswith("_store.hpp") and not header.startswith("ephemeral/")
    ]


def stores_outside_their_folder(files: Files) -> list[str]:
    found = []
    for path, header in includes(files):
        home = PurePosixPath(header).parent
        inside = home in PurePosixPath(path).parents or PurePosixPath(path).parent in home.parents
        # A feature's store; what lies below ephemeral/ is a store for all features.
        if header.endswith("_store.hpp") and not header.startswith("ephemeral/") and not inside:
            if (folder_of(path), header) not in STORES_SHARED:
                found.append(f"{path} includes {header}")
    return found


def beast_outside_http(files: Files) -> list[str]:
    return [
        f"{path} includes {header}"
        for path, text in files.items()
        if not path.startswith("src/http/")
        for header in ANY_INCLUDE.findall(code_of(text))
        if header.startswith("boost/beast")
    ]


def sockets_elsewhere(files: Files) -> list[str]:
    return [
        f"{path} includes {header}"
        for path, text in files.items()
        for header in ANY_INCLUDE.findall(code_of(text))
        if SOCKETS.search(header) and not path.removeprefix("src/").startswith(tuple(MAY_OPEN_SOCKETS))
    ]


def cycle_in(edges: set[tuple[str, str]]) -> list[str]:
    """What is left of a graph after taking away, again and again, what points nowhere: empty when it has no cycle."""
    while True:
        sources = {a for a, _ in edges}
        kept = {(a, b) for a, b in edges if b in sources}
        if kept == edges:
            return sorted(f"{a} -> {b}" for a, b in edges)
        edges = kept


def folder_edges(files: Files) -> set[tuple[str, str]]:
    edges = {(folder_of(path), folder_of(header)) for path, header in includes(files)}
    return {(a, b) for a, b in edges if a != b}


def folder_cycles(files: Files) -> list[str]:
    return cycle_in(folder_edges(files) - set(CYCLES_ALLOWED))


def file_cycles(files: Files) -> list[str]:
    return cycle_in(set(includes(files)))


def test_every_include_is_written_from_src():
    assert unresolved(source()) == []


def test_includes_point_one_way():
    assert against_the_direction(source()) == []


def test_only_routes_and_the_gate_know_http():
    assert http_outside_its_faces(source()) == []


def test_routes_ask_use_cases_and_no_store():
    assert stores_behind_a_face(source()) == []


def test_a_store_is_included_only_in_its_own_folder():
    assert stores_outside_their_folder(source()) == []


def test_only_http_includes_beast():
    assert beast_outside_http(source()) == []


# ASVS 1.3.6, 13.2.4, 13.2.5
def test_only_the_listed_open_sockets():
    assert sockets_elsewhere(source()) == []
    for path in MAY_OPEN_SOCKETS:
        assert sockets_elsewhere({f.replace(path, "x/", 1): t for f, t in source().items()}), f"{path} needs no exception"


def test_folders_have_no_cycles_but_the_listed():
    assert folder_cycles(source()) == []


def test_files_have_no_cycles():
    assert file_cycles(source()) == []


def test_every_exception_is_still_needed():
    used = defaultdict(set)
    for path, header in includes(source()):
        used["stores"].add((folder_of(path), header))
    assert set(STORES_SHARED) <= used["stores"]
    assert set(CYCLES_ALLOWED) <= folder_edges(source())
    assert all(cycle_in({edge} | (folder_edges(source()) - set(CYCLES_ALLOWED))) for edge in CYCLES_ALLOWED)


def planted(path: str, include: str, *others: str) -> Files:
    """A tree with one include, in which every named header exists."""
    return {f"src/{path}": f"#include {include}\n", **{f"src/{other}": "" for other in others}}


def test_a_planted_fault_is_seen():
    assert unresolved(planted("login/login.cpp", '"login.hpp"', "login/login.hpp"))
    assert unresolved(planted("login/login.cpp", '"../core/clock.hpp"', "core/clock.hpp"))
    assert unresolved(planted("login/login.cpp", '"core/no_such.hpp"'))
    for path, header in [
        ("db/database.cpp", "accounts/user.hpp"),
        ("core/clock.cpp", "crypto/random.hpp"),
        ("crypto/token.hpp", "db/database.hpp"),
        ("http/router.cpp", "db/database.hpp"),
        ("mail/outbox.cpp", "login/login.hpp"),
        ("login/login.cpp", "settings/config.hpp"),
        ("mfa/totp/totp.cpp", "cli/cli.hpp"),
        ("app/service.cpp", "cli/cli.hpp"),
        ("main.cpp", "settings/config.hpp"),
        ("helpers/text.hpp", "core/clock.hpp"),
    ]:
        assert against_the_direction(planted(path, f'"{header}"')), (path, header)
    assert http_outside_its_faces(planted("login/login.cpp", '"http/request.hpp"'))
    assert http_outside_its_faces(planted("sessions/session_store.hpp", '"http/request.hpp"'))
    assert stores_behind_a_face(planted("mfa/factor_routes.cpp", '"mfa/passkeys/passkey_store.hpp"'))
    assert stores_outside_their_folder(planted("login/login.cpp", '"accounts/user_store.hpp"'))
    assert stores_outside_their_folder(planted("app/components.cpp", '"sessions/session_store.hpp"'))
    assert stores_outside_their_folder(planted("mfa/recovery/codes.cpp", '"mfa/totp/totp_store.hpp"'))
    assert beast_outside_http(planted("login/login_routes.cpp", "<boost/beast/http.hpp>"))
    assert sockets_elsewhere(planted("audit/export/ecs.cpp", "<curl/curl.h>"))
    assert sockets_elsewhere(planted("login/login.cpp", '"outgoing/curl_handle.hpp"'))
    mutual = {"src/login/a.hpp": '#include "audit/b.hpp"', "src/audit/b.hpp": '#include "login/a.hpp"'}
    assert folder_cycles(mutual)
    assert file_cycles(mutual)


def test_what_is_right_passes():
    assert not unresolved(planted("login/login.cpp", '"login/login.hpp"', "login/login.hpp"))
    assert not against_the_direction(planted("login/login.cpp", '"sessions/sessions.hpp"'))
    assert not against_the_direction(planted("core/clock.cpp", '"core/clock.hpp"  // not "settings/config.hpp"'))
    assert not http_outside_its_faces(planted("login/login_routes.cpp", '"http/request.hpp"'))
    assert not stores_outside_their_folder(planted("mfa/totp/totp.cpp", '"mfa/totp/totp_store.hpp"'))
    assert not beast_outside_http(planted("http/request_parser.hpp", "<boost/beast/http/basic_parser.hpp>"))
    assert not folder_cycles({"src/login/a.hpp": '#include "audit/b.hpp"', "src/audit/b.hpp": ""})


def test_headers_of_tests_stay_in_tests():
    def wrong(files: Files) -> list[str]:
        return [
            f"{path} includes {name}"
            for path, text in files.items()
            for name in re.findall(r'#include "([^"]+)"', text)
            if TEST_ONLY.search(name)
        ]

    assert wrong(source()) == []
    assert wrong({"login/login.cpp": '#include "app/feature_fixture.hpp"\n'}) != []
