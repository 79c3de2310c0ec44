"""Facts about the computed launch markets."""

import json
from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import markets
from core.kit.actor import Actor

ZIPS = {"las-vegas": 72, "dallas-ft-worth": 248, "austin": 89, "phoenix": 185}
ZONES = {
    "las-vegas": "America/Los_Angeles",
    "dallas-ft-worth": "America/Chicago",
    "austin": "America/Chicago",
    "phoenix": "America/Phoenix",
}
# Places whose county nobody doubts: lon, lat, market (None: outside every one).
LANDMARKS = [
    ("Bellagio fountains", -115.1740, 36.1126, "las-vegas"),
    ("Boulder City", -114.8338, 35.9786, "las-vegas"),
    ("Mesquite", -114.0672, 36.8055, "las-vegas"),
    ("Dallas City Hall", -96.7966, 32.7763, "dallas-ft-worth"),
    ("Fort Worth Stockyards", -97.3470, 32.7888, "dallas-ft-worth"),
    ("Waxahachie courthouse", -96.8483, 32.3866, "dallas-ft-worth"),
    ("Weatherford courthouse", -97.7973, 32.7593, "dallas-ft-worth"),
    ("Texas Capitol", -97.7404, 30.2747, "austin"),
    ("Lockhart courthouse", -97.6725, 29.8849, "austin"),
    ("Phoenix Sky Harbor", -112.0101, 33.4342, "phoenix"),
    ("Casa Grande", -111.7574, 32.8795, "phoenix"),
    ("Pahrump, Nye County", -115.9839, 36.2083, None),
    ("Kingman, Mohave County", -114.0530, 35.1894, None),
    ("Waco", -97.1467, 31.5493, None),
    ("Tucson", -110.9747, 32.2226, None),
    ("San Antonio", -98.4936, 29.4241, None),
    ("Los Angeles", -118.2437, 34.0522, None),
]


@pytest.fixture
def by_slug(launched: Session) -> dict[str, markets.MarketView]:
    return {market.slug: market for market in markets.all_markets(launched)}


def test_four_markets_with_their_zips_and_zones(launched: Session, by_slug: dict[str, markets.MarketView]) -> None:
    assert {slug: len(markets.zips_of(launched, market.id)) for slug, market in by_slug.items()} == ZIPS
    assert {slug: market.timezone for slug, market in by_slug.items()} == ZONES
    assert {market.state for market in by_slug.values()} == {"NV", "TX", "AZ"}
    assert {market.status for market in by_slug.values()} == {"open"}


def test_every_zip_lies_in_its_market_and_in_no_other(launched: Session) -> None:
    stray = launched.execute(
        text(
            """select z.zip, m.slug from market_zip z join market m on ST_Covers(m.boundary, z.centre) <> (m.id = z.market_id)"""
        )
    ).all()
    assert stray == []


def test_no_two_markets_share_land(launched: Session) -> None:
    pairs = launched.execute(
        text("select a.slug, b.slug from market a join market b on a.id < b.id and ST_Intersects(a.boundary, b.boundary)")
    ).all()
    assert pairs == []


def test_boundaries_are_about_as_large_as_their_counties(launched: Session) -> None:
    """Square kilometres of the counties (Census Gazetteer, land), within a fifth: deserts have no ZIP centroids."""
    census = {"las-vegas": 20_439, "dallas-ft-worth": 18_300, "austin": 10_930, "phoenix": 37_726}
    drawn = dict(launched.execute(text("select slug, ST_Area(boundary::geography) / 1e6 from market")).all())
    assert {slug: drawn[slug] / area for slug, area in census.items()} == {slug: pytest.approx(1, abs=0.2) for slug in census}


def test_pieces_of_zips_make_up_the_market(launched: Session) -> None:
    left = launched.execute(
        text("""select max(ST_Area(ST_SymDifference(m.boundary, z.land)) / ST_Area(m.boundary))
                from market m
                join (select market_id, ST_Union(shape) as land from market_zip group by 1) z on z.market_id = m.id""")
    ).scalar_one()
    assert left < 0.001
    apart = launched.execute(text("select zip from market_zip where not ST_DWithin(shape, centre, 0.00001)")).all()
    assert apart == []


def test_radii_follow_the_distance_of_neighbours(launched: Session) -> None:
    radius = dict(launched.execute(text("select zip, radius_m from market_zip")).all())
    assert all(1_000 <= metres <= 30_000 for metres in radius.values())
    assert radius["89109"] < 5_000 < radius["89124"]  # the Strip; Mount Charleston


@pytest.mark.parametrize(("place", "lon", "lat", "slug"), LANDMARKS, ids=[row[0] for row in LANDMARKS])
def test_landmarks(
    launched: Session, by_slug: dict[str, markets.MarketView], place: str, lon: float, lat: float, slug: str | None
) -> None:
    found = markets.market_at(launched, lon=lon, lat=lat)
    assert found == (by_slug[slug].id if slug else None), place
    zip_ = markets.zip_at(launched, lon=lon, lat=lat)
    assert (zip_.market_id if zip_ else None) == found, place


def test_seeding_again_adds_nothing(launched: Session, now: datetime) -> None:
    assert markets.seed_launch_markets(launched, now=now) == []
    assert len(markets.all_markets(launched)) == 4


def test_counties_and_outlines(launched: Session, by_slug: dict[str, markets.MarketView]) -> None:
    phoenix = by_slug["phoenix"]
    assert [(row.county, row.state) for row in markets.counties_of(launched, phoenix.id)] == [("Maricopa", "AZ"), ("Pinal", "AZ")]
    assert sum(row.zips for row in markets.counties_of(launched, phoenix.id)) == 185
    feature = markets.outline(launched, phoenix.id)
    assert feature["type"] == "Feature" and feature["properties"]["slug"] == "phoenix"
    assert feature["geometry"]["type"] == "MultiPolygon"
    assert len(str(feature)) < 20_000
    assert [part["properties"]["slug"] for part in markets.outlines(launched)["features"]] == sorted(ZIPS)


def test_land_of_zips_and_counties(launched: Session, by_slug: dict[str, markets.MarketView]) -> None:
    def covers(area: object, lon: float, lat: float) -> bool:
        query = text("select ST_Covers(ST_SetSRID(ST_GeomFromGeoJSON(:area), 4326), ST_SetSRID(ST_MakePoint(:lon, :lat), 4326))")
        return bool(launched.execute(query, {"area": json.dumps(area), "lon": lon, "lat": lat}).scalar_one())

    strip = markets.area_of_zips(launched, ["89109", "89119", "00000"])
    assert strip is not None and covers(strip, -115.1700, 36.1150) and not covers(strip, -114.8338, 35.9786)
    pinal = markets.area_of_county(launched, by_slug["phoenix"].id, county="Pinal", state="AZ")
    assert pinal is not None and covers(pinal, -111.7574, 32.8795) and not covers(pinal, -112.0740, 33.4484)
    assert markets.area_of_zips(launched, ["00000"]) is None
    assert markets.area_of_county(launched, by_slug["phoenix"].id, county="Pima", state="AZ") is None


def test_place_of_zip(launched: Session, by_slug: dict[str, markets.MarketView]) -> None:
    place = markets.place_of_zip(launched, "89109")
    assert place is not None
    assert (place.city, place.county, place.state, place.timezone) == ("Las Vegas", "Clark", "NV", "America/Los_Angeles")
    assert place.market_id == by_slug["las-vegas"].id
    assert markets.place_of_zip(launched, " 89109-1234 ") == place


@pytest.mark.parametrize("zip_", ["10001", "", "8910", "891090", "abcde", "\x00", "８９１０９", "89109'; --", "-"])
def test_place_of_zip_outside_every_market(launched: Session, zip_: str) -> None:
    assert markets.place_of_zip(launched, zip_) is None


@pytest.mark.parametrize(("lon", "lat"), [(float("nan"), 36.0), (float("inf"), 36.0), (-115.17, 99.0), (1e308, 1e308)])
def test_points_that_are_nowhere(launched: Session, lon: float, lat: float) -> None:
    assert markets.market_at(launched, lon=lon, lat=lat) is None
    assert markets.zip_at(launched, lon=lon, lat=lat) is None


def test_lookups_use_indexes(launched: Session) -> None:
    """The hot path of intake must not slow down with the number of markets."""
    launched.execute(text("set local enable_seqscan = off"))
    for query in (
        "select * from market_zip z join market m on m.id = z.market_id where z.zip = '89109'",
        "select id from market where ST_Covers(boundary, ST_SetSRID(ST_MakePoint(-115.1, 36.1), 4326))",
        "select zip from market_zip where ST_DWithin(shape, ST_SetSRID(ST_MakePoint(-115.1, 36.1), 4326), 0.00001)",
    ):
        plan = "\n".join(launched.execute(text("explain " + query)).scalars())
        assert "Seq Scan" not in plan, plan


def test_a_closed_market_takes_no_leads(
    launched: Session, by_slug: dict[str, markets.MarketView], admin: Actor, now: datetime
) -> None:
    vegas = by_slug["las-vegas"]
    assert markets.close_market(launched, actor=admin, market_id=vegas.id, now=now).status == "closed"
    assert markets.place_of_zip(launched, "89109") is None
    assert markets.market_at(launched, lon=-115.174, lat=36.1126) is None
    assert markets.zip_at(launched, lon=-115.174, lat=36.1126) is None
    assert vegas.id not in {market.id for market in markets.all_markets(launched, open_only=True)}
    assert len(markets.all_markets(launched)) == 4
    with pytest.raises(markets.MarketUnchanged):
        markets.close_market(launched, actor=admin, market_id=vegas.id, now=now)
    markets.open_market(launched, actor=admin, market_id=vegas.id, now=now)
    assert markets.place_of_zip(launched, "89109") is not None
    trail = text("select action from audit_entry where entity_id = :id order by id")
    assert list(launched.execute(trail, {"id": vegas.id}).scalars()) == ["market.added", "market.closed", "market.opened"]
