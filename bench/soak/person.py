"""A virtual user: what it has, what it was told, and what it does not know since an answer was lost."""

import random
import secrets
import time
from collections import deque
from dataclasses import dataclass, field

import pyotp

SESSION, CSRF = "__Host-sid", "csrf_token"
# Longer than it takes until all see what became of a request whose client gave up: it may be carried out 20 s later by an
# instance that stood still, and cut off from Redis since, so that others go by what they hold for 30 s more (docs/adr/0009).
REST_SECONDS = 60.0
NEVER = -1e9  # as monotonic seconds


class App:
    """An authenticator app that shows each code once."""

    def __init__(self, uri: str):
        self._app = pyotp.parse_uri(uri)
        self._last = 0

    def code(self) -> str | None:
        """Of the present time step; None if it was shown already, or is about to change."""
        now = time.time()
        step = int(now) // 30
        if step <= self._last or now % 30 > 27:
            return None
        self._last = step
        return self._app.generate_otp(step)

    def wrong_code(self) -> str:
        """Of no step near now."""
        step = int(time.time()) // 30
        near = {self._app.generate_otp(step + offset) for offset in range(-15, 16)}
        return next(code for code in iter(lambda: f"{secrets.randbelow(10**6):06}", "") if code not in near)


@dataclass
class Mail:
    page: str  # verify-email, reset-password, confirm-email, confirm-email?undo, or "" for a notice
    token: str
    id: str  # its Message-ID


@dataclass
class Browser:
    cookies: dict[str, str] = field(default_factory=dict)
    address: str = ""  # as the proxy tells it
    doubtful: bool = False  # an answer was lost that may have ended its session
    proven_at: float = NEVER  # when its session was opened or stepped up, for the server's clock perhaps later
    factor_at: float = NEVER  # when a second factor, or a step-up, was proven in it

    @property
    def sid(self) -> str | None:
        return self.cookies.get(SESSION)

    def forget_session(self) -> None:
        self.cookies.pop(SESSION, None)
        self.cookies.pop(CSRF, None)
        self.doubtful = False


class Person:
    """Lists of candidates have one member where it is known which holds. `name` is for the journal."""

    rest_seconds = REST_SECONDS

    def __init__(self, number: int, address: str, rng: random.Random):
        self.rng = rng
        self.number = number
        self.address = address
        self.stage = "new"  # asked (for an account), active, gone
        self.name = self.fresh_email()
        self.emails = [self.name]
        self.passwords = [self.fresh_password()]
        self.ids: list[str] = []  # of its sign-ups: one is the account's
        self.ids_maybe = False  # or none is, for the answer to one was lost
        self.display: list[str | None] = [None]
        self.status = ["active"]
        self.app: App | None = None
        self.apps_maybe: list[App] = []  # whose confirmation got no answer
        self.app_removed_maybe = False
        self.passkeys: list = []
        self.passkeys_maybe: list = []
        self.passkeys_removed_maybe: list = []
        self.recovery: list[str] = []
        self.recovery_maybe = False  # which codes hold is not known
        self.deleted_maybe = False
        self.verified_maybe = False
        self.browsers: list[Browser] = []
        self.orphans = 0  # sessions that may be open and that nobody has
        self.asked_mails: dict[str, int] = {}  # how many links to a page were asked for, those of unknown fate too
        self.mails: deque[Mail] = deque(maxlen=20)
        self.wanted_email: str | None = None
        self.busy = False
        self.rests_until = 0.0
        self.steps = 0

    def fresh_email(self) -> str:
        return f"p{self.number}.{secrets.token_hex(4)}@soak.example"

    @staticmethod
    def fresh_password() -> str:
        return f"long enough {secrets.token_hex(8)}"

    @property
    def id(self) -> str | None:
        """The account's; None where that is not known."""
        return self.ids[0] if len(self.ids) == 1 and not self.ids_maybe else None

    @property
    def email(self) -> str:
        return self.emails[0]

    @property
    def password(self) -> str:
        return self.passwords[0]

    @property
    def certain(self) -> bool:
        """Whether address and password are known to hold."""
        return len(self.emails) == len(self.passwords) == 1 and not self.deleted_maybe and self.status == ["active"]

    @property
    def signed_in(self) -> list[Browser]:
        return [browser for browser in self.browsers if browser.sid]

    @property
    def has_factor(self) -> bool:
        return bool(self.app or self.passkeys or self.apps_maybe or self.passkeys_maybe)

    @property
    def factors_in_doubt(self) -> bool:
        return bool(self.apps_maybe or self.app_removed_maybe or self.passkeys_maybe or self.passkeys_removed_maybe)

    def doubt(self, *, opens: bool = False) -> None:
        """An answer was lost: what it was about may have happened, or happen within a while."""
        for browser in self.signed_in:
            browser.doubtful = True
        self.orphans += opens
        self.rests_until = time.monotonic() + self.rest_seconds

    def credentials(self) -> list[tuple[str, str]]:
        return [(email, password) for email in self.emails for password in self.passwords]

    def count_mail(self, page: str) -> None:
        self.asked_mails[page] = self.asked_mails.get(page, 0) + 1

    def newest(self, page: str) -> Mail | None:
        return next((mail for mail in reversed(self.mails) if mail.page == page), None)

    def spend(self, mail: Mail) -> None:
        if mail in self.mails:
            self.mails.remove(mail)
