"""Admins: they look at accounts and the log, disable and enable people, end their sessions."""

import asyncio
import random
import time

from .accounts import Accounts
from .attackers import with_app
from .caller import Caller, Unexpected, Unknown
from .factors import Factors
from .person import Browser, Person
from .site import Site
from .traffic import Traffic


class Staff:
    def __init__(self, caller: Caller, site: Site, traffic: Traffic, rng: random.Random):
        self._caller, self._ask = caller, caller.ask
        self._accounts: Accounts = traffic.accounts
        self._factors: Factors = traffic.factors
        self._site, self._traffic, self._rng = site, traffic, rng
        self.admin = Person(800_000, "10.249.0.1", random.Random(rng.random()))
        self._kept_away: list[Person] = []  # who may be disabled and is to be enabled again
        self._ended = False

    def end(self) -> None:
        self._ended = True

    async def hire(self) -> None:
        """Before faults begin."""
        admin = self.admin
        self._traffic.addresses[admin.email] = admin
        done = await asyncio.to_thread(
            lambda: self._site.group[0].command(
                "user",
                "create",
                admin.email,
                "--role",
                "admin",
                "--verified",
                "--keep-password",
                "--password-stdin",
                stdin=admin.password,
            )
        )
        assert done.returncode == 0, done.stderr
        admin.ids = [self._site.rows("SELECT id FROM users WHERE email = ?", admin.email)[0]["id"]]
        admin.stage = "active"
        await with_app(self._accounts, admin)

    async def work(self) -> None:
        while not self._ended:
            await asyncio.sleep(self._rng.uniform(0.5, 1.5))
            try:
                await self._one()
            except Unknown:
                pass
            except Unexpected:
                self.admin.doubt()

    async def _one(self) -> None:
        admin, now = self.admin, time.monotonic()
        if admin.rests_until > now:
            return
        if any(browser.doubtful for browser in admin.signed_in):
            await self._accounts.resolve(admin)
            return
        able = [one for one in admin.signed_in if now - one.factor_at < 200]
        if not able:
            if admin.signed_in:
                await self._factors.step_up(admin, admin.signed_in[-1])
            else:
                await self._accounts.sign_in(admin)
            return
        if self._kept_away:
            await self._enable(able[-1])
            return
        deed = self._rng.choice([self._look, self._look, self._disable_and_enable, self._end_sessions])
        await deed(able[-1])

    def _somebody(self) -> Person | None:
        free = [
            one
            for one in self._rng.sample(self._traffic.people, min(20, len(self._traffic.people)))
            if one.stage == "active" and one.id and one.certain and not one.busy and one.rests_until < time.monotonic()
        ]
        return free[0] if free else None

    async def _look(self, browser: Browser) -> None:
        await self._ask(self.admin, browser, "GET", "/admin/users?limit=50", event="users.listed")
        person = self._somebody()
        if person:
            await self._ask(
                self.admin, browser, "GET", f"/admin/users/{person.id}", kind="GET /admin/users/{id}", event="user.viewed"
            )
        await self._ask(self.admin, browser, "GET", "/admin/audit-logs?limit=50", event="audit.read")

    async def _disable_and_enable(self, browser: Browser) -> None:
        person = self._somebody()
        if person is None:
            return
        person.busy = True
        self._kept_away.append(person)
        if not await self._set_status(browser, person, "disabled"):
            return
        try:
            await self._ask(
                person,
                Browser(),
                "POST",
                "/auth/login",
                {"email": person.email, "password": person.password},
                csrf=False,
                good=False,
                want=("403 account_disabled",),
                kind="sign in while disabled",
                event="login.failed",
            )
        except Unknown:
            person.doubt(opens=True)  # it may be carried out when the account is enabled again

    async def _enable(self, browser: Browser) -> None:
        person = self._kept_away[0]
        if person.rests_until < time.monotonic() and await self._set_status(browser, person, "active"):
            self._kept_away.remove(person)
            person.busy = False

    async def _set_status(self, browser: Browser, person: Person, status: str) -> bool:
        changes = len(person.status) == 1 and person.status != [status]
        try:
            answer = await self._ask(
                self.admin,
                browser,
                "PATCH",
                f"/admin/users/{person.id}",
                {"status": status},
                kind="PATCH /admin/users/{id}",
                event="user.status_changed" if changes else None,
            )
        except Unknown:
            person.status = ["active", "disabled"]
            person.doubt()
            return False
        person.status = [status]
        if status == "disabled":
            self._caller.undertaker.end_all(person, "user.status_changed", answer)
        return True

    async def _end_sessions(self, browser: Browser) -> None:
        person = self._somebody()
        if person is None:
            return
        person.busy = True
        try:
            answer = await self._ask(
                self.admin,
                browser,
                "POST",
                f"/admin/users/{person.id}/revoke-sessions",
                kind="POST /admin/users/{id}/revoke-sessions",
                event="sessions.revoked",
            )
            self._caller.undertaker.end_all(person, "revoked by staff", answer)
        except Unknown:
            person.doubt()
        finally:
            person.busy = False
