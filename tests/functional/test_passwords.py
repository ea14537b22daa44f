"""Any password a person can type, whole, and nothing else is it (NIST SP 800-63B-4 §3.1.1.2)."""

import pytest

from harness.client import Client
from harness.people import fresh_email

E_ACUTE = "\u00e9"  # NFC
E_COMBINED = "e\u0301"  # its NFD
FACES = "".join(chr(0x1F600 + n) for n in range(10))
LONG = "kettle orbit mossy " + "".join(chr(0x61 + n * n % 26) for n in range(1005))  # 1024 bytes


def register(client, password):
    return client.post("/auth/register", {"email": fresh_email(), "password": password})


# ASVS 6.2.1, 6.2.9: 10 code points to 1024 bytes, both counted after NFC
@pytest.mark.parametrize(
    "password",
    ["123456789", "", "\U0001f600" * 9, E_ACUTE * 9, E_COMBINED * 9],
    ids=["9 digits", "empty", "9 emoji", "9 accented", "9 accented in 18 code points"],
)
def test_too_short(client, password):
    assert register(client, password).field_errors == {("password", "too_short")}


@pytest.mark.parametrize(
    "password", ["x" * 1025, E_ACUTE * 513, "\U0001f600" * 257], ids=["1025 bytes", "1026 bytes of two", "1028 bytes of four"]
)
def test_too_long(client, password):
    assert register(client, password).field_errors == {("password", "too_long")}


# ASVS 6.2.5, 6.2.8
@pytest.mark.parametrize(
    "password",
    [
        "4039582716",
        "qwzxplmvbt",
        "QWZXPLMVBT",
        "a b c q z k w",
        "  leading and trailing  ",
        "nul\0in the middle",
        "\0nul\0and nul\0",
        FACES,
        "\U0001f468\u200d\U0001f469\u200d\U0001f467 family!",
        "안녕하세요 오늘도 맑음",
        "tab\tnewline\nreturn\r",
        "\ufb01ligature stays",
        "d\u00e9j\u00e0 vu \u00e9t\u00e9",
        LONG,
        LONG[:-2] + E_ACUTE,
        "mossy kettle orbit " + E_COMBINED * 502,
        'quote"back\\slash',
        "'; DROP TABLE users; --",
        "\u202eright to left",
        "${jndi:ldap://x}",
    ],
    ids=lambda password: ascii(password[:12]),
)
def test_every_kind_of_password_registers_and_signs_in(people, password):
    account = people.verified(password=password)
    assert people.login(account.email, password).status == 200


# ASVS 6.2.8: NFC at every entrance
@pytest.mark.parametrize(
    "registered, used", [(E_ACUTE, E_COMBINED), (E_COMBINED, E_ACUTE), ("\u212b", "\u00c5"), ("\uac00", "\u1100\u1161")]
)
def test_canonically_equal_spellings_are_one_password(people, registered, used):
    account = people.verified(password=f"kettle {registered} orbit {registered * 2}")
    assert people.login(account.email, f"kettle {used} orbit {used * 2}").status == 200


# ASVS 6.2.8: no trim, cut, case change or NFKC
@pytest.mark.parametrize(
    "password, other",
    [
        ("Correct Horse Battery", "correct horse battery"),
        (" leading space", "leading space"),
        ("trailing space ", "trailing space"),
        ("nul\0after the nul A", "nul\0after the nul B"),
        ("nul at the end\0", "nul at the end"),
        (LONG[:1023] + "A", LONG[:1023] + "B"),
        (LONG[:1000] + "A" + "y" * 23, LONG[:1000] + "B" + "y" * 23),
        ("\ufb01ligature stays", "filigature stays"),
        ("\uff14\uff10\uff13\uff19\uff15\uff18\uff12\uff17\uff11\uff16", "4039582716"),
        ("two  spaces inside", "two spaces inside"),
    ],
    ids=[
        "case",
        "leading",
        "trailing",
        "after NUL",
        "trailing NUL",
        "byte 1024",
        "byte 1001",
        "NFKC",
        "full width",
        "inner space",
    ],
)
def test_passwords_that_differ_are_different(people, password, other):
    account = people.verified(password=password)
    assert people.login(account.email, other).refusal == (401, "invalid_credentials")


def test_a_longer_minimum_can_be_set(start_server):
    client = Client(start_server(PASSWORD_MIN_LENGTH=15))
    assert register(client, "x" * 14).field_errors == {("password", "too_short")}
    assert register(client, "fifteen letters").status == 200
