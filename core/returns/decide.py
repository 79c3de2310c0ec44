"""Answer a report: approve it with the money back, or reject it with a reason; one or many (SPEC 7.4)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import ops
from core.inventory import Assignment
from core.kit.actor import Actor
from core.kit.errors import HotleadsError
from core.kit.limits import counts_as_bulk
from core.returns import claims, news, refunds
from core.returns.errors import TooManyClaims
from core.returns.models import Claim

Resolution = Literal["refund", "class_credit", "overdue_credit"]
BulkVerb = Literal["approve", "reject"]
DONE: dict[BulkVerb, str] = {"approve": "Approved and credited.", "reject": "Rejected."}


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What happened to one claim of a bulk action."""

    claim_id: UUID
    ok: bool
    message: str


def approve(session: Session, *, actor: Actor, claim_id: UUID, memo: str, now: datetime) -> Claim:
    """Uphold a report, or the appeal against its rejection: the lead is paid back in full, once (SPEC 7.4).

    Admins only, memo of 10 to 1,000 characters, which the provider reads. Raises ``ClaimDecided``.
    """
    actor.require("admin")
    memo = claims.checked_memo(memo)
    claim, sold = claims.lock_claim(session, claim_id)
    claims.check_open(claim)
    credit(session, actor, claim, sold, resolution="refund", memo=memo, now=now)
    news.approved(session, claim, sold, memo=memo, now=now)
    return claim


def reject(session: Session, *, actor: Actor, claim_id: UUID, memo: str, now: datetime) -> Claim:
    """Turn a report down with a memo of 10 to 1,000 characters; after an appeal that is final (SPEC 7.4). Admins only."""
    actor.require("admin")
    memo = claims.checked_memo(memo)
    claim, _ = claims.lock_claim(session, claim_id)
    claims.check_open(claim)
    before = claim.status
    claim.status, claim.decided_at, claim.decided_by = "rejected", now, actor.user_id
    session.flush()
    claims.note(session, actor, claim, "rejected", said=memo, memo=True, before=before, now=now)
    news.rejected(session, claim, memo=memo, now=now)
    return claim


def credit(
    session: Session, actor: Actor, claim: Claim, sold: Assignment, *, resolution: Resolution, memo: str, now: datetime
) -> None:
    """Pay a locked claim's lead back and resolve the claim by it."""
    before = claim.status
    paid = refunds.pay_back(session, actor, sold, cause=resolution, claim_id=claim.id, memo=memo, now=now)
    claim.status, claim.resolution, claim.decided_at, claim.decided_by = "approved", resolution, now, actor.user_id
    session.flush()
    claims.note(
        session, actor, claim, "approved", said=memo, memo=True, before=before, now=now,
        resolution=resolution, amount_cents=paid.amount_cents,
    )  # fmt: skip


@counts_as_bulk
def bulk(
    session: Session, *, actor: Actor, verb: BulkVerb, claim_ids: Sequence[UUID], memo: str, now: datetime
) -> list[BulkResult]:
    """One answer for up to 50 claims, each in a savepoint of its own and with its own result (SPEC 3.2)."""
    actor.require("admin")
    memo = claims.checked_memo(memo)
    wanted = list(dict.fromkeys(claim_ids))
    most = ops.threshold(session, "review_bulk_limit")
    if len(wanted) > most:
        raise TooManyClaims(most)
    _lock_all(session, wanted)
    verbs: dict[BulkVerb, Callable[..., Claim]] = {"approve": approve, "reject": reject}
    act = partial(verbs[verb], session, actor=actor, memo=memo, now=now)
    return [_one(session, act, verb, claim_id) for claim_id in wanted]


def _one(session: Session, act: Callable[..., Claim], verb: BulkVerb, claim_id: UUID) -> BulkResult:
    try:
        with session.begin_nested():
            act(claim_id=claim_id)
        return BulkResult(claim_id, True, DONE[verb])
    except HotleadsError as refusal:
        return BulkResult(claim_id, False, refusal.message)


def _lock_all(session: Session, claim_ids: Sequence[UUID]) -> None:
    """The sales and wallets that several answers touch, in one order for everybody: two bulk actions can't deadlock."""
    sales = select(Assignment.provider_id).join(Claim, Claim.assignment_id == Assignment.id).where(Claim.id.in_(claim_ids))
    rows = session.scalars(sales.order_by(Assignment.id).with_for_update(key_share=True, of=Assignment)).all()
    refunds.lock_wallets(session, rows)
