"""A real Prometheus beside two instances, with the rules and the dashboard of deploy/: it finds both, answers every query, and sees
Redis go and come back."""

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from harness.backend import PostgresBackend
from harness.client import Client
from harness.daemon import Daemon, wait_until
from harness.instances import Instances
from harness.people import People
from harness.ports import free_port

pytestmark = pytest.mark.servers
ROOT = Path(__file__).resolve().parents[2]
DASHBOARD = ROOT / "deploy" / "grafana" / "secureauth.json"
RULES = ROOT / "deploy" / "prometheus" / "secureauth-alerts.yml"
OF_THE_MACHINE = {"SecureAuthSessionChecksSlow"}  # one of few requests that took longer is more than a hundredth of them


class Prometheus(Daemon):
    """On loopback, with the rules of deploy/ and all that is timed in them some thirty times as fast."""

    def __init__(self, targets: list[str]):
        super().__init__("prometheus", "prometheus")
        self.port = free_port()
        self.write("secureauth-alerts.yml", re.sub(r"for: \d+[mh]", "for: 2s", RULES.read_text()))
        self._config = self.write(
            "prometheus.yml",
            json.dumps(
                {
                    "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
                    "rule_files": ["secureauth-alerts.yml"],
                    "scrape_configs": [{"job_name": "secureauth", "static_configs": [{"targets": targets}]}],
                }
            ),
        )

    def arguments(self) -> list:
        return [
            "prometheus",
            f"--config.file={self._config}",
            f"--storage.tsdb.path={self.folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--log.level=warn",
        ]

    def answers(self) -> bool:
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=5).status == 200
        except OSError:
            return False

    def ask(self, path: str, **parameters) -> dict:
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=20) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as refused:
            raise AssertionError(f"{parameters}: {refused.read()[:300]}") from None

    def query(self, expression: str) -> list[dict]:
        return self.ask("query", query=expression)["result"]

    def alerts(self, state: str) -> set[str]:
        return {alert["labels"]["alertname"] for alert in self.ask("alerts")["alerts"] if alert["state"] == state}


def dashboard_queries() -> list[str]:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    return [
        target["expr"].replace("$__rate_interval", "1m").replace("$instance", ".*")
        for panel in panels
        for target in panel.get("targets", [])
    ]


def test_prometheus_scrapes_two_instances_and_alerts(postgres, redis, tmp_path):
    ports = [free_port(), free_port()]
    instances = Instances(tmp_path, PostgresBackend(postgres, redis))
    for member, port in zip(instances, ports):
        member.settings["METRICS_LISTEN"] = f"127.0.0.1:{port}"
    prometheus = Prometheus([f"127.0.0.1:{port}" for port in ports])
    try:
        instances.start()
        prometheus.start()
        wait_until(lambda: len(prometheus.query('up{job="secureauth"} == 1')) == 2, "both are scraped")
        client, _ = People(instances[0]).signed_in()
        wait_until(
            lambda: client.get("/auth/me").status == 200
            and prometheus.query('sum(rate(secureauth_http_requests_total{route="/auth/me"}[1m])) > 0'),
            "requests are seen",
        )
        wait_until(lambda: len(prometheus.query("secureauth_schema_info")) == 2, "both have read the record store")

        def silent() -> list[str]:
            """Panels that show nothing, though there is something to show; all are answered."""
            answered = {query: prometheus.query(query) for query in dashboard_queries()}
            return [
                query for query, result in answered.items() if not result and "> 0" not in query and "receiver" not in query
            ]

        wait_until(lambda: silent() == [], "every panel shows something", pause=0.5)
        # One that began while the machine stood still ends by itself.
        wait_until(lambda: prometheus.alerts("firing") <= OF_THE_MACHINE, "no alert fires")
        redis.stop()
        wait_until(lambda: "SecureAuthRedisDown" in prometheus.alerts("firing"), "the alert fires", 60)
        assert Client(instances[1]).get("/health").status == 200
        redis.start()
        wait_until(lambda: "SecureAuthRedisDown" not in prometheus.alerts("firing"), "the alert ends", 60)
        instances[1].stop()
        wait_until(lambda: "SecureAuthDown" in prometheus.alerts("firing"), "who is gone is missed", 60)
    finally:
        prometheus.close()
        instances.stop()
