"""All wallets as staff oversee them: balance against the books, frozen or not, what is owed to us (SPEC 6.1, 6.5)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import Actor
from core.ledger.errors import WalletMissing
from core.ledger.reconcile import DRIFTED

State = Literal["frozen", "low", "drift", "owing"]


@dataclass(frozen=True, slots=True)
class WalletRow:
    """One wallet beside its books; amounts in cents. ``owed_cents`` is what its provider owes us for money taken back."""

    id: UUID
    company_name: str
    provider_status: str
    balance_cents: int
    booked_cents: int
    low_balance_cents: int
    owed_cents: int
    frozen_at: datetime | None
    frozen_reason: str | None
    updated_at: datetime

    @property
    def drift_cents(self) -> int:
        """By how much the cached balance differs from its transfers; anything but 0 is an alarm (SPEC 6.1)."""
        return self.balance_cents - self.booked_cents


@dataclass(frozen=True, slots=True)
class HouseAccountView:
    """One of the house's own accounts; ``balance_cents`` is what it received less what it gave."""

    id: UUID
    kind: str
    name: str
    balance_cents: int


_OWED = "select -booked_balance(r.id) from ledger_account r where r.kind = 'receivable' and r.provider_id = w.provider_id"
_STATES: dict[State | None, str] = {
    None: "true",
    "frozen": "w.frozen_at is not null",
    "low": "w.balance_cents < w.low_balance_cents",
    "drift": f"w.provider_id in (select provider_id from ({DRIFTED}) d)",  # noqa: S608 -- constants
    "owing": f"({_OWED}) <> 0",
}
# The page is chosen first: sums over transfers are made for its rows only. Money taken back by a bank or gateway is
# booked to the provider's receivable: debited, so below zero while owed.
_WALLETS = f"""
    with page as materialized (
      select w.*, p.company_name, p.status as provider_status from wallet w join provider p on p.id = w.provider_id
       where (cast(:provider as uuid) is null or w.provider_id = :provider)
         and (cast(:pattern as text) is null or p.company_name ilike :pattern)
         and (cast(:before as uuid) is null or w.provider_id < :before) and {{state}}
       order by w.provider_id desc limit :limit)
    select w.provider_id as id, w.company_name, w.provider_status, w.balance_cents, booked_balance(w.account_id) as booked_cents,
           w.low_balance_cents, coalesce(({_OWED}), 0) as owed_cents, w.frozen_at, w.frozen_reason, w.updated_at
      from page w order by w.provider_id desc"""  # noqa: S608 -- constants
_HOUSE = text("""
    select a.id, a.kind, a.name, booked_balance(a.id) as balance_cents from ledger_account a
     where a.provider_id is null and a.kind <> 'partner_payable' order by a.kind, a.name""")


def list_wallets(
    session: Session,
    *,
    actor: Actor,
    search: str | None = None,
    state: State | None = None,
    before_id: UUID | None = None,
    limit: int = 25,
    now: datetime,
) -> list[WalletRow]:
    """Wallets, newest provider first, by a part of the company's name and by what is the matter with them (SPEC 6.5).

    Who reads them is recorded, but not the question which are frozen: the page of what is to be done asks it by itself.
    """
    actor.require("admin", "analyst")
    if state != "frozen":
        audit.record_reading(session, actor, "companies' wallets", now=now)
    plain = (search or "").strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return _rows(session, state, pattern=f"%{plain}%" if plain else None, before=before_id, limit=min(limit, 100))


def get_wallet(session: Session, *, actor: Actor, provider_id: UUID) -> WalletRow:
    """One wallet as staff oversee it; raises ``WalletMissing``."""
    actor.require("admin", "analyst")
    found = _rows(session, None, provider=provider_id)
    if not found:
        raise WalletMissing("wallet.missing", "There is no such wallet.")
    return found[0]


def house_accounts(session: Session, *, actor: Actor) -> list[HouseAccountView]:
    """The house's own accounts with their balances, partners' payables aside."""
    actor.require("admin", "analyst")
    return [HouseAccountView(*row) for row in session.execute(_HOUSE)]


def _rows(
    session: Session,
    state: State | None,
    *,
    provider: UUID | None = None,
    pattern: str | None = None,
    before: UUID | None = None,
    limit: int = 1,
) -> list[WalletRow]:
    wanted = {"provider": provider, "pattern": pattern, "before": before, "limit": limit}
    return [WalletRow(**row) for row in session.execute(text(_WALLETS.format(state=_STATES[state])), wanted).mappings()]
