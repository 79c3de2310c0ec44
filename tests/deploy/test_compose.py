"""The composition hangs together, as far as can be told without Docker: parts, settings, files, secrets."""

import re
import secrets
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict

from cli.main import app as commands
from core.kit.config import Settings
from tests.deploy.ground import DEPLOY, ROOT, load

COMPOSE = load(DEPLOY / "compose.yaml")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}


def test_every_part_is_there() -> None:
    assert set(SERVICES) == {
        *("proxy", "migrate", "api", "web", "worker", "mlflow", "mail", "postgres", "redis"),
        *("prometheus", "alerting", "alertmanager", "grafana"),
    }
    assert set(OURS) == {"migrate", "api", "web", "worker", "mlflow", "mail", "alerting"}


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_part_of_ours_starts_with_a_command_that_exists(name: str) -> None:
    program, *words = OURS[name]["command"]
    if program == "hotleads":
        assert words[0] in {command.name or command.callback.__name__ for command in commands.registered_commands}  # type: ignore[union-attr]
    else:
        assert program in {"gunicorn", "python"}
    if program == "gunicorn":
        assert words == ["--config", "python:intake_api.gunicorn_settings", "cli.wsgi:app"]
        assert (ROOT / "cli" / "wsgi.py").exists() and (ROOT / "intake_api" / "gunicorn_settings.py").exists()


@pytest.mark.parametrize("name", sorted(OURS))
def test_it_is_given_settings_that_exist(name: str) -> None:
    known = {field.alias for field in Settings.model_fields.values()} | {"PROMETHEUS_MULTIPROC_DIR"}
    given = OURS[name]["environment"]
    assert {key for key in given if not key.startswith("MLFLOW_")} <= known


def test_production_accepts_what_the_composition_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the variables of deploy/example.env filled in, the settings are valid and safe."""
    outside = dict.fromkeys(re.findall(r"\$\{(\w+):\?", (DEPLOY / "compose.yaml").read_text()), "x" * 40)
    outside["HOTLEADS_DOMAIN"] = "leads.example.com"
    for key, value in OURS["worker"]["environment"].items():
        filled = re.sub(r"\$\{(\w+)(?::?[-?]([^}]*))?\}", lambda found: outside.get(found[1], found[2] or ""), str(value))
        monkeypatch.setenv(key, filled)
    settings = Settings(_env_file=None)
    assert settings.env == "production" and settings.base_url == "https://leads.example.com" and not settings.demo
    assert settings.trusted_proxies == 1 and settings.metrics_port == 9464


def test_what_must_be_set_stands_in_the_example() -> None:
    required = set(re.findall(r"\$\{(\w+):\?", (DEPLOY / "compose.yaml").read_text()))
    example = (DEPLOY / "example.env").read_text()
    assert required == set(re.findall(r"(?m)^([A-Z_]+)=", example))
    for secret in ("HOTLEADS_SECRET_KEY", "HOTLEADS_METRICS_TOKEN", "POSTGRES_PASSWORD", "GRAFANA_PASSWORD"):
        assert f"\n{secret}=\n" in example, "no secret is shipped"


def test_a_secret_made_as_we_say_can_stand_in_an_address() -> None:
    """In base64 every other password has a slash, behind which the address would name another host."""
    for said in ((DEPLOY / "example.env").read_text(), (ROOT / "docs" / "deployment.md").read_text()):
        assert re.findall(r"openssl rand (-\w+) (\d+)", said) == [("-hex", "32")]
    secret = secrets.token_hex(32)
    address = OURS["api"]["environment"]["DATABASE_URL"].partition("${")[0] + secret + "@postgres:5432/hotleads"
    found = conninfo_to_dict(address)
    assert (found["password"], found["host"], found["dbname"]) == (secret, "postgres", "hotleads")


def test_files_volumes_networks_and_dependencies_exist() -> None:
    for name, service in SERVICES.items():
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            assert (DEPLOY / source).exists() if source.startswith("./") else source in COMPOSE["volumes"], f"{name}: {mount}"
        assert set(service.get("networks", [])) <= set(COMPOSE["networks"]), name
        waits = service.get("depends_on", {})
        assert set(waits) <= set(SERVICES), name
        for other, until in waits.items() if isinstance(waits, dict) else ():
            assert until["condition"] != "service_healthy" or "healthcheck" in SERVICES[other], f"{name} waits for {other}"
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"]), name


def test_only_the_proxy_faces_the_world() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert set(published) == {"proxy", "prometheus", "grafana"}
    assert all(port.startswith("127.0.0.1:") for name in ("prometheus", "grafana") for port in published[name])
    assert COMPOSE["networks"]["inner"]["internal"]
    assert all(SERVICES[name]["networks"] == ["inner"] for name in ("postgres", "redis"))


def test_our_parts_run_with_nothing_to_spare() -> None:
    for name, service in OURS.items():
        assert service["cap_drop"] == ["ALL"] and service["security_opt"] == ["no-new-privileges:true"], name
    image = (DEPLOY / "Dockerfile").read_text()
    stages = image.split("\nFROM ")
    assert "USER hotleads" in stages[-1] and stages[-1].index("USER hotleads") < stages[-1].index("CMD [")
    assert "uv sync --frozen --no-dev" in image and len(stages) == 4
    assert "uv" not in re.findall(r"COPY --from=(\S+)", stages[-1])


def test_the_image_holds_every_package_and_nothing_secret() -> None:
    image, allowed = (DEPLOY / "Dockerfile").read_text(), (ROOT / ".dockerignore").read_text().split()
    for package in ("cli", "core", "dashboard", "demo", "intake_api", "jobs", "ml"):
        assert f"COPY {package} {package}\n" in image and f"!{package}" in allowed
    assert allowed[0] == "*" and "!.env" not in allowed and "!tests" not in allowed


@pytest.mark.parametrize("name", [name for name, service in sorted(SERVICES.items()) if name not in OURS])
def test_images_of_others_are_pinned(name: str) -> None:
    tag = SERVICES[name]["image"].rpartition(":")[2]
    assert re.search(r"\d", tag), f"{name} takes whatever is newest"
