"""The company's own figures beside the market's median (SPEC 7.5)."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from flask import Blueprint
from sqlalchemy.orm import Session

from core import inbox
from core.kit.actor import Actor
from intake_api.rest import Moment, Query, route

blueprint = Blueprint("provider_results", __name__, url_prefix="/api/v1/provider/reports")
RATES = ("acceptance_rate", "rejection_rate", "win_rate", "claim_rate", "net_spend_cents", "cost_per_won_cents")


class Period(Query):
    """Which leads: delivered from ``since`` (30 days ago) to ``until`` (now), of one niche, through one channel."""

    since: Moment | None = None
    until: Moment | None = None
    niche_id: UUID | None = None
    channel: Literal["distribution", "marketplace"] | None = None


@route(blueprint, "GET", "/kpis", "provider", query=Period, old=True)
def kpis(session: Session, actor: Actor, given: Period, *, now: datetime) -> Any:
    """Received, accepted, won, claims, money and times: whole, by niche, channel and day; rates are 0..1."""
    until = given.until or now
    since = given.since or until - timedelta(days=30)
    found = inbox.results(session, actor=actor, since=since, until=until, niche_id=given.niche_id, channel=given.channel, now=now)
    parts = {name: [_part(part) for part in getattr(found, name)] for name in ("niches", "channels", "days")}
    return {"since": since, "until": until, "kpis": _told(found.whole), **parts, "market_median": found.market}


def _part(part: inbox.Part) -> dict[str, Any]:
    return {"key": part.key, "label": part.label, **_told(part.kpis)}


def _told(kpis: inbox.Kpis) -> dict[str, Any]:
    return asdict(kpis) | {name: getattr(kpis, name) for name in RATES}
