"""One queued mail from outbox row to sent: written down first, handed over next, confirmed last (SPEC 11)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core.kit import crypto
from core.kit.ids import uuid7
from core.kit.outbox import Job
from core.messaging.models import EmailEvent, EmailMessage
from core.messaging.recipients import Recipient
from core.messaging.render import Parts, Rendered, render
from core.messaging.suppression import is_suppressed, suppress
from core.messaging.transport import Letter
from core.messaging.versions import active_template, audience_of

PURPOSE = "mail"


def prepare(session: Session, *, job: Job, recipient: Recipient, now: datetime) -> Letter | None:
    """Write the message down under the job's id and return its letter; ``None`` when none is to be sent.

    A repeated job finds its message again: it is sent once more only when it was not confirmed as sent.
    """
    message = session.get(EmailMessage, job.id)
    if message is None:
        message = _write_down(session, job=job, recipient=recipient, now=now)
        if is_suppressed(session, address=recipient.address):
            _set(session, message, "suppressed", now=now)
    elif message.status == "failed":
        _set(session, message, "queued", now=now)
    if message.status != "queued" or message.sealed is None:
        return None
    kept = crypto.unseal(message.sealed, purpose=PURPOSE)
    return Letter(job.id, kept["to"], kept["name"], kept["subject"], kept["html"], kept["text"])


def record_sent(session: Session, *, letter: Letter, now: datetime) -> None:
    """The server took the letter."""
    message = session.get_one(EmailMessage, letter.message_id)
    message.sent_at = now
    _set(session, message, "sent", now=now)


def record_refused(session: Session, *, letter: Letter, detail: str, now: datetime) -> None:
    """The server refused the address for good: no more mail to it (SPEC 11.3)."""
    suppress(session, address=letter.address, reason="hard bounce", now=now)
    _set(session, session.get_one(EmailMessage, letter.message_id), "bounced", now=now, detail=detail)


def record_failed(session: Session, *, message_id: UUID, detail: str, final: bool, now: datetime) -> None:
    """A try failed; ``final`` when it was the last. A mail that could not even be written has no message."""
    message = session.get(EmailMessage, message_id)
    if message is None:
        return
    session.add(EmailEvent(id=uuid7(), message_id=message_id, event="failed", detail=detail, at=now))
    if final:
        message.status = "failed"
    session.flush()


def _write_down(session: Session, *, job: Job, recipient: Recipient, now: datetime) -> EmailMessage:
    template = active_template(session, job.payload["template"])
    context = job.payload.get("context", {}) | job.sealed
    rendered = render(
        Parts(template.subject, template.html, template.body_text),
        context,
        variables=template.variables,
        audience=audience_of(template.key),
        name=recipient.name,
    )
    message = EmailMessage(
        id=job.id,
        template_key=template.key,
        template_version=template.version,
        recipient_type=recipient.kind,
        recipient_id=recipient.id,
        sealed=crypto.seal(_kept(recipient, rendered, job), purpose=PURPOSE),
        status="queued",
        queued_at=now,
        sent_at=None,
    )
    session.add(message)
    session.flush()
    session.add(EmailEvent(id=uuid7(), message_id=job.id, event="queued", detail=None, at=now))
    session.flush()
    return message


def _kept(recipient: Recipient, rendered: Rendered, job: Job) -> dict[str, Any]:
    """What is kept encrypted; ``acting`` are the sealed links, which do something and which viewers may have to hide."""
    return {
        "to": recipient.address,
        "name": recipient.name,
        "subject": rendered.subject,
        "html": rendered.html,
        "text": rendered.text,
        "acting": [value for value in job.sealed.values() if str(value).startswith(("http://", "https://"))],
    }


def _set(session: Session, message: EmailMessage, status: str, *, now: datetime, detail: str | None = None) -> None:
    message.status = status
    session.add(EmailEvent(id=uuid7(), message_id=message.id, event=status, detail=detail, at=now))
    session.flush()
