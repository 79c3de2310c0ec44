"""Tables as people really have them: what can be read is learned from, what can't is said; two processes say what one says."""

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from cli import train as training
from ml import history
from ml.errors import UnusableHistory
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
