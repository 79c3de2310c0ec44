"""One queued mail from outbox row to sent: written down first, handed over next, confirmed last (SPEC 11)."""

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core.kit import crypto
from core.kit.ids import uuid7
from core.kit.outbox import Job
from core.kit.words import without_contact
from core.messaging.addresses import PURPOSE, unsealed
from core.messaging.models import EmailEvent, EmailMessage, EmailTemplate
from core.messaging.recipients import Recipient
from core.messaging.render import Parts, Rendered, render
from core.messaging.standing import standing_after
from core.messaging.suppression import address_key, is_suppressed, suppress
from core.messaging.template_views import active_template, audience_of
from core.messaging.transport import Letter
from core.messaging.unsubscribe import unsubscribe_link

_IDS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def prepare(session: Session, *, job: Job, recipient: Recipient, now: datetime, optional: bool = False) -> Letter | None:
    """Write the message down under the job's id and return its letter; ``None`` when none is to be sent.

    A repeated job finds its message again: it is sent once more only when it was not confirmed as sent. ``optional``
    mail to a user carries the way to unsubscribe from its kind.
    """
    message = session.get(EmailMessage, job.id, with_for_update=True)
    if message is None:
        message = _write_down(session, job=job, recipient=recipient, optional=optional, now=now)
    elif message.status == "failed":
        message.status = "queued"
        _note(session, message.id, "queued", now=now)
    if message.status == "queued" and is_suppressed(session, address=recipient.address):
        _advance(session, message, "suppressed", now=now)
    kept = unsealed(message.sealed)
    if message.status != "queued" or kept is None:
        return None
    return Letter(job.id, kept["to"], kept["name"], kept["subject"], kept["html"], kept["text"], kept["unsubscribe"])


def is_written(session: Session, job_id: UUID) -> bool:
    """True once a job's message stands, so that only its sending is left."""
    return session.get(EmailMessage, job_id) is not None


def record_sent(session: Session, *, letter: Letter, now: datetime) -> None:
    """The server took the letter; what the service told of it meanwhile stands."""
    message = _locked(session, letter.message_id)
    message.sent_at = now
    _advance(session, message, "sent", now=now)


def record_refused(session: Session, *, letter: Letter, detail: str, now: datetime) -> None:
    """The server refused the address for good: no more mail to it (SPEC 11.3)."""
    message = _locked(session, letter.message_id)
    suppress(session, address=letter.address, reason="hard bounce", message_id=letter.message_id, now=now)
    _advance(session, message, "bounced", now=now, detail=detail, bounce="hard")


def record_failed(session: Session, *, message_id: UUID, detail: str, final: bool, now: datetime) -> None:
    """A try failed; ``final`` when it was the last. A mail that could not even be written has no message."""
    message = session.get(EmailMessage, message_id, with_for_update=True)
    if message is None:
        return
    if final:
        message.status = standing_after(message.status, "failed")
    _note(session, message_id, "failed", now=now, detail=detail)


def _write_down(session: Session, *, job: Job, recipient: Recipient, optional: bool, now: datetime) -> EmailMessage:
    template = active_template(session, job.payload["template"])
    unsubscribe = unsubscribe_link(recipient.id, template.key) if optional and recipient.kind == "user" and recipient.id else ""
    rendered = _rendered(template, job, recipient, unsubscribe)
    message = EmailMessage(
        id=job.id,
        template_key=template.key,
        template_version=template.version,
        recipient_type=recipient.kind,
        recipient_id=recipient.id,
        address_key=address_key(recipient.address),
        sealed=crypto.seal(_kept(recipient, rendered, job, unsubscribe), purpose=PURPOSE),
        status="queued",
        about=sorted({UUID(found) for found in _IDS.findall(rendered.text)}),
        queued_at=now,
        sent_at=None,
    )
    session.add(message)
    session.flush()
    _note(session, job.id, "queued", now=now)
    return message


def _rendered(template: EmailTemplate, job: Job, recipient: Recipient, unsubscribe: str) -> Rendered:
    return render(
        Parts(template.subject, template.html, template.body_text),
        job.payload.get("context", {}) | job.sealed,
        variables=template.variables,
        audience=audience_of(template.key),
        name=recipient.name,
        unsubscribe=unsubscribe,
    )


def _kept(recipient: Recipient, rendered: Rendered, job: Job, unsubscribe: str) -> dict[str, Any]:
    """What is kept encrypted; ``acting`` are the links that do something, which viewers may have to hide."""
    links = [value for value in job.sealed.values() if str(value).startswith(("http://", "https://"))]
    return {
        "to": recipient.address,
        "name": recipient.name,
        "subject": rendered.subject,
        "html": rendered.html,
        "text": rendered.text,
        "unsubscribe": unsubscribe,
        "acting": [*links, unsubscribe] if unsubscribe else links,
    }


def _locked(session: Session, message_id: UUID) -> EmailMessage:
    return session.get_one(EmailMessage, message_id, with_for_update=True, populate_existing=True)


def _advance(session: Session, message: EmailMessage, status: str, *, now: datetime, **more: str) -> None:
    message.status = standing_after(message.status, status)
    _note(session, message.id, status, now=now, **more)


def _note(
    session: Session, message_id: UUID, event: str, *, now: datetime, detail: str | None = None, bounce: str | None = None
) -> None:
    said = without_contact(detail) if detail else None
    session.add(EmailEvent(id=uuid7(), message_id=message_id, event=event, bounce=bounce, detail=said, at=now))
    session.flush()
