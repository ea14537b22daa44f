"""deploy/traefik and deploy/envoy, which no test can run: what their rules make of a path and of a header, read from the files.
That the programs take them was tried once, by hand (docs/integrations.md says with which version)."""

import itertools
import re

import pytest
import yaml

from harness import edges

NAMES = ("User", "Role", "Aal", "Session", "Token")
OF_APPLICATIONS = ("Email",)  # which the service does not say, and some applications ask for
AMBIGUOUS = [
    "/public/..;/backoffice/",
    "/public;x=/backoffice/",
    "/public\\..\\backoffice/",
    "/public/%252e%252e/backoffice/",
    "/backoffice%3b",
    "//backoffice/",
    "/public/../backoffice/",
    "/public/x%00/../backoffice",
    "/public/..",
]
STRICT = {
    "/payments": "payments",
    "/payments/": "payments",
    "/payments/1": "payments",
    "/Payments/1": "payments",
    "/backoffice": "backoffice",
    "/backoffice/x": "backoffice",
    "/BACKOFFICE": "backoffice",
    "/reports": "reports",
    "/reports/7": "reports",
}
OTHERS = [
    "/",
    "/app",
    "/paymentsx",
    "/public",
    "/x/payments/",
    "/administration",
    "/documents",
    "/account/x",
    "/sign-in/x",
    "/x/auth/me",
    "/a%40b",
    "/.well-known/security.txt",
]


def unescaped(path: str) -> str:
    """A path as Traefik compares it: what need not be encoded is not (muxer/http, withRoutingPath)."""
    return path.replace("%00", "\0")


class Traefik:
    def __init__(self):
        self.http = yaml.safe_load((edges.DEPLOY / "traefik" / "dynamic.yaml").read_text())["http"]
        self.entry = yaml.safe_load((edges.DEPLOY / "traefik" / "traefik.yaml").read_text())["entryPoints"]["websecure"][
            "http"
        ]
        self.routers = dict(sorted(self.http["routers"].items(), key=lambda pair: -pair[1]["priority"]))

    def rule_for(self, path: str) -> str:
        for name, router in self.routers.items():
            patterns = re.findall(r"PathRegexp\(`([^`]*)`\)", router["rule"])
            rest = re.sub(r"PathRegexp\(`[^`]*`\)", "", router["rule"].removeprefix("Host(`www.example.org`)"))
            assert re.fullmatch(r"(?: && )?\(?(?: \|\| )*\)?", rest), f"{name}: more than this test reads"
            if not patterns or any(re.search(pattern, unescaped(path)) for pattern in patterns):
                return name
        raise AssertionError(path)

    def requirement_of(self, name: str) -> str:
        """The query of /auth/verify, or the status that a request gets for nothing."""
        *first, last = (self.http["middlewares"][one] for one in self.http["routers"][name]["middlewares"])
        if "ipAllowList" in last:
            assert last["ipAllowList"]["sourceRange"] == ["255.255.255.255/32"]
            return str(last["ipAllowList"]["rejectStatusCode"])
        assert first == [self.http["middlewares"]["as-nobody"]], f"{name}: what a client says of itself is not taken away"
        return last["forwardAuth"]["address"].partition("/auth/verify?")[2]


class Envoy:
    def __init__(self):
        self.document = yaml.safe_load((edges.DEPLOY / "envoy" / "envoy.yaml").read_text())
        self.listeners = {one["name"]: one for one in self.document["static_resources"]["listeners"]}
        listener = self.listeners["https"]
        self.manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
        [host] = self.manager["route_config"]["virtual_hosts"]
        self.routes = host["routes"]
        self.ext_authz = self.manager["http_filters"][0]["typed_config"]

    @staticmethod
    def matches(match: dict, path: str) -> bool:
        if regex := match.get("safe_regex"):
            return re.fullmatch(regex["regex"], path) is not None
        if prefix := match.get("path_separated_prefix"):
            return (
                re.match(re.escape(prefix) + "(?:/|$)", path, 0 if match.get("case_sensitive", True) else re.IGNORECASE)
                is not None
            )
        return path.startswith(match["prefix"])

    def route_for(self, path: str) -> dict:
        return next(route for route in self.routes if self.matches(route["match"], path))

    def requirement_of(self, route: dict) -> str | None:
        """What stands in front of the path; None where nothing is asked."""
        own = route.get("typed_per_filter_config", {}).get("envoy.filters.http.ext_authz", {})
        if own.get("disabled"):
            return None
        service = own["check_settings"]["http_service"] if own else self.ext_authz["http_service"]
        return service["path_prefix"].removeprefix("/auth/verify/")


STRICTLY = {
    "payments": "sign_in=redirect&aal=2&max_age=300",
    "backoffice": "sign_in=redirect&role=staff&aal=2",
    "reports": "sign_in=redirect&token=reports",
}


# Attack 43, ASVS 8.2.1
def test_traefik_finds_the_rule_that_a_path_is_under():
    traefik = Traefik()
    assert {traefik.rule_for(path) for path in edges.service_paths()} == {"service"}
    assert "middlewares" not in traefik.http["routers"]["service"]
    assert {path: traefik.rule_for(path) for path in STRICT} == STRICT
    assert {path: traefik.rule_for(path) for path in AMBIGUOUS} == dict.fromkeys(AMBIGUOUS, "ambiguous")
    assert {path: traefik.rule_for(path) for path in OTHERS} == dict.fromkeys(OTHERS, "app")
    asked = STRICTLY | {"ambiguous": "400", "app": "sign_in=redirect"}
    assert {name: traefik.requirement_of(name) for name in asked} == asked
    assert traefik.rule_for("/public/x") == "public" and traefik.http["routers"]["public"]["middlewares"] == ["as-nobody"]
    assert set(traefik.routers) == set(asked) | {"service", "public"}


def test_traefik_refuses_what_is_encoded_to_hide():
    entry = Traefik().entry
    assert entry["sanitizePath"] is True and entry["aliasHeadersStrategy"] == "delete"
    assert set(entry["encodedCharacters"].values()) == {False}
    assert {name.removeprefix("allowEncoded") for name in entry["encodedCharacters"]} == {
        "Slash",
        "BackSlash",
        "NullCharacter",
        "Semicolon",
        "Percent",
        "QuestionMark",
        "Hash",
    }


# ASVS 4.1.3
def test_traefik_takes_away_each_spelling_of_each_name():
    removed = Traefik().http["middlewares"]["as-nobody"]["headers"]["customRequestHeaders"]
    assert set(removed.values()) == {""}
    assert set(removed) == {f"X{a}Auth{b}{name}" for a, b, name in itertools.product("-_", "-_", NAMES + OF_APPLICATIONS)}


# W3C Trace Context §7.2: on every route, the service's own too
def test_traefik_passes_on_no_trace_of_a_client():
    traefik = Traefik()
    assert "no-foreign-trace@file" in traefik.entry["middlewares"]
    removed = traefik.http["middlewares"]["no-foreign-trace"]["headers"]["customRequestHeaders"]
    assert removed == {"traceparent": "", "tracestate": ""}
    static = yaml.safe_load((edges.DEPLOY / "traefik" / "traefik.yaml").read_text())
    assert "tracing" not in static, "which would go on with the client's trace"


def test_traefik_believes_no_forwarding_of_a_client():
    for name, middleware in Traefik().http["middlewares"].items():
        if asked := middleware.get("forwardAuth"):
            assert asked["trustForwardHeader"] is False, name
            assert asked["authResponseHeaders"] == [f"X-Auth-{one}" for one in NAMES]


# Attack 43, ASVS 8.2.1
def test_envoy_finds_the_route_that_a_path_is_under():
    envoy = Envoy()
    for path in edges.service_paths():
        route = envoy.route_for(path)
        assert route["route"] == {"cluster": "secureauth"} and envoy.requirement_of(route) is None, path
    for path, rule in STRICT.items():
        route = envoy.route_for(path)
        assert route["route"] == {"cluster": "app"} and envoy.requirement_of(route) == STRICTLY[rule], path
    public = envoy.route_for("/public/x")
    assert public["route"] == {"cluster": "app"} and envoy.requirement_of(public) is None
    for path in AMBIGUOUS:
        assert envoy.route_for(path)["direct_response"] == {"status": 400}, path
    for path in OTHERS:
        route = envoy.route_for(path)
        assert route["route"] == {"cluster": "app"} and envoy.requirement_of(route) == "sign_in=redirect", path


def test_envoy_normalises_before_it_looks_for_a_route():
    manager = Envoy().manager
    assert manager["normalize_path"] is True and manager["merge_slashes"] is True
    assert manager["path_with_escaped_slashes_action"] == "REJECT_REQUEST"


# ASVS 4.1.3
@pytest.mark.parametrize("separator", "-_.!#$%&'*+^`|~")
def test_envoy_takes_away_each_spelling_of_each_name(separator):
    [extension] = Envoy().manager["early_header_mutation_extensions"]
    regex = extension["typed_config"]["mutations"][0]["remove_on_match"]["key_matcher"]["safe_regex"]["regex"]
    for name in NAMES:
        assert re.fullmatch(regex, f"x{separator}auth{separator}{name.lower()}"), name
    for kept in ("authorization", "x-authority", "x-request-id", "cookie"):
        assert not re.fullmatch(regex, kept)


# W3C Trace Context §7.2: before any filter asks, and before tracing of its own would begin
def test_envoy_passes_on_no_trace_of_a_client():
    envoy = Envoy()
    [extension] = envoy.manager["early_header_mutation_extensions"]
    removed = [one["remove"] for one in extension["typed_config"]["mutations"] if "remove" in one]
    assert removed == ["traceparent", "tracestate"]


# ASVS 16.5.3
def test_envoy_fails_closed():
    envoy = Envoy()
    assert envoy.ext_authz["failure_mode_allow"] is False
    clusters = {cluster["name"] for cluster in envoy.document["static_resources"]["clusters"]}
    asked = [envoy.ext_authz["http_service"]] + [
        own["check_settings"]["http_service"]
        for route in envoy.routes
        for own in route.get("typed_per_filter_config", {}).values()
        if "check_settings" in own
    ]
    for service in asked:
        assert service["server_uri"]["cluster"] in clusters
        assert service["authorization_response"]["allowed_upstream_headers"] == {"patterns": [{"prefix": "x-auth-"}]}
