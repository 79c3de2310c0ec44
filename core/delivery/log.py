"""What was told to an endpoint, how it answered, and telling it again (SPEC 7.7)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit
from core.delivery.carry import ask_again
from core.delivery.document import TEST
from core.delivery.endpoints import called_endpoint, own_endpoint
from core.delivery.errors import DeliveryNotFound, NothingToReplay
from core.kit.actor import Actor
from core.kit.ids import uuid7

MOST_AT_ONCE = 1_000

_LOG = text("""
    select d.id, d.event, d.assignment_id, d.state, d.attempts, d.next_at, d.created_at, d.finished_at, d.replay_of,
           last.status, last.problem, last.milliseconds
      from webhook_delivery d
      left join lateral (select status, problem, milliseconds from webhook_attempt a where a.delivery_id = d.id
                          order by a.id desc limit 1) last on true
     where d.endpoint_id = :endpoint and (cast(:before as uuid) is null or d.id < :before)
       and (cast(:state as text) is null or d.state = :state)
     order by d.id desc limit :limit""")
_AGAIN = text("""
    insert into webhook_delivery (id, endpoint_id, event, subject, assignment_id, facts, next_at, replay_of, created_at)
    select uuid7(), d.endpoint_id, d.event, d.subject, d.assignment_id, d.facts, :now, coalesce(d.replay_of, d.id), :now
      from webhook_delivery d where d.endpoint_id = :endpoint and d.id = :delivery and d.state <> 'waiting'
       and not exists (select from webhook_delivery r where r.replay_of = coalesce(d.replay_of, d.id) and r.state = 'waiting')
    returning id""")
_FAILED_AGAIN = text("""
    insert into webhook_delivery (id, endpoint_id, event, subject, assignment_id, facts, next_at, replay_of, created_at)
    select uuid7(), d.endpoint_id, d.event, d.subject, d.assignment_id, d.facts, :now, d.id, :now
      from webhook_delivery d
     where d.endpoint_id = :endpoint and d.state = 'failed' and d.replay_of is null
       and not exists (select from webhook_delivery r where r.replay_of = d.id and r.state in ('waiting', 'delivered'))
     order by d.id limit :limit
    returning id""")


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """One line of the log; ``status``, ``problem`` and ``milliseconds`` are those of its latest call."""

    id: UUID
    event: str
    assignment_id: UUID | None
    state: str
    attempts: int
    next_at: datetime
    created_at: datetime
    finished_at: datetime | None
    replay_of: UUID | None
    status: int | None
    problem: str | None
    milliseconds: int | None


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One call: the answer's beginning, contact data taken out."""

    id: UUID
    at: datetime
    status: int | None
    milliseconds: int
    problem: str | None
    answer: str


def deliveries(
    session: Session,
    *,
    actor: Actor,
    endpoint_id: UUID,
    state: str | None = None,
    before_id: UUID | None = None,
    limit: int = 25,
) -> list[DeliveryView]:
    """An endpoint's log, newest first; raises ``EndpointNotFound`` for another company's."""
    endpoint = own_endpoint(session, actor, endpoint_id)
    rows = session.execute(_LOG, {"endpoint": endpoint.id, "state": state, "before": before_id, "limit": limit})
    return [DeliveryView(*row) for row in rows]


def attempts_of(session: Session, *, actor: Actor, endpoint_id: UUID, delivery_id: UUID) -> list[AttemptView]:
    """Every call of one delivery, oldest first; raises ``DeliveryNotFound``."""
    endpoint = own_endpoint(session, actor, endpoint_id)
    rows = session.execute(
        text("""select a.id, a.at, a.status, a.milliseconds, a.problem, a.answer
                  from webhook_delivery d left join webhook_attempt a on a.delivery_id = d.id
                 where d.id = :delivery and d.endpoint_id = :endpoint order by a.id"""),
        {"delivery": delivery_id, "endpoint": endpoint.id},
    ).all()
    if not rows:
        raise DeliveryNotFound
    return [AttemptView(*row) for row in rows if row.id is not None]


def replay(session: Session, *, actor: Actor, endpoint_id: UUID, delivery_id: UUID, now: datetime) -> UUID:
    """Tell one thing again, as it stands now; returns the new delivery's id. Raises ``NothingToReplay`` also
    while it waits to be told again, ``EndpointOff``."""
    endpoint = called_endpoint(session, actor, endpoint_id)
    made = session.execute(_AGAIN, {"endpoint": endpoint.id, "delivery": delivery_id, "now": now}).scalar_one_or_none()
    if made is None:
        raise NothingToReplay
    _asked(session, actor, endpoint_id, 1, now=now)
    return UUID(str(made))


def replay_failed(session: Session, *, actor: Actor, endpoint_id: UUID, now: datetime) -> int:
    """Tell everything again that was given up and not told since, oldest first; returns how many.

    Raises ``EndpointOff``.
    """
    endpoint = called_endpoint(session, actor, endpoint_id)
    made = session.execute(_FAILED_AGAIN, {"endpoint": endpoint.id, "now": now, "limit": MOST_AT_ONCE}).all()
    if made:
        _asked(session, actor, endpoint_id, len(made), now=now)
    return len(made)


def test_send(session: Session, *, actor: Actor, endpoint_id: UUID, now: datetime) -> UUID:
    """Send a sample of nobody's data, signed and mapped as real ones are; the log shows what was answered."""
    endpoint = called_endpoint(session, actor, endpoint_id)
    made = uuid7()
    session.execute(
        text("""insert into webhook_delivery (id, endpoint_id, event, subject, next_at, created_at)
                values (:id, :endpoint, :event, :subject, :now, :now)"""),
        {"id": made, "endpoint": endpoint.id, "event": TEST, "subject": str(made), "now": now},
    )
    ask_again(session, endpoint_id=endpoint.id, now=now)
    return made


test_send.__test__ = False  # type: ignore[attr-defined]  # its name is the trade's, not a test's


def _asked(session: Session, actor: Actor, endpoint_id: UUID, many: int, *, now: datetime) -> None:
    audit.record(
        session, actor, "webhook.replayed", entity_type="webhook", entity_id=endpoint_id, now=now, after={"deliveries": many}
    )
    ask_again(session, endpoint_id=endpoint_id, now=now)
