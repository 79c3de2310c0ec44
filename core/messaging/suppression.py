"""Addresses that we no longer write to: hard bounces and complaints (SPEC 11.3)."""

import hashlib
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import Actor
from core.messaging.models import EmailSuppression


def address_key(address: str) -> str:
    """SHA-256 (hex) of the address in lower case, so that the list holds no addresses."""
    return hashlib.sha256(address.strip().lower().encode()).hexdigest()


def suppress(session: Session, *, address: str, reason: str, now: datetime) -> None:
    """Stop writing to an address; the first reason stays."""
    row = insert(EmailSuppression).values(address_key=address_key(address), reason=reason, at=now)
    session.execute(row.on_conflict_do_nothing())


def is_suppressed(session: Session, *, address: str) -> bool:
    """True when mail to this address must not be sent."""
    return session.scalar(select(EmailSuppression.reason).where(EmailSuppression.address_key == address_key(address))) is not None


def lift_suppression(session: Session, *, actor: Actor, address: str, now: datetime) -> bool:
    """Write to an address again, on its owner's word; audited by its key only."""
    actor.require("admin")
    key = address_key(address)
    lifted = session.execute(
        delete(EmailSuppression).where(EmailSuppression.address_key == key).returning(EmailSuppression.reason)
    ).scalar_one_or_none()
    if lifted is not None:
        before = {"address_key": key, "reason": lifted}
        audit.record(session, actor, "mail.suppression_lifted", entity_type="address", entity_id=None, now=now, before=before)
    return lifted is not None
