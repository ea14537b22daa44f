"""deploy/, Dockerfile and docker-compose.yml, as far as reading them can tell; deploy/docker/prove runs them."""

import ipaddress
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from tree import ROOT

BINARY = ROOT / "build/release/secureauth"
DEPLOY = ROOT / "deploy"
KUBERNETES_VERSION = "1.30"
TOOLS = Path(sys.executable).parent


def run(*command, **options) -> subprocess.CompletedProcess:
    return subprocess.run([str(one) for one in command], capture_output=True, text=True, check=False, **options)


def known_settings() -> set[str]:
    example = run(BINARY, "config", "example").stdout
    names = set(re.findall(r"^# ([A-Z][A-Z0-9_]+)=", example, re.MULTILINE))
    assert len(names) > 80
    return names


def unknown_settings(names) -> set[str]:
    known = known_settings()
    return {name for name in names if name not in known and name.removesuffix("_FILE") not in known}


def compose() -> dict:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def manifests() -> dict[str, dict]:
    return {
        f"{one['kind']}/{one['metadata']['name']}": one
        for path in (DEPLOY / "kubernetes").glob("*.yaml")
        if path.name != "kustomization.yaml"
        for one in yaml.safe_load_all(path.read_text())
    }


# --- the image


@pytest.mark.parametrize(
    "name", ["Dockerfile", *(f"deploy/docker/stand-ins/{one}.Dockerfile" for one in ("postgres", "redis", "mailhog"))]
)
def test_dockerfiles_are_linted(name):
    result = run(TOOLS / "hadolint", ROOT / name)
    assert result.returncode == 0, result.stdout
    bad = run(TOOLS / "hadolint", "-", input="FROM debian\nRUN cd /x && sudo ls\n")
    assert bad.returncode != 0


def image() -> dict[str, list[str]]:
    """Instructions of the last stage."""
    text = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text())
    last = re.split(r"^FROM ", text, flags=re.MULTILINE)[-1]
    found: dict[str, list[str]] = {"FROM": [last.splitlines()[0]]}
    for word, rest in re.findall(r"^([A-Z]+) +(.*)$", last, re.MULTILINE):
        found.setdefault(word, []).append(rest)
    return found


# ASVS 13.3.1, 15.2.3
def test_the_image_is_nothing_but_the_program():
    stage = image()
    assert stage["FROM"] == ["scratch"]
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", stage["USER"][0]), "a number, for Kubernetes' runAsNonRoot"
    assert json.loads(stage["ENTRYPOINT"][0]) == ["/usr/bin/secureauth"] and stage["STOPSIGNAL"] == ["SIGTERM"]
    check = json.loads(stage["HEALTHCHECK"][0].partition("CMD ")[2])
    assert check == ["/usr/bin/secureauth", "healthcheck"], "there is no shell to run it"
    assert "RUN" not in stage
    before = (ROOT / "Dockerfile").read_text().partition("FROM scratch")[0]
    assert re.findall(r"^FROM (\S+) AS", before, re.MULTILINE) == ["${BASE_IMAGE}"], "what may be named by its digest"
    names = re.findall(r"([A-Z_]+)=", " ".join(stage["ENV"]))
    assert unknown_settings(names) == set() and not any(re.search("KEY|SECRET|PASSWORD", name) for name in names)


def test_the_context_has_what_the_build_copies_and_no_secret():
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    taken = [line[1:] for line in lines if line.startswith("!")]
    assert lines[1] == "*" and all(any(ROOT.glob(name)) for name in taken), taken
    listed = run("git", "ls-files", *taken, cwd=ROOT).stdout.split()
    for name in (
        "scripts/setup",
        "cmake/npm/package-lock.json",
        "deploy/docker/image-root",
        "deploy/debian/copyright",
        "CMakePresets.json",
    ):
        assert name in listed, name
    assert not any(Path(name).name.startswith(".env") or "secrets/" in name for name in listed)


# --- compose


def test_compose_takes_the_file(tmp_path):
    # As a user would have it; compose reads `.env` beside the file, and there may be one of the developer's here.
    (tmp_path / "none").touch()
    result = run(
        "docker-compose", "--env-file", tmp_path / "none", "-f", ROOT / "docker-compose.yml", "config", "--quiet", cwd=tmp_path
    )
    assert result.returncode == 0, result.stderr
    (tmp_path / "bad.yml").write_text('version: "3.8"\nservices: {a: {image: b, healthchek: {}}}\n')
    assert run("docker-compose", "-f", tmp_path / "bad.yml", "config", "--quiet", cwd=tmp_path).returncode != 0


def test_compose_names_settings_and_secrets_that_there_are(tmp_path):
    document = compose()
    settings = document["x-passed"] | document["x-service"]["environment"]
    assert unknown_settings(settings) == set()
    assert unknown_settings({"PUBLIK_URL", "SECRET_KEY_FILE"}) == {"PUBLIK_URL"}
    made = run(DEPLOY / "docker/make-secrets", tmp_path / "made")
    assert made.returncode == 0, made.stderr
    there = {path.name for path in (tmp_path / "made").iterdir() if path.is_file()}
    keys = {f"/run/secrets/keys/{path.name}" for path in (tmp_path / "made/keys").iterdir()}
    assert there == {Path(one["file"]).name for one in document["secrets"].values()} == set(document["secrets"])
    for name, service in document["services"].items():
        own = service.get("environment", {})
        mounted = {f"/run/secrets/{one}" for one in service.get("secrets", ())}
        named = {value for value in own.values() if str(value).startswith("/run/secrets/")}
        named |= {word for word in service.get("command", ()) if word.startswith("/run/secrets/")}
        # A folder: compose mounts the very file that was there, and would show nothing that is put beside it or in its place.
        has_keys = "./deploy/docker/secrets/keys:/run/secrets/keys:ro" in service.get("volumes", ())
        assert named == mounted | (keys if has_keys else set()), name
        assert not any(
            re.search("PASSWORD$|SECRET$|_KEY$", key) and value for key, value in own.items()
        ), "a secret in the environment"


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.rglob("*") if path.is_file()}


def effective(tmp_path, *arguments, env=None, lines=()) -> subprocess.CompletedProcess:
    """What compose makes of the file, with these lines in `.env`."""
    (tmp_path / "env").write_text("".join(f"{line}\n" for line in lines))
    files = ("--env-file", tmp_path / "env", "-f", ROOT / "docker-compose.yml", *arguments)
    return run("docker-compose", *files, "config", cwd=tmp_path, env={"PATH": os.environ["PATH"]} | (env or {}))


def test_every_setting_of_dotenv_reaches_the_service(tmp_path):
    said = set(compose()["x-passed"]) | set(compose()["x-service"]["environment"])
    said = {name.removesuffix("_FILE") if name not in known_settings() else name for name in said} - {"<<"}
    beside = {name for name in known_settings() if re.search("_(NEXT|OLD)$", name)}  # lie beside a key's file
    by_the_image = {"LISTEN_ADDRESS", "PORT"}
    without_meaning = {"KEY_UNWRAP_COMMAND", "LISTEN_REUSE_PORT"}  # no program in the image, no second process
    assert known_settings() - said == beside | by_the_image | without_meaning
    assert by_the_image <= set(re.findall(r"([A-Z_]+)=", image()["ENV"][0]))
    passed = {
        "RATE_LIMIT_LOGIN": "3/60",
        "METRICS_LISTEN": "0.0.0.0:9464",
        "TOKEN_AUDIENCES": "reports",
        "LOG_LEVEL": "warning",
    }
    whole = effective(tmp_path, lines=[f"{name}={value}" for name, value in passed.items()])
    assert whole.returncode == 0, whole.stderr
    for name in ("api", "migrate", "grants"):
        own = yaml.safe_load(whole.stdout)["services"][name]["environment"]
        assert {key: own[key] for key in passed} == passed, name
        assert own["RATE_LIMIT_RESET"] is None, "what `.env` does not say stays the service's own default"


# ASVS 13.3.1, 13.3.2
def test_made_secrets_are_kept_and_kept_from_others(tmp_path):
    folder = tmp_path / "made"
    assert run(DEPLOY / "docker/make-secrets", folder).returncode == 0
    first = contents(folder)
    assert folder.stat().st_mode & 0o777 == 0o700 and (folder / "keys").stat().st_mode & 0o777 == 0o755
    (folder / "redis_conf").unlink()
    assert run(DEPLOY / "docker/make-secrets", folder).returncode == 0
    assert contents(folder) == first
    keys = [value for value in first.values() if re.fullmatch(r"[0-9a-f]{64}", value)]
    assert len(keys) == len(set(keys)) == 8
    assert first["service_password"] in first["database_url"] and first["owner_password"] in first["owner_database_url"]
    settings = {
        f"{Path(name).name.upper()}_FILE": str(folder / name)
        for name in ("database_url", "redis_url", "keys/secret_key", "keys/csrf_secret", "keys/audit_key")
    }
    checked = run(BINARY, "config", "check", cwd=tmp_path, env=settings)
    assert checked.returncode == 0, checked.stderr


def test_compose_starts_in_order_and_bounds_what_it_starts():
    document = compose()
    services = document["services"]
    assert services["api"]["depends_on"]["grants"]["condition"] == "service_completed_successfully"
    assert services["grants"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert services["api"]["init"] is False
    for name, service in services.items():
        for other, how in service.get("depends_on", {}).items():
            assert (
                how["condition"] != "service_healthy" or "healthcheck" in services[other]
            ), f"{name} waits for {other}'s health"
        assert "no-new-privileges:true" in service["security_opt"], name
        assert service["logging"]["options"]["max-size"], name
        for port in service.get("ports", ()):
            outside = re.sub(r"\$\{\w+:-(\w+)\}", r"\1", port).split(":")
            assert outside[0] == "127.0.0.1" and int(outside[1]) >= 1024, f"{name}: {port}"
        if name not in ("migrate", "grants"):
            limits = service["deploy"]["resources"]["limits"]
            assert limits["cpus"] and limits["memory"] and service["restart"] == "unless-stopped", name
    assert services["api"]["read_only"] and services["api"]["cap_drop"] == ["ALL"]
    assert document["networks"]["inside"]["internal"] and services["db"]["networks"] == services["redis"]["networks"] == [
        "inside"
    ]
    assert services["db"]["image"].endswith(":-postgres:15-bookworm}") and services["redis"]["image"].endswith(
        ":-redis:7-bookworm}"
    )
    assert services["mailhog"]["ports"] == ["127.0.0.1:8025:8025"]


# ASVS 13.2.2: who serves is not who owns the schema
def test_compose_shows_the_owner_to_migrations_alone():
    services = compose()["services"]
    holders = {
        name for name, one in services.items() if any(re.search("owner|postgres", secret) for secret in one.get("secrets", ()))
    }
    assert holders == {"migrate", "grants", "db"}
    assert services["grants"]["command"] == ["migrate", "grants", "secureauth_service"]
    roles = (DEPLOY / "docker/init-roles.sh").read_text()
    assert "CREATE DATABASE secureauth OWNER secureauth " in roles and "CREATE ROLE secureauth_service LOGIN" in roles
    assert "SUPERUSER" not in roles


# ASVS 13.4.1
def test_a_production_of_compose_says_what_it_must_and_shows_no_mail(tmp_path):
    said = {
        "PUBLIC_URL": "https://auth.example.test",
        "TRUSTED_PROXIES": "10.231.17.1",
        "SMTP_HOST": "smtp.example.test",
        "SMTP_FROM_EMAIL": "noreply@example.test",
    }
    production = ("-f", DEPLOY / "docker/production.yml")
    whole = effective(tmp_path, *production, env=said)
    assert whole.returncode == 0, whole.stderr
    services = yaml.safe_load(whole.stdout)["services"]
    own = services["api"]["environment"]
    assert unknown_settings(own) == set()
    assert (own["ENVIRONMENT"], own["SMTP_TLS"], own["SMTP_HOST"]) == ("production", "starttls", "smtp.example.test")
    assert "mailhog" not in services or services["mailhog"]["profiles"] == ["development"]
    for name in said:
        less = effective(tmp_path, *production, env={key: value for key, value in said.items() if key != name})
        assert less.returncode != 0, f"{name} may be left out"
    [outside] = compose()["networks"]["outside"]["ipam"]["config"]
    subnet = ipaddress.ip_network(re.search(r":-(.*)}", outside["subnet"])[1])
    assert f"TRUSTED_PROXIES={next(subnet.hosts())}\n" in (ROOT / "docs/deployment.md").read_text()


# --- Kubernetes


def test_kubernetes_takes_the_manifests():
    assert {one["kind"] for one in manifests().values()} >= {
        "Deployment",
        "HorizontalPodAutoscaler",
        "PodDisruptionBudget",
        "NetworkPolicy",
        "Service",
        "Job",
        "ConfigMap",
    }
    for one in manifests().values():
        kubernetes_validate.validate(one, KUBERNETES_VERSION, strict=True)
    broken = json.loads(json.dumps(manifests()["Deployment/secureauth"]))
    broken["spec"]["template"]["spec"]["containers"][0]["readinesProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, KUBERNETES_VERSION, strict=True)
    listed = yaml.safe_load((DEPLOY / "kubernetes/kustomization.yaml").read_text())["resources"]
    assert sorted(listed) == sorted(
        path.name for path in (DEPLOY / "kubernetes").glob("*.yaml") if path.name != "kustomization.yaml"
    )


# ASVS 13.2.2, 15.2.5
def test_pods_are_restricted_and_found():
    every = manifests()
    assert unknown_settings(every["ConfigMap/secureauth"]["data"]) == set()
    deployment = every["Deployment/secureauth"]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    for selector in (
        deployment["spec"]["selector"]["matchLabels"],
        every["Service/secureauth"]["spec"]["selector"],
        every["PodDisruptionBudget/secureauth"]["spec"]["selector"]["matchLabels"],
        every["NetworkPolicy/secureauth"]["spec"]["podSelector"]["matchLabels"],
    ):
        assert selector.items() <= labels.items()
    assert every["HorizontalPodAutoscaler/secureauth"]["spec"]["scaleTargetRef"]["name"] == deployment["metadata"]["name"]
    assert "replicas" not in deployment["spec"], "the autoscaler's"
    for name in ("Deployment/secureauth", "Job/secureauth-migrate"):
        pod = every[name]["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault"
        assert f"{pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}" == image()["USER"][0]
        assert pod["automountServiceAccountToken"] is False
        for container in pod["containers"] + pod.get("initContainers", []):
            context = container["securityContext"]
            assert (
                context["readOnlyRootFilesystem"]
                and not context["allowPrivilegeEscalation"]
                and context["capabilities"] == {"drop": ["ALL"]}
            )
            assert container["resources"]["limits"].keys() >= {"cpu", "memory"}
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    assert {"startupProbe", "readinessProbe", "livenessProbe"} <= container.keys()
    mounted = {one["mountPath"] for one in container["volumeMounts"]}
    files = {value for key, value in every["ConfigMap/secureauth"]["data"].items() if key.endswith("_FILE")}
    assert {os.path.dirname(path) for path in files} <= mounted
    # The schema's owner is shown to the migration alone.
    volumes = {one["name"]: one for one in deployment["spec"]["template"]["spec"]["volumes"]}
    job = every["Job/secureauth-migrate"]["spec"]["template"]["spec"]
    sources = job["volumes"][0]["projected"]["sources"]
    assert [one["secret"]["name"] for one in sources] == [volumes["secrets"]["secret"]["secretName"], "secureauth-owner"]
    # Whole folders: what is put beside a key while it is rotated is seen, and a file of a `subPath` would never change.
    assert "items" not in volumes["secrets"]["secret"] and volumes["authorities"]["configMap"]["optional"]
    assert not any("subPath" in one for one in container["volumeMounts"])
    told = set(re.findall(r"`((?:secrets|owner)/\w+)`", (DEPLOY / "kubernetes/README.md").read_text()))
    named = {f"secrets/{os.path.basename(path)}" for path in files}
    assert told == named | {"secrets/token_key", "owner/database_url_owner"}


# ASVS 13.2.2
def test_pods_are_granted_what_they_need_before_they_start():
    job = manifests()["Job/secureauth-migrate"]["spec"]["template"]["spec"]
    [migrate], [grants] = job["initContainers"], job["containers"]
    assert migrate["args"] == ["migrate", "upgrade"] and grants["args"] == ["migrate", "grants", "secureauth_service"]
    owner = {"name": "DATABASE_URL_FILE", "value": "/run/secrets/secureauth/database_url_owner"}
    assert migrate["env"] == grants["env"] == [owner] and migrate["image"] == grants["image"]
    assert "CREATE ROLE secureauth_service LOGIN" in (DEPLOY / "kubernetes/README.md").read_text()


# ASVS 4.1.3: whom a deployment believes about clients is said by who deploys it
def test_the_placeholder_for_proxies_starts_nothing(tmp_path):
    placeholder = manifests()["ConfigMap/secureauth"]["data"]["TRUSTED_PROXIES"]
    refused = run(BINARY, "config", "check", cwd=tmp_path, env={"TRUSTED_PROXIES": placeholder})
    assert refused.returncode == 78 and "TRUSTED_PROXIES" in refused.stderr


# ASVS 13.4.1
def test_the_image_means_production():
    stage = image()
    assert "ENVIRONMENT=production" in stage["ENV"][0] and "DATABASE_URL" not in stage["ENV"][0]
    [data], [own] = stage["VOLUME"], stage["WORKDIR"]
    assert not own.startswith(data), "a `.env` would be read where the service may write"
    assert re.search(r"^WorkingDirectory=(.*)$", (DEPLOY / "systemd/secureauth.service").read_text(), re.MULTILINE)[1] == own
