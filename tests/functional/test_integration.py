"""Runs the GoogleTests of *_integration_test.cpp against servers of every kind that the service speaks to."""

import subprocess
from pathlib import Path

import pytest

from harness import process, tls
from harness.backend import BACKENDS
from harness.redis import Redis, RedisCluster, RedisSentinel

pytestmark = pytest.mark.servers


@pytest.mark.timeout(300)
def test_the_clients_against_real_servers(tmp_path):
    tests = Path(process.binary()).with_name("integration_tests")
    if not tests.is_file():
        pytest.skip(f"{tests} is not built")
    shared = BACKENDS["postgres"]
    authority = tls.Authority(tmp_path / "tls")
    with (
        RedisCluster(with_replicas=True) as cluster,
        RedisSentinel() as sentinel,
        Redis(certificate=authority.sign("localhost")) as secured,
    ):
        urls = {
            "SECUREAUTH_TEST_POSTGRES": shared.settings(tmp_path)["DATABASE_URL"],
            "SECUREAUTH_TEST_REDIS": shared.settings(tmp_path)["REDIS_URL"],
            "SECUREAUTH_TEST_REDIS_CLUSTER": cluster.url(),
            "SECUREAUTH_TEST_REDIS_SENTINEL": sentinel.url(),
            "SECUREAUTH_TEST_REDIS_TLS": secured.tls_url(),
            "SECUREAUTH_TEST_REDIS_TLS_CA": authority.certificate,
        }
        done = subprocess.run(
            [tests, "--gtest_brief=1"],
            env=process.environment(urls),
            cwd=tmp_path,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=280,
            check=False,
        )
    process.assert_no_sanitizer_report(done.stdout)
    assert done.returncode == 0, done.stdout[-8000:]
    assert "SKIPPED" not in done.stdout, done.stdout[-8000:]
