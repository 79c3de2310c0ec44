"""Credit packs: shown in their order, edited within bounds, by admins (SPEC 6.6)."""

from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import payments
from core.kit.actor import Actor
from core.kit.errors import Forbidden
from core.kit.ids import uuid7

ADMIN = Actor(user_id=uuid7(), role="admin")


def test_the_shipped_packs_give_more_for_more(session: Session) -> None:
    packs = payments.list_packs(session)
    shares = [pack.bonus_cents / pack.amount_cents for pack in packs]
    assert len(packs) >= 3 and shares == sorted(shares)
    assert [pack.amount_cents for pack in packs] == sorted(pack.amount_cents for pack in packs)


def test_a_pack_is_added_changed_and_taken_off(session: Session, now: datetime) -> None:
    pack = payments.add_pack(session, actor=ADMIN, name="  Big   one ", amount_cents=200_000, bonus_cents=20_000, now=now)
    assert (pack.name, pack.amount_cents + pack.bonus_cents, payments.list_packs(session)[-1]) == ("Big one", 220_000, pack)
    changed = payments.edit_pack(session, actor=ADMIN, pack_id=pack.id, bonus_cents=25_000, position=1, now=now)
    assert (changed.bonus_cents, changed.amount_cents) == (25_000, 200_000)
    assert payments.get_pack(session, pack_id=pack.id) == changed
    payments.edit_pack(session, actor=ADMIN, pack_id=pack.id, active=False, now=now)
    assert pack.id not in [shown.id for shown in payments.list_packs(session)]
    assert pack.id in [shown.id for shown in payments.list_packs(session, inactive=True)]
    with pytest.raises(payments.PackNotFound):
        payments.get_pack(session, pack_id=pack.id)
    trail = session.scalars(text("select action from audit_entry where entity_id = :id order by id"), {"id": pack.id}).all()
    assert trail == ["pack.added", "pack.edited", "pack.edited"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"amount_cents": 999}, "amount_cents"),
        ({"amount_cents": 10**12}, "amount_cents"),
        ({"bonus_cents": -1}, "bonus_cents"),
        ({"bonus_cents": 5_001}, "bonus_cents"),
    ],
)
def test_a_pack_out_of_bounds(session: Session, now: datetime, wrong: dict[str, int], field: str) -> None:
    with pytest.raises(payments.PackInvalid) as refused:
        payments.add_pack(session, actor=ADMIN, **{"name": "P", "amount_cents": 5_000} | wrong, now=now)  # type: ignore[arg-type]
    assert list(refused.value.fields) == [field]


def test_an_amount_can_not_fall_below_its_bonus(session: Session, now: datetime) -> None:
    pack = payments.add_pack(session, actor=ADMIN, name="P", amount_cents=10_000, bonus_cents=6_000, now=now)
    with pytest.raises(payments.PackInvalid):
        payments.edit_pack(session, actor=ADMIN, pack_id=pack.id, amount_cents=5_000, now=now)
    with pytest.raises(payments.PackInvalid, match="name"):
        payments.edit_pack(session, actor=ADMIN, pack_id=pack.id, name=payments.list_packs(session)[0].name, now=now)


def test_only_admins_edit(session: Session, now: datetime) -> None:
    for role in ("analyst", "scientist", "provider", "public"):
        actor = Actor(user_id=uuid7(), role=role)  # type: ignore[arg-type]
        with pytest.raises(Forbidden):
            payments.add_pack(session, actor=actor, name="P", amount_cents=5_000, now=now)
        with pytest.raises(Forbidden):
            payments.edit_pack(session, actor=actor, pack_id=uuid7(), name="P", now=now)
