"""What the commands ``hotleads markets ...`` do."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic_core import to_jsonable_python
from sqlalchemy.orm import Session

import core.tables  # noqa: F401
from cli.files import content
from core import markets
from core.kit.actor import SYSTEM
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.errors import NotFound
from core.kit.local import use_services
from core.markets import CountyView, MarketView


@dataclass(frozen=True, slots=True)
class Shown:
    """A market with its counties, and the number of its ZIPs."""

    market: MarketView
    counties: list[CountyView]
    zips: int


def look() -> list[Shown]:
    """Every market by name."""
    with use_services(), transaction() as session:
        return [_shown(session, market) for market in markets.all_markets(session)]


def add(
    name: str, *, counties: list[str] | None, zips: str | None, outline: Path | None, timezone: str | None, slug: str | None
) -> Shown:
    """Add a market from one of counties, ZIPs and a file. Raises in words."""
    listed = None if zips is None else re.findall(r"[^\s,;]+", zips)
    drawn = None if outline is None else content(outline)
    with use_services(), transaction() as session:
        made = markets.add_market(
            session,
            actor=SYSTEM,
            name=name,
            counties=counties,
            zips=listed,
            geojson=drawn,
            timezone=timezone,
            slug=slug,
            now=utc_now(),
        )
        return _shown(session, made)


def turn(named: str, to: Literal["open", "closed"]) -> Shown:
    """Open or close the market of this short name or id. Raises in words."""
    verb = markets.open_market if to == "open" else markets.close_market
    with use_services(), transaction() as session:
        return _shown(session, verb(session, actor=SYSTEM, market_id=_market(session, named).id, now=utc_now()))


def as_json(found: list[Shown] | Shown) -> str:
    """One or several for programs."""
    return json.dumps(to_jsonable_python(found))


def told(found: list[Shown]) -> str:
    """A line each."""
    wide = max((len(each.market.slug) for each in found), default=0)
    lines = [
        f"{market.slug:<{wide}}  {market.status:<6}  {each.zips:>5,} ZIPs  {market.timezone:<20}  {_counties(each)}"
        for each in found
        for market in [each.market]
    ]
    return "\n".join(lines) or "No markets yet. Add one: hotleads markets add Tucson --county 'Pima, AZ'"


def _counties(shown: Shown) -> str:
    return "; ".join(f"{each.county}, {each.state}" for each in shown.counties)


def _shown(session: Session, market: MarketView) -> Shown:
    counties = markets.counties_of(session, market.id)
    return Shown(market, counties, sum(each.zips for each in counties))


def _market(session: Session, named: str) -> MarketView:
    known = markets.all_markets(session)
    found = next((each for each in known if named.lower() in (each.slug, str(each.id))), None)
    if found is None:
        there = ", ".join(each.slug for each in known) or "none yet"
        raise NotFound("market.not_found", f"There is no market named {named}. There are: {there}.")
    return found
