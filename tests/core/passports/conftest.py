"""A lead with a whole life: asked, confirmed, approved, sold twice, one sale paid back, consent taken back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core import audit, leads, passports, returns
from core.kit.actor import Actor
from core.kit.db import transaction
from core.leads import Lead
from tests import builders
from tests.core.distribution import world as exchange
from tests.core.leads.world import confirmed

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Life:
    """The lead, who works on it, and the companies that bought it, in the order of the sales."""

    lead_id: UUID
    admin: Actor
    buyers: list[UUID]

    @property
    def buyer(self) -> Actor:
        return Actor(self.admin.user_id, "provider", provider_id=self.buyers[0])


def keep(now: datetime) -> int:
    """Seal, as the job does it, and carry the passports on; returns the number of entries added."""
    with transaction() as session:
        audit.seal_new(session, now=now)
    with transaction() as session:
        return passports.extend(session)


def sales(session: Session, lead_id: UUID) -> list[tuple[UUID, UUID]]:
    rows = session.execute(text("select id, provider_id from assignment where lead_id = :l order by id"), {"l": lead_id})
    return [(row.id, row.provider_id) for row in rows]


@pytest.fixture
def life(database: Engine, now: datetime) -> Life:
    with transaction() as session:
        world = exchange.a_world(session, now)
        world.level(2)
        world.buyers(2)
        admin = Actor(builders.a_user(session, now).id, "admin")
        lead_id = confirmed(session, now, world.niche)
        leads.approve(session, actor=admin, lead_id=lead_id, now=now + MINUTE)
        world.run(session.get_one(Lead, lead_id), now=now + 2 * MINUTE)
        sold = sales(session, lead_id)
        returns.refund(session, actor=admin, assignment_id=sold[0][0], memo="The number belongs to nobody.", now=now + 3 * MINUTE)
        leads.revoke_consent(session, actor=admin, lead_id=lead_id, now=now + 4 * MINUTE)
    return Life(lead_id, admin, [provider_id for _, provider_id in sold])
