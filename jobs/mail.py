"""Carry one mail through: who gets it, write it down, hand it over, confirm (SPEC 11)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from core import leads, messaging, providers
from core.kit import tracing
from core.kit.db import Json
from core.kit.errors import NotFound
from core.kit.logs import logger
from core.kit.outbox import Job
from core.messaging import Letter, MailRefused, Recipient

# Of their account alone are told who has left a company or was shut out; what was asked for before waits in the queue at night.
TO_ANYBODY = {"account_status", "account_exists"}


def write_down(session: Session, job: Job, now: datetime) -> Letter | None:
    """The letter to send; ``None`` when there is none: spread to several people, unwanted, kept for the morning, sent before."""
    asked = job.payload
    if "user_id" in asked:
        return _to_user(session, job, UUID(asked["user_id"]), now)
    if "lead_id" in asked:
        return _to_consumer(session, job, UUID(asked["lead_id"]), now)
    if "provider_id" not in asked or _wanted(session, asked):
        messaging.fan_out(session, job=job, now=now)
    return None


def _to_user(session: Session, job: Job, user_id: UUID, now: datetime) -> Letter | None:
    template = job.payload["template"]
    reader = messaging.user_recipient(session, user_id=user_id)
    if reader is None:
        raise NotFound("mail.no_reader", "The user this mail was written to does not exist.")
    if template not in TO_ANYBODY and messaging.is_shut_out(session, user_id=user_id):
        logger().info("mail.shut_out", job_id=str(job.id), template=template)
        return None
    optional = _may_be_ended(template)
    # What is written down already is sent now; what the reader asked for, whatever they chose and whatever the hour.
    if not job.payload.get("wanted") and not messaging.is_written(session, job.id):
        if optional and messaging.has_opted_out(session, user_id=user_id, template=template):
            logger().info("mail.unwanted", job_id=str(job.id), template=template)
            return None
        zone = providers.zone_of_user(session, user_id=user_id)
        if until := messaging.waits_until(session, template=template, zone=zone, now=now):
            messaging.postpone(session, job=job, until=until, now=now)
            return None
    return messaging.prepare(session, job=job, recipient=reader, optional=optional, now=now)


def _to_consumer(session: Session, job: Job, lead_id: UUID, now: datetime) -> Letter | None:
    address = leads.contact_email(session, lead_id)
    if address is None:
        logger().info("mail.no_address", job_id=str(job.id), template=job.payload["template"])
        return None
    return messaging.prepare(session, job=job, recipient=Recipient("lead", lead_id, address), now=now)


def _may_be_ended(template: str) -> bool:
    """Whether a provider's people may choose to get no mail of this kind."""
    kind = providers.MAIL_KINDS.get(template)
    return kind is not None and kind.why is None


def _wanted(session: Session, asked: Json) -> bool:
    return providers.wants_mail(session, provider_id=UUID(asked["provider_id"]), template=asked["template"])


def hand_over(letter: Letter | None, now: datetime) -> tuple[Letter, MailRefused | None] | None:
    """Give the letter to the mail server; a refusal for good is an answer, anything else is raised and tried again."""
    if letter is None:
        return None
    try:
        with tracing.span("mail hand over", **{"hotleads.message_id": str(letter.message_id)}):
            messaging.transport().send(letter, now=now)
    except MailRefused as refusal:
        return letter, refusal
    return letter, None


def confirm(session: Session, _job: Job, handed: tuple[Letter, MailRefused | None] | None, now: datetime) -> None:
    """Write down what the server said."""
    if handed is None:
        return
    letter, refusal = handed
    if refusal is None:
        messaging.record_sent(session, letter=letter, now=now)
    else:
        messaging.record_refused(session, letter=letter, detail=refusal.message, now=now)


def note_failure(session: Session, job: Job, error: Exception, final: bool, now: datetime) -> None:
    """A failed try stands among the mail's events."""
    messaging.record_failed(session, message_id=job.id, detail=type(error).__name__, final=final, now=now)
