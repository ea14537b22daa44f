"""Attack 5: somebody locks an account from a thousand addresses.

Required: the owner's known browser signs in, reset works, and nobody learns that the account exists. A hundred addresses
stand for the thousand here: ten of them use up the budget, and the rest find it used up."""

from harness.guesses import LOCKED, WRONG, guess
from harness.people import People, fresh_email, fresh_password

ADDRESSES = 100


def attacked(server, email: str) -> list:
    return [guess(server, email, address=f"198.51.{number}.7").refusal for number in range(ADDRESSES)]


# ASVS 6.1.1, 63B §3.2.2, attack 5
def test_the_owner_gets_in(start_server):
    server = start_server(TRUSTED_PROXIES="127.0.0.1", LOCKOUT_ADDRESS_THRESHOLD=10)
    people = People(server)
    client, account = people.signed_in()
    assert attacked(server, account.email) == [WRONG] * 10 + [LOCKED] * (ADDRESSES - 10)
    assert attacked(server, fresh_email()) == [WRONG] * 10 + [LOCKED] * (ADDRESSES - 10), "as if nobody had it"

    assert guess(server, account.email, account.password, address="203.0.113.1").refusal == LOCKED
    assert client.post("/auth/login", account.credentials).status == 200
    assert client.get("/auth/me").status == 200
    after = [guess(server, email, address="203.0.113.1").refusal for email in (account.email, fresh_email())]
    assert after == [LOCKED, WRONG], "the lock stays: that it opened would tell of an owner"


# ASVS 6.3.8, attack 5
def test_a_reset_opens_the_account_to_its_owner(start_server):
    server = start_server(TRUSTED_PROXIES="127.0.0.1", LOCKOUT_ADDRESS_THRESHOLD=10)
    people = People(server)
    account = people.verified()
    attacked(server, account.email)
    people.ask_for_reset(account.email)
    password = fresh_password()
    assert people.reset(people.reset_token(account.email), password).status == 200
    assert guess(server, account.email, password, address="203.0.113.1").status == 200
