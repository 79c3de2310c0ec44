"""A time to look at, chosen in words and kept in the address: whole days on the reader's own clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from core.kit.clock import utc_now
from dashboard.components import figures
from dashboard.current import zone_of_browser

MONTH = timedelta(days=32)


@dataclass(frozen=True, slots=True)
class Period:
    """From the start of a day up to the start of another; ``days`` are those in between, oldest first."""

    since: datetime
    until: datetime
    zone: str

    @property
    def days(self) -> list[date]:
        """Every day of the period, today included when it is in it."""
        first, last = (moment.astimezone(ZoneInfo(self.zone)).date() for moment in (self.since, self.until))
        return [first + timedelta(days=n) for n in range((last - first).days)]

    @property
    def words(self) -> str:
        """``4 Oct to 3 Nov 2026``."""
        return figures.span(self.days[0], self.days[-1])


def _back(days: int) -> Callable[[date], tuple[date, date]]:
    return lambda today: (today - timedelta(days=days - 1), today + timedelta(days=1))


def _this_month(today: date) -> tuple[date, date]:
    return today.replace(day=1), today + timedelta(days=1)


def _last_month(today: date) -> tuple[date, date]:
    end = today.replace(day=1)
    return (end - timedelta(days=1)).replace(day=1), end


NAMED: dict[str, tuple[str, Callable[[date], tuple[date, date]]]] = {
    "7": ("7 days", _back(7)),
    "30": ("30 days", _back(30)),
    "90": ("90 days", _back(90)),
    "month": ("This month", _this_month),
    "last": ("Last month", _last_month),
    "year": ("365 days", _back(365)),
}


def choose(*, key: str = "period", default: str = "30") -> Period:
    """Draw the choice and return the period."""
    chosen = st.segmented_control(
        "Period",
        list(NAMED),
        default=default,
        format_func=lambda name: NAMED[name][0],
        key=key,
        bind="query-params",
        required=True,
        wrap=True,
    )
    return named(str(chosen) if chosen in NAMED else default)


def named(name: str, *, today: date | None = None) -> Period:
    """A period by its name, on the reader's clock."""
    zone = zone_of_browser()
    first, end = NAMED[name][1](today or utc_now().astimezone(ZoneInfo(zone)).date())
    since, until = (datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC) for day in (first, end))
    return Period(since, until, zone)


def began(days: int, *, zone: str | None = None, now: datetime | None = None) -> datetime:
    """When the last so many days began on the reader's clock, today being one of them: for lists of the "Last 7 days"."""
    here = ZoneInfo(zone or zone_of_browser())
    first = (now or utc_now()).astimezone(here).date() - timedelta(days=days - 1)
    return datetime.combine(first, time.min, here).astimezone(UTC)


def midnight(day: date) -> datetime:
    """When a day begins on the reader's clock."""
    return datetime.combine(day, time.min, ZoneInfo(zone_of_browser()))
