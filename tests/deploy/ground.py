"""Where the files of a deployment are, and every metric that the code knows."""

import re
from pathlib import Path
from typing import Any

import yaml

from core.kit import metrics

ROOT = Path(__file__).parent.parent.parent
DEPLOY = ROOT / "deploy"
RULES = DEPLOY / "prometheus" / "alerts.yml"
RUNBOOKS = ROOT / "docs" / "runbooks"
# Prometheus's own.
BUILT_IN = {"up"}


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def alerts() -> list[dict[str, Any]]:
    return [rule for group in load(RULES)["groups"] for rule in group["rules"]]


def known_series() -> dict[str, set[str]]:
    """Every series that ``/metrics`` can show, with the labels it has."""
    known = {gauge.name: set(gauge.labels) for gauge in metrics.STATE}
    for collector in vars(metrics).values():
        names = getattr(collector, "_labelnames", None)
        for family in collector.describe() if names is not None else ():
            if family.type == "histogram":
                known |= {
                    f"{family.name}_bucket": {*names, "le"},
                    f"{family.name}_count": set(names),
                    f"{family.name}_sum": set(names),
                }
            else:
                known[family.name + ("_total" if family.type == "counter" else "")] = set(names)
    assert len(known) > 20
    return known


def used_series(expression: str) -> set[str]:
    """The names of series in a PromQL expression."""
    return set(re.findall(r"\b(?:hotleads_\w+|up(?=[{\s]))", expression))


def used_labels(expression: str) -> set[str]:
    """Labels that an expression groups or selects by."""
    grouped = re.findall(r"\bby\s*\(([^)]*)\)", expression)
    selected = re.findall(r"[{,]\s*(\w+)\s*(?:=~|!~|!=|=)", expression)
    return {name.strip() for names in grouped for name in names.split(",") if name.strip()} | set(selected)
