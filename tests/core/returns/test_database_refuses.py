"""What the database holds even when the Python is wrong: one refund, of the charge, for its reason (SPEC 6.1, 7.4)."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core import ledger, returns
from core.kit.actor import SYSTEM
from core.kit.ids import uuid7
from core.returns import Claim
from tests.core.returns.court import ADMIN, MEMO, Court, assert_whole


def refused(court: Court, statement: str, **values: Any) -> str:
    """The constraint that stood in the way."""
    with pytest.raises(DBAPIError) as error, court.session.begin_nested():
        court.session.execute(text(statement), values)
    return str(error.value.orig.diag.constraint_name)  # type: ignore[union-attr]


def moved(court: Court, *, cents: int, sale: Any, wallet: Any = None, reference: str | None = "assignment") -> str:
    """A refund transfer posted past this chapter; the constraint that refused it."""
    with pytest.raises(DBAPIError) as error, court.session.begin_nested():
        ledger.post(
            court.session,
            actor=SYSTEM,
            debit=ledger.house_account(court.session, "refunds", now=court.now),
            credit=ledger.wallet_account(court.session, wallet or sale.provider_id),
            amount_cents=cents,
            kind="refund",
            idempotency_key=str(uuid7()),
            reference_type=reference,
            reference_id=sale.id if reference else None,
            now=court.now,
        )
    return str(error.value.orig.diag.constraint_name)  # type: ignore[union-attr]


def test_a_refund_transfer_is_the_charge_of_one_sale_to_who_paid_it(court: Court) -> None:
    ann, bob = court.sold()
    assert moved(court, cents=2501, sale=ann) == "refund_is_the_charge"
    assert moved(court, cents=2499, sale=ann) == "refund_is_the_charge"
    assert moved(court, cents=2500, sale=ann, wallet=bob.provider_id) == "refund_is_the_charge"
    assert moved(court, cents=2500, sale=ann, reference=None) == "refund_is_the_charge"
    assert moved(court, cents=2500, sale=ann, reference="lead") == "refund_is_the_charge"
    returns.refund(court.session, actor=ADMIN, assignment_id=ann.id, memo=MEMO, now=court.now)
    assert moved(court, cents=2500, sale=ann) == "transfer_refund_once"
    assert court.refunds() == 2500


REFUND = """insert into refund (assignment_id, claim_id, cause, amount_cents, transfer_id, memo, refunded_by, at)
            values (:sale, :claim, :cause, :cents, :transfer, 'a memo of the test', :by, now())"""


def test_a_refund_row_needs_its_own_transfer_its_price_and_its_claim(court: Court) -> None:
    ann, bob = court.sold()
    claim = court.report(court.bob, bob)
    paid = returns.refund(court.session, actor=ADMIN, assignment_id=ann.id, memo=MEMO, now=court.now)
    mine = {"claim": None, "cause": "manual", "by": SYSTEM.user_id, "cents": 2500, "sale": bob.id, "transfer": None}
    assert refused(court, REFUND, **mine) == "refund_moves_money"
    assert refused(court, REFUND, **mine | {"cents": 0}) == "refund_matches"
    assert refused(court, REFUND, **mine | {"transfer": paid.transfer_id}) == "refund_matches"
    assert refused(court, REFUND, **mine | {"sale": ann.id, "transfer": paid.transfer_id}) == "refund_pkey"
    assert refused(court, REFUND, **mine | {"claim": claim.id, "sale": ann.id, "transfer": paid.transfer_id}) == "refund_matches"


def test_only_a_refund_marks_a_sale_and_nothing_unmarks_it(court: Court) -> None:
    ann, bob = court.sold()
    returns.refund(court.session, actor=ADMIN, assignment_id=ann.id, memo=MEMO, now=court.now)
    mark = "update assignment set refunded_at = :at where id = :id"
    assert refused(court, mark, at=court.now, id=bob.id) == "refunded_by_refund"
    assert refused(court, mark, at=None, id=ann.id) == "refunded_by_refund"


def test_a_claim_takes_legal_steps_only(court: Court) -> None:
    claim = court.claim()
    decided = "decided_at = now(), decided_by = provider_id"
    to = "update claim set status = '{}', {} where id = :id"
    paid = to.format("approved", f"resolution = 'refund', {decided}")
    assert refused(court, paid, id=claim.id) == "claim_paid"
    assert refused(court, to.format("appealed", "appealed_at = now()"), id=claim.id) == "claim_step"
    returns.withdraw(court.session, actor=court.ann, claim_id=claim.id, now=court.now)
    for status in ("pending", "rejected", "approved"):
        more = decided if status != "pending" else "appealed_at = null"
        more += ", resolution = 'refund'" if status == "approved" else ""
        assert refused(court, to.format(status, more), id=claim.id) == "claim_step"
    rejected = court.claim()
    returns.reject(court.session, actor=ADMIN, claim_id=rejected.id, memo=MEMO, now=court.now)
    assert refused(court, to.format("rejected", "decided_at = null, decided_by = null"), id=rejected.id) == "claim_decision"
    returns.appeal(court.session, actor=court.ann, claim_id=rejected.id, notes=MEMO, now=court.now)
    returns.reject(court.session, actor=ADMIN, claim_id=rejected.id, memo=MEMO, now=court.now)
    again = "update claim set status = 'appealed', decided_at = null, decided_by = null where id = :id"
    assert refused(court, again, id=rejected.id) == "claim_step"
    assert refused(court, paid, id=rejected.id) == "claim_step"


def test_a_lead_is_reported_once(court: Court) -> None:
    claim = court.claim()
    values = {name: getattr(claim, name) for name in ("assignment_id", "lead_id", "provider_id", "reported_by", "due_at")}
    twice = """insert into claim (id, assignment_id, lead_id, provider_id, reason, reported_by, reported_at, due_at)
               values (uuid7(), :assignment_id, :lead_id, :provider_id, 'spam', :reported_by, now(), :due_at)"""
    assert refused(court, twice, **values) == "claim_once"


def test_a_claim_begins_unanswered_and_stays_that_of_its_sale(court: Court) -> None:
    ann, bob = court.sold()
    made = """insert into claim (id, assignment_id, lead_id, provider_id, reason, status, resolution, reported_by, reported_at,
                                 due_at, decided_at, decided_by)
              values (uuid7(), :sale, :lead, :whose, 'spam', :status, :resolution, :whose, now(), now(), :at, :by)"""
    mine = {"sale": ann.id, "lead": ann.lead_id, "whose": ann.provider_id}
    paid = {"status": "approved", "resolution": "refund", "at": court.now, "by": ann.provider_id}
    waits = {"status": "pending", "resolution": None, "at": None, "by": None}
    assert refused(court, made, **mine, **paid) == "claim_step"
    assert refused(court, made, **mine, **paid | {"status": "rejected", "resolution": None}) == "claim_step"
    assert refused(court, made, **mine | {"whose": bob.provider_id}, **waits) == "claim_of_its_sale"
    claim = court.claim()
    for change in ("provider_id = reported_by", "assignment_id = id", "reported_at = now()", "reason = 'other'"):
        with pytest.raises(DBAPIError, match="permission denied"), court.session.begin_nested():
            court.session.execute(text(f"update claim set {change} where id = :id"), {"id": claim.id})


def test_the_history_stays_but_for_its_words(court: Court) -> None:
    claim = court.claim(notes="nobody lives there")
    returns.approve(court.session, actor=ADMIN, claim_id=claim.id, memo=MEMO, now=court.now)
    for statement in (
        "update claim_event set words = 'something else'",
        "update claim_event set at = now(), words = ''",
        "delete from claim_event",
        "truncate claim_event",
        "update refund set memo = 'something else'",
        "update refund set amount_cents = 1",
        "delete from refund",
        "truncate refund",
    ):
        for role in ("hotleads_app", "none"):
            with pytest.raises(DBAPIError), court.session.begin_nested():
                court.session.execute(text(f"set local role {role}"))
                court.session.execute(text(statement))
    with pytest.raises(DBAPIError), court.session.begin_nested():
        court.session.execute(text("set local role hotleads_app"))
        court.session.execute(text("delete from claim"))
    assert_whole(court.session)


FALSIFIED = {
    "more paid back than charged": ("update transfer set amount_cents = 9900 where kind = 'refund'", "refunds paid"),
    "a refund in the books alone": ("delete from refund", "refunds booked"),
    "a mark without a refund": ("update assignment set refunded_at = now() where refunded_at is null", "refunds marked"),
    "a refund without its mark": ("update assignment set refunded_at = null", "refunds marked"),
    "an upheld report not paid": ("update claim set status = 'approved', resolution = 'refund'", "reports resolved"),
    "another price": ("update assignment set price_cents = 1 where refunded_at is not null", "refunds paid"),
}


@pytest.mark.parametrize("what", FALSIFIED)
def test_verify_names_what_was_changed_behind_the_rules(court: Court, what: str) -> None:
    paid, other = court.claim(), court.claim()
    returns.approve(court.session, actor=ADMIN, claim_id=paid.id, memo=MEMO, now=court.now)
    returns.reject(court.session, actor=ADMIN, claim_id=other.id, memo=MEMO, now=court.now)
    assert all(check.ok for check in returns.verify(court.session))
    statement, name = FALSIFIED[what]
    court.session.execute(text("set local role none"))
    court.session.execute(text("set local session_replication_role = replica"))
    court.session.execute(text(statement))
    court.session.expire_all()
    assert name in [check.name for check in returns.verify(court.session) if not check.ok]
    assert court.session.query(Claim).count() == 2
