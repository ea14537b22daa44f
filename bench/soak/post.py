"""Who takes what the service sends: mail for its people, audit events for their receivers."""

import asyncio
import json
import re

from .journal import Journal
from .person import Mail, Person
from .site import Site

_LINK = re.compile(r"https?://\S+?/([a-z-]+(?:\?undo)?)#token=([A-Za-z0-9_-]+)")


class Post:
    def __init__(self, site: Site, journal: Journal, addresses: dict[str, Person]):
        self._site, self._journal, self._addresses = site, journal, addresses
        self.delivered: dict[str, tuple[str, str]] = {}  # Message-ID: (recipient, page of its link)
        self.copies = 0  # of mails that had come already
        self.entries: dict[str, list[int]] = {"syslog": [], "siem": [], "webhook:crm": []}
        self._ended = False

    async def deliver(self) -> None:
        """Until end() and nothing is left."""
        while not self._ended:
            self.take()
            await asyncio.sleep(0.1)
        self.take()

    def end(self) -> None:
        self._ended = True

    def take(self) -> None:
        mails = self._site.smtp.mails
        for _ in range(len(mails)):
            self._mail(mails.pop(0))
        for name, receiver in (("siem", self._site.siem), ("webhook:crm", self._site.hook)):
            receiver.all.clear()
            for _ in range(len(receiver.taken)):
                self.entries[name] += _entries(receiver.taken.pop(0).body)
        syslog = self._site.syslog
        taken = len(syslog.messages)
        self.entries["syslog"] += syslog.numbers[:taken]
        del syslog.messages[:taken]

    def _mail(self, mail) -> None:
        recipient = mail.recipients[0].lower()
        person = self._addresses.get(recipient)
        link = _LINK.search(mail.part("plain"))
        page, token = link.groups() if link else ("", "")
        if mail.id in self.delivered:
            self.copies += 1
            return
        self.delivered[mail.id] = (recipient, page)
        if person is None:
            self._journal.violate("no mail that nobody asked for", f"one came for {recipient}")
            return
        self._journal.note(person.name, f"mail came: {page or mail.message['Subject']}")
        if page and recipient != person.wanted_email and page == "confirm-email":
            return  # of a wish that was given up
        person.mails.append(Mail(page, token, mail.id))


def _entries(body: bytes) -> list[int]:
    found = [json.loads(line) for line in body.splitlines()]
    return [one["data"]["entry"] if "data" in one else one["entry"] for one in found]
