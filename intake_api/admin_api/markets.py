"""Markets: where leads are taken and sold; added from counties, ZIPs or an outline, closed and opened again (SPEC 0)."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from flask import Blueprint, request
from pydantic import ConfigDict, Field, StringConstraints
from sqlalchemy.orm import Session

from core import markets
from core.kit.actor import Actor
from core.kit.db import Json
from intake_api.rest import Body, route

MOST_COUNTIES = 100
LARGEST_BODY = 3 << 20  # the largest outline that is read, and what stands around it
Words = Annotated[str, StringConstraints(max_length=100)]
blueprint = Blueprint("admin_markets", __name__, url_prefix="/api/v1/admin/markets")


class NewMarket(Body):
    """A market with its land as one of ``counties``, ``zips`` and ``geojson`` (a Polygon or MultiPolygon, longitude first);
    time zone and slug follow from land and name unless they are given."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Tucson", "counties": ["Pima, AZ"]}]})

    name: str
    counties: list[Words] | None = Field(None, max_length=MOST_COUNTIES)
    zips: list[Words] | None = None
    geojson: Json | None = None
    timezone: str | None = None
    slug: str | None = None


@blueprint.before_request
def _room() -> None:
    """An outline may be larger than other bodies are."""
    request.max_content_length = LARGEST_BODY


@route(blueprint, "GET", "", "admin", "analyst")
def market_list(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """Every market by name, closed ones too."""
    return {"items": markets.all_markets(session)}


@route(blueprint, "GET", "/<uuid:market_id>", "admin", "analyst")
def market(session: Session, actor: Actor, _given: None, *, market_id: UUID, now: datetime) -> Any:
    """One market with its counties, and the number of ZIPs of each and of all."""
    found, counties = markets.get_market(session, market_id), markets.counties_of(session, market_id)
    return {"market": found, "counties": counties, "zips": sum(county.zips for county in counties)}


@route(blueprint, "GET", "/<uuid:market_id>/outline", "admin", "analyst")
def outline(session: Session, actor: Actor, _given: None, *, market_id: UUID, now: datetime) -> Any:
    """The market's boundary as a GeoJSON Feature for maps, simplified to about 200 m."""
    return markets.outline(session, market_id)


@route(blueprint, "POST", "", "admin", body=NewMarket, status=201)
def add(session: Session, actor: Actor, given: NewMarket, *, now: datetime) -> Any:
    """Add a market, which takes leads at once; land and ZIPs of another market are refused."""
    return {"market": markets.add_market(session, actor=actor, **given.model_dump(), now=now)}


@route(blueprint, "POST", "/<uuid:market_id>/open", "admin")
def open_market(session: Session, actor: Actor, _given: None, *, market_id: UUID, now: datetime) -> Any:
    """Take leads in a closed market again."""
    return {"market": markets.open_market(session, actor=actor, market_id=market_id, now=now)}


@route(blueprint, "POST", "/<uuid:market_id>/close", "admin")
def close_market(session: Session, actor: Actor, _given: None, *, market_id: UUID, now: datetime) -> Any:
    """Take no new leads in a market; what was sold stays as it is, its land and ZIPs stay its own."""
    return {"market": markets.close_market(session, actor=actor, market_id=market_id, now=now)}
