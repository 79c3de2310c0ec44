"""Payments by job: what an event says, the capture of an approved order, saved cards, automatic top-ups (SPEC 6.2, 6.4).

Gateways are asked between two transactions, never inside one.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from core import payments
from core.kit.actor import SYSTEM
from core.kit.logs import logger
from core.kit.outbox import Job
from core.payments import Captured, Card, Charge, Charged, ToCapture, ToKeep


def handle(session: Session, job: Job, _: None, now: datetime) -> None:
    """Do what one event of the inbox says."""
    payments.handle_event(session, event_row=UUID(job.payload["event"]), now=now)


def to_capture(session: Session, job: Job, _now: datetime) -> ToCapture | None:
    """The approved order whose money is still to be taken."""
    return payments.order_to_capture(session, deposit_id=_deposit(job))


def capture(wanted: ToCapture | None, _now: datetime) -> Captured | None:
    """Ask PayPal for the money."""
    return payments.capture(wanted) if wanted else None


def note_capture(_session: Session, job: Job, captured: Captured | None, _now: datetime) -> None:
    """The answer is only logged: a signed event says whether the money came."""
    logger().info("payment.captured", deposit_id=job.payload["deposit_id"], answer=captured.state if captured else "not asked")


def to_keep(session: Session, job: Job, _now: datetime) -> ToKeep | None:
    """The payment whose card its provider wants to keep."""
    return payments.card_to_keep(session, deposit_id=_deposit(job))


def read_card(wanted: ToKeep | None, _now: datetime) -> tuple[ToKeep, Card] | None:
    """Ask Stripe for the names of the card."""
    return (wanted, payments.card_of(wanted.payment_ref)) if wanted else None


def keep_card(session: Session, _job: Job, found: tuple[ToKeep, Card] | None, now: datetime) -> None:
    """Note the card."""
    if found is not None:
        wanted, card = found
        payments.save_method(session, actor=SYSTEM, provider_id=wanted.provider_id, card=card, now=now)


def begin_top_up(session: Session, job: Job, now: datetime) -> Charge | None:
    """The charge that a crossing asks for, if it still does."""
    return payments.begin_top_up(session, provider_id=UUID(job.payload["provider_id"]), job_id=job.id, now=now)


def charge(wanted: Charge | None, _now: datetime) -> tuple[Charge, Charged] | None:
    """Charge the saved card; the bank's refusal is an answer."""
    return (wanted, payments.charge_saved(wanted)) if wanted else None


def note_charged(session: Session, _job: Job, done: tuple[Charge, Charged] | None, now: datetime) -> None:
    """Keep the gateway's name of the payment."""
    if done is not None:
        payments.note_charged(session, charge=done[0], charged=done[1], now=now)


def give_up_top_up(session: Session, job: Job, _error: Exception, final: bool, now: datetime) -> None:
    """The gateway could not be asked in any try: the provider is told."""
    if final:
        payments.give_up(session, job_id=job.id, now=now)


def tell_unreachable(session: Session, job: Job, _: None, now: datetime) -> None:
    """What the end of all tries leads to."""
    payments.tell_unreachable(session, deposit_id=_deposit(job), now=now)


def _deposit(job: Job) -> UUID:
    return UUID(job.payload["deposit_id"])
