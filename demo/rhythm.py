"""When people ask: the hours of the day, the days of the week, the seasons, and a hailstorm."""

import random
from datetime import datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

DAYS = 90
# From midnight, on the market's own clock: a morning peak, a dip at noon, a longer evening.
HOURS = (2, 1, 1, 1, 1, 3, 8, 18, 30, 38, 40, 36, 28, 30, 30, 28, 28, 30, 34, 42, 44, 34, 18, 7)
WEEKDAYS = (1.18, 1.12, 1.06, 1.02, 0.96, 0.86, 0.80)  # Monday first
SEASONS = {  # January first
    "home-seller": (0.80, 0.90, 1.10, 1.25, 1.30, 1.25, 1.10, 1.00, 0.95, 0.90, 0.75, 0.70),
    "home-buyer": (0.85, 0.95, 1.15, 1.25, 1.25, 1.20, 1.10, 1.00, 0.95, 0.90, 0.75, 0.70),
    "roofing": (0.70, 0.80, 1.10, 1.35, 1.40, 1.20, 1.05, 1.10, 1.05, 0.95, 0.75, 0.55),
    "hvac": (0.90, 0.70, 0.75, 0.90, 1.20, 1.60, 1.80, 1.70, 1.20, 0.80, 0.75, 0.90),
}
# Weather that sends a market to the phone: niche, market, days before the end of the history, days it lasts, times as many.
WEATHER = (
    ("roofing", "dallas-ft-worth", 39, 2, 6.0),
    ("roofing", "dallas-ft-worth", 37, 6, 2.5),
    ("roofing", "austin", 18, 3, 3.0),
    ("hvac", "phoenix", 61, 5, 2.2),
    ("hvac", "las-vegas", 59, 4, 2.0),
    ("hvac", "dallas-ft-worth", 12, 3, 1.9),
)


def arrivals(rng: random.Random, *, market: str, timezone: str, niche: str, count: int, now: datetime) -> list[datetime]:
    """``count`` moments of the last 90 days, ascending, as one market's people ask for one niche."""
    zone = ZoneInfo(timezone)
    start = (now - timedelta(days=DAYS)).replace(minute=0, second=0, microsecond=0)
    hours = [start + timedelta(hours=n) for n in range(DAYS * 24)]
    weights = accumulate(_weight(hour.astimezone(zone), hour, market, niche, now) for hour in hours)
    chosen = rng.choices(hours, cum_weights=list(weights), k=count)
    return sorted(hour + timedelta(seconds=rng.uniform(0, 3600)) for hour in chosen)


def _weight(local: datetime, hour: datetime, market: str, niche: str, now: datetime) -> float:
    days_ago = (now - hour) / timedelta(days=1)
    weight = HOURS[local.hour] * WEEKDAYS[local.weekday()] * SEASONS[niche][local.month - 1]
    weight *= 1.25 - 0.5 * days_ago / DAYS  # the exchange grows
    for struck, where, began, lasted, times in WEATHER:
        if struck == niche and where == market and began - lasted < days_ago <= began:
            weight *= times
    return weight


def office_moment(rng: random.Random, after: datetime, *, timezone: str, mean_minutes: float) -> datetime:
    """When somebody at a desk gets to it: a wait of about ``mean_minutes``, moved to the next morning when it is night."""
    moment = after + timedelta(minutes=rng.expovariate(1 / mean_minutes) + 1)
    local = moment.astimezone(ZoneInfo(timezone))
    if 7 <= local.hour < 20:
        return moment
    morning = local.replace(hour=7, minute=0, second=0, microsecond=0) + timedelta(days=local.hour >= 20)
    return (morning + timedelta(minutes=rng.uniform(5, 100))).astimezone(after.tzinfo)
