"""Figures in README and docs are those of the code: limits, settings, alerts. (Measurements stand in performance and models.)"""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli import doctor
from core.markets import upload as outlines
from core.ops.registry import REGISTRY
from core.pricing import rule as price
from core.sourcing.connectors import feed
from core.sourcing.connectors.files import brought_file
from core.sourcing.connectors.line import wire
from core.sourcing.connectors.site import sitemap
from core.sourcing.dedupe import weights
from intake_api.public import source_calls
from tests.docs.written import ROOT

MB, KB = 1024 * 1024, 1024
RUNBOOKS = sorted(path for path in (ROOT / "docs" / "runbooks").glob("*.md") if path.name != "README.md")
RULES = {
    rule["alert"]: rule
    for group in yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]
}
WORDS = {"one": 1, "two": 2, "five": 5, "half": 0.5}


def setting(key: str) -> int:
    return REGISTRY[key].default


# A page, its words around the figure, and where the figure comes from.
FIGURES: tuple[tuple[str, str, float], ...] = (
    ("docs/bad-leads.md", r"once, within (\d+) days", setting("claim_appeal_days")),
    ("docs/bad-leads.md", r"(\d+) hours after the report", setting("claim_hours")),
    ("docs/bad-leads.md", r"same person within (\d+) days", setting("duplicate_window_days")),
    ("docs/tutorials/company.md", r"the lead within (\d+) days", setting("claim_days")),
    ("docs/runbooks/dead-letters.md", r"older than (\d+) days", setting("dead_letter_days")),
    ("docs/how-to/hear-what-became-of-mail.md", r"in (\d+) days \(two settings", setting("soft_bounce_days")),
    ("docs/how-to/back-up-and-restore.md", r"more than (\d+) hours", doctor.OLDEST_BACKUP_H),
    ("docs/duplicates.md", r"more than (\d+) rows", weights.BLOCK),
    ("docs/how-to/connect-a-source.md", r"read up to (\d+) MB", wire.LARGEST_ANSWER / MB),
    ("docs/how-to/connect-a-source.md", r"a feed to (\d+) MB", feed.LARGEST / MB),
    ("docs/how-to/connect-a-source.md", r"a sitemap to (\d+) MB", sitemap.LARGEST / MB),
    ("docs/how-to/connect-a-source.md", r"MB and ([\d,]+) addresses", sitemap.MOST_URLS),
    ("docs/how-to/connect-a-source.md", r"a call to us to (\d+) KB", source_calls.LARGEST_BODY / KB),
    ("docs/how-to/connect-a-source.md", r"a file to (\d+) MB", brought_file.LARGEST / MB),
    ("docs/how-to/connect-a-source.md", r"MB and ([\d,]+) rows", brought_file.MOST_ROWS),
    ("docs/how-to/add-a-market.md", r"at most ([\d,]+) km²", outlines.AREA_KM2[1]),
    ("docs/how-to/add-a-market.md", r"km², ([\d,]+) points", outlines.MOST_POINTS),
    ("docs/explanations/pricing.md", r"quality \| (\d+) %", 100 * price.QUALITY_SWING),
    ("docs/explanations/pricing.md", r"freshness \| (\d+) %", 100 * price.FRESHNESS_SWING),
    ("docs/explanations/pricing.md", r"demand \| (\d+) %", 100 * price.DEMAND_SWING),
    ("docs/explanations/pricing.md", r"season \| (\d+) %", 100 * price.SEASON_SWING),
    ("docs/explanations/pricing.md", r"gone after (\d+) hours", price.HALF_LIFE_H),
)


@pytest.mark.parametrize(("page", "words", "value"), FIGURES, ids=[f"{page}: {words}" for page, words, _ in FIGURES])
def test_a_figure_is_the_code_s(page: str, words: str, value: float) -> None:
    said = re.findall(words, " ".join((ROOT / page).read_text().split()))
    assert [float(figure.replace(",", "")) for figure in said] == [pytest.approx(value)]


def seconds(rule: dict[str, Any]) -> int:
    told = str(rule.get("for", "0s"))
    return int(told[:-1]) * {"s": 1, "m": 60, "h": 3600}[told[-1]]


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda path: path.stem)
def test_a_runbook_says_what_its_alert_waits_for(path: Path) -> None:
    """Name and severity of the rule, how long it waits where the sentence says so, and every threshold of the sentence."""
    head = " ".join(path.read_text().split("\n\n")[1].split())
    found = re.match(r"\*\*Alert\*\* `(\w+)` \((\w+)\): (.*)", head)
    assert found, head
    name, severity, sentence = found.groups()
    rule = RULES[name]
    assert rule["labels"]["severity"] == severity
    waits = re.search(r"for (\d+) minutes", sentence)
    assert waits is None or int(waits[1]) * 60 == seconds(rule)
    for figure in re.findall(r"(?:more than|above|latest|over) (\d+|one|two|five)\b", sentence):
        wanted = WORDS.get(figure) or float(figure)
        share = wanted / 100 if f"{figure} %" in sentence else wanted
        known = {float(number) for number in re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])", str(rule["expr"]))}
        assert share in known or wanted in known, f"{figure} is not in {rule['expr']}"


def test_the_public_form_is_as_light_as_readme_says() -> None:
    """README's figure is the bound that tests/intake_api/test_pages.py holds the form to."""
    (said,) = re.findall(r"under (\d+) KB", (ROOT / "README.md").read_text())
    assert f"< {int(said)}_000" in (ROOT / "tests" / "intake_api" / "test_pages.py").read_text()


def test_the_pictures_are_small() -> None:
    assert sum(path.stat().st_size for path in (ROOT / "docs" / "pictures").iterdir()) < 1.5 * MB
