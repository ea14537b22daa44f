"""Fills a migrated PostgreSQL with accounts and sessions, fast: COPY, with most indexes made after it.

Everything is computed from a row's number, so that any account or session can be named later without being read:
account n is user<n>@bench.example with PASSWORD, session n has the token session_token(n). Order in the table, order of
the addresses and order of the digests have nothing to do with each other, as in a table that has grown.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import gcd

from .postgres import Postgres

BATCH = 5000  # rows between two writes, which share one time of creation
SPREAD = 2_654_435_761  # a prime: multiplying by it modulo the number of rows visits each once, in no visible order
TWO_YEARS_MS = 2 * 365 * 86_400_000
IDLE_TIMEOUT, ABSOLUTE_TIMEOUT = timedelta(days=1), timedelta(days=7)  # what the service must be told: see sessions()

COLUMNS = {
    "users": "id, email, email_key, email_verified_at, name, password_hash, role, status, created_at, updated_at",
    "sessions": "id, token_hash, user_id, aal, amr, auth_time, created_at, last_used_at, expires_at, ip, user_agent",
    "registrations": "id, email, email_key, name, password_hash, token_hash, created_at, expires_at",
    "mails": "id, kind, recipient_hash, content, created_at, expires_at, state, due_at, settled_at",
    "audit_logs": "id, at, event, outcome, actor_id, subject_id, session_id, ip, user_agent, request_id, details",
    "one_time_tokens": "id, token_hash, kind, user_id, email, email_key, created_at, expires_at",
    "totp_authenticators": "user_id, secret, algorithm, digits, period, drift, last_step, created_at, last_used_at",
    "totp_enrolments": "user_id, secret, algorithm, digits, period, created_at, expires_at",
    "recovery_codes": "user_id, selector, code_hash, created_at",
    "sign_in_challenges": "challenge_hash, browser_hash, user_id, methods, password_version, factors_version, created_at, expires_at",
    "factor_guesses": "user_id, authenticator, share, in_a_row, in_window, window_ends_at",
    "login_guesses": "subject, share, in_a_row, last_failed_at, unlocked",
    "webauthn_users": "user_id, handle",
    "webauthn_credentials": "id, user_id, credential_id, public_key, algorithm, sign_count, name, transports, aaguid, attestation_format,"
    " attestation_type, attested, user_verified, backup_eligible, backed_up, created_at, last_used_at",
    "webauthn_challenges": "challenge_hash, purpose, binding, user_id, challenge, expected, created_at, expires_at",
}


@dataclass(frozen=True)
class Size:
    users: int
    sessions: int

    @property
    def registrations(self) -> int:
        return max(1000, self.users // 10)

    @property
    def messages(self) -> int:
        return max(1000, self.users // 10)

    @property
    def authenticators(self) -> int:
        """One user in ten has a second factor, and ten recovery codes."""
        return self.users // 10

    @property
    def challenges(self) -> int:
        return max(1000, self.users // 1000)

    def __str__(self) -> str:
        return f"{self.users:,} users, {self.sessions:,} sessions"


def scattered(row: int, count: int) -> int:
    assert gcd(SPREAD, count) == 1
    return row * SPREAD % count


def uuid_v7(milliseconds: int, seed: int) -> str:
    """A UUIDv7 whose random bits are the seed's (Knuth's multiplicative hash); PostgreSQL takes it without dashes."""
    bits = seed * 0x9E3779B97F4A7C15 & (1 << 64) - 1
    return f"{milliseconds:012x}7{bits >> 52:03x}{1 << 63 | bits & (1 << 62) - 1:016x}"


def session_token(number: int) -> str:
    """The cookie of session 1, 2, …: 43 base64url characters, made likewise in bench/wrk/check_random.lua."""
    return f"bench-session-token-{number:022d}A"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def stamp(time: datetime) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S.%f+00")


class Population:
    def __init__(self, size: Size, password_hash: str):
        self.size = size
        self.now = datetime.now(UTC)
        self._password_hash = password_hash
        self._now_ms = int(self.now.timestamp() * 1000)

    def user_id(self, row: int) -> str:
        return uuid_v7(self._now_ms - TWO_YEARS_MS + row * TWO_YEARS_MS // self.size.users, row + 1)

    def session_id(self, row: int) -> str:
        return uuid_v7(self._now_ms - 3_600_000 + row * 3_600_000 // self.size.sessions, row + 1 << 32)

    def message_id(self, row: int) -> str:
        return uuid_v7(self._now_ms, row + 1)

    def session_owner(self, row: int) -> str:
        return self.user_id(scattered(row, self.size.users))

    def fill(self, postgres: Postgres) -> None:
        made_again = drop_indexes(postgres)
        for table, rows in (
            ("users", self.users()),
            ("sessions", self.sessions()),
            ("mails", self.messages()),
            ("registrations", self.registrations()),
            ("audit_logs", self.audit_logs()),
            ("one_time_tokens", self.one_time_tokens()),
            ("totp_authenticators", self.totp_authenticators()),
            ("totp_enrolments", self.totp_enrolments()),
            ("recovery_codes", self.recovery_codes()),
            ("factor_guesses", self.factor_guesses()),
            ("login_guesses", self.login_guesses()),
            ("sign_in_challenges", self.sign_in_challenges()),
            ("webauthn_users", self.webauthn_users()),
            ("webauthn_credentials", self.webauthn_credentials()),
            ("webauthn_challenges", self.webauthn_challenges()),
        ):
            postgres.copy(table, COLUMNS[table], batches(rows))
        for statement in made_again:
            postgres.run(statement)
        postgres.run("VACUUM (ANALYZE)")
        postgres.run("CHECKPOINT")
        postgres.read_into_memory("users", "sessions")

    def _spread(self, count: int, over: timedelta):
        """(row, time of creation) of so many rows, made evenly until now; a batch shares one time."""
        for row in range(count):
            if row % BATCH == 0:
                made = stamp(self.now - over * (1 - row / count))
            yield row, made

    def users(self):
        count, password_hash = self.size.users, self._password_hash
        for row in range(count):
            if row % BATCH == 0:
                made = stamp(self.now - timedelta(milliseconds=TWO_YEARS_MS * (count - row) // count))
            email = f"user{row * SPREAD % count + 1}@bench.example"
            name = f"Person {row}" if row & 1 else r"\N"
            # Two admins, and staff among every hundred thousand, at the end of the table where a scan comes last.
            role = "admin" if row >= count - 2 else "staff" if row % 100_000 == 99_000 else "user"
            yield (
                f"{self.user_id(row)}\t{email}\t{email}\t{made}\t{name}\t{password_hash}\t{role}\tactive\t{made}\t" f"{made}\n"
            )

    def sessions(self):
        """Sessions in use. Their last use lies ahead, so that no check writes it: writes would come once a minute for
        each session, ever more often a check the fewer sessions there are, and that is not what size costs."""
        used, end = stamp(self.now + timedelta(hours=12)), stamp(self.now + ABSOLUTE_TIMEOUT)
        agent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
        for row, made in self._spread(self.size.sessions, timedelta(hours=1)):
            yield (
                f"{self.session_id(row)}\t\\\\x{digest(session_token(row + 1))}\t{self.session_owner(row)}\t1\tpwd\t"
                f"{made}\t{made}\t{used}\t{end}\t192.0.2.{row % 254 + 1}\t{agent}\n"
            )

    def registrations(self):
        end = stamp(self.now + timedelta(days=1))
        for row, made in self._spread(self.size.registrations, timedelta(days=1)):
            email = f"new{row + 1}@bench.example"
            yield (
                f"{uuid_v7(self._now_ms, row + 1)}\t{email}\t{email}\t\\N\t{self._password_hash}\t"
                f"\\\\x{digest(f'registration {row}')}\t{made}\t{end}\n"
            )

    def messages(self):
        end = stamp(self.now + timedelta(days=1))
        for row, made in self._spread(self.size.messages, timedelta(hours=23)):
            # Nearly all were delivered; one in ten thousand waits for a server that is down.
            state = (
                f"\\\\x{digest('sealed')}\t{made}\t{end}\tqueued\t{made}\t\\N"
                if row % 10_000 == 0
                else f"\\N\t{made}\t{end}\tsent\t{made}\t{made}"
            )
            yield f"{self.message_id(row)}\tverify_email\t\\\\x{digest(f'recipient {row}')}\t{state}\n"

    def one_time_tokens(self):
        """As if every tenth had asked for a new password last."""
        end = stamp(self.now + timedelta(hours=1))
        for row, made in self._spread(self.size.messages, timedelta(hours=1)):
            yield (
                f"{uuid_v7(self._now_ms, row + 1)}\t\\\\x{digest(f'link {row}')}\treset_password\t{self.user_id(row)}\t"
                f"\\N\t\\N\t{made}\t{end}\n"
            )

    def audit_id(self, row: int) -> str:
        return uuid_v7(self._now_ms - 1, row + 1)

    def audit_logs(self):
        for row, at in self._spread(self.size.sessions, timedelta(hours=1)):
            owner = self.session_owner(row)
            yield (
                f"{self.audit_id(row)}\t{at}\tlogin.succeeded\tsuccess\t{owner}\t{owner}\t"
                f"{self.session_id(row)}\t192.0.2.{row % 254 + 1}\tMozilla/5.0\t{row:026d}\t{{}}\n"
            )

    def factor_owner(self, row: int) -> str:
        return self.user_id(row * 10)

    def totp_authenticators(self):
        for row, made in self._spread(self.size.authenticators, timedelta(days=700)):
            yield (f"{self.factor_owner(row)}\t\\\\x{digest(f'secret {row}')}\tSHA1\t6\t30\t0\t1\t{made}\t{made}\n")

    def totp_enrolments(self):
        """As if everybody with a second factor was about to change it."""
        end = stamp(self.now + timedelta(minutes=10))
        for row, made in self._spread(self.size.authenticators, timedelta(minutes=10)):
            yield f"{self.factor_owner(row)}\t\\\\x{digest(f'secret {row}')}\tSHA1\t6\t30\t{made}\t{end}\n"

    def recovery_codes(self):
        for row, made in self._spread(self.size.authenticators, timedelta(days=700)):
            for code in range(10):
                yield f"{self.factor_owner(row)}\t{code:03d}\t{self._password_hash}\t{made}\n"

    def factor_guesses(self):
        """As if everybody with a second factor had mistyped a code last."""
        end = stamp(self.now)
        for row in range(self.size.authenticators):
            yield f"{self.factor_owner(row)}\ttotp\tunknown\t1\t1\t{end}\n"

    def login_guesses(self):
        """As if every tenth had mistyped a password last, from a browser of either kind."""
        for row, failed in self._spread(self.size.authenticators, timedelta(days=300)):
            for share in ("known", "unknown"):
                yield f"\\\\x{digest(f'guessed {row}')}\t{share}\t1\t{failed}\t0\n"

    def sign_in_challenges(self):
        end = stamp(self.now + timedelta(minutes=5))
        for row, made in self._spread(self.size.challenges, timedelta(minutes=5)):
            owner = self.factor_owner(row % self.size.authenticators)
            yield (
                f"\\\\x{digest(f'challenge {row}')}\t\\\\x{digest(f'browser {row}')}\t{owner}\ttotp recovery_code\t"
                f"1\t1\t{made}\t{end}\n"
            )

    def passkey_id(self, row: int) -> str:
        return uuid_v7(self._now_ms, row + 1 << 16)

    def webauthn_users(self):
        for row in range(self.size.authenticators):
            yield f"{self.factor_owner(row)}\t\\\\x{digest(f'handle {row}')}\n"

    def webauthn_credentials(self):
        """Two to an owner."""
        key = "a5010203262001215820" + digest("x") + "225820" + digest("y")  # COSE_Key of ES256
        for row, made in self._spread(2 * self.size.authenticators, timedelta(days=700)):
            yield (
                f"{self.passkey_id(row)}\t{self.factor_owner(row // 2)}\t\\\\x{digest(f'credential {row}')}\t"
                f"\\\\x{key}\t-7\t1\tPasskey\tinternal\t\\\\x{'00' * 16}\tnone\tnone\t0\t1\t1\t1\t{made}\t{made}\n"
            )

    def webauthn_challenges(self):
        end = stamp(self.now + timedelta(minutes=5))
        for row, made in self._spread(self.size.challenges, timedelta(minutes=5)):
            yield (
                f"\\\\x{digest(f'ceremony {row}')}\tsign_in\t\\\\x{digest(f'browser {row}')}\t\\N\t"
                f"\\\\x{digest(f'nonce {row}')}\t{{}}\t{made}\t{end}\n"
            )


def batches(lines):
    batch = []
    for line in lines:
        batch.append(line)
        if len(batch) == BATCH:
            yield "".join(batch).encode()
            batch.clear()
    yield "".join(batch).encode()


def drop_indexes(postgres: Postgres) -> list[str]:
    """Drops every foreign key, unique constraint and index but the primary keys; returns what makes them again."""
    constraints = postgres.run("""
        SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
               format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
          FROM pg_constraint WHERE contype IN ('f', 'u') AND connamespace = 'public'::regnamespace
         ORDER BY contype DESC;""")
    indexes = postgres.run("""
        SELECT format('DROP INDEX %I', indexname), indexdef FROM pg_indexes
         WHERE schemaname = 'public' AND indexname NOT IN (SELECT conname FROM pg_constraint);""")
    pairs = [line.split("\t") for line in (constraints + indexes).splitlines()]
    for drop, _ in pairs:
        postgres.run(drop)
    return [make for _, make in pairs]
