"""Who sent a lead is settled before it is sold (SPEC 6.7)."""

from datetime import datetime
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import leads, payments
from core.kit.actor import SYSTEM, Actor
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from tests.builders import a_lead, a_market, a_niche

ADMIN = Actor(user_id=uuid7(), role="admin")


def test_a_partner_is_credited_before_the_sale_only(session: Session, now: datetime) -> None:
    market, niche = a_market(session, now), a_niche(session, now)
    partner = payments.add_partner(session, actor=ADMIN, name="Referral Works", share_percent="10", now=now)
    lead = a_lead(session, now, niche, market, status="pending_approval", reviewed_at=None)
    for _ in range(2):
        leads.credit_partner(session, actor=SYSTEM, lead_id=lead.id, partner_id=partner.id, now=now)
    assert lead.partner_id == partner.id
    assert payments.get_partner(session, actor=ADMIN, partner_id=partner.id).leads == 1
    trail = session.execute(text("select before, after from audit_entry where action = 'lead.partner_credited'")).all()
    assert trail == [({"partner_id": None}, {"partner_id": str(partner.id)})]
    with pytest.raises(leads.PartnerUnknown):
        leads.credit_partner(session, actor=ADMIN, lead_id=lead.id, partner_id=uuid7(), now=now)
    leads.approve(session, actor=ADMIN, lead_id=lead.id, now=now)
    with pytest.raises(leads.PartnerSettled):
        leads.credit_partner(session, actor=ADMIN, lead_id=lead.id, partner_id=None, now=now)
    for role in ("analyst", "provider", "public"):
        with pytest.raises(Forbidden):
            actor = Actor(user_id=uuid7(), role=role)  # type: ignore[arg-type]
            leads.credit_partner(session, actor=actor, lead_id=lead.id, partner_id=None, now=now)


def test_what_one_partner_was_offered_does_not_go_to_another(session: Session, now: datetime) -> None:
    market, niche = a_market(session, now), a_niche(session, now)
    first, second = (
        payments.add_partner(session, actor=ADMIN, name=name, share_percent="10", now=now)
        for name in ("First Works", "Second Works")
    )
    lead = a_lead(session, now, niche, market, status="pending_approval", reviewed_at=None)
    leads.credit_partner(session, actor=SYSTEM, lead_id=lead.id, partner_id=first.id, now=now)
    leads.agree_share(session, lead_id=lead.id, percent=Decimal(60))
    leads.credit_partner(session, actor=ADMIN, lead_id=lead.id, partner_id=first.id, now=now)
    agreed = text("select partner_share_percent from lead where id = :lead")
    assert session.execute(agreed, {"lead": lead.id}).scalar_one() == 60, "nothing changed"
    leads.credit_partner(session, actor=ADMIN, lead_id=lead.id, partner_id=second.id, now=now)
    assert session.execute(agreed, {"lead": lead.id}).scalar_one() is None, "its share is the second's own"
