"""Addresses of every shape: none is lost, the readable ones end in postal form (SPEC 8.3)."""

import re

import pytest
from scourgify import normalize_address_record
from scourgify.exceptions import AddressNormalizationError

from core.leads.postal import postal_form, short_forms
from core.sourcing.normalise import normalise, read_home
from tests.core.sourcing.normalise.corpus import corpus
from tests.core.sourcing.normalise.shapes import (
    BOXES,
    EVERY,
    GRIDS,
    NAMES,
    NUMBERS,
    ROADS,
    SOUND,
    UNITS,
    WITHOUT_NUMBER,
    shapes,
)

HERE = {"city": "Las Vegas", "state": "NV", "zip": "89109"}


@pytest.mark.parametrize("street", EVERY)
def test_no_shape_is_unusable_and_no_number_is_lost(street: str) -> None:
    read = normalise(street=street, **HERE)
    assert read.status != "unusable" and read.home.street
    kept = f"{read.home.street} {read.home.unit or ''}"
    assert re.findall(r"\d+", kept.replace(" ", "")) or not re.findall(r"\d", street)
    assert sorted("".join(re.findall(r"\d", kept))) == sorted("".join(re.findall(r"\d", street.replace("½", " 1/2"))))


@pytest.mark.parametrize("street", [*shapes(BOXES, ROADS, GRIDS, NUMBERS, NAMES), *SOUND])
def test_sound_shapes_need_no_review(street: str) -> None:
    assert normalise(street=street, **HERE).reasons == ()


def test_under_one_in_a_hundred_addresses_of_every_shape_stays_as_it_was_typed_and_none_is_unusable() -> None:
    read = [(one, normalise(**one.given)) for one in corpus(2_000)]
    assert not [one for one, normal in read if normal.status == "unusable" or not normal.home.street]
    typed = [one for one, normal in read if any(why.code == "address_as_typed" for why in normal.reasons)]
    assert len(typed) < 0.01 * len(read), [one.given["street"] for one in typed]
    meant = [(one, normal.home) for one, normal in read if one.street]
    assert not [(one, home) for one, home in meant if (home.street, home.unit) != (one.street, one.unit)]
    assert len(meant) > 1_000


@pytest.mark.parametrize(
    "form", ["{at}, {city}, {state} {zip}", "{at} {city} {state} {zip}", "{at}, {city} {state}, {zip}-1234, USA"]
)
def test_a_whole_line_says_what_its_parts_say(form: str) -> None:
    lost = []
    for one in corpus(600):
        given = {part: one.given.get(part) or "" for part in ("street", "unit", "city", "state", "zip")}
        if not all((given["street"], given["city"], given["zip"])) or given["state"] == "AE":
            continue
        line = form.format(at=f"{given['street']} {given['unit']}".strip(), **{k: given[k] for k in ("city", "state", "zip")})
        whole, parts = read_home(line), read_home(**given)
        if (whole.street, whole.unit, whole.state, whole.zip) != (parts.street, parts.unit, parts.state, parts.zip):
            lost.append((line, whole, parts))
    assert len(lost) <= 3, lost  # "5863 W 7500 N Las Vegas": nobody can tell


@pytest.mark.parametrize(
    ("line", "home"),
    [
        ("12 oak street reno nv", ("12 OAK ST", None, "reno", "NV", None)),
        ("12 Oak St, Reno, Nevada 89501", ("12 OAK ST", None, "Reno", "NV", "89501")),
        ("12 Main St St. Louis MO 63101", ("12 MAIN ST", None, "St. Louis", "MO", "63101")),
        ("12 Main St NW Washington, D.C. 20001", ("12 MAIN ST NW", None, "Washington", "DC", "20001")),
        ("PSC 1234, Box 5678 APO, AE 09499", ("PSC 1234 BOX 5678", None, "APO", "AE", "09499")),
        ("Post Office Box 77 Austin TX 78701", ("PO BOX 77", None, "Austin", "TX", "78701")),
        ("PO Box 12345", ("PO BOX 12345", None, None, None, None)),
        ("45 E 12345 S", ("45 E 12345 S", None, None, None, None)),
        ("12 County Road 10001", ("12 COUNTY RD 10001", None, None, None, None)),
        ("12 Windsor Ct", ("12 WINDSOR CT", None, None, None, None)),
        ("12 Windsor Ct 89501", ("12 WINDSOR CT", None, "Reno", "NV", "89501")),
        ("12 Windsor Ct Windsor CT 06095", ("12 WINDSOR CT", None, "Windsor", "CT", "06095")),
        ("100 Nevada", ("100 NEVADA", None, None, None, None)),
        ("Las Vegas NV 89109", (None, None, "Las Vegas", "NV", "89109")),
        ("350 Fifth Ave, 34th Floor, New York, NY 10118", ("350 FIFTH AVE", "FL 34", "New York", "NY", "10118")),
        ("Empire State Building, 350 5th Ave", ("350 5TH AVE", "EMPIRE STATE BLDG", None, None, None)),
    ],
)
def test_lines_without_commas_and_with_too_many(line: str, home: tuple[str | None, ...]) -> None:
    read = read_home(line)
    assert (read.street, read.unit, read.city, read.state, read.zip) == home


@pytest.mark.parametrize(
    ("typed", "street", "unit"),
    [
        ("7065 Farm to Market Road 2405 Apt 4", "7065 FM 2405", "APT 4"),
        ("5743 ranch road 2061 e", "5743 RANCH RD 2061 E", None),
        ("14001 US 1806 E", "14001 US 1806 E", None),
        ("1200 CR 14", "1200 COUNTY RD 14", None),
        ("12 - 14 Main St", "12-14 MAIN ST", None),
        ("12 Oak St No. 4", "12 OAK ST", "UNIT 4"),
        ("12 Oak St (rear)", "12 OAK ST", "REAR"),
        ("10 Downing Street, London SW1A 2AA", "10 DOWNING ST", "LONDON SW1A 2AA"),
        ("Farm to Market Rd 2405", "FARM TO MARKET RD 2405", None),
    ],
)
def test_no_part_is_lost_or_moved(typed: str, street: str, unit: str | None) -> None:
    form = postal_form(typed)
    assert (form.street, form.unit) == (street, unit)


def test_few_units_need_review() -> None:
    read = {street: normalise(street=street, **HERE).status for street in shapes(UNITS)}
    assert {street for street, status in read.items() if status == "review"} <= {
        "123 Main St Unit",
        "12 Oak St Upper",
        "9 Pine St Penthouse",
    }


@pytest.mark.parametrize("street", shapes(WITHOUT_NUMBER))
def test_a_street_without_number_waits_for_a_person(street: str) -> None:
    assert "address_no_number" in {reason.code for reason in normalise(street=street, **HERE).reasons}


def test_the_quick_reading_agrees_with_the_strict_one() -> None:
    """Whatever the pattern reads, the postal library reads the same."""
    seen = 0
    for street in [
        *(street for street in EVERY if not street.startswith("#") and "N/A" not in street),  # the library keeps both
        *(f"{n} {d} {w} {t}" for n in (1, 44) for d in "NS" for w in ("Larch", "5th") for t in ("Street", "Av")),
    ]:
        form = postal_form(street)
        if form.how != "plain" or "½" in street:
            continue
        try:
            strict = normalize_address_record(f"{street}, Las Vegas, NV 89109")
        except AddressNormalizationError:
            continue
        seen += 1
        unit = (strict["address_line_2"] or "").replace("APT # ", "APT ")
        assert (form.street, form.unit or "") == (strict["address_line_1"], unit), street
    assert seen > 30


def test_streets_named_like_a_kind_of_street_are_read_as_the_strict_reading_does() -> None:
    names, _ = short_forms()
    lines = [line for name in names for line in (f"12 {name} ST", f"12 OAK {name} AVE", f"12 N {name} DR")]
    quick = {line: form for line in lines if (form := postal_form(line)).how == "plain"}
    assert len(quick) > 500
    for line, form in quick.items():
        assert normalize_address_record(f"{line}, Las Vegas, NV 89109")["address_line_1"] == form.street, line


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"street": "12 North Main Street #4"}, {"street": "12 N. MAIN ST", "unit": "#4"}),
        ({"street": "12 N Main St Apt 4"}, {"street": "12 North Main Street", "unit": "Apartment 4"}),
        ({"street": "P.O. Box 12"}, {"street": "PO BOX 12"}),
        ({"street": "Rural Route 2, Box 15"}, {"street": "RR 2 BOX 15"}),
    ],
)
def test_one_place_one_form(one: dict[str, str], other: dict[str, str]) -> None:
    assert read_home(**one, zip="89109") == read_home(**other, zip="89109")


@pytest.mark.parametrize(
    ("given", "zip", "codes"),
    [
        ({"zip": "89109-1234"}, "89109", []),
        ({"zip": "2134.0", "state": "MA"}, "02134", []),
        ({"zip": "2134", "state": "Massachusetts"}, "02134", []),
        ({"zip": "2134", "state": "NV"}, None, ["zip_invalid"]),
        ({"zip": "00000"}, "00000", ["zip_unknown"]),
        ({"zip": "89109", "state": "TX"}, "89109", ["zip_elsewhere"]),
        ({"zip": "89109", "city": "Dallas"}, "89109", ["zip_elsewhere"]),
        ({"state": "Narnia"}, None, ["zip_missing", "state_unknown"]),
        ({"zip": "nan", "city": "Reno"}, None, ["zip_missing"]),
    ],
)
def test_zip_city_and_state_are_held_against_each_other(given: dict[str, str], zip: str | None, codes: list[str]) -> None:
    home = read_home("12 N Main St", **given)
    assert home.zip == zip and [reason.code for reason in home.reasons] == codes


def test_a_whole_line_is_taken_apart_and_gaps_are_filled_from_the_zip() -> None:
    home = read_home("12 N Main St #4, Las Vegas, NV 89109")
    assert (home.street, home.unit, home.city, home.state, home.zip) == ("12 N MAIN ST", "# 4", "Las Vegas", "NV", "89109")
    assert read_home("12 N Main St", zip="89109").state == "NV"


@pytest.mark.parametrize("street", ["n/a", "asdf", "12345", "---", "none", "..."])
def test_what_is_no_address(street: str) -> None:
    home = read_home(street, **HERE)
    assert home.street is None and {reason.code for reason in home.reasons} <= {"address_placeholder", "address_missing_street"}


@pytest.mark.parametrize(
    ("typed", "street", "unit"),
    [
        ("123 Main St PO Box 12", "123 MAIN ST", "PO BOX 12"),
        ("HC 3 Box 3 Apt 4", "HC 3 BOX 3", "APT 4"),
        ("123 Main St Upstairs", "123 MAIN ST", "UPPR"),
        ("Urb Las Lilas A-12 Calle 5", "A-12 CALLE 5", "URB LAS LILAS"),
        ("Carr 2 Km 45.6", "CARR 2 KM 45.6", None),
        ("Mile 5 Larch Hwy", "LARCH HWY MM 5", None),
        ("No. 123 Máin St", "123 MAIN ST", None),
        ("123 Main St, Las Vegas, NV 89109", "123 MAIN ST", None),
        ("123 Main St Las Vegas", "123 MAIN ST", None),
        ("12 Las Vegas Blvd", "12 LAS VEGAS BLVD", None),
    ],
)
def test_what_stands_beside_a_street(typed: str, street: str, unit: str | None) -> None:
    home = read_home(typed, None, "Las Vegas", "NV", "89109")
    assert (home.street, home.unit) == (street, unit)
