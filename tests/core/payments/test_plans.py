"""Plans: what they give, who may change them, and what a provider's choice costs (SPEC 6.6)."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import ledger, payments, providers
from core.kit.actor import SYSTEM, Actor
from core.kit.db import constraint_of
from core.kit.errors import Forbidden, Invalid
from core.kit.ids import uuid7
from tests.builders import a_provider
from tests.queued import mails

ADMIN = Actor(user_id=uuid7(), role="admin")
MONTH = timedelta(days=30)  # November


def people_of(provider_id: UUID) -> Actor:
    return Actor(user_id=uuid7(), role="provider", provider_id=provider_id)


@pytest.fixture
def mine(session: Session, now: datetime) -> Actor:
    return people_of(a_provider(session, now, balance_cents=100_000).id)


def balance(session: Session, actor: Actor) -> int:
    return ledger.balance(session, actor=actor, provider_id=actor.require_provider()).balance_cents


def choose(session: Session, actor: Actor, plan: str, now: datetime) -> payments.MembershipView:
    return payments.choose_plan(session, actor=actor, plan_key=plan, now=now)


def charge(session: Session, now: datetime) -> None:
    """What the schedule and its jobs do."""
    payments.charge_plan_fees(session, now=now)
    for job in session.scalars(
        text("select payload ->> 'membership_id' from outbox where kind = 'plan.fee' and state = 'ready'")
    ):
        payments.charge_plan_fee(session, membership_id=UUID(job), now=now)
    session.execute(text("update outbox set state = 'done' where kind = 'plan.fee'"))


def whole(session: Session) -> None:
    assert [check for check in (*ledger.verify(session), *payments.verify(session)) if not check.ok] == []


def test_the_shipped_ladder(session: Session, mine: Actor) -> None:
    shown = payments.list_plans(session)
    assert [(plan.key, plan.fee_cents > 0) for plan in shown] == [("starter", False), ("pro", True), ("enterprise", True)]
    for gift in ("discount_percent", "hold_minutes", "cart_size", "early_access_minutes"):
        given = [getattr(plan, gift) for plan in shown]
        assert given == sorted(set(given)), "each step of the ladder gives more"
    assert payments.plan_of(session, provider_id=mine.require_provider()).free
    assert payments.membership_of(session, actor=mine).paid_until is None


def test_a_plan_is_paid_when_it_is_chosen(session: Session, mine: Actor, now: datetime) -> None:
    stay = choose(session, mine, "pro", now)
    assert (stay.plan.key, stay.since, stay.paid_until, stay.next_plan) == ("pro", now, now + MONTH, None)
    assert balance(session, mine) == 100_000 - stay.plan.fee_cents
    (line,) = ledger.history(session, actor=mine, provider_id=mine.require_provider(), kind="plan_fee", now=now)
    assert (line.amount_cents, line.memo) == (-stay.plan.fee_cents, "Pro plan, 04 Nov 2026 to 04 Dec 2026")
    assert payments.plan_of(session, provider_id=mine.require_provider()).key == "pro"
    with pytest.raises(payments.PlanNotOffered, match="on Pro already"):
        choose(session, mine, "pro", now)
    whole(session)


def test_up_pays_the_difference_for_the_rest_of_the_month(session: Session, mine: Actor, now: datetime) -> None:
    pro, top = (payments.get_plan(session, key=key).fee_cents for key in ("pro", "enterprise"))
    choose(session, mine, "pro", now)
    later = now + MONTH / 3
    quoted = payments.quote_plan(session, actor=mine, plan_key="enterprise", now=later)
    assert (quoted.pays_now_cents, quoted.begins_at) == (top - pro * 2 // 3, later)
    stay = choose(session, mine, "enterprise", later)
    assert (stay.plan.key, stay.since) == ("enterprise", later)
    assert balance(session, mine) == 100_000 - pro - quoted.pays_now_cents
    whole(session)


def test_down_waits_for_the_end_of_the_paid_month(session: Session, mine: Actor, now: datetime) -> None:
    choose(session, mine, "enterprise", now)
    held = balance(session, mine)
    stay = choose(session, mine, "starter", now + timedelta(days=3))
    assert stay.plan.key == "enterprise" and stay.next_plan is not None and stay.next_plan.key == "starter"
    charge(session, now + MONTH - timedelta(seconds=1))
    assert payments.membership_of(session, actor=mine).plan.key == "enterprise"
    charge(session, now + MONTH)
    assert payments.membership_of(session, actor=mine) == payments.MembershipView(
        payments.list_plans(session)[0], None, None, None
    )
    assert balance(session, mine) == held, "nothing is paid back and nothing more is taken"
    assert mails(session, "plan_downgraded") == [], "it was their own choice"
    whole(session)


def test_down_to_a_paid_plan_pays_that_one(session: Session, mine: Actor, now: datetime) -> None:
    choose(session, mine, "enterprise", now)
    held = balance(session, mine)
    choose(session, mine, "pro", now)
    charge(session, now + MONTH)
    stay = payments.membership_of(session, actor=mine)
    assert (stay.plan.key, stay.since) == ("pro", now + MONTH)
    assert balance(session, mine) == held - stay.plan.fee_cents
    whole(session)


def test_a_choice_to_go_down_can_be_taken_back(session: Session, mine: Actor, now: datetime) -> None:
    choose(session, mine, "pro", now)
    held = balance(session, mine)
    choose(session, mine, "starter", now)
    assert choose(session, mine, "pro", now).next_plan is None
    assert balance(session, mine) == held
    charge(session, now + MONTH)
    assert payments.membership_of(session, actor=mine).plan.key == "pro"


def test_a_month_is_paid_once_and_told(session: Session, mine: Actor, now: datetime) -> None:
    fee = choose(session, mine, "pro", now).plan.fee_cents
    for _ in range(3):
        charge(session, now + MONTH)
    assert balance(session, mine) == 100_000 - 2 * fee
    assert [letter["context"]["next_date"] for letter in mails(session, "plan_renewed")] == ["4 January 2027"]
    whole(session)


def test_months_that_nobody_charged_are_made_up_for(session: Session, mine: Actor, now: datetime) -> None:
    fee = choose(session, mine, "pro", now).plan.fee_cents
    charge(session, now + timedelta(days=95))
    stay = payments.membership_of(session, actor=mine)
    assert (balance(session, mine), stay.paid_until) == (100_000 - 4 * fee, datetime(2027, 3, 4, 18, tzinfo=now.tzinfo))
    whole(session)


def test_a_stay_that_began_on_the_31st_pays_on_the_31st_again(session: Session, mine: Actor) -> None:
    last_of_january = datetime(2027, 1, 31, 12, tzinfo=UTC)
    choose(session, mine, "pro", last_of_january)
    charge(session, last_of_january + timedelta(days=60))
    ends = session.scalars(text("select ends_at::date::text from plan_fee order by period")).all()
    assert ends == ["2027-02-28", "2027-03-31", "2027-04-30"]


def test_who_can_not_pay_goes_on_for_free_and_is_told(session: Session, now: datetime) -> None:
    mine = people_of(a_provider(session, now, balance_cents=12_000).id)
    choose(session, mine, "pro", now)
    charge(session, now + MONTH)
    assert payments.membership_of(session, actor=mine).plan.free
    assert balance(session, mine) == 2_100, "nothing was taken"
    (letter,) = mails(session, "plan_downgraded")
    assert letter["context"] | {"link": ""} == {
        "plan": "Pro",
        "new_plan": "Starter",
        "fee": "$99.00",
        "balance": "$21.00",
        "link": "",
    }
    charge(session, now + 2 * MONTH)
    assert len(mails(session, "plan_downgraded")) == 1
    whole(session)


def test_a_frozen_wallet_pays_no_fee(session: Session, mine: Actor, now: datetime) -> None:
    choose(session, mine, "pro", now)
    ledger.freeze(session, actor=ADMIN, provider_id=mine.require_provider(), reason="a chargeback to look at", now=now)
    charge(session, now + MONTH)
    assert payments.membership_of(session, actor=mine).plan.free
    assert mails(session, "plan_downgraded")[0]["context"]["balance"].endswith("(on hold)")


def test_a_suspended_company_is_not_charged(session: Session, mine: Actor, now: datetime) -> None:
    choose(session, mine, "pro", now)
    held = balance(session, mine)
    providers.set_status(
        session, actor=ADMIN, provider_id=mine.require_provider(), status="suspended", reason="a check of papers", now=now
    )
    charge(session, now + MONTH)
    assert balance(session, mine) == held
    assert payments.plan_of(session, provider_id=mine.require_provider()).free
    with pytest.raises(providers.ProviderNotActive):
        choose(session, mine, "pro", now)


def test_what_can_not_be_paid_changes_nothing(session: Session, now: datetime) -> None:
    mine = people_of(a_provider(session, now, balance_cents=10_000).id)
    choose(session, mine, "pro", now)
    with pytest.raises(ledger.InsufficientBalance):
        choose(session, mine, "enterprise", now)
    stay = payments.membership_of(session, actor=mine)
    assert (stay.plan.key, stay.since, balance(session, mine)) == ("pro", now, 100)
    whole(session)


def test_admins_edit_plans_within_bounds(session: Session, mine: Actor, now: datetime) -> None:
    choose(session, mine, "pro", now)
    edited = payments.edit_plan(session, actor=ADMIN, key="pro", fee_cents=120_00, cart_size=20, now=now)
    assert (edited.fee_cents, edited.cart_size) == (12_000, 20)
    assert payments.plan_of(session, provider_id=mine.require_provider()).cart_size == 20, "what it gives changes at once"
    held = balance(session, mine)
    charge(session, now + MONTH)
    assert balance(session, mine) == held - 12_000, "the fee with the next month"
    entry = session.execute(text("select before, after from audit_entry where action = 'plan.edited'")).one()
    assert (entry.before["fee_cents"], entry.after["fee_cents"]) == (9_900, 12_000)
    for wrong, field in (
        ({"discount_percent": 51}, "discount_percent"),
        ({"hold_minutes": 0}, "hold_minutes"),
        ({"fee_cents": -1}, "fee_cents"),
    ):
        with pytest.raises(payments.PlanInvalid) as refused:
            payments.edit_plan(session, actor=ADMIN, key="pro", now=now, **wrong)  # type: ignore[arg-type]
        assert list(refused.value.fields) == [field]
    with pytest.raises(Invalid):
        payments.edit_plan(session, actor=ADMIN, key="pro", name=" ", now=now)
    with pytest.raises(payments.PlanInvalid, match="name"):
        payments.edit_plan(session, actor=ADMIN, key="pro", name="Starter", now=now)
    with pytest.raises(payments.PlanNotFound):
        payments.edit_plan(session, actor=ADMIN, key="gold", fee_cents=1, now=now)


def test_the_first_plan_stays_free_and_on(session: Session, now: datetime) -> None:
    for wrong in ({"fee_cents": 100}, {"active": False}):
        with pytest.raises(payments.PlanInvalid):
            payments.edit_plan(session, actor=ADMIN, key="starter", now=now, **wrong)  # type: ignore[arg-type]
        column, value = next(iter(wrong.items()))
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(text(f"update plan set {column} = :v where key = 'starter'"), {"v": value})


def test_a_plan_that_is_off_takes_nobody_new(session: Session, mine: Actor, now: datetime) -> None:
    choose(session, mine, "pro", now)
    payments.edit_plan(session, actor=ADMIN, key="pro", active=False, now=now)
    charge(session, now + MONTH)
    assert payments.membership_of(session, actor=mine).plan.key == "pro", "who is on it stays"
    other = people_of(a_provider(session, now).id)
    with pytest.raises(payments.PlanNotOffered, match="not on offer"):
        choose(session, other, "pro", now)
    assert "pro" not in [plan.key for plan in payments.list_plans(session)]


def test_who_may(session: Session, mine: Actor, now: datetime) -> None:
    other = a_provider(session, now).id
    with pytest.raises(providers.ProviderNotFound):
        payments.membership_of(session, actor=mine, provider_id=other)
    with pytest.raises(providers.ProviderNotFound):
        payments.choose_plan(session, actor=mine, plan_key="pro", provider_id=other, now=now)
    assert payments.choose_plan(session, actor=ADMIN, plan_key="pro", provider_id=other, now=now).plan.key == "pro"
    analyst = Actor(user_id=uuid7(), role="analyst")
    assert payments.membership_of(session, actor=analyst, provider_id=other).plan.key == "pro"
    for role in ("analyst", "scientist", "public"):
        someone = Actor(user_id=uuid7(), role=role)  # type: ignore[arg-type]
        with pytest.raises(Forbidden):
            payments.choose_plan(session, actor=someone, plan_key="pro", provider_id=other, now=now)
    for role in ("analyst", "scientist", "provider", "public"):
        with pytest.raises(Forbidden):
            payments.edit_plan(session, actor=Actor(user_id=uuid7(), role=role), key="pro", cart_size=9, now=now)  # type: ignore[arg-type]


def test_the_database_keeps_periods_apart(session: Session, mine: Actor, now: datetime) -> None:
    choose(session, mine, "pro", now)
    again = text(
        "insert into plan_fee select membership_id, period, starts_at, ends_at, worth_cents, 0, null, charged_at from plan_fee"
    )
    with pytest.raises(IntegrityError) as refused, session.begin_nested():
        session.execute(again)
    assert constraint_of(refused.value) == "plan_fee_pkey"
    askew = text(
        """insert into plan_fee select membership_id, 2, starts_at, ends_at, worth_cents, 0, null, charged_at from plan_fee"""
    )
    with pytest.raises(IntegrityError) as refused, session.begin_nested():
        session.execute(askew)
    assert constraint_of(refused.value) == "plan_fee_period"
    with pytest.raises(IntegrityError) as refused, session.begin_nested():
        session.execute(
            text("""insert into membership (id, provider_id, plan_key, started_at, paid_until)
                                select uuid7(), provider_id, plan_key, started_at, paid_until from membership""")
        )
    assert constraint_of(refused.value) == "membership_one_live"


def test_the_system_may_not_be_asked_without_a_provider(session: Session, now: datetime) -> None:
    with pytest.raises(Forbidden):
        payments.choose_plan(session, actor=SYSTEM, plan_key="pro", now=now)
