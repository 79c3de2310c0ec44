"""A market's land in one of three ways, and refusals under the name it was given by."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core import markets
from core.kit.actor import Actor
from core.kit.errors import Forbidden, HotleadsError
from core.kit.ids import uuid7
from tests.core.markets.test_add import RENO, box

OVER_LAS_VEGAS = box(-115.4, 36, -114.9, 36.3)


@pytest.mark.parametrize(
    ("land", "inside"),
    [({"counties": ["pima county, az"]}, "85701"), ({"zips": ["85701"]}, "85701"), ({"geojson": RENO}, "89501")],
)
def test_one_way_is_enough(launched: Session, admin: Actor, now: datetime, land: dict[str, Any], inside: str) -> None:
    made = markets.add_market(launched, actor=admin, name="Fifth", **land, now=now)
    assert made.status == "open" and inside in {place.zip for place in markets.zips_of(launched, made.id)}


@pytest.mark.parametrize(
    ("land", "fields", "said"),
    [
        ({}, {"counties", "zips", "geojson"}, "in one way"),
        ({"counties": ["Pima, AZ"], "zips": ["85701"]}, {"counties", "zips"}, "in one way"),
        ({"counties": []}, {"counties"}, "We know no county"),
        ({"counties": ["Pima"]}, {"counties"}, '"Pima" is no county with its state'),
        ({"counties": [", AZ"]}, {"counties"}, "is no county with its state"),
        ({"counties": ["Pima, AZ", "Nowhere, AZ"]}, {"counties"}, "We know no county Nowhere, AZ"),
        ({"counties": ["Clark, NV"]}, {"counties"}, "belong to another market"),
        ({"zips": ["99501", "99801"]}, {"zips"}, "within 372.8 miles"),
        ({"zips": []}, {"zips"}, "an empty list"),
        ({"geojson": {}}, {"geojson"}, "must be a Polygon"),
        ({"geojson": b""}, {"geojson"}, "not JSON"),
        ({"geojson": OVER_LAS_VEGAS}, {"geojson"}, "belongs to another market"),
        ({"counties": ["Pima, AZ"], "timezone": "Mars/Base"}, {"timezone"}, "Choose a time zone"),
        ({"counties": ["Pima, AZ"], "name": "austin"}, {"name"}, "Another market has this name"),
    ],
)
def test_a_refusal_names_what_was_given(
    launched: Session, admin: Actor, now: datetime, land: dict[str, Any], fields: set[str], said: str
) -> None:
    with pytest.raises(HotleadsError, match=said) as refused:
        markets.add_market(launched, actor=admin, **({"name": "Fifth"} | land), now=now)
    assert set(refused.value.fields) == fields and len(markets.all_markets(launched)) == 4


def test_only_admins_add(launched: Session, now: datetime) -> None:
    with pytest.raises(Forbidden):
        markets.add_market(launched, actor=Actor(uuid7(), "analyst"), name="Fifth", counties=["Pima, AZ"], now=now)
