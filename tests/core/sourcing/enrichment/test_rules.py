"""The rule-based twin: requests as people write them, and what it makes of them (SPEC 8.5)."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.niches import protected_class
from core.sourcing.enrichment import Known, by_rules
from core.sourcing.enrichment.figures import amounts, spoken
from core.sourcing.enrichment.request import Request
from core.sourcing.enrichment.when import urgency_of

ON = date(2026, 11, 4)


def request(text: str, niche: str = "Home improvement", **answers: Any) -> Request:
    return Request(niche, answers, {key: key for key in answers}, [text], ON, Known())


@pytest.mark.parametrize(
    ("text", "niche", "intent"),
    [
        ("Our roof leaks", "Roofing", "repair"),
        ("We need a new roof", "Roofing", "replace"),
        ("Please send a quote", "Roofing", "estimate"),
        ("Yearly tune-up", "Heating", "maintain"),
        ("hello", "Home seller", "sell"),
        ("hello", "Home buyer", "buy"),
        ("Thinking of selling our place", "Homes", "sell"),
        ("Looking for a three bedroom house", "Homes", "buy"),
        ("hello", "Roofing", "other"),
    ],
)
def test_intent(text: str, niche: str, intent: str) -> None:
    assert by_rules(request(text, niche)).intent == intent


@pytest.mark.parametrize(
    ("text", "urgency"),
    [
        ("as soon as possible", "now"),
        ("within 3 days", "now"),
        ("within three weeks", "weeks"),
        ("in 2 months", "months"),
        ("In 6 to 12 months", "later"),
        ("no rush at all", "later"),
        ("by Thanksgiving, before December 20", "months"),
        ("by 11/20", "weeks"),
        ("before June 2028", "later"),
        ("next week would be fine", "weeks"),
        ("this summer", "months"),
        ("we like trees", None),
        ("before February 31", None),
    ],
)
def test_urgency(text: str, urgency: str | None) -> None:
    assert urgency_of(text, on=ON) == urgency


@pytest.mark.parametrize(
    ("text", "dollars"),
    [
        ("up to $450k", 450_000),
        ("around 450,000", 450_000),
        ("$1.2 million", 1_200_000),
        ("half a million", 500_000),
        ("four hundred and fifty thousand dollars", 450_000),
        ("between $300,000 and $400,000", 400_000),
        ("we owe $200,000 and hope for $350,000", 350_000),
        ("our mortgage is 200k", None),
        ("about 25,000 sq ft", None),
        ("call 7025550142", None),
        ("3 bedrooms", None),
    ],
)
def test_budget(text: str, dollars: int | None) -> None:
    assert by_rules(request(text)).budget_dollars == dollars, amounts(text)


def test_property_facts_from_words_figures_and_answers() -> None:
    text = "Two story town house, three bedrooms and two and a half baths, 1,850 sq ft, built in 1994 on half an acre."
    told = by_rules(request(text)).property.model_dump()
    assert told == {
        "property_type": "townhouse",
        "bedrooms": 3,
        "bathrooms": 2.5,
        "living_area_sqft": 1850,
        "lot_sqft": 21_780,
        "year_built": 1994,
        "roof_age_years": None,
        "stories": 2,
    }
    answered = by_rules(request("five bedrooms", bedrooms=4, property_type="Condo", stories="3 or more", roof_age=12))
    assert answered.property.bedrooms == 4 and answered.property.property_type == "condo"
    assert answered.property.stories == 3 and answered.property.roof_age_years == 12


@pytest.mark.parametrize(
    ("words", "value"), [("two hundred and fifty", 250), ("one million two hundred thousand", 1_200_000), ("x", None)]
)
def test_numbers_in_words(words: str, value: float | None) -> None:
    assert spoken(words) == value


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=400),
    st.dictionaries(st.sampled_from(["bedrooms", "stories", "budget_max"]), st.integers() | st.text(), max_size=3),
)
def test_nothing_makes_it_fail_and_its_summary_is_its_own(text: str, answers: dict[str, Any]) -> None:
    found = by_rules(request(text, **answers))
    assert protected_class(found.summary) is None
    assert by_rules(request(text, **answers)) == found


def test_no_text_takes_long() -> None:
    for evil in ("1 " * 20_000, "one " * 10_000, "in a " * 10_000, "$" * 40_000, "9" * 40_000, "half an " * 5_000):
        assert by_rules(request(evil)).summary
