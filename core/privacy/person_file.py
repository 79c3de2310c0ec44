"""Everything that is kept of a person, as one document for them (SPEC 13.6)."""

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit, sourcing
from core.kit.actor import Actor
from core.kit.db import Json
from core.privacy.person import who_has_my_data

_REQUESTS = text("""
    select l.id, n.name as service, m.name as market, l.status, l.source, l.submitted_at, l.confirmed_at,
           host(l.submitted_ip) as submitted_from, host(l.confirmed_ip) as confirmed_from, l.confirmed_agent as confirmed_with,
           l.form_data as answers, l.attribution, l.facts as derived, l.fraud as fraud_score, l.quality as quality_score,
           ST_X(l.location) as longitude, ST_Y(l.location) as latitude, l.location_source, c.full_name as name, c.email, c.phone,
           c.street, c.unit, c.city, c.state, l.zip
      from lead l join contact c on c.id = l.contact_id join niche n on n.id = l.niche_id join market m on m.id = l.market_id
     where l.id = any (:leads) order by l.id""")
_CONSENTS = text("""
    select lead_id, event, at, wording, wording_version, sellers, channels, host(ip) as ip, user_agent, page_url, certificate_url
      from consent_event where lead_id = any (:leads) order by id""")
_LETTERS = text("""
    select recipient_id as lead_id, template_key as letter, queued_at, sent_at, status from email_message
     where recipient_type = 'lead' and recipient_id = any (:leads) order by id""")


def my_file(session: Session, *, actor: Actor, code: str, now: datetime) -> Json:
    """What we keep of whoever holds a signed link: requests, answers, consents, letters, what sources sent, who has the data.

    For every request of the mailbox that the link went to; recorded. Raises ``LinkUnknown``.
    """
    mine = who_has_my_data(session, code=code)
    leads = {"leads": [each.lead_id for each in mine]}
    requests = [dict(row._mapping) for row in session.execute(_REQUESTS, leads)]
    holders = {each.lead_id: [{"company": one.company, "since": one.at} for one in each.holders] for each in mine}
    kept = {name: _by_lead(session, sql, leads) for name, sql in (("consents", _CONSENTS), ("letters", _LETTERS))}
    kept["records"] = _sorted(sourcing.records_of(session, lead_ids=leads["leads"]))
    for one in requests:
        one |= {"passed_on_to": holders[one["id"]]} | {name: rows.get(one["id"], []) for name, rows in kept.items()}
    after = {"requests": len(requests)}
    audit.record(session, actor, "privacy.exported", entity_type="lead", entity_id=mine[0].lead_id, now=now, after=after)
    return {"written_at": now, "requests": requests}


def _by_lead(session: Session, sql: Any, leads: dict[str, Any]) -> dict[Any, list[Json]]:
    return _sorted([dict(row._mapping) for row in session.execute(sql, leads)])


def _sorted(rows: list[Json]) -> dict[Any, list[Json]]:
    found: dict[Any, list[Json]] = {}
    for values in rows:
        found.setdefault(values.pop("lead_id"), []).append(values)
    return found
