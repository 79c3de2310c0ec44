"""Notes that may be lost: kept with the commit, not waited for, none lost that Redis could have kept."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from core.kit import notes
from core.kit.redis import redis

KIND = "test_notes"


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    notes.take(KIND, most=100)
    yield
    notes.take(KIND, most=100)


def keep(*documents: int) -> None:
    for number in documents:
        with Session() as session, session.begin():
            notes.note(session, KIND, {"number": number})


def taken(most: int = 100) -> list[int]:
    return [each["number"] for each in notes.take(KIND, most=most)]


def test_notes_are_taken_once_the_oldest_first() -> None:
    keep(1, 2, 3)
    assert [taken(2), taken(2), taken(2)] == [[1, 2], [3], []]


def test_what_is_rolled_back_leaves_no_note() -> None:
    with Session() as session:
        session.begin()
        notes.note(session, KIND, {"number": 1})
        session.rollback()
    assert taken() == []


def test_only_so_many_are_kept_the_latest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "MOST_KEPT", 2)
    keep(1, 2, 3)
    assert taken() == [2, 3]


def test_a_lost_connection_loses_nothing_that_comes_after_it() -> None:
    keep(1)
    assert taken() == [1]
    redis().client_kill_filter(_type="normal", skipme=True)
    keep(2)  # sent along a line that is dead: it may be lost, but nobody fails
    taken()
    keep(3)
    assert taken() == [3]


def test_nobody_fails_when_redis_refuses_or_answers_nonsense() -> None:
    redis().set("notes:" + KIND, "no list")
    keep(1)
    keep(2)
    assert notes.take(KIND, most=5) == []
    redis().delete("notes:" + KIND)
    keep(3)
    assert taken() == [3]
