"""Counts are kept as things happen: whatever runs beside them, what reports read is what the rows say."""

import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core import inbox, leads, reports
from core.kit.actor import Actor
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.reports import Scope
from tests import builders
from tests.core.reports.small_world import ADMIN, Town, a_town

MEASURES = ("submitted", "confirmed", "approved", "rejected", "distributed", "sold", "revenue")


def told(scope: Scope) -> dict[str, float | None]:
    with transaction() as session:
        return counted(session, scope)


def counted(session: Session, scope: Scope) -> dict[str, float | None]:
    found = reports.kpis(session, actor=ADMIN, scope=scope, now=utc_now(), refresh=True).value.figures
    return {key: found[key].value for key in MEASURES}


def rows_say(session: Session) -> dict[str, float]:
    """The slow way: every row, no counts."""
    row = session.execute(
        text("""select (select count(*) from lead), (select count(*) from lead where confirmed_at is not null),
                  (select count(*) from lead where verdict = 'approved'),
                  (select count(*) from lead where verdict = 'rejected'),
                  count(distinct lead_id), count(*), coalesce(sum(price_cents), 0)::bigint from assignment""")
    ).one()
    return dict(zip(MEASURES, map(float, row), strict=True))


def around(now: datetime) -> Scope:
    return Scope((now - timedelta(days=40)).date(), (now + timedelta(days=1)).date())


@pytest.fixture
def crowd(database: Engine) -> tuple[list[UUID], datetime]:
    """Forty leads that wait for a decision, sent over the last days."""
    now = utc_now()
    with transaction() as session:
        town = a_town(session, now)
        waiting = {"status": "pending_approval", "reviewed_at": None}
        made = [
            builders.a_lead(
                session,
                now - timedelta(hours=n),
                (town.roofing, town.solar)[n % 2],
                (town.vegas, town.dallas)[n % 3 == 0],
                **waiting,
            ).id
            for n in range(40)
        ]
    return made, now


def test_what_happens_while_it_is_counted_is_counted_once(crowd: tuple[list[UUID], datetime]) -> None:
    wanted, now = crowd
    stop, faults = threading.Event(), list[object]()

    def decide(mine: list[UUID]) -> None:
        for n, lead_id in enumerate(mine):
            with transaction() as session:
                if n % 3:
                    leads.approve(session, actor=ADMIN, lead_id=lead_id, now=utc_now())
                else:
                    leads.reject(session, actor=ADMIN, lead_id=lead_id, reason="Not serious.", now=utc_now())

    def count() -> None:
        while not stop.is_set():
            with transaction() as session:
                reports.fold(session, now=utc_now())

    def look() -> None:
        while not stop.is_set():
            with transaction() as session:
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})  # one moment for both ways
                quick, slow = counted(session, around(now)), rows_say(session)
            if quick != slow:
                faults.append((quick, slow))

    deciders = [threading.Thread(target=decide, args=(wanted[n::3],)) for n in range(3)]
    watchers = [threading.Thread(target=count) for _ in range(2)] + [threading.Thread(target=look)]
    for thread in (*watchers, *deciders):
        thread.start()
    for thread in deciders:
        thread.join()
    stop.set()
    for thread in watchers:
        thread.join()
    assert faults == []
    with transaction() as session:
        expected = rows_say(session)
    assert expected["approved"] + expected["rejected"] == 40
    assert told(around(now)) == expected
    with transaction() as session:
        reports.fold(session, now=utc_now())
        assert all(check.ok for check in reports.verify(session)), reports.verify(session)
    assert told(around(now)) == expected


def test_a_transaction_that_takes_long_is_not_missed(crowd: tuple[list[UUID], datetime]) -> None:
    wanted, now = crowd
    with transaction() as session:
        reports.fold(session, now=now)
    with transaction() as slow:
        leads.approve(slow, actor=ADMIN, lead_id=wanted[0], now=utc_now())
        with transaction() as session:
            leads.approve(session, actor=ADMIN, lead_id=wanted[1], now=utc_now())
        with transaction() as session:  # the younger one is over, the older one still runs
            reports.fold(session, now=utc_now())
        assert told(around(now))["approved"] == 1
    assert told(around(now))["approved"] == 2
    with transaction() as session:
        reports.fold(session, now=utc_now())
        assert counted(session, around(now)) == rows_say(session)


def test_a_decision_taken_back_leaves_its_day(crowd: tuple[list[UUID], datetime]) -> None:
    wanted, now = crowd
    yesterday = now - timedelta(days=1)
    with transaction() as session:
        leads.approve(session, actor=ADMIN, lead_id=wanted[0], now=yesterday)
        reports.fold(session, now=now)
    with transaction() as session:
        reports.fold(session, now=now)
    with transaction() as session:
        leads.quarantine(session, actor=ADMIN, lead_id=wanted[0], reason="Looks odd.", now=now)
        leads.release(session, actor=ADMIN, lead_id=wanted[0], now=now)
        leads.reject(session, actor=ADMIN, lead_id=wanted[0], reason="It is odd.", now=now)
    for _ in range(2):
        found = told(around(now))
        assert (found["approved"], found["rejected"]) == (0, 1)
        with transaction() as session:
            reports.fold(session, now=now)
            assert all(check.ok for check in reports.verify(session))


def test_what_comes_of_a_sale_reaches_its_day(database: Engine) -> None:
    now = utc_now()
    then = now - timedelta(days=3)
    with transaction() as session:
        town = a_town(session, now)
        company = town.company()
        user = builders.a_user(session, now, role="provider", provider_id=company.id)
        sale = town.sale(town.approved(then), town.subscribes(company), then)
    with transaction() as session:
        reports.fold(session, now=now)
    day = Scope(then.date() - timedelta(days=1), then.date() + timedelta(days=1))

    def rates() -> dict[str, float | None]:
        with transaction() as session:
            found = reports.kpis(session, actor=ADMIN, scope=day, now=utc_now(), refresh=True).value.figures
        return {key: found[key].value for key in ("view_rate", "acceptance_rate", "refund_rate")}

    assert rates() == {"view_rate": 0, "acceptance_rate": None, "refund_rate": 0}
    buyer = Actor(user.id, "provider", company.id)
    with transaction() as session:
        inbox.open_assignment(session, actor=buyer, assignment_id=sale.id, now=now)
        inbox.accept(session, actor=buyer, assignment_id=sale.id, now=now)
    for _ in range(2):
        assert rates() == {"view_rate": 1, "acceptance_rate": 1, "refund_rate": 0}
        with transaction() as session:
            reports.fold(session, now=now)
    with transaction() as session:
        Town(session, now, *(None,) * 4, {}).give_back(sale, now)  # type: ignore[arg-type]
    assert rates()["refund_rate"] == 1


def test_a_sale_that_commits_after_a_later_one_takes_the_leads_first_sale_to_its_own_hour(database: Engine) -> None:
    """A sale's moment is that of its job, which may then wait for the lead: an earlier one can come second."""
    now = utc_now()
    then = now - timedelta(days=3)
    with transaction() as session:
        town = a_town(session, now)
        lead, first, second = town.approved(then), town.subscribes(town.company()), town.subscribes(town.company())
        town.sale(lead, first, then)
    with transaction() as session:
        reports.fold(session, now=now)
    with transaction() as session:
        Town(session, now, *(None,) * 4, {}).sale(lead, second, then - timedelta(hours=1))  # type: ignore[arg-type]
    for _ in range(2):
        assert told(around(now))["distributed"] == 1
        with transaction() as session:
            reports.fold(session, now=now)
    with transaction() as session:
        assert all(check.ok for check in reports.verify(session)), reports.verify(session)


def test_tampered_counts_are_found(database: Engine) -> None:
    now = utc_now()
    with transaction() as session:
        a_town(session, now).approved(now - timedelta(days=2))
    with transaction() as session:
        reports.fold(session, now=now)
    with transaction() as session:
        session.execute(text("update report_hour set approved = approved + 1"))
        found = {check.name: check for check in reports.verify(session)}
    assert not found["report counts"].ok and "1 days" in found["report counts"].detail
    assert found["report waits"].ok


def test_hours_on_the_night_a_clock_goes_back_and_of_a_zone_between_the_hours(database: Engine) -> None:
    """The second one o'clock is an hour of its own; the hours of Adelaide begin at half past. Each is counted anew alone."""
    now = utc_now()
    night = datetime(2025, 11, 2, 7, 10, tzinfo=UTC)  # Las Vegas goes back at 9:00 UTC
    moments = [night + timedelta(minutes=20 * n) for n in range(12)]
    with transaction() as session:
        town = a_town(session, now)
        far = builders.a_market(session, now, slug="adelaide", name="Adelaide", timezone="Australia/Adelaide")
        made = [town.lead(at, market=market).id for at in moments for market in (town.vegas, far)]
    with transaction() as session:
        reports.fold(session, now=now)
    whole = Scope(night.date() - timedelta(days=1), night.date() + timedelta(days=1))
    for n, lead_id in enumerate(made):
        with transaction() as session:
            confirm = text(
                "update lead set confirmed_at = submitted_at + interval '7 minutes' where id = :id returning confirmed_at"
            )
            at = session.execute(confirm, {"id": lead_id}).scalar_one()
            session.execute(text("insert into report_stale (moment) values (:at)"), {"at": at})
        for _ in range(2):
            found = told(whole)
            assert (found["submitted"], found["confirmed"]) == (24, n + 1)
            with transaction() as session:
                reports.fold(session, now=now)
    with transaction() as session:
        assert all(check.ok for check in reports.verify(session))
        hours = session.scalars(text("select count(*) from report_hour group by market_id order by 1")).all()
    assert hours == [4, 5]
