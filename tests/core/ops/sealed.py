"""Something in every column that is sealed, each by its own verb, and the verbs by which it is read."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import pyotp
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import accounts, delivery, leads, messaging, ops, payments, providers, sourcing
from core.accounts.sessions import open_session
from core.kit import crypto, idempotency, mail, outbox
from core.kit.actor import Actor
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.ids import uuid7
from core.payments.gateways import Delivery
from core.sourcing import Uses, raw
from tests.builders import a_provider, a_user

OLD, NEW, NEWER = (letter * 3 + "-quartz-Lantern-meadow-0123456789" for letter in "abc")
Keys = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Kept:
    """What was sealed under the first key, each by its own verb."""

    admin: Actor
    enrolling: Actor
    totp: str
    token: str
    lead_code: str
    support: UUID
    letter: UUID
    raw: UUID
    entry: UUID
    job: UUID
    event: UUID
    endpoint: UUID


def fill(session: Session, now: datetime) -> Kept:
    """Seal something everywhere."""
    accounts.ensure_system_user(session, now=now)
    messaging.seed_templates(session, now=now)
    admin, enrolling = (_person(session, now, role="admin") for _ in range(2))
    secret = accounts.start_totp(session, actor=admin, now=now).secret
    token = accounts.confirm_totp(session, actor=admin, code=pyotp.TOTP(secret).at(now), now=now).signed_in.token
    accounts.start_totp(session, actor=enrolling, now=now)
    owner = _person(session, now, role="provider", provider_id=a_provider(session, now).id, owner=True)
    made = delivery.add_endpoint(
        session, actor=owner, name="CRM", url="https://crm.example/leads", kind="hubspot", authorization="Bearer pat-1", now=now
    )
    delivery.rotate_secret(session, actor=owner, endpoint_id=made.endpoint.id, now=now)
    support = providers.ask_support(session, actor=owner, subject="Help", message="It is broken.", now=now).id
    delivered = Delivery("stripe", "evt_1", "payment_intent.succeeded", json.dumps({"id": "evt_1"}), now)
    event = payments.receive_webhook(session, delivery=delivered, now=now).event_row
    job = outbox.enqueue(session, "email", key="waits", now=now, sealed={"token": "t0ken"})
    record, entry = _records(session, admin, now)
    assert event and job and idempotency.claim(session, scope="me", key="k", request=b"a", now=now) is None
    idempotency.remember(session, scope="me", key="k", status=201, response={"token": "t0ken"})
    return Kept(
        admin, enrolling, secret, token, leads.my_request_code(entry), support, _letter(session, now), record, entry, job, event,
        made.endpoint.id,
    )  # fmt: skip


def _person(session: Session, now: datetime, **more: Any) -> Actor:
    opened = open_session(session, user=a_user(session, now, **more), ip=None, user_agent="tests", now=now)
    return opened.actor


def _letter(session: Session, now: datetime) -> UUID:
    words = {"niche": "Roofing", "link": "https://hotleads.example/confirm?token=s3cret"}
    row = mail.request_mail(session, "lead_confirmation", key="1", now=now, lead_id=uuid7(), sealed=words)
    job = outbox.take(session, row, now=now) if row else None
    assert job is not None
    messaging.prepare(session, job=job, recipient=messaging.Recipient("lead", uuid7(), "pat@example.com"), now=now)
    return job.id


def _records(session: Session, admin: Actor, now: datetime) -> tuple[UUID, UUID]:
    """A record in quarantine with a correction, of a source that has secrets."""
    known = {"kind": "meta", "name": "Meta", "settings": {"page_id": "12345"}, "secrets": {"app_secret": "s3cr3t-of-meta"}}
    source = sourcing.add_source(session, actor=admin, now=now, **known).id  # type: ignore[arg-type]
    told = {"uses": Uses(True, True, "with_consent"), "licence": "Terms of 1 May", "evidence": "Ticket 12"}
    sourcing.grant_permission(session, actor=admin, source_id=source, now=now, **told)  # type: ignore[arg-type]
    run_id = sourcing.begin_run(session, actor=admin, source_id=source, cause="person", now=now).run_id
    record, entry = uuid7(), uuid7()
    content = b'{"title": "Roof wanted"}'
    session.execute(
        text("""insert into raw_record (id, source_id, record_id, version, run_id, content, content_hash, content_bytes,
                  media_type, fetched_at, received_at, gone, test, outcome)
                values (:raw, :source, 'ad-1', '1', :run, :sealed, sha256(:plain), 24, 'application/json', :now, :now,
                  false, false, 'quarantined')"""),
        {"raw": record, "source": source, "run": run_id, "sealed": raw.sealed(content), "plain": content, "now": now},
    )
    session.execute(
        text("""insert into quarantine_entry (id, raw_id, source_id, reasons, entered_at)
                values (:entry, :raw, :source, '[]', :now)"""),
        {"entry": entry, "raw": record, "source": source, "now": now},
    )
    sourcing.fix_quarantined(session, actor=admin, entry_id=entry, fields={"phone": "(702) 555-0142"}, now=now)
    return record, entry


def read_all(kept: Kept) -> None:
    """Everything is read by the verb that people read it by."""
    now = utc_now()
    with transaction() as session:
        (asked,) = providers.support_thread(session, actor=kept.admin, request_id=kept.support, now=now).messages
        assert asked.text == "It is broken."
        letter = messaging.read_message(session, actor=kept.admin, message_id=kept.letter, now=now)
        assert letter.message.subject == "Please confirm your request: Roofing"
        assert sourcing.read_raw(session, actor=kept.admin, raw_id=kept.raw, now=now) == b'{"title": "Roof wanted"}'
        found = sourcing.get_quarantined(session, actor=kept.admin, entry_id=kept.entry, now=now)
        assert found.fix == {"phone": "(702) 555-0142"}
        row = session.execute(text("select sealed from outbox where id = :id"), {"id": kept.job}).scalar_one()
        assert crypto.unseal(row, purpose="outbox") == {"token": "t0ken"}
        first = idempotency.claim(session, scope="me", key="k", request=b"a", now=now)
        assert first is not None and first.response == {"token": "t0ken"}
        mine = {"id": kept.admin.user_id}
        totp = session.execute(text("select totp_secret from user_account where id = :id"), mine).scalar_one()
        assert crypto.unseal(totp, purpose="totp") == kept.totp
        accounts.start_totp(session, actor=kept.enrolling, now=now)
        assert {name for name, counted in ops.sealed_standing(session).items() if counted.unreadable} == set()


def sealed_values() -> dict[str, list[bytes]]:
    """Every sealed value of the database, by its column."""
    with transaction() as session:
        return {
            where.name: list(
                session.scalars(text(f"select {where.column} from {where.table} where {where.column} is not null order by id"))
            )
            for where in ops.SEALED_COLUMNS
        }
