"""Mails that have gone out."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from core import messaging
from core.kit import mail, outbox
from core.kit.ids import uuid7
from core.messaging import Recipient


def sent_mail(session: Session, now: datetime, address: str = "pat@example.com") -> UUID:
    """Write a mail down and confirm it as sent."""
    samples = dict(messaging.shipped()["new_lead"].samples)
    row = mail.request_mail(session, "new_lead", key=str(uuid7()), now=now, user_id=uuid7(), context=samples)
    job = outbox.take(session, row, now=now) if row else None
    assert job is not None
    letter = messaging.prepare(session, job=job, recipient=Recipient("lead", uuid7(), address), now=now)
    if letter is not None:
        messaging.record_sent(session, letter=letter, now=now)
    return job.id
