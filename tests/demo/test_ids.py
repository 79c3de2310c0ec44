"""Rows of the past get ids that sort where they belong."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.kit.ids import ids_of, uuid7

moments = st.datetimes(min_value=datetime(2001, 1, 1), max_value=datetime(2026, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def made_at(moment: datetime, count: int = 2) -> list[UUID]:
    with ids_of(moment):
        return [uuid7() for _ in range(count)]


@settings(deadline=None)
@example(datetime(2009, 2, 13, 23, 31, 30, 1, tzinfo=UTC), datetime(2009, 2, 13, 23, 31, 30, 2, tzinfo=UTC))
@given(moments, moments)
def test_ids_of_the_past_sort_by_their_moment(one: datetime, other: datetime) -> None:
    if other - one >= timedelta(microseconds=1):
        ids = [*made_at(one), *made_at(other), uuid7()]
        assert ids == sorted(ids)


@settings(deadline=None)
@given(moments)
def test_ids_of_the_past_are_ids_like_any_other(moment: datetime) -> None:
    made = made_at(moment, 100)
    assert made == sorted(set(made)) and not {*made} & {*made_at(moment, 100)}
    assert {(id_.version, id_.variant) for id_ in made} == {(7, "specified in RFC 4122")}
    assert abs((made[0].int >> 80) - moment.timestamp() * 1000) <= 1


def test_the_present_goes_on_after_the_past() -> None:
    before = uuid7()
    made_at(datetime(2020, 1, 1, tzinfo=UTC))
    assert before < uuid7()
