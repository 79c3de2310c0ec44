"""The written rule for the price of a listing (SPEC 10.1): what each thing adds or takes, in cents that sum to the price.

A pure function of what is known. A learned model later gives the same answer: lines that sum to the price.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import tanh

VERSION = "rule-1"
STEP_CENTS = 50  # prices end on half a dollar

QUALITY_SWING, FRESHNESS_SWING, DEMAND_SWING, SEASON_SWING = 0.30, 0.40, 0.20, 0.10  # shares of the going rate
HALF_LIFE_H = 72.0
SHARED_LESS = 0.10  # for every buyer who has the lead already


@dataclass(frozen=True, slots=True)
class Known:
    """What the rule looks at. Money in cents, ages in hours, quality 0 to 100, demand in takings per open listing."""

    going_rate_cents: int
    quality: float | None
    age_h: float
    slots_sold: int
    demand: float
    season: float = 1.0  # this month's requests against a usual month's: below one is scarce


@dataclass(frozen=True, slots=True)
class Rails:
    """The bounds of a price in cents; ``was_cents`` is what it was a day ago and ``change_percent`` how far it may move."""

    floor_cents: int
    ceiling_cents: int
    was_cents: int | None = None
    change_percent: int = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that made a price, in cents."""

    key: str
    label: str
    cents: int


@dataclass(frozen=True, slots=True)
class Priced:
    """A price in cents, the lines that sum to it, and the bounds that it was held to."""

    cents: int
    lines: tuple[Line, ...]
    floor_cents: int
    ceiling_cents: int
    version: str = VERSION


def price(known: Known, rails: Rails) -> Priced:
    """The price by the written rule within its guard rails; its lines sum to it exactly."""
    base = known.going_rate_cents
    lines = [
        Line("going_rate", "Going rate of the niche", base),
        Line("quality", f"Quality {known.quality:.0f} of 100" if known.quality is not None else "Quality not known yet",
             round(base * QUALITY_SWING * ((known.quality if known.quality is not None else 50.0) - 50.0) / 50.0)),
        Line("freshness", _age(known.age_h), -round(base * FRESHNESS_SWING * (1 - 0.5 ** (max(known.age_h, 0.0) / HALF_LIFE_H)))),
        Line("shared", _shared(known.slots_sold), -round(base * SHARED_LESS * known.slots_sold)),
        Line("demand", "Demand here in the last week", round(base * DEMAND_SWING * tanh(known.demand - 0.5))),
        Line("season", "Season", round(base * SEASON_SWING * tanh(1.0 - known.season))),
    ]  # fmt: skip
    return held_to(lines, rails, version=VERSION)


def held_to(wanted_lines: Sequence[Line], rails: Rails, *, version: str) -> Priced:
    """A price made of lines, by the rule or by a model, rounded and held within its guard rails; lines sum to it exactly."""
    lines = list(wanted_lines)
    wanted = sum(line.cents for line in lines)
    low, high = _bounds(rails)
    held = min(max(_rounded(wanted), low), high)
    if held != wanted:
        lines.append(Line("rails", "Rounded" if abs(held - wanted) < STEP_CENTS else "Held within its bounds", held - wanted))
    return Priced(held, tuple(line for line in lines if line.cents or line.key == "going_rate"), low, high, version)


def discounted(priced: Priced, *, percent: int, least_cents: int) -> Priced:
    """The price for a plan with a discount, never below ``least_cents`` (SPEC 9.4)."""
    cents = plan_price(priced.cents, percent=percent, least_cents=least_cents)
    if cents == priced.cents:
        return priced
    line = Line("plan", f"Your plan's {percent}%", cents - priced.cents)
    return Priced(cents, (*priced.lines, line), priced.floor_cents, priced.ceiling_cents, priced.version)


def plan_price(cents: int, *, percent: int, least_cents: int) -> int:
    """What a plan with a discount pays for a listing at ``cents``: never below ``least_cents``, never more (SPEC 9.4)."""
    return max(cents - cents * percent // 100, min(least_cents, cents))


def _bounds(rails: Rails) -> tuple[int, int]:
    """Floor and ceiling, drawn together by how far a price may move in a day; the floor wins over everything."""
    low, high = rails.floor_cents, max(rails.floor_cents, rails.ceiling_cents)
    if rails.was_cents is not None:
        step = rails.was_cents * rails.change_percent // 100
        low = max(low, min(rails.was_cents - step, high))
        high = max(low, min(high, rails.was_cents + step))
    return low, high


def _rounded(cents: int) -> int:
    return (cents + STEP_CENTS // 2) // STEP_CENTS * STEP_CENTS


def _age(hours: float) -> str:
    number, unit = (round(hours), "hour") if hours < 48 else (round(hours / 24), "day")
    return f"{number} {unit}{'' if number == 1 else 's'} old"


def _shared(sold: int) -> str:
    return f"{sold} other {'buyer has' if sold == 1 else 'buyers have'} it"
