"""Direction and bounds of the written rules, over any signals."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.scoring import VERSION, Signals, fraud, gibberish, quality

counts = st.integers(0, 50)
signals = st.builds(
    Signals,
    disposable_domain=st.booleans(),
    reserved_domain=st.booleans(),
    fake_phone=st.booleans(),
    email_leads_day=counts,
    phone_leads_day=counts,
    ip_leads_hour=counts,
    area_code=st.sampled_from(["zip", "state", "elsewhere", "unknown"]),
    address_in_zip=st.sampled_from([None, True, False]),
    address_review=st.booleans(),
    pin_outside_zip_m=st.one_of(st.none(), st.integers(0, 2_000_000)),
    ip_in_market=st.sampled_from([None, True, False]),
    gibberish=st.floats(0, 1),
    copied_text=counts,
    past_claims=counts,
    optional_asked=st.just(10),
    optional_answered=st.integers(0, 10),
    detail_words=counts,
    confirmed_after_s=st.one_of(st.none(), st.floats(0, 1e6)),
    street_given=st.booleans(),
    pin_given=st.booleans(),
    certificate_given=st.booleans(),
)
WORSE: list[dict[str, Any]] = [
    {"disposable_domain": True},
    {"reserved_domain": True},
    {"fake_phone": True},
    {"address_in_zip": False},
    {"address_review": True},
    {"ip_in_market": False},
    {"gibberish": 1.0},
    {"area_code": "elsewhere"},
]
COUNTED = ["email_leads_day", "phone_leads_day", "ip_leads_hour", "copied_text", "past_claims"]
BETTER: list[dict[str, Any]] = [
    {"optional_answered": 10},
    {"detail_words": 50},
    {"confirmed_after_s": 1.0},
    {"pin_given": True},
    {"certificate_given": True},
]


@given(signals)
def test_scores_stay_in_bounds_and_are_explained(s: Signals) -> None:
    f, q = fraud(s), quality(s)
    assert 0 <= f.value <= 1 and 0 <= q.value <= 100
    assert f.version == q.version == VERSION
    assert all(reason.text.endswith(".") and 0 <= reason.weight <= 1 for reason in f.reasons)
    assert (f.value > 0) == any(reason.weight > 0 for reason in f.reasons)
    assert q.value == pytest.approx(min(100, max(0, sum(reason.weight for reason in q.reasons))), abs=0.01)


@given(signals, st.sampled_from(WORSE))
def test_one_more_bad_sign_never_helps(s: Signals, bad: dict[str, Any]) -> None:
    worse = replace(s, **bad)
    assert fraud(worse).value >= fraud(s).value
    if "area_code" not in bad or s.area_code not in ("zip", "state"):
        assert quality(worse).value <= quality(s).value


@given(signals, st.sampled_from(COUNTED), st.integers(1, 20))
def test_more_of_the_same_never_helps(s: Signals, name: str, more: int) -> None:
    worse = replace(s, **{name: getattr(s, name) + more})
    assert fraud(worse).value >= fraud(s).value and quality(worse).value <= quality(s).value


@given(signals, st.sampled_from(BETTER))
def test_a_better_lead_is_never_scored_lower(s: Signals, good: dict[str, Any]) -> None:
    better = replace(s, **good)
    assert quality(better).value >= quality(s).value and fraud(better).value == fraud(s).value


def test_a_clean_lead_is_trusted_and_an_absent_check_is_said() -> None:
    clean = fraud(Signals())
    assert clean.value == 0 and [reason.code for reason in clean.reasons] == ["ip_location_absent"]


def test_a_crude_fake_scores_high() -> None:
    assert fraud(Signals(disposable_domain=True, fake_phone=True, gibberish=1.0)).value > 0.9


@pytest.mark.parametrize(("metres", "told"), [(90, "300 ft"), (1_609, "1 mile"), (20_000, "12.4 miles")])
def test_how_far_the_pin_lies_is_told_in_miles(metres: int, told: str) -> None:
    (reason,) = (r for r in fraud(Signals(pin_outside_zip_m=metres)).reasons if r.code == "pin_outside_zip")
    assert reason.text == f"The pin lies about {told} outside the ZIP code."


@pytest.mark.parametrize(
    "name",
    [
        "Pat Example", "Nguyen Thi Minh", "Krzysztof Szczepanski", "Schwartz", "José Ñandú Íñiguez", "O'Brien-Smith", "Ng",
        "Wyszynski", "Xochitl Hernandez", "Mary Fitzpatrick", "Zbigniew Brzezinski", "Hrvoje Krpan", "李小龍",
        "Our roof leaks since the last storm", "I want to sell my property", "Pat Doherty", "Sam Lafferty-Wertz",
        "See https about the powertrain", "Three bdrms",
    ],
)  # fmt: skip
def test_names_of_people_are_not_gibberish(name: str) -> None:
    assert gibberish(name) == 0


@pytest.mark.parametrize(
    "name",
    ["asdf asdf", "qwerty", "wertyui", "ertyuio", "xkcdqwz", "aaaaaa", "fghjkl", "sdfgsdfgsdfg", "jxqvz", "lolololo", "bcdfg"],
)
def test_hammered_keys_are(name: str) -> None:
    assert gibberish(name) == 1


@given(st.text(max_size=200))
def test_any_text_has_a_share(text: str) -> None:
    assert 0 <= gibberish(text) <= 1
