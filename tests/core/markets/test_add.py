"""Adding markets: what is accepted, and the sentence for what is not."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core import markets
from core.kit.actor import Actor
from core.kit.db import transaction
from core.kit.errors import Forbidden, HotleadsError
from core.kit.ids import uuid7
from core.markets.upload import read_outline


def box(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


RENO = box(-120.0, 39.3, -119.5, 39.8)
BOWTIE = {"type": "Polygon", "coordinates": [[[-120, 39], [-119, 40], [-119, 39], [-120, 40], [-120, 39]]]}


def test_a_fifth_market_from_counties_touches_no_neighbour(launched: Session, admin: Actor, now: datetime) -> None:
    """Pima borders on Pinal, which is Phoenix: the two must share no land and lose no ZIP."""
    tucson = markets.add_from_counties(launched, actor=admin, name="Tucson", counties=[("Pima County", "az")], now=now)
    assert (tucson.slug, tucson.state, tucson.timezone) == ("tucson", "AZ", "America/Phoenix")
    assert markets.market_at(launched, lon=-110.9747, lat=32.2226) == tucson.id
    shared = text("select count(*) from market a join market b on a.id < b.id and ST_Intersects(a.boundary, b.boundary)")
    assert launched.execute(shared).scalar_one() == 0
    outside = text(
        "select count(*) from market_zip z join market m on m.id = z.market_id and not ST_Covers(m.boundary, z.centre)"
    )
    assert launched.execute(outside).scalar_one() == 0
    entry = launched.execute(text("select actor_id, after from audit_entry where entity_id = :id"), {"id": tucson.id}).one()
    assert entry.actor_id == admin.user_id and entry.after["slug"] == "tucson"


@pytest.mark.parametrize("zips", [["10001"], ["10001", "10002", "10003", "10280"], ["96910", "96913"], ["99501", "99801"]])
def test_markets_from_zips_anywhere(launched: Session, admin: Actor, now: datetime, zips: list[str]) -> None:
    if zips == ["99501", "99801"]:  # Anchorage and Juneau
        with pytest.raises(markets.MarketInvalid, match=r"within 372\.8 miles"):
            markets.add_from_zips(launched, actor=admin, name="Too wide", zips=zips, now=now)
        return
    market = markets.add_from_zips(launched, actor=admin, name="Somewhere", zips=zips, now=now)
    assert {place.zip for place in markets.zips_of(launched, market.id)} == set(zips)
    for place in markets.zips_of(launched, market.id):
        assert markets.market_at(launched, lon=place.lon, lat=place.lat) == market.id


def test_market_from_an_outline_takes_the_zips_inside(launched: Session, admin: Actor, now: datetime) -> None:
    document = {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": RENO}]}
    reno = markets.add_from_geojson(launched, actor=admin, name="Reno", document=json.dumps(document), now=now)
    assert (reno.state, reno.timezone) == ("NV", "America/Los_Angeles")
    zips = {place.zip for place in markets.zips_of(launched, reno.id)}
    assert "89501" in zips and "89701" not in zips
    assert markets.market_at(launched, lon=-119.99, lat=39.79) == reno.id  # the corner too: the outline is kept as drawn


def test_an_outline_along_a_neighbour_is_cut_at_the_border(launched: Session, admin: Actor, now: datetime) -> None:
    vegas = next(market for market in markets.all_markets(launched) if market.slug == "las-vegas")
    west = launched.execute(text("select ST_XMin(boundary) from market where id = :id"), {"id": vegas.id}).scalar_one()
    nye = markets.add_from_geojson(
        launched, actor=admin, name="Pahrump", document=box(west - 0.6, 36.0, west + 0.004, 36.5), now=now
    )
    shared = text("select ST_Intersects(a.boundary, b.boundary) from market a, market b where a.id = :a and b.id = :b")
    assert launched.execute(shared, {"a": vegas.id, "b": nye.id}).scalar_one() is False


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("not json", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1, 2]", "something else"),
        ({"type": "Point", "coordinates": [-119, 39]}, "a Point"),
        ({"type": "LineString", "coordinates": [[-119, 39], [-118, 39]]}, "a LineString"),
        ({"type": "FeatureCollection", "features": []}, "no area"),
        ({"type": "Feature", "geometry": None}, "something else"),
        ({"type": "Polygon"}, "pair of numbers"),
        ({"type": "Polygon", "coordinates": []}, "pair of numbers"),
        ({"type": "Polygon", "coordinates": [[["a", "b"]]]}, "pair of numbers"),
        ({"type": "Polygon", "coordinates": [[[True, False]]]}, "pair of numbers"),
        ({"type": "Polygon", "coordinates": [[[-119, 39], [-118, 39]]]}, "at least four points"),
        ({"type": "Polygon", "coordinates": [-119, 39]}, "four points"),
        (BOWTIE, "crosses or touches itself"),
        (box(-13_380_000, 4_700_000, -13_300_000, 4_800_000), "WGS 84"),
        (box(36, -116, 37, -115), "Longitude must come first"),
        (box(-125, 25, -67, 49), "is the most"),
        (box(-119.8, 39.5, -119.799, 39.501), "less than 0.4 sq mi"),
        (box(2.2, 48.8, 2.5, 48.95), "outside the United States"),
        (box(-115.5, 28.0, -114.0, 32.7), "outside the United States"),
        (box(-119.45, 40.45, -119.35, 40.55), "No ZIP code has its centre"),
        ({"type": "Polygon", "coordinates": [[[float("nan"), 1.0], [1, 1], [2, 2], [1, 1]]]}, "pair of numbers"),
        (" " * 2_000_001, "larger than 2 MB"),
        ({"type": "Polygon", "coordinates": [[[-120 + n / 1e5, 39] for n in range(20_001)]]}, "points"),
    ],
)
def test_outlines_that_are_refused(document: Any, said: str) -> None:
    with pytest.raises(markets.MarketInvalid) as refused:
        read_outline(document)
    assert said in refused.value.message
    assert refused.value.fields == {"boundary": refused.value.message}


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8) | st.sampled_from(["Polygon", "Feature"]),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.sampled_from(["type", "coordinates", "geometry", "features"]), inner, max_size=4)
    ),
    max_leaves=30,
)
RINGS = st.lists(st.lists(st.lists(st.floats(-200, 200), min_size=1, max_size=3), max_size=6), max_size=3)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=JSON | st.builds(lambda rings: {"type": "Polygon", "coordinates": rings}, RINGS))
def test_no_document_breaks_the_reader(document: Any) -> None:
    try:
        shape = read_outline(json.dumps(document))
    except markets.MarketInvalid as refused:
        assert refused.fields["boundary"].endswith(".")
    else:
        assert shape.is_valid and not shape.is_empty


@pytest.mark.parametrize(
    ("add", "field"),
    [
        (lambda s, a, n: markets.add_from_counties(s, actor=a, name="X1", counties=[("Nowhere", "AZ")], now=n), "counties"),
        (lambda s, a, n: markets.add_from_counties(s, actor=a, name="X2", counties=[], now=n), "counties"),
        (lambda s, a, n: markets.add_from_counties(s, actor=a, name="X3", counties=[("Clark", "NV")], now=n), "zips"),
        (lambda s, a, n: markets.add_from_counties(s, actor=a, name="austin", counties=[("Pima", "AZ")], now=n), "name"),
        (lambda s, a, n: markets.add_from_counties(s, actor=a, name="—–", counties=[("Pima", "AZ")], now=n), "name"),
        (lambda s, a, n: markets.add_from_counties(s, actor=a, name="x" * 101, counties=[("Pima", "AZ")], now=n), "name"),
        (
            lambda s, a, n: markets.add_from_counties(
                s, actor=a, name="X4", counties=[("Pima", "AZ")], timezone="Mars/Base", now=n
            ),
            "timezone",
        ),
        (lambda s, a, n: markets.add_from_zips(s, actor=a, name="X5", zips=[], now=n), "zips"),
        (lambda s, a, n: markets.add_from_zips(s, actor=a, name="X6", zips=["89193", "85701"], now=n), "zips"),  # a PO box
        (lambda s, a, n: markets.add_from_zips(s, actor=a, name="X7", zips=["857o1"], now=n), "zips"),
        (lambda s, a, n: markets.add_from_zips(s, actor=a, name="X8", zips=["85701", "89109"], now=n), "zips"),
        (lambda s, a, n: markets.add_from_zips(s, actor=a, name="X9", zips=[str(z) for z in range(20000, 21001)], now=n), "zips"),
        (
            lambda s, a, n: markets.add_from_geojson(s, actor=a, name="X10", document=box(-115.4, 36, -114.9, 36.3), now=n),
            "boundary",
        ),
    ],
)
def test_markets_that_are_refused(launched: Session, admin: Actor, now: datetime, add: Any, field: str) -> None:
    with pytest.raises(HotleadsError) as refused:
        add(launched, admin, now)
    assert set(refused.value.fields) == {field}
    assert len(markets.all_markets(launched)) == 4


@pytest.mark.parametrize("role", ["analyst", "scientist", "provider", "public"])
def test_only_admins_change_markets(launched: Session, now: datetime, role: Any) -> None:
    actor = Actor(user_id=uuid7(), role=role)
    vegas = markets.all_markets(launched)[0].id
    for act in (
        lambda: markets.add_from_counties(launched, actor=actor, name="Tucson", counties=[("Pima", "AZ")], now=now),
        lambda: markets.add_from_zips(launched, actor=actor, name="Tucson", zips=["85701"], now=now),
        lambda: markets.add_from_geojson(launched, actor=actor, name="Reno", document=RENO, now=now),
        lambda: markets.close_market(launched, actor=actor, market_id=vegas, now=now),
    ):
        with pytest.raises(Forbidden):
            act()


def test_unknown_market(launched: Session, admin: Actor, now: datetime) -> None:
    with pytest.raises(markets.MarketNotFound):
        markets.get_market(launched, uuid7())
    with pytest.raises(markets.MarketNotFound):
        markets.outline(launched, uuid7())
    with pytest.raises(markets.MarketNotFound):
        markets.close_market(launched, actor=admin, market_id=uuid7(), now=now)


def test_two_admins_add_overlapping_markets_at_once(database: Engine, admin: Actor, now: datetime) -> None:
    """Both draw over the same land at the same moment: exactly one market comes to be."""

    def add(name: str) -> str:
        try:
            with transaction(database) as session:
                markets.add_from_geojson(session, actor=admin, name=name, document=RENO, now=now)
                return "added"
        except markets.MarketTaken as taken:
            return ",".join(taken.fields)

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(add, ["Reno", "Reno and Sparks"]))
    assert outcomes == ["added", "boundary"]
