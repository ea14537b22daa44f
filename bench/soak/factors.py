"""What people do with second factors: enrol, prove, step up, remove; and what they try a second time."""

import asyncio
import time

from harness.passkeys import Ceremony, Passkey

from .caller import Caller, Unknown
from .person import NEVER, App, Browser, Person
from .wire import Answer

_ONCE = "a code or challenge works once"
_SPENT = ("400 challenge_expired", "401 code_already_used", "401 mfa_failed", "401 unauthenticated", "403 csrf_failed")
_KEPT = "nothing acknowledged is lost"


class Factors:
    def __init__(self, caller: Caller, origin: str):
        self._ask, self._dead = caller.ask, caller.undertaker
        self._journal, self._instances = caller.journal, caller.wire.count
        self._origin = origin

    def settle(self, person: Person, told: dict) -> None:
        """What an answer to the right password says of the account's factors, against what the person knows."""
        methods = told["methods"] if told["mfa_required"] else []
        self._settle_app(person, "totp" in methods)
        self._settle_passkeys(person, "webauthn" in methods)
        self._settle_recovery(person)

    def _settle_app(self, person: Person, has: bool) -> None:
        sure = person.app is not None and not person.app_removed_maybe
        known = sure == has or (person.apps_maybe and not person.app) or (person.app and person.app_removed_maybe)
        self._journal.check(_KEPT, bool(known), f"an authenticator {'is' if has else 'is not'} asked for", person.name)
        if not has:
            person.app = None
        elif person.app is None and person.apps_maybe:
            person.app = person.apps_maybe[-1]
        person.apps_maybe, person.app_removed_maybe = [], False

    def _settle_passkeys(self, person: Person, has: bool) -> None:
        known = has == bool(person.passkeys) or person.passkeys_maybe or person.passkeys_removed_maybe
        self._journal.check(_KEPT, bool(known), f"a passkey {'is' if has else 'is not'} asked for", person.name)
        if not has:
            person.passkeys = []
            person.passkeys_maybe, person.passkeys_removed_maybe = [], []

    @staticmethod
    def _settle_recovery(person: Person) -> None:
        """Recovery codes go with the last factor."""
        if not person.has_factor:
            person.recovery, person.recovery_maybe = [], False

    # --- proofs

    async def answer_challenge(self, person: Person, browser: Browser, told: dict) -> None:
        challenge, methods = told["challenge_id"], told["methods"]
        if person.app and "totp" in methods and (code := person.app.code()):
            body, path = {"challenge_id": challenge, "code": code}, "/auth/mfa/totp/verify"
        elif person.recovery and not person.recovery_maybe and "recovery_code" in methods:
            body, path = {"challenge_id": challenge, "code": person.recovery.pop()}, "/auth/mfa/recovery/verify"
        elif person.passkeys and "webauthn" in methods and told.get("webauthn"):
            await self._finish(person, browser, "/auth/webauthn/login/finish", told["webauthn"], "login.succeeded")
            return
        else:
            return  # no code for the moment: the challenge runs out
        await self._prove(person, browser, path, body, "login.succeeded")

    async def _prove(self, person: Person, browser: Browser, path: str, body: dict, event: str) -> bool:
        """Sometimes on every instance at once."""
        race = person.rng.random() < 0.15
        places = list(range(self._instances)) if race else [None]
        outcomes = await asyncio.gather(
            *(
                self._ask(
                    person,
                    browser,
                    "POST",
                    path,
                    body,
                    event=event,
                    instance=place,
                    want=("200", *_SPENT) if race else ("200",),
                )
                for place in places
            ),
            return_exceptions=True,
        )
        if broken := [one for one in outcomes if isinstance(one, Exception) and not isinstance(one, Unknown)]:
            raise broken[0]
        taken = [one for one in outcomes if isinstance(one, Answer) and one.ok]
        self._journal.check(_ONCE, len(taken) <= 1, f"{path}: taken {len(taken)} times", person.name)
        if not taken or len(taken) < sum(isinstance(one, Unknown) for one in outcomes):
            person.doubt(opens=True)
            person.recovery_maybe |= "recovery" in path
        if not taken:
            self._journal.check(
                "of several at once one is taken",
                any(isinstance(one, Unknown) for one in outcomes),
                f"{path}: none was",
                person.name,
            )
            return False
        self._proven(person, browser, path)
        if person.rng.random() < 0.3:
            await self._again(person, path, body)
        return True

    async def _again(self, person: Person, path: str, body: dict) -> None:
        """The same by somebody who saw it, in another browser."""
        try:
            await self._ask(person, Browser(), "POST", path, body, good=False, kind=f"replay {path}", want=_SPENT)
            self._journal.checked[_ONCE] += 1
        except Unknown:
            pass

    def _proven(self, person: Person, browser: Browser, path: str) -> None:
        """A session that proved less than the account can is not fresh (src/sessions/assurance_policy.hpp)."""
        browser.doubtful = False
        strongest = "webauthn" in path or not person.passkeys
        browser.proven_at = browser.factor_at = time.monotonic() if strongest else NEVER
        if browser not in person.browsers:
            person.browsers.append(browser)

    @staticmethod
    def _weaken(person: Person) -> None:
        """A factor came: what was proven without it counts no more."""
        for browser in person.signed_in:
            browser.proven_at = browser.factor_at = NEVER

    async def recently_proven(self, person: Person, browser: Browser, seconds: float) -> bool:
        """Signed in or stepped up so lately, with whatever factors there are; else steps up."""
        if person.factors_in_doubt:
            return False
        if time.monotonic() - browser.proven_at < seconds:
            return True
        return await self.step_up(person, browser)

    async def stepped_up(self, person: Person, browser: Browser, seconds: float) -> bool:
        if person.factors_in_doubt:
            return False
        if time.monotonic() - browser.factor_at < seconds:
            return True
        return await self.step_up(person, browser)

    async def step_up(self, person: Person, browser: Browser | None = None) -> bool:
        """By the strongest factor that can be shown now; the session gets another id."""
        browser = browser or person.rng.choice(person.signed_in)
        if person.factors_in_doubt:
            return False  # the next sign-in tells
        if person.passkeys:
            return await self._step_up_with_passkey(person, browser)
        if person.app:
            code = person.app.code()
            return bool(code) and await self._prove(
                person, browser, "/auth/mfa/totp/verify", {"code": code}, "step_up.succeeded"
            )
        return await self._prove(person, browser, "/auth/step-up/password", {"password": person.password}, "step_up.succeeded")

    @staticmethod
    def _others(person: Person) -> dict:
        """Whether the other sessions end; unless it is said, they do."""
        return person.rng.choice([{}, {"end_other_sessions": True}, {"end_other_sessions": False}])

    def _end_others(self, person: Person, browser: Browser, asked: dict, why: str, answer: Answer) -> None:
        if asked.get("end_other_sessions", True):
            self._dead.end_all(person, why, answer, but=browser)

    # --- an authenticator app

    async def enrol_app(self, person: Person) -> None:
        browser = person.rng.choice(person.signed_in)
        if not await self.recently_proven(person, browser, 240):
            return
        try:
            answer = await self._ask(person, browser, "POST", "/auth/mfa/totp/setup", event="mfa.enrolment_started")
        except Unknown:
            person.doubt()
            return
        app = App(answer.json["provisioning_uri"])
        if not (code := app.code()):
            return
        others = self._others(person)
        try:
            done = await self._ask(
                person, browser, "POST", "/auth/mfa/totp/verify", {"code": code} | others, event="mfa.factor_added"
            )
        except Unknown:
            person.apps_maybe.append(app)
            person.doubt(opens=True)
            return
        person.app = app
        self._weaken(person)
        self._proven(person, browser, "totp")
        self._end_others(person, browser, others, "mfa.factor_added", done)

    async def remove_app(self, person: Person) -> None:
        browser = person.rng.choice(person.signed_in)
        if not await self.stepped_up(person, browser, 240):
            return
        others = self._others(person)
        try:
            done = await self._ask(person, browser, "POST", "/auth/mfa/totp/disable", others, event="mfa.factor_removed")
        except Unknown:
            person.app_removed_maybe = True
            person.doubt(opens=True)
            return
        person.app = None
        self._end_others(person, browser, others, "mfa.factor_removed", done)
        self._settle_recovery(person)

    async def make_recovery_codes(self, person: Person) -> None:
        browser = person.rng.choice(person.signed_in)
        if not await self.stepped_up(person, browser, 240):
            return
        try:
            answer = await self._ask(person, browser, "POST", "/auth/mfa/recovery-codes", event="mfa.recovery_codes_made")
        except Unknown:
            person.recovery_maybe = True
            person.doubt(opens=True)
            return
        person.recovery, person.recovery_maybe = answer.json["codes"], False
        self._dead.end_all(person, "mfa.recovery_codes_made", answer, but=browser)

    # --- passkeys

    async def enrol_passkey(self, person: Person) -> None:
        browser = person.rng.choice(person.signed_in)
        if not await self.recently_proven(person, browser, 240):
            return
        try:
            asked = (
                await self._ask(person, browser, "POST", "/auth/webauthn/register/start", event="mfa.enrolment_started")
            ).json
        except Unknown:
            person.doubt()
            return
        passkey = Passkey()
        others = self._others(person)
        body = {"challenge_id": asked["challenge_id"]} | passkey.make(asked["publicKey"], Ceremony(self._origin)) | others
        try:
            done = await self._ask(person, browser, "POST", "/auth/webauthn/register/finish", body, event="mfa.factor_added")
        except Unknown:
            person.passkeys_maybe.append(passkey)
            person.doubt(opens=True)
            return
        person.passkeys.append(passkey)
        self._weaken(person)
        self._proven(person, browser, "webauthn")
        self._end_others(person, browser, others, "mfa.factor_added", done)

    async def sign_in_with_passkey(self, person: Person, browser: Browser) -> None:
        try:
            asked = (await self._ask(person, browser, "POST", "/auth/webauthn/login/start", {}, csrf=False)).json
        except Unknown:
            return
        await self._finish(person, browser, "/auth/webauthn/login/finish", asked, "login.succeeded")

    async def _step_up_with_passkey(self, person: Person, browser: Browser) -> bool:
        try:
            asked = (await self._ask(person, browser, "POST", "/auth/step-up/webauthn/start")).json
        except Unknown:
            person.doubt()
            return False
        return await self._finish(person, browser, "/auth/step-up/webauthn/finish", asked, "step_up.succeeded")

    async def _finish(self, person: Person, browser: Browser, path: str, asked: dict, event: str) -> bool:
        passkey = person.rng.choice(person.passkeys)
        body = {"challenge_id": asked["challenge_id"]} | passkey.get(asked["publicKey"], Ceremony(self._origin))
        return await self._prove(person, browser, path, body, event)
