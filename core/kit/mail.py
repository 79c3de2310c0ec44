"""Ask for an e-mail: an outbox row that ``messaging`` renders and sends later (SPEC 11)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from core.kit import outbox
from core.kit.db import Json
from core.kit.insert_part import Part


def request_mail(
    session: Session,
    template: str,
    *,
    key: str,
    now: datetime,
    user_id: UUID | None = None,
    lead_id: UUID | None = None,
    provider_id: UUID | None = None,
    context: Json | None = None,
    sealed: Json | None = None,
    job_id: UUID | None = None,
    wanted: bool = False,
) -> UUID | None:
    """Queue one mail to a user, a lead's consumer, or every active user of a provider; none of them: every admin.

    The address is looked up when the mail is sent, so the row holds no personal data; ``sealed`` takes what
    must not be readable in the table, such as a link's token. ``key`` makes a repeated request a no-op while the mail
    is open, ``job_id`` for good. ``wanted``: the reader asked for it just now, so neither the kinds of mail they
    switched off nor the hour matter. Who waits for a link, or asked just now, comes before the news of a burst.
    """
    payload = _payload(template, context, user_id=user_id, lead_id=lead_id, provider_id=provider_id)
    payload |= {"wanted": True} if wanted else {}
    urgency = outbox.WAITED_FOR if sealed or wanted else outbox.USUAL
    key = f"{template}:{key}"
    return outbox.enqueue(session, "email", key=key, now=now, payload=payload, sealed=sealed, priority=urgency, job_id=job_id)


def mail_part(template: str, *, key: str, now: datetime, lead_id: UUID, context: Json, sealed: Json) -> Part:
    """A mail to a lead's consumer as part of another statement."""
    payload = _payload(template, context, lead_id=lead_id)
    return outbox.part("email", key=f"{template}:{key}", now=now, payload=payload, sealed=sealed, priority=outbox.WAITED_FOR)


def _payload(template: str, context: Json | None, **recipient: UUID | None) -> Json:
    return {"template": template, "context": context or {}} | {name: str(id_) for name, id_ in recipient.items() if id_}
