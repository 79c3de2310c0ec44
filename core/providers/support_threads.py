"""Support requests as they are read: lists, one request whole, for its company or for admins."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit
from core.kit import crypto
from core.kit.actor import Actor
from core.kit.errors import Invalid, NotFound

PURPOSE = "support"
STATUSES = ("open", "answered")


class SupportNotFound(NotFound):
    """There is no such request, or it is another company's."""

    def __init__(self) -> None:
        super().__init__("support.not_found", "There is no such support request. Open your list of requests.")


@dataclass(frozen=True, slots=True)
class SupportLine:
    """One request in a list; ``correlation_id`` is the code that finds its traces in trail and logs."""

    id: UUID
    provider_id: UUID
    company_name: str
    asker: str
    subject: str
    status: str
    correlation_id: str
    page: str | None
    messages: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class SupportWords:
    """One message of a request; the house's people are not named to companies."""

    author: str
    from_house: bool
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SupportThread:
    """A request with everything that was written, oldest first."""

    request: SupportLine
    messages: tuple[SupportWords, ...]


def support_requests(
    session: Session, *, actor: Actor, status: str | None = None, before_id: UUID | None = None, limit: int = 25
) -> list[SupportLine]:
    """Requests newest first: the own company's, or everybody's for an admin; older ones before ``before_id``."""
    if status not in (None, *STATUSES):
        raise Invalid("support.status", "Choose open or answered.", fields={"status": "Choose open or answered."})
    given = {"owner": _owner(actor), "status": status, "before": before_id, "limit": max(1, min(limit, 100))}
    rows = session.execute(
        text(
            _LINE
            + """where (cast(:owner as uuid) is null or r.provider_id = :owner)
                   and (cast(:status as text) is null or r.status = :status)
                   and (cast(:before as uuid) is null or r.id < :before) order by r.id desc limit :limit"""
        ),
        given,
    )
    return [_line(row) for row in rows.mappings()]


def support_thread(session: Session, *, actor: Actor, request_id: UUID, now: datetime) -> SupportThread:
    """One request whole, for staff on record; another company's does not exist."""
    owner = _owner(actor)
    line = line_of(session, request_id, owner)
    audit.record_reading(session, actor, "a request for help", entity_id=request_id, now=now)
    rows = session.execute(
        text("""select m.from_house, m.sealed, m.at, coalesce(nullif(u.full_name, ''), u.email) as author
                  from support_message m left join user_account u on u.id = m.author_id
                 where m.request_id = :id order by m.id"""),
        {"id": request_id},
    )
    named = [
        SupportWords(
            "Support" if row.from_house and owner else row.author,
            row.from_house,
            crypto.unseal(row.sealed, purpose=PURPOSE)["text"],
            row.at,
        )
        for row in rows
    ]
    return SupportThread(line, tuple(named))


_LINE = """select r.id, r.provider_id, p.company_name, coalesce(nullif(u.full_name, ''), u.email) as asker, r.status,
       r.correlation_id, r.page, r.created_at, r.updated_at, m.messages, m.opening
  from support_request r join provider p on p.id = r.provider_id join user_account u on u.id = r.asked_by
  cross join lateral (select count(*) as messages, (array_agg(s.sealed order by s.id))[1] as opening
                        from support_message s where s.request_id = r.id) m """


def line_of(session: Session, request_id: UUID, owner: UUID | None = None) -> SupportLine:
    """One request, of ``owner`` where one is given; raises ``SupportNotFound``."""
    where = "where r.id = :id and (cast(:owner as uuid) is null or r.provider_id = :owner)"
    row = session.execute(text(_LINE + where), {"id": request_id, "owner": owner}).mappings().one_or_none()
    if row is None:
        raise SupportNotFound
    return _line(row)


def _line(row: object) -> SupportLine:
    values = dict(row)  # type: ignore[call-overload]
    values["subject"] = crypto.unseal(values.pop("opening"), purpose=PURPOSE)["subject"]
    return SupportLine(**values)


def _owner(actor: Actor) -> UUID | None:
    if actor.role == "provider":
        return actor.require_provider()
    actor.require("admin")
    return None
