"""Prove that the mailbox is the sender's: links, confirming, sending again (SPEC 2.4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit, ops
from core.kit import crypto, outbox
from core.kit.actor import SYSTEM, Actor, public
from core.kit.config import settings
from core.kit.errors import Conflict, Unavailable
from core.kit.ids import uuid7
from core.kit.insert_part import Part
from core.kit.mail import mail_part, request_mail
from core.leads import elsewhere, lifecycle
from core.leads.errors import LeadNotFound, LinkExpired, LinkUnknown, ResendRefused
from core.leads.models import Lead

LinkState = Literal["valid", "used", "expired"]
TEMPLATE = "lead_confirmation"
_SAME_MAILBOX = text("""
    select f.id from lead f join contact own on own.id = f.contact_id join lead l on l.id = :lead
      join contact c on c.id = l.contact_id where f.id = :first and own.email_key = c.email_key""")
REPLACED = "A newer mail was sent, and this link has stopped working. Use the link in the newest mail."
OVER = "This request does not wait for a confirmation any more."
AGAIN = "You are welcome to send a new one."


@dataclass(frozen=True, slots=True)
class LinkView:
    """What a confirmation link is good for at this moment; ``over`` when no other one would be good for more.

    ``first_id``: the request that this one repeats, while both wait to be confirmed.
    """

    state: LinkState
    lead_id: UUID
    message: str = ""
    over: bool = False
    first_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A confirmed lead; ``already`` when it had been before."""

    lead_id: UUID
    already: bool


def look(session: Session, *, token: str, now: datetime) -> LinkView:
    """What opening a link shows: changes nothing, because mail scanners open links; raises ``LinkUnknown``."""
    row = session.execute(
        text("""select t.lead_id, t.used_at, t.replaced_at, t.expires_at, l.confirmed_at, l.status,
                  l.status = 'pending_confirmation' or f.status = 'pending_confirmation' as waits, f.id as first_id
                from lead_token t join lead l on l.id = t.lead_id
                  left join lead f on f.id = l.duplicate_of and l.status = 'duplicate'
                where t.token_hash = :hash"""),
        {"hash": crypto.token_hash(token)},
    ).one_or_none()
    if row is None:
        raise LinkUnknown
    if row.used_at is not None or row.confirmed_at is not None:
        return LinkView("used", row.lead_id)
    if not row.waits:
        again = f" {AGAIN}" if row.status in lifecycle.ENDS else ""
        return LinkView("expired", row.lead_id, OVER + again, over=True)
    if row.replaced_at is not None:
        return LinkView("expired", row.lead_id, REPLACED, first_id=row.first_id)
    if row.expires_at <= now:
        return LinkView("expired", row.lead_id, LinkExpired().message, first_id=row.first_id)
    return LinkView("valid", row.lead_id, first_id=row.first_id)


def confirm(session: Session, *, token: str, ip: str | None, user_agent: str | None, now: datetime) -> Confirmed:
    """Turn a lead to ``pending_approval`` by its link, once; a repetition changes nothing (SPEC 2.4).

    Of two requests by one person from two mailboxes the one that is confirmed first is kept (SPEC 2.6). Raises ``LinkUnknown``
    or ``LinkExpired``. Scoring follows as a job.
    """
    before = look(session, token=token, now=now)
    lead = elsewhere.lock(session, before.lead_id, first_id=before.first_id)
    link = look(session, token=token, now=now)  # again, now that nobody else can use it
    if link.state == "used":
        return Confirmed(lead.id, already=True)
    if link.state == "expired":
        raise LinkExpired(link.message, over=link.over)
    if link.first_id != before.first_id:
        raise Unavailable("lead.busy", "This request is being changed at this moment. Please try again in a minute.")
    if link.first_id and not elsewhere.take_place(session, lead, actor=public(ip), now=now):
        raise LinkExpired(OVER, over=True)
    lead.confirmed_at, lead.confirmed_ip, lead.confirmed_agent = now, ip, user_agent
    lifecycle.move(session, lead, "pending_approval", now=now)
    session.execute(
        text("update lead_token set used_at = :now where token_hash = :hash"), {"now": now, "hash": crypto.token_hash(token)}
    )
    audit.record(session, public(ip), "lead.confirmed", entity_type="lead", entity_id=lead.id, now=now)
    outbox.enqueue(session, "lead.score", key=str(lead.id), now=now, payload={"lead_id": str(lead.id)}, priority=outbox.SALE)
    return Confirmed(lead.id, already=False)


def resend_confirmation(session: Session, *, lead_id: UUID, now: datetime, actor: Actor | None = None) -> None:
    """Send a new link and let the old one die; at most three times per lead, five minutes apart (SPEC 2.4).

    Raises ``Conflict`` when the lead waits for no confirmation, ``ResendRefused`` when it is too soon or too often. Of a
    duplicate the answers are those of a new lead: whether somebody asked before is nobody's to find out (SPEC 2.2).
    """
    lead = lifecycle.lock(session, lead_id)
    if lead.status == "duplicate" and not elsewhere.invited(session, lead):
        _seem_to_send_again(session, lead, now=now)
    else:
        _send_again(session, lead, actor or SYSTEM, now=now)


def _seem_to_send_again(session: Session, lead: Lead, *, now: datetime) -> None:
    """Count it by a link that nobody gets; who owns the mailbox gets the first lead's once more, as at the submission."""
    _check_limits(session, lead.id, now=now)
    session.execute(
        text("""insert into lead_token (id, lead_id, token_hash, created_at, expires_at, replaced_at)
                values (:id, :lead, :hash, :now, :now, :now)"""),
        {"id": uuid7(), "lead": lead.id, "hash": crypto.token_hash(crypto.new_token()), "now": now},
    )
    first = session.execute(_SAME_MAILBOX, {"lead": lead.id, "first": lead.duplicate_of}).scalar_one_or_none()
    if first is not None:
        send_again_if_allowed(session, lead_id=first, now=now)


def _send_again(session: Session, lead: Lead, actor: Actor, *, now: datetime) -> None:
    if lead.status != "pending_confirmation" and not elsewhere.invited(session, lead):
        raise Conflict("confirmation.not_waiting", "This request does not wait for a confirmation.")
    lead_id = lead.id
    _check_limits(session, lead_id, now=now)
    session.execute(
        text("update lead_token set replaced_at = :now where lead_id = :lead and replaced_at is null"),
        {"now": now, "lead": lead_id},
    )
    token, token_id = crypto.new_token(), uuid7()
    hours = ops.threshold(session, "confirmation_hours")
    name = session.execute(
        text("""with link as (insert into lead_token (id, lead_id, token_hash, created_at, expires_at)
                              values (:id, :lead, :hash, :now, :until))
                select name from niche where id = :niche"""),
        {"id": token_id, "lead": lead_id, "hash": crypto.token_hash(token), "now": now, "until": now + timedelta(hours=hours),
         "niche": lead.niche_id},
    ).scalar_one()  # fmt: skip
    audit.record(session, actor, "lead.confirmation_resent", entity_type="lead", entity_id=lead_id, now=now)
    ask(session, lead_id, token, niche_name=name, now=now)


def send_again_if_allowed(session: Session, *, lead_id: UUID, now: datetime) -> bool:
    """``resend_confirmation`` that tells a refusal by ``False``: for those who did not ask for a mail by name.

    A lead that somebody else works on is left alone: the caller holds its identity keys, and waiting for the lead
    while its holder waits for the keys would never end.
    """
    try:
        _send_again(session, lifecycle.lock(session, lead_id, wait=False), SYSTEM, now=now)
    except (Conflict, LeadNotFound, ResendRefused):
        return False
    return True


def ask(session: Session, lead_id: UUID, token: str, *, niche_name: str, now: datetime) -> None:
    """Queue the mail with the link; a mail that fails never blocks intake."""
    request_mail(session, TEMPLATE, lead_id=lead_id, now=now, **_letter(lead_id, token, niche_name))


def mail(lead_id: UUID, token: str, *, niche_name: str, now: datetime) -> Part:
    """``ask`` as part of the statement that stores the lead."""
    return mail_part(TEMPLATE, lead_id=lead_id, now=now, **_letter(lead_id, token, niche_name))


def _letter(lead_id: UUID, token: str, niche_name: str) -> dict[str, Any]:
    """One mail per link; the link itself is sealed, so that no table shows a token."""
    link = f"{settings().base_url}/confirm?token={token}"
    key = f"{lead_id}:{crypto.token_hash(token).hex()[:12]}"
    return {"key": key, "context": {"niche": niche_name}, "sealed": {"link": link}}


def _check_limits(session: Session, lead_id: UUID, *, now: datetime) -> None:
    sent = session.execute(
        text("""select count(*) filter (where t.created_at > l.submitted_at) as again,
                       max(coalesce(t.created_at, l.submitted_at)) as newest
                  from lead l left join lead_token t on t.lead_id = l.id where l.id = :lead"""),
        {"lead": lead_id},
    ).one()
    most = ops.threshold(session, "confirmation_resends")
    if sent.again >= most:
        raise ResendRefused("We have sent this mail as often as we may. Please send a new request.", retry_after_s=86_400)
    wait = (sent.newest + timedelta(minutes=ops.threshold(session, "confirmation_resend_minutes")) - now).total_seconds()
    if wait > 0:
        raise ResendRefused(
            f"A mail is on its way. You can ask for another one in {ceil(wait / 60)} min.", retry_after_s=ceil(wait)
        )
