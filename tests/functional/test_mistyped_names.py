"""A mistyped setting in the environment, where nothing says which names are meant for the service."""

import pytest

from harness import process
from harness.process import PRODUCTION_SETTINGS, TEST_SETTINGS

TYPED = {"SESION_IDLE_TIMEOUT_SECONDS": "5"}
LINE = "SESION_IDLE_TIMEOUT_SECONDS in the environment is no setting; did you mean SESSION_IDLE_TIMEOUT_SECONDS?"


def test_config_check_warns_of_it(tmp_path):
    result = process.command("config", "check", settings=TEST_SETTINGS | TYPED, folder=tmp_path)
    assert result.returncode == 0 and result.stderr == f"secureauth: warning: {LINE}\n"


def test_an_ordinary_environment_warns_of_nothing(tmp_path):
    ordinary = {"HOSTNAME": "pod-1", "KUBERNETES_PORT": "tcp://10.0.0.1:443", "POSTGRES_PASSWORD": "x", "HTTP_PORT": "80"}
    result = process.command("config", "check", settings=TEST_SETTINGS | ordinary, folder=tmp_path)
    assert result.returncode == 0 and result.stderr == ""


def test_the_start_warns_of_it_in_the_log(start_server):
    server = start_server(**TYPED)
    line = server.wait_for_log(lambda line: "SESION_IDLE_TIMEOUT_SECONDS" in str(line))
    assert (line["level"], line["warning"]) == ("warning", LINE)


@pytest.mark.sqlite_only("a start that ends before there is a log, for want of a file")
def test_a_start_that_is_refused_warns_of_it_beside_the_reason(backend, tmp_path):
    settings = TEST_SETTINGS | PRODUCTION_SETTINGS | {"DATABSE_URL": "sqlite:/var/lib/secureauth/secureauth.db"}
    result = process.command("serve", settings=settings, folder=tmp_path)
    assert result.returncode == 1
    warning, reason = result.stderr.splitlines()
    assert "DATABSE_URL in the environment is no setting; did you mean DATABASE_URL?" in warning
    assert f"there is no database at {tmp_path}/data/secureauth.db" in reason
