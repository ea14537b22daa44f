"""Attack 44, SIGKILL 100 times: what was acknowledged is there afterwards, and nothing is half done. Five times stand for a
hundred, for the suite's time. The rest of the attack is in test_44_store_gone.py and test_sqlite_file.py (disk full);
"clock ±1 h" needs one that can be set: AClockThatIsSetBack…, AClockThatIsSetForward… in sessions_test.cpp and
password_reset_test.cpp, and pace_table_test.cpp."""

import http.client
import threading

from harness.client import Client
from harness.people import People, fresh_email, fresh_password, token_of

ROUNDS, WRITERS, ENOUGH = 5, 3, 6


class Writer(threading.Thread):
    """Registers until the service is gone; remembers what was acknowledged."""

    def __init__(self, server, progress):
        super().__init__(daemon=True)
        self.client = Client(server)
        self.progress = progress
        self.acknowledged = []

    def run(self):
        while True:
            email, password = fresh_email("crash"), fresh_password()
            try:
                reply = self.client.post("/auth/register", {"email": email, "password": password})
            except (OSError, http.client.HTTPException):
                return
            assert reply.status == 200
            self.acknowledged.append((email, password))
            self.progress.release()


def test_nothing_acknowledged_is_lost(start_server):
    server = start_server()
    survivors = []
    for _ in range(ROUNDS):
        progress = threading.Semaphore(0)
        writers = [Writer(server, progress) for _ in range(WRITERS)]
        for writer in writers:
            writer.start()
        for _ in range(ENOUGH):
            assert progress.acquire(timeout=20)
        server.kill9()
        for writer in writers:
            writer.join(20)
            assert not writer.is_alive()
        server.start()
        acknowledged = [pair for writer in writers for pair in writer.acknowledged]
        assert len(acknowledged) >= ENOUGH
        _all_can_be_verified(server, acknowledged)
        survivors.append(acknowledged[0])
    people = People(server)
    assert {people.login(email, password).status for email, password in survivors} == {200}
    server.backend.assert_sound(server.folder)


def _all_can_be_verified(server, acknowledged):
    people = People(server)
    messages = people.browser().get("/dev/mailbox/messages").json["messages"]
    tokens = {message["to"]: token_of(message) for message in messages}
    for email, _ in acknowledged:
        assert email in tokens, "its mail is lost"
        assert people.verify(tokens[email]).status == 200, "its registration is lost"


def test_a_session_survives_a_crash(start_server):
    server = start_server()
    client, _ = People(server).signed_in()
    before = client.get("/auth/me").json
    server.kill9()
    server.start()
    assert client.get("/auth/me").json == before
    line = client.cookies.header()
    assert client.post("/auth/logout", csrf=True).status == 200
    server.kill9()
    server.start()
    assert client.get("/auth/me", cookies=line).status == 401, "an ended session stays ended"
