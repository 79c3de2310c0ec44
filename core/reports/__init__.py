"""What happened, in figures: KPIs, funnel, revenue, fairness, claims, places, success, and files of rows (SPEC 12).

Every figure is defined once, in ``KPIS``, ``TIMES`` and ``SUCCESS``; every count in ``report_events`` of ``18_reports.sql``.
Reports are kept for five minutes and say how old they are. ``exports`` is a room of its own with the same front door.
"""

from core.reports import exports
from core.reports.claims import ClaimLine, ClaimsReport, claims
from core.reports.counts import fold, verify
from core.reports.coverage import Coverage, Hole, MarketCoverage, coverage
from core.reports.engine import EngineReport, distribution
from core.reports.errors import (
    ExportGone,
    ExportInvalid,
    ExportNotFound,
    ExportNotReady,
    ExportQuota,
    ExportRecalled,
    ExportTooLarge,
    ReportInvalid,
)
from core.reports.fairness import Fairness, LevelShares, Starving, fairness, starvation
from core.reports.figure import Figure, FigureValue, Target
from core.reports.funnel import Funnel, FunnelPoint, Waiting, funnel
from core.reports.history import PastLead, PastPrice, past_leads, past_prices
from core.reports.kept import Reported
from core.reports.kpi_figures import KPIS, STAGES, TIMES
from core.reports.kpis import Kpis, kpis
from core.reports.places import Place, Places, place_shapes, places
from core.reports.revenue import Earner, Revenue, RevenuePoint, revenue
from core.reports.scope import Scope, scope_of
from core.reports.success import Success, success
from core.reports.success_figures import SUCCESS

__all__ = [
    "KPIS",
    "STAGES",
    "SUCCESS",
    "TIMES",
    "ClaimLine",
    "ClaimsReport",
    "Coverage",
    "Earner",
    "EngineReport",
    "ExportGone",
    "ExportInvalid",
    "ExportNotFound",
    "ExportNotReady",
    "ExportQuota",
    "ExportRecalled",
    "ExportTooLarge",
    "Fairness",
    "Figure",
    "FigureValue",
    "Funnel",
    "FunnelPoint",
    "Hole",
    "Kpis",
    "LevelShares",
    "MarketCoverage",
    "PastLead",
    "PastPrice",
    "Place",
    "Places",
    "ReportInvalid",
    "Reported",
    "Revenue",
    "RevenuePoint",
    "Scope",
    "Starving",
    "Success",
    "Target",
    "Waiting",
    "claims",
    "coverage",
    "distribution",
    "exports",
    "fairness",
    "fold",
    "funnel",
    "kpis",
    "past_leads",
    "past_prices",
    "place_shapes",
    "places",
    "revenue",
    "scope_of",
    "starvation",
    "success",
    "verify",
]
