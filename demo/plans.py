"""What each company buys and where: service areas, subscriptions, filters, caps and hours."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from demo.companies import Company
from demo.places import AREAS, places_of, some_places

OFFICE_HOURS = {day: [["07:00", "19:00"]] for day in ("mon", "tue", "wed", "thu", "fri")} | {"sat": [["08:00", "14:00"]]}


@dataclass(frozen=True, slots=True)
class AreaPlan:
    """One service area as its owner enters it; a ``market`` in the definition is a slug."""

    name: str
    kind: str
    definition: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SubscriptionPlan:
    """One subscription: the niche's level by its place in the order, what it filters and how much it takes."""

    niche: str
    level: int  # 0 is the first level of the niche
    rules: dict[str, Any] | None
    caps: dict[str, int]  # as in ``providers.Caps``
    spend_cap_leads: int | None  # weekly money cap, in leads of the level's price
    hours: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a company sets up in its first hour."""

    areas: tuple[AreaPlan, ...]
    subscriptions: tuple[SubscriptionPlan, ...]


def plan_of(company: Company, schemas: Mapping[str, Mapping[str, Any]], *, seed: int, levels: Mapping[str, int]) -> Plan:
    """The plan of one company; ``levels`` is how many levels each niche has."""
    rng = random.Random(f"{seed}:plan:{company.number}")
    subscriptions = [
        _subscription(rng, company, niche, level, schemas[niche])
        for niche in company.niches
        for level in _levels(rng, company, levels[niche])
    ]
    return Plan(_areas(rng, company), tuple(subscriptions))


def _levels(rng: random.Random, company: Company, count: int) -> list[int]:
    """The first company, whose owner one can be, buys at every level; most others at one or two."""
    wanted = count if company.number == 1 else min(count, rng.choice((1, 1, 1, 2, 2)))
    return sorted(rng.sample(range(count), wanted))


def _subscription(rng: random.Random, company: Company, niche: str, level: int, schema: Mapping[str, Any]) -> SubscriptionPlan:
    story = company.number <= 8  # the first eight take what comes, so that every lead of the story finds a buyer
    caps: dict[str, int] = {}
    if story and company.number > 1:
        caps = {"leads_week": rng.randint(7, 10)}
    elif not story and rng.random() < 0.85:
        caps = rng.choice(({"leads_day": 1}, {"leads_week": rng.randint(2, 4)}, {"leads_month": rng.randint(5, 12)}))
    return SubscriptionPlan(
        niche=niche,
        level=level,
        rules=None if story or rng.random() < 0.25 else _rules(rng, company, schema),
        caps=caps,
        spend_cap_leads=rng.randint(2, 6) if not story and rng.random() < 0.15 else None,
        hours=OFFICE_HOURS if not story and rng.random() < 0.2 else None,
    )


def _rules(rng: random.Random, company: Company, schema: Mapping[str, Any]) -> dict[str, Any]:
    """One to three wishes over the form's answers, the score and the place."""
    wishes = [_about_quality(rng), _about_cities(rng, company), *_about_answers(rng, schema)]
    chosen = rng.sample(wishes, min(len(wishes), rng.choice((1, 1, 2, 2, 3))))
    if len(chosen) == 3 and rng.random() < 0.4:
        return {"all": [chosen[0], {"any": chosen[1:]}]}
    return {"all": chosen}


def _about_quality(rng: random.Random) -> dict[str, Any]:
    return {"field": "quality", "operator": "gte", "value": rng.choice((60, 70, 75, 80, 85))}


def _about_cities(rng: random.Random, company: Company) -> dict[str, Any]:
    unwanted = sorted({place.city for place in some_places(rng, company.market, 3)})
    return {"not": {"field": "city", "operator": "in", "value": unwanted}}


def _about_answers(rng: random.Random, schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rules for every answer that has options; the last options are the ones companies do without."""
    rules: list[dict[str, Any]] = []
    for row in schema["fields"]:
        options = [option["value"] if isinstance(option, Mapping) else option for option in row.get("options") or ()]
        if row["type"] in ("select", "radio") and len(options) > 2:
            keep = rng.randint(max(1, len(options) - 2), len(options) - 1)
            rules.append({"field": row["key"], "operator": "in", "value": options[:keep]})
        elif row["type"] == "checkbox" and not row.get("required"):
            rules.append({"not": {"field": row["key"], "operator": "eq", "value": False}})
    return rules


def _areas(rng: random.Random, company: Company) -> tuple[AreaPlan, ...]:
    """Most serve their whole market, some a county, a circle around the shop, a few ZIPs or a drawn shape."""
    area = next(area for area in AREAS if area.slug == company.market)
    kind = (
        "market"
        if company.number <= 8
        else rng.choices(("market", "county", "circle", "zips", "polygon"), (46, 16, 20, 10, 8))[0]
    )
    centre = some_places(rng, area.slug, 1)[0]
    if kind == "county":
        counties = area.counties[: rng.randint(1, 3)]
        return tuple(
            AreaPlan(f"{name} County", "county", {"market": area.slug, "county": name, "state": area.state}) for name in counties
        )
    if kind == "circle":
        miles = rng.choice((10, 12, 15, 20, 25))
        circle = {"lon": centre.lon, "lat": centre.lat, "radius_m": round(miles * 1609.344)}
        return (AreaPlan(f"{miles} miles around {centre.city}", "circle", circle),)
    if kind == "zips":
        near = sorted(places_of(area.slug), key=lambda place: (place.lon - centre.lon) ** 2 + (place.lat - centre.lat) ** 2)
        return (
            AreaPlan(f"{centre.city} and around", "zips", {"zips": sorted(place.zip for place in near[: rng.randint(12, 30)])}),
        )
    if kind == "polygon":
        return (AreaPlan(f"Drawn around {centre.city}", "polygon", {"geojson": _drawn(rng, centre.lon, centre.lat)}),)
    return (AreaPlan("Whole market", "market", {"market": area.slug}),)


def _drawn(rng: random.Random, lon: float, lat: float) -> dict[str, Any]:
    """An uneven hexagon, as a hand draws it on a map: GeoJSON."""
    corners = ((1, 0), (0.5, 0.87), (-0.5, 0.87), (-1, 0), (-0.5, -0.87), (0.5, -0.87))
    ring = [[round(lon + x * rng.uniform(0.12, 0.3), 4), round(lat + y * rng.uniform(0.1, 0.25), 4)] for x, y in corners]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
