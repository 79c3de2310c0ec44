"""Service areas and the one shape made of them (SPEC 4.4)."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import providers
from core.kit.errors import Forbidden, Invalid, NotFound
from tests.builders import STRIP, a_market, a_provider
from tests.core.providers.people import an_admin, an_analyst, of

LON, LAT = STRIP


def square(half: float, lon: float = LON, lat: float = LAT) -> dict[str, Any]:
    corners = [(-half, -half), (half, -half), (half, half), (-half, half), (-half, -half)]
    return {"type": "Polygon", "coordinates": [[[lon + x, lat + y] for x, y in corners]]}


def serves(session: Session, provider_id: object, lon: float, lat: float) -> bool | None:
    """As the engine asks: null when the provider has no area."""
    return session.scalar(
        text("select ST_Covers(shape, ST_Point(:lon, :lat, 4326)) from provider_area where provider_id = :p"),
        {"lon": lon, "lat": lat, "p": provider_id},
    )


@pytest.fixture
def market(session: Session, now: datetime) -> Any:
    return a_market(session, now)


def test_areas_add_up_and_without_any_it_is_everywhere(session: Session, now: datetime, market: Any) -> None:
    me = a_provider(session, now)
    assert serves(session, me.id, LON, LAT) is None
    west = providers.add_area(
        session, actor=of(me), name="West", kind="polygon", definition={"geojson": square(0.05, LON - 0.1)}, now=now
    )
    providers.add_area(
        session, actor=of(me), name="East", kind="polygon", definition={"geojson": square(0.05, LON + 0.1)}, now=now
    )
    assert (serves(session, me.id, LON - 0.1, LAT), serves(session, me.id, LON + 0.1, LAT)) == (True, True)
    assert serves(session, me.id, LON, LAT) is False
    land = providers.served_land(session, actor=of(me))
    assert land.areas == 2 and land.geojson is not None and land.square_km > 150
    providers.remove_area(session, actor=of(me), area_id=west.id, now=now)
    assert serves(session, me.id, LON - 0.1, LAT) is False
    providers.remove_area(session, actor=of(me), area_id=providers.areas_of(session, actor=of(me))[0].id, now=now)
    assert serves(session, me.id, LON, LAT) is None
    assert providers.served_land(session, actor=of(me)).geojson is None


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
# Whole degrees: PostgreSQL refuses radians() of the least float there is.
@given(bearing=st.integers(0, 359), radius=st.integers(100, 40_000))
def test_a_circle_is_round_on_the_ground(session: Session, now: datetime, market: Any, bearing: int, radius: int) -> None:
    me = a_provider(session, now, balance_cents=0)
    circle = {"lon": LON, "lat": LAT, "radius_m": radius}
    providers.add_area(session, actor=of(me), name="Round", kind="circle", definition=circle, now=now)
    at = text("""select ST_Covers(a.shape, ST_Project(ST_Point(:lon, :lat, 4326)::geography, :d, radians(:b))::geometry)
                 from provider_area a where provider_id = :p""")
    given = {"lon": LON, "lat": LAT, "b": bearing, "p": me.id}
    assert session.scalar(at, given | {"d": radius * 0.99}) is True
    assert session.scalar(at, given | {"d": radius * 1.01}) is False


def test_zips_counties_and_markets(session: Session, now: datetime, market: Any) -> None:
    for kind, definition in (
        ("zips", {"zips": ["89109", "89109"]}),
        ("county", {"market_id": str(market.id), "county": "Clark", "state": "NV"}),
        ("market", {"market_id": str(market.id)}),
    ):
        me = a_provider(session, now)
        area = providers.add_area(session, actor=of(me), name=kind, kind=kind, definition=definition, now=now)
        assert serves(session, me.id, LON, LAT) is True
        assert serves(session, me.id, LON + 1, LAT) is False
        assert area.geojson["type"] == "MultiPolygon"


def test_lines_that_cross_themselves_are_untangled(session: Session, now: datetime, market: Any) -> None:
    bow_tie = {
        "type": "Polygon",
        "coordinates": [[[LON - 0.1, LAT], [LON + 0.1, LAT + 0.1], [LON + 0.1, LAT], [LON - 0.1, LAT + 0.1], [LON - 0.1, LAT]]],
    }
    me = a_provider(session, now)
    providers.add_area(session, actor=of(me), name="Bow tie", kind="polygon", definition={"geojson": bow_tie}, now=now)
    assert serves(session, me.id, LON - 0.09, LAT + 0.05) is True
    assert serves(session, me.id, LON, LAT + 0.01) is False


FAR = square(0.1, lon=2.35, lat=48.85)


@pytest.mark.parametrize(
    ("kind", "definition", "field"),
    [
        ("blob", {}, "kind"),
        ("polygon", {}, "geojson"),
        ("polygon", {"geojson": {"type": "Point", "coordinates": [1, 2]}}, "geojson"),
        ("polygon", {"geojson": {"type": "Polygon"}}, "geojson"),
        ("polygon", {"geojson": {"type": "Polygon", "coordinates": []}}, "geojson"),
        ("polygon", {"geojson": {"type": "Polygon", "coordinates": [[]]}}, "geojson"),
        ("polygon", {"geojson": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}}, "geojson"),
        ("polygon", {"geojson": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 0]]]}}, "geojson"),
        (
            "polygon",
            {"geojson": {"type": "Polygon", "coordinates": [[[LON, LAT], [LON + 1, LAT], [LON, LAT], [LON, LAT]]]}},
            "geojson",
        ),
        ("polygon", {"geojson": {"type": "Polygon", "coordinates": [[["a", "b"]]]}}, "geojson"),
        ("polygon", {"geojson": {"type": "Polygon", "coordinates": [[[200, 0], [1, 1], [2, 0], [200, 0]]]}}, "geojson"),
        ("polygon", {"geojson": {"type": "Polygon", "coordinates": [[[LON, LAT]] * 2001]}}, "geojson"),
        ("polygon", {"geojson": {"type": "Polygon", "coordinates": [[[[[[LON, LAT]]]]]]}}, "geojson"),
        ("polygon", {"geojson": FAR}, "definition"),
        ("circle", {"lon": LON, "lat": LAT, "radius_m": 0}, "radius_m"),
        ("circle", {"lon": LON, "lat": LAT, "radius_m": 10**7}, "radius_m"),
        ("circle", {"lon": LON, "lat": LAT, "radius_m": float("inf")}, "radius_m"),
        ("circle", {"lon": LON, "lat": LAT}, "radius_m"),
        ("circle", {"lon": 500, "lat": LAT, "radius_m": 1000}, "lon"),
        ("circle", {"lon": LON, "lat": "north", "radius_m": 1000}, "lat"),
        ("circle", {"lon": 2.35, "lat": 48.85, "radius_m": 1000}, "definition"),
        ("zips", {"zips": []}, "zips"),
        ("zips", {"zips": "89109"}, "zips"),
        ("zips", {"zips": ["89109", 89101]}, "zips"),
        ("zips", {"zips": ["89109", "00000"]}, "zips"),
        ("zips", {"zips": ["89109"] * 501}, "zips"),
        ("county", {"market_id": "nonsense"}, "market_id"),
        ("market", {"market_id": "0198c0de-0000-7000-8000-000000000000"}, "market_id"),
    ],
)
def test_an_area_that_can_not_be_is_refused_in_a_sentence(
    session: Session, now: datetime, market: Any, kind: str, definition: dict[str, Any], field: str
) -> None:
    me = a_provider(session, now)
    with pytest.raises(providers.InvalidArea) as refused:
        providers.add_area(session, actor=of(me), name="Mine", kind=kind, definition=definition, now=now)
    assert list(refused.value.fields) == [field]
    assert refused.value.message.endswith(".")


coordinate = st.floats(allow_nan=True) | st.none() | st.text(max_size=2) | st.sampled_from([LON, LAT, 0, 1])
geometry = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["Polygon", "MultiPolygon", "Feature", "GeometryCollection", 3]),
        "coordinates": st.recursive(coordinate, lambda inner: st.lists(inner, max_size=5), max_leaves=30),
    }
)
near = st.tuples(st.floats(-0.2, 0.2), st.floats(-0.2, 0.2)).map(lambda d: [LON + d[0], LAT + d[1]])
ring = st.lists(near, min_size=3, max_size=9).map(lambda points: {"type": "Polygon", "coordinates": [[*points, points[0]]]})


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=geometry | ring)
def test_whatever_is_drawn_becomes_land_or_a_sentence(
    session: Session, now: datetime, market: Any, drawn: dict[str, Any]
) -> None:
    me = a_provider(session, now, balance_cents=0)
    try:
        area = providers.add_area(session, actor=of(me), name="Drawn", kind="polygon", definition={"geojson": drawn}, now=now)
    except Invalid as refused:
        assert refused.fields
        return
    assert area.square_km > 0
    assert session.scalar(text("select ST_IsValid(shape) from provider_area where provider_id = :p"), {"p": me.id}) is True


def test_fifty_areas_and_no_more(session: Session, now: datetime, market: Any) -> None:
    me = a_provider(session, now)
    circle = {"lon": LON, "lat": LAT, "radius_m": 500}
    for number in range(50):
        providers.add_area(session, actor=of(me), name=f"Area {number}", kind="circle", definition=circle, now=now)
    with pytest.raises(providers.TooManyAreas):
        providers.add_area(session, actor=of(me), name="One more", kind="circle", definition=circle, now=now)


def test_only_the_provider_itself_and_admins_change_its_areas(session: Session, now: datetime, market: Any) -> None:
    me, stranger = a_provider(session, now), a_provider(session, now)
    circle = {"lon": LON, "lat": LAT, "radius_m": 500}
    area = providers.add_area(
        session, actor=an_admin(), provider_id=me.id, name="Mine", kind="circle", definition=circle, now=now
    )
    with pytest.raises(NotFound):
        providers.add_area(session, actor=of(stranger), provider_id=me.id, name="X", kind="circle", definition=circle, now=now)
    with pytest.raises(NotFound):
        providers.remove_area(session, actor=of(stranger), area_id=area.id, now=now)
    with pytest.raises(NotFound):
        providers.areas_of(session, actor=of(stranger), provider_id=me.id)
    with pytest.raises(Forbidden):
        providers.add_area(session, actor=an_analyst(), provider_id=me.id, name="X", kind="circle", definition=circle, now=now)
    assert [row.id for row in providers.areas_of(session, actor=an_analyst(), provider_id=me.id)] == [area.id]
    actions = session.scalars(text("select action from audit_entry where entity_id = :p"), {"p": me.id}).all()
    assert actions == ["provider.area_added"]


def test_a_file_of_several_polygons_is_one_area(session: Session, now: datetime, market: Any) -> None:
    me = a_provider(session, now)
    both = [square(0.05, LON - 0.1), square(0.05, LON + 0.1)]
    collection = {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": shape} for shape in both]}
    area = providers.add_area(session, actor=of(me), name="Two", kind="polygon", definition={"geojson": collection}, now=now)
    assert len(area.geojson["coordinates"]) == 2 and len(providers.areas_of(session, actor=of(me))) == 1
    assert (serves(session, me.id, LON - 0.1, LAT), serves(session, me.id, LON, LAT)) == (True, False)
    point = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [LON, LAT]}}
    for wrong in ([], [point], [{"type": "Feature", "geometry": None}], ["x"], {}):
        with pytest.raises(providers.InvalidArea) as refused:
            definition = {"geojson": {"type": "FeatureCollection", "features": wrong}}
            providers.add_area(session, actor=of(me), name="No", kind="polygon", definition=definition, now=now)
        assert list(refused.value.fields) == ["geojson"]
