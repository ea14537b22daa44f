"""Mail servers to deliver to: aiosmtpd, which takes mail and refuses as told, and one that misbehaves."""

import asyncio
import email
import email.policy
import re
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from . import canaries
from .daemon import READY_SECONDS, wait_until
from .ports import free_port
from .tls import Pair

SENDER = "noreply@bank.example"
USERNAME, PASSWORD = "mailer", "submission pass 7f3a"
_TOKEN = re.compile(r"#token=([A-Za-z0-9_-]{43})")


@dataclass
class Delivered:
    sender: str
    recipients: list[str]
    raw: bytes
    peer: tuple
    tls: bool
    user: str | None

    @property
    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.raw, policy=email.policy.default)

    @property
    def id(self) -> str:
        return self.message["Message-ID"]

    def part(self, kind: str) -> str:
        return self.message.get_body((kind,)).get_content()


class SmtpServer:
    """`tls` is None, "starttls" (demanded before MAIL) or "implicit"; `login` demands USERNAME and PASSWORD. The port
    stays the same over stop() and start()."""

    def __init__(self, pair: Pair | None = None, tls: str | None = None, login: bool = False, utf8: bool = True):
        self.port = free_port()
        self.mails: list[Delivered] = []
        self.logins: list[bytes] = []
        self._tls, self._login, self._utf8 = tls, login, utf8
        self._context = None
        if pair:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(pair.certificate, pair.key)
        self.seconds_a_mail = 0.0  # from its last byte to the answer
        self._refusals: dict[str, list[str]] = {"MAIL": [], "RCPT": [], "DATA": []}
        self.silent_about = ""  # the domain of recipients that get no answer
        self.answers_after = 0.0  # seconds that EHLO and RCPT take
        self.unanswered = 0
        self._controller: Controller | None = None

    def settings(self, **others) -> dict:
        """For a service that delivers here, and tries again soon."""
        tls = {None: "none", "starttls": "starttls", "implicit": "tls"}[self._tls]
        login = {"SMTP_USERNAME": USERNAME, "SMTP_PASSWORD": PASSWORD} if self._login else {}
        return (
            {
                "SMTP_HOST": "localhost",
                "SMTP_PORT": self.port,
                "SMTP_TLS": tls,
                "SMTP_FROM_EMAIL": SENDER,
                "SMTP_FROM_NAME": "Bank",
                "SMTP_TIMEOUT_SECONDS": 5,
                "MAIL_RETRY_SECONDS": 1,
            }
            | login
            | others
        )

    def speak_at_most_tls_1_1(self) -> None:
        self._context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        self._context.maximum_version = ssl.TLSVersion.TLSv1_1
        self._context.set_ciphers("ALL:@SECLEVEL=0")

    def refuse(self, command: str, *replies: str) -> None:
        """Answers the next so many of these commands so."""
        self._refusals[command] += replies

    def start(self) -> "SmtpServer":
        options = {"enable_SMTPUTF8": self._utf8, "hostname": "127.0.0.1", "port": self.port, "ready_timeout": READY_SECONDS}
        if self._login:
            options |= {
                "auth_required": True,
                "authenticator": self._authenticate,
                "auth_require_tls": self._tls == "starttls",
            }
        if self._tls == "starttls":
            options |= {"tls_context": self._context, "require_starttls": True}
        if self._tls == "implicit":
            options |= {"ssl_context": self._context}
        self._controller = Controller(self, **options)
        self._controller.start()
        return self

    def stop(self) -> None:
        if self._controller:
            self._controller.stop()
            self._controller = None

    def __enter__(self) -> "SmtpServer":
        return self.start()

    def __exit__(self, *_) -> None:
        self.stop()

    def _authenticate(self, server, session, envelope, mechanism, data) -> AuthResult:
        self.logins.append(data.login)
        right = (data.login, data.password) == (USERNAME.encode(), PASSWORD.encode())
        return AuthResult(success=right, auth_data=data.login.decode(), handled=False)

    async def handle_MAIL(self, server, session, envelope, address, options):
        if self._refusals["MAIL"]:
            return self._refusals["MAIL"].pop(0)
        envelope.mail_from = address
        return "250 OK"

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        await asyncio.sleep(self.answers_after)
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):
        await asyncio.sleep(self.answers_after)
        if self.silent_about and address.endswith("@" + self.silent_about):
            self.unanswered += 1
            await asyncio.sleep(3600)  # until the client has enough
        if self._refusals["RCPT"]:
            return self._refusals["RCPT"].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self._refusals["DATA"]:
            return self._refusals["DATA"].pop(0)
        await asyncio.sleep(self.seconds_a_mail)
        for token in _TOKEN.findall(_plain(envelope.content)):
            canaries.note(token)
        over_tls = session.ssl is not None or self._tls == "implicit"
        self.mails.append(
            Delivered(envelope.mail_from, list(envelope.rcpt_tos), envelope.content, session.peer, over_tls, session.auth_data)
        )
        return "250 OK"

    def wait_for(self, count: int = 1, timeout: float = 60) -> list[Delivered]:
        wait_until(lambda: len(self.mails) >= count, f"{count} mails arrive", timeout)
        return self.mails


def _plain(raw: bytes) -> str:
    return email.message_from_bytes(raw, policy=email.policy.default).get_body(("plain",)).get_content()


class RudeServer:
    """Speaks just enough SMTP, without TLS, to go wrong in one way:

    `silent` takes connections and never greets; `hang` says nothing after DATA; `drop` cuts the connection in the
    middle of DATA; `goodbye` greets with 554; `no_starttls` is a server whose offer of STARTTLS somebody took out.
    """

    def __init__(self, way: str):
        self.way = way
        self.port = free_port()
        self.lines: list[str] = []
        self.connections = 0
        self._listener: socket.socket | None = None
        self._open: list[socket.socket] = []

    def settings(self, **others) -> dict:
        """For a service that tries to deliver here."""
        polite = SmtpServer()
        polite.port = self.port
        return polite.settings(**others)

    def __enter__(self) -> "RudeServer":
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._talk, args=[connection], daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        try:
            self._dialogue(connection)
        except OSError:
            pass
        if self.way not in ("silent", "hang"):
            connection.close()

    def _dialogue(self, connection: socket.socket) -> None:
        if self.way == "silent":
            return
        connection.sendall(b"554 5.3.2 not today\r\n" if self.way == "goodbye" else b"220 rude\r\n")
        for raw in connection.makefile("rb"):
            line = raw.decode().rstrip()
            self.lines.append(line)
            if line.startswith("DATA"):
                connection.sendall(b"354 go on\r\n")
                if self.way == "drop":
                    connection.recv(100)
                return
            connection.sendall(b"250-rude\r\n250 AUTH PLAIN\r\n" if line.startswith("EHLO") else b"250 fine\r\n")

    def wait_for_connections(self, count: int, timeout: float = 60) -> None:
        deadline = time.monotonic() + timeout
        while self.connections < count:
            assert time.monotonic() < deadline, f"{self.connections} connections instead of {count}"
            time.sleep(0.05)
