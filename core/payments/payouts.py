"""Paying partners what we owe them: recorded once, never more than is owed (SPEC 6.7)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import ledger
from core.kit import words
from core.kit.actor import Actor
from core.kit.money import format_usd
from core.ledger import Partner
from core.payments.errors import PartnerInvalid, PartnerNotFound
from core.payments.partners import check_reader, get_partner


@dataclass(frozen=True, slots=True)
class Payout:
    """One payment to a partner, in cents; ``memo`` says how it was made. The partner is not told who made it."""

    id: UUID
    at: datetime
    amount_cents: int
    memo: str
    paid_by: str | None


def record_payout(
    session: Session, *, actor: Actor, partner_id: UUID, amount_cents: int, memo: str, key: str, now: datetime
) -> Payout:
    """Note that a partner was paid; admins only. The same ``key`` again is the same payment.

    Raises ``PartnerInvalid`` for more than is owed: shares that a refund takes back later are set off against the next.
    """
    actor.require("admin")
    partner = session.get(Partner, partner_id, with_for_update=True, populate_existing=True)
    if partner is None:
        raise PartnerNotFound("partner.not_found", "There is no such partner.")
    said = words.one_line(memo, field="memo", least=10, most=500)
    if not payouts(session, actor=actor, partner_id=partner_id, key=_key(partner_id, key)):
        _check_owed(session, actor, partner, amount_cents)
    ledger.post(
        session,
        actor=actor,
        debit=partner.payable_account_id,
        credit=ledger.house_account(session, "gateway", name="payouts", now=now),
        amount_cents=amount_cents,
        kind="partner_payout",
        memo=said,
        reference_type="partner",
        reference_id=partner_id,
        idempotency_key=_key(partner_id, key),
        now=now,
    )
    return payouts(session, actor=actor, partner_id=partner_id, key=_key(partner_id, key))[0]


def _check_owed(session: Session, actor: Actor, partner: Partner, amount_cents: int) -> None:
    owed = get_partner(session, actor=actor, partner_id=partner.id).owed_cents
    if amount_cents > owed:
        sentence = f"We owe {partner.name} {format_usd(owed)}. Pay at most that."
        raise PartnerInvalid("partner.owed", sentence, fields={"amount_cents": sentence})


def payouts(
    session: Session,
    *,
    actor: Actor,
    partner_id: UUID,
    key: str | None = None,
    before_id: UUID | None = None,
    limit: int = 100,
) -> list[Payout]:
    """What a partner was paid, newest first, for staff and its own programs: ``limit`` before ``before_id``."""
    check_reader(actor, partner_id)
    rows = session.execute(
        text("""select t.id, t.at, t.amount_cents, t.memo,
                       case when not :own then coalesce(nullif(u.full_name, ''), u.email, '') end as paid_by
                  from transfer t join partner p on p.payable_account_id = t.debit_account_id
                  left join user_account u on u.id = t.actor_id
                 where p.id = :partner and t.kind = 'partner_payout' and (cast(:key as text) is null or t.idempotency_key = :key)
                   and (cast(:before as uuid) is null or t.id < :before)
                 order by t.id desc limit :limit"""),
        {"partner": partner_id, "own": actor.role == "partner", "key": key, "before": before_id, "limit": limit},
    )
    return [Payout(*row) for row in rows]


def _key(partner_id: UUID, key: str) -> str:
    return f"payout:{partner_id}:{key}"
