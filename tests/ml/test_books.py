"""The catalogue of notebooks: what can be set is read, never executed, and checked before anything runs."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core import advice
from core.advice import TooManyNotebooks
from core.kit import config
from core.kit.actor import Actor
from core.kit.errors import Forbidden, Invalid, NotFound
from ml.notebooks import ask, book, books
from tests.builders import a_user


def person(session: Session, now: datetime, role: Any = "scientist") -> Actor:
    more = {"totp_confirmed_at": now, "totp_secret": b"x"}
    return Actor(a_user(session, now, role=role, **more).id, role)


def test_every_notebook_says_what_can_be_set() -> None:
    found = {each.name: {p.name: p for p in each.parameters} for each in books()}
    assert set(found) == {"fraud", "market", "price", "quality", "recommend"}
    source, leads, log = (found["fraud"][name] for name in ("source", "leads", "log"))
    assert source.choices == ("world", "exchange") and (leads.low, leads.high) == (300, 20_000) and log.default is False
    for name, parameters in found.items():
        for each in parameters.values():
            assert each.help and each.title, (name, each.name)
            assert len(each.words) == len(each.choices) and not set(each.words) & set(each.choices), (name, each.name)
            assert isinstance(each.default, bool) or each.choices or each.low is not None, (name, each.name)
            assert each.checked(each.default) == each.default


@pytest.mark.parametrize(
    "given",
    [
        {"leads": 10**9}, {"leads": 299}, {"leads": "600"}, {"leads": 600.5}, {"leads": True}, {"source": "elsewhere"},
        {"source": "world\"; import os #"}, {"log": 1}, {"unheard": 1},
    ],
    ids=str,
)  # fmt: skip
def test_a_value_that_does_not_fit_is_refused_in_words(session: Session, now: datetime, given: dict[str, object]) -> None:
    with pytest.raises(Invalid) as refused:
        ask(session, actor=person(session, now), notebook="fraud", parameters=given, now=now)
    assert "must be" in refused.value.message or "nothing named" in refused.value.message


def test_who_may_ask_and_how_much(session: Session, now: datetime) -> None:
    with pytest.raises(Forbidden):
        ask(session, actor=person(session, now, "analyst"), notebook="fraud", parameters={}, now=now)
    with pytest.raises(NotFound):
        ask(session, actor=person(session, now), notebook="../secrets", parameters={}, now=now)
    scientist, other = person(session, now), person(session, now)
    for _ in range(3):
        run = ask(session, actor=scientist, notebook="price", parameters={"seed": 7}, now=now)
    assert run.parameters == {"seed": 7, "listings": 2000, "split_month": 6} and run.state == "queued"
    with pytest.raises(TooManyNotebooks):
        ask(session, actor=scientist, notebook="price", parameters={}, now=now)
    assert ask(session, actor=other, notebook="price", parameters={}, now=now).cells_total == book("price").cells


def test_a_run_that_is_cut_short_twice_says_so(session: Session, now: datetime) -> None:
    scientist = person(session, now)
    run = ask(session, actor=scientist, notebook="market", parameters={}, now=now)
    for _ in range(2):
        begun = advice.notebooks.begin(session, run_id=run.id, now=now)
        assert begun is not None and begun.state == "running"
        advice.notebooks.tell(session, run_id=run.id, done=5, step="How leads end")
    assert advice.notebooks.begin(session, run_id=run.id, now=now) is None
    told = advice.notebooks.run(session, actor=person(session, now, "analyst"), run_id=run.id)
    assert told.state == "failed" and "The worker that ran it was stopped" in str(told.error) and told.cells_done == 5


def test_a_folder_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Mine\n", "\n", "What it is for."]},
        {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": ["deep = 3  # 1 to 9: how deep\n", "free = 4"]},
    ]
    (tmp_path / "mine.ipynb").write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    monkeypatch.setenv("HOTLEADS_NOTEBOOKS", str(tmp_path))
    config.settings.cache_clear()
    try:
        (mine,) = books()
    finally:
        monkeypatch.undo()
        config.settings.cache_clear()
    assert (mine.title, mine.about) == ("Mine", "What it is for.")
    assert [(p.name, p.default, p.low, p.high) for p in mine.parameters] == [("deep", 3, 1, 9), ("free", 4, None, None)]
    assert [(p.label, p.help) for p in mine.parameters] == [("Deep", "how deep"), ("Free", "")]


def test_what_was_set_is_told_in_words() -> None:
    told = book("fraud").told({"source": "exchange", "seed": 1, "leads": 6000, "log": False, "gone_since": 3})
    assert told.startswith(
        "Cases from: This exchange, masked · Number of the draw: 1 · Leads to make up: 6,000 · Keep it in MLflow: off"
    )
    assert told.endswith("Gone since: 3")
