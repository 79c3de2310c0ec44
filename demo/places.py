"""Where people live: the launch markets' ZIPs, weighted by how many people each city has."""

import random
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Any

import zipcodes


@dataclass(frozen=True, slots=True)
class Place:
    """One ZIP of a market, with its centroid (degrees) and local area codes."""

    zip: str
    city: str
    county: str
    state: str
    lon: float
    lat: float
    area_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Area:
    """One market as the demo knows it: its counties, its share of all leads and its cities' size in thousands."""

    slug: str
    state: str
    timezone: str
    share: float
    counties: tuple[str, ...]
    area_codes: tuple[str, ...]
    newcomers: tuple[str, ...]  # area codes that people who moved here keep
    people: dict[str, int]


AREAS = (
    Area(
        "las-vegas", "NV", "America/Los_Angeles", 0.19, ("Clark",),
        ("702", "725"), ("310", "818", "619", "213", "714", "808", "801", "916"),
        {"Las Vegas": 1500, "Henderson": 330, "North Las Vegas": 280, "Boulder City": 15, "Mesquite": 22},
    ),
    Area(
        "dallas-ft-worth", "TX", "America/Chicago", 0.36,
        ("Dallas", "Tarrant", "Collin", "Denton", "Ellis", "Rockwall", "Johnson", "Kaufman", "Parker"),
        ("214", "469", "972", "945", "682", "817", "940"), ("312", "773", "405", "504", "314", "918", "501", "205", "213", "404"),
        {
            "Dallas": 1300, "Fort Worth": 980, "Arlington": 395, "Plano": 290, "Irving": 255, "Garland": 245, "Frisco": 225,
            "Mckinney": 210, "Grand Prairie": 200, "Mesquite": 150, "Denton": 150, "Carrollton": 133, "Richardson": 120,
            "Lewisville": 130, "Allen": 110, "Flower Mound": 78, "Mansfield": 78, "North Richland Hills": 70, "Rowlett": 65,
            "Euless": 60, "Desoto": 56, "Grapevine": 51, "Bedford": 49, "Wylie": 60, "Burleson": 55, "Rockwall": 52,
            "Keller": 46, "Waxahachie": 45, "Weatherford": 38, "Forney": 35, "Southlake": 31, "Cleburne": 33,
        },
    ),
    Area(
        "austin", "TX", "America/Chicago", 0.16, ("Travis", "Williamson", "Hays", "Bastrop", "Caldwell"),
        ("512", "737"), ("415", "650", "206", "408", "510", "713", "303", "917", "504"),
        {
            "Austin": 1080, "Round Rock": 130, "Georgetown": 95, "Cedar Park": 78, "Leander": 80, "San Marcos": 70,
            "Pflugerville": 66, "Kyle": 58, "Hutto": 38, "Buda": 16, "Taylor": 17, "Lockhart": 15, "Dripping Springs": 9,
        },
    ),
    Area(
        "phoenix", "AZ", "America/Phoenix", 0.29, ("Maricopa", "Pinal"),
        ("480", "602", "623", "520"), ("206", "303", "847", "312", "801", "612", "505", "619", "319"),
        {
            "Phoenix": 1650, "Mesa": 510, "Chandler": 280, "Gilbert": 275, "Glendale": 250, "Scottsdale": 243, "Peoria": 198,
            "Tempe": 190, "Surprise": 155, "Goodyear": 105, "Buckeye": 105, "Avondale": 92, "Casa Grande": 60, "Maricopa": 65,
            "Queen Creek": 70, "San Tan Valley": 100, "Apache Junction": 40, "Sun City": 40, "Laveen": 60, "Florence": 25,
        },
    ),
)  # fmt: skip

SMALL_TOWN = 6  # thousands, for a city the table does not name
FEW_HOMES = {"89109", "89101", "85003", "85004", "75202", "76102", "78701"}  # hotels and offices


@lru_cache(maxsize=8)
def places_of(slug: str) -> tuple[Place, ...]:
    """Every ZIP of a market that has homes: standard and active ones of its counties."""
    area = next(area for area in AREAS if area.slug == slug)
    counties = {f"{county} County" for county in area.counties}
    every: list[dict[str, Any]] = zipcodes.list_all()  # type: ignore[no-untyped-call]
    found = [row for row in every if row["state"] == area.state and row["active"] and row["zip_code_type"] == "STANDARD"]
    return tuple(
        Place(
            zip=row["zip_code"],
            city=row["city"],
            county=row["county"].removesuffix(" County"),
            state=row["state"],
            lon=float(row["long"]),
            lat=float(row["lat"]),
            area_codes=tuple(code for code in area.area_codes if code in row["area_codes"]) or area.area_codes,
        )
        for row in sorted(found, key=lambda row: row["zip_code"])
        if row["county"] in counties
    )


@lru_cache(maxsize=8)
def _weights(slug: str) -> tuple[float, ...]:
    """Running sums of each ZIP's people: a city's people shared evenly between its ZIPs."""
    area = next(area for area in AREAS if area.slug == slug)
    places = places_of(slug)
    zips_of_city: dict[str, int] = {}
    for place in places:
        zips_of_city[place.city] = zips_of_city.get(place.city, 0) + 1
    weights = (
        area.people.get(place.city, SMALL_TOWN) / zips_of_city[place.city] * (0.1 if place.zip in FEW_HOMES else 1)
        for place in places
    )
    return tuple(accumulate(weights))


def some_places(rng: random.Random, slug: str, count: int) -> list[Place]:
    """``count`` ZIPs drawn by their people."""
    return rng.choices(places_of(slug), cum_weights=_weights(slug), k=count)


def some_point(rng: random.Random, place: Place) -> tuple[float, float]:
    """A home's longitude and latitude within about a kilometre of the ZIP's centroid."""
    return round(place.lon + rng.uniform(-0.010, 0.010), 6), round(place.lat + rng.uniform(-0.008, 0.008), 6)
