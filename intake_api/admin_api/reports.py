"""Reports of the exchange: each with the moment it was worked out, at most five minutes ago unless ``refresh`` asks (SPEC 12)."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from flask import Blueprint
from sqlalchemy.orm import Session

from core import reports
from core.kit.actor import Actor
from core.reports import Reported, Scope
from intake_api.rest import Body, Day, Query, route

blueprint = Blueprint("admin_reports", __name__, url_prefix="/api/v1/admin/reports")
STAFF: tuple[Any, ...] = ("admin", "analyst", "scientist")


class ReportQuery(Query):
    """Dates on the clock of each market, both included (the last 30 days by default), one market, one niche."""

    since: Day | None = None
    until: Day | None = None
    market_id: UUID | None = None
    niche_id: UUID | None = None
    refresh: bool = False


class FunnelQuery(ReportQuery):
    """A report by hour (14 days at most), day or week."""

    step: Literal["hour", "day", "week"] = "day"


class RevenueQuery(ReportQuery):
    """A report by day, week or month."""

    step: Literal["day", "week", "month"] = "day"


class StarvationQuery(Query):
    """Of one niche when it is named."""

    niche_id: UUID | None = None
    limit: int = 200


class ExportRequest(Body):
    """What the file holds and how it is written; ``matching``: filters of the trail, for the dataset ``audit``."""

    dataset: str
    format: str = "csv"
    since: Day | None = None
    until: Day | None = None
    market_id: UUID | None = None
    niche_id: UUID | None = None
    matching: dict[str, str | list[str]] | None = None


@route(blueprint, "GET", "/kpis", *STAFF, query=ReportQuery, old=True)
def kpis(session: Session, actor: Actor, given: ReportQuery, *, now: datetime) -> Any:
    """Every KPI with its value, that of the period before, and its days."""
    scope = _scope(session, given, now)
    return _told(scope, reports.kpis(session, actor=actor, scope=scope, now=now, refresh=given.refresh))


@route(blueprint, "GET", "/figures", *STAFF)
def figures(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """What every figure means: its name, sentence, formula, unit, source, and how it is read."""
    return {"items": [asdict(figure) for figure in (*reports.KPIS, *reports.TIMES, *reports.SUCCESS)]}


@route(blueprint, "GET", "/funnel", *STAFF, query=FunnelQuery, old=True)
def funnel(session: Session, actor: Actor, given: FunnelQuery, *, now: datetime) -> Any:
    """The steps over time, and what waits at each of them now."""
    scope = _scope(session, given, now)
    return _told(scope, reports.funnel(session, actor=actor, scope=scope, step=given.step, now=now, refresh=given.refresh))


@route(blueprint, "GET", "/revenue", "admin", "analyst", query=RevenueQuery, old=True)
def revenue(session: Session, actor: Actor, given: RevenueQuery, *, now: datetime) -> Any:
    """Sales, refunds and deposits over time, and by niche and market."""
    scope = _scope(session, given, now)
    return _told(scope, reports.revenue(session, actor=actor, scope=scope, step=given.step, now=now, refresh=given.refresh))


@route(blueprint, "GET", "/fairness", "admin", "analyst", query=ReportQuery, old=True)
def fairness(session: Session, actor: Actor, given: ReportQuery, *, now: datetime) -> Any:
    """Shares, Jain's index and starvation of every level."""
    scope = _scope(session, given, now)
    return _told(scope, reports.fairness(session, actor=actor, scope=scope, now=now, refresh=given.refresh))


@route(blueprint, "GET", "/fairness/starvation", "admin", "analyst", query=StarvationQuery, old=True)
def starvation(session: Session, actor: Actor, given: StarvationQuery, *, now: datetime) -> Any:
    """Running subscriptions that go without, the longest waiting first."""
    found = reports.starvation(session, actor=actor, niche_id=given.niche_id, limit=given.limit, now=now)
    return {"items": found}


@route(blueprint, "GET", "/distribution", "admin", "analyst", query=ReportQuery, old=True)
def distribution(session: Session, actor: Actor, given: ReportQuery, *, now: datetime) -> Any:
    """What the engine did, and why candidates were passed over."""
    scope = _scope(session, given, now)
    return _told(scope, reports.distribution(session, actor=actor, scope=scope, now=now, refresh=given.refresh))


@route(blueprint, "GET", "/claims", "admin", "analyst", query=ReportQuery, old=True)
def claims(session: Session, actor: Actor, given: ReportQuery, *, now: datetime) -> Any:
    """Reports of bad leads by niche and reason."""
    scope = _scope(session, given, now)
    return _told(scope, reports.claims(session, actor=actor, scope=scope, now=now, refresh=given.refresh))


@route(blueprint, "GET", "/places", *STAFF, query=ReportQuery, old=True)
def places(session: Session, actor: Actor, given: ReportQuery, *, now: datetime) -> Any:
    """Supply and demand by ZIP."""
    scope = _scope(session, given, now)
    return _told(scope, reports.places(session, actor=actor, scope=scope, now=now, refresh=given.refresh))


@route(blueprint, "GET", "/coverage", "admin", "analyst", query=ReportQuery, old=True)
def coverage(session: Session, actor: Actor, given: ReportQuery, *, now: datetime) -> Any:
    """ZIPs that nobody serves, by market, and holes in companies' areas."""
    scope = _scope(session, given, now)
    return _told(scope, reports.coverage(session, actor=actor, scope=scope, now=now, refresh=given.refresh))


@route(blueprint, "GET", "/success", *STAFF, query=ReportQuery, old=True)
def success(session: Session, actor: Actor, given: ReportQuery, *, now: datetime) -> Any:
    """Each figure of the success page beside its target."""
    scope = _scope(session, given, now)
    return _told(scope, reports.success(session, actor=actor, scope=scope, now=now, refresh=given.refresh))


@route(blueprint, "POST", "/export", *STAFF, body=ExportRequest, status=202)
def export(session: Session, actor: Actor, given: ExportRequest, *, now: datetime) -> Any:
    """Queue a file; ``GET /exports/{id}/status`` tells how far it is and gives the link."""
    return {"export": reports.exports.request_export(session, actor=actor, **given.model_dump(), now=now)}


def _scope(session: Session, given: ReportQuery, now: datetime) -> Scope:
    wanted = given.model_dump(include={"since", "until", "market_id", "niche_id"})
    return reports.scope_of(session, **wanted, now=now)


def _told(scope: Scope, report: Reported[Any]) -> dict[str, Any]:
    return {"scope": asdict(scope), "computed_at": report.computed_at, "report": report.value}
