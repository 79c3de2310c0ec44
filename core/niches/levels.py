"""Competition levels of a niche: create, edit, order, activate and deactivate, delete (SPEC 4.1).

Every change first locks the niche's row, so that two admins can't leave a niche without an active level or with
a gap in its order.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import Actor
from core.kit.db import constraint_of, read_anew
from core.kit.ids import uuid7
from core.niches import prices, queries
from core.niches.errors import LevelInUse, LevelUnchanged, NameTaken, NicheInvalid
from core.niches.level_checks import check_exclusive, check_not_last_active, check_unused, checked
from core.niches.lock import lock_level, lock_niche
from core.niches.models import CompetitionLevel
from core.niches.queries import LevelView


def create_level(
    session: Session,
    *,
    actor: Actor,
    niche_id: UUID,
    name: str,
    price_cents: int,
    max_recipients: int,
    description: str = "",
    exclusive: bool = False,
    now: datetime,
) -> LevelView:
    """Add an active level at the end of the niche's order; price 0 is a free level (SPEC 4.1). Admins only."""
    actor.require("admin")
    lock_niche(session, niche_id)
    wanted = checked({"name": name, "description": description, "price_cents": price_cents, "max_recipients": max_recipients})
    check_exclusive(exclusive, max_recipients)
    last = session.scalar(select(func.max(CompetitionLevel.position)).where(CompetitionLevel.niche_id == niche_id)) or 0
    wanted |= {"position": last + 1, "exclusive": exclusive}
    level = CompetitionLevel(id=uuid7(), niche_id=niche_id, created_at=now, updated_at=now, **wanted)
    _save(session, level)
    _record(session, actor, "level.created", level.id, now, after=wanted | {"niche_id": str(niche_id)})
    return queries.get_level(session, level.id)


def edit_level(
    session: Session,
    *,
    actor: Actor,
    level_id: UUID,
    name: str | None = None,
    description: str | None = None,
    price_cents: int | None = None,
    max_recipients: int | None = None,
    exclusive: bool | None = None,
    rotation: str | None = None,
    now: datetime,
) -> LevelView:
    """Change what is given; a higher price is announced first when there are subscribers (SPEC 4.1). Admins only.

    ``rotation``: ``longest_wait`` serves whoever waited longest, ``largest_deficit`` whoever is owed most (SPEC 5.7).
    """
    actor.require("admin")
    level = lock_level(session, level_id)
    given = {"name": name, "description": description, "max_recipients": max_recipients, "exclusive": exclusive}
    given |= {"rotation": rotation}
    wanted = checked({key: value for key, value in given.items() if value is not None})
    check_exclusive(wanted.get("exclusive", level.exclusive), wanted.get("max_recipients", level.max_recipients))
    if price_cents is not None:
        checked({"price_cents": price_cents})
        prices.change_price(session, actor=actor, level=level, price_cents=price_cents, now=now)
    before = {key: getattr(level, key) for key, value in wanted.items() if getattr(level, key) != value}
    if before:
        after = {key: wanted[key] for key in before}
        _save(session, level, after | {"updated_at": now})
        _record(session, actor, "level.edited", level_id, now, before=before, after=after)
    return queries.get_level(session, level_id)


def reorder_levels(
    session: Session, *, actor: Actor, niche_id: UUID, level_ids: Sequence[UUID], now: datetime
) -> list[LevelView]:
    """Put all levels of a niche, inactive ones too, into this order: positions 1..N (SPEC 4.1). Admins only."""
    actor.require("admin")
    lock_niche(session, niche_id)
    before = [level.id for level in queries.levels_of(session, niche_id)]
    if sorted(level_ids) != sorted(before):
        raise NicheInvalid("level_ids", "Name every level of the niche once. Reload the page: the levels have changed.")
    if list(level_ids) != before:
        _number(session, niche_id, list(level_ids), now)
        order = {"before": [str(id_) for id_ in before], "after": [str(id_) for id_ in level_ids]}
        _record(session, actor, "level.reordered", None, now, before={"order": order["before"]}, after={"order": order["after"]})
    return queries.levels_of(session, niche_id)


def deactivate_level(session: Session, *, actor: Actor, level_id: UUID, now: datetime) -> LevelView:
    """Stop selling at a level; the niche's last active one can't be (SPEC 4.1). Admins only."""
    actor.require("admin")
    level = lock_level(session, level_id)
    if not level.active:
        raise LevelUnchanged("inactive")
    check_not_last_active(session, level)
    return _set_active(session, actor, level, False, now)


def activate_level(session: Session, *, actor: Actor, level_id: UUID, now: datetime) -> LevelView:
    """Sell at a level again (SPEC 4.1). Admins only."""
    actor.require("admin")
    level = lock_level(session, level_id)
    if level.active:
        raise LevelUnchanged("active")
    return _set_active(session, actor, level, True, now)


def delete_level(session: Session, *, actor: Actor, level_id: UUID, now: datetime) -> None:
    """Remove a level that nothing refers to; those after it move up (SPEC 4.1). Admins only.

    Subscriptions that ended count too: their filter history is kept for good and names them.
    """
    actor.require("admin")
    level = lock_level(session, level_id)
    if level.active:
        check_not_last_active(session, level)
    check_unused(session, level_id)
    before = {"niche_id": str(level.niche_id), "name": level.name, "price_cents": level.price_cents, "position": level.position}
    niche_id = level.niche_id
    try:
        with session.begin_nested():
            session.delete(level)
    except IntegrityError as error:  # a subscription that was begun since the check
        raise LevelInUse("Providers subscribe to this level.") from error
    _number(session, niche_id, [row.id for row in queries.levels_of(session, niche_id)], now)
    _record(session, actor, "level.deleted", level_id, now, before=before)


def _number(session: Session, niche_id: UUID, level_ids: list[UUID], now: datetime) -> None:
    """Positions 1..N in one statement, whose end is where uniqueness is checked."""
    session.execute(
        text("""update competition_level l set position = o.position, updated_at = :now
                from unnest(cast(:ids as uuid[])) with ordinality o (id, position)
                where l.id = o.id and l.niche_id = :niche and l.position <> o.position"""),
        {"ids": level_ids, "niche": niche_id, "now": now},
    )
    read_anew(session, CompetitionLevel)


def _set_active(session: Session, actor: Actor, level: CompetitionLevel, active: bool, now: datetime) -> LevelView:
    level.active, level.updated_at = active, now
    session.flush()
    action = "level.activated" if active else "level.deactivated"
    _record(session, actor, action, level.id, now, before={"active": not active}, after={"active": active})
    return queries.get_level(session, level.id)


def _save(session: Session, level: CompetitionLevel, changes: dict[str, Any] | None = None) -> None:
    try:
        with session.begin_nested():  # the changes too: what is dirty before would be flushed outside the savepoint
            for key, value in (changes or {}).items():
                setattr(level, key, value)
            session.add(level)
    except IntegrityError as error:
        if constraint_of(error) == "competition_level_niche_id_name_key":
            raise NameTaken("level") from error
        raise


def _record(
    session: Session,
    actor: Actor,
    action: str,
    level_id: UUID | None,
    now: datetime,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    audit.record(session, actor, action, entity_type="competition_level", entity_id=level_id, now=now, before=before, after=after)
