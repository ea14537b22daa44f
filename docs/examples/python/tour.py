"""python3 tour.py http://localhost:8000 ada@example.org: signs up, in and out, against a service in development."""

import base64
import hmac
import re
import struct
import sys
import time

from secureauth import Client, Problem
from token_check import check_token

PASSWORD = "correct horse battery"


def mailed_token(client: Client, email: str) -> str:
    """Of the newest mail; the development mailbox stands in for the inbox."""
    for _ in range(50):
        for mail in client.call("GET", "/dev/mailbox/messages")["messages"]:
            if mail["to"] == email and (found := re.search(r"#token=([\w-]+)", mail["text"])):
                return found.group(1)
        time.sleep(0.1)
    raise TimeoutError("no mail came")


def totp(secret: str, steps_ahead: int = 0) -> str:
    """The code that an authenticator app shows now (RFC 6238)."""
    counter = struct.pack(">Q", int(time.time()) // 30 + steps_ahead)
    mac = hmac.digest(base64.b32decode(secret), counter, "sha1")
    number = int.from_bytes(mac[mac[-1] & 15 :][:4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def show_me(client: Client) -> None:
    me = client.call("GET", "/auth/me")
    print(f"signed in: aal {me['aal']} by {' '.join(me['amr'])}")


site, email = sys.argv[1:]
client = Client(site)

client.call("POST", "/auth/register", {"email": email, "password": PASSWORD})
client.call("POST", "/auth/verify-email", {"token": mailed_token(client, email)})
print("verified")

try:
    client.call("POST", "/auth/login", {"email": email, "password": "not the password"})
except Problem as problem:
    print(f"refused: {problem.status} {problem.code}")

client.call("POST", "/auth/login", {"email": email, "password": PASSWORD})
show_me(client)

secret = client.call("POST", "/auth/mfa/totp/setup")["secret"]
client.call("POST", "/auth/mfa/totp/verify", {"code": totp(secret)})
show_me(client)

half = client.call("POST", "/auth/login", {"email": email, "password": PASSWORD})
print(f"second factor due: {half['methods'][0]}")
# A code works once: this is the next one, which a clock that is a little ahead would show.
client.call("POST", "/auth/mfa/totp/verify", {"challenge_id": half["challenge_id"], "code": totp(secret, 1)})
show_me(client)

token = client.call("POST", "/auth/token", {"audience": "api"})["token"]
claims = check_token(token, client.call("GET", "/.well-known/jwks.json"), issuer=site, audience="api")
print(f"token: aal {claims['aal']} by {' '.join(claims['amr'])}")

client.cookies["csrf_token"] = "of another time"  # call() fetches a good one
client.call("POST", "/auth/logout")
try:
    client.call("GET", "/auth/me")  # the same answer when a session was idle for too long: sign in again
except Problem as problem:
    print(f"refused: {problem.status} {problem.code}")
