"""Learning from any table of past leads: what the columns are, which of them tell the answer, how good a model is."""

import json
from pathlib import Path

import numpy as np
import pytest

from cli import train as training
from core.kit.errors import Invalid
from ml import history, tracking
from ml.errors import TooFewRows, UnusableHistory
from ml.tabular import column_of
from tests.ml import lookalike

AFTERWARDS = ["Last Activity", "Tags", "Lead Quality", "Lead Profile", "Asymmetrique Activity Score", "Last Notable Activity"]


@pytest.fixture(scope="module")
def leads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("history") / "leads.csv"
    lookalike.write(file, rows=800)
    return file


@pytest.fixture(scope="module")
def whole(leads: Path) -> history.History:
    return history.read(leads, target="Converted")


def test_columns_are_what_their_values_show(whole: history.History) -> None:
    kinds = {name: column.kind for name, column in whole.table.items()}
    assert kinds["Prospect ID"] == kinds["Lead Number"] == "id"
    assert kinds["Magazine"] == "constant"
    assert kinds["TotalVisits"] == kinds["Do Not Email"] == "number"
    assert kinds["City"] == kinds["Tags"] == "category"


def test_a_choice_not_made_is_missing(whole: history.History) -> None:
    fields = whole.table["Specialization"]
    assert "Select" not in fields.values and 0.2 < fields.missing.mean() < 0.6


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["$1,200", "3400", "", "80"] * 30, "number"),
        (["2026-01-02", "2026-02-03T10:00:00Z", ""] * 40, "moment"),
        ([f"please call me about {n} leaking roofs soon" for n in range(200)], "text"),
        (["yes", "no", ""] * 40, "number"),
        ([f"{n:05d}-x" for n in range(200)], "id"),
        (["red", "green"] * 30, "category"),
    ],
)
def test_kinds(values: list[str], kind: str) -> None:
    assert column_of("given", values).kind == kind


def test_columns_written_afterwards_are_flagged_and_those_of_intake_are_not(whole: history.History) -> None:
    flagged = {leak.column for leak in history.leaks(whole, history.alone(whole))}
    assert flagged == set(AFTERWARDS)


def test_a_date_after_the_row_is_flagged(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    lines = ["came,visited,x,ok"]
    for n in range(300):
        day = n % 27 + 1
        lines.append(f"2026-01-{day:02d},2026-02-{rng.integers(1, 27):02d},{rng.random():.3f},{rng.integers(2)}")
    (tmp_path / "t.csv").write_text("\n".join(lines))
    read = history.read(tmp_path / "t.csv", target="ok", time="came")
    found = history.leaks(read, history.alone(read))
    assert [(leak.column, leak.reason) for leak in found] == [("visited", "later")]


def test_rows_alike_stay_in_one_fold(whole: history.History, leads: Path) -> None:
    read = history.read(leads, target="Converted", drop=AFTERWARDS)
    assert read.duplicates > 20
    row = {}
    used = [column for column in read.table.values() if column.usable]
    for n, group in enumerate(read.groups):
        facts = tuple(None if c.values[n] == "" and np.isnan(c.numbers[n]) else (c.values[n], str(c.numbers[n])) for c in used)
        assert row.setdefault(facts, group) == group


def test_learning_says_how_good_it_is_and_logs_the_run(leads: Path, tracking_home: Path) -> None:
    figures = training.train("quality", csv=leads, target="Converted", drop=AFTERWARDS, group=None, time=None)
    assert 0.8 < figures["auc"] < 0.95 and len(figures["auc_folds"]) == 5
    assert figures["average_precision"] > 0.6 and figures["brier"] < 0.17
    assert figures["calibration"]["error"] < 0.05 and 0.7 < figures["calibration"]["slope"] < 1.4
    assert figures["leaky_columns"] == []
    assert json.loads(training.as_json(figures))["run_id"] == figures["run_id"]
    with tracking.client() as tracker:
        run = tracker.get_run(figures["run_id"])
    assert run.info.status == "FINISHED" and run.data.metrics["auc"] == pytest.approx(figures["auc"])
    assert run.data.tags["data.sha256"] == tracking.hash_of(leads)
    assert "AUC" in training.told(figures)


def test_in_time_order_later_rows_are_tested_by_earlier_ones(tmp_path: Path, tracking_home: Path) -> None:
    rng = np.random.default_rng(3)
    lines = ["at,who,x,won"]
    for n in range(600):
        x = rng.normal()
        lines.append(f"{n},{n // 2},{x:.9f},{int(rng.random() < 1 / (1 + np.exp(-2 * x)))}")
    (tmp_path / "t.csv").write_text("\n".join(lines))
    figures = history.learn(tmp_path / "t.csv", target="won", group="who", time="at").as_json()
    assert figures["rows"] == 500  # the first part is only trained on, and no pair is cut in two
    assert figures["auc"] > 0.75 and set(figures["columns"]) == {"x"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n1,2\n", "no column named won"),
        ("a,a,won\n1,2,1\n", "same name"),
        ("a,won\n" + "1,maybe\n" * 200, "It also holds: maybe"),
        ("a,won\n" + "1,1\n2,0\n" * 10, "too few"),
    ],
)
def test_what_cant_be_learned_from_is_refused_in_words(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(UnusableHistory, match=words):
        history.read(tmp_path / "t.csv", target="won")


def test_a_file_that_is_absent_and_a_model_that_is_unknown_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableHistory, match="can't be read"):
        history.read(tmp_path / "none.csv", target="won")
    with pytest.raises(Invalid, match="no model named magic"):
        training.train("magic", csv=None, target=None, drop=[], group=None, time=None)
    assert issubclass(TooFewRows, UnusableHistory)
