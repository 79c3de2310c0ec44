"""Slots, listings, and what the database and the checks say of sales that are not what they claim (SPEC 2.7, 5.2, 5.5)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from core import inventory, leads, niches
from core.inventory import SlotCount
from core.kit.actor import SYSTEM, Actor
from core.kit.db import constraint_of
from core.kit.ids import uuid7
from core.leads import Lead
from tests.core.distribution.world import World, a_world


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    world = a_world(session, now)
    world.level(2)
    return world


def execute(world: World, statement: str, **values: Any) -> None:
    world.session.execute(text(statement), values)


def status_of(world: World, lead: Lead) -> tuple[str, str]:
    query = text("select l.status, i.state from lead l join listing i on i.lead_id = l.id where l.id = :id")
    return tuple(world.session.execute(query, {"id": lead.id}).one())  # type: ignore[return-value]


def test_slots_open_once_as_many_as_the_cap(world: World) -> None:
    lead = world.lead()
    assert inventory.open_slots(world.session, lead_id=lead.id, now=world.now) == SlotCount(free=5, held=0, sold=0, void=0)
    execute(world, "update niche set max_providers = 9")
    assert inventory.open_slots(world.session, lead_id=lead.id, now=world.now).free == 5


@pytest.mark.parametrize("status", ["pending_approval", "sold_out", "withdrawn"])
def test_only_approved_leads_have_anything_to_sell(world: World, status: str) -> None:
    lead = world.lead(status=status)
    for verb in (inventory.open_slots, inventory.open_listing):
        with pytest.raises(inventory.NothingToSell):
            verb(world.session, lead_id=lead.id, now=world.now)
    with pytest.raises(leads.LeadNotFound):
        inventory.open_listing(world.session, lead_id=uuid7(), now=world.now)


def test_a_hold_that_ran_out_counts_as_free(world: World) -> None:
    lead, buyer = world.lead(slots=2), world.buyer()
    execute(
        world,
        "update slot set state = 'held', provider_id = :p, expires_at = :until where lead_id = :lead and slot_no = 1",
        p=buyer.id, until=world.now, lead=lead.id,
    )  # fmt: skip
    assert world.slots(lead).held == 1
    later = inventory.count_slots(world.session, lead_id=lead.id, now=world.now + timedelta(seconds=1))
    assert (later.free, later.held) == (2, 0)


def test_distribution_takes_a_slot_whose_hold_ran_out_and_leaves_a_live_one(world: World) -> None:
    holder, lapsed, *_ = world.buyers(4)
    lead = world.lead(slots=2)
    for number, provider, minutes in ((1, holder, 5), (2, lapsed, -5)):
        execute(
            world,
            "update slot set state = 'held', provider_id = :p, expires_at = :until where lead_id = :lead and slot_no = :n",
            p=provider, until=world.now + timedelta(minutes=minutes), lead=lead.id, n=number,
        )  # fmt: skip
    run = world.run(lead)
    assert run.assigned == 1 and run.skips == {"already_has_lead": 1}
    assert world.sold_to(lead.id) == [lapsed]
    assert world.slots(lead) == SlotCount(free=0, held=1, sold=1, void=0)
    assert world.status(lead) == "approved", "somebody may still buy the held slot"


def test_a_listing_keeps_its_dates_and_takes_the_lowest_price_as_floor(world: World) -> None:
    world.level(2, price_cents=900)
    world.buyers(1, *world.levels)
    world.buyers(1, world.levels[1])
    lead = world.lead()
    world.run(lead)
    later = world.now + timedelta(days=3)
    listing = inventory.open_listing(world.session, lead_id=lead.id, now=later)
    assert (listing.opened_at, listing.closes_at, listing.price_floor_cents) == (world.now, world.now + timedelta(days=30), 900)


def test_a_listing_of_an_unsold_lead_has_no_floor(world: World) -> None:
    lead = world.lead(slots=1)
    assert inventory.open_listing(world.session, lead_id=lead.id, now=world.now).price_floor_cents == 0


def test_stale_listings_close_with_their_leads(world: World) -> None:
    stale, fresh, gone = (world.lead(slots=2) for _ in range(3))
    for lead, opened in ((stale, 30), (fresh, 29), (gone, 30)):
        inventory.open_listing(world.session, lead_id=lead.id, now=world.now - timedelta(days=opened))
    leads.withdraw(world.session, actor=SYSTEM, lead_id=gone.id, reason="changed my mind", now=world.now)
    assert inventory.close_stale_listings(world.session, now=world.now) == 1
    assert inventory.close_stale_listings(world.session, now=world.now) == 0
    assert status_of(world, stale) == ("closed", "closed")
    assert status_of(world, fresh) == ("approved", "open")
    assert status_of(world, gone)[0] == "withdrawn"
    assert world.slots(stale).void == 2
    entry = world.session.execute(text("select before, after from audit_entry where action = 'lead.closed'")).one()
    assert (entry.before, entry.after) == ({"status": "approved"}, {"status": "closed"})


SALE = """insert into assignment (id, lead_id, provider_id, slot_no, channel, niche_id, price_cents, assigned_at)
          select uuid7(), l.id, :p, 1, 'marketplace', l.niche_id, 0, now() from lead l"""


def test_the_database_refuses_a_sale_without_a_slot_of_its_own(world: World) -> None:
    lead = world.lead(slots=2)
    first, second = world.buyers(2)

    def refused(statement: str, **values: Any) -> str | None:
        with pytest.raises(IntegrityError) as error, world.session.begin_nested():
            execute(world, statement, **values)
        return constraint_of(error.value)

    assert refused(SALE, p=first) == "assignment_slot"
    execute(world, "update slot set state = 'sold', provider_id = :p where slot_no = 1", p=first)
    assert refused(SALE, p=second) == "assignment_slot"
    execute(world, SALE, p=first)
    assert refused(SALE, p=first) == "assignment_once"
    assert refused("update slot set state = 'sold', provider_id = :p where slot_no = 2", p=first) == "slot_of_provider"
    assert refused("insert into slot (lead_id, slot_no) values (:lead, 2)", lead=lead.id) == "slot_pkey"
    assert refused("update slot set state = 'free', provider_id = null where slot_no = 1") == "assignment_slot"
    assert refused("update slot set state = 'sold' where slot_no = 2")


@pytest.mark.parametrize(
    "change",
    ["price_cents = 1", "transfer_id = null", "provider_id = provider_id", "receipt = null", "assigned_at = now()"],
)
def test_a_sale_stays_as_it_was_made(world: World, change: str) -> None:
    world.buyers(1)
    world.run()
    for statement in (f"update assignment set {change}", "delete from assignment", "truncate assignment cascade"):
        with pytest.raises(ProgrammingError, match="permission denied"), world.session.begin_nested():
            execute(world, statement)
    execute(world, "update assignment set viewed_at = now()")


def faults(world: World) -> list[str]:
    return [check.name for check in inventory.verify(world.session) if not check.ok]


FALSIFIED: dict[str, tuple[str, list[str]]] = {
    "a slot given away": ("update slot set state = 'void', provider_id = null where slot_no = 1", ["slots and assignments"]),
    "a slot sold to nobody": (
        "update slot set state = 'sold', provider_id = (select id from provider order by id desc limit 1) where slot_no = 3",
        ["slots and assignments"],
    ),
    "another price": ("update assignment set price_cents = 1 where slot_no = 1", ["price paid"]),
    "somebody else's money": (
        "update assignment set transfer_id = (select transfer_id from assignment where slot_no = 2) where slot_no = 1",
        ["price paid", "charges"],
    ),
    "a smaller cap than sold": ("update niche set max_providers = 1", ["sales within cap"]),
    "an exclusive sale among others": (
        "update competition_level set exclusive = true, updated_at = updated_at - interval '1 day'",
        ["exclusive sales"],
    ),
}


@pytest.mark.parametrize("what", FALSIFIED)
def test_each_check_finds_its_fault(world: World, what: str) -> None:
    world.buyers(3)
    world.run()
    assert faults(world) == []
    statement, expected = FALSIFIED[what]
    execute(world, "set local role none")
    execute(world, "set local session_replication_role = replica")  # neither keys nor triggers stand in the way
    execute(world, statement)
    assert faults(world) == expected


def test_a_cap_lowered_by_an_admin_is_no_fault(world: World) -> None:
    world.buyers(3)
    world.run()
    admin = Actor(user_id=uuid7(), role="admin")
    niches.edit_niche(world.session, actor=admin, niche_id=world.niche.id, max_providers=1, now=world.now)
    assert faults(world) == []
