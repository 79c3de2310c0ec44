"""Rows of the past get ids that sort where they belong."""

from datetime import UTC, datetime, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.kit.ids import uuid7, uuid7_of

moments = st.datetimes(min_value=datetime(2001, 1, 1), max_value=datetime(2026, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@settings(deadline=None)
@example(datetime(2009, 2, 13, 23, 31, 30, 1, tzinfo=UTC), datetime(2009, 2, 13, 23, 31, 30, 2, tzinfo=UTC))
@given(moments, moments)
def test_ids_of_the_past_sort_by_their_moment(one: datetime, other: datetime) -> None:
    if other - one >= timedelta(microseconds=1):
        assert uuid7_of(one) < uuid7_of(other) < uuid7()


@settings(deadline=None)
@given(moments)
def test_ids_of_the_past_are_ids_like_any_other(moment: datetime) -> None:
    made = uuid7_of(moment)
    assert made.version == 7 and made != uuid7_of(moment)
    assert abs((made.int >> 80) - moment.timestamp() * 1000) <= 1
