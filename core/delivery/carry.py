"""Carry out what one endpoint is owed: prepare, and afterwards write down what became of it (SPEC 7.7)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from core import audit
from core.delivery.calls import AT_A_TIME, Call, Errand, Sent
from core.delivery.document import document_of
from core.delivery.judge import judge_delivery
from core.delivery.mapping import body_of
from core.kit import crypto, outbox
from core.kit.actor import SYSTEM
from core.kit.config import settings
from core.kit.ids import uuid7
from core.kit.mail import request_mail

LIVES = timedelta(hours=72)
BUSY = timedelta(seconds=60)
LONGEST_BACK_OFF_S = 3_600
DELAYS_S = (10, 60, 300, 900, 3_600, 10_800, 21_600, 43_200, 86_400, 86_400)

# Whoever gets it has it alone; somebody else's job looks again when it is done.
_TAKE = text("""
    update webhook_endpoint set busy_until = :until
     where id = :id and active and (busy_until is null or busy_until < :now) and (calls_from is null or calls_from <= :now)
    returning id, kind, url, mapping, secret, former_secret, former_until, credentials""")
_DUE = text("""
    select id, event, assignment_id, facts, created_at from webhook_delivery
     where endpoint_id = :endpoint and state = 'waiting' and next_at <= :now order by id limit :limit""")
_NEXT = text("""
    select greatest(min(d.next_at), e.calls_from, cast(:now as timestamptz)) as at
      from webhook_endpoint e join webhook_delivery d on d.endpoint_id = e.id and d.state = 'waiting'
     where e.id = :endpoint and e.active group by e.id""")
# Receivers echo what they were sent: what one says of a person who was erased while it was called is not kept (SPEC 13.6).
_NOTE = text("""
    insert into webhook_attempt (id, delivery_id, at, status, milliseconds, problem, answer)
    select :id, :delivery, :now, :status, :milliseconds, :problem, case when exists (
             select from webhook_delivery d join assignment a on a.id = d.assignment_id join lead l on l.id = a.lead_id
              where d.id = :delivery and l.status = 'erased') then '' else :answer end""")
_MOVE = text("""
    update webhook_delivery set state = :state, attempts = attempts + 1, next_at = :next,
           finished_at = case when :state = 'waiting' then null else cast(:now as timestamptz) end
     where id = :delivery and state = 'waiting'""")


def begin(session: Session, *, endpoint_id: UUID, now: datetime) -> Errand | None:
    """What to send to an endpoint now; ``None`` when it is being called already, left alone for a while, or switched off."""
    row = session.execute(_TAKE, {"id": endpoint_id, "now": now, "until": now + BUSY}).one_or_none()
    if row is None:
        return None
    waiting = session.execute(_DUE, {"endpoint": endpoint_id, "now": now, "limit": AT_A_TIME}).all()
    secrets = [row.secret] + ([row.former_secret] if row.former_until and row.former_until > now else [])
    return Errand(
        endpoint_id=endpoint_id,
        url=row.url,
        secrets=tuple(str(crypto.unseal(secret, purpose="webhook")) for secret in secrets),
        authorization=str(crypto.unseal(row.credentials, purpose="webhook")) if row.credentials else None,
        calls=tuple(_call(session, row, delivery, now=now) for delivery in waiting),
    )


def _call(session: Session, endpoint: Row[Any], delivery: Row[Any], *, now: datetime) -> Call:
    document = document_of(session, delivery=delivery, judged=judge_delivery(session, delivery=delivery, now=now), now=now)
    body, content_type = body_of(endpoint.kind, endpoint.mapping, document)
    return Call(delivery.id, delivery.event, body, content_type)


def conclude(session: Session, *, endpoint_id: UUID, errand: Errand | None, sent: Sequence[Sent], now: datetime) -> None:
    """Write down every answer; what was not taken is tried again over 72 hours, and the endpoint's next job is asked for.

    An endpoint that has taken nothing for 72 hours is switched off and its company told. Nothing is dropped: what failed
    for good stays in the log and can be replayed.
    """
    if errand is None:
        return
    endpoint = session.execute(
        text("select failures, failing_since, active from webhook_endpoint where id = :id for update"), {"id": endpoint_id}
    ).one()
    failures = endpoint.failures
    for one in sent:
        failures = failures + 1 if one.of_receiver else 0
        _write_down(session, one, failures, now=now)
    # Switched off or removed while it was called: its owner knows, and it begins anew if it is switched on again.
    _standing(session, endpoint_id, endpoint.failing_since, failures, sent if endpoint.active else (), now=now)
    ask_again(session, endpoint_id=endpoint_id, now=now)


def ask_again(session: Session, *, endpoint_id: UUID, now: datetime) -> None:
    """Have what still waits carried out when its time comes."""
    at = session.execute(_NEXT, {"endpoint": endpoint_id, "now": now}).scalar_one_or_none()
    if at is not None:
        key = f"{endpoint_id}:{int(at.timestamp())}"  # another one than that of the job which runs now
        outbox.enqueue(
            session, "webhook.drain", key=key, now=now, payload={"endpoint_id": str(endpoint_id)}, run_at=at, priority=5
        )


def _write_down(session: Session, one: Sent, failures: int, *, now: datetime) -> None:
    told = {"status": one.status, "milliseconds": one.milliseconds, "problem": one.problem, "answer": one.answer}
    session.execute(_NOTE, {"id": uuid7(), "delivery": one.delivery_id, "now": now, **told})
    if one.problem is None:
        session.execute(_MOVE, {"delivery": one.delivery_id, "state": "delivered", "next": now, "now": now})
        return
    made = session.execute(
        text("select attempts, created_at from webhook_delivery where id = :id"), {"id": one.delivery_id}
    ).one()
    wait = back_off_s(failures) if one.of_receiver else DELAYS_S[min(made.attempts, len(DELAYS_S) - 1)]
    again = now + timedelta(seconds=max(wait, one.pause_s or 0))
    used_up = again > made.created_at + LIVES or (not one.of_receiver and made.attempts + 1 > len(DELAYS_S))
    state = "failed" if used_up else "waiting"
    session.execute(_MOVE, {"delivery": one.delivery_id, "state": state, "next": again, "now": now})


def back_off_s(failures: int) -> int:
    """Seconds to leave a failing receiver alone: growing, an hour at most, so that one that is back is found soon."""
    return min(DELAYS_S[min(max(failures, 1), len(DELAYS_S)) - 1], LONGEST_BACK_OFF_S)


def _standing(
    session: Session, endpoint_id: UUID, since: datetime | None, failures: int, sent: Sequence[Sent], *, now: datetime
) -> None:
    """How the endpoint stands after these calls; one that has failed for 72 hours is switched off."""
    if not sent:
        session.execute(text("update webhook_endpoint set busy_until = null where id = :id"), {"id": endpoint_id})
        return
    answered = any(not one.of_receiver for one in sent)
    since = None if failures == 0 else now if answered or since is None else since
    pause = max((one.pause_s or 0 for one in sent), default=0)
    calls_from = now + timedelta(seconds=max(back_off_s(failures), pause)) if failures else None
    session.execute(
        text("""update webhook_endpoint set busy_until = null, failures = :failures, failing_since = :since,
                       calls_from = :calls_from, updated_at = :now where id = :id"""),
        {"id": endpoint_id, "failures": failures, "since": since, "calls_from": calls_from, "now": now},
    )
    if since is not None and since <= now - LIVES:
        reason = next((one.problem for one in reversed(sent) if one.problem), "") or ""
        _switch_off(session, endpoint_id, reason, failures, now=now)


def _switch_off(session: Session, endpoint_id: UUID, reason: str, failures: int, *, now: datetime) -> None:
    row = session.execute(
        text("""update webhook_endpoint set active = false, stopped_reason = :reason where id = :id
                returning name, provider_id"""),
        {"id": endpoint_id, "reason": reason},
    ).one()
    session.execute(
        text(
            """update webhook_delivery set state = 'failed', finished_at = :now where endpoint_id = :id and state = 'waiting'"""
        ),
        {"id": endpoint_id, "now": now},
    )
    audit.record(
        session, SYSTEM, "webhook.stopped", entity_type="webhook", entity_id=endpoint_id, now=now, after={"failures": failures}
    )
    context = {"endpoint": row.name, "failures": str(failures), "reason": reason}
    context |= {"link": f"{settings().base_url}/settings?settings=Webhooks"}
    request_mail(
        session, "webhook_disabled", key=f"{endpoint_id}:{now.isoformat()}", now=now, provider_id=row.provider_id, context=context
    )
