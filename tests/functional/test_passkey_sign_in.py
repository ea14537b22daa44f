"""Signing in with a passkey and no password (WebAuthn Level 3 §7.2)."""

from harness.passkey_flows import try_login
from harness.passkeys import Passkey


# ASVS 6.3.3, 63B §2.2.2
def test_a_passkey_signs_in_by_itself(people):
    account = people.with_passkey(Passkey())[1]
    client = people.browser()
    reply = try_login(client, account.passkey)
    assert reply.status == 200, reply
    me = client.get("/auth/me").json
    assert (me["id"], me["aal"], me["amr"], me["webauthn_enabled"]) == (account.id, 2, ["hwk", "user", "mfa"], True)
