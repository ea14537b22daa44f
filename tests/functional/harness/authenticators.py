"""An authenticator app, as its owner holds it: pyotp, which knows nothing of this service."""

import time

import pyotp

from . import canaries

_LEAST_REST = 2.0  # seconds that a step must last when a code of it is given, so that the service sees the same one


def wait_for_rest(seconds: float, interval: int = 30) -> None:
    """Until the present time step lasts so long."""
    rest = interval - time.time() % interval
    if rest < seconds:
        time.sleep(rest + 0.01)


class Authenticator:
    """Made of the URI in a set-up's answer. A code works once, so each is of a later time step than the one before; when
    those of the window are used up, the service is made to forget them (`rest`) rather than to wait half a minute."""

    def __init__(self, setup: dict, server, user_id: str):
        canaries.note(setup["secret"])
        canaries.note(setup["provisioning_uri"])
        self.app = pyotp.parse_uri(setup["provisioning_uri"])
        self._server, self._user_id = server, user_id
        self._last_step = 0

    @property
    def step(self) -> int:
        """The present time step; waits where it is about to end."""
        wait_for_rest(_LEAST_REST, self.app.interval)
        return int(time.time()) // self.app.interval

    def code(self, offset: int = 0) -> str:
        """Of the time step so far from now, used or not."""
        step = self.step + offset
        self._last_step = max(self._last_step, step)
        return self.app.generate_otp(step)

    def fresh_code(self) -> str:
        """One that was not used and is accepted now: of the step before the present one or of that, for a service that
        learnt that this clock is behind takes none of the next."""
        now = self.step
        if self._last_step >= now:
            self.rest()
        self._last_step = max(self._last_step + 1, now - 1)
        return self.app.generate_otp(self._last_step)

    def wrong_code(self) -> str:
        """Of the right form, and of no step near now."""
        now = self.step
        near = {self.app.generate_otp(now + offset) for offset in range(-15, 16)}
        return next(code for code in map(self._form, range(1000)) if code not in near)

    def _form(self, number: int) -> str:
        return str(number).zfill(self.app.digits)

    def rest(self) -> None:
        """As if its last use were long ago, and its clock right."""
        self._server.execute(f"UPDATE totp_authenticators SET last_step = 0, drift = 0 WHERE user_id = '{self._user_id}'")
        self._last_step = 0
