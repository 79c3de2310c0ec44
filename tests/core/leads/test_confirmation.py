"""Links in mails: look without acting, confirm once, send again within limits (SPEC 2.4)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core import leads
from core.kit.db import transaction
from core.kit.errors import Conflict
from core.leads import Lead
from tests.core.leads.world import NOBODY, World, a_world, actions, jobs, status, submitted, token_of
from tests.queued import mails


def confirm(session: Session, token: str, now: datetime) -> leads.Confirmed:
    return leads.confirm(session, token=token, ip="203.0.113.9", user_agent="Mail app", now=now)


def test_confirming_moves_the_lead_and_asks_for_its_scores(session: Session, now: datetime, world: World) -> None:
    lead_id = submitted(session, now, world.niche)
    token = token_of(session, lead_id)
    assert leads.look(session, token=token, now=now).state == "valid" and status(session, lead_id) == "pending_confirmation"
    done = confirm(session, token, now + timedelta(hours=1))
    lead = session.get_one(Lead, lead_id)
    assert (done.lead_id, done.already, lead.status) == (lead_id, False, "pending_approval")
    assert (lead.confirmed_at, str(lead.confirmed_ip), lead.confirmed_agent) == (
        now + timedelta(hours=1),
        "203.0.113.9",
        "Mail app",
    )
    assert actions(session, lead_id) == ["lead.submitted", "lead.confirmed"] and jobs(session, "lead.score") == [str(lead_id)]


def test_a_repetition_changes_nothing(session: Session, now: datetime, world: World) -> None:
    lead_id = submitted(session, now, world.niche)
    token = token_of(session, lead_id)
    confirm(session, token, now)
    assert confirm(session, token, now + timedelta(days=3)).already
    assert leads.look(session, token=token, now=now + timedelta(days=3)).state == "used"
    assert session.get_one(Lead, lead_id).confirmed_at == now and len(jobs(session, "lead.score")) == 1


def test_a_link_runs_out_after_a_day(session: Session, now: datetime, world: World) -> None:
    token = token_of(session, submitted(session, now, world.niche))
    assert leads.look(session, token=token, now=now + timedelta(hours=23, minutes=59)).state == "valid"
    assert leads.look(session, token=token, now=now + timedelta(hours=24)).state == "expired"
    with pytest.raises(leads.LinkExpired):
        confirm(session, token, now + timedelta(hours=24))


@pytest.mark.parametrize("token", ["", "x", "🏠" * 50])
def test_unknown_links_are_not_found(session: Session, now: datetime, world: World, token: str) -> None:
    for act in (lambda: leads.look(session, token=token, now=now), lambda: confirm(session, token, now)):
        with pytest.raises(leads.LinkUnknown):
            act()


def test_the_newest_link_counts(session: Session, now: datetime, world: World) -> None:
    lead_id = submitted(session, now, world.niche)
    old = token_of(session, lead_id)
    leads.resend_confirmation(session, lead_id=lead_id, now=now + timedelta(minutes=5))
    new = token_of(session, lead_id)
    assert new != old
    with pytest.raises(leads.LinkExpired, match="newer mail"):
        confirm(session, old, now + timedelta(minutes=6))
    assert not confirm(session, new, now + timedelta(minutes=6)).already
    assert confirm(session, old, now + timedelta(minutes=7)).already, "confirmed is confirmed, whatever the link"


def test_sending_again_has_limits(session: Session, now: datetime, world: World) -> None:
    lead_id = submitted(session, now, world.niche)
    with pytest.raises(leads.ResendRefused) as early:
        leads.resend_confirmation(session, lead_id=lead_id, now=now + timedelta(minutes=4))
    assert early.value.retry_after_s == 60 and "1 min" in early.value.message
    for times in (1, 2, 3):
        leads.resend_confirmation(session, lead_id=lead_id, now=now + timedelta(minutes=5 * times))
    with pytest.raises(leads.ResendRefused):
        leads.resend_confirmation(session, lead_id=lead_id, now=now + timedelta(hours=1))
    assert len(mails(session, "lead_confirmation")) == 4
    assert actions(session, lead_id).count("lead.confirmation_resent") == 3


def test_who_waits_as_long_as_is_said_has_waited_long_enough(session: Session, now: datetime, world: World) -> None:
    lead_id = submitted(session, now, world.niche)
    with pytest.raises(leads.ResendRefused) as refused:
        leads.resend_confirmation(session, lead_id=lead_id, now=now + timedelta(seconds=211.4))
    assert "in 2 min" in refused.value.message and refused.value.retry_after_s == 89
    leads.resend_confirmation(session, lead_id=lead_id, now=now + timedelta(seconds=211.4 + 89))


def test_only_who_waits_gets_a_mail(session: Session, now: datetime, world: World) -> None:
    lead_id = submitted(session, now, world.niche)
    confirm(session, token_of(session, lead_id), now)
    with pytest.raises(Conflict):
        leads.resend_confirmation(session, lead_id=lead_id, now=now + timedelta(hours=1))
    with pytest.raises(leads.LeadNotFound):
        leads.resend_confirmation(session, lead_id=NOBODY, now=now)


def test_a_withdrawn_request_can_not_be_confirmed(session: Session, now: datetime, world: World) -> None:
    lead_id = submitted(session, now, world.niche)
    token = token_of(session, lead_id)
    leads.withdraw(session, actor=world.admin, lead_id=lead_id, reason="Asked.", now=now)
    with pytest.raises(leads.LinkExpired):
        confirm(session, token, now)


def test_two_clicks_at_once_confirm_once(database: Engine, now: datetime) -> None:
    with transaction() as session:
        world = a_world(session, now)
        lead_id = submitted(session, now, world.niche)
        token = token_of(session, lead_id)

    def click(_: int) -> bool:
        with transaction() as session:
            return confirm(session, token, now).already

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(click, range(8))) == [False] + [True] * 7
    with transaction() as session:
        assert actions(session, lead_id) == ["lead.submitted", "lead.confirmed"]
        assert session.execute(text("select count(*) from outbox where kind = 'lead.score'")).scalar_one() == 1
