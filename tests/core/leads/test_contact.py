"""The one door for contact data: who sees what, and that it is written down (house rule 9, SPEC 1.6, 1.9)."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import leads
from core.inventory.models import Assignment
from core.kit.actor import SYSTEM, Actor
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from core.leads import Contact, Lead
from tests.builders import a_lead, a_level, a_provider, a_subscription, a_user
from tests.core.leads.world import VISITOR, World, submitted


def readings(session: Session) -> int:
    return int(session.execute(text("select count(*) from audit_entry where action = 'contact.read'")).scalar_one())


def test_admins_see_all_and_are_written_down(session: Session, now: datetime, world: World) -> None:
    lead_id = submitted(session, now, world.niche, address={"street": "1 Main St"})
    seen = leads.reveal(session, actor=world.admin, lead_ids=[lead_id, lead_id], now=now)[lead_id]
    assert (seen.name, seen.email, seen.phone) == ("Pat Exampleb", "pat1@example.com", "+17022341001")
    assert (seen.street, seen.city, seen.state, seen.zip, seen.masked) == ("1 Main St", "Las Vegas", "NV", "89109", False)
    entry = session.execute(
        text("select actor_id, entity_id, before, after from audit_entry where action = 'contact.read'")
    ).one()
    assert tuple(entry) == (world.admin.user_id, lead_id, None, None), "by reference only"


def test_a_page_that_reruns_is_one_reading(session: Session, now: datetime, world: World) -> None:
    lead_id = submitted(session, now, world.niche)
    for minutes in (0, 3, 9):
        leads.reveal(session, actor=world.admin, lead_ids=[lead_id], now=now + timedelta(minutes=minutes))
    assert readings(session) == 1
    leads.reveal(session, actor=world.admin, lead_ids=[lead_id], now=now + timedelta(minutes=11))
    leads.reveal(session, actor=Actor(a_user(session, now).id, "admin"), lead_ids=[lead_id], now=now)
    assert readings(session) == 3


@pytest.mark.parametrize("role", ["analyst", "scientist"])
def test_other_staff_sees_masks(session: Session, now: datetime, world: World, role: str) -> None:
    lead_id = submitted(session, now, world.niche, address={"street": "1 Main St", "unit": "2"})
    seen = leads.reveal(session, actor=Actor(uuid7(), role), lead_ids=[lead_id], now=now)[lead_id]  # type: ignore[arg-type]
    assert (seen.name, seen.email, seen.phone, seen.street, seen.unit) == ("P. E.", "p•••@example.com", "+1702•••••01", "", "")
    assert seen.masked and readings(session) == 0, "a mask is no reading"


def test_providers_see_what_they_hold_and_nothing_else(session: Session, now: datetime, world: World) -> None:
    held, other = (a_lead(session, now, world.niche, world.market, slots=1) for _ in range(2))
    provider = a_provider(session, now)
    level = a_level(session, now, world.niche, price_cents=0)
    subscription = a_subscription(session, now, provider, level)
    session.execute(text("update slot set state = 'sold', provider_id = :p where lead_id = :l"), {"p": provider.id, "l": held.id})
    sale = {"slot_no": 1, "channel": "distribution", "price_cents": 0, "assigned_at": now}
    by = {"niche_id": world.niche.id, "level_id": level.id, "subscription_id": subscription.id}
    session.add(Assignment(id=uuid7(), lead_id=held.id, provider_id=provider.id, **sale, **by))
    session.flush()
    actor = Actor(uuid7(), "provider", provider_id=provider.id)
    seen = leads.reveal(session, actor=actor, lead_ids=[held.id, other.id], now=now)
    assert set(seen) == {held.id} and seen[held.id].email.endswith("@example.com") and readings(session) == 1
    rival = Actor(uuid7(), "provider", provider_id=a_provider(session, now).id)
    assert leads.reveal(session, actor=rival, lead_ids=[held.id], now=now) == {}
    for nobody in (VISITOR, Actor(uuid7(), "provider")):
        with pytest.raises(Forbidden):
            leads.reveal(session, actor=nobody, lead_ids=[held.id], now=now)


def test_an_erased_contact_is_empty_not_an_error(session: Session, now: datetime, world: World) -> None:
    lead_id = submitted(session, now, world.niche)
    gone = dict.fromkeys(("full_name", "email", "phone", "street", "email_key", "phone_key"))
    session.query(Contact).filter(Contact.id == session.get_one(Lead, lead_id).contact_id).update({**gone, "erased_at": now})
    seen = leads.reveal(session, actor=world.admin, lead_ids=[lead_id], now=now)[lead_id]
    assert (seen.name, seen.email, seen.phone, seen.erased) == ("", "", "", True)
    assert leads.contact_email(session, lead_id) is None
    leads.score(session, lead_id, now=now)  # a job that comes late finds nothing and says so


def test_the_mail_job_reads_the_address_alone(session: Session, now: datetime, world: World) -> None:
    lead_id = submitted(session, now, world.niche)
    assert leads.contact_email(session, lead_id) == "pat1@example.com"
    leads.reveal(session, actor=SYSTEM, lead_ids=[lead_id], now=now)
    assert readings(session) == 0
