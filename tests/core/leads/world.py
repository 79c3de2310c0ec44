"""One market, one niche, and requests in it: what the tests of leads start from."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import leads
from core.kit.actor import Actor, public
from core.kit.ids import uuid7
from core.leads import Lead, Submission
from core.markets import Market
from core.niches import Niche
from tests.builders import a_market, a_niche, a_user
from tests.queued import mails

VISITOR = public("203.0.113.7", "Mozilla/5.0 (test)")


@dataclass(frozen=True)
class World:
    market: Market
    niche: Niche
    admin: Actor
    analyst: Actor


def a_world(session: Session, now: datetime, **niche: Any) -> World:
    admin, analyst = a_user(session, now), a_user(session, now, role="analyst")
    return World(a_market(session, now), a_niche(session, now, **niche), Actor(admin.id, "admin"), Actor(analyst.id, "analyst"))


def a_request(of: Niche, number: int = 1, **changes: Any) -> Submission:
    """A request of person ``number``: each number is another person, the same number the same one."""
    given = Submission(
        niche=of.slug,
        contact={
            "name": f"Pat Example{chr(97 + number % 26)}",
            "email": f"pat{number}@example.com",
            "phone": f"(702) 234-{1000 + number}",
        },
        zip="89109",
        form_data={"property_type": "house", "bedrooms": 3},
        consent={"agreed": True, "version": f"2026-11.{of.max_providers}"},
        source="form",
    )
    return replace(given, **changes)


def submitted(session: Session, now: datetime, niche: Niche, number: int = 1, **changes: Any) -> UUID:
    """The id of a lead that waits for its confirmation."""
    done = leads.submit(session, submission=a_request(niche, number, **changes), actor=VISITOR, now=now)
    assert done.status == "pending_confirmation"
    return done.lead_id


def token_of(session: Session, lead_id: UUID) -> str:
    """The token in the newest confirmation mail of a lead."""
    mine = [mail for mail in mails(session, "lead_confirmation") if mail["lead_id"] == str(lead_id)]
    return str(mine[-1]["link"]).rsplit("token=", 1)[1]


def confirmed(session: Session, now: datetime, niche: Niche, number: int = 1, **changes: Any) -> UUID:
    """The id of a lead that waits for approval."""
    lead_id = submitted(session, now, niche, number, **changes)
    leads.confirm(session, token=token_of(session, lead_id), ip="203.0.113.7", user_agent="Mozilla", now=now)
    return lead_id


def status(session: Session, lead_id: UUID) -> str:
    return str(session.execute(text("select status from lead where id = :id"), {"id": lead_id}).scalar_one())


def actions(session: Session, lead_id: UUID) -> list[str]:
    """What the trail says happened to a lead, oldest first."""
    rows = session.execute(text("select action from audit_entry where entity_id = :id order by id"), {"id": lead_id})
    return list(rows.scalars())


def jobs(session: Session, kind: str) -> list[str]:
    return list(session.execute(text("select key from outbox where kind = :kind order by id"), {"kind": kind}).scalars())


def force(session: Session, lead_id: UUID, **values: Any) -> None:
    """Set columns past the verbs, to reach a situation that only time or others bring about."""
    session.query(Lead).filter(Lead.id == lead_id).update(values)
    session.expire_all()


NOBODY = uuid7()
