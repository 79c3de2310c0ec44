"""Membership tiers as data: the monthly fee and what it gives (SPEC 6.6, 9.2, 9.4). Who is on which: ``membership.py``.

The three we ship come with the tables (``15_plans.sql``); from then on they are the admins'.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import audit
from core.kit import words
from core.kit.actor import Actor
from core.payments.errors import PlanInvalid, PlanNotFound
from core.payments.models import Plan

FIRST = 1  # position of the plan that everybody is on who chose no other; free for good


@dataclass(frozen=True, slots=True)
class PlanView:
    """One plan: its fee in cents a month, and what it gives."""

    key: str
    name: str
    description: str
    fee_cents: int
    discount_percent: int
    hold_minutes: int
    cart_size: int
    early_access_minutes: int
    position: int
    active: bool

    @property
    def free(self) -> bool:
        """True for the plan that costs nothing and needs no choosing."""
        return self.position == FIRST


@dataclass(frozen=True, slots=True)
class Bound:
    """What an admin may enter for a figure of a plan."""

    least: int
    most: int
    sentence: str


BOUNDS = {
    "fee_cents": Bound(0, 100_000_000, "The fee is $0.00 to $1,000,000.00 a month."),
    "discount_percent": Bound(0, 50, "The discount is 0 to 50 percent."),
    "hold_minutes": Bound(1, 1440, "A hold lasts 1 to 1,440 minutes."),
    "cart_size": Bound(1, 200, "A cart holds 1 to 200 leads."),
    "early_access_minutes": Bound(0, 1440, "Early access is 0 to 1,440 minutes."),
}
_PLAN_OF = text(f"""
    select {", ".join(field.name for field in fields(PlanView))} from buying_terms where provider_id = :provider""")  # noqa: S608 -- constants


def list_plans(session: Session, *, inactive: bool = False) -> list[PlanView]:
    """The plans on offer, the free one first; those switched off too with ``inactive``."""
    query = select(Plan).order_by(Plan.position)
    return [view_of(plan) for plan in session.scalars(query if inactive else query.where(Plan.active))]


def get_plan(session: Session, *, key: str) -> PlanView:
    """A plan by its key, on offer or not; raises ``PlanNotFound``."""
    return view_of(_found(session.get(Plan, key)))


def plan_of(session: Session, *, provider_id: UUID) -> PlanView:
    """What a provider's plan gives now: the one it pays for, else the free one (SPEC 6.6)."""
    return PlanView(*session.execute(_PLAN_OF, {"provider": provider_id}).one())


def edit_plan(
    session: Session,
    *,
    actor: Actor,
    key: str,
    name: str | None = None,
    description: str | None = None,
    fee_cents: int | None = None,
    discount_percent: int | None = None,
    hold_minutes: int | None = None,
    cart_size: int | None = None,
    early_access_minutes: int | None = None,
    active: bool | None = None,
    now: datetime,
) -> PlanView:
    """Change what is given (SPEC 6.6). Admins only; raises ``PlanInvalid``.

    What a plan gives changes at once for everybody on it, its fee with their next period. A plan that is switched
    off takes nobody new.
    """
    actor.require("admin")
    plan = _found(session.get(Plan, key, with_for_update=True, populate_existing=True))
    given = {
        "name": name,
        "description": description,
        "fee_cents": fee_cents,
        "discount_percent": discount_percent,
        "hold_minutes": hold_minutes,
        "cart_size": cart_size,
        "early_access_minutes": early_access_minutes,
        "active": active,
    }
    wanted = _checked(plan, {field: value for field, value in given.items() if value is not None})
    before = {field: getattr(plan, field) for field, value in wanted.items() if getattr(plan, field) != value}
    if before:
        after = {field: wanted[field] for field in before}
        _save(session, plan, after | {"updated_at": now})
        old, new = before | {"key": key}, after | {"key": key}
        audit.record(session, actor, "plan.edited", entity_type="plan", entity_id=None, now=now, before=old, after=new)
    return view_of(plan)


def view_of(plan: Plan) -> PlanView:
    """The plan as others read it."""
    return PlanView(**{field.name: getattr(plan, field.name) for field in fields(PlanView)})


def _found(plan: Plan | None) -> Plan:
    if plan is None:
        raise PlanNotFound("plan.not_found", "There is no such plan.")
    return plan


def _checked(plan: Plan, wanted: dict[str, Any]) -> dict[str, Any]:
    problems = {
        field: bound.sentence
        for field, bound in BOUNDS.items()
        if field in wanted and not bound.least <= wanted[field] <= bound.most
    }
    if plan.position == FIRST and wanted.get("fee_cents"):
        problems["fee_cents"] = f"{plan.name} stays free: it is what everybody falls back to."
    if plan.position == FIRST and wanted.get("active") is False:
        problems["active"] = f"{plan.name} can't be switched off: it is what everybody falls back to."
    if problems:
        raise PlanInvalid("plan.invalid", "This plan can't be offered so.", fields=problems)
    if "name" in wanted:
        wanted["name"] = words.one_line(wanted["name"], field="name", least=1, most=60)
    if "description" in wanted:
        wanted["description"] = words.one_line(wanted["description"], field="description", most=300)
    return wanted


def _save(session: Session, plan: Plan, values: dict[str, Any]) -> None:
    try:
        with session.begin_nested():
            for field, value in values.items():
                setattr(plan, field, value)
            session.flush()
    except IntegrityError as error:
        taken = "Another plan has this name."
        raise PlanInvalid("plan.name_taken", taken, fields={"name": taken}) from error
