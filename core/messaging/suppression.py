"""Addresses that we no longer write to: hard bounces, complaints, soft bounces that do not end (SPEC 11.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import audit, ops
from core.kit import crypto
from core.kit.actor import SYSTEM, Actor
from core.kit.errors import NotFound
from core.messaging.addresses import shown_address
from core.messaging.models import EmailMessage, EmailSuppression


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a mail told about its address: ``hard bounce``, ``soft bounce`` or ``complaint``."""

    address_key: str
    message_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class SuppressionView:
    """One address on the list, by its key; ``address`` is masked as elsewhere, ``None`` when no mail tells it any more."""

    address_key: str
    address: str | None
    reason: str
    message_id: UUID | None
    at: datetime


def address_key(address: str) -> str:
    """Keyed hash (hex) of the address in lower case: the list holds no addresses, and no dictionary opens it."""
    return crypto.keyed_hash(address.strip().lower(), purpose="mail-address")


def suppress(session: Session, *, address: str, reason: str, now: datetime, message_id: UUID | None = None) -> bool:
    """Stop writing to an address; the first reason stays. ``False`` when it was on the list already."""
    return _add(session, address_key(address), reason, message_id, now)


def suppress_after(session: Session, *, troubles: Sequence[Trouble], now: datetime) -> int:
    """What bounces and complaints mean for their addresses; returns how many are new on the list.

    A hard bounce or a complaint suffices; soft bounces count from a number on within a time (two thresholds).
    Works on one address at a time, in order, so that two mails to it that bounce at once are both counted.
    """
    added = 0
    for key in sorted({trouble.address_key for trouble in troubles}):
        own = [trouble for trouble in troubles if trouble.address_key == key]
        session.execute(text("select pg_advisory_xact_lock(hashtextextended('mail-address:' || :key, 0))"), {"key": key})
        grave = next((trouble for trouble in own if trouble.reason != "soft bounce"), None)
        if grave is not None:
            added += _add(session, key, grave.reason, grave.message_id, now)
        elif _bounces_on(session, key, now):
            added += _add(session, key, "soft bounces", own[-1].message_id, now)
    return added


def is_suppressed(session: Session, *, address: str) -> bool:
    """True when mail to this address must not be sent."""
    return session.scalar(select(EmailSuppression.reason).where(EmailSuppression.address_key == address_key(address))) is not None


def list_suppressed(
    session: Session, *, actor: Actor, address: str | None = None, after: str | None = None, limit: int = 25
) -> list[SuppressionView]:
    """Addresses on the list, newest first; one by ``address``, or on from the key ``after``."""
    actor.require("admin")
    rows = (
        select(EmailSuppression, EmailMessage.sealed)
        .outerjoin(EmailMessage, EmailMessage.id == EmailSuppression.message_id)
        .order_by(EmailSuppression.at.desc(), EmailSuppression.address_key.desc())
        .limit(min(limit, 200))
    )
    if address:
        rows = rows.where(EmailSuppression.address_key == address_key(address))
    if after:
        last = select(EmailSuppression.at, EmailSuppression.address_key).where(EmailSuppression.address_key == after)
        rows = rows.where(tuple_(EmailSuppression.at, EmailSuppression.address_key) < last.scalar_subquery())
    return [
        SuppressionView(row.address_key, shown_address(sealed) or address, row.reason, row.message_id, row.at)
        for row, sealed in session.execute(rows)
    ]


def lift_suppression(
    session: Session, *, actor: Actor, now: datetime, address: str | None = None, key: str | None = None
) -> None:
    """Write to an address again, on its owner's word; by address or by key, audited by its key only."""
    actor.require("admin")
    wanted = key or address_key(address or "")
    gone = delete(EmailSuppression).where(EmailSuppression.address_key == wanted).returning(EmailSuppression.reason)
    lifted = session.execute(gone).scalar_one_or_none()
    if lifted is None:
        raise NotFound("suppression.unknown", "This address is not on the list; mail to it is sent.")
    before = {"address_key": wanted, "reason": lifted}
    audit.record(session, actor, "mail.suppression_lifted", entity_type="address", entity_id=None, now=now, before=before)


def _bounces_on(session: Session, key: str, now: datetime) -> bool:
    """Whether the address has bounced softly too often."""
    since = now - timedelta(days=ops.threshold(session, "soft_bounce_days"))
    bounces: int = session.execute(
        text("""select count(*) from email_event e join email_message m on m.id = e.message_id
                where m.address_key = :key and e.event = 'bounced' and e.bounce = 'soft' and e.at > :since"""),
        {"key": key, "since": since},
    ).scalar_one()
    return bounces >= ops.threshold(session, "soft_bounces")


def _add(session: Session, key: str, reason: str, message_id: UUID | None, now: datetime) -> bool:
    row = insert(EmailSuppression).values(address_key=key, reason=reason, message_id=message_id, at=now)
    added = session.execute(row.on_conflict_do_nothing().returning(EmailSuppression.address_key)).scalar_one_or_none()
    if added is not None:
        after = {"address_key": key, "reason": reason}
        audit.record(session, SYSTEM, "mail.suppressed", entity_type="email_message", entity_id=message_id, now=now, after=after)
    return added is not None
