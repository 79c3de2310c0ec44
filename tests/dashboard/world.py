"""A small exchange in rows, and people who are signed in to it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import messaging
from core.accounts import User
from core.accounts.sessions import open_session
from core.inventory import Assignment, Slot
from core.kit import outbox
from core.kit.ids import uuid7
from core.kit.outbox import Job
from core.messaging import Recipient
from tests import builders

ROLES = ("admin", "analyst", "scientist", "provider")


@dataclass(frozen=True, slots=True)
class World:
    """Ids that tests name, and a session token by role."""

    tokens: dict[str, str]
    users: dict[str, UUID]
    provider: UUID
    newcomer: UUID
    niche: UUID
    levels: tuple[UUID, UUID]
    subscription: UUID
    waiting: tuple[UUID, ...]
    assignment: UUID
    letter: UUID
    dead_letter: UUID


def build(session: Session, now: datetime) -> World:
    """One market, one niche with two levels, a company that buys, three leads to review and one that was bought."""
    market = builders.a_market(session, now, name="Las Vegas")
    niche = builders.a_niche(session, now, name="Roofing", slug="roofing")
    levels = [
        builders.a_level(session, now, niche, name="Exclusive", price_cents=9_000, max_recipients=1, exclusive=True),
        builders.a_level(session, now, niche, name="Shared", price_cents=2_500),
    ]
    provider = builders.a_provider(session, now, company_name="Desert Roofing LLC", balance_cents=50_000)
    newcomer = builders.a_provider(session, now, company_name="Waiting Works", status="pending")
    subscription = builders.a_subscription(session, now, provider, levels[1])
    people = {role: _person(session, now, role, provider.id) for role in ROLES}
    waiting = tuple(_waiting(session, now, niche, market, minutes).id for minutes in (90, 60, 30))
    bought = builders.a_lead(session, now - timedelta(hours=2), niche, market)
    return World(
        tokens={role: token_of(session, user, now) for role, user in people.items()},
        users={role: user.id for role, user in people.items()},
        provider=provider.id,
        newcomer=newcomer.id,
        niche=niche.id,
        levels=(levels[0].id, levels[1].id),
        subscription=subscription.id,
        waiting=waiting,
        assignment=an_assignment(session, now, provider.id, bought.id, subscription.id),
        letter=_letter(session, now),
        dead_letter=_dead_letter(session, now),
    )


def token_of(session: Session, user: User, now: datetime) -> str:
    """A session of the person, opened now."""
    return open_session(session, user=user, ip="127.0.0.1", user_agent="a test", now=now).token


def an_assignment(session: Session, now: datetime, provider: UUID, lead: UUID, subscription: UUID) -> UUID:
    """A lead sold to the provider for nothing, at the subscription's level."""
    row = session.execute(text("select level_id, niche_id from subscription where id = :id"), {"id": subscription}).one()
    session.add(Slot(lead_id=lead, slot_no=1, state="sold", provider_id=provider))
    session.flush()
    assignment = Assignment(
        id=uuid7(),
        lead_id=lead,
        provider_id=provider,
        slot_no=1,
        channel="distribution",
        niche_id=row.niche_id,
        level_id=row.level_id,
        subscription_id=subscription,
        price_cents=0,
        assigned_at=now,
    )
    session.add(assignment)
    session.flush()
    return assignment.id


def _person(session: Session, now: datetime, role: str, provider: UUID) -> User:
    own = {"provider_id": provider, "owner": True} if role == "provider" else {"totp_confirmed_at": now, "totp_secret": b"x"}
    return builders.a_user(session, now, role=role, email=f"{role}@hotleads.example", full_name=f"{role.title()} Person", **own)


def _waiting(session: Session, now: datetime, niche: builders.Niche, market: builders.Market, minutes: int) -> builders.Lead:
    then = now - timedelta(minutes=minutes)
    more = {"status": "pending_approval", "reviewed_at": None, "submitted_at": then, "confirmed_at": then}
    return builders.a_lead(session, now, niche, market, fraud=0.1, quality=70, **more)


def _letter(session: Session, now: datetime) -> UUID:
    messaging.seed_templates(session, now=now)
    samples = dict(messaging.shipped()["new_lead"].samples)
    job = Job(uuid7(), "email", "new_lead:1", {"template": "new_lead", "context": samples}, {}, 1, 5, None)
    letter = messaging.prepare(session, job=job, recipient=Recipient("address", None, "pat@example.com", "Pat"), now=now)
    assert letter is not None
    messaging.record_sent(session, letter=letter, now=now)
    return job.id


def _dead_letter(session: Session, now: datetime) -> UUID:
    job = outbox.enqueue(session, "email", key="lost", now=now, payload={"template": "new_lead"})
    assert job is not None
    session.execute(
        text("update outbox set state = 'dead', attempts = 5, error = 'Connection refused', finished_at = :now where id = :id"),
        {"id": job, "now": now},
    )
    return job
