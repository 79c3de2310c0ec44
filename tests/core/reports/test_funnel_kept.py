"""A funnel that was kept reads as it was worked out: days stay days, hours stay moments."""

from datetime import UTC, date, datetime

import pytest
from pydantic import TypeAdapter

from core.reports import FunnelPoint


@pytest.mark.parametrize("at", [date(2026, 10, 30), datetime(2026, 10, 30, tzinfo=UTC), datetime(2026, 10, 30, 5, tzinfo=UTC)])
def test_a_point_comes_back_as_it_went(at: date | datetime) -> None:
    kept, point = TypeAdapter(FunnelPoint), FunnelPoint(at, 1, 1, 1, 0, 0, 0)
    assert kept.validate_json(kept.dump_json(point)) == point
