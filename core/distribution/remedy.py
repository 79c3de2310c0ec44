"""The smallest change that would have won a lead, in words: "radius of about 8 miles instead of 6 miles" (SPEC 4.5).

Distances are told from the public point, as strangers see a lead; answers only where they have a few values or are
numbers, never what somebody wrote.
"""

import math
from dataclasses import dataclass
from datetime import date
from typing import Any

from core import providers
from core.distribution.rules import RULES, Usd
from core.kit.db import Json
from core.kit.money import format_usd

MILE_KM = 1.609344
FAR_KM = 60.0  # beyond this a lead lies elsewhere, and nobody would widen an area to reach it
MONEY = {"insufficient_balance", *(f"cap_spend_{period}" for period in ("day", "week", "month"))}
DAYS = {"mon": "Mondays", "tue": "Tuesdays", "wed": "Wednesdays", "thu": "Thursdays", "fri": "Fridays", "sat": "Saturdays",
        "sun": "Sundays"}  # fmt: skip
TOLD_PLACES = {"zip", "city", "county", "state", "market"}
TOLD_TYPES = {"number", "select", "radio", "multiselect", "checkbox", "date"}


@dataclass(frozen=True, slots=True)
class Ground:
    """What may be said of a lead: its facts, its form, and each service area with its distance in whole kilometres.

    ``forgotten``: its person was erased, and with them the answers that a filter was held against."""

    facts: Json
    schema: Json
    areas: tuple[Json, ...] = ()
    forgotten: bool = False


def sentence(rule: str, value: Any, threshold: Any) -> str:
    """What a rule said, from the two things it is kept with."""
    known = next(known for known in RULES if known.name == rule)
    if rule == "delivery_hours":
        value = str(value)[11:16]
    elif rule in MONEY:
        value, threshold = Usd(value), Usd(threshold)
    words = {"value": _words(value), "threshold": _words(threshold)}
    return known.refuses.format(**words)


def remedy(rule: str, value: Any, threshold: Any, ground: Ground) -> str | None:
    """The smallest change of one rule's setting by which it would have let the lead through; ``None``: there is none."""
    match rule:
        case "insufficient_balance":
            return f"Balance short by {format_usd(threshold - value)}"
        case "subscription_inactive":
            return "Resume the subscription" if value == "paused" else None
        case "filter_invalid":
            return "Mend the filter, which no longer fits the form"
        case "delivery_hours":
            return _hours(str(value), threshold)
        case "service_area":
            return _area(ground.areas)
        case "filter":
            return None if ground.forgotten else "; ".join(dict.fromkeys(_filter(threshold, ground)))
    if rule.startswith("cap_leads_"):
        return f"Limit of {value + 1} leads a {rule[10:]} instead of {threshold}"
    return None


def spend_remedy(rule: str, value: int, threshold: int, price_cents: int) -> str:
    """That of a limit of money, which has to hold what was spent and one more lead (cents)."""
    return f"Limit of {format_usd(value + price_cents)} a {rule[10:]} instead of {format_usd(threshold)}"


def _hours(at: str, hours: Json) -> str:
    """The day's nearest span, stretched to the minute; ``at`` is the clock of the lead's market."""
    day = list(DAYS)[date.fromisoformat(at[:10]).weekday()]
    clock, spans = at[11:16], hours.get(day) or []
    if not spans:
        return f"Open on {DAYS[day]} at {clock}"
    start, end = min(spans, key=lambda span: min(abs(_minute(clock) - _minute(span[0])), abs(_minute(clock) - _minute(span[1]))))
    if clock < start:
        return f"Open from {clock} instead of {start} on {DAYS[day]}"
    later = f"{(_minute(clock) + 1) // 60:02d}:{(_minute(clock) + 1) % 60:02d}"
    return f"Open until {later} instead of {end} on {DAYS[day]}"


def _area(areas: tuple[Json, ...]) -> str:
    if not areas:
        return "Add an area that covers it"
    nearest = min(areas, key=lambda area: area["lacking_km"])
    if nearest["lacking_km"] > FAR_KM:
        return "Add an area that covers it"
    radius = (nearest["definition"] or {}).get("radius_m") if nearest["kind"] == "circle" else None
    if radius is None:
        return f"“{nearest['name']}” about {_miles(max(1, math.ceil(nearest['lacking_km'] / MILE_KM)))} wider"
    # The public point may lie inside where the true one does not: then one mile more is the least that helps.
    now = radius / 1000 / MILE_KM
    needed = max(math.floor(now) + 1, math.ceil(nearest["centre_km"] / MILE_KM))
    return f"Radius of about {_miles(needed)} instead of {_miles(round(now, 1))}"


def _miles(number: float) -> str:
    """As circles are drawn by companies."""
    return f"{number:g} {'mile' if number == 1 else 'miles'}"


def _filter(rules: Json, ground: Ground) -> list[str]:
    """Each outermost rule that refused, loosened by as little as lets this lead through."""
    fields = providers.filter_fields(ground.schema)
    refused = [node for node in rules.get("all", [rules]) if not providers.matches(node, ground.facts)]
    return [_loosened(node, fields, ground) for node in refused] or ["Change the filter"]


def _loosened(node: Json, fields: dict[str, Any], ground: Ground) -> str:
    field = fields.get(node.get("field", ""))
    answer = ground.facts.get(node.get("field", ""))
    told = field is not None and answer is not None and (field.key in TOLD_PLACES or field.type in TOLD_TYPES)
    if not told or field is None:
        return _without(node, ground)
    name, value, given = field.label, node["value"], _answer(answer)
    match node["operator"]:
        case "gte":
            return f"{name} at least {given} instead of {_answer(value)}"
        case "lte":
            return f"{name} at most {given} instead of {_answer(value)}"
        case "between":
            side = "from" if answer < value[0] else "up to"
            return f"{name} {side} {given} instead of {_answer(value[0] if side == 'from' else value[1])}"
        case "eq" | "in" | "contains":
            return f"{name}: {given} as well"
        case "neq" | "not_in":
            return f"{name}: {given} not excluded"
    return _without(node, ground)


def _without(node: Json, ground: Ground) -> str:
    return f"Without the rule: {providers.filter_in_words(node, ground.schema).rstrip('.')}"


def _answer(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " and ".join(map(str, value))
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() else f"{value:,}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _minute(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def _words(value: Any) -> str:
    return format_usd(value) if isinstance(value, Usd) else str(value).replace("_", " ")
