"""Whoever is erased is nowhere any more: every column of every table, Redis, files, logs and models are searched (SPEC 13.6)."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core import audit, delivery, distribution, inbox, leads, messaging, passports, reports, returns
from core.kit import config, outbox_due
from core.kit.actor import Actor
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.logs import correlation_id
from core.kit.redis import redis
from core.reports import exports
from intake_api.app import create_app
from jobs.verification import verify_all
from jobs.work import work
from tests.builders import a_level, a_provider, a_subscription, a_user
from tests.core.leads.world import World, a_world
from tests.core.privacy import population as person
from tests.core.sourcing.test_pipeline import World as Source
from tests.core.sourcing.test_sources import a_source, allow, an_admin
from tests.mailserver import MailServer, running_mail_server
from tests.receiver import running_receiver

SAID = f"{person.NAME}, {person.STREET}, {person.EMAIL}, (702) 234-7719, says the roof leaks and wants a call soon."


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database: Engine) -> Iterator[tuple[Path, MailServer, str]]:
    """Files of the instance in a directory of its own, mail and webhooks on loopback."""
    with running_mail_server() as mail, running_receiver() as receiver:
        monkeypatch.setenv("SMTP_URL", mail.url)
        monkeypatch.setenv("HOTLEADS_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("HOTLEADS_PRIVATE_HOSTS", "127.0.0.1")
        config.settings.cache_clear()
        (tmp_path / "home").mkdir()
        yield tmp_path / "home", mail, receiver.url
    correlation_id.set(None)  # of the last request: the next test is another story
    config.settings.cache_clear()


def drain() -> None:
    """Do everything that is due, and what follows from it."""
    while True:
        with transaction() as session:
            rows = outbox_due.due(session, now=utc_now())
        if not rows:
            break
        assert {work(str(row.id)) for row in rows} <= {"done"}


class Town:
    """A niche with a level, two companies, an admin, and the person's requests."""

    def __init__(self, client: FlaskClient, home: Path, mail: MailServer, receiver: str) -> None:
        now = utc_now()
        self.client, self.home, self.mail, self.receiver = client, home, mail, receiver
        with transaction() as session:
            messaging.seed_templates(session, now=now)
            self.world: World = a_world(session, now, name="Roofing")
            level = a_level(session, now, self.world.niche, max_recipients=2)
            self.owners = [self._company(session, level) for _ in range(2)]

    def _company(self, session: Session, level: Any) -> Actor:
        now = utc_now()
        provider = a_provider(session, now, balance_cents=50_000)
        user = a_user(session, now, role="provider", provider_id=provider.id, owner=True)
        a_subscription(session, now, provider, level)
        owner = Actor(user.id, "provider", provider.id)
        delivery.add_endpoint(session, actor=owner, name="CRM", url=self.receiver, now=now)
        return owner

    def ask(self, **changes: Any) -> UUID:
        given = {
            "niche": self.world.niche.slug,
            "contact": {"name": person.NAME, "email": person.EMAIL, "phone": "(702) 234-7719"},
            "address": {"street": person.STREET, "city": "Las Vegas", "state": "NV", "zip": "89109"},
            "point": {"lon": person.LON, "lat": person.LAT, "accuracy_m": 10},
            "form_data": {"property_type": "house", "details": SAID},
            "consent": {
                "agreed": True, "version": "2026-11.5",
                "page_url": f"https://example.com/offer/{person.EMAIL}?phone=7022347719&name=Quillon",
                "certificate_url": "https://cert.trustedform.com/0123",
            },
            "attribution": {"utm_source": "news", "referrer": f"https://example.com/?q={person.NAME}"},
        }  # fmt: skip
        answer = self.client.post("/api/v1/leads", json=given | changes, headers={"Idempotency-Key": f"k{len(changes)}"})
        assert answer.status_code == 201, answer.text
        return UUID(answer.get_json()["lead_id"])


@pytest.fixture
def town(home: tuple[Path, MailServer, str]) -> Iterator[Town]:
    with create_app().test_client() as client:
        yield Town(client, *home)


def live(town: Town) -> UUID:
    """The whole life of one request, with the person's data wherever people and programs put it."""
    admin = town.world.admin
    lead_id = town.ask()
    drain()
    with transaction() as session:
        (token,) = re.findall(r"\?token=(\S+)", town.mail.letters[0].get_body(("plain",)).get_content())  # type: ignore[union-attr]
        leads.confirm(session, token=token, ip="203.0.113.7", user_agent="Mozilla", now=utc_now())
    drain()
    with transaction() as session:
        leads.quarantine(session, actor=admin, lead_id=lead_id, reason=f"Is {SAID} real?", now=utc_now())
        leads.release(session, actor=admin, lead_id=lead_id, now=utc_now())
        leads.approve(session, actor=admin, lead_id=lead_id, note=f"Rang back: {SAID}", notify=True, now=utc_now())
    drain()
    town.ask(form_data={"property_type": "condo", "details": SAID})
    after_the_sale(town, lead_id)
    from_a_source(town)
    drain()
    return lead_id


def after_the_sale(town: Town, lead_id: UUID) -> None:
    admin, (ann, bob) = town.world.admin, town.owners
    with transaction() as session:
        (mine,) = inbox.list_assignments(session, actor=ann)
        (theirs,) = inbox.list_assignments(session, actor=bob)
        inbox.open_assignment(session, actor=ann, assignment_id=mine.id, now=utc_now())
        inbox.write_note(session, actor=ann, assignment_id=mine.id, text=SAID, now=utc_now())
        inbox.reject(session, actor=bob, assignment_id=theirs.id, reason=f"Knows us: {SAID}"[:200], now=utc_now())
        returns.report(session, actor=ann, assignment_id=mine.id, reason="other", notes=SAID, now=utc_now())
        returns.refund(session, actor=admin, assignment_id=theirs.id, memo=f"Goodwill: {SAID}", now=utc_now())
        # A receiver that sends back what it was sent.
        session.execute(text("update webhook_attempt set answer = :said"), {"said": json.dumps({"name": person.NAME})})
        exports.request_export(session, actor=ann, dataset="own_leads", now=utc_now())
    drain()
    with transaction() as session:
        distribution.explain(session, actor=admin, lead_id=lead_id, subscription_id=_subscription(session), now=utc_now())
        reports.fold(session, now=utc_now())
        audit.seal_new(session, now=utc_now())
    with transaction() as session:
        passports.extend(session)


def _subscription(session: Session) -> UUID:
    found: UUID = session.execute(text("select id from subscription order by id limit 1")).scalar_one()
    return found


def from_a_source(town: Town) -> None:
    """The same person in the records of a source: once as a lead, once in quarantine."""
    now = utc_now()
    with transaction() as session:
        boss = an_admin(session, now)
        source = a_source(session, now, boss, niche_id=town.world.niche.id)
        allow(session, now, boss, source.id)
        world = Source(session, now, boss, source.id, town.world.niche.slug)
        said = {"name": person.NAME, "email": person.EMAIL, "phone": person.PHONE, "street": person.STREET}
        world.take(world.said("r1", **said), world.said("r2", **(said | {"zip": "00000"})))


def elsewhere(home: Path) -> list[str]:
    """Traces in Redis and in the files of the instance."""
    found = []
    for key in redis().scan_iter("*"):
        shown = f"{key!r} {redis().dump(key)!r}".lower()
        found += [f"redis {key!r}" for trace in person.TRACES if trace in shown]
    for file in home.rglob("*"):
        if file.is_file():
            shown = file.read_bytes().decode("latin-1").lower()
            found += [f"{file}: {trace}" for trace in person.TRACES if trace in shown]
    return found


def test_no_trace_is_left_and_every_sum_agrees(town: Town, capfd: pytest.CaptureFixture[str]) -> None:
    lead_id = live(town)
    with transaction() as session:
        before, read = person.sums(session), {(one.table, one.column) for one in person.traces(session)}
        assert {one.table for one in person.sealed_traces(session)} >= {"email_message", "raw_record"}
        figures = session.execute(text("select sum(submitted), sum(confirmed), sum(approved) from report_hour")).one()
    assert {"contact", "lead", "claim_event", "assignment", "webhook_attempt"} <= {table for table, _ in read}, read
    assert any("export" in found for found in elsewhere(town.home))

    code = leads.my_request_code(lead_id)
    page = town.client.post(f"/my-request/{code}", data={"act": "erase", "sure": "yes"})
    assert page.status_code == 303
    drain()

    with transaction() as session:
        assert person.traces(session) == []
        assert person.sealed_traces(session) == []
        assert person.sums(session) == before
        assert session.execute(text("select sum(submitted), sum(confirmed), sum(approved) from report_hour")).one() == figures
        audit.seal_new(session, now=utc_now())
    with transaction() as session:
        passports.extend(session)
        assert [check.detail for check in verify_all(session) if not check.ok] == []
        assert person.traces(session) == []
        document = passports.passport(session, actor=town.world.admin, lead_id=lead_id, now=utc_now())
    assert not [trace for trace in person.TRACES if trace in passports.to_bytes(document).decode().lower()]
    assert elsewhere(town.home) == []
    said = "".join(capfd.readouterr()).lower()
    assert not [trace for trace in person.TRACES if trace in said], "the logs"
    shown = town.client.get(f"/my-request/{code}").text
    assert "Erased" in shown and shown.count("<li><strong>") == 2, "who had it can still be seen"
