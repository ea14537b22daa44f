"""The harness refuses what it must: a checker that lets everything pass would prove nothing."""

import json
from types import SimpleNamespace

import pytest

from harness import canaries, contract
from harness.client import CookieJar
from harness.reply import Reply, SetCookie

SERVER = SimpleNamespace(https=False, secure_cookies=True, public_url="http://localhost:8000", settings={})
HEADERS = {
    "Content-Type": "application/json",
    "X-Request-Id": "0123456789abcdef",
    "Date": "Tue, 24 Nov 2026 09:00:00 GMT",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "X-Permitted-Cross-Domain-Policies": "none",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Permissions-Policy": "camera=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
PROBLEM = {"Content-Type": "application/problem+json"}


def answer(status=200, body={"status": "ok"}, **headers):
    merged = HEADERS | {name.replace("_", "-"): value for name, value in headers.items()}
    sent = [(name, value) for name, value in merged.items() if value is not None]
    return Reply(status, sent, json.dumps(body).encode())


def problem(sent, code, **members):
    body = {
        "type": f"urn:secureauth:error:{code}",
        "title": "No.",
        "status": sent,
        "code": code,
        "request_id": HEADERS["X-Request-Id"],
    }
    return answer(sent, body | members, Content_Type="application/problem+json")


def test_a_right_answer_passes():
    contract.check("GET", "/health", answer(), SERVER)
    contract.check("GET", "/nowhere", problem(404, "not_found"), SERVER)


# What the fuzz rests on (harness/fuzzed.py): every operation has a `default`, and it lets through what is Common's alone.
@pytest.mark.parametrize(
    "path, method, operation", list(contract.operations()), ids=lambda part: part if isinstance(part, str) else ""
)
def test_a_status_that_is_not_documented_is_found(path, method, operation):
    common = {
        entry["properties"]["status"]["const"]
        for entry in contract.DOCUMENT["components"]["responses"]["Common"]["content"]["application/problem+json"]["schema"][
            "anyOf"
        ]
    }
    listed = {int(status) for status in operation["responses"] if status != "default"}
    statuses = {
        200,
        201,
        202,
        204,
        206,
        301,
        302,
        303,
        304,
        307,
        400,
        401,
        403,
        404,
        405,
        406,
        408,
        409,
        410,
        412,
        413,
        415,
        418,
        422,
        429,
        431,
        500,
        501,
        502,
        503,
        504,
    }
    undocumented = statuses - common - listed
    assert len(undocumented) > 15
    for status in undocumented:
        planted = problem(status, "forbidden" if status == 403 else "internal") if status >= 400 else answer(status)
        with pytest.raises(contract.Violation):
            contract.check(method, contract.filled(path), planted, SERVER)


@pytest.mark.parametrize("name", sorted(HEADERS))
def test_a_missing_header_is_found(name):
    with pytest.raises(contract.Violation):
        contract.check("GET", "/health", answer(**{name: None}), SERVER)


@pytest.mark.parametrize(
    "reply",
    [
        answer(body={"status": "ok", "extra": 1}),
        answer(body={"status": True}),
        answer(body=[]),
        answer(201),
        answer(204),
        answer(302),
        answer(Server="x"),
        answer(Content_Type="text/html"),
        answer(X_Frame_Options="SAMEORIGIN"),
        answer(Cache_Control="private"),
        answer(Set_Cookie="a=b; Path=/; SameSite=Strict"),
        answer(Strict_Transport_Security="max-age=31536000; includeSubDomains"),
        problem(404, "not_found"),
        problem(401, "unauthenticated"),
        problem(503, "unavailable"),
        problem(405, "method_not_allowed"),
        problem(400, "no_such_code"),
        problem(400, "invalid_token"),
        problem(400, "invalid_json", status=500),
        problem(400, "invalid_json", request_id="ffffffffffffffff"),
        problem(400, "invalid_json", stack="x"),
        problem(400, "invalid_json", type="about:blank"),
    ],
    ids=range(22),
)
def test_a_wrong_answer_is_found(reply):
    with pytest.raises(contract.Violation):
        contract.check("GET", "/health", reply, SERVER)


def test_an_undocumented_route_is_found():
    with pytest.raises(contract.Violation):
        contract.check("GET", "/undocumented", answer(), SERVER)
    with pytest.raises(contract.Violation):
        contract.check("PUT", "/health", answer(), SERVER)


def test_https_needs_hsts():
    with pytest.raises(contract.Violation):
        contract.check("GET", "/health", answer(), SimpleNamespace(https=True, secure_cookies=True))


@pytest.mark.parametrize(
    "line, kept",
    [
        ("__Host-a=1; Path=/; Secure", True),
        ("__Host-a=1; Path=/", False),
        ("__Host-a=1; Path=/x; Secure", False),
        ("__Host-a=1; Path=/; Secure; Domain=localhost", False),
        ("__Secure-a=1; Path=/", False),
        ("a=1; Path=/", True),
    ],
)
def test_the_jar_keeps_cookies_as_a_browser_does(line, kept):  # RFC 6265bis §5.7
    jar = CookieJar()
    jar.store(SetCookie.parse(line))
    assert bool(jar) is kept


def test_the_jar_drops_expired_cookies():
    jar = CookieJar(a="1")
    jar.store(SetCookie.parse("a=; Path=/; Max-Age=0"))
    assert not jar


def test_canaries_are_found():
    assert canaries.found_in("nothing here") == []
    canaries.note("a canary of the self-test, in no log")
    assert canaries.found_in('{"x":"a canary of the self-test, in no log"}')


def redirect(place: str, status: int = 303) -> Reply:
    sent = HEADERS | {"Location": place}
    return Reply(status, [(name, value) for name, value in sent.items() if name != "Content-Type"], b"")


def test_a_redirect_to_elsewhere_is_wrong():
    contract.check("GET", "/", redirect("/account"), SERVER)
    contract.check("GET", "/auth/verify", redirect("http://localhost:8000/sign-in", 302), SERVER)
    for place in [
        "https://evil.example/",
        "http://localhost:8000.evil.example/",
        "http://localhost:8000//evil.example",
        "//evil.example",
        "/\\evil.example",
        "account",
    ]:
        with pytest.raises(contract.Violation, match="a redirect to elsewhere"):
            contract.check("GET", "/", redirect(place), SERVER)
