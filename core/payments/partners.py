"""Companies that send leads for a share of what they are sold for (SPEC 6.7).

Shares are posted and taken back by triggers in ``15_plans.sql``, whoever sells or refunds. Of each sale a partner gets
its percentage rounded down to whole cents, so shares never add up to more than that percentage of the revenue.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import audit, ledger
from core.kit import words
from core.kit.actor import Actor
from core.kit.ids import uuid7
from core.ledger import Partner
from core.payments.errors import PartnerInvalid, PartnerNotFound


@dataclass(frozen=True, slots=True)
class PartnerRow:
    """A partner, its share in percent, what it sent, and what we owe it in cents."""

    id: UUID
    name: str
    share_percent: Decimal
    active: bool
    leads: int
    owed_cents: int
    created_at: datetime


_ROWS = """
    select p.id, p.name, p.share_percent, p.active, (select count(*) from lead l where l.partner_id = p.id) as leads,
           booked_balance(p.payable_account_id) as owed_cents, p.created_at
      from partner p"""


def list_partners(session: Session, *, actor: Actor) -> list[PartnerRow]:
    """Every partner by name, with what it sent and what we owe it (SPEC 6.7)."""
    actor.require("admin", "analyst")
    return [PartnerRow(*row) for row in session.execute(text(_ROWS + " order by p.name"))]


def get_partner(session: Session, *, actor: Actor, partner_id: UUID) -> PartnerRow:
    """One partner, for staff and its own programs; raises ``PartnerNotFound``, for another partner's, too."""
    check_reader(actor, partner_id)
    row = session.execute(text(_ROWS + " where p.id = :id"), {"id": partner_id}).one_or_none()
    if row is None:
        raise PartnerNotFound("partner.not_found", "There is no such partner.")
    return PartnerRow(*row)


def add_partner(session: Session, *, actor: Actor, name: str, share_percent: Decimal | str | int, now: datetime) -> PartnerRow:
    """Take on a partner, with an account for what we will owe it. Admins only; raises ``PartnerInvalid``."""
    actor.require("admin")
    wanted = _checked({"name": name, "share_percent": share_percent})
    partner_id = uuid7()
    payable = ledger.house_account(session, "partner_payable", name=f"partner:{partner_id}", now=now)
    partner = Partner(id=partner_id, payable_account_id=payable, active=True, created_at=now, updated_at=now, **wanted)
    _save(session, partner, {})
    _record(session, actor, "partner.added", partner_id, now, None, wanted)
    return get_partner(session, actor=actor, partner_id=partner_id)


def edit_partner(
    session: Session,
    *,
    actor: Actor,
    partner_id: UUID,
    name: str | None = None,
    share_percent: Decimal | str | int | None = None,
    active: bool | None = None,
    now: datetime,
) -> PartnerRow:
    """Change what is given; shares of sales already made stay as they are. Admins only; raises ``PartnerInvalid``."""
    actor.require("admin")
    partner = session.get(Partner, partner_id, with_for_update=True, populate_existing=True)
    if partner is None:
        raise PartnerNotFound("partner.not_found", "There is no such partner.")
    given = {"name": name, "share_percent": share_percent, "active": active}
    wanted = _checked({key: value for key, value in given.items() if value is not None})
    before = {key: getattr(partner, key) for key, value in wanted.items() if getattr(partner, key) != value}
    if before:
        after = {key: wanted[key] for key in before}
        _save(session, partner, after | {"updated_at": now})
        _record(session, actor, "partner.edited", partner_id, now, before, after)
    return get_partner(session, actor=actor, partner_id=partner_id)


def _checked(wanted: dict[str, Any]) -> dict[str, Any]:
    if "name" in wanted:
        wanted["name"] = words.one_line(str(wanted["name"]), field="name", least=1, most=120)
    if "share_percent" in wanted:
        wanted["share_percent"] = _percent(wanted["share_percent"])
    return wanted


def _percent(value: Decimal | str | int) -> Decimal:
    sentence = "The share is 0 to 100 percent, with at most two decimals."
    try:
        share = Decimal(str(value).strip())
        exact = share.is_finite() and 0 <= share <= 100 and share == round(share, 2)
    except InvalidOperation:
        exact = False
    if not exact:
        raise PartnerInvalid("partner.share", sentence, fields={"share_percent": sentence})
    return round(share, 2)


def _save(session: Session, partner: Partner, values: dict[str, Any]) -> None:
    try:
        with session.begin_nested():
            for key, value in values.items():
                setattr(partner, key, value)
            session.add(partner)
            session.flush()
    except IntegrityError as error:
        taken = "Another partner has this name."
        raise PartnerInvalid("partner.name_taken", taken, fields={"name": taken}) from error


def _record(
    session: Session,
    actor: Actor,
    action: str,
    partner_id: UUID,
    now: datetime,
    before: dict[str, Any] | None,
    after: dict[str, Any],
) -> None:
    told = [
        {key: str(value) if isinstance(value, Decimal) else value for key, value in side.items()} if side else None
        for side in (before, after)
    ]
    audit.record(session, actor, action, entity_type="partner", entity_id=partner_id, now=now, before=told[0], after=told[1])


def check_reader(actor: Actor, partner_id: UUID) -> None:
    """Staff read every partner's books, a partner its own: for it there are no others."""
    actor.require("admin", "analyst", "partner")
    if actor.role == "partner" and actor.partner_id != partner_id:
        raise PartnerNotFound("partner.not_found", "There is no such partner.")
