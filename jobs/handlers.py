"""What each kind of outbox row means: a kind, and the core verbs that carry it through."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core import delivery, distribution, inbox, marketplace, payments, privacy, providers, reports
from core.kit.errors import NotFound
from core.kit.outbox import Job
from core.kit.words import without_contact
from jobs import (
    distribute,
    embed,
    enrich,
    exports,
    files,
    ingest,
    mail,
    notebooks,
    probe,
    replay,
    retrain,
    verification,
    webhooks,
)
from jobs import payments as pay
from jobs.aside import Whose
from jobs.schedule import run_scheduled

Failed = Callable[[Session, Job, Exception, bool, datetime], None]


def _nothing_more(_session: Session, _job: Job, _error: Exception, _final: bool, _now: datetime) -> None:
    """The row itself tells of the failure."""


@dataclass(frozen=True, slots=True)
class Handler:
    """How a kind is done.

    Alone, ``inside`` runs in the transaction that marks the row done. With ``first`` it is the second of two
    transactions, and ``outside`` runs between them, where no transaction is open; each is given what the one before
    it returned. ``failed`` may note a failed try elsewhere, in the failure's own transaction. ``aside``: from ``outside``
    on it waits for such servers of other people and does so in a thread beside the worker's next jobs (``jobs/aside.py``).
    """

    inside: Callable[[Session, Job, Any, datetime], object]
    first: Callable[[Session, Job, datetime], Any] | None = None
    outside: Callable[[Any, datetime], Any] | None = None
    failed: Failed = _nothing_more
    aside: Whose | None = None


def handler_of(kind: str) -> Handler:
    """The handler of a kind; raises ``NotFound`` for one that nobody handles, which then becomes a dead letter."""
    if kind.startswith("schedule."):
        return SCHEDULED
    if kind not in HANDLERS:
        raise NotFound("job.kind", f"Nothing here handles jobs of kind {kind}. Is this worker older than the rows?")
    return HANDLERS[kind]


def _publish(session: Session, job: Job, _: Any, now: datetime) -> None:
    marketplace.publish(session, lead_ids=[UUID(job.payload["lead_id"])], now=now)


def _give_up(session: Session, job: Job, error: Exception, final: bool, now: datetime) -> None:
    if final:
        distribution.give_up(session, lead_id=UUID(job.payload["lead_id"]), error=without_contact(repr(error)), now=now)


def _announce_change(session: Session, job: Job, _: Any, now: datetime) -> None:
    about = UUID(job.payload["subscription_id"])
    providers.announce_subscription_change(session, subscription_id=about, change=job.payload["change"], now=now)
    delivery.announce_subscription(session, subscription_id=about, change=job.payload["change"], news=str(job.id), now=now)


def _charge_plan(session: Session, job: Job, _: Any, now: datetime) -> None:
    payments.charge_plan_fee(session, membership_id=UUID(job.payload["membership_id"]), now=now)


def _remind_of_low_balance(session: Session, job: Job, _: Any, now: datetime) -> None:
    told = job.payload | {"provider_id": UUID(job.payload["provider_id"])}
    payments.announce_low_balance(session, crossing=str(job.id), **told, now=now)
    facts = {name: told[name] for name in ("balance_cents", "threshold_cents")}
    delivery.announce(session, provider_id=told["provider_id"], event="balance.low", subject=str(job.id), facts=facts, now=now)


def _forget(session: Session, job: Job, _: Any, now: datetime) -> None:
    privacy.carry_on(session, payload=job.payload, now=now)


def _forget_traces(session: Session, job: Job, _: Any, now: datetime) -> None:
    privacy.forget_traces(session, lead_ids=[UUID(job.payload["lead_id"])], now=now)


def _recall_files(session: Session, _job: Job, _: Any, now: datetime) -> None:
    reports.exports.recall(session, now=now)


def _digest(session: Session, job: Job, _: Any, now: datetime) -> None:
    told = job.payload
    week = date.fromisoformat(told["week"])
    inbox.send_digest(session, provider_id=UUID(told["provider_id"]), week=week, zone=told["zone"], now=now)


def _tell_holders(session: Session, job: Job, _: Any, now: datetime) -> None:
    told: dict[str, Any] = {"lead_id": UUID(job.payload["lead_id"]), "at": datetime.fromisoformat(job.payload["at"])}
    erase = bool(job.payload.get("erase"))
    inbox.tell_holders(session, **told, erase=erase, now=now)
    delivery.announce_revoked(session, **told, erase=erase, now=now)


HANDLERS = {
    "webhook.drain": Handler(first=webhooks.begin, outside=webhooks.send, inside=webhooks.conclude, aside="receivers"),
    "email": Handler(first=mail.write_down, outside=mail.hand_over, inside=mail.confirm, failed=mail.note_failure, aside="mail"),
    "lead.score": Handler(inside=enrich.score),
    "lead.enrich": Handler(first=enrich.prepare, outside=enrich.ask, inside=enrich.keep),
    "listing.publish": Handler(inside=_publish),
    retrain.KIND: Handler(first=retrain.first, outside=retrain.outside, inside=retrain.inside),
    notebooks.KIND: Handler(
        first=notebooks.begin, outside=notebooks.carry_out, inside=notebooks.end, failed=notebooks.note_failure
    ),
    embed.KIND: Handler(first=embed.first, outside=embed.outside, inside=embed.inside),
    "distribution.run": Handler(first=distribute.claim, inside=distribute.assign, failed=_give_up),
    "export.write": Handler(first=exports.begin, outside=exports.write, inside=exports.finish, failed=exports.note_failure),
    "export.recall": Handler(inside=_recall_files),
    "person.erased": Handler(inside=_forget_traces),
    "replay.run": Handler(first=replay.begin, outside=replay.carry_out, inside=replay.keep, failed=replay.note_failure),
    "subscription.changed": Handler(inside=_announce_change),
    "digest.weekly": Handler(inside=_digest),
    "source.run": Handler(first=ingest.begin, outside=ingest.carry_out, inside=ingest.conclude),
    "source.file": Handler(first=files.begin, outside=files.take_in, inside=ingest.conclude),
    "source.fetch": Handler(first=ingest.begin_fetch, outside=ingest.fetch, inside=ingest.keep_fetched),
    "consent.revoked": Handler(inside=_tell_holders),
    "health.probe": Handler(first=probe.minute_of, outside=probe.ask, inside=probe.keep),
    "retention": Handler(inside=_forget),
    "verification": Handler(
        first=verification.begin, outside=verification.carry_out, inside=verification.conclude, failed=verification.give_up
    ),
    "plan.fee": Handler(inside=_charge_plan),
    "wallet.low": Handler(inside=_remind_of_low_balance),
    "payment.webhook": Handler(inside=pay.handle),
    "payment.top_up_failed": Handler(inside=pay.tell_unreachable),
    "payment.capture": Handler(first=pay.to_capture, outside=pay.capture, inside=pay.note_capture),
    "payment.save_method": Handler(first=pay.to_keep, outside=pay.read_card, inside=pay.keep_card),
    "payment.top_up": Handler(first=pay.begin_top_up, outside=pay.charge, inside=pay.note_charged, failed=pay.give_up_top_up),
}
SCHEDULED = Handler(inside=lambda session, job, _, now: run_scheduled(session, job, now=now))
