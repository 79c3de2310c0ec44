"""Tables as people really have them: what can be read is learned from, what can't is said; two processes say what one says."""

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from cli import train as training
from ml import history
from ml.errors import UnusableHistory
from ml.measures import finite, psi
from ml.tabular import Encoder
from tests.ml import shapes


def test_what_a_column_tells_by_itself_is_told(tmp_path: Path) -> None:
    shape = shapes.SHAPES["insurance"]
    shape.write(tmp_path / "t.csv", rows=400)
    read = history.read(tmp_path / "t.csv", target=shape.target)
    told = {each.column: each for each in history.alone(read)}
    assert set(told) == {"agent", "zip", "premium", "age", "channel", "insured"}  # neither the reference nor the constant
    assert 0.1 < told["premium"].missing < 0.5 and told["premium"].missing_auc > 0.53 and told["age"].missing == 0
    assert history.leaks(read, list(told.values())) == []


def test_two_processes_say_what_one_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    learn = import_module("ml.history.learn")  # the package has a verb of the same name
    shapes.roofing(tmp_path / "t.csv", rows=300)
    read = history.read(tmp_path / "t.csv", target="sold")
    rows = np.arange(300)
    folds = [(rows[:200], rows[200:])]
    alone, _ = learn.judged(read, folds, 0)
    monkeypatch.setattr(learn, "TWO_PROCESSES", 1)
    both, _ = learn.judged(read, folds, 0)
    assert np.isnan(alone[:200]).all() and np.array_equal(alone[200:], both[200:])


def test_columns_without_a_name_have_one_and_what_is_no_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(",,won\n" + "".join(f"{n % 7},{n % 5},{n % 2}\n" for n in range(120)))
    assert set(history.read(tmp_path / "t.csv", target="won").table) == {"column 1", "column 2"}
    (tmp_path / "long.csv").write_text('a,won\n"' + "x" * 200_000 + '",1\n')
    with pytest.raises(UnusableHistory, match="can't be read as a table"):
        history.read(tmp_path / "long.csv", target="won")


def test_suspects_are_warned_of_with_what_to_type() -> None:
    leaks = [{"text": "Tags by itself tells the answer nearly always.", "auc": 0.97}]
    lines = training.warned({"leaks": leaks, "leaky_columns": ["Tags", "Lead Quality"]})
    assert lines[0].startswith("LEAK?  Tags") and lines[1].endswith('--drop "Tags" --drop "Lead Quality"')
    assert training.warned({"leaks": [], "leaky_columns": []}) == []


def _written(file: Path, header: str, rows: list[str], *, encoding: str = "utf-8") -> Path:
    file.write_text("\n".join([header, *rows]) + "\n", encoding=encoding)
    return file


@pytest.mark.parametrize(
    ("header", "rows", "asked", "words"),
    [
        ("flag,won", [f"{'yes' if n % 2 else 'no'},{int(n % 3 == 0)}" for n in range(300)], {}, "alike in every column stay"),
        ("a,region,won", [f"{n * 7},{'NSE'[n % 3]},{n % 2}" for n in range(300)], {"group": "region"}, "have the same region"),
        ("a,won", [f"{n % 97},{int(n < 150)}" for n in range(300)], {"group": "won"}, "have the same won"),
        ("a,day,won", [f"{n % 97},{n},{int(n > 150)}" for n in range(300)], {"time": "day"}, "Leave out --time"),
    ],
)
def test_parts_that_tell_nothing_are_refused_in_words(
    header: str, rows: list[str], asked: dict[str, str], words: str, tmp_path: Path
) -> None:
    with pytest.raises(UnusableHistory, match=words):
        history.learn(_written(tmp_path / "t.csv", header, rows), target="won", **asked)  # type: ignore[arg-type]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_tables_are_read_as_spreadsheets_save_them(encoding: str, tmp_path: Path) -> None:
    file = _written(tmp_path / "t.csv", "größe;Ort;Preis;won", [f"{n},5;{'é' if n % 2 else 'è'};1.{n % 9}50,75;{n % 2}"
                                                                 for n in range(120)], encoding=encoding)  # fmt: skip
    table = history.read(file, target="won").table
    assert list(table["größe"].numbers[:3]) == [0.5, 1.5, 2.5] and table["Preis"].numbers[1] == 1150.75
    assert set(table["Ort"].values) == {"é", "è"}


def test_a_comma_before_three_digits_parts_thousands(tmp_path: Path) -> None:
    file = _written(tmp_path / "t.csv", "a;won", [f"{n % 7 + 1},{n:03d};{n % 2}" for n in range(120)])
    assert history.read(file, target="won").table["a"].numbers[3] == 4003


def test_dates_are_held_against_dates_alone(tmp_path: Path) -> None:
    rows = [f"{n % 7},{n},19{60 + n % 40}-03-04,{n % 2}" for n in range(120)]
    read = history.read(_written(tmp_path / "t.csv", "a,place in line,born,won", rows), target="won", time="place in line")
    assert "later" not in {leak.reason for leak in history.leaks(read, history.alone(read))}


def test_a_column_with_the_name_of_one_of_ours_is_a_column_like_others(tmp_path: Path) -> None:
    rows = [f"{'xyz'[n % 3]},{'pqr'[n % 3]},{n % 2}" for n in range(120)]
    read = history.read(_written(tmp_path / "t.csv", "city,city (share),won", rows), target="won")
    names, named = Encoder().fit(read.table, read.truth).tree_names()
    assert names == ["city", "city (share)", "city (share)", "city (share) (share)"] and named == [True, False, True, False]


def test_a_rare_fact_that_is_no_longer_rare_has_moved() -> None:
    before, after = np.repeat([0.0, 1.0], [97, 3]), np.repeat([0.0, 1.0], [50, 50])
    assert psi(before, after) > 0.25 and psi(before, before) == 0
    assert psi(np.zeros(100), np.ones(100)) > 0.25 and psi(np.ones(100), np.zeros(100)) > 0.25
    rng = np.random.default_rng(0)
    assert psi(rng.normal(size=2000), rng.normal(size=2000)) < 0.1
    assert psi(np.full(60, np.nan), np.zeros(60)) > 0.25  # a fact that was never there, and one that vanished
    assert psi(np.arange(60.0), np.full(60, np.nan)) > 0.25


def test_what_is_no_number_is_none_in_a_file() -> None:
    assert finite({"a": [float("nan"), 1.5], "b": ("x", float("inf"))}) == {"a": [None, 1.5], "b": ["x", None]}
    figures = {"auc": 0.5, "auc_folds": [0.5, None], "average_precision": 0.5, "rows": 9, "positive_share": 0.5, "brier": 0.1,
               "calibration": {"error": 0.1, "slope": 1.0}, "run_id": "r", "ignored_columns": {}}  # fmt: skip
    assert "(folds 0.500, none)" in training.told(figures)
