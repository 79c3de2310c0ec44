"""How long is kept what a policy speaks of, and the log of webhooks (SPEC 13.6)."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import delivery, policies
from core.kit.actor import Actor
from tests.builders import a_provider, a_user
from tests.core.privacy.test_retention import DAY, due, ended, person_of, run


def test_the_policy_of_a_place_names_another_time(session: Session, now: datetime) -> None:
    short, long = ended(session, now, "closed", days=40), ended(session, now, "closed", days=400)
    admin = Actor(a_user(session, now).id, "admin")
    for lead, days in ((short, 30), (long, 900)):
        policies.add_policy(
            session, actor=admin, rule="retain_days", value=days, ground="The law of the test", niche_id=lead.niche_id,
            effective_from=now + DAY, now=now,
        )  # fmt: skip
    assert due(session, "retain_unsold_days", now) == 1, "before the policies begin, the setting of the house"
    later = now + 2 * DAY
    assert due(session, "retain_unsold_days", later) == 1
    assert run(session, "retain_unsold_days", later) == 1
    assert (person_of(session, short).status, person_of(session, long).status) == ("erased", "closed")


def test_the_log_of_webhooks_goes_with_its_answers(session: Session, now: datetime) -> None:
    provider = a_provider(session, now)
    owner = Actor(a_user(session, now, role="provider", provider_id=provider.id, owner=True).id, "provider", provider.id)
    delivery.add_endpoint(session, actor=owner, name="CRM", url="https://crm.example.com/hook", now=now)
    old = now - 100 * DAY
    for number, at in enumerate((old, old, now)):
        session.execute(
            text("""insert into webhook_delivery (id, endpoint_id, event, subject, state, next_at, created_at, finished_at)
                    select dated_id(:at), id, 'balance.low', :subject, :state, :at, :at, case when :state = 'failed' then
                    cast(:at as timestamptz) end from webhook_endpoint"""),
            {"at": at, "subject": str(number), "state": "waiting" if number == 1 else "failed"},
        )
    session.execute(
        text("""insert into webhook_attempt (id, delivery_id, at, milliseconds, problem, answer)
                select uuid7(), id, created_at, 5, 'It answered 500.', 'Sorry' from webhook_delivery""")
    )
    assert due(session, "retain_webhook_days", now) == 1 and run(session, "retain_webhook_days", now) == 1
    left = session.execute(text("select subject, state from webhook_delivery order by subject")).all()
    assert left == [("1", "waiting"), ("2", "failed")], "what still waits is carried out first"
    assert session.execute(text("select count(*) from webhook_attempt")).scalar_one() == 2
