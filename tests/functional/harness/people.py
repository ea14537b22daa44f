"""Who uses the service in the tests: accounts, their mailboxes, their browsers."""

import itertools
import re
import secrets
import time
import unicodedata
from dataclasses import dataclass

from . import canaries, passkey_flows
from .authenticators import Authenticator
from .client import Client
from .passkeys import Passkey
from .reply import Reply

_numbers = itertools.count(1)
_LINK = re.compile(r"(https?://\S+?)/([a-z-]+(?:\?undo)?)#token=([A-Za-z0-9_-]+)")
RESET, CONFIRM_CHANGE, UNDO_CHANGE = "reset-password", "confirm-email", "confirm-email?undo"


def fresh_email(name: str = "person") -> str:
    return f"{name}.{next(_numbers)}.{secrets.token_hex(4)}@example.test"


def fresh_password() -> str:
    return f"long enough {secrets.token_hex(8)}"


@dataclass
class Account:
    email: str
    password: str
    id: str | None = None
    totp: Authenticator | None = None
    passkey: Passkey | None = None

    @property
    def credentials(self) -> dict[str, str]:
        return {"email": self.email, "password": self.password}


class People:
    """Ways to get to an account in a given state on one server."""

    def __init__(self, server, kind: type[Client] = Client):
        """`kind` is what all their browsers are."""
        self.server = server
        self._kind = kind
        self._anonymous = kind(server)

    def browser(self, **options) -> Client:
        return self._kind(self.server, **options)

    def register(self, email: str | None = None, password: str | None = None, **members) -> Account:
        """Registers, not yet verified."""
        account = Account(email or fresh_email(), password or fresh_password())
        reply = self._anonymous.post("/auth/register", account.credentials | members)
        assert reply.status == 200, reply
        account.id = reply.json["id"]
        return account

    def verified(self, email: str | None = None, password: str | None = None, **members) -> Account:
        account = self.register(email, password, **members)
        reply = self.verify(self.token(account.email))
        assert reply.status == 200, reply
        return account

    def verify(self, token: str, client: Client | None = None) -> Reply:
        """In a browser of its own, unless another matters."""
        return (client or self._anonymous).post("/auth/verify-email", {"token": token})

    def login(self, email: str, password: str) -> Reply:
        """A sign-in from a browser of its own."""
        client = self.browser()
        try:
            return client.post("/auth/login", {"email": email, "password": password})
        finally:
            client.close()

    def sign_in(self, account: Account, **options) -> Client:
        """From a browser of its own, with everything that the account asks for."""
        client = self.browser(**options)
        self.sign_in_again(client, account)
        return client

    def sign_in_again(self, client: Client, account: Account, **members) -> Reply:
        reply = client.post("/auth/login", account.credentials)
        assert reply.status == 200, reply
        if not reply.json["mfa_required"]:
            return reply
        return self.answer(client, reply.json["challenge_id"], account, **members)

    def challenge(self, account: Account, **options) -> tuple[Client, str]:
        """The right password in a browser of its own; what names the pending sign-in."""
        client = self.browser(**options)
        reply = client.post("/auth/login", account.credentials)
        assert reply.status == 200 and reply.json["mfa_required"], reply
        canaries.note(reply.json["challenge_id"])
        return client, reply.json["challenge_id"]

    def answer(self, client: Client, challenge_id: str, account: Account, **members) -> Reply:
        body = {"challenge_id": challenge_id, "code": account.totp.fresh_code()} | members
        reply = client.post("/auth/mfa/totp/verify", body, csrf=True)
        assert reply.status == 200, reply
        return reply

    def set_up_totp(self, client: Client, account: Account) -> Authenticator:
        """Not yet confirmed."""
        reply = client.post("/auth/mfa/totp/setup", csrf=True)
        assert reply.status == 200, reply
        return Authenticator(reply.json, self.server, account.id)

    def enrol_totp(self, client: Client, account: Account, **members) -> Authenticator:
        account.totp = self.set_up_totp(client, account)
        reply = client.post("/auth/mfa/totp/verify", {"code": account.totp.fresh_code()} | members, csrf=True)
        assert reply.status == 200, reply
        return account.totp

    def with_totp(self, **members) -> tuple[Client, Account]:
        """Signed in where the authenticator was set up."""
        client, account = self.signed_in(**members)
        self.enrol_totp(client, account)
        return client, account

    def with_passkey(self, passkey: Passkey | None = None, **members) -> tuple[Client, Account]:
        """Signed in where it was registered."""
        client, account = self.signed_in(**members)
        account.passkey = passkey_flows.register(client, passkey)
        return client, account

    def sign_in_with_passkey(self, account: Account, **options) -> Client:
        """Without a password, from a browser of its own."""
        client = self.browser(**options)
        reply = passkey_flows.try_login(client, account.passkey)
        assert reply.status == 200, reply
        return client

    def of_role(self, role: str) -> tuple[Client, Account]:
        """Signed in with all that is asked of staff."""
        account = self.with_totp()[1]
        assert self.server.command("user", "set-role", account.email, role).returncode == 0
        return self.sign_in(account), account

    def wrong_code(self, client: Client, account: Account, challenge_id: str) -> Reply:
        body = {"challenge_id": challenge_id, "code": account.totp.wrong_code()}
        return client.post("/auth/mfa/totp/verify", body, csrf=True)

    def recovery_codes(self, client: Client) -> list[str]:
        reply = client.post("/auth/mfa/recovery-codes", csrf=True)
        assert reply.status == 200, reply
        for code in reply.json["codes"]:
            canaries.note(code)
        return reply.json["codes"]

    def signed_in(self, **members) -> tuple[Client, Account]:
        account = self.verified(**members)
        return self.sign_in(account), account

    def mails(self, email: str, count: int = 0) -> list[dict]:
        """What came for the address, newest first; waits until there are `count`."""
        deadline = time.monotonic() + 30
        while True:
            reply = self._anonymous.get("/dev/mailbox/messages")
            assert reply.status == 200, reply
            mails = [message for message in reply.json["messages"] if canonical(message["to"]) == canonical(email)]
            for mail in mails:
                for _, _, token in _LINK.findall(mail["text"]):
                    canaries.note(token)
            if len(mails) >= count:
                return mails
            assert time.monotonic() < deadline, f"{len(mails)} instead of {count} mails for {email}"
            time.sleep(0.02)

    def token(self, email: str, page: str = "verify-email") -> str:
        """The token of the newest link to that page."""
        tokens = [token for mail in self.mails(email, count=1) if (token := token_of(mail, page))]
        assert tokens, f"no link to {page} for {email}"
        return tokens[0]

    def reset_token(self, email: str) -> str:
        return self.token(email, RESET)

    def ask_for_reset(self, email: str) -> Reply:
        return self._anonymous.post("/auth/password/reset/request", {"email": email})

    def reset(self, token: str, password: str) -> Reply:
        """From a browser of its own."""
        return self.post("/auth/password/reset/confirm", {"token": token, "new_password": password})

    def post(self, path: str, body: dict) -> Reply:
        """From a browser of its own."""
        client = self.browser()
        try:
            return client.post(path, body)
        finally:
            client.close()

    def step_up(self, client: Client, account: Account) -> Reply:
        """By the strongest factor that the account has."""
        if account.passkey:
            return passkey_flows.try_step_up(client, account.passkey)
        if account.totp:
            return client.post("/auth/mfa/totp/verify", {"code": account.totp.fresh_code()}, csrf=True)
        return client.post("/auth/step-up/password", {"password": account.password}, csrf=True)

    def stepped_up(self, **members) -> tuple[Client, Account]:
        client, account = self.signed_in(**members)
        reply = self.step_up(client, account)
        assert reply.status == 200, reply
        return client, account

    def revoke_others(self, client: Client) -> Reply:
        return client.post("/auth/sessions/revoke-others", csrf=True)


def canonical(email: str) -> str:
    """The one form of all spellings of an address; the mailbox may show another than was sent."""
    local, _, domain = unicodedata.normalize("NFC", email).casefold().partition("@")
    return f"{local}@{domain.encode('idna').decode()}"


def token_of(mail: dict, page: str = "verify-email") -> str | None:
    found = _LINK.search(mail["text"])
    return found.group(3) if found and found.group(2) == page else None


def link_base_of(mail: dict) -> str | None:
    found = _LINK.search(mail["text"])
    return found.group(1) if found else None
