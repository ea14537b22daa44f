"""The service's SQL, read from its sources: every `constexpr db::Statement kName{…}`."""

import re
from dataclasses import dataclass
from pathlib import Path

SOURCES = Path("src").resolve()
LARGE_TABLES = (
    "users",
    "sessions",
    "registrations",
    "mails",
    "one_time_tokens",
    "audit_logs",
    "totp_authenticators",
    "totp_enrolments",
    "recovery_codes",
    "sign_in_challenges",
    "factor_guesses",
    "login_guesses",
    "webauthn_users",
    "webauthn_credentials",
    "webauthn_challenges",
)

STATEMENT = re.compile(r"\bconstexpr\s+(?:db::)?Statement\s+(k\w+)\s*\{(.*?)\};", re.DOTALL)
LITERAL = re.compile(r'R"(\w*)\((.*?)\)\1"|"((?:\\.|[^"\\])*)"', re.DOTALL)
TABLE = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE)\s+(" + "|".join(LARGE_TABLES) + r")\b")


@dataclass(frozen=True)
class Statement:
    name: str  # of its file and its constant: session_store.kFind
    sql: str

    @property
    def tables(self) -> set[str]:
        return set(TABLE.findall(self.sql))


def statements_on_large_tables() -> list[Statement]:
    found = []
    for path in sorted(SOURCES.rglob("*.cpp")):
        if path.stem.endswith("_test") or path.is_relative_to(SOURCES / "db"):
            continue
        for name, body in STATEMENT.findall(path.read_text()):
            sql = "".join(raw or plain for _, raw, plain in LITERAL.findall(body))
            statement = Statement(f"{path.stem}.{name}", sql.strip("\n"))
            if statement.tables:
                found.append(statement)
    return found
