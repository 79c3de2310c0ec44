"""What staff sees: queue, explorer, figures, a lead's page (SPEC 3.1, 3.3, 1.6)."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import leads
from core.kit.actor import Actor
from core.kit.errors import Forbidden, Invalid
from core.kit.ids import uuid7
from core.leads import LeadFilter
from tests.builders import a_lead, a_market, a_niche
from tests.core.leads.world import NOBODY, VISITOR, World, a_world, confirmed, force, submitted


def test_the_queue_is_what_waits_oldest_first(session: Session, now: datetime, world: World) -> None:
    ids = [confirmed(session, now - timedelta(hours=n), world.niche, n) for n in (3, 1, 2)]
    submitted(session, now, world.niche, 9)
    leads.approve(session, actor=world.admin, lead_id=ids[1], now=now)
    rows = leads.queue(session, actor=world.analyst)
    assert [row.id for row in rows] == [ids[0], ids[2]]
    row = rows[0]
    assert (row.niche, row.market, row.timezone, row.zip, row.city) == (
        world.niche.name,
        "Las-Vegas",
        world.market.timezone,
        "89109",
        "Las Vegas",
    )
    assert (row.name, row.email, row.phone) == ("P. E.", "p•••@example.com", "+1702•••••03"), "masked in lists, for everyone"
    assert abs(row.lon + 115.1728) > 0.001 or abs(row.lat - 36.1147) > 0.001, "the blurred point"


@pytest.mark.parametrize("sort", ["oldest", "newest", "quality", "fraud"])
def test_every_order_goes_on_where_the_page_ended(session: Session, now: datetime, world: World, sort: leads.Sort) -> None:
    for n in range(7):
        lead = a_lead(
            session, now, world.niche, world.market, status="pending_approval", submitted_at=now + timedelta(minutes=n % 3)
        )
        force(session, lead.id, quality=None if n == 6 else n % 2 * 10, fraud=None if n == 6 else n % 3 / 10)
    whole = [row.id for row in leads.queue(session, actor=world.admin, sort=sort)]
    pages, after = [], None
    while page := leads.queue(session, actor=world.admin, sort=sort, after=after, limit=2):
        pages += [row.id for row in page]
        after = page[-1].id
    assert len(whole) == 7 and pages == whole
    values = [
        getattr(row, {"quality": "quality", "fraud": "fraud"}.get(sort, "submitted_at"))
        for row in leads.queue(session, actor=world.admin, sort=sort)
    ]
    known = [value for value in values if value is not None]
    assert known == sorted(known, reverse=sort != "oldest") and values[: len(known)] == known


def test_every_filter_restricts(session: Session, now: datetime, world: World) -> None:
    niche, market = a_niche(session, now), a_market(session, now, slug="elsewhere")
    plain = {"quality": 50, "fraud": 0.5, "source": "form", "submitted_at": now}
    odd: dict[str, tuple[Any, LeadFilter]] = {
        "niche": (niche, LeadFilter(niche_id=niche.id)),
        "market": (market, LeadFilter(market_id=market.id)),
        "source": ("partner", LeadFilter(source="partner")),
        "early": (now - timedelta(days=3), LeadFilter(until=now - timedelta(days=1))),
        "late": (now + timedelta(days=3), LeadFilter(since=now + timedelta(days=1))),
        "good": (90, LeadFilter(min_quality=80)),
        "poor": (10, LeadFilter(max_quality=20)),
        "fraud": (0.9, LeadFilter(min_fraud=0.8)),
        "clean": (0.1, LeadFilter(max_fraud=0.2)),
        "zip": ("85001", LeadFilter(zip="85001")),
    }
    columns = {"early": "submitted_at", "late": "submitted_at", "good": "quality", "poor": "quality", "clean": "fraud"}
    made = {}
    for name, (value, _) in odd.items():
        change = {} if name in ("niche", "market") else {columns.get(name, name): value}
        place = market if name == "market" else world.market
        made[name] = a_lead(session, now, niche if name == "niche" else world.niche, place, **{**plain, **change}).id
    for name, (_, where) in odd.items():
        assert [row.id for row in leads.explore(session, actor=world.analyst, where=where)] == [made[name]], name
        assert leads.count(session, actor=world.analyst, where=where) == 1
    assert leads.count(session, actor=world.analyst) == len(odd) and leads.count(session, actor=world.analyst, most=3) == 3


def test_admins_find_people_and_others_do_not(session: Session, now: datetime, world: World) -> None:
    lead_id = submitted(session, now, world.niche, 1)
    submitted(session, now, world.niche, 2, contact={"name": "Sam 100%_x", "email": "sam@example.com", "phone": "702 234 9999"})
    for words in ("pat1@example.com", "PAT1@Example.com", "(702) 234-1001", "234100", "pat1@", "exampleb"):
        assert [row.id for row in leads.explore(session, actor=world.admin, where=LeadFilter(search=words))] == [lead_id], words
    assert leads.explore(session, actor=world.admin, where=LeadFilter(search="%")) != []
    assert len(leads.explore(session, actor=world.admin, where=LeadFilter(search="100%_"))) == 1
    assert leads.explore(session, actor=world.admin, where=LeadFilter(search="100__")) == []
    with pytest.raises(Forbidden):
        leads.explore(session, actor=world.analyst, where=LeadFilter(search="pat1@example.com"))


def test_statuses_and_orders_that_do_not_exist_are_refused(session: Session, world: World) -> None:
    with pytest.raises(Invalid):
        leads.explore(session, actor=world.admin, statuses=["sold"])  # type: ignore[list-item]
    with pytest.raises(Invalid):
        leads.explore(session, actor=world.admin, sort="id; drop table lead")  # type: ignore[arg-type]


def test_strangers_and_providers_see_no_list(session: Session, now: datetime, world: World) -> None:
    for actor in (VISITOR, Actor(NOBODY, "provider", provider_id=NOBODY)):
        for read in (leads.queue, leads.explore, leads.count):
            with pytest.raises(Forbidden):
                read(session, actor=actor)
        with pytest.raises(Forbidden):
            leads.get_lead(session, actor=actor, lead_id=NOBODY, now=now)
        with pytest.raises(Forbidden):
            leads.review_figures(session, actor=actor, now=now)


def test_figures_above_the_queue(session: Session, now: datetime, world: World) -> None:
    ids = [confirmed(session, now - timedelta(hours=2), world.niche, n) for n in range(5)]
    leads.approve(session, actor=world.admin, lead_id=ids[0], now=now - timedelta(hours=1))
    leads.reject(session, actor=world.admin, lead_id=ids[1], reason="No.", now=now + timedelta(hours=1))
    leads.approve(session, actor=world.admin, lead_id=ids[2], now=now - timedelta(minutes=60))
    leads.withdraw(session, actor=world.admin, lead_id=ids[2], reason="Asked.", now=now)
    figures = leads.review_figures(session, actor=world.admin, now=now + timedelta(hours=1))
    assert (figures.waiting, figures.approved_today, figures.rejected_today) == (2, 2, 1)
    assert figures.mean_wait_s == pytest.approx(5 * 3600 / 3) and figures.oldest_wait_s == 3 * 3600
    tomorrow = leads.review_figures(session, actor=world.admin, now=now + timedelta(days=1))
    assert (tomorrow.approved_today, tomorrow.rejected_today) == (0, 0)
    leads.erase(session, actor=world.admin, lead_ids=[ids[1]], reason="Asked for.", now=now + timedelta(hours=1))
    figures = leads.review_figures(session, actor=world.admin, now=now + timedelta(hours=1))
    assert (figures.approved_today, figures.rejected_today) == (2, 1), "what became of it later changes no decision"


@pytest.mark.parametrize("timezone", ["America/Los_Angeles", "America/Phoenix"])
def test_today_is_the_markets_day_however_late_it_is_in_greenwich(session: Session, now: datetime, timezone: str) -> None:
    """Three in the morning there is the evening before in the markets, and midnight of UTC is nobody's."""
    evening = now.replace(hour=3, minute=0)
    world = a_world(session, evening - timedelta(days=1))
    session.execute(text("update market set timezone = :zone"), {"zone": timezone})
    ids = [confirmed(session, evening - timedelta(hours=20), world.niche, n) for n in range(2)]
    leads.approve(session, actor=world.admin, lead_id=ids[0], now=evening - timedelta(hours=5))  # today there, yesterday in UTC
    leads.reject(session, actor=world.admin, lead_id=ids[1], reason="No.", now=evening - timedelta(hours=20))  # 23:00 or 00:00
    figures = leads.review_figures(session, actor=world.admin, now=evening)
    assert (figures.approved_today, figures.rejected_today) == (1, int(timezone == "America/Phoenix"))


def test_what_a_source_sent_waits_from_its_arrival(session: Session, now: datetime, world: World) -> None:
    ids = [confirmed(session, now - timedelta(hours=4), world.niche, n) for n in range(2)]
    for lead_id in ids:
        force(session, lead_id, source="connector", confirmed_at=None)
    assert leads.review_figures(session, actor=world.admin, now=now).oldest_wait_s == 4 * 3600
    leads.reject(session, actor=world.admin, lead_id=ids[0], reason="No.", now=now)
    assert leads.review_figures(session, actor=world.admin, now=now).mean_wait_s == 4 * 3600


def test_a_leads_page_holds_everything(session: Session, now: datetime, world: World) -> None:
    lead_id = confirmed(session, now, world.niche, 1, address={"street": "1 Main St"}, attribution={"utm_source": "news"})
    leads.score(session, lead_id, now=now)
    leads.reject(session, actor=world.admin, lead_id=lead_id, reason="No.", now=now)
    seen = leads.get_lead(session, actor=world.admin, lead_id=lead_id, now=now)
    assert [(a.label, a.value) for a in seen.answers] == [("Property type", "house"), ("Bedrooms", "3")]
    assert (seen.contact.email, seen.exact, seen.lon) == ("pat1@example.com", True, -115.1728)
    assert (seen.confirmed_ip, seen.confirmed_agent, seen.submitted_ip) == ("203.0.113.7", "Mozilla", VISITOR.ip)
    assert seen.consents[0].event == "given" and seen.attribution == {"utm_source": "news"} and seen.county == "Clark"
    assert seen.fraud is not None and seen.quality is not None and seen.quality.reasons
    assert [m.action for m in seen.timeline] == ["lead.submitted", "lead.confirmed", "lead.rejected", "contact.read"]
    assert (seen.reviewed_by, seen.review_note, seen.may_become, seen.sale_refusal) == ("Test Person", "No.", ("erased",), None)
    assert seen.timeline[2].memo == "No."


def test_an_analysts_page_holds_no_person(session: Session, now: datetime, world: World) -> None:
    lead_id = confirmed(session, now, world.niche, 1, address={"street": "77 Sunset Rd"})
    leads.reject(session, actor=world.admin, lead_id=lead_id, reason="Pat told us so.", now=now)
    for role in ("analyst", "scientist"):
        seen = leads.get_lead(session, actor=Actor(uuid7(), role), lead_id=lead_id, now=now)  # type: ignore[arg-type]
        told = str(replace(seen, review_note=None))
        for secret in ("pat1@", "2341001", "Exampleb", "Sunset", "203.0.113.7", "Pat told"):
            assert secret not in told, secret
        assert not seen.exact and (seen.lon, seen.lat) != (-115.1728, 36.1147)


def test_a_lead_that_does_not_exist(session: Session, now: datetime, world: World) -> None:
    with pytest.raises(leads.LeadNotFound):
        leads.get_lead(session, actor=world.admin, lead_id=NOBODY, now=now)
    with pytest.raises(leads.LeadNotFound):
        leads.standing(session, code=leads.my_request_code(NOBODY))
    with pytest.raises(leads.LinkUnknown):
        leads.standing(session, code="nonsense")
