"""Last by name: looks back on the whole run."""

from pathlib import Path

import pytest

from harness import canaries, contract


# ASVS 16.2.5, attack 42
def test_no_secret_of_the_suite_is_in_a_log(server):
    server.wait_for_log(lambda line: True)
    canaries.note_log(server.stdout() + server.log())
    secrets, logs = canaries.counted()
    assert secrets > 0 and logs > 0
    assert canaries.found_in_logs() == []


def test_every_operation_of_the_contract_was_answered(request):
    files = {item.path for item in request.session.items}
    if request.config.getoption("--backend-only") or files != set(Path(__file__).parent.rglob("test_*.py")):
        pytest.skip("only a part of the suite was run")
    answered = {operation for operation, status in contract.seen() if status in (200, 303)}
    assert answered == {operation["operationId"] for _, _, operation in contract.operations()}
