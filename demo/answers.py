"""What people answer: every field of a niche's form, as its schema asks for it."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from demo.texts import request_text

# Fields that tell how soon somebody will buy, options listed from soonest to "just looking".
SOON = ("timeline", "urgency", "when", "timeframe")
# Plausible figures by key: least, most, step. Others are drawn from the field's own limits.
FIGURES = {
    "bedrooms": (1, 6, 1),
    "bedrooms_min": (1, 5, 1),
    "bathrooms": (1, 4, 1),
    "bathrooms_min": (1, 3, 1),
    "living_area_sqft": (900, 3900, 50),
    "building_sqft": (900, 4200, 50),
    "price_expectation": (190_000, 980_000, 5_000),
    "budget_max": (180_000, 950_000, 10_000),
    "roof_age": (1, 32, 1),
    "system_age": (1, 24, 1),
    "systems": (1, 3, 1),
}
COMMONER = 0.62  # each option is this much rarer than the one before it


def answers_to(
    rng: random.Random, schema: Mapping[str, Any], *, niche: str, city: str, at: datetime, appeal: float, taken: set[str]
) -> dict[str, Any]:
    """A form filled in by one person; ``taken`` collects the texts, so that no two people write the same."""
    form: dict[str, Any] = {}
    for row in schema["fields"]:
        if not row.get("required") and rng.random() > 0.45 + 0.5 * appeal:
            continue
        form[row["key"]] = _answer(rng, row, niche, city, at, appeal, taken)
    return form


def _answer(
    rng: random.Random, row: Mapping[str, Any], niche: str, city: str, at: datetime, appeal: float, taken: set[str]
) -> Any:
    key, kind = row["key"], row["type"]
    if kind in ("select", "radio"):
        return _choice(rng, key, _options(row), appeal)
    if kind == "multiselect":
        options = _options(row)
        return sorted(rng.sample(options, rng.randint(1, min(3, len(options)))), key=options.index)
    if kind == "number":
        return _figure(rng, key, row.get("validation") or {})
    if kind == "checkbox":
        return bool(row.get("required")) or rng.random() < 0.3 + 0.4 * appeal
    if kind == "date":  # forms ask when something happened: the storm, the last service
        return (at - timedelta(days=rng.randint(1, 40))).date().isoformat()
    if kind == "text":
        return rng.choice((city, f"{city}, close to work", f"{city} and the next suburb", f"anywhere quiet in {city}"))
    return _text(rng, niche, city, at, taken, longest=(row.get("validation") or {}).get("max_length", 2000))


def _options(row: Mapping[str, Any]) -> list[Any]:
    return [option["value"] if isinstance(option, Mapping) else option for option in row["options"]]


def _choice(rng: random.Random, key: str, options: list[Any], appeal: float) -> Any:
    """Whoever is ready to buy is in a hurry; elsewhere the first options are the common ones."""
    if any(word in key for word in SOON):
        place = min(0.999, max(0.0, rng.gauss(1 - appeal, 0.22)))
        return options[int(place * len(options))]
    return rng.choices(options, [COMMONER**n for n in range(len(options))])[0]


def _figure(rng: random.Random, key: str, limits: Mapping[str, Any]) -> int:
    least, most, step = FIGURES.get(key, (int(limits.get("min", 1)), int(limits.get("max", 20)), 1))
    least, most = max(least, int(limits.get("min", least))), min(most, int(limits.get("max", most)))
    middle = rng.triangular(least, most, least + (most - least) * 0.45)
    return min(most, max(least, round(middle / step) * step))


def _text(rng: random.Random, niche: str, city: str, at: datetime, taken: set[str], *, longest: int) -> str:
    while True:
        text = request_text(rng, niche, city, at)[:longest]
        if text.lower() not in taken:
            taken.add(text.lower())
            return text
