"""The rules: what is removed, when, and how its rows are found. Money, consent and the trail are in none of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import delivery, leads, messaging, ops, payments, sourcing
from core.kit.actor import SYSTEM

AT_ONCE = 1_000

Count = Callable[[Session, datetime, int], int]
Remove = Callable[[Session, datetime, int, datetime], int]


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of data that is not kept for ever; ``key`` is its threshold in days, which has the sentence for people."""

    key: str
    table: str
    title: str
    count: Count
    remove: Remove


def _leads(key: str, title: str, *statuses: str) -> Rule:
    """Leads that ended in one of the statuses and were never sold: their contact data, answers and traces."""

    def count(session: Session, before: datetime, most: int) -> int:
        return leads.count_ended(session, statuses=statuses, before=before, at=_at(session, key, before), most=most)

    def remove(session: Session, before: datetime, most: int, now: datetime) -> int:
        return leads.erase_ended(
            session, actor=SYSTEM, statuses=statuses, before=before, at=_at(session, key, before), most=most,
            reason=f"Retention: {title.lower()}.", now=now,
        )  # fmt: skip

    return Rule(key, "contact", title, count, remove)


def _at(session: Session, key: str, before: datetime) -> datetime:
    """When the run began that judges by ``before``."""
    return before + timedelta(days=ops.threshold(session, key))


def _rows(key: str, table: str, title: str, *, where: str, order: str) -> Rule:
    """Rows of a table that nothing refers to: they are deleted, oldest first."""

    def count(session: Session, before: datetime, most: int) -> int:
        counted = text(f"select count(*) from (select 1 from {table} where {where} limit :most) found")  # noqa: S608 -- ours
        return int(session.execute(counted, {"before": before, "most": most}).scalar_one())

    def remove(session: Session, before: datetime, most: int, _now: datetime) -> int:
        chosen = f"select ctid from {table} where {where} order by {order} limit :most for update skip locked"  # noqa: S608 -- ours
        gone = session.execute(
            text(f"delete from {table} where ctid = any(array({chosen})) returning 1"),  # noqa: S608 -- ours
            {"before": before, "most": most},
        )
        return len(gone.all())

    return Rule(key, table, title, count, remove)


RULES = {
    rule.key: rule
    for rule in (
        _leads("retain_unconfirmed_days", "Requests never confirmed", "expired"),
        _leads("retain_rejected_days", "Requests rejected", "rejected"),
        _leads("retain_unsold_days", "Requests that ended unsold", "withdrawn", "closed", "duplicate"),
        Rule(
            "retain_mail_days",
            "email_message",
            "Mails",
            lambda session, before, most: messaging.count_readable(session, before=before, most=most),
            lambda session, before, most, _now: messaging.forget_old_mails(session, before=before, most=most),
        ),
        Rule(
            "retain_event_days",
            "payment_event",
            "Events of payment gateways",
            lambda session, before, most: payments.count_event_bodies(session, before=before, most=most),
            lambda session, before, most, _now: payments.forget_event_bodies(session, before=before, most=most),
        ),
        Rule(
            "retain_webhook_days",
            "webhook_delivery",
            "Log of webhooks",
            lambda session, before, most: delivery.count_old(session, before=before, most=most),
            lambda session, before, most, _now: delivery.forget_old(session, before=before, most=most),
        ),
        Rule(
            "retain_record_days",
            "raw_record",
            "Records of sources",
            lambda session, before, most: sourcing.count_old_content(session, before=before, most=most),
            lambda session, before, most, now: sourcing.forget_old_content(session, before=before, most=most, now=now),
        ),
        _rows("retain_session_days", "user_session", "Sessions", where="expires_at < :before", order="expires_at"),
        _rows("retain_link_days", "account_token", "Links of accounts", where="expires_at < :before", order="id"),
        _rows(
            "retain_confirmation_days",
            "lead_token",
            "Links of requests",
            where="id < oldest_id(:before) and expires_at < :before",
            order="id",
        ),
        _rows(
            "retain_job_days",
            "outbox",
            "Finished jobs",
            where="id < oldest_id(:before) and state = 'done' and finished_at < :before",
            order="id",
        ),
        _rows("retain_answer_days", "idempotency_record", "Remembered answers", where="created_at < :before", order="created_at"),
        _rows("retain_visit_days", "user_visit", "Visits", where="started_at < :before", order="started_at"),
        _rows("retain_probe_days", "health_probe", "Health probes", where="at < :before", order="at"),
    )
}
