"""What a wallet holds and how it came to that (SPEC 6.5)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import Actor
from core.ledger.errors import WalletMissing

WALLET = "a company's wallet"  # as the trail of readings calls it
MOST = 1000  # lines of one read: a page of a file; pages for people and programs are shorter


@dataclass(frozen=True, slots=True)
class WalletView:
    """A wallet as its provider and staff see it; amounts in cents."""

    provider_id: UUID
    balance_cents: int
    low_balance_cents: int
    frozen_at: datetime | None
    frozen_reason: str | None
    updated_at: datetime

    @property
    def low(self) -> bool:
        """True when the balance is below the provider's own threshold."""
        return self.balance_cents < self.low_balance_cents


@dataclass(frozen=True, slots=True)
class TransferView:
    """One line of a wallet's history: ``amount_cents`` is negative when money left the wallet."""

    id: UUID
    at: datetime
    kind: str
    amount_cents: int
    balance_cents: int
    memo: str | None
    reference_type: str | None
    reference_id: UUID | None
    actor_id: UUID


# Providers see their own wallet only: the scope is part of the query.
_WALLET = text("""
    select provider_id, balance_cents, low_balance_cents, frozen_at, frozen_reason, updated_at from wallet
     where provider_id = :provider and (cast(:own as uuid) is null or provider_id = :own)""")

# Both sides of the account are read from their newest end: a page costs the same however long the history is. The demo's
# history was not booked in the order of its dates: there, and there alone, a balance is what the later lines leave of today's.
_HISTORY = text("""
    select line.id, line.at, line.kind, line.cents,
           case when not exists (select from demo_load) then line.wallet_balance_cents
                else w.balance_cents - coalesce((
                  select sum(case when t.credit_account_id = w.account_id then t.amount_cents else -t.amount_cents end)
                    from transfer t where (t.debit_account_id = w.account_id or t.credit_account_id = w.account_id)
                     and t.id > line.id), 0)::bigint end,
           line.memo, line.reference_type, line.reference_id, line.actor_id
      from wallet w, lateral (
        (select t.*, -t.amount_cents as cents from transfer t
          where t.debit_account_id = w.account_id and (cast(:before as uuid) is null or t.id < :before)
            and (cast(:kind as text) is null or t.kind = :kind)
            and t.at >= coalesce(cast(:since as timestamptz), '-infinity')
            and t.at < coalesce(cast(:until as timestamptz), 'infinity')
          order by t.id desc limit :limit)
        union all
        (select t.*, t.amount_cents from transfer t
          where t.credit_account_id = w.account_id and (cast(:before as uuid) is null or t.id < :before)
            and (cast(:kind as text) is null or t.kind = :kind)
            and t.at >= coalesce(cast(:since as timestamptz), '-infinity')
            and t.at < coalesce(cast(:until as timestamptz), 'infinity')
          order by t.id desc limit :limit)) line
     where w.provider_id = :provider and (cast(:own as uuid) is null or w.provider_id = :own)
     order by line.id desc limit :limit""")


def balance(session: Session, *, actor: Actor, provider_id: UUID) -> WalletView:
    """The wallet of a provider: anyone's for staff, their own for its users; raises ``WalletMissing``."""
    row = session.execute(_WALLET, {"provider": provider_id, "own": own_provider(actor)}).one_or_none()
    if row is None:
        raise WalletMissing("wallet.missing", "There is no such wallet.")
    return WalletView(*row)


def history(
    session: Session,
    *,
    actor: Actor,
    provider_id: UUID,
    kind: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before_id: UUID | None = None,
    limit: int = 25,
    now: datetime,
) -> list[TransferView]:
    """The wallet's transfers, newest first: ``limit`` (at most 1,000) before ``before_id``, ``until`` exclusive (SPEC 6.5).

    That staff read a company's is recorded.
    """
    named = {"provider": provider_id, "own": own_provider(actor), "kind": kind, "since": since, "until": until}
    audit.record_reading(session, actor, WALLET, entity_id=provider_id, now=now)
    rows = session.execute(_HISTORY, named | {"before": before_id, "limit": min(limit, MOST)})
    return [TransferView(*row) for row in rows]


def own_provider(actor: Actor) -> UUID | None:
    """The one provider that the actor may look at; ``None`` for staff, who may look at all."""
    actor.require("admin", "analyst", "provider")
    return actor.require_provider() if actor.role == "provider" else None
