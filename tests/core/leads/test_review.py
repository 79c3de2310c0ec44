"""Approve, reject, many at once: named checks, one transaction with the distribution job (SPEC 3.2, 3.5)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core import leads
from core.kit import outbox_due
from core.kit.actor import Actor
from core.kit.db import transaction
from core.kit.errors import Forbidden
from core.kit.mail import request_mail
from core.leads import Lead
from tests.core.leads.world import NOBODY, World, a_world, actions, confirmed, force, jobs, status, submitted
from tests.queued import mails


def test_approving_queues_distribution_and_tells_the_trail(session: Session, now: datetime, world: World) -> None:
    lead_id = confirmed(session, now, world.niche)
    leads.approve(session, actor=world.admin, lead_id=lead_id, note=" Looks fine. ", notify=True, now=now)
    lead = session.get_one(Lead, lead_id)
    assert (lead.status, lead.reviewed_at, lead.reviewed_by, lead.review_note) == (
        "approved",
        now,
        world.admin.user_id,
        "Looks fine.",
    )
    assert jobs(session, "distribution.run") == [str(lead_id)]
    entry = session.execute(text("select before, after, memo from audit_entry where action = 'lead.approved'")).one()
    assert tuple(entry) == ({"status": "pending_approval"}, {"status": "approved"}, "Looks fine.")
    (mail,) = mails(session, "lead_approved")
    assert mail["link"].endswith(leads.my_request_code(lead_id)) and mail["niche"] == world.niche.name


def test_a_burst_of_news_holds_up_neither_a_sale_nor_who_waits_for_a_link(session: Session, now: datetime, world: World) -> None:
    lead_id = confirmed(session, now, world.niche)
    session.execute(text("delete from outbox"))
    earlier = now - timedelta(minutes=1)
    for number in range(3):
        request_mail(session, "wallet_low", key=str(number), provider_id=NOBODY, now=earlier)
    leads.approve(session, actor=world.admin, lead_id=lead_id, now=now)
    submitted(session, now, world.niche, 2)
    rows = session.execute(text("select id, kind || coalesce(' ' || (payload ->> 'template'), '') from outbox"))
    kinds = {row[0]: row[1] for row in rows}
    assert [kinds[row.id] for row in outbox_due.due(session, now=now)] == [
        "email lead_confirmation", "distribution.run", *["email wallet_low"] * 3]  # fmt: skip


def test_rejecting_needs_a_reason(session: Session, now: datetime, world: World) -> None:
    lead_id = confirmed(session, now, world.niche)
    for reason in ("", "  ", "x" * 1001):
        with pytest.raises(leads.ReasonMissing):
            leads.reject(session, actor=world.admin, lead_id=lead_id, reason=reason, now=now)
    leads.reject(session, actor=world.admin, lead_id=lead_id, reason="No such street.", notify=True, now=now)
    assert status(session, lead_id) == "rejected" and session.get_one(Lead, lead_id).review_note == "No such street."
    assert mails(session, "lead_rejected")[0]["context"] == {"niche": world.niche.name, "reason": "No such street."}
    assert jobs(session, "distribution.run") == []


def test_who_was_rejected_out_of_quarantine_may_ask_again(session: Session, now: datetime, world: World) -> None:
    lead_id = confirmed(session, now, world.niche)
    leads.quarantine(session, actor=world.admin, lead_id=lead_id, reason="Looks copied.", now=now)
    leads.reject(session, actor=world.admin, lead_id=lead_id, reason="It was copied.", now=now)
    held = session.execute(text("select count(*) from lead_identity where lead_id = :id"), {"id": lead_id}).scalar_one()
    assert held == 0


def test_no_mail_unless_asked_for(session: Session, now: datetime, world: World) -> None:
    leads.approve(session, actor=world.admin, lead_id=confirmed(session, now, world.niche, 1), now=now)
    leads.reject(session, actor=world.admin, lead_id=confirmed(session, now, world.niche, 2), reason="Test.", now=now)
    assert mails(session, "lead_approved") == mails(session, "lead_rejected") == []


def test_only_a_waiting_lead_is_approved(session: Session, now: datetime, world: World) -> None:
    unconfirmed = submitted(session, now, world.niche)
    with pytest.raises(leads.IllegalStep, match="pending confirmation can't become approved"):
        leads.approve(session, actor=world.admin, lead_id=unconfirmed, now=now)
    with pytest.raises(leads.LeadNotFound):
        leads.approve(session, actor=world.admin, lead_id=NOBODY, now=now)
    assert jobs(session, "distribution.run") == []


@pytest.mark.parametrize("reason", ["no_consent", "do_not_sell", "do_not_contact", "do_not_contact_stale"])
def test_what_stands_against_selling_stands_against_approval(session: Session, now: datetime, world: World, reason: str) -> None:
    lead_id = confirmed(session, now, world.niche)
    if reason == "no_consent":
        leads.revoke_consent(session, actor=world.admin, lead_id=lead_id, now=now)
        assert status(session, lead_id) == "withdrawn"
        with pytest.raises(leads.IllegalStep):
            leads.approve(session, actor=world.admin, lead_id=lead_id, now=now)
        with pytest.raises(leads.NotForSale):
            leads.check_may_be_sold(session, lead_id, now=now)
        return
    if reason == "do_not_sell":
        force(session, lead_id, do_not_sell=True)
    elif reason == "do_not_contact":
        leads.block_contact(session, actor=world.admin, email="pat1@example.com", reason="asked", now=now)
    else:
        day = now.date() - timedelta(days=32)
        leads.replace_list(session, actor=world.admin, name="state", list_date=day, phones=["702 999 8888"], now=now)
    with pytest.raises(leads.NotForSale) as refused:
        leads.approve(session, actor=world.admin, lead_id=lead_id, now=now)
    assert refused.value.reason == reason and status(session, lead_id) == "pending_approval"


def test_analysts_and_strangers_decide_nothing(session: Session, now: datetime, world: World) -> None:
    lead_id = confirmed(session, now, world.niche)
    for actor in (world.analyst, Actor(NOBODY, "provider", provider_id=NOBODY), Actor(NOBODY, "public")):
        with pytest.raises(Forbidden):
            leads.approve(session, actor=actor, lead_id=lead_id, now=now)
        with pytest.raises(Forbidden):
            leads.reject(session, actor=actor, lead_id=lead_id, reason="No.", now=now)
        with pytest.raises(Forbidden):
            leads.bulk(session, actor=actor, verb="approve", lead_ids=[lead_id], now=now)


def test_bulk_tells_each_lead_its_result(session: Session, now: datetime, world: World) -> None:
    good, other = (confirmed(session, now, world.niche, n) for n in (1, 2))
    waiting = submitted(session, now, world.niche, 3)
    results = leads.bulk(session, actor=world.admin, verb="approve", lead_ids=[good, waiting, NOBODY, other, good], now=now)
    assert [(r.lead_id, r.ok) for r in results] == [(good, True), (waiting, False), (NOBODY, False), (other, True)]
    assert (
        results[1].message.startswith("A lead that is pending confirmation") and results[2].message == "This lead does not exist."
    )
    assert sorted(jobs(session, "distribution.run")) == sorted(map(str, [good, other]))


def test_bulk_knows_every_verb_and_its_limit(session: Session, now: datetime, world: World) -> None:
    ids = [confirmed(session, now, world.niche, n) for n in (1, 2, 3)]

    def all_of(verb: leads.BulkVerb, reason: str | None = None) -> set[str]:
        assert all(r.ok for r in leads.bulk(session, actor=world.admin, verb=verb, lead_ids=ids, reason=reason, now=now))
        return {status(session, lead_id) for lead_id in ids}

    assert all_of("quarantine", "Same text.") == {"quarantined"}
    assert all_of("release") == {"pending_approval"}
    with pytest.raises(leads.ReasonMissing):
        leads.bulk(session, actor=world.admin, verb="reject", lead_ids=ids, now=now)
    assert all_of("reject", "Spam.") == {"rejected"}
    many = [UUID(int=n) for n in range(51)]
    with pytest.raises(leads.TooManyAtOnce):
        leads.bulk(session, actor=world.admin, verb="approve", lead_ids=many, now=now)


def test_two_admins_at_once_decide_once(database: Engine, now: datetime) -> None:
    with transaction() as session:
        world = a_world(session, now)
        lead_id = confirmed(session, now, world.niche)

    def decide(number: int) -> str:
        try:
            with transaction() as session:
                if number % 2:
                    leads.approve(session, actor=world.admin, lead_id=lead_id, now=now)
                else:
                    leads.reject(session, actor=world.admin, lead_id=lead_id, reason="No.", now=now)
        except leads.IllegalStep:
            return "too late"
        return "decided"

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(decide, range(8))) == ["decided"] + ["too late"] * 7
    with transaction() as session:
        (decision,) = set(actions(session, lead_id)) & {"lead.approved", "lead.rejected"}
        assert status(session, lead_id) == decision.removeprefix("lead.")
