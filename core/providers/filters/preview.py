"""What a filter would have let through: the niche's leads of the last 30 days held against it (SPEC 4.4, 4.5)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import niches
from core.kit.actor import Actor
from core.providers.filters.check import check_filter
from core.providers.filters.compile import compile_filter
from core.providers.filters.words import filter_in_words
from core.providers.ladder import get_subscription

DAYS = 30
MOST_LEADS = 5_000


@dataclass(frozen=True, slots=True)
class RuleCut:
    """How many of the leads one outermost rule or group keeps out by itself."""

    words: str
    leads: int


@dataclass(frozen=True, slots=True)
class FilterPreview:
    """Leads of the niche that were approved in the last ``days`` days, the newest 5,000 at most: all of them, those
    within the service areas, and those of them that the filter wants."""

    days: int
    leads: int
    in_area: int
    matching: int
    cuts: tuple[RuleCut, ...]


def preview_filter(session: Session, *, actor: Actor, subscription_id: UUID, rules: object, now: datetime) -> FilterPreview:
    """How many of the last 30 days' leads these rules would have matched; nothing is saved.

    Counts only: no lead's data leaves, and areas are held against public points, or small ones would find a home. Raises
    ``InvalidFilter`` like saving them would.
    """
    view = get_subscription(session, actor=actor, subscription_id=subscription_id)
    schema = niches.current_schema(session, view.niche_id)
    kept = check_filter(rules, schema)
    parts = kept.get("all", [kept])
    named = {f"part{number}": compile_filter(part) for number, part in enumerate(parts)}
    given = {"niche": view.niche_id, "provider": view.provider_id, "since": now - timedelta(days=DAYS), "now": now}
    counted: Any = _counted(session, named | {"whole": compile_filter(kept)}, given)
    cuts = tuple(RuleCut(filter_in_words(part, schema), counted[f"part{number}"]) for number, part in enumerate(parts))
    return FilterPreview(DAYS, counted["leads"], counted["in_area"], counted["in_area"] - counted["whole"], cuts)


def _counted(session: Session, paths: dict[str, str], given: dict[str, Any]) -> Any:
    """Counts of leads, of those in the area, and of those in the area that each jsonpath refuses."""
    refused = "".join(
        f", count(*) filter (where within and (facts @@ cast(:{name} as jsonpath)) is not true) as {name}" for name in paths
    )
    return (
        session.execute(
            text(f"""with recent as (
                       select l.facts, coalesce((select coalesce(ST_Covers(a.shape, l.public_location), false)
                                                   from provider_area a where a.provider_id = :provider), true) as within
                         from lead l
                        where l.niche_id = :niche and l.reviewed_at >= :since and l.reviewed_at <= :now
                          and l.status in ('approved', 'sold_out', 'closed')
                        order by l.reviewed_at desc limit {MOST_LEADS})
                     select count(*) as leads, count(*) filter (where within) as in_area {refused} from recent"""),  # noqa: S608
            given | paths,
        )
        .mappings()
        .one()
    )
