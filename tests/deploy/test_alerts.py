"""Every alert fires and is over again, knows its runbook, and asks for metrics that exist (SPEC 13.4)."""

import re
import shutil
import subprocess

import pytest

from tests.deploy.ground import BUILT_IN, DEPLOY, ROOT, RULES, RUNBOOKS, alerts, known_series, load, used_labels, used_series

STORIES = sorted(RULES.parent.glob("*_test.yml"))
# SPEC 13.4, and in whose name each rule stands.
OF_THE_SPEC = {
    "DistributionSlow": "warning",
    "BillingFailures": "critical",
    "QueueDeep": "warning",
    "DeadLetters": "critical",
    "InboxSlow": "warning",
    "JobsFailing": "warning",
    "HealthDown": "critical",
    "ZeroAssignments": "warning",
    "SourceQuiet": "warning",
    "LedgerDrift": "critical",
}


def promtool(*words: str) -> str:
    """Run promtool beside the rules; ``make test`` installs it, and without it this fails."""
    found = shutil.which("promtool")
    assert found, "promtool is missing: `make test` installs Debian's package `prometheus`"
    done = subprocess.run([found, *words], cwd=RULES.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_rules_are_well_formed() -> None:
    assert f"SUCCESS: {len(alerts())} rules found" in promtool("check", "rules", RULES.name)


def test_each_alert_fires_and_is_over() -> None:
    assert promtool("test", "rules", *(path.name for path in STORIES)).count("SUCCESS") == len(STORIES) == 2


def test_no_alert_goes_untested() -> None:
    """In its tests each alert is seen firing, and later silent in the same story."""
    firing, over = set(), set()
    for story in (story for path in STORIES for story in load(path)["tests"]):
        seen: set[str] = set()
        for check in story["alert_rule_test"]:
            if check["exp_alerts"]:
                seen.add(check["alertname"])
            elif check["alertname"] in seen:
                over.add(check["alertname"])
        firing |= seen
    assert firing == over == {rule["alert"] for rule in alerts()}


def test_every_alert_of_the_spec_is_there() -> None:
    known = {rule["alert"]: rule["labels"]["severity"] for rule in alerts()}
    assert known.items() >= OF_THE_SPEC.items()
    times = {rule["alert"]: rule.get("for") for rule in alerts()}
    assert (times["DistributionSlow"], times["QueueDeep"], times["DeadLetters"]) == ("5m", "10m", "5m")
    assert (times["InboxSlow"], times["JobsFailing"], times["HealthDown"]) == ("5m", "10m", "2m")


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_a_rule_asks_for_series_and_labels_that_exist(rule: dict[str, str]) -> None:
    known = known_series()
    used = used_series(rule["expr"])
    assert used and used <= set(known) | BUILT_IN, f"unknown: {used - set(known)}"
    labels = set().union(*(known.get(name, {"job"}) for name in used))
    assert used_labels(rule["expr"]) <= labels


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_an_alert_has_a_runbook_that_names_it(rule: dict[str, dict[str, str]]) -> None:
    page = ROOT / rule["annotations"]["runbook_url"]
    assert page.parent == RUNBOOKS and page.is_file()
    text = page.read_text()
    assert f"**Alert** `{rule['alert']}` ({rule['labels']['severity']})" in text
    assert "**Over**" in text, "a runbook says how to know that it is over"
    own = [name for name in used_series(str(rule["expr"])) if name.startswith("hotleads_")] or ["up"]
    assert any(re.sub("_bucket$", "", name) in text for name in own), "a runbook names the figure behind its alert"


def test_every_runbook_belongs_to_an_alert_and_stands_in_the_list() -> None:
    linked = {rule["annotations"]["runbook_url"].rpartition("/")[2] for rule in alerts()}
    pages = {page.name for page in RUNBOOKS.glob("*.md")} - {"README.md"}
    assert pages == linked
    listed = (RUNBOOKS / "README.md").read_text()
    assert all(f"({page})" in listed for page in pages)
    assert all(f"`{rule['alert']}` | {rule['labels']['severity']} |" in listed for rule in alerts())


def test_runbooks_lead_only_to_pages_that_exist() -> None:
    for page in RUNBOOKS.glob("*.md"):
        for target in re.findall(r"\]\(([^)#]+\.(?:md|yml))\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_prometheus_reads_these_rules_and_asks_every_part() -> None:
    config = load(DEPLOY / "prometheus" / "prometheus.yml")
    assert config["rule_files"] == [RULES.name]
    jobs = {job["job_name"]: job for job in config["scrape_configs"]}
    services = load(DEPLOY / "compose.yaml")["services"]
    for name in ("hotleads-api", "hotleads-web"):
        ((target,),) = [part["targets"] for part in jobs[name]["static_configs"]]
        assert (
            target.split(":")[0] in services and jobs[name]["authorization"]["credentials_file"] == "/run/secrets/metrics_token"
        )
    (worker,) = jobs["hotleads-worker"]["dns_sd_configs"]
    assert worker["names"] == ["worker"] and str(worker["port"]) == services["worker"]["environment"]["HOTLEADS_METRICS_PORT"]
