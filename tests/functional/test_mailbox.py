"""The mailbox of development: what was mailed, for the developer's eyes only."""


def test_messages_come_newest_first_and_complete(people):
    first, second = people.register(), people.register()
    people.mails(first.email, count=1)
    people.mails(second.email, count=1)
    messages = people.browser().get("/dev/mailbox/messages").json["messages"]
    order = [message["to"] for message in messages]
    assert order.index(second.email) < order.index(first.email)
    times = [message["sent_at"] for message in messages]
    assert times == sorted(times, reverse=True)
    assert all(message["subject"] and message["text"] and message["html"] for message in messages)


def test_ids_differ(people):
    people.register()
    people.register()
    ids = [message["id"] for message in people.browser().get("/dev/mailbox/messages").json["messages"]]
    assert len(set(ids)) == len(ids)


def test_the_page_carries_no_message_itself(people, client):
    """Its script fetches them: mail text never meets the HTML parser of the page (ASVS 3.2.2)."""
    account = people.register(name="<img src=x onerror=alert(1)>")
    people.mails(account.email, count=1)
    page = client.get("/dev/mailbox").body.decode()
    assert "onerror" not in page and account.email not in page


def test_a_subject_is_one_line(people):
    account = people.register(name="A name")
    (mail,) = people.mails(account.email, count=1)
    assert mail["subject"].isprintable()
    assert mail["to"] == account.email
