"""What enrichment may say about a request: this and nothing else, whoever says it (SPEC 8.5).

There is no field for a name, an address or a number to call, so nothing that a text talks a model into can reach them.
The bounds are checked here and not in the schema that the service sees: not every service knows such keywords.
"""

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Intent = Literal["sell", "buy", "repair", "replace", "install", "maintain", "estimate", "other"]
Urgency = Literal["now", "weeks", "months", "later", "unknown"]
PropertyType = Literal["house", "townhouse", "condo", "multi_family", "manufactured", "land", "commercial"]

LONGEST_SUMMARY = 300


def _within(least: float, most: float) -> Callable[[float | None], float | None]:
    def check(value: float | None) -> float | None:
        if value is not None and not least <= value <= most:
            raise ValueError(f"must lie between {least:g} and {most:g}")
        return value

    return check


def _short(text: str) -> str:
    if len(text) > LONGEST_SUMMARY:
        raise ValueError(f"must have at most {LONGEST_SUMMARY} characters")
    return " ".join(text.split())


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class PropertyFacts(_Strict):
    """Facts of the property; null where the request does not say."""

    property_type: Annotated[PropertyType | None, Field(description="Kind of property")] = None
    bedrooms: Annotated[int | None, AfterValidator(_within(0, 20)), Field(description="Bedrooms")] = None
    bathrooms: Annotated[float | None, AfterValidator(_within(0, 20)), Field(description="Bathrooms, halves count .5")] = None
    living_area_sqft: Annotated[int | None, AfterValidator(_within(100, 500_000)), Field(description="Square feet inside")] = None
    lot_sqft: Annotated[int | None, AfterValidator(_within(100, 50_000_000)), Field(description="Square feet of land")] = None
    year_built: Annotated[int | None, AfterValidator(_within(1700, 2100)), Field(description="Year built")] = None
    roof_age_years: Annotated[int | None, AfterValidator(_within(0, 120)), Field(description="Age of the roof")] = None
    stories: Annotated[int | None, AfterValidator(_within(1, 60)), Field(description="Floors above ground")] = None


class Enriched(_Strict):
    """What a request is about."""

    intent: Annotated[Intent, Field(description="What the person wants done")]
    urgency: Annotated[
        Urgency, Field(description="now: within a week; weeks: within a month; months: within six; later: more, or just looking")
    ]
    budget_dollars: Annotated[
        int | None,
        AfterValidator(_within(1, 100_000_000)),
        Field(description="The most they want to pay, or the price they hope for, in whole US dollars; null when not told"),
    ] = None
    property: Annotated[PropertyFacts, Field(description="Facts of the property")] = PropertyFacts()
    summary: Annotated[str, AfterValidator(_short), Field(description="One sentence of at most 40 words")]


FIELDS = ("intent", "urgency", "budget_dollars", *(f"property.{name}" for name in PropertyFacts.model_fields))


def value_of(answer: Enriched, field: str) -> object:
    """The value of one of ``FIELDS``."""
    found: object = answer
    for part in field.split("."):
        found = getattr(found, part)
    return found
