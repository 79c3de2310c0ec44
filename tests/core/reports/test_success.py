"""Success, fairness, revenue, funnel, places and claims against a world worked out by hand (SPEC 5.7, 12.1, 12.2)."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from math import inf

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import ops, reports, sourcing
from core.accounts.visits import note_visit
from core.reports import FigureValue, Scope
from core.reports.success import api_p95
from tests import builders
from tests.core.reports.small_world import ADMIN, ANALYST, Town

NOON = datetime(2026, 11, 2, 20, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 10, 20, 0, tzinfo=UTC)
MONTH = Scope(date(2026, 10, 12), date(2026, 11, 10))


def told(session: Session, scope: Scope = MONTH) -> dict[str, FigureValue]:
    return reports.success(session, actor=ANALYST, scope=scope, now=NOW, refresh=True).value.figures


def test_what_sales_say(session: Session, town: Town) -> None:
    by = town.subscribes(town.company())
    won = town.sale(town.approved(NOON), by, NOON, cents=3000, outcome="won", rating=5)
    town.sale(town.approved(NOON), by, NOON, cents=1000, rating=4)
    back = town.sale(town.approved(NOON), by, NOON, cents=2000)
    town.give_back(back, NOON, cause="class_credit")
    assert won.price_cents == 3000
    found = told(session)
    assert found["credit_efficiency"].value == pytest.approx(0.5) and found["credit_efficiency"].good
    assert found["conversion"].value == pytest.approx(1 / 3) and found["conversion"].detail == "1 of 3 sales"
    assert found["satisfaction"].value == 4.5 and found["satisfaction"].state == "On target"
    assert found["error_rate"].value == pytest.approx(1 / 3) and found["error_rate"].state == "Off target"
    assert found["penetration"].value == 1 and found["active_providers"].value == 1
    assert found["active_providers"].good is False and found["active_providers"].target == 50
    ops.set_threshold(session, actor=ADMIN, key="target_active_providers", value=1, now=NOW)
    assert told(session)["active_providers"].good is True


def test_retention_counts_who_came_back(session: Session, town: Town) -> None:
    september, october = datetime(2026, 9, 10, 20, tzinfo=UTC), datetime(2026, 10, 10, 20, tzinfo=UTC)
    stayed, left, new = (town.subscribes(town.company()) for _ in range(3))
    for buyer, moments in ((stayed, (september, october)), (left, (september,)), (new, (october,))):
        for at in moments:
            town.sale(town.approved(at), buyer, at)
    found = told(session)["retention"]
    assert found.value == 0.5 and found.detail == "1 of 2 providers"


def test_uptime_counts_minutes_in_which_nobody_asked(session: Session) -> None:
    for minute in range(10):
        if minute not in (3, 4):
            session.execute(
                text("insert into health_probe values (:at, :ok, 4, null)"),
                {"at": NOW - timedelta(minutes=10 - minute), "ok": minute != 7},
            )
    found = told(session)["uptime"]
    assert found.value == pytest.approx(0.7) and found.good is False and found.detail == "1 of 8 probes failed"


def test_uptime_of_days_that_are_over_is_not_measured_by_those_since(session: Session) -> None:
    for minute in range(10):
        session.execute(
            text("insert into health_probe values (:at, :ok, 4, null)"),
            {"at": datetime(2026, 11, 2, 23, 50 + minute, tzinfo=UTC), "ok": minute != 7},
        )
    assert told(session, Scope(date(2026, 11, 2), date(2026, 11, 2)))["uptime"].value == pytest.approx(0.9)


def test_a_sale_lies_on_the_day_of_its_own_market(session: Session, town: Town) -> None:
    """Half past midnight of the 3rd in Dallas, the 2nd in Las Vegas."""
    at = datetime(2026, 11, 3, 6, 30, tzinfo=UTC)
    town.sale(town.approved(at, market=town.dallas), town.subscribes(town.company()), at)
    for market in (None, town.dallas.id):
        days = {
            day: told(session, Scope(date(2026, 11, day), date(2026, 11, day), market_id=market, timezone="America/Chicago"))
            for day in (2, 3)
        }
        assert [days[day]["error_rate"].detail for day in days] == ["0 of 0 leads", "0 of 1 leads"]
        assert [days[day]["active_providers"].value for day in days] == [0, 1]
        assert [days[day]["conversion"].detail for day in days] == ["0 of 0 sales", "0 of 1 sales"]


def test_visits_end_with_a_pause(session: Session, now: datetime) -> None:
    ann, bob = builders.a_user(session, now), builders.a_user(session, now)
    for minute in (0, 10, 20, 45, 90):  # one visit of 45 minutes, and a look an hour and a half later
        note_visit(session, user_id=ann.id, now=NOON + timedelta(minutes=minute))
    note_visit(session, user_id=bob.id, now=NOW)
    rows = session.execute(text("select last_seen_at - started_at from user_visit order by started_at")).scalars().all()
    assert rows == [timedelta(minutes=45), timedelta(0), timedelta(0)]
    found = told(session, Scope(date(2026, 11, 2), date(2026, 11, 10)))
    assert found["session_length"].value == 0 and found["session_length"].detail == "visits: 3"
    assert found["daily_users"].value == pytest.approx(2 / 9) and found["daily_users"].detail == "people in all: 2"


def test_duplicates_on_sale_are_counted(session: Session, town: Town) -> None:
    one, other = town.approved(NOON), town.approved(NOON)
    session.execute(text("insert into listing (lead_id, opened_at, closes_at) select id, :now, :later from lead"),
                    {"now": NOON, "later": NOW + timedelta(days=9)})  # fmt: skip
    assert told(session)["duplicates"].value == 0
    session.execute(text("update contact set email_key = 'same@example.com'"))
    found = told(session)["duplicates"]
    assert found.value == 1 and found.good is False and one.id != other.id


def test_nothing_is_told_as_nothing(session: Session) -> None:
    found = told(session)
    assert (
        found["uptime"].value is None and found["retention"].state == "Nothing to measure yet" and found["retention"].good is None
    )
    assert found["acquisition_cost"].state == "Nothing to measure yet" and found["acquisition_cost"].target == 1500


def test_the_speed_of_the_api() -> None:
    assert api_p95({0.1: 90, 0.2: 100, 0.5: 100, inf: 100}) == (pytest.approx(0.15), 100)
    assert api_p95({0.1: 10, inf: 100}) == (0.1, 100)
    assert api_p95({}) == (None, 0)


def test_fairness_and_who_goes_without(session: Session, town: Town) -> None:
    rich, poor, none = (town.subscribes(town.company(), last_received_at=at) for at in (NOW, NOW, NOW - timedelta(days=8)))
    for subscription, leads in ((rich, 6), (poor, 2)):
        for _ in range(leads):
            town.sale(town.approved(NOON), subscription, NOON)
    session.execute(text("update subscription set created_at = :then"), {"then": NOW - timedelta(days=60)})
    found = reports.fairness(session, actor=ANALYST, scope=MONTH, now=NOW).value
    level = next(line for line in found.levels if line.niche == "Roofing")
    assert (level.subscriptions, level.received, level.least, level.most, level.starving) == (3, 8, 0, 6, 1)
    assert level.jain == pytest.approx(64 / (3 * 40))
    (starving,) = reports.starvation(session, actor=ANALYST, now=NOW)
    assert starving.subscription_id == none.id and starving.waiting_since == NOW - timedelta(days=8)


def test_a_funnel_by_the_hour_has_the_hours_in_between(session: Session, town: Town) -> None:
    for hour in (0, 3):
        town.lead(NOON + timedelta(hours=hour))
    day = Scope(NOON.date(), NOON.date())
    points = reports.funnel(session, actor=ADMIN, scope=day, step="hour", now=NOW).value.points
    assert [(point.at, point.submitted) for point in points] == [
        (NOON + timedelta(hours=hour), submitted) for hour, submitted in enumerate((1, 0, 0, 1))
    ]


def test_data_quality_counts_a_sale_on_its_own_market_s_day_as_the_success_page_does(session: Session, town: Town) -> None:
    late = datetime(2026, 11, 3, 6, 30, tzinfo=UTC)  # 2 November 22:30 in Las Vegas, but 3 November 00:30 in Dallas
    by = town.subscribes(town.company())
    town.sale(town.approved(late), by, late)
    town.sale(town.approved(late, market=town.dallas), by, late)
    for day, sold in ((date(2026, 11, 2), 1), (date(2026, 11, 3), 1), (date(2026, 11, 4), 0)):
        told = sourcing.data_quality(session, actor=ADMIN, since=day, until=day, now=NOW)
        success = reports.success(session, actor=ADMIN, scope=Scope(day, day), now=NOW).value.figures["error_rate"]
        assert told.sold == sold and success.detail == f"0 of {sold} leads", day


def test_what_was_given_back_by_hand_is_no_error_of_the_data(session: Session, town: Town) -> None:
    """SPEC 8.6 and 12.2: an upheld claim or a failed second look; a refund out of goodwill is neither."""
    by, day = town.subscribes(town.company()), NOON.date()
    good, bad = (town.sale(town.approved(NOON), by, NOON) for _ in range(2))
    town.give_back(good, NOON)
    town.give_back(bad, NOON, cause="class_credit")
    quality = sourcing.data_quality(session, actor=ADMIN, since=day, until=day, now=NOW)
    success = reports.success(session, actor=ADMIN, scope=Scope(day, day), now=NOW).value.figures["error_rate"]
    assert (quality.sold, quality.errors, quality.claimed) == (2, 1, 1) and success.detail == "1 of 2 leads"


def test_revenue_by_time_niche_and_kind(session: Session, town: Town) -> None:
    by = town.subscribes(town.company())
    town.sale(town.approved(NOON), by, NOON, cents=3000)
    sale = town.sale(town.approved(NOON), by, NOON + timedelta(days=1), cents=1000)
    town.give_back(sale, NOON + timedelta(days=2))
    found = reports.revenue(session, actor=ADMIN, scope=MONTH, now=NOW).value
    moved = {2: (3000, 0), 3: (1000, 0), 4: (0, 1000)}
    days = [MONTH.since + timedelta(days=n) for n in range(MONTH.days)]
    points = [(point.at, (point.revenue_cents, point.refund_cents)) for point in found.points]
    assert points == [(day, moved.get(day.day, (0, 0))) for day in days], "every day, also those without money"
    (earner,) = found.earners
    assert (earner.niche, earner.market, earner.sales, earner.revenue_cents, earner.refund_cents) == (
        "Roofing",
        "Las Vegas",
        2,
        4000,
        1000,
    )
    assert found.transfers == {"manual_credit": 100_000, "refund": 1000}
    weeks = reports.revenue(session, actor=ADMIN, scope=MONTH, step="week", now=NOW).value
    assert [(p.at, p.net_cents) for p in weeks.points if p.net_cents] == [(date(2026, 11, 2), 3000)]
    gaps = [after.at - before.at for before, after in pairwise(weeks.points)]
    assert gaps and set(gaps) == {timedelta(weeks=1)}
    months = reports.revenue(session, actor=ADMIN, scope=Scope(date(2026, 10, 31), date(2027, 1, 1)), step="month", now=NOW).value
    assert [(p.at.month, p.net_cents) for p in months.points] == [(10, 0), (11, 3000), (12, 0), (1, 0)]


def test_supply_and_demand_by_zip(session: Session, town: Town) -> None:
    everywhere, elsewhere = town.company(), town.company()
    by = town.subscribes(everywhere)
    town.subscribes(elsewhere)
    session.execute(
        text("insert into provider_area values (:p, ST_Multi(ST_MakeEnvelope(-100, 30, -99, 31, 4326)))"), {"p": elsewhere.id}
    )
    town.sale(town.approved(NOON), by, NOON)
    town.approved(NOON)
    (place,) = reports.places(session, actor=ANALYST, scope=MONTH, now=NOW).value.rows
    assert (place.zip, place.approved, place.sold, place.buyers) == ("89109", 2, 1, 1)
    shapes = reports.place_shapes(session, actor=ANALYST, rows=(place,))
    (feature,) = shapes["features"]
    assert feature["geometry"]["type"] in ("Polygon", "MultiPolygon") and 30 < feature["properties"]["square_km"] < 45
    assert reports.place_shapes(session, actor=ANALYST, rows=()) == {"type": "FeatureCollection", "features": []}


def test_the_funnel_says_what_waits(session: Session, town: Town) -> None:
    town.lead(NOON)
    town.lead(NOON + timedelta(days=1), confirmed_at=NOON + timedelta(days=1), status="pending_approval")
    found = reports.funnel(session, actor=ADMIN, scope=MONTH, step="week", now=NOW).value
    assert [(line.status, line.leads) for line in found.waiting] == [("pending_confirmation", 1), ("pending_approval", 1)]
    assert found.totals["submitted"] == 2 and [point.submitted for point in found.points] == [0, 0, 0, 2, 0]
    with pytest.raises(reports.ReportInvalid, match="14 days"):
        reports.funnel(session, actor=ADMIN, scope=MONTH, step="hour", now=NOW)


def test_a_sold_lead_that_fails_a_second_look_is_an_error(session: Session, town: Town) -> None:
    by = town.subscribes(town.company())
    sold = [town.sale(town.approved(NOON), by, NOON) for _ in range(4)]
    looks = [(sold[0].lead_id, 1, "{email_invalid}"), (sold[1].lead_id, 1, "{phone_invalid}"), (sold[1].lead_id, 2, "{}")]
    for lead_id, day, reasons in looks:
        session.execute(
            text("insert into lead_recheck values (:lead, :at, cast(:why as text[]) = '{}', cast(:why as text[]))"),
            {"lead": lead_id, "at": NOON + timedelta(days=day), "why": reasons},
        )
    found = told(session)["error_rate"]
    assert found.value == pytest.approx(1 / 4) and found.detail == "1 of 4 leads"
