"""Nightly: does every cached balance say what the transfers say (SPEC 6.1)?"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit
from core.kit import metrics
from core.kit.actor import SYSTEM, Actor
from core.kit.config import settings
from core.kit.db import Json
from core.kit.logs import logger
from core.kit.mail import request_mail
from core.kit.money import format_usd
from core.ledger.errors import InvalidTransfer, WalletMissing
from core.ledger.manual import LONGEST_MEMO, SHORTEST_MEMO

LARGEST_CORRECTION_CENTS = 1
DRIFT_WORDS = "The cached balance was"  # a frozen wallet's reason begins with it once its drift is known


@dataclass(frozen=True, slots=True)
class Drift:
    """A wallet whose cached balance was not the sum of its transfers, and whether it was corrected or frozen."""

    provider_id: UUID
    cached_cents: int
    booked_cents: int
    corrected: bool


# One statement is one snapshot: transfers and cached balances are of the same moment.
DRIFTED = """
    select w.provider_id, w.balance_cents, coalesce(b.cents, 0)::bigint as booked_cents
      from wallet w
      left join (select account_id, sum(cents) as cents from (
                   select credit_account_id as account_id, amount_cents as cents from transfer
                   union all select debit_account_id, -amount_cents from transfer) side
                  group by account_id) b on b.account_id = w.account_id
     where w.balance_cents <> coalesce(b.cents, 0)"""


def reconcile(session: Session, *, now: datetime) -> list[Drift]:
    """Find every drift: one cent is corrected, more freezes the wallet; each is audited and mailed to the admins (SPEC 6.1).

    A wallet that is frozen for its drift is not reported again; one frozen for another reason is, once.
    """
    news = " and coalesce(w.frozen_reason, '') not like :told order by w.provider_id"
    suspects = session.execute(text(DRIFTED + news), {"told": f"{DRIFT_WORDS}%"}).all()
    return [drift for suspect in suspects if (drift := _settle(session, suspect.provider_id, now)) is not None]


def freeze(session: Session, *, actor: Actor, provider_id: UUID, reason: str, besides: str | None = None, now: datetime) -> bool:
    """Let no more money leave a wallet until an admin releases it; admins only, reason of 10..500 (SPEC 6.1, 6.2).

    ``False`` when it was frozen already, and stays so for its first reason; one that is frozen for the reason ``besides``
    is held for both from then on. Raises ``WalletMissing``, ``InvalidTransfer``.
    """
    actor.require("admin")
    reason = _memo(reason, "reason")
    if _locked(session, provider_id)[2] is not None and not _held_for(session, provider_id, besides):
        return False
    _set_frozen(session, provider_id, reason, now)
    _record(session, actor, "wallet.frozen", provider_id, now, {}, {"frozen_reason": reason}, reason)
    return True


def unfreeze(session: Session, *, actor: Actor, provider_id: UUID, memo: str, now: datetime) -> int:
    """Release a frozen wallet with the balance that its transfers say, in cents; admins only, memo of 10..500 (SPEC 6.1)."""
    actor.require("admin")
    memo = _memo(memo, "memo")
    cached, _, frozen_at = _locked(session, provider_id)
    session.execute(
        text("update wallet set frozen_at = null, frozen_reason = null, updated_at = :now where provider_id = :id"),
        {"id": provider_id, "now": now},
    )
    restored = _restore(session, provider_id, now)
    before = {"balance_cents": cached, "frozen_at": frozen_at and frozen_at.isoformat()}
    _record(session, actor, "wallet.unfrozen", provider_id, now, before, {"balance_cents": restored}, memo)
    return restored


def _memo(words: str, field: str) -> str:
    words = words.strip()
    if not SHORTEST_MEMO <= len(words) <= LONGEST_MEMO:
        wanted = f"Say why in {SHORTEST_MEMO} to {LONGEST_MEMO} characters."
        raise InvalidTransfer(f"wallet.{field}", wanted, fields={field: wanted})
    return words


def _held_for(session: Session, provider_id: UUID, reason: str | None) -> bool:
    held: str | None = session.execute(
        text("select frozen_reason from wallet where provider_id = :id"), {"id": provider_id}
    ).scalar_one()
    return held == reason


def _set_frozen(session: Session, provider_id: UUID, reason: str, now: datetime) -> None:
    session.execute(
        text("""update wallet set frozen_at = coalesce(frozen_at, :now), updated_at = :now,
                  frozen_reason = :reason || coalesce(' Frozen before that: ' || frozen_reason, '')
                where provider_id = :id"""),
        {"id": provider_id, "now": now, "reason": reason},
    )


def _settle(session: Session, provider_id: UUID, now: datetime) -> Drift | None:
    """Look again under the wallet's lock, then correct or freeze it."""
    cached, booked, frozen_at = _locked(session, provider_id)
    if cached == booked:
        return None
    small = abs(cached - booked) <= LARGEST_CORRECTION_CENTS and booked >= 0 and frozen_at is None
    figures = {"cached_cents": cached, "booked_cents": booked}
    logger().error("ledger.drift", provider_id=str(provider_id), corrected=small, **figures)
    if small:
        _restore(session, provider_id, now)
        _record(session, SYSTEM, "wallet.corrected", provider_id, now, figures, {"balance_cents": booked})
    else:
        reason = f"{DRIFT_WORDS} {format_usd(cached)}, its transfers say {format_usd(booked)}."
        _set_frozen(session, provider_id, reason, now)
        _record(session, SYSTEM, "wallet.frozen", provider_id, now, figures, {"frozen_reason": reason})
    metrics.after_commit(session, metrics.LEDGER_DRIFTS.labels("corrected" if small else "frozen").inc)
    drift = Drift(provider_id, cached, booked, corrected=small)
    _tell_admins(session, drift, now)
    return drift


def _tell_admins(session: Session, drift: Drift, now: datetime) -> None:
    # Companies lie above the ledger, so the table is named here in SQL only.
    company = session.execute(text("select company_name from provider where id = :id"), {"id": drift.provider_id}).scalar_one()
    more = "more" if drift.cached_cents > drift.booked_cents else "less"
    done = "It was corrected." if drift.corrected else "It is frozen until you decide."
    context = {
        "finding": f"The wallet of {company} shows {more} than its transfers add up to. {done}",
        "difference": format_usd(abs(drift.cached_cents - drift.booked_cents)),
        "when": f"{now:%-d %B %Y, %H:%M} UTC",
        "link": f"{settings().base_url}/providers?provider={drift.provider_id}&part=Wallet",
    }
    request_mail(session, "ledger_drift", key=f"{drift.provider_id}:{now.isoformat()}", now=now, context=context)


def _locked(session: Session, provider_id: UUID) -> tuple[int, int, datetime | None]:
    """Cached and booked balance and time of freezing, under the wallet's lock; raises ``WalletMissing``."""
    row = session.execute(
        text("select account_id, balance_cents, frozen_at from wallet where provider_id = :id for no key update"),
        {"id": provider_id},
    ).one_or_none()
    if row is None:
        raise WalletMissing("wallet.missing", "This provider has no wallet.")
    booked = session.execute(text("select booked_balance(:account)"), {"account": row.account_id}).scalar_one()
    return row.balance_cents, booked, row.frozen_at


def _restore(session: Session, provider_id: UUID, now: datetime) -> int:
    """Set the cached balance to what the transfers say, and let subscriptions follow it."""
    restored: int = session.execute(text("select restore_balance(:id, :now)"), {"id": provider_id, "now": now}).scalar_one()
    session.execute(text("select count(*) from settle_subscriptions(:id, :now)"), {"id": provider_id, "now": now})
    return restored


def _record(
    session: Session,
    actor: Actor,
    action: str,
    provider_id: UUID,
    now: datetime,
    before: Json,
    after: Json,
    memo: str | None = None,
) -> None:
    audit.record(
        session, actor, action, entity_type="provider", entity_id=provider_id, now=now, before=before, after=after, memo=memo
    )
