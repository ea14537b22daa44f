"""What deploy/ has for Prometheus and Grafana is sound; what it asks for is there: test_metrics.py and test_prometheus.py."""

import json
import re
import subprocess

import yaml

from tree import ROOT

PROMETHEUS = ROOT / "deploy" / "prometheus"
RULES = PROMETHEUS / "secureauth-alerts.yml"
DASHBOARD = ROOT / "deploy" / "grafana" / "secureauth.json"


def promtool(*arguments: str) -> None:
    done = subprocess.run(["promtool", *arguments], cwd=PROMETHEUS, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def alerts() -> set[str]:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return {rule["alert"] for group in groups for rule in group["rules"] if "alert" in rule}


def test_prometheus_takes_configuration_and_rules():
    promtool("check", "config", "prometheus.yml")
    promtool("check", "rules", RULES.name)


def test_every_alert_is_raised_by_what_it_is_for():
    promtool("test", "rules", "secureauth-alerts.test.yml")
    tests = yaml.safe_load((PROMETHEUS / "secureauth-alerts.test.yml").read_text())["tests"]
    raised = {one["alertname"] for test in tests for one in test["alert_rule_test"] if one["exp_alerts"]}
    assert raised == alerts()


def test_every_alert_says_what_to_do():
    operations = (ROOT / "docs" / "operations.md").read_text()
    assert set(re.findall(r"^\| `(SecureAuth\w+)` \|", operations, re.MULTILINE)) == alerts()


def test_the_dashboard_is_one_that_grafana_imports():
    board = json.loads(DASHBOARD.read_text())
    assert board["uid"] == "secureauth" and board["schemaVersion"] >= 36 and board["title"]
    assert [one["name"] for one in board["templating"]["list"]] == ["datasource", "instance"]
    panels = board["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= 24 and not cells & taken, panel["title"]
        taken |= cells
        assert panel["type"] == "row" or panel["targets"], panel["title"]
        for target in panel.get("targets", []):
            assert target["expr"] and target["refId"] and target["datasource"]["uid"] == "${datasource}"
            assert "$instance" in target["expr"], target["expr"]


def test_every_limit_and_method_is_a_label_of_its_own():
    metrics = (ROOT / "src/telemetry/metrics.cpp").read_text()
    limits = set(re.findall(r'string_view k\w+ = "([a-z-]+)"', (ROOT / "src/protection/rate_limits.hpp").read_text())) | {
        "default"
    }
    listed = re.search(r'rate_limited\(\s*\{"limit",\s*\{(.*?)\}\}\)', metrics, re.DOTALL)
    assert len(limits) > 1 and limits | {"other"} == set(re.findall(r'"([a-z-]+)"', listed[1]))
    factors = re.search(r"enum class Factor \{(.*?)\}", (ROOT / "src/accounts/user.hpp").read_text(), re.DOTALL)
    methods = re.search(r"kMethods\{(.*?)\}", metrics, re.DOTALL)
    assert set(re.findall(r"\w+", factors[1])) | {"other"} == set(re.findall(r'"(\w+)"', methods[1]))


def test_every_reason_of_an_ended_session_is_a_label_of_its_own():
    row = next(
        line for line in (ROOT / "docs" / "audit.md").read_text().splitlines() if line.startswith("| `session.ended` |")
    )
    reasons = set(re.findall(r"`([a-z_.]+)`", row.split("`reason`:")[1]))
    listed = re.search(
        r'sessions_ended\(\s*\{"reason",\s*\{(.*?)\}\}\)', (ROOT / "src/telemetry/metrics.cpp").read_text(), re.DOTALL
    )
    assert reasons and reasons <= set(re.findall(r'"([a-z_.]+)"', listed[1])), "else it counts as other"
