"""A password that somebody else chose, or that attackers have, is good for nothing but to be replaced."""

from harness.people import fresh_email, fresh_password


def made_by_somebody_else(server) -> tuple[str, str]:
    email, password = fresh_email(), fresh_password()
    made = server.command("user", "create", email, "--verified", "--password-stdin", stdin=password + "\n")
    assert made.returncode == 0, made.stderr
    return email, password


def reset(people, email: str) -> str:
    password, client = fresh_password(), people.browser()
    assert client.post("/auth/password/reset/request", {"email": email}).status == 200
    token = people.reset_token(email)
    assert client.post("/auth/password/reset/confirm", {"token": token, "new_password": password}).status == 200
    return password


# ASVS 6.4.1
def test_the_password_of_who_made_the_account_opens_nothing(server, people):
    email, password = made_by_somebody_else(server)
    assert people.login(email, password).refusal == (403, "password_change_required")
    assert people.login(email, fresh_password()).refusal == (401, "invalid_credentials"), "said after the right one only"
    own = reset(people, email)
    assert people.login(email, own).status == 200
    assert people.login(email, password).status == 401


# ASVS 6.2.10, 6.4.6
def test_a_flagged_account_only_gets_to_reset(server, people):
    client, account = people.signed_in()
    assert server.command("user", "demand-password-change", account.email).returncode == 0
    assert client.get("/auth/me").status == 401, "its sessions are over"
    assert people.login(account.email, account.password).refusal == (403, "password_change_required")
    own = reset(people, account.email)
    assert people.login(account.email, own).status == 200


# ASVS 6.2.10, 6.2.4
def test_a_password_that_came_to_be_known_opens_nothing(start_server, tmp_path):
    """The list grew after the account was made."""
    from harness.people import People

    listed = tmp_path / "listed.txt"
    listed.write_text("")
    server = start_server(PASSWORD_BLACKLIST_FILE=str(listed))
    people = People(server)
    old, account = people.signed_in()
    listed.write_text(account.password + "\n")
    server.restart()
    assert old.get("/auth/me").status == 200
    for _ in range(2):
        assert people.login(account.email, account.password).refusal == (403, "password_change_required")
    assert old.get("/auth/me").status == 401, "its sessions are over"
    told = [mail for mail in people.mails(account.email) if mail["subject"] == "Your password is known: set a new one"]
    assert len(told) == 1
    body = {"current_password": account.password, "new_password": fresh_password()}
    assert old.post("/auth/password/change", body, csrf=True).status == 401
    own = reset(people, account.email)
    assert people.login(account.email, own).status == 200
