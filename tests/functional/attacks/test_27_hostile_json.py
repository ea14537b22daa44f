"""One strict JSON reader (ASVS 1.5.2, RFC 8259, I-JSON; attack 27). Names as in JSONTestSuite where it has them."""

import pytest

from harness.people import fresh_email, fresh_password

INVALID = (400, "invalid_json")
MEMBERS = b'"email":"a@example.test","password":"long enough here"'


def post(client, body, path="/auth/register"):
    return client.post(path, body=body, headers={"Content-Type": "application/json"})


NOT_JSON = {
    "no data": b"",
    "spaces": b"   ",
    "words": b"not json",
    "single brace": b"{",
    "unclosed string": b'{"email":"a',
    "trailing comma": b"{" + MEMBERS + b",}",
    "missing comma": b'{"email":"a" "password":"b"}',
    "missing value": b'{"email":}',
    "single quotes": b"{'email':'a'}",
    "unquoted key": b'{email:"a"}',
    "comment": b"{" + MEMBERS + b"} // x",
    "block comment": b"{/* x */" + MEMBERS + b"}",
    "two objects": b"{" + MEMBERS + b"}{}",
    "trailing words": b"{" + MEMBERS + b"}x",
    "trailing NUL": b"{" + MEMBERS + b"}\0",
    "trailing bracket": b"{" + MEMBERS + b"}]",
    "BOM": b"\xef\xbb\xbf{" + MEMBERS + b"}",
    "UTF-16": ("{" + MEMBERS.decode() + "}").encode("utf-16"),
    "form": b"email=a%40example.test&password=b",
    "NaN": b"{" + MEMBERS + b',"x":NaN}',
    "Infinity": b"{" + MEMBERS + b',"x":Infinity}',
    "1e400": b"{" + MEMBERS + b',"x":1e400}',
    "-1e400": b"{" + MEMBERS + b',"x":-1e400}',
    "leading zero": b"{" + MEMBERS + b',"x":01}',
    "plus": b"{" + MEMBERS + b',"x":+1}',
    "hex": b"{" + MEMBERS + b',"x":0x1}',
    "trailing dot": b"{" + MEMBERS + b',"x":1.}',
    "raw newline in string": b'{"email":"a\nb"}',
    "raw NUL in string": b'{"email":"a\0b"}',
    "raw tab": b'{"email":"a\tb"}',
    "bad escape": b'{"email":"\\x41"}',
    "short escape": b'{"email":"\\u00"}',
    "capital True": b"{" + MEMBERS + b',"x":True}',
}
BAD_UNICODE = {
    "invalid byte": b"\xff",
    "lone continuation": b"\x80",
    "overlong slash": b"\xc0\xaf",
    "overlong NUL": b"\xc0\x80",
    "truncated": b"\xe2\x82",
    "encoded surrogate": b"\xed\xa0\x80",
    "beyond Unicode": b"\xf4\x90\x80\x80",
    "Latin-1": b"\xe9t\xe9",
    "lone high surrogate": b"\\ud800",
    "lone low surrogate": b"\\udc00",
    "swapped surrogates": b"\\udc00\\ud800",
    "high surrogate and letter": b"\\ud800x",
    "two high surrogates": b"\\ud800\\ud800",
}
DOUBLED = {
    "password": b'{"email":"a@example.test","password":"first long one","password":"second long one"}',
    "escaped twin": b'{"email":"a@example.test","password":"first long one","\\u0070assword":"second long one"}',
    "unknown member": b"{" + MEMBERS + b',"x":1,"x":1}',
    "nested": b"{" + MEMBERS + b',"x":{"y":1,"y":2}}',
    "in an array": b"{" + MEMBERS + b',"x":[{"y":1,"y":2}]}',
    "empty name": b"{" + MEMBERS + b',"":1,"":2}',
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON.keys())
def test_what_is_not_json_is_refused(client, body):
    assert post(client, body).refusal == INVALID


@pytest.mark.parametrize("text", BAD_UNICODE.values(), ids=BAD_UNICODE.keys())
@pytest.mark.parametrize(
    "place",
    [
        b'{"email":"a%s@example.test","password":"long enough here"}',
        b'{"email":"a@example.test","password":"long enough %s"}',
        b"{" + MEMBERS + b',"x":"%s"}',
        b"{" + MEMBERS + b',"%s":1}',
    ],
    ids=["email", "password", "unknown member", "name of a member"],
)
def test_text_that_is_not_unicode_is_refused(client, place, text):
    assert post(client, place % text).refusal == INVALID


@pytest.mark.parametrize("body", DOUBLED.values(), ids=DOUBLED.keys())
def test_a_doubled_member_is_refused(client, body):
    assert post(client, body).refusal == INVALID


@pytest.mark.parametrize("opening, closing", [(b"[", b"]"), (b'{"x":', b"}")], ids=["arrays", "objects"])
def test_depth_is_bounded(client, opening, closing):
    def nested(levels):
        inner = b"0" if opening != b"[" else b""
        return b'{"email":1,"x":' + opening * (levels - 1) + inner + closing * (levels - 1) + b"}"

    assert post(client, nested(16)).status == 422, "sixteen levels are read"
    assert post(client, nested(17)).refusal == INVALID
    assert post(client, opening * 3000).refusal == INVALID
    assert post(client, b'{"x":' + opening * 1500 + closing * 1500 + b"}").refusal == INVALID


def test_thousands_of_members_are_read_quickly(client):
    body = b"{" + MEMBERS + b"".join(b',"%x":0' % number for number in range(1800)) + b"}"
    assert len(body) < 16 * 1024 and post(client, body).status == 200


@pytest.mark.parametrize("path", ["/auth/register", "/auth/login", "/auth/verify-email", "/auth/verify-email/resend"])
def test_every_route_with_a_body_reads_it_alike(client, path):
    assert post(client, b"{", path).refusal == INVALID
    assert post(client, b'{"token":1,"token":2}', path).refusal == INVALID
    assert post(client, b"[]", path).field_errors == {("", "type")}
    assert post(client, b"null", path).field_errors == {("", "type")}


def test_unknown_members_and_spaces_are_ignored(client):
    body = b' \t\r\n{ "x" : [1, 2.5, -0, 1e10, true, null, {"y": {}}], ' + MEMBERS + b" } \r\n"
    assert post(client, body).status == 200


# ASVS 1.1.1: decoded once
def test_escapes_are_decoded_once(people):
    account = people.verified(password="\\u0041 is not A %41")
    assert people.login(account.email, account.password).status == 200
    assert people.login(account.email, "A is not A %41").status == 401
    assert people.login(account.email, "\\u0041 is not A A").status == 401


def test_escaped_and_plain_text_are_the_same(people, client):
    account = people.verified(password="grinning \U0001f600 face")
    escaped = b'{"email":"%s","password":"grinning \\ud83d\\ude00 f\\u0061ce"}' % account.email.encode()
    assert post(client, escaped, "/auth/login").status == 200


def test_errors_do_not_repeat_the_input(client):
    """A password typed into the wrong field must not come back in a page's log."""
    secret = fresh_password()
    for body in ({"email": secret, "password": secret}, {"email": fresh_email(), "password": [secret]}):
        assert secret not in client.post("/auth/register", body).body.decode()
