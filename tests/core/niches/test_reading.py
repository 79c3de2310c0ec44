"""Answers as people read them: amounts with their sign, wherever they are shown."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core import leads, niches
from core.niches import clean_form, in_words
from core.niches.launch import launch_niches
from tests.builders import a_lead, a_market, a_niche

SPEND = {"key": "spend", "label": "The most you would spend?", "type": "number", "placeholder": "$450,000"}
AREA = {"key": "area", "label": "Living area", "type": "number", "placeholder": "1,850"}


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        (SPEND, 560000, "$560,000"),
        (SPEND, 950, "$950"),
        (SPEND, 12.5, "$12.50"),
        (AREA, 12000, "12,000"),
        (AREA, 1998, "1998"),
        (AREA, True, "Yes"),
        ({"key": "x", "type": "text", "placeholder": "$5"}, "about 5", "about 5"),
        ({"key": "x", "type": "multiselect"}, ["one", "two"], "one, two"),
    ],
)
def test_an_answer_in_words(field: dict[str, Any], value: object, told: str) -> None:
    assert in_words(field, value) == told


def test_the_launch_forms_ask_for_money_in_these_places() -> None:
    asked = {slug: [f["key"] for f in niche["schema"]["fields"] if niches.is_money(f)] for slug, niche in launch_niches().items()}
    assert asked == {"home-seller": ["price_expectation"], "home-buyer": ["budget_max"], "roofing": [], "hvac": []}


def test_a_limit_of_an_amount_is_told_as_one() -> None:
    asked = SPEND | {"validation": {"min": 10000}}
    assert clean_form({"fields": [asked]}, {"spend": "9,000"})[1] == {"spend": "Please enter $10,000 or more."}


def test_strangers_and_buyers_read_the_sign(session: Session, now: datetime) -> None:
    niche = a_niche(session, now, schema={"fields": [SPEND, AREA]})
    lead = a_lead(session, now, niche, a_market(session, now), form_data={"spend": 560000, "area": 2650})
    (public,) = leads.public_requests(session, [lead.id])
    assert public.facts == (("The most you would spend?", "$560,000"), ("Living area", "2650"))
    assert "560000" in public.words, "as it was found before"
    answers = leads.answers({"fields": [SPEND, AREA]}, lead.form_data)
    assert [each.value for each in answers] == ["$560,000", "2650"]
