"""Consent as events: given, revoked, never rewritten (SPEC 2.5)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core import audit
from core.kit import outbox
from core.kit.actor import Actor
from core.kit.ids import uuid7
from core.leads import lifecycle, links
from core.leads.errors import NotForSale, NotNamed
from core.leads.models import ConsentEvent, Lead

NEVER_ASKED = "No consent was asked for: the request came from a source that may pass it on."


@dataclass(frozen=True, slots=True)
class ConsentView:
    """One event with the exact words it was about."""

    event: str
    wording: str
    wording_version: str
    sellers: tuple[str, ...]
    channels: tuple[str, ...]
    ip: str | None
    user_agent: str | None
    page_url: str | None
    certificate_url: str | None
    at: datetime


def events_of(session: Session, lead_id: UUID, *, origins: bool = True) -> list[ConsentView]:
    """The consent events of a lead, oldest first; without ``origins`` for who sees contact masked."""
    rows = session.scalars(select(ConsentEvent).where(ConsentEvent.lead_id == lead_id).order_by(ConsentEvent.id))
    return [
        ConsentView(
            event=row.event,
            wording=row.wording,
            wording_version=row.wording_version,
            sellers=tuple(row.sellers),
            channels=tuple(row.channels),
            ip=str(row.ip) if row.ip and origins else None,
            user_agent=row.user_agent if origins else None,
            page_url=row.page_url,
            certificate_url=row.certificate_url,
            at=row.at,
        )
        for row in rows
    ]


def revoke_consent(
    session: Session, *, actor: Actor, lead_id: UUID, code: str | None = None, tell: bool = True, now: datetime
) -> Lead:
    """Record that consent is taken back, withdraw the lead and have its buyers told; a repetition changes nothing (SPEC 2.5).

    By an admin, or by the submitter, whose signed link is ``code``. ``tell=False`` when buyers are told of more at once. What a
    source sent by its permission was never consented to; whoever says no to it is heard all the same.
    """
    allow_admin_or_submitter(actor, lead_id, code)
    lead = lifecycle.lock(session, lead_id)
    given = session.scalars(
        select(ConsentEvent).where(ConsentEvent.lead_id == lead_id).order_by(ConsentEvent.id.desc()).limit(1)
    ).one_or_none()
    if given is not None and given.event == "revoked":
        return lead
    _add_revocation(session, actor, lead_id, given, now)
    audit.record(session, actor, "lead.consent_revoked", entity_type="lead", entity_id=lead_id, now=now)
    if tell:  # who bought it is known above this chapter
        told = {"lead_id": str(lead_id), "at": now.isoformat()}
        outbox.enqueue(session, "consent.revoked", key=str(lead_id), now=now, payload=told)
    if "withdrawn" in lifecycle.STEPS[lead.status]:  # type: ignore[index]
        old = lifecycle.move(session, lead, "withdrawn", now=now)
        audit.record(
            session, actor, "lead.withdrawn", entity_type="lead", entity_id=lead_id, now=now,
            before={"status": old}, after={"status": "withdrawn", "because": "consent revoked"},
        )  # fmt: skip
    return lead


def _add_revocation(session: Session, actor: Actor, lead_id: UUID, given: ConsentEvent | None, now: datetime) -> None:
    session.add(
        ConsentEvent(
            id=uuid7(), lead_id=lead_id, event="revoked", wording=given.wording if given else NEVER_ASKED,
            wording_version=given.wording_version if given else "none", sellers=given.sellers if given else [],
            channels=given.channels if given else [], ip=actor.ip, user_agent=actor.user_agent, at=now,
        )
    )  # fmt: skip
    session.flush()


def allow_admin_or_submitter(actor: Actor, lead_id: UUID, code: str | None) -> None:
    """Pass a submitter who holds the lead's own signed link, else require an admin."""
    if code is None or links.lead_of_code(code) != lead_id:
        actor.require("admin")


def check_names(session: Session, *, lead_id: UUID, provider_id: UUID, now: datetime) -> None:
    """Raise ``NotNamed`` where a policy asks that the consent names the company, and it does not (SPEC 2.5)."""
    unnamed = text("select coalesce(:provider <> all (consent_named_only(:lead, :now)), false)")
    if session.execute(unnamed, {"lead": lead_id, "provider": provider_id, "now": now}).scalar_one():
        raise NotNamed


def check_may_be_sold(session: Session, lead_id: UUID, *, now: datetime) -> None:
    """Raise ``NotForSale`` unless consent is live and no list or wish stands against it (SPEC 2.5)."""
    refusal = session.execute(text("select lead_sale_refusal(:lead, :now)"), {"lead": lead_id, "now": now}).scalar_one_or_none()
    if refusal is not None:
        raise NotForSale(refusal)
