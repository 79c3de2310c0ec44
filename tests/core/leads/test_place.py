"""The blurred point that strangers see: far enough, the same each time, telling nothing when averaged (SPEC 2.8)."""

from math import cos, hypot, radians

from hypothesis import given
from hypothesis import strategies as st

from core.kit.ids import uuid7
from core.leads.place import EARTH_M, Place, public_point, read_pin, read_zip
from core.markets import ZipPlace

ZIP = ZipPlace("89109", uuid7(), "Las Vegas", "Clark", "NV", -115.17, 36.11, 3000, "America/Los_Angeles")
METRES_PER_DEGREE = EARTH_M * radians(1)
lons, lats, accuracies = st.floats(-125, -66), st.floats(24, 49), st.integers(0, 30_000)


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    return hypot((a[0] - b[0]) * cos(radians((a[1] + b[1]) / 2)), a[1] - b[1]) * METRES_PER_DEGREE


@given(lons, lats, accuracies, st.sampled_from(["pin", "zip", "geocoder"]))
def test_the_public_point_is_blurred_enough_and_no_more(lon: float, lat: float, accuracy: int, source: str) -> None:
    place, lead_id = Place(ZIP, "las-vegas", lon, lat, source, accuracy), uuid7()  # type: ignore[arg-type]
    shown = public_point(place, lead_id)
    blur = max(500, accuracy)
    assert 0.99 * blur <= metres(shown, (lon, lat)) <= 1.52 * blur
    assert public_point(place, lead_id) == shown, "stable"


def test_leads_of_one_home_share_one_point() -> None:
    home = Place(ZIP, "las-vegas", -115.17281, 36.11471, "pin", 30)
    assert len({public_point(home, uuid7()) for _ in range(50)}) == 1
    nearby = Place(ZIP, "las-vegas", -115.17284, 36.11474, "pin", 12)
    moved, there = public_point(home, uuid7()), public_point(nearby, uuid7())
    assert metres(moved, there) < 10, "a second reading of the same spot averages nothing out"


def test_leads_of_one_zip_are_spread_around_its_centroid() -> None:
    centroid = Place(ZIP, "las-vegas", ZIP.lon, ZIP.lat, "zip", ZIP.radius_m)
    points = [public_point(centroid, uuid7()) for _ in range(200)]
    assert len(set(points)) == 200
    east = sum(lon > ZIP.lon for lon, _ in points)
    assert 60 < east < 140, "in every direction"


@given(st.one_of(st.none(), st.text(), st.integers(), st.lists(st.text()), st.dictionaries(st.text(), st.floats())))
def test_any_pin_and_zip_are_read_or_refused_by_name(given_value: object) -> None:
    pin, errors = read_pin(given_value)
    assert pin is None and all(name.startswith("point") for name in errors)
    zip_ = read_zip(given_value)
    assert zip_ is None or (len(zip_) == 5 and zip_.isdigit())


def test_a_zip_may_carry_its_plus_four() -> None:
    assert read_zip(" 89109-1234 ") == "89109" and read_zip("891091234") is None and read_zip("٨٩١٠٩") is None
