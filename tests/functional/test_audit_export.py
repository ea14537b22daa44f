"""`secureauth audit export`: the log in the words of those who collect events."""

import json
import re
import stat

import pytest

from harness.people import People, fresh_password
from harness.sealing import plant

FORMATS = ("jsonl", "ecs", "ocsf", "cef", "syslog")


@pytest.fixture(scope="module")
def story(server):
    people = People(server)
    account = people.verified()
    people.sign_in(account)
    people.login(account.email, fresh_password())
    return server, account


def export(server, *arguments: str) -> list[str]:
    result = server.command("audit", "export", *arguments)
    assert result.returncode == 0, result.stderr
    assert result.stderr == f"exported {len(result.stdout.splitlines())} entries\n"
    return result.stdout.splitlines()


def test_json_lines_are_the_rows(story):
    server, account = story
    lines = [json.loads(line) for line in export(server, "--subject", account.id)]
    rows = server.rows(
        "SELECT * FROM audit_logs WHERE subject_id = ? AND event <> 'audit.exported' ORDER BY at, id", account.id
    )
    assert [line["id"] for line in lines if line["event"] != "audit.exported"] == [row["id"] for row in rows]
    for line, row in zip(lines, rows):
        for name in ("event", "outcome", "actor_id", "subject_id", "session_id", "ip", "user_agent", "request_id"):
            assert line[name] == row[name], name
        assert line["details"] == json.loads(row["details"])


@pytest.mark.parametrize("form", FORMATS)
def test_each_format_has_every_entry_on_one_line(story, form):
    server, account = story
    lines = export(server, "--format", form, "--event", "login.*", "--subject", account.id)
    assert len(lines) == 2 and all("login." in line for line in lines)
    assert all(account.id in line for line in lines)
    if form in ("jsonl", "ecs", "ocsf"):
        assert all(isinstance(json.loads(line), dict) for line in lines)
    assert account.email not in "".join(lines)


def test_times_and_events_choose(story):
    server, _ = story
    assert export(server, "--from", "2100-01-01") == []
    assert export(server, "--to", "2000-01-01T00:00:00Z") == []
    events = {json.loads(line)["event"] for line in export(server, "--event", "login.failed", "--event", "user.*")}
    assert events and all(event == "login.failed" or event.startswith("user.") for event in events)


def test_an_export_is_recorded_before_it_begins(start_server):
    server = start_server()
    export(server, "--format", "ecs", "--event", "login.*", "--from", "2026-01-01")
    (row,) = server.rows("SELECT * FROM audit_logs WHERE event = 'audit.exported'")
    details = json.loads(row["details"])
    assert details["format"] == "ecs" and details["events"] == ["login.*"]
    assert details["from"] == "2026-01-01T00:00:00.000000Z" and row["user_agent"] == "command line"


def test_to_a_file_that_is_new_and_ones_own(start_server, tmp_path):
    server = start_server()
    People(server).login("unknown@example.test", fresh_password())
    file = tmp_path / "audit.ndjson"
    result = server.command("audit", "export", "--to-file", str(file))
    assert result.returncode == 0 and result.stderr == ""
    count = len(file.read_text().splitlines())
    assert result.stdout == f"exported {count} entries\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "login.failed" in [json.loads(line)["event"] for line in file.read_text().splitlines()]
    again = server.command("audit", "export", "--to-file", str(file))
    assert again.returncode == 1 and "is there already" in again.stderr
    other = tmp_path / "other.ndjson"
    answer = json.loads(server.command("--json", "audit", "export", "--to-file", str(other)).stdout)
    assert answer == {"exported": len(other.read_text().splitlines()), "file": str(other)}


def test_a_long_log_is_exported_whole_in_order(start_server):
    server = start_server()
    ids = plant(server, 2500)  # all of one instant: pages must not lose any
    lines = [json.loads(line)["id"] for line in export(server, "--event", "login.failed", "--to", "2026-11-28T12:00:01Z")]
    assert lines == sorted(ids)


@pytest.mark.parametrize(
    "arguments, code, why",
    [
        (("--format", "xml"), 2, "--format"),
        (("--from", "yesterday"), 2, "--from: it takes a time"),
        (("--event", "user.registred"), 2, "there is no event user.registred"),
        (("--event", "use*"), 2, "there is no event use*"),
        (("--subject", "me"), 2, "--subject: it must be a UUID"),
    ],
)
def test_what_makes_no_sense_is_refused(server, arguments, code, why):
    result = server.command("audit", "export", *arguments)
    assert result.returncode == code and why in result.stderr + result.stdout


def test_a_row_whose_time_is_none_ends_no_export(start_server):
    server = start_server()
    ids = plant(server, 3)
    bad_time = "infinity" if server.backend.name == "postgres" else "2026x"
    server.execute(f"UPDATE audit_logs SET at = '{bad_time}', details = '{{' WHERE id = '{max(ids)}'")
    for form in FORMATS:
        assert len(export(server, "--format", form, "--event", "login.failed", "--to", "9999-12-31")) >= 2, form


# ASVS 16.4.1, attack 32
@pytest.mark.parametrize("form", FORMATS)
def test_hostile_rows_stay_one_visible_line(start_server, form):
    server = start_server()
    plant(server, 1)
    server.execute(
        "UPDATE audit_logs SET user_agent = 'x\n\x1b[31m\u202e| a=b \"]', request_id = 'r\r\nCEF:0|' "
        "WHERE event = 'login.failed'"
    )
    (line,) = export(server, "--format", form, "--event", "login.failed")
    assert re.fullmatch(r"[^\x00-\x1f\x7f\u202e]+", line)
