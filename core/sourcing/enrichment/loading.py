"""Read a lead as the question that enrichment puts about it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from core.kit.clock import in_zone
from core.kit.db import Json
from core.sourcing.enrichment.redact import Known
from core.sourcing.enrichment.request import Request, request_of

# What has ended is not read any more.
_ENDED = ("erased", "withdrawn", "expired", "rejected")
_LEAD = text("""
select l.id, l.form_data, l.submitted_at, f.schema, n.name as niche, m.timezone,
  c.full_name, c.email, c.phone, c.street, c.unit,
  coalesce((select e.fact_keys from enrichment e where e.lead_id = l.id order by e.id desc limit 1), '{}') as fact_keys,
  exists (select from enrichment e where e.lead_id = l.id) as enriched,
  (select coalesce(p.may_enrich, false) from source_record r left join live_permission(r.source_id, :now) p on true
    where r.lead_id = l.id and r.founder) as permitted
from lead l join form_schema f on f.niche_id = l.niche_id and f.version = l.schema_version
join niche n on n.id = l.niche_id join market m on m.id = l.market_id join contact c on c.id = l.contact_id
where l.id = :lead and l.status <> all (:ended)""")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A lead with what enrichment needs of it. ``fact_keys``: what an earlier enrichment put among its facts.

    ``permitted``: no source of ours forbids that others read it (SPEC 8.2).
    """

    lead_id: UUID
    request: Request
    schema: Json
    form_data: Json
    fact_keys: tuple[str, ...]
    enriched: bool
    permitted: bool


def load(session: Session, lead_id: UUID, *, lock: bool = False, now: datetime) -> Loaded | None:
    """The lead as a question, ``None`` when it has ended. ``lock``: nobody erases it before this transaction ends."""
    statement = text(_LEAD.text + (" for no key update of l" if lock else ""))
    row = session.execute(statement, {"lead": lead_id, "ended": list(_ENDED), "now": now}).one_or_none()
    return None if row is None else _loaded(row)


def _loaded(row: Row[Any]) -> Loaded:
    submitted: datetime = row.submitted_at
    request = request_of(
        niche=row.niche,
        schema=row.schema,
        form_data=row.form_data,
        submitted_on=in_zone(submitted, row.timezone).date(),
        known=_known(row),
    )
    return Loaded(row.id, request, row.schema, row.form_data, tuple(row.fact_keys), row.enriched, row.permitted is not False)


def _known(row: Row[Any]) -> Known:
    email, phone = row.email or "", (row.phone or "").removeprefix("+1")
    streets = [part for part in (f"{row.street or ''} {row.unit or ''}".strip(), row.street) if part]
    return Known(
        names=[row.full_name] if row.full_name else [],
        streets=streets,
        others=[part for part in (email, email.split("@")[0], phone) if part],
    )
