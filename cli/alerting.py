"""Alertmanager's configuration from our settings: who is told, by which channels (SPEC 13.4)."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from cli.files import write
from core.kit.config import Settings
from core.kit.errors import Invalid

TITLE = "{{ .Status | toUpper }}: {{ .CommonAnnotations.summary }}"
TEXT = (
    "{{ range .Alerts }}{{ .Annotations.summary }}. {{ .Annotations.description }}"
    " What to do: {{ .Annotations.runbook_url }}\n{{ end }}"
)
PAGERDUTY_SEVERITY = "{{ if .CommonLabels.severity }}{{ .CommonLabels.severity }}{{ else }}warning{{ end }}"


def alertmanager_config(given: Settings) -> dict[str, Any]:
    """One receiver with every channel that is set; critical alerts are repeated every hour, warnings every four.

    Without a channel alerts are shown by Alertmanager and told to nobody. Raises ``Invalid`` for an address without ``SMTP_URL``.
    """
    return {
        "global": {"resolve_timeout": "5m"},
        "route": {
            "receiver": "operations",
            "group_by": ["alertname"],
            "group_wait": "30s",
            "group_interval": "5m",
            "repeat_interval": "4h",
            "routes": [
                {"receiver": "operations", "matchers": ['severity="critical"'], "group_wait": "10s", "repeat_interval": "1h"}
            ],
        },
        # A process that does not answer explains the slowness around it.
        "inhibit_rules": [
            {"source_matchers": ['alertname=~"InstanceDown|HealthDown"'], "target_matchers": ['severity="warning"'], "equal": []}
        ],
        "receivers": [{"name": "operations", **_channels(given)}],
    }


def write_alertmanager_config(given: Settings, out: Path | None) -> str:
    """The configuration as text, also written to ``out`` when it is named; JSON is YAML too."""
    text = json.dumps(alertmanager_config(given), indent=2) + "\n"
    if out is not None:
        write(out, text.encode())
    return text


def _channels(given: Settings) -> dict[str, Any]:
    channels: dict[str, Any] = {}
    if given.alert_email:
        channels["email_configs"] = [_email(given)]
    if given.alert_slack_url.get_secret_value():
        slack = {"api_url": given.alert_slack_url.get_secret_value(), "send_resolved": True, "title": TITLE, "text": TEXT}
        channels["slack_configs"] = [slack]
    if given.alert_pagerduty_key.get_secret_value():
        key = given.alert_pagerduty_key.get_secret_value()
        pager = {"routing_key": key, "send_resolved": True, "severity": PAGERDUTY_SEVERITY, "description": TITLE}
        channels["pagerduty_configs"] = [pager]
    return channels


def _email(given: Settings) -> dict[str, Any]:
    """By the same server as all other mail."""
    server = urlsplit(given.smtp_url)
    if not server.hostname:
        raise Invalid("alerting.smtp", "HOTLEADS_ALERT_EMAIL needs a mail server: set SMTP_URL, or leave the address empty.")
    implicit = server.scheme == "smtps"
    port = server.port or (465 if implicit else 587)
    mail: dict[str, Any] = {
        "to": given.alert_email,
        "from": given.mail_from,
        "smarthost": f"{server.hostname}:{port}",
        "require_tls": not implicit and parse_qs(server.query).get("starttls", ["0"])[0] in {"1", "true", "yes"},
        "send_resolved": True,
        "headers": {"Subject": TITLE},
    }
    if server.username:
        mail |= {"auth_username": unquote(server.username), "auth_password": unquote(server.password or "")}
    return mail
