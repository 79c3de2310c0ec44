"""Sources: added, permitted, run, costed; nothing without a permission (SPEC 8.1, 8.2)."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import sourcing
from core.kit.actor import Actor
from core.kit.errors import Conflict, Forbidden, Invalid
from core.kit.ids import uuid7
from core.sourcing import Robots, SourceNotPermitted, SourcePaused, Uses
from core.sourcing.models import Source, SourceRun
from core.sourcing.runs import advance
from tests.builders import a_lead, a_market, a_niche, a_user


def an_admin(session: Session, now: datetime) -> Actor:
    return Actor(a_user(session, now).id, "admin")


SETTINGS = {
    "feed": {"feed_url": "https://feed.example/rss", "contact_url": "https://hotleads.example/about"},
    "meta": {"page_id": "123"},
    "fsbo": {"site_url": "https://homes.example", "contact_url": "https://hotleads.example/about"},
}


def a_source(session: Session, now: datetime, actor: Actor, *, kind: str = "feed", **more: object) -> Source:
    known = {"name": "Valley classifieds", "settings": SETTINGS.get(kind, {})}
    return sourcing.add_source(session, actor=actor, kind=kind, now=now, **known | more)  # type: ignore[arg-type]


def allow(session: Session, now: datetime, actor: Actor, source_id: UUID, **uses: object) -> None:
    given = Uses(**{"may_enrich": True, "may_price": True, "may_sell": "allowed"} | uses)  # type: ignore[arg-type]
    sourcing.grant_permission(
        session, actor=actor, source_id=source_id, uses=given, licence="Agreement of 2 March", evidence="Contract 17", now=now
    )


def test_a_source_without_permission_runs_neither_by_code_nor_by_hand(session: Session, now: datetime) -> None:
    admin = an_admin(session, now)
    source = a_source(session, now, admin, every_minutes=60)
    with pytest.raises(SourceNotPermitted):
        sourcing.begin_run(session, actor=admin, source_id=source.id, cause="person", now=now)
    assert sourcing.enqueue_due(session, now=now) == 0
    with pytest.raises(IntegrityError, match="no permission"), session.begin_nested():
        session.add(
            SourceRun(id=uuid7(), source_id=source.id, cause="person", asked_by=admin.user_id, started_at=now, seen_at=now)
        )
        session.flush()
    (row,) = sourcing.list_sources(session, actor=admin, now=now)
    assert (row.health, row.may_sell) == ("not_permitted", None)


def test_a_permission_is_in_force_until_it_ends_or_another_one_is_recorded(session: Session, now: datetime) -> None:
    admin = an_admin(session, now)
    source = a_source(session, now, admin)
    sourcing.grant_permission(
        session, actor=admin, source_id=source.id, uses=Uses(may_enrich=True), licence="Trial", evidence="Mail of 1 May",
        valid_until=now + timedelta(days=1), now=now,
    )  # fmt: skip
    assert sourcing.require_permission(session, source.id, now=now) == Uses(may_enrich=True)
    with pytest.raises(SourceNotPermitted):
        sourcing.require_permission(session, source.id, now=now + timedelta(days=1))
    sourcing.deny_permission(session, actor=admin, source_id=source.id, licence="Ended", evidence="Mail of 3 May", now=now)
    with pytest.raises(SourceNotPermitted):
        sourcing.require_permission(session, source.id, now=now)
    views = sourcing.permissions_of(session, actor=admin, source_id=source.id, now=now)
    assert [(view.decision, view.in_force) for view in views] == [("denied", False), ("granted", False)]


def test_pages_are_read_only_where_robots_txt_lets_us(session: Session, now: datetime) -> None:
    admin = an_admin(session, now)
    source = a_source(session, now, admin, kind="fsbo")
    asked = {"actor": admin, "source_id": source.id, "uses": Uses(True), "licence": "Terms", "evidence": "Page", "now": now}
    with pytest.raises(Invalid) as unread:
        sourcing.grant_permission(session, **asked)
    with pytest.raises(Invalid) as forbidden:
        sourcing.grant_permission(session, robots=Robots("disallowed", now), **asked)
    assert "robots" in unread.value.fields and "robots" in forbidden.value.fields
    sourcing.grant_permission(session, robots=Robots("allowed", now, b"h" * 32), **asked)
    assert sourcing.require_permission(session, source.id, now=now).may_enrich


def test_only_admins_decide_and_analysts_read(session: Session, now: datetime) -> None:
    admin = an_admin(session, now)
    analyst = Actor(a_user(session, now, role="analyst").id, "analyst")
    source = a_source(session, now, admin)
    with pytest.raises(Forbidden):
        allow(session, now, analyst, source.id)
    with pytest.raises(Forbidden):
        a_source(session, now, analyst, name="Other")
    assert sourcing.list_sources(session, actor=analyst, now=now)[0].name == "Valley classifieds"


def test_secrets_are_encrypted_and_only_named(session: Session, now: datetime) -> None:
    admin = an_admin(session, now)
    source = a_source(session, now, admin, kind="meta", name="Meta", secrets={"app_secret": "s3cr3t-of-meta"})
    stored = session.execute(text("select secrets from source where id = :id"), {"id": source.id}).scalar_one()
    assert b"s3cr3t" not in bytes(stored) and sourcing.secrets_of(source) == {"app_secret": "s3cr3t-of-meta"}
    sourcing.change_source(session, actor=admin, source_id=source.id, secrets={"verify_token": "v-of-meta"}, now=now)
    assert sourcing.get_source(session, actor=admin, source_id=source.id, now=now).secret_names == ("app_secret", "verify_token")
    trail = session.execute(text("select string_agg(after::text, '') from audit_entry where entity_type = 'source'")).scalar_one()
    assert "s3cr3t" not in trail and "verify_token" in trail


def test_a_source_is_told_apart_by_its_short_name(session: Session, now: datetime) -> None:
    admin = an_admin(session, now)
    a_source(session, now, admin)
    with pytest.raises(Conflict):
        a_source(session, now, admin)
    with pytest.raises(Invalid) as refused:
        a_source(session, now, admin, name="Pushes", kind="google", every_minutes=5)
    assert "every_minutes" in refused.value.fields
    with pytest.raises(Invalid) as unfit:
        a_source(session, now, admin, name="Odd", settings={"feed_url": "ftp://x"})
    assert set(unfit.value.fields) == {"feed_url", "contact_url"}
    with pytest.raises(Invalid) as unknown:
        a_source(session, now, admin, name="Odd", reading={"answers": ["no"], "more": 1})
    assert set(unknown.value.fields) == {"reading.answers", "reading.more"}


def test_a_run_moves_the_cursor_with_its_batches_and_ends_well(session: Session, now: datetime) -> None:
    admin = an_admin(session, now)
    source = a_source(session, now, admin, every_minutes=60)
    allow(session, now, admin, source.id)
    assert sourcing.enqueue_due(session, now=now) == 1
    walk = sourcing.begin_run(session, actor=admin, source_id=source.id, cause="person", now=now)
    advance(
        session, run_id=walk.run_id, source_id=source.id, counts=sourcing.RunCounts(fetched=3, fresh=2, duplicates=1),
        cursor={"since": 7}, newest=now, now=now,
    )  # fmt: skip
    sourcing.finish_run(session, run_id=walk.run_id, now=now)
    (run,) = sourcing.list_runs(session, actor=admin, source_id=source.id)
    assert (run.state, run.fetched, run.fresh, run.duplicates) == ("done", 3, 2, 1)
    again = sourcing.begin_run(session, actor=admin, source_id=source.id, cause="person", now=now)
    assert again.cursor == {"since": 7} and again.run_id != walk.run_id
    (row,) = sourcing.list_sources(session, actor=admin, now=now)
    assert (row.health, row.records, row.fresh, row.running) == ("well", 3, 2, True)
    assert sourcing.list_sources(session, actor=admin, now=now + timedelta(days=2))[0].health == "quiet"


def test_a_run_whose_worker_died_is_taken_over(session: Session, now: datetime) -> None:
    admin = an_admin(session, now)
    source = a_source(session, now, admin)
    allow(session, now, admin, source.id)
    job = uuid7()
    first = sourcing.begin_run(session, actor=admin, source_id=source.id, cause="person", job_id=job, now=now)
    assert sourcing.begin_run(session, actor=admin, source_id=source.id, cause="person", job_id=job, now=now) == first
    other = sourcing.begin_run(session, actor=admin, source_id=source.id, cause="person", now=now)
    states = [(run.id, run.state) for run in sourcing.list_runs(session, actor=admin, source_id=source.id)]
    assert states == [(other.run_id, "running"), (first.run_id, "abandoned")]


def test_failures_in_a_row_open_the_breaker_and_a_person_closes_it(session: Session, now: datetime) -> None:
    admin = an_admin(session, now)
    source = a_source(session, now, admin, every_minutes=10)
    allow(session, now, admin, source.id)
    rests = []
    for _ in range(5):
        walk = sourcing.begin_run(session, actor=admin, source_id=source.id, cause="person", now=now)
        rests.append(sourcing.fail_run(session, run_id=walk.run_id, error="The site is down.", now=now) - now)
    assert [rest.total_seconds() / 60 for rest in rests] == [1, 2, 4, 8, 16]
    with pytest.raises(SourcePaused):
        sourcing.begin_run(session, actor=admin, source_id=source.id, cause="schedule", now=now)
    assert sourcing.list_sources(session, actor=admin, now=now)[0].health == "resting"
    assert sourcing.enqueue_due(session, now=now) == 0
    sourcing.set_status(session, actor=admin, source_id=source.id, status="active", now=now)
    assert sourcing.enqueue_due(session, now=now) == 1


def test_a_source_that_asks_for_patience_gets_it(session: Session, now: datetime) -> None:
    admin = an_admin(session, now)
    source = a_source(session, now, admin, every_minutes=10)
    allow(session, now, admin, source.id)
    walk = sourcing.begin_run(session, actor=admin, source_id=source.id, cause="person", now=now)
    again = sourcing.fail_run(session, run_id=walk.run_id, error="Too many calls.", retry_after_s=3600, now=now)
    assert again == now + timedelta(hours=1)


@pytest.mark.parametrize("broke", [False, True])
def test_a_source_that_a_clock_ahead_has_put_off_is_asked_again_when_it_is_right(
    session: Session, now: datetime, broke: bool
) -> None:
    admin = an_admin(session, now)
    source = a_source(session, now, admin, every_minutes=60)
    allow(session, now, admin, source.id)
    ahead = now + timedelta(days=400)
    walk = sourcing.begin_run(session, actor=admin, source_id=source.id, cause="schedule", now=ahead)
    if broke:
        sourcing.fail_run(session, run_id=walk.run_id, error="Too many calls.", now=ahead)
    else:
        sourcing.finish_run(session, run_id=walk.run_id, now=ahead)
    later = now + timedelta(minutes=1)
    assert sourcing.enqueue_due(session, now=later) == 1
    session.execute(text("update outbox set state = 'done', finished_at = :now where kind = 'source.run'"), {"now": later})
    assert sourcing.enqueue_due(session, now=later + timedelta(minutes=1)) == 0, "once, and then in its rhythm"


def test_a_lead_is_paid_for_on_one_day_alone_that_of_its_market(session: Session, now: datetime) -> None:
    """Half past ten of 2 November in Las Vegas is 3 November elsewhere: a month's end must not charge a lead twice."""
    admin, niche = an_admin(session, now), a_niche(session, now)
    vegas = a_market(session, now, name="Las Vegas", slug="las-vegas")
    a_market(session, now, name="Dallas", slug="dallas", timezone="America/Chicago")
    source = a_source(session, now, admin)
    lead = a_lead(session, datetime(2026, 11, 3, 6, 30, tzinfo=UTC), niche, vegas)
    session.execute(
        text("""insert into source_record (source_id, record_id, lead_id, founder, holder, test, said_at, updated_at)
                values (:source, '1', :lead, true, 'consumer', false, :now, :now)"""),
        {"source": source.id, "lead": lead.id, "now": now},
    )
    sourcing.add_cost(
        session, actor=admin, source_id=source.id, kind="per_lead", amount_cents=250, starts_on=date(2026, 10, 1), now=now
    )
    asked = text("select source_cost_cents(:source, :day, :day)")
    days = [date(2026, 11, day) for day in (1, 2, 3, 4)]
    assert [session.execute(asked, {"source": source.id, "day": day}).scalar_one() for day in days] == [0, 250, 0, 0]


def test_costs_are_entered_ended_and_bounded(session: Session, now: datetime) -> None:
    admin = an_admin(session, now)
    source = a_source(session, now, admin)
    cost = sourcing.add_cost(
        session, actor=admin, source_id=source.id, kind="monthly", amount_cents=9900, starts_on=date(2026, 10, 1), now=now
    )
    sourcing.end_cost(session, actor=admin, cost_id=cost.id, ends_on=date(2026, 12, 31), now=now)
    (row,) = sourcing.costs_of(session, actor=admin, source_id=source.id)
    assert (row.kind, row.amount_cents, row.ends_on) == ("monthly", 9900, date(2026, 12, 31))
    with pytest.raises(Invalid):
        sourcing.end_cost(session, actor=admin, cost_id=cost.id, ends_on=date(2026, 9, 1), now=now)
    with pytest.raises(Invalid):
        sourcing.add_cost(
            session, actor=admin, source_id=source.id, kind="once", amount_cents=0, starts_on=date(2026, 10, 1), now=now
        )
