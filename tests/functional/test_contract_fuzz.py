"""Whatever form of request the contract allows or forbids, the service answers as the contract says: schemathesis makes the
requests, from api/openapi.yaml alone, and the same ones each time."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings

from harness import contract
from harness.fuzzed import CALLERS, Caller
from harness.server import Server

EXAMPLES = 10  # of an operation and a caller, besides the examples of the contract and the edges of its schemas

config = schemathesis.Config.from_dict(
    {
        "generation": {"deterministic": True, "database": "none", "with-security-parameters": False},
        "phases": {"stateful": {"enabled": False}},
        "max-stream-events": 1,  # of those that never end; what they say is test_audit_stream.py's
    }
)
schema = schemathesis.openapi.from_dict(contract.DOCUMENT, config=config)


@pytest.fixture(scope="module")
def callers(backend, tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("fuzzed"), backend, {"PASSWORDLESS_SIGNUP": "true"}).start()
    made = {name: Caller(server, name) for name in CALLERS}
    yield made
    for caller in made.values():
        caller.close()
    server.stop()
    assert [line for line in server.log_lines() if line["level"] == "error"] == []


@pytest.mark.parametrize("caller", CALLERS)
@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
def test_answers_are_those_of_the_contract(case, caller, callers):
    if caller == "half-way" and "challenge" not in case.operation.definition.raw["x-access"]:
        pytest.skip("nobody, to this operation")
    callers[caller].ask(case)
