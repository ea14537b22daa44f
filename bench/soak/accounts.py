"""What people do with their accounts: sign up, sign in and out, look, change, recover, leave."""

import asyncio
import time

from .caller import Caller, Unknown
from .factors import Factors
from .person import NEVER, Browser, Mail, Person
from .wire import Answer

RESET, VERIFY, CONFIRM = "reset-password", "verify-email", "confirm-email"
USED = "400 invalid_token"
_MOST_BROWSERS = 3
_RECENT = 240.0  # seconds that a proof counts for here; the service gives five minutes


class Accounts:
    def __init__(self, caller: Caller, addresses: dict[str, Person], factors: Factors):
        self._ask = caller.ask
        self._caller, self._journal, self._dead = caller, caller.journal, caller.undertaker
        self._addresses = addresses  # whose mail it is
        self.factors = factors

    # --- to an account

    async def sign_up(self, person: Person) -> None:
        self._addresses[person.email] = person
        person.stage = "asked"
        await self._ask_for_account(person)

    async def _ask_for_account(self, person: Person) -> None:
        person.count_mail(VERIFY)
        event = None if person.verified_maybe else "user.registered"
        try:
            answer = await self._ask(
                person, None, "POST", "/auth/register", {"email": person.email, "password": person.password}, event=event
            )
        except Unknown:
            person.ids_maybe = True
            person.doubt()
            return
        person.ids.append(answer.json["id"])

    async def verify(self, person: Person) -> None:
        """With the newest link, or asks for another."""
        if person.verified_maybe:
            await self._find_out_whether_verified(person)
            return
        mail = person.newest(VERIFY)
        if mail is None:
            if person.rng.random() < 0.1 and person.asked_mails.get(VERIFY, 0) < 3:
                await self._ask_for_account(person)
            return
        answers = await self._spend(person, mail, "/auth/verify-email", {"token": mail.token}, "email.verified")
        if answers is None:
            person.verified_maybe = True
            person.doubt()
        elif answers:
            self._activate(person)
        # else: a later sign-up killed that link, and its own is on the way

    async def _find_out_whether_verified(self, person: Person) -> None:
        person.verified_maybe = False
        browser = Browser()
        try:
            answer = await self._ask(
                person,
                browser,
                "POST",
                "/auth/login",
                {"email": person.email, "password": person.password},
                csrf=False,
                want=("200", "403 email_not_verified", "401 invalid_credentials"),
            )
        except Unknown:
            person.verified_maybe = True
            person.doubt(opens=True)
            return
        if answer.ok:
            self._activate(person)
            self._opened(person, browser, answer, "login.succeeded")
        elif answer.status == 401:  # the sign-up itself was lost
            await self._ask_for_account(person)

    def _activate(self, person: Person) -> None:
        person.stage = "active"
        self._journal.note(person.name, "the account exists")

    async def _spend(self, person: Person, mail: Mail, path: str, body: dict, event: str) -> Answer | bool | None:
        """A mailed token, sometimes on every instance at once: the answer that took it, False where none did, None where
        nobody knows. It is never taken again."""
        person.spend(mail)
        everywhere = person.rng.random() < 0.2
        places = list(range(self._caller.wire.count)) if everywhere else [None]
        tries = [
            self._ask(person, None, "POST", path, body, want=("200", USED), instance=place, event=event) for place in places
        ]
        outcomes = await asyncio.gather(*tries, return_exceptions=True)
        if broken := next((one for one in outcomes if isinstance(one, Exception) and not isinstance(one, Unknown)), None):
            raise broken
        taken = [one for one in outcomes if isinstance(one, Answer) and one.ok]
        self._journal.check("a one-time token works once", len(taken) <= 1, f"{path}: taken {len(taken)} times", person.name)
        if taken:
            if person.rng.random() < 0.3:
                await self._replay(person, path, body)
            return taken[0]
        return None if any(isinstance(one, Unknown) for one in outcomes) else False

    async def _replay(self, person: Person, path: str, body: dict) -> None:
        try:
            await self._ask(person, None, "POST", path, body, want=(USED,), good=False, kind=f"replay {path}")
            self._journal.checked["a one-time token works once"] += 1
        except Unknown:
            pass

    # --- in and out

    async def sign_in(self, person: Person) -> None:
        """From a browser that was used before, or another one, by what the person has."""
        if len(person.signed_in) >= _MOST_BROWSERS:
            await self.sign_out(person)
            return
        browser = next((one for one in person.browsers if not one.sid), None)
        if browser is None or (len(person.browsers) < _MOST_BROWSERS and person.rng.random() < 0.4):
            browser = Browser()
            person.browsers.append(browser)
        if person.passkeys and person.certain and person.rng.random() < 0.4:
            await self.factors.sign_in_with_passkey(person, browser)
            return
        await self._sign_in_with_password(person, browser)

    async def _sign_in_with_password(self, person: Person, browser: Browser) -> None:
        certain = person.certain
        want = ("200",) if certain else ("200", "401 invalid_credentials", "403 account_disabled")
        for email, password in person.credentials():
            try:
                answer = await self._ask(
                    person, browser, "POST", "/auth/login", {"email": email, "password": password}, csrf=False, want=want
                )
            except Unknown:
                person.doubt(opens=True)
                return
            if answer.ok:
                person.emails, person.passwords, person.deleted_maybe = [email], [password], False
                person.status = ["active"]
                await self._after_password(person, browser, answer)
                return
            self._journal.acknowledged("login.failed", answer.request_id, person.name)
            if answer.status == 403:
                person.status = ["disabled"]
                return
        if person.deleted_maybe:
            self._leave(person)
            return
        self._journal.violate("nothing acknowledged is lost", "no password that it can have opens the account", person.name)
        self._leave(person)

    async def _after_password(self, person: Person, browser: Browser, answer: Answer) -> None:
        self.factors.settle(person, answer.json)
        if not answer.json["mfa_required"]:
            self._opened(person, browser, answer, "login.succeeded")
            return
        self._journal.acknowledged("login.challenged", answer.request_id, person.name)
        await self.factors.answer_challenge(person, browser, answer.json)

    def _opened(self, person: Person, browser: Browser, answer: Answer, event: str) -> None:
        self._journal.acknowledged(event, answer.request_id, person.name)
        browser.doubtful = False
        browser.proven_at, browser.factor_at = time.monotonic(), NEVER  # of a new session
        if browser not in person.browsers:
            person.browsers.append(browser)

    async def sign_out(self, person: Person) -> None:
        browser = person.rng.choice(person.signed_in)
        try:
            answer = await self._ask(person, browser, "POST", "/auth/logout", want=self.may_be_over(browser))
        except Unknown:
            person.doubt()
            return
        if answer.ok:
            self._journal.acknowledged("session.ended", answer.request_id, person.name)
        self._dead.end(person, browser, "logout", answer)

    def may_be_over(self, browser: Browser, *others: str) -> tuple[str, ...]:
        return ("200", "401 unauthenticated", *others) if browser.doubtful else ("200", *others)

    async def resolve(self, person: Person) -> None:
        """After a rest: which sessions outlived what was lost."""
        for browser in [one for one in person.signed_in if one.doubtful]:
            try:
                answer = await self._ask(person, browser, "GET", "/auth/me", want=("200", "401 unauthenticated"))
            except Unknown:
                return
            if answer.ok:
                browser.doubtful = False
            else:
                self._dead.end(person, browser, "lost", answer)

    # --- inside

    async def look(self, person: Person) -> None:
        """A page that asks who is there a few times, on whichever instance."""
        browser = person.rng.choice(person.signed_in)
        for _ in range(person.rng.randint(2, 6)):
            answer = await self._ask(person, browser, "GET", "/auth/me")
            me = answer.json
            told = (
                me["email"] in person.emails and me["name"] in person.display and (me["id"] in person.ids or person.ids_maybe)
            )
            self._journal.check(
                "nothing acknowledged is lost",
                told,
                f"/auth/me says {me['email']}, {me['name']}; known are {person.emails}, {person.display}",
                person.name,
            )
            if told:
                person.display, person.ids, person.ids_maybe = [me["name"]], [me["id"]], False

    async def ask_as_edge(self, person: Person) -> None:
        browser = person.rng.choice(person.signed_in)
        for _ in range(person.rng.randint(1, 4)):
            await self._ask(
                person,
                browser,
                "GET",
                "/auth/verify",
                headers={
                    "X-Forwarded-Method": "GET",
                    "X-Forwarded-Uri": "/app",
                    "X-Forwarded-Proto": "http",
                    "X-Forwarded-Host": self._caller.wire.authority,
                },
            )

    async def take_token(self, person: Person) -> None:
        browser = person.rng.choice(person.signed_in)
        try:
            await self._ask(person, browser, "POST", "/auth/token", {"audience": "api"}, event="token.issued")
        except Unknown:
            pass  # a token more harms nobody

    async def rename(self, person: Person) -> None:
        browser = person.rng.choice(person.signed_in)
        name = f"Person {person.rng.randrange(10**6)}"
        person.display = [*person.display, name]
        try:
            await self._ask(person, browser, "PATCH", "/auth/me", {"name": name}, event="user.profile_changed")
        except Unknown:
            person.doubt()
            return
        person.display = [name]

    async def forged(self, person: Person) -> None:
        """What another site would make this browser send: refused, and nothing happens."""
        browser = person.rng.choice(person.signed_in)
        await self._ask(
            person,
            browser,
            "POST",
            "/auth/logout",
            csrf=False,
            good=False,
            want=("403 csrf_failed",),
            kind="logout without a token",
        )

    async def list_sessions(self, person: Person) -> None:
        browser = person.rng.choice(person.signed_in)
        answer = await self._ask(person, browser, "GET", "/auth/sessions")
        listed, live = answer.json["sessions"], len(person.signed_in)
        sure = len([one for one in person.signed_in if not one.doubtful])
        self._journal.check(
            "the list of sessions is right",
            sure <= len(listed) <= live + person.orphans,
            f"{len(listed)} listed; {live} known, {sure} of them for sure, {person.orphans} lost",
            person.name,
        )
        if person.orphans and len(listed) > live:
            await self.end_others(person, browser)

    async def end_others(self, person: Person, browser: Browser | None = None) -> None:
        browser = browser or person.rng.choice(person.signed_in)
        if not await self.factors.recently_proven(person, browser, _RECENT):
            return
        try:
            answer = await self._ask(person, browser, "POST", "/auth/sessions/revoke-others")
        except Unknown:
            person.doubt()
            return
        self._dead.end_all(person, "revoked", answer, but=browser)

    async def change_password(self, person: Person) -> None:
        browser = person.rng.choice(person.signed_in)
        if person.has_factor and not await self.factors.stepped_up(person, browser, _RECENT):
            return
        new = person.fresh_password()
        try:
            answer = await self._ask(
                person,
                browser,
                "POST",
                "/auth/password/change",
                {"current_password": person.password, "new_password": new},
                event="password.changed",
            )
        except Unknown:
            person.passwords.append(new)
            person.doubt(opens=True)
            return
        person.passwords = [new]
        self._dead.end_all(person, "password.changed", answer, but=browser)

    # --- by mail

    async def ask_for_reset(self, person: Person) -> None:
        person.count_mail(RESET)
        try:
            await self._ask(person, None, "POST", "/auth/password/reset/request", {"email": person.email})
        except Unknown:
            person.rests_until = time.monotonic() + 12

    async def reset(self, person: Person) -> None:
        mail, new = person.newest(RESET), person.fresh_password()
        body = {"token": mail.token, "new_password": new}
        taken = await self._spend(person, mail, "/auth/password/reset/confirm", body, "password.reset")
        if taken is None:
            person.passwords.append(new)
            person.doubt()
        elif taken:
            person.passwords = [new]
            self._dead.end_all(person, "password.reset", taken)

    async def ask_for_address(self, person: Person) -> None:
        browser = person.rng.choice(person.signed_in)
        if not await self.factors.recently_proven(person, browser, _RECENT):
            return
        person.wanted_email = person.fresh_email()
        self._addresses[person.wanted_email] = person
        person.count_mail(CONFIRM)
        try:
            await self._ask(
                person,
                browser,
                "POST",
                "/auth/email/change",
                {"new_email": person.wanted_email},
                event="email.change_requested",
            )
        except Unknown:
            person.rests_until = time.monotonic() + 12

    async def move_address(self, person: Person) -> None:
        mail, wanted = person.newest(CONFIRM), person.wanted_email
        taken = await self._spend(person, mail, "/auth/email/change/confirm", {"token": mail.token}, "email.changed")
        person.wanted_email = None
        if taken is None:
            person.emails.append(wanted)
            person.doubt()
        elif taken:
            person.emails = [wanted]
            self._dead.end_all(person, "email.changed", taken)

    # --- away

    async def delete(self, person: Person) -> None:
        browser = person.rng.choice(person.signed_in)
        if not await self.factors.stepped_up(person, browser, _RECENT):
            return
        try:
            answer = await self._ask(person, browser, "DELETE", "/auth/me", event="user.deleted")
        except Unknown:
            person.deleted_maybe = True
            person.doubt()
            return
        self._dead.end_all(person, "user.deleted", answer)
        self._leave(person)

    def _leave(self, person: Person) -> None:
        person.stage = "gone"
        self._journal.note(person.name, "the account is gone")
