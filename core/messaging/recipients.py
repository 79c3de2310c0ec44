"""Who a mail goes to: a user, everyone of a provider, every admin, or a lead's consumer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.accounts import User
from core.kit import outbox
from core.kit.ids import named_uuid7
from core.kit.outbox import Job


@dataclass(frozen=True, slots=True)
class Recipient:
    """One reader; the address is looked up when the mail is sent, so no queue row holds it."""

    kind: Literal["user", "lead", "address"]
    id: UUID | None
    address: str
    name: str = ""


def user_recipient(session: Session, *, user_id: UUID) -> Recipient | None:
    """A user as reader, whatever their status; ``None`` when there is no such user."""
    user = session.get(User, user_id)
    return Recipient("user", user.id, user.email, user.full_name) if user else None


def is_shut_out(session: Session, *, user_id: UUID) -> bool:
    """Whether a user has left or was shut out: what a company is told is no longer told to them."""
    return session.scalar(select(User.status).where(User.id == user_id)) in ("suspended", "deactivated")


def fan_out(session: Session, *, job: Job, now: datetime) -> int:
    """Replace a mail to a provider, or to the admins, by one job for each active person; returns how many.

    Their ids follow from the job's, so that repeating it adds nothing, not even after they are done.
    """
    provider_id = job.payload.get("provider_id")
    people = select(User.id).where(User.status == "active").order_by(User.id)
    people = people.where(User.provider_id == UUID(provider_id)) if provider_id else people.where(User.role == "admin")
    payload = {name: value for name, value in job.payload.items() if name != "provider_id"}
    users = session.scalars(people).all()
    for user_id in users:
        mine = payload | {"user_id": str(user_id)}
        job_id = copy_of(job.id, user_id)
        key = f"{job.key}:{user_id}"
        outbox.enqueue(session, "email", key=key, now=now, payload=mine, sealed=job.sealed or None, job_id=job_id)
    return len(users)


def copy_of(job_id: UUID, user_id: UUID) -> UUID:
    """Id of the job, and so of the message, by which one person gets a mail that was asked for several."""
    return named_uuid7(job_id.int >> 80, f"{job_id}:{user_id}")
