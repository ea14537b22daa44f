"""Recovery codes, as their owner gives them."""

MAKE, VERIFY = "/auth/mfa/recovery-codes", "/auth/mfa/recovery/verify"


def give(people, account, code, **members):
    """A sign-in with the password and this code, in a browser of its own: (the answer, the browser)."""
    client, challenge = people.challenge(account)
    return client.post(VERIFY, {"challenge_id": challenge, "code": code} | members, csrf=True), client


def refusal(people, account, code):
    return give(people, account, code)[0].refusal


def crossed(selector: str, rest: str) -> str:
    """The selector of one code, its first three characters, with the secret part of another."""
    return selector[:3] + rest[3:]
