"""Who is told of an alert follows from the settings (SPEC 13.4)."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.alerting import alertmanager_config
from cli.main import app
from core.kit import config
from core.kit.config import Settings
from core.kit.errors import Invalid


def receiver(**given: str) -> dict[str, list[dict[str, object]]]:
    (one,) = alertmanager_config(Settings(_env_file=None, **given))["receivers"]
    return dict(one)


def test_without_a_channel_nobody_is_told_and_the_configuration_holds() -> None:
    assert receiver() == {"name": "operations"}


def test_each_channel_stands_when_it_is_set() -> None:
    told = receiver(
        HOTLEADS_ALERT_EMAIL="operations@example.com",
        SMTP_URL="smtp://alarm%40example.com:p%40ss@smtp.example.com:587?starttls=1",
        HOTLEADS_ALERT_SLACK_URL="https://hooks.slack.example/services/T0",
        HOTLEADS_ALERT_PAGERDUTY_KEY="k" * 32,
    )
    (mail,), (slack,), (pager,) = told["email_configs"], told["slack_configs"], told["pagerduty_configs"]
    assert (mail["to"], mail["smarthost"], mail["require_tls"]) == ("operations@example.com", "smtp.example.com:587", True)
    assert (mail["auth_username"], mail["auth_password"]) == ("alarm@example.com", "p@ss")
    assert slack["api_url"] == "https://hooks.slack.example/services/T0" and "runbook_url" in str(slack["text"])
    assert pager["routing_key"] == "k" * 32
    assert all(channel["send_resolved"] for channel in (mail, slack, pager))


def test_an_unencrypted_catcher_and_an_encrypted_port() -> None:
    catcher = receiver(HOTLEADS_ALERT_EMAIL="operations@example.com", SMTP_URL="smtp://mail:1025")["email_configs"][0]
    sealed = receiver(HOTLEADS_ALERT_EMAIL="operations@example.com", SMTP_URL="smtps://smtp.example.com")["email_configs"][0]
    assert (catcher["smarthost"], catcher["require_tls"]) == ("mail:1025", False) and "auth_username" not in catcher
    assert (sealed["smarthost"], sealed["require_tls"]) == ("smtp.example.com:465", False)


def test_an_address_without_a_mail_server_is_refused_in_words() -> None:
    with pytest.raises(Invalid, match="needs a mail server: set SMTP_URL"):
        receiver(HOTLEADS_ALERT_EMAIL="operations@example.com", SMTP_URL="")


def test_critical_alerts_are_repeated_sooner() -> None:
    route = alertmanager_config(Settings(_env_file=None))["route"]
    assert route["repeat_interval"] == "4h" and route["routes"][0]["repeat_interval"] == "1h"
    assert route["routes"][0]["matchers"] == ['severity="critical"']


def test_the_command_writes_what_alertmanager_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLEADS_ALERT_SLACK_URL", "https://hooks.slack.example/services/T1")
    config.settings.cache_clear()
    out = tmp_path / "alertmanager.json"
    done = CliRunner().invoke(app, ["alerting", "--out", str(out)])
    shown = CliRunner().invoke(app, ["alerting"])
    config.settings.cache_clear()
    assert done.exit_code == 0 and "hooks.slack" not in done.output
    assert json.loads(out.read_text()) == json.loads(shown.output)
    assert json.loads(out.read_text())["receivers"][0]["slack_configs"][0]["api_url"].endswith("/T1")
