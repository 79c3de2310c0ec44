"""The only door through which contact data leaves core: masked by role, each reading recorded (house rule 9)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import Actor
from core.kit.errors import Forbidden


@dataclass(frozen=True, slots=True)
class ContactView:
    """Contact data of one lead as this reader may see it; every part is empty once erased."""

    name: str
    email: str
    phone: str
    street: str
    unit: str
    city: str
    state: str
    zip: str
    masked: bool
    erased: bool


def reveal(session: Session, *, actor: Actor, lead_ids: Iterable[UUID], now: datetime) -> dict[UUID, ContactView]:
    """Contact data by lead: in full for admins and for providers who hold the lead, masked for other staff (SPEC 1.6).

    Leads that are not the provider's are left out. Full readings are recorded in the trail, at most once in ten
    minutes per reader and lead.
    """
    if actor.role == "public":
        raise Forbidden("access.forbidden", "Please sign in first.")
    wanted = list(dict.fromkeys(lead_ids))
    found = _views(session, actor, wanted)
    if actor.role not in ("analyst", "scientist", "system"):
        audit.record_opening(session, actor, "contact.read", entity_type="lead", entity_ids=found, now=now)
    return found


def reveal_for_file(
    session: Session, *, actor: Actor, lead_ids: Iterable[UUID], export_id: UUID, now: datetime
) -> dict[UUID, ContactView]:
    """``reveal`` for the rows of an export: one entry of the trail for the whole batch, on the export (SPEC 12.3)."""
    actor.require("admin", "analyst", "scientist", "provider")
    found = _views(session, actor, list(dict.fromkeys(lead_ids)))
    if found and actor.role not in ("analyst", "scientist"):
        after = {"leads": len(found)}
        audit.record(session, actor, "contact.exported", entity_type="export", entity_id=export_id, now=now, after=after)
    return found


def _views(session: Session, actor: Actor, wanted: list[UUID]) -> dict[UUID, ContactView]:
    provider_id = actor.require_provider() if actor.role == "provider" else None
    # Leads lie below assignments, so the table is named here in SQL only: the scope must be in the query itself.
    rows = session.execute(
        text("""select l.id, l.zip, c.full_name, c.email, c.phone, c.street, c.unit, c.city, c.state, c.erased_at
                from lead l join contact c on c.id = l.contact_id where l.id = any (:ids)
                and (cast(:provider as uuid) is null
                     or exists (select from assignment a where a.lead_id = l.id and a.provider_id = :provider))"""),
        {"ids": wanted, "provider": provider_id},
    ).all()
    masked = actor.role in ("analyst", "scientist")
    return {row.id: _view(row, masked=masked) for row in rows}


def contact_email(session: Session, lead_id: UUID) -> str | None:
    """The address a mail to a lead's consumer goes to, for the mail job only; ``None`` once erased."""
    found: str | None = session.execute(
        text("select c.email from lead l join contact c on c.id = l.contact_id where l.id = :lead"), {"lead": lead_id}
    ).scalar_one_or_none()
    return found


def mask_name(name: str | None) -> str:
    """``Pat Example`` -> ``P. E.``"""
    return " ".join(f"{part[0]}." for part in (name or "").split()[:3])


def mask_email(email: str | None) -> str:
    """``pat@example.com`` -> ``p•••@example.com``"""
    local, _, domain = (email or "").rpartition("@")
    return f"{local[:1]}•••@{domain}" if local else ""


def mask_phone(phone: str | None) -> str:
    """``+17025550142`` -> ``+1702•••••42``"""
    return f"{phone[:5]}•••••{phone[-2:]}" if phone and len(phone) > 7 else ""


def _view(row: Row[tuple[object, ...]], *, masked: bool) -> ContactView:
    name, email, phone = row.full_name, row.email, row.phone
    return ContactView(
        name=mask_name(name) if masked else name or "",
        email=mask_email(email) if masked else email or "",
        phone=mask_phone(phone) if masked else phone or "",
        street="" if masked else row.street or "",
        unit="" if masked else row.unit or "",
        city=row.city or "",
        state=row.state or "",
        zip=row.zip,
        masked=masked,
        erased=row.erased_at is not None,
    )
