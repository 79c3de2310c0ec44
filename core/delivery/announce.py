"""News for a company's programs, written beside the change that caused them (SPEC 7.7).

Sales and refunds announce themselves by trigger (30_delivery.sql): engine, marketplace and claims can't forget to.
"""

import json
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.delivery.called_back import call_back
from core.delivery.carry import ask_again
from core.kit import outbox
from core.kit.db import Json

_ONE = text("""
    select webhook_announce(
      :event, array[row(cast(:provider as uuid), :subject, cast(:assignment as uuid), cast(:facts as jsonb))::webhook_news],
      cast(:now as timestamptz))""")
_HOLDERS = text("""
    select webhook_announce('lead.revoked', array(
      select row(a.provider_id, a.id || cast(:more as text), a.id, cast(:facts as jsonb))::webhook_news
        from assignment a where a.lead_id = :lead order by a.id), cast(:now as timestamptz))""")
_STUCK = text("""
    select e.id from webhook_endpoint e
     where e.active and (e.busy_until is null or e.busy_until < :now) and (e.calls_from is null or e.calls_from <= :now)
       and exists (select from webhook_delivery d where d.endpoint_id = e.id and d.state = 'waiting' and d.next_at <= :now)
     order by e.id limit 1000""")


def announce(
    session: Session,
    *,
    provider_id: UUID,
    event: str,
    subject: str,
    facts: Json | None = None,
    assignment_id: UUID | None = None,
    now: datetime,
) -> int:
    """Tell the company's endpoints that want ``event``; once per endpoint and ``subject``. Returns how many there are."""
    values = {"event": event, "provider": provider_id, "subject": subject, "assignment": assignment_id, "now": now}
    told: int = session.execute(_ONE, values | {"facts": json.dumps(facts or {}, default=str)}).scalar_one()
    if told:
        outbox.wake_after_commit(session)
    return told


def announce_revoked(session: Session, *, lead_id: UUID, at: datetime, erase: bool = False, now: datetime) -> int:
    """Tell every holder of a lead that its consumer took the consent back; returns how many endpoints are told.

    ``erase``: the person wants to be forgotten; that is told once more, whatever was told before.
    """
    facts = json.dumps({"revoked_at": at.isoformat(), "erase": erase})
    values = {"lead": lead_id, "more": ":erased" if erase else "", "facts": facts, "now": now}
    told: int = session.execute(_HOLDERS, values).scalar_one()
    if told:
        outbox.wake_after_commit(session)
    return told


def announce_subscription(session: Session, *, subscription_id: UUID, change: str, news: str, now: datetime) -> int:
    """Tell the subscription's company that it was stopped or works again; ``news`` names this change."""
    provider_id = session.execute(
        text("select provider_id from subscription where id = :id"), {"id": subscription_id}
    ).scalar_one()
    facts = {"subscription_id": str(subscription_id), "change": change}
    return announce(session, provider_id=provider_id, event="subscription.changed", subject=news, facts=facts, now=now)


def sweep(session: Session, *, now: datetime) -> int:
    """The safe path: endpoints that are owed something and have no job, as after a worker's death. Returns how many.

    What a clock that was ahead has put off is due again before.
    """
    call_back(session, now=now)
    stuck = session.execute(_STUCK, {"now": now}).scalars().all()
    for endpoint_id in stuck:
        ask_again(session, endpoint_id=endpoint_id, now=now)
    return len(stuck)
