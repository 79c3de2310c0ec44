"""Grafana's dashboards: well formed, in our own words, over metrics that exist (SPEC 13.4)."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.ground import BUILT_IN, DEPLOY, known_series, load, used_labels, used_series

BOARDS = sorted((DEPLOY / "grafana" / "dashboards").glob("*.json"))


def panels(path: Path) -> list[dict[str, Any]]:
    return list(json.loads(path.read_text())["panels"])


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)
def test_a_dashboard_is_whole(path: Path) -> None:
    board = json.loads(path.read_text())
    assert board["uid"] == path.stem and board["title"] and board["description"].endswith("?")
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24 and not cells & taken, f"{panel['title']} lies over another panel"
        taken |= cells
        assert (
            panel["datasource"]["uid"]
            == load(DEPLOY / "grafana/provisioning/datasources/prometheus.yml")["datasources"][0]["uid"]
        )
        refs = [target["refId"] for target in panel["targets"]]
        assert refs and len(set(refs)) == len(refs)


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)
def test_a_dashboard_asks_for_series_and_labels_that_exist(path: Path) -> None:
    known = known_series()
    for panel in panels(path):
        for target in panel["targets"]:
            used = used_series(target["expr"])
            assert used and used <= set(known) | BUILT_IN, f"{panel['title']}: {used - set(known)}"
            labels = set().union(*(known.get(name, {"job", "instance"}) for name in used))
            assert used_labels(target["expr"]) <= labels, panel["title"]
            assert set(re.findall(r"{{(\w+)}}", target["legendFormat"])) <= labels, panel["title"]


def test_every_metric_is_seen_on_some_dashboard() -> None:
    seen = {
        name for path in BOARDS for panel in panels(path) for target in panel["targets"] for name in used_series(target["expr"])
    }
    families = {re.sub("_(bucket|count|sum)$", "", name) for name in seen}
    wanted = {re.sub("_(bucket|count|sum)$", "", name) for name in known_series()}
    assert wanted <= families, f"on no dashboard: {wanted - families}"


def test_grafana_finds_the_dashboards() -> None:
    (provider,) = load(DEPLOY / "grafana/provisioning/dashboards/hotleads.yml")["providers"]
    mounts = load(DEPLOY / "compose.yaml")["services"]["grafana"]["volumes"]
    assert f"./grafana/dashboards:{provider['options']['path']}:ro" in mounts
    assert len(BOARDS) == 3
