"""The data's quality, worked out by hand on a small exchange (SPEC 8.6)."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import sourcing
from core.inventory.models import Assignment, Listing
from core.kit.actor import SYSTEM, Actor
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from core.leads.models import Lead
from core.sourcing import quality
from tests.builders import a_lead, a_market, a_niche, a_provider
from tests.core.sourcing.test_sources import a_source, allow, an_admin


def of_source(session: Session, source_id: object, lead: Lead, now: datetime) -> None:
    session.execute(
        text("""insert into source_record (source_id, record_id, lead_id, founder, holder, test, said_at, updated_at)
                values (:source, :record, :lead, true, 'consumer', false, :now, :now)"""),
        {"source": source_id, "record": str(lead.id), "lead": lead.id, "now": now},
    )


def recheck(session: Session, lead: Lead, now: datetime, *reasons: str) -> None:
    session.execute(
        text("insert into lead_recheck (lead_id, checked_at, ok, reasons) values (:lead, :now, :ok, :reasons)"),
        {"lead": lead.id, "now": now, "ok": not reasons, "reasons": list(reasons)},
    )


def test_figures_by_source(session: Session, now: datetime) -> None:
    admin = an_admin(session, now)
    market, niche = a_market(session, now), a_niche(session, now)
    source = a_source(session, now, admin)
    allow(session, now, admin, source.id)
    approved = {"verdict": "approved", "source": "connector"}
    first = a_lead(session, now, niche, market, **approved, form_data={"property_type": "house", "bedrooms": 3})
    second = a_lead(session, now, niche, market, **approved, form_data={"property_type": "house"})
    again = a_lead(session, now, niche, market, source="connector", status="duplicate", duplicate_of=first.id)
    a_lead(session, now - timedelta(days=31), niche, market, **approved)
    a_lead(session, now, niche, market, source="form", form_data={})
    for lead in (first, second, again):
        of_source(session, source.id, lead, now)
    on = date(2026, 11, 1)
    sourcing.add_cost(session, actor=admin, source_id=source.id, kind="per_lead", amount_cents=300, starts_on=on, now=now)
    sourcing.add_cost(session, actor=admin, source_id=source.id, kind="monthly", amount_cents=30_000, starts_on=on, now=now)
    sourcing.add_cost(
        session, actor=admin, source_id=source.id, kind="once", amount_cents=50, starts_on=date(2026, 10, 1), now=now
    )
    found = quality.quality(session, actor=admin, days=30, now=now)
    ours, others = found.sources[0], found.sources[1]
    assert (ours.source, ours.leads, ours.duplicates, ours.approved) == ("Valley classifieds", 3, 1, 2)
    assert ours.duplicate_rate == pytest.approx(1 / 3)
    assert ours.completeness == pytest.approx((2 / 3 + 1 / 3 + 2 / 3) / 3)
    assert ours.cost_cents == 2 * 300 + 4 * 1000, "two that are no duplicates, four days of November"
    assert ours.cents_per_lead == ours.cost_cents / 2
    assert (others.source_id, others.source, others.leads, others.completeness) == (None, "form", 1, 0)
    assert found.since == date(2026, 10, 6) and found.until == date(2026, 11, 4)


def test_a_sold_lead_is_bad_once_for_whichever_reason(session: Session, now: datetime) -> None:
    market, niche, provider = a_market(session, now), a_niche(session, now), a_provider(session, now)
    leads = [a_lead(session, now, niche, market, slots=1) for _ in range(4)]
    session.execute(
        text("update slot set provider_id = :provider, state = 'sold' where lead_id = any(:leads)"),
        {"provider": provider.id, "leads": [lead.id for lead in leads]},
    )
    for lead in leads:
        session.add(
            Assignment(
                id=uuid7(),
                lead_id=lead.id,
                provider_id=provider.id,
                niche_id=niche.id,
                slot_no=1,
                channel="marketplace",
                price_cents=0,
                assigned_at=now,
            )
        )
    session.flush()
    recheck(session, leads[0], now, "phone_unreachable")
    recheck(session, leads[1], now)
    found = quality.quality(session, actor=SYSTEM, now=now)
    assert (found.sold, found.bad, found.bad_by_recheck, found.bad_by_claim) == (4, 1, 1, 0)
    assert found.error_rate == 0.25 and found.error_target == 0.01


def test_duplicates_on_sale_and_freshness(session: Session, now: datetime) -> None:
    market, niche = a_market(session, now), a_niche(session, now)
    leads = [a_lead(session, now, niche, market, slots=1, submitted_at=now - timedelta(hours=hours)) for hours in (1, 3, 10)]
    session.execute(
        text("update contact set email_key = 'same' where id = any(:ids)"), {"ids": [leads[0].contact_id, leads[1].contact_id]}
    )
    for lead in leads:
        session.add(Listing(lead_id=lead.id, opened_at=now, closes_at=now + timedelta(days=30)))
    session.flush()
    found = quality.quality(session, actor=SYSTEM, now=now)
    assert (found.on_sale, found.duplicates_on_sale, found.duplicates_target) == (3, 1, 0)
    assert found.median_age_hours == 3


def test_nothing_yet_divides_by_nothing(session: Session, now: datetime) -> None:
    found = quality.quality(session, actor=SYSTEM, now=now)
    assert (found.error_rate, found.completeness, found.median_age_hours, found.sources) == (None, None, None, ())


def test_providers_see_none_of_it(session: Session, now: datetime) -> None:
    with pytest.raises(Forbidden):
        quality.quality(session, actor=Actor(uuid7(), "provider"), now=now)
