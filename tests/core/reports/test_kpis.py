"""Every KPI against a world worked out by hand (SPEC 12.1)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import reports
from core.kit.actor import Actor
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from core.reports import Scope
from tests.core.reports.small_world import ADMIN, SCIENTIST, Town

NOON = datetime(2026, 11, 2, 20, 0, tzinfo=UTC)  # Monday, noon in Las Vegas, two o'clock in Dallas
WEEK = Scope(date(2026, 11, 1), date(2026, 11, 7))


def values(session: Session, scope: Scope = WEEK, *, now: datetime = NOON) -> dict[str, float | None]:
    found = reports.kpis(session, actor=ADMIN, scope=scope, now=now, refresh=True).value.figures
    return {key: figure.value for key, figure in found.items()}


@pytest.fixture
def week(session: Session, town: Town) -> Town:
    """Five requests: one never confirmed, one rejected, three approved of which two are sold, three times in all."""
    town.lead(NOON)
    town.lead(NOON, confirmed_at=NOON, reviewed_at=NOON + timedelta(hours=1), status="rejected")
    unsold = town.approved(NOON + timedelta(hours=2), waited=timedelta(hours=2))
    assert unsold
    first = town.approved(NOON + timedelta(hours=2), waited=timedelta(hours=2))
    second = town.approved(NOON + timedelta(hours=3), waited=timedelta(hours=3), niche=town.solar, market=town.dallas)
    ann, bob = town.company(), town.company()
    by_ann, by_bob = town.subscribes(ann), town.subscribes(bob)
    won = {
        "viewed_at": NOON + timedelta(hours=3),
        "decision": "accepted",
        "decided_at": NOON + timedelta(hours=3),
        "outcome": "won",
    }
    town.sale(first, by_ann, NOON + timedelta(hours=2, minutes=1), cents=3000, rating=5, **won)
    declined = {"decision": "rejected", "decided_at": NOON + timedelta(hours=5), "reject_reason": "Too far", "rating": 2}
    bad = town.sale(first, by_bob, NOON + timedelta(hours=2, minutes=1), cents=3000, **declined)
    town.sale(second, town.subscribes(ann, town.solar), NOON + timedelta(hours=4), cents=1000)
    town.give_back(bad, NOON + timedelta(days=1))
    return town


def test_each_figure_of_a_week(session: Session, week: Town) -> None:
    told = values(session)
    assert (told["submitted"], told["confirmed"], told["approved"], told["rejected"]) == (5, 4, 3, 1)
    assert (told["distributed"], told["sold"], told["sales_per_lead"]) == (2, 3, 1.5)
    assert told["confirmation_rate"] == pytest.approx(4 / 5)
    assert told["approval_rate"] == pytest.approx(3 / 4) and told["rejection_rate"] == pytest.approx(1 / 4)
    assert told["distribution_rate"] == pytest.approx(2 / 3) and told["view_rate"] == pytest.approx(1 / 3)
    assert told["acceptance_rate"] == pytest.approx(1 / 2) and told["refund_rate"] == pytest.approx(1 / 3)
    assert (told["revenue"], told["refunds"], told["net"]) == (7000, 3000, 4000)


def test_times_are_within_their_bins(session: Session, week: Town) -> None:
    told = values(session)
    expected = {
        "review_p50": 7200,
        "review_p95": 10800,
        "deliver_p50": 60,
        "deliver_p95": 3600,
        "open_p50": 3540,
        "confirm_p50": 1,
    }
    for key, seconds in expected.items():
        assert told[key] == pytest.approx(seconds, rel=0.026), key


def test_parts_add_up_to_the_whole(session: Session, week: Town) -> None:
    whole = values(session)
    for split in (
        [Scope(WEEK.since, WEEK.until, niche_id=niche.id) for niche in (week.roofing, week.solar)],
        [Scope(WEEK.since, WEEK.until, market_id=market.id) for market in (week.vegas, week.dallas)],
        [Scope(day, day) for day in (WEEK.since + timedelta(days=n) for n in range(7))],
    ):
        parts = [values(session, scope) for scope in split]
        for key in ("submitted", "confirmed", "approved", "rejected", "distributed", "sold", "revenue", "refunds", "net"):
            assert sum(part[key] or 0 for part in parts) == whole[key], key


def test_folded_counts_say_the_same_as_the_rows(session: Session, week: Town) -> None:
    before = values(session)
    reports.fold(session, now=NOON)
    assert values(session) == before
    assert session.scalar(text("select sum(sold) from report_hour")) == 3
    assert all(check.ok for check in reports.verify(session))


def test_the_period_before_and_the_days(session: Session, week: Town) -> None:
    scope = Scope(date(2026, 11, 3), date(2026, 11, 4))  # the refund's day; before it the day of everything else
    told = reports.kpis(session, actor=ADMIN, scope=scope, now=NOON).value.figures
    assert (told["refunds"].value, told["refunds"].previous) == (3000, 0)
    assert (told["sold"].value, told["sold"].previous) == (0, 3)
    assert told["refunds"].trend == (3000, 0)


def test_a_trend_has_every_day_also_those_on_which_nothing_happened(session: Session, week: Town) -> None:
    told = reports.kpis(session, actor=ADMIN, scope=WEEK, now=NOON).value.figures
    assert told["submitted"].trend == (0, 5, 0, 0, 0, 0, 0)
    assert told["refunds"].trend == (0, 0, 3000, 0, 0, 0, 0)
    assert told["confirmation_rate"].trend == (None, pytest.approx(4 / 5), None, None, None, None, None), "no rate of nothing"
    quiet = Scope(date(2026, 10, 1), date(2026, 10, 3))
    assert reports.kpis(session, actor=ADMIN, scope=quiet, now=NOON).value.figures["sold"].trend == (0, 0, 0)


def test_a_day_is_the_market_s_own(session: Session, town: Town) -> None:
    late = datetime(2026, 11, 3, 5, 30, tzinfo=UTC)  # 2 November 21:30 in Las Vegas, 23:30 in Dallas
    town.lead(late)
    town.lead(late, market=town.dallas)
    later = late + timedelta(hours=1)  # 22:30 in Las Vegas, but 3 November in Dallas
    town.lead(later)
    town.lead(later, market=town.dallas)
    second, third = Scope(date(2026, 11, 2), date(2026, 11, 2)), Scope(date(2026, 11, 3), date(2026, 11, 3))
    for _ in range(2):
        assert (values(session, second)["submitted"], values(session, third)["submitted"]) == (3, 1)
        reports.fold(session, now=NOON)


def test_the_day_with_25_hours(session: Session, town: Town) -> None:
    began = datetime(2026, 11, 1, 7, 0, tzinfo=UTC)  # midnight in Las Vegas, where clocks go back that night
    for hour in range(25):
        town.lead(began + timedelta(hours=hour, minutes=59))
    town.lead(began - timedelta(minutes=1))
    town.lead(began + timedelta(hours=25))
    day = Scope(date(2026, 11, 1), date(2026, 11, 1), town.vegas.id, timezone="America/Los_Angeles")
    for _ in range(2):
        assert values(session, day)["submitted"] == 25
        found = reports.funnel(session, actor=ADMIN, scope=day, step="hour", now=NOON, refresh=True).value
        assert len(found.points) == 25 and all(point.submitted == 1 for point in found.points)
        reports.fold(session, now=NOON)


def test_an_empty_exchange_has_figures(session: Session) -> None:
    for _ in range(2):
        told = values(session, Scope(date(2026, 11, 1), date(2026, 11, 7)))
        assert told["submitted"] == 0 and told["net"] == 0 and told["approval_rate"] is None and told["review_p50"] is None
        reports.fold(session, now=NOON)


def test_what_comes_later_says_so(session: Session) -> None:
    told = reports.kpis(session, actor=SCIENTIST, scope=WEEK, now=NOON).value.figures
    assert told["source_roi"].state == "Comes with the sources" and told["source_roi"].value is None


def test_the_share_of_the_marketplace(session: Session, town: Town) -> None:
    assert values(session, WEEK)["marketplace_share"] is None
    buyer = town.subscribes(town.company())
    sales = [town.sale(town.approved(NOON), buyer, NOON) for _ in range(4)]
    chosen = text("update assignment set channel = 'marketplace', subscription_id = null, level_id = null where id = :id")
    session.execute(text("set local role none"))
    session.execute(chosen, {"id": sales[0].id})
    session.execute(text("set local role hotleads_app"))
    for _ in range(2):
        assert values(session, WEEK)["marketplace_share"] == 0.25
        reports.fold(session, now=NOON)


def test_providers_see_no_reports_of_the_house(session: Session) -> None:
    with pytest.raises(Forbidden):
        reports.kpis(session, actor=Actor(uuid7(), "provider", uuid7()), scope=WEEK, now=NOON)


def test_every_figure_is_defined_once_and_whole() -> None:
    figures = [*reports.KPIS, *reports.TIMES, *reports.SUCCESS]
    assert len({figure.key for figure in figures}) == len(figures)
    for figure in figures:
        assert figure.name and figure.sentence.endswith(".") and figure.formula and figure.source, figure.key
        assert figure.sql or figure.comes_with or figure.key == "api_p95", figure.key
    assert all(figure.target for figure in reports.SUCCESS)
