"""A lead's whole way, carried by its jobs alone: every letter on it can be written and arrives (SPEC 2 to 7, 11.2)."""

import re
from uuid import UUID

from sqlalchemy import Engine, text

from core import inbox, leads
from core.kit import outbox_due
from core.kit.actor import Actor
from core.kit.clock import utc_now
from core.kit.db import transaction
from jobs.work import work
from tests.builders import a_level, a_provider, a_subscription, a_user
from tests.core.leads.world import World, a_world, submitted
from tests.mailserver import MailServer


def drain() -> None:
    """Do everything that is due, and what follows from it; no try may fail."""
    while True:
        with transaction() as session:
            rows = outbox_due.due(session, now=utc_now())
        if not rows:
            break
        assert [work(str(row.id)) for row in rows] == ["done"] * len(rows)


def subjects(server: MailServer, address: str) -> list[str]:
    return [letter["Subject"] for letter in server.letters if letter["To"].addresses[0].addr_spec == address]


def a_market_day() -> tuple[World, Actor]:
    """A niche with one level that one funded provider subscribes to."""
    now = utc_now()
    with transaction() as session:
        world = a_world(session, now, name="Roofing")
        level = a_level(session, now, world.niche, name="Solo", price_cents=2500, max_recipients=1)
        provider = a_provider(session, now, balance_cents=10_000)
        owner = a_user(session, now, role="provider", provider_id=provider.id, email="owner@example.com", owner=True)
        a_subscription(session, now, provider, level)
        return world, Actor(owner.id, "provider", provider.id)


def test_a_lead_travels_from_form_to_inbox_by_its_jobs(exchange: Engine, mail_server: MailServer) -> None:
    world, owner = a_market_day()
    with transaction() as session:
        lead_id = submitted(session, utc_now(), world.niche)
    drain()
    assert subjects(mail_server, "pat1@example.com") == ["Please confirm your request: Roofing"]
    (link,) = re.findall(r"\?token=(\S+)", mail_server.letters[0].get_body(("plain",)).get_content())  # type: ignore[union-attr]
    with transaction() as session:
        leads.confirm(session, token=link, ip=None, user_agent=None, now=utc_now())
    drain()
    assert any("waits for review" in letter["Subject"] for letter in mail_server.letters)
    with transaction() as session:
        leads.approve(session, actor=world.admin, lead_id=lead_id, notify=True, now=utc_now())
    drain()
    assert subjects(mail_server, "pat1@example.com")[1:] == ["Your request is on its way: Roofing"]
    assert subjects(mail_server, "owner@example.com") == ["New roofing lead in Las-Vegas"]
    with transaction() as session:
        (row,) = inbox.list_assignments(session, actor=owner)
        inbox.reject(session, actor=owner, assignment_id=row.id, reason="We are fully booked.", now=utc_now())
    drain()
    assert any("rejected a roofing lead" in letter["Subject"] for letter in mail_server.letters)
    with transaction() as session:
        states = dict(session.execute(text("select state, count(*) from outbox group by state")).all())
        fails = session.execute(text("select count(*) from email_event where event = 'failed'")).scalar_one()
    assert set(states) == {"done"} and fails == 0


def test_a_lead_withdrawn_before_its_distribution_needs_none(exchange: Engine, mail_server: MailServer) -> None:
    world, _ = a_market_day()
    with transaction() as session:
        lead_id: UUID = submitted(session, utc_now(), world.niche)
        session.execute(text("update lead set status = 'pending_approval', confirmed_at = now()"))
        leads.approve(session, actor=world.admin, lead_id=lead_id, now=utc_now())
        leads.withdraw(session, actor=world.admin, lead_id=lead_id, reason="Asked to be left alone.", now=utc_now())
    drain()
    with transaction() as session:
        assert session.execute(text("select count(*) from assignment")).scalar_one() == 0
