"""Questions of companies to the house, with the id that finds the call or job they are about (SPEC 7.8)."""

import re
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import audit
from core.kit import crypto, words
from core.kit.actor import Actor
from core.kit.config import settings
from core.kit.errors import Conflict, Invalid
from core.kit.ids import uuid7
from core.kit.logs import correlation_id
from core.kit.mail import request_mail
from core.providers.models import Provider, SupportMessage, SupportRequest
from core.providers.scope import lock_provider
from core.providers.support_threads import PURPOSE, SupportLine, SupportNotFound, line_of

MOST_OPEN = 10
LONGEST_SUBJECT, SHORTEST_TEXT, LONGEST_TEXT = 150, 10, 5_000
_CODE = re.compile(r"[A-Za-z0-9._-]{6,64}")


class TooManyOpen(Conflict):
    """A company has ten requests open at most."""

    def __init__(self) -> None:
        sentence = f"You have {MOST_OPEN} open requests already. Add to one of them, or wait for our answer."
        super().__init__("support.too_many", sentence)


def ask_support(
    session: Session,
    *,
    actor: Actor,
    subject: str,
    message: str,
    code: str | None = None,
    page: str | None = None,
    now: datetime,
) -> SupportLine:
    """Ask the house; every administrator is mailed (SPEC 7.8). Open to people of suspended companies too.

    ``code`` is the correlation id that an error showed; without one the id of this very call is kept. Raises
    ``Invalid`` by field, ``TooManyOpen`` for an eleventh open request.
    """
    provider = lock_provider(session, actor.require_provider())
    opening = {"subject": _subject(subject), "text": _text(message)}
    still_open = select(func.count()).where(SupportRequest.provider_id == provider.id, SupportRequest.status == "open")
    if (session.scalar(still_open) or 0) >= MOST_OPEN:
        raise TooManyOpen
    request = SupportRequest(id=uuid7(), provider_id=provider.id, asked_by=actor.user_id, correlation_id=_code(code))
    request.page, request.created_at, request.updated_at = (page or "")[:200] or None, now, now
    session.add(request)
    session.flush()
    _write(session, actor, request, opening, now)
    _record(session, actor, request, "support.asked", now)
    _tell_house(session, provider, request, now)
    return line_of(session, request.id)


def add_to_support(session: Session, *, actor: Actor, request_id: UUID, message: str, now: datetime) -> None:
    """Write again on a request of one's own company; an answered one is open again, and the house is told."""
    provider = lock_provider(session, actor.require_provider())
    request = _lock(session, request_id, provider.id)
    _write(session, actor, request, {"text": _text(message)}, now)
    reopened = request.status == "answered"
    request.status, request.updated_at = "open", now
    session.flush()
    _record(session, actor, request, "support.added", now)
    if reopened:
        _tell_house(session, provider, request, now)


def answer_support(session: Session, *, actor: Actor, request_id: UUID, message: str, now: datetime) -> None:
    """Answer a request; who asked gets the words by mail (SPEC 7.8). Admins only."""
    actor.require("admin")
    request = _lock(session, request_id)
    answer = _text(message)
    _write(session, actor, request, {"text": answer}, now)
    request.status, request.updated_at = "answered", now
    session.flush()
    _record(session, actor, request, "support.answered", now)
    request_mail(
        session,
        "support_answered",
        key=f"{request.id}:{now.isoformat()}",
        now=now,
        user_id=request.asked_by,
        context={"link": f"{settings().base_url}/settings?settings=Support&request={request.id}"},
        sealed={"subject": line_of(session, request.id).subject, "answer": answer},
    )


def _lock(session: Session, request_id: UUID, provider_id: UUID | None = None) -> SupportRequest:
    query = select(SupportRequest).where(SupportRequest.id == request_id).with_for_update(key_share=True)
    if provider_id is not None:
        query = query.where(SupportRequest.provider_id == provider_id)
    found = session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise SupportNotFound
    return found


def _write(session: Session, actor: Actor, request: SupportRequest, said: dict[str, str], now: datetime) -> None:
    sealed = crypto.seal(said, purpose=PURPOSE)
    message = SupportMessage(id=uuid7(), request_id=request.id, author_id=actor.user_id, sealed=sealed, at=now)
    message.from_house = actor.role != "provider"
    session.add(message)
    session.flush()


def _record(session: Session, actor: Actor, request: SupportRequest, action: str, now: datetime) -> None:
    after = {"status": request.status, "provider_id": str(request.provider_id)}
    audit.record(session, actor, action, entity_type="support_request", entity_id=request.id, after=after, now=now)


def _tell_house(session: Session, provider: Provider, request: SupportRequest, now: datetime) -> None:
    """To every admin; what was asked stays in the app, so that no mailbox fills with consumers' data."""
    request_mail(
        session,
        "support_request",
        key=f"{request.id}:{now.isoformat()}",
        now=now,
        context={
            "company": provider.company_name,
            "reference": request.correlation_id,
            "link": f"{settings().base_url}/support?request={request.id}",
        },
        sealed={"subject": line_of(session, request.id).subject},
    )


def _subject(subject: str) -> str:
    return words.one_line(subject, field="subject", least=3, most=LONGEST_SUBJECT)


def _text(message: str) -> str:
    return words.paragraphs(message, field="message", least=SHORTEST_TEXT, most=LONGEST_TEXT)


def _code(code: str | None) -> str:
    """The code that was given, else the one of this call, else a new one."""
    given = (code or "").strip()
    if given and not _CODE.fullmatch(given):
        sentence = "A code has 6 to 64 letters, digits, dots and hyphens. Copy it from the message, or leave it empty."
        raise Invalid("support.code", sentence, fields={"code": sentence})
    return given or correlation_id.get() or uuid7().hex
