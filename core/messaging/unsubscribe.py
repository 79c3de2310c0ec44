"""A person ends mail of one kind by the link in it: the page asks, the press acts (SPEC 2.4, 7.6, 11)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import Actor, Role
from core.kit.config import settings
from core.kit.crypto import sign, signature_ok
from core.kit.errors import NotFound
from core.messaging.letters import shipped
from core.messaging.models import EmailOptOut

PURPOSE = "unsubscribe"


class UnsubscribeUnknown(NotFound):
    """The link was not made by us, or was changed on its way."""


def unsubscribe_link(user_id: UUID, template: str) -> str:
    """The address by which this user ends mail of this kind; it works for as long as the account stands."""
    text = f"{user_id}.{template}"
    return f"{settings().base_url}/mail/unsubscribe/{text}.{sign(text, purpose=PURPOSE)}"


def mail_of_code(code: str) -> tuple[UUID, str]:
    """The user and the kind of mail a link was made for; raises ``UnsubscribeUnknown``."""
    text, _, signature = code.rpartition(".")
    user_id, _, template = text.partition(".")
    if not signature_ok(text, signature, purpose=PURPOSE):
        raise UnsubscribeUnknown("unsubscribe.unknown", "This link is not one of ours. Check that you copied all of it.")
    return UUID(user_id), template


def kind_of_mail(template: str) -> str:
    """What mail of this kind is called."""
    letter = shipped().get(template)
    return letter.title if letter else template


def opt_out(session: Session, *, code: str, now: datetime, ip: str | None = None) -> str:
    """End mail of the link's kind to the link's user; a repeat changes nothing. Returns what the kind is called."""
    user_id, template = mail_of_code(code)
    row = insert(EmailOptOut).values(user_id=user_id, template_key=template, at=now)
    if session.execute(row.on_conflict_do_nothing().returning(EmailOptOut.at)).scalar_one_or_none():
        _record(session, "mail.unsubscribed", user_id, template, ip, now)
    return kind_of_mail(template)


def opt_in(session: Session, *, code: str, now: datetime, ip: str | None = None) -> str:
    """Undo ``opt_out`` by the same link."""
    user_id, template = mail_of_code(code)
    gone = delete(EmailOptOut).where(EmailOptOut.user_id == user_id, EmailOptOut.template_key == template)
    if session.execute(gone.returning(EmailOptOut.at)).scalar_one_or_none():
        _record(session, "mail.subscribed_again", user_id, template, ip, now)
    return kind_of_mail(template)


def own_opt_outs(session: Session, *, actor: Actor) -> list[tuple[str, str]]:
    """Kinds of mail that the actor ended for themselves: template and what it is called, by name."""
    rows = session.scalars(select(EmailOptOut.template_key).where(EmailOptOut.user_id == actor.user_id))
    return sorted(((template, kind_of_mail(template)) for template in rows), key=lambda kind: kind[1])


def want_again(session: Session, *, actor: Actor, template: str, now: datetime) -> None:
    """Get mail of this kind again; nothing changes when it was not ended."""
    gone = delete(EmailOptOut).where(EmailOptOut.user_id == actor.user_id, EmailOptOut.template_key == template)
    if session.execute(gone.returning(EmailOptOut.at)).scalar_one_or_none():
        after = {"template": template}
        audit.record(session, actor, "mail.subscribed_again", entity_type="user", entity_id=actor.user_id, now=now, after=after)


def has_opted_out(session: Session, *, user_id: UUID, template: str) -> bool:
    """True when this user wants no mail of this kind."""
    return session.get(EmailOptOut, (user_id, template)) is not None


def _record(session: Session, action: str, user_id: UUID, template: str, ip: str | None, now: datetime) -> None:
    role: Role = "public"  # whoever holds the link; it was mailed to that user alone
    actor = Actor(user_id=user_id, role=role, ip=ip)
    audit.record(session, actor, action, entity_type="user", entity_id=user_id, now=now, after={"template": template})
