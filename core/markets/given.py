"""A market as people and programs describe it: its land in one of three ways, and refusals under the name they gave it by."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.kit.actor import Actor
from core.markets.add import add_from_counties, add_from_geojson, add_from_zips
from core.markets.errors import MarketInvalid, MarketTaken
from core.markets.queries import MarketView

OF_ITS_OWN = {"name", "slug", "timezone"}  # fields that are the market's, whichever way its land was given


def add_market(
    session: Session,
    *,
    actor: Actor,
    name: str,
    counties: Sequence[str] | None = None,
    zips: Collection[str] | None = None,
    geojson: str | bytes | dict[str, Any] | None = None,
    timezone: str | None = None,
    slug: str | None = None,
    now: datetime,
) -> MarketView:
    """Add a market from exactly one of ``counties`` (each as "Pima, AZ"), ``zips`` and ``geojson``; it takes leads at once.

    Admins only. Raises ``MarketInvalid`` or ``MarketTaken``, whose ``fields`` are named as the arguments here (SPEC 0, market).
    """
    actor.require("admin")
    land = {"counties": counties, "zips": zips, "geojson": geojson}
    ways = [way for way, given in land.items() if given is not None]
    if len(ways) != 1:
        refused = MarketInvalid("counties", "Give the land of the market in one way: counties, zips or geojson.")
        refused.fields = dict.fromkeys(ways or land, refused.message)
        raise refused
    more: dict[str, Any] = {"actor": actor, "name": name, "timezone": timezone, "slug": slug, "now": now}
    try:
        if counties is not None:
            return add_from_counties(session, counties=[_county(words) for words in counties], **more)
        if zips is not None:
            return add_from_zips(session, zips=zips, **more)
        assert geojson is not None
        return add_from_geojson(session, document=geojson, **more)
    except (MarketInvalid, MarketTaken) as error:
        error.fields = {field if field in OF_ITS_OWN else ways[0]: sentence for field, sentence in error.fields.items()}
        raise


def _county(words: str) -> tuple[str, str]:
    """``("Pima", "AZ")`` from "Pima, AZ", in any case."""
    county, _, state = (part.strip() for part in words.rpartition(","))
    if not (county and state):
        raise MarketInvalid("counties", f'"{words.strip()[:50]}" is no county with its state. Write it as Pima, AZ.')
    return county, state.upper()
