"""A person sees who has their data, takes it back from all at once, and is forgotten (SPEC 2.5, 13.6)."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import leads, privacy
from core.kit.actor import Actor, public
from core.kit.ids import uuid7
from core.leads import Lead, LinkUnknown
from tests.builders import a_user
from tests.core.distribution import world as exchange
from tests.core.leads.world import VISITOR, a_request, confirmed, status

LATER = timedelta(hours=1)


@pytest.fixture
def sold(session: Session, now: datetime) -> tuple[exchange.World, str, Lead]:
    """A request with two buyers, and the code of its sender's link."""
    world = exchange.a_world(session, now)
    world.level(2)
    world.buyers(2)
    admin = Actor(a_user(session, now).id, "admin")
    lead_id = confirmed(session, now, world.niche)
    leads.approve(session, actor=admin, lead_id=lead_id, now=now)
    lead = session.get_one(Lead, lead_id)
    world.run(lead)
    return world, leads.my_request_code(lead_id), lead


def told(session: Session) -> list[tuple[str, bool]]:
    rows = session.execute(text("select payload from outbox where kind = 'consent.revoked' order by id")).scalars()
    return [(row["lead_id"], bool(row.get("erase"))) for row in rows]


def test_each_company_that_has_the_data_is_named_with_its_time(
    session: Session, now: datetime, sold: tuple[exchange.World, str, Lead]
) -> None:
    world, code, lead = sold
    (mine,) = privacy.who_has_my_data(session, code=code)
    names = session.execute(text("select company_name from provider where id = any (:ids)"), {"ids": world.sold_to(lead.id)})
    assert {holder.company for holder in mine.holders} == set(names.scalars()) and len(mine.holders) == 2
    assert all(holder.at == now for holder in mine.holders) and mine.may_revoke


def test_taking_it_back_covers_every_request_of_the_mailbox(
    session: Session, now: datetime, sold: tuple[exchange.World, str, Lead]
) -> None:
    world, code, lead = sold
    beside = confirmed(session, now, world.beside().niche)
    stranger = confirmed(session, now, world.niche, 2)
    assert privacy.revoke_everywhere(session, actor=VISITOR, code=code, now=now + LATER) == 2
    assert {status(session, each) for each in (lead.id, beside)} == {"withdrawn"}
    assert status(session, stranger) == "pending_approval"
    assert told(session) == [(str(each), False) for each in sorted((lead.id, beside))]
    assert privacy.revoke_everywhere(session, actor=VISITOR, code=code, now=now + LATER) == 0


def test_what_a_source_may_pass_on_stops_too_although_nobody_ever_consented(
    session: Session, now: datetime, sold: tuple[exchange.World, str, Lead]
) -> None:
    _, code, lead = sold
    from_source = uuid7()
    session.execute(
        text("""insert into lead (id, niche_id, market_id, contact_id, schema_version, form_data, facts, status, source,
                  zip, public_location, submitted_at, updated_at)
                select :new, niche_id, market_id, contact_id, schema_version, form_data, facts, 'pending_approval', 'connector',
                  zip, public_location, submitted_at, updated_at from lead where id = :old"""),
        {"new": from_source, "old": lead.id},
    )
    (asked,) = (each for each in privacy.who_has_my_data(session, code=code) if each.lead_id == from_source)
    assert asked.may_revoke and not leads.standing(session, code=leads.my_request_code(from_source)).consent_live
    assert privacy.revoke_everywhere(session, actor=VISITOR, code=code, now=now + LATER) == 2
    assert status(session, from_source) == "withdrawn" and (str(from_source), False) in told(session)
    said = session.execute(text("select event, sellers from consent_event where lead_id = :id"), {"id": from_source}).all()
    assert [tuple(event) for event in said] == [("revoked", [])], "a sale asks for the last word, whatever a source may do"
    assert privacy.revoke_everywhere(session, actor=VISITOR, code=code, now=now + LATER) == 0


def test_being_forgotten_tells_the_holders_and_keeps_the_person_out(
    session: Session, now: datetime, sold: tuple[exchange.World, str, Lead]
) -> None:
    world, code, lead = sold
    assert privacy.erase_me(session, actor=VISITOR, code=code, now=now + LATER) == 1
    assert status(session, lead.id) == "erased" and told(session) == [(str(lead.id), True)]
    (mine,) = privacy.who_has_my_data(session, code=code)
    assert len(mine.holders) == 2 and not mine.may_revoke, "they can still see who had it"
    with pytest.raises(leads.NotAccepted):
        leads.submit(session, submission=a_request(world.niche), actor=VISITOR, now=now + LATER)
    assert privacy.erase_me(session, actor=VISITOR, code=code, now=now + LATER) == 0


@pytest.mark.parametrize("code", ["", "x", "00000000-0000-7000-8000-000000000001.forged"])
def test_a_link_that_is_not_ours_opens_nothing(session: Session, now: datetime, code: str) -> None:
    for verb in (privacy.revoke_everywhere, privacy.erase_me):
        with pytest.raises(LinkUnknown):
            verb(session, actor=public(), code=code, now=now)
    with pytest.raises(LinkUnknown):
        privacy.who_has_my_data(session, code=code)


def test_a_person_gets_everything_that_is_kept_of_them(
    session: Session, now: datetime, sold: tuple[exchange.World, str, Lead]
) -> None:
    world, code, lead = sold
    beside = confirmed(session, now, world.beside().niche)
    confirmed(session, now, world.niche, 2)
    kept = privacy.my_file(session, actor=VISITOR, code=code, now=now)
    assert [one["id"] for one in kept["requests"]] == sorted((lead.id, beside))
    mine = next(one for one in kept["requests"] if one["id"] == lead.id)
    assert (mine["email"], mine["phone"]) == ("pat1@example.com", "+17022341001") and len(mine["passed_on_to"]) == 2
    assert [one["event"] for one in mine["consents"]] == ["given"] and mine["answers"] == {
        "property_type": "house",
        "bedrooms": 3,
    }
    assert "pat2@" not in str(kept)
    (told,) = session.execute(text("select after from audit_entry where action = 'privacy.exported'")).scalars()
    assert told == {"requests": 2}
    privacy.erase_me(session, actor=VISITOR, code=code, now=now)
    assert "pat1@" not in str(privacy.my_file(session, actor=VISITOR, code=code, now=now))
