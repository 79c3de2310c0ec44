"""What is forgotten when its time is up, what is not, and that it can stop anywhere and go on (SPEC 13.6)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core import audit, leads, ops, privacy, reports
from core.kit import idempotency, outbox
from core.kit.actor import SYSTEM, Actor
from core.kit.db import transaction
from core.kit.errors import Forbidden, NotFound
from core.kit.ids import uuid7
from core.leads.models import Lead
from core.privacy import retention as retention_module
from tests.builders import a_lead, a_level, a_market, a_niche, a_provider, a_user

ADMIN = Actor(user_id=uuid7(), role="admin")
DAY = timedelta(days=1)


def ended(session: Session, now: datetime, status: str, *, days: float, **more: Any) -> Lead:
    """A lead that came to its end so many days ago."""
    niche, market = a_niche(session, now), session.scalars(text("select id from market limit 1")).first()
    place = session.get_one(leads_market(), market) if market else a_market(session, now)
    lead = a_lead(session, now, niche, place, status=status, **more)
    session.execute(text("update lead set updated_at = :at where id = :id"), {"at": now - days * DAY, "id": lead.id})
    return lead


def leads_market() -> Any:
    from core.markets.models import Market

    return Market


def person_of(session: Session, lead: Lead) -> Any:
    return session.execute(
        text("""select l.status, l.form_data, l.facts, l.location, l.public_location, l.zip, l.submitted_ip, c.full_name, c.email,
                       c.phone, c.street, c.email_key, c.block_keys, c.erased_at,
                       (select count(*) from lead_token t where t.lead_id = l.id) as links,
                       (select count(*) from lead_identity i where i.lead_id = l.id) as keys,
                       (select count(*) from consent_event e where e.lead_id = l.id) as consents
                from lead l join contact c on c.id = l.contact_id where l.id = :id"""),
        {"id": lead.id},
    ).one()


def run(session: Session, rule: str, now: datetime) -> int:
    return privacy.remove_portion(session, rule=rule, began=now, removed=0, now=now)


def due(session: Session, rule: str, now: datetime) -> int:
    return next(view.due for view in privacy.retention_rules(session, actor=ADMIN, now=now) if view.key == rule)


@pytest.mark.parametrize(
    ("rule", "status", "days"),
    [
        ("retain_unconfirmed_days", "expired", 30),
        ("retain_rejected_days", "rejected", 180),
        ("retain_unsold_days", "closed", 365),
    ],
)
def test_contact_data_of_leads_that_ended(session: Session, now: datetime, rule: str, status: str, days: int) -> None:
    old, young = ended(session, now, status, days=days + 0.1), ended(session, now, status, days=days - 0.1)
    session.execute(
        text("insert into lead_identity (niche_id, key, lead_id, held_until) values (:n, 'email:x', :l, :now)"),
        {"n": old.niche_id, "l": old.id, "now": now},
    )
    reports.fold(session, now=now)
    assert due(session, rule, now) == 1
    assert run(session, rule, now) == 1
    gone, kept = person_of(session, old), person_of(session, young)
    assert (gone.status, gone.form_data, gone.location, gone.submitted_ip, gone.links, gone.keys) == (
        "erased",
        {},
        None,
        None,
        0,
        0,
    )
    assert (gone.full_name, gone.email, gone.phone, gone.street, gone.email_key, gone.block_keys) == (None,) * 5 + ([],)
    assert gone.erased_at == now
    assert (gone.zip, gone.facts, gone.consents) == ("89109", {"zip": "89109", "city": "Las Vegas", "county": "Clark"}, 1)
    assert (kept.status, kept.full_name) == (status, "Pat Example")
    assert due(session, rule, now) == 0 and run(session, rule, now) == 0, "doing it again does nothing"
    (entry,) = audit.search(session, actor=ADMIN, action="lead.erased", now=now)
    assert (entry.entity_id, entry.before, entry.after) == (old.id, {"status": status}, {"status": "erased"})
    (told,) = audit.search(session, actor=ADMIN, action="retention.removed", now=now)
    assert told.after is not None and (told.after["rule"], told.after["removed"]) == (rule, 1)
    counted = "select sum(submitted), sum(confirmed) from report_hour"
    before = session.execute(text(counted)).one()
    reports.fold(session, now=now + timedelta(hours=1))
    assert [check.detail for check in reports.verify(session) if not check.ok] == []
    assert session.execute(text(counted)).one() == before and before[0], "figures of the past stay"


def test_a_sold_lead_keeps_its_contact_data(session: Session, now: datetime) -> None:
    lead = ended(session, now, "approved", days=4000, slots=1)
    provider, level = (
        a_provider(session, now),
        a_level(session, now, session.get_one(type_of_niche(), lead.niche_id), price_cents=0),
    )
    session.execute(text("update slot set state = 'sold', provider_id = :p where lead_id = :l"), {"p": provider.id, "l": lead.id})
    session.execute(
        text("""insert into assignment (id, lead_id, provider_id, slot_no, channel, niche_id, level_id, price_cents, assigned_at)
                values (:id, :l, :p, 1, 'marketplace', :n, :v, 0, :now)"""),
        {"id": uuid7(), "l": lead.id, "p": provider.id, "n": lead.niche_id, "v": level.id, "now": now},
    )
    session.execute(text("update lead set status = 'closed' where id = :l"), {"l": lead.id})
    assert due(session, "retain_unsold_days", now) == 0
    assert run(session, "retain_unsold_days", now) == 0
    assert person_of(session, lead).email is not None


def type_of_niche() -> Any:
    from core.niches.models import Niche

    return Niche


def test_a_contact_shared_with_a_live_lead_stays_for_it(session: Session, now: datetime) -> None:
    old = ended(session, now, "rejected", days=200)
    alive = ended(session, now, "approved", days=0, contact_id=old.contact_id)
    run(session, "retain_rejected_days", now)
    assert person_of(session, old).status == "erased"
    assert person_of(session, alive).full_name == "Pat Example"


def test_live_leads_are_never_erased_by_a_rule(session: Session, now: datetime) -> None:
    live = [
        ended(session, now, status, days=5000) for status in ("pending_confirmation", "pending_approval", "approved", "sold_out")
    ]
    for rule in privacy.RULES:
        run(session, rule, now)
    assert {person_of(session, lead).full_name for lead in live} == {"Pat Example"}


def test_mails_sessions_links_jobs_answers_and_probes(session: Session, now: datetime) -> None:
    user = a_user(session, now)
    old, young = now - 500 * DAY, now - timedelta(hours=1)
    for at in (old, young):
        session.execute(
            text(
                """insert into user_session (id, user_id, created_at, expires_at, last_seen_at) values (:i, :u, :at, :at, :at)"""
            ),
            {"i": uuid7(), "u": user.id, "at": at},
        )
        session.execute(
            text("""insert into account_token (id, user_id, purpose, token_hash, created_at, expires_at)
                    values (:i, :u, 'invitation', sha256(cast(:h as text)::bytea), :at, :at)"""),
            {"i": uuid7(), "u": user.id, "h": str(at), "at": at},
        )
        idempotency.claim(session, scope="test", key=str(at.year), request=b"x", now=at)
        minute = at.replace(second=0, microsecond=0)
        assert ops.record_probe(session, minute=minute, ok=True, ms=3, detail=None, now=minute)
        for state in ("done", "dead"):
            dated = session.execute(text("select dated_id(:at)"), {"at": at}).scalar_one()
            outbox.enqueue(session, "test", key=f"{state}{at}", now=at, job_id=dated)
            session.execute(
                text("update outbox set state = :s, finished_at = :at where id = :id"), {"s": state, "at": at, "id": dated}
            )
    for rule in ("retain_session_days", "retain_link_days", "retain_job_days", "retain_answer_days", "retain_probe_days"):
        assert due(session, rule, now) == 1, rule
        assert run(session, rule, now) == 1, rule
        assert due(session, rule, now) == 0, rule
    left = session.execute(text("select state, count(*) from outbox where kind = 'test' group by state order by state"))
    assert [tuple(row) for row in left] == [("dead", 2), ("done", 1)], "dead letters have a time of their own"


def test_old_mails_are_emptied_but_stay_known(session: Session, now: datetime) -> None:
    session.execute(
        text("""insert into email_template (key, version, subject, html, body_text, variables, active, created_by, created_at)
                values ('t', 1, 's', 'h', 'b', '{}', true, :by, :now)"""),
        {"by": ADMIN.user_id, "now": now},
    )
    ids = [uuid7(), uuid7()]
    for message, days in zip(ids, (91, 89), strict=True):
        session.execute(
            text("""insert into email_message (id, template_key, template_version, recipient_type, sealed, status, queued_at)
                    values (:id, 't', 1, 'address', 'secret', 'sent', :at)"""),
            {"id": message, "at": now - days * DAY},
        )
    assert run(session, "retain_mail_days", now) == 1
    rows = {row.id: row.emptied for row in session.execute(text("select id, sealed is null as emptied from email_message"))}
    assert rows == {ids[0]: True, ids[1]: False}


def test_a_changed_setting_changes_what_is_due(session: Session, now: datetime) -> None:
    ended(session, now, "expired", days=10)
    assert due(session, "retain_unconfirmed_days", now) == 0
    ops.set_threshold(session, actor=ADMIN, key="retain_unconfirmed_days", value=5, now=now)
    assert due(session, "retain_unconfirmed_days", now) == 1


def test_rules_and_settings_belong_together() -> None:
    named = {key for key, known in ops.THRESHOLDS.items() if known.chapter == "privacy"}
    assert named == set(privacy.RULES)
    assert all(rule.title and rule.key == key for key, rule in privacy.RULES.items())


def test_a_demo_that_is_still_being_written_is_left_alone(session: Session, now: datetime) -> None:
    session.execute(
        text("insert into demo_load (part, seed, size, history_ends, done, total) values ('homes', 1, 1, :now, 3, 9)"),
        {"now": now},
    )
    assert privacy.start_retention(session, now=now) == 0
    session.execute(text("update demo_load set done = total"))
    assert privacy.start_retention(session, now=now) == len(privacy.RULES)


def test_a_worker_whose_clock_is_ahead_forgets_nothing_before_its_time(session: Session, now: datetime) -> None:
    true = session.execute(text("select clock_timestamp()")).scalar_one()
    session.execute(text("delete from outbox"))
    session.execute(
        text("insert into health_probe values (date_trunc('minute', cast(:t as timestamptz)), true, 1)"), {"t": true - DAY}
    )
    ahead = true + 3_000 * DAY
    assert run(session, "retain_probe_days", ahead) == 0
    assert privacy.start_retention(session, now=ahead) == len(privacy.RULES)
    payload = session.execute(text("select payload from outbox where payload ->> 'rule' = 'retain_probe_days'")).scalar_one()
    assert datetime.fromisoformat(payload["began"]) < true + DAY
    assert privacy.carry_on(session, payload=payload | {"began": ahead.isoformat()}, now=ahead) == 0, "as it was queued before"


def test_only_staff_look_and_unknown_rules_are_told(session: Session, now: datetime) -> None:
    with pytest.raises(Forbidden):
        privacy.retention_rules(session, actor=Actor(user_id=uuid7(), role="scientist"), now=now)
    with pytest.raises(NotFound):
        run(session, "retain_everything_days", now)
    with pytest.raises(Forbidden):
        leads.erase(session, actor=Actor(user_id=uuid7(), role="analyst"), lead_ids=[uuid7()], reason="x", now=now)


def jobs_open() -> list[Any]:
    with transaction() as session:
        return list(session.execute(text("select id, payload, run_at from outbox where kind = 'retention' and state = 'ready'")))


def work_off(now: datetime, *, killed_at: int) -> int:
    """Carry every queued portion out, each in its own transaction; the ``killed_at``-th one dies before it commits."""
    steps = 0
    while jobs := jobs_open():
        job_id: UUID = jobs[0].id
        steps += 1
        try:
            with transaction() as session:
                job = outbox.hold(session, job_id, now=now + DAY)
                assert job is not None
                privacy.carry_on(session, payload=job.payload, now=now)
                outbox.finish(session, job, now=now)
                if steps == killed_at:
                    raise InterruptedError
        except InterruptedError:
            continue
    return steps


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.integers(0, 12), killed_at=st.integers(1, 6))
def test_portions_add_up_whoever_is_killed(database: Engine, now: datetime, rows: int, killed_at: int) -> None:
    """However many rows and whichever portion dies: each row goes once, and the trail tells the true sum."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(retention_module, "AT_ONCE", 3)
        with transaction() as session:
            session.execute(text("delete from outbox"))
            session.execute(
                text("""insert into health_probe select cast(:t as timestamptz) - n * interval '1 minute', true, 1
                        from generate_series(1, :rows) n"""),
                {"t": now - 500 * DAY, "rows": rows},
            )
            told_before = len(audit.search(session, actor=SYSTEM, action="retention.removed", now=now))
            assert privacy.start_retention(session, now=now) == len(privacy.RULES)
            assert privacy.start_retention(session, now=now) == 0, "one run at a time"
        work_off(now, killed_at=killed_at)
        with transaction() as session:
            assert session.execute(text("select count(*) from health_probe")).scalar_one() == 0
            told = audit.search(session, actor=SYSTEM, action="retention.removed", now=now)
            sums = [entry.after["removed"] for entry in told[: len(told) - told_before] if entry.after]
            assert sums == ([rows] if rows else [])
