"""Deposit sizes with a bonus: shown to providers, edited by admins (SPEC 6.6)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import audit
from core.kit import words
from core.kit.actor import Actor
from core.kit.ids import uuid7
from core.kit.money import format_usd
from core.payments.errors import PackInvalid, PackNotFound
from core.payments.models import CreditPack

LEAST_CENTS, MOST_CENTS = 10_00, 100_000_00


@dataclass(frozen=True, slots=True)
class PackView:
    """One deposit size: what is paid and what is added to it, in cents."""

    id: UUID
    name: str
    amount_cents: int
    bonus_cents: int
    position: int
    active: bool


def list_packs(session: Session, *, inactive: bool = False) -> list[PackView]:
    """The packs on offer in their order, those switched off too with ``inactive``."""
    query = select(CreditPack).order_by(CreditPack.position, CreditPack.amount_cents, CreditPack.id)
    return [_view(pack) for pack in session.scalars(query if inactive else query.where(CreditPack.active))]


def get_pack(session: Session, *, pack_id: UUID) -> PackView:
    """A pack on offer; raises ``PackNotFound``."""
    pack = session.get(CreditPack, pack_id)
    if pack is None or not pack.active:
        raise PackNotFound("pack.not_found", "This pack is no longer on offer. Choose another one.")
    return _view(pack)


def add_pack(session: Session, *, actor: Actor, name: str, amount_cents: int, bonus_cents: int = 0, now: datetime) -> PackView:
    """Offer a new deposit size, at the end of the list (SPEC 6.6). Admins only; raises ``PackInvalid``."""
    actor.require("admin")
    wanted = _checked({"name": name, "amount_cents": amount_cents, "bonus_cents": bonus_cents})
    last = session.scalar(select(func.max(CreditPack.position))) or 0
    pack = CreditPack(id=uuid7(), position=last + 1, active=True, created_at=now, updated_at=now, **wanted)
    _save(session, pack)
    audit.record(session, actor, "pack.added", entity_type="credit_pack", entity_id=pack.id, now=now, after=wanted)
    return _view(pack)


def edit_pack(
    session: Session,
    *,
    actor: Actor,
    pack_id: UUID,
    name: str | None = None,
    amount_cents: int | None = None,
    bonus_cents: int | None = None,
    position: int | None = None,
    active: bool | None = None,
    now: datetime,
) -> PackView:
    """Change what is given; deposits that were started keep the amounts they were started with (SPEC 6.6). Admins only."""
    actor.require("admin")
    pack = session.get(CreditPack, pack_id, with_for_update=True, populate_existing=True)
    if pack is None:
        raise PackNotFound("pack.not_found", "There is no such pack.")
    given = {"name": name, "amount_cents": amount_cents, "bonus_cents": bonus_cents, "position": position, "active": active}
    shown = {"name": pack.name, "amount_cents": pack.amount_cents, "bonus_cents": pack.bonus_cents}
    wanted = _checked(shown | {key: value for key, value in given.items() if value is not None})
    before = {key: getattr(pack, key) for key, value in wanted.items() if getattr(pack, key) != value}
    if before:
        for key in before:
            setattr(pack, key, wanted[key])
        pack.updated_at = now
        _save(session, pack)
        after = {key: wanted[key] for key in before}
        audit.record(
            session, actor, "pack.edited", entity_type="credit_pack", entity_id=pack.id, now=now, before=before, after=after
        )
    return _view(pack)


def _checked(wanted: dict[str, Any]) -> dict[str, Any]:
    """The values as they may be stored; raises ``PackInvalid`` naming every field that is wrong."""
    wanted = wanted | {"name": words.one_line(str(wanted["name"]), field="name", least=1, most=60)}
    problems = {}
    if not LEAST_CENTS <= wanted["amount_cents"] <= MOST_CENTS:
        problems["amount_cents"] = f"A deposit is {format_usd(LEAST_CENTS)} to {format_usd(MOST_CENTS)}."
    if not 0 <= wanted["bonus_cents"] <= wanted["amount_cents"]:
        problems["bonus_cents"] = "The bonus is at least nothing and at most the amount paid."
    if not 1 <= wanted.get("position", 1) <= 999:
        problems["position"] = "The place in the list is 1 to 999."
    if problems:
        raise PackInvalid("pack.invalid", "This pack can't be offered so.", fields=problems)
    return wanted


def _save(session: Session, pack: CreditPack) -> None:
    try:
        with session.begin_nested():
            session.add(pack)
            session.flush()
    except IntegrityError as error:
        words_ = "Another pack has this name."
        raise PackInvalid("pack.name_taken", words_, fields={"name": words_}) from error


def _view(pack: CreditPack) -> PackView:
    return PackView(pack.id, pack.name, pack.amount_cents, pack.bonus_cents, pack.position, pack.active)
