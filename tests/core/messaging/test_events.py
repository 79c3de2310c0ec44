"""Events change a mail once, in any order, and end mail to addresses that bounce or complain (SPEC 11.3)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core import messaging, ops
from core.kit import mail, outbox
from core.kit.actor import SYSTEM, Actor
from core.kit.db import transaction
from core.kit.errors import Forbidden, NotFound
from core.kit.ids import uuid7
from core.messaging import MailEvent, Recipient, Tally, Told
from core.messaging.events import Bounce
from core.messaging.standing import RANK, standing_after
from tests.at_once import each_at_once
from tests.core.messaging.sent import sent_mail

ADMIN = Actor(user_id=uuid7(), role="admin")


@pytest.fixture
def seeded(session: Session, now: datetime) -> Session:
    messaging.seed_templates(session, now=now)
    return session


def event(
    message: UUID, what: str, now: datetime, *, named: str = "", bounce: Bounce | None = None, detail: str = ""
) -> MailEvent:
    return MailEvent(message, what, now, named or str(uuid7()), bounce, detail or None)


def tell(session: Session, now: datetime, *events: MailEvent) -> Tally:
    return messaging.record_events(session, told=Told("ses", events), now=now)


def status(session: Session, message: UUID) -> str:
    return str(session.execute(text("select status from email_message where id = :id"), {"id": message}).scalar_one())


@pytest.mark.parametrize("order", list(permutations(["sent", "delivered", "opened", "deferred"])))
def test_whatever_the_order_an_opened_mail_stays_opened(seeded: Session, now: datetime, order: tuple[str, ...]) -> None:
    message = sent_mail(seeded, now)
    for what in order:
        tell(seeded, now, event(message, what, now))
    assert status(seeded, message) == "opened"
    assert {view.event for view in messaging.events_of(seeded, actor=ADMIN, message_id=message)} == {"queued", *order}


@given(st.lists(st.sampled_from([*RANK, "deferred", "unheard of"])))
def test_a_status_never_goes_back(events: list[str]) -> None:
    current = "queued"
    for what in events:
        after = standing_after(current, what)
        assert RANK[after] >= RANK[current]
        current = after
    assert current == max([*(what for what in events if what in RANK), "queued"], key=RANK.__getitem__)


def test_an_event_told_again_counts_once(seeded: Session, now: datetime) -> None:
    message = sent_mail(seeded, now)
    one = event(message, "opened", now, named="x")
    assert tell(seeded, now, one, one) == Tally(taken=1, repeated=1, unknown=0, unreadable=0)
    assert tell(seeded, now, one) == Tally(taken=0, repeated=1, unknown=0, unreadable=0)
    other_service = messaging.record_events(seeded, told=Told("sendgrid", (one,)), now=now)
    assert other_service.taken == 1
    told = messaging.event_tally(seeded, actor=ADMIN, now=now)
    assert {(t.source, t.outcome): t.events for t in told} == {
        ("ses", "taken"): 1,
        ("ses", "repeated"): 2,
        ("sendgrid", "taken"): 1,
    }


def test_events_of_unknown_mail_are_counted_and_change_nothing(seeded: Session, now: datetime) -> None:
    before = seeded.execute(text("select count(*) from email_event")).scalar_one()
    told = Told("ses", (event(uuid7(), "bounced", now, bounce="hard"),), unknown=2, unreadable=1)
    assert messaging.record_events(seeded, told=told, now=now) == Tally(taken=0, repeated=0, unknown=3, unreadable=1)
    assert seeded.execute(text("select count(*) from email_event")).scalar_one() == before
    assert seeded.execute(text("select count(*) from email_suppression")).scalar_one() == 0


def test_what_a_service_says_is_kept_without_addresses(seeded: Session, now: datetime) -> None:
    message = sent_mail(seeded, now)
    said = "550 5.1.1 <pat@example.com>:\r\n user\x00 unknown " + "x" * 500
    tell(seeded, now, event(message, "bounced", now + timedelta(days=3), bounce="hard", detail=said))
    last = messaging.events_of(seeded, actor=ADMIN, message_id=message)[-1]
    assert last.detail is not None and last.detail.startswith("550 5.1.1 <[email]>: user unknown x") and len(last.detail) <= 300
    assert last.at == now  # nothing happens in the future


@pytest.mark.parametrize(("what", "bounce"), [("bounced", "hard"), ("complained", None)])
def test_a_hard_bounce_or_a_complaint_ends_mail_to_the_address(
    seeded: Session, now: datetime, what: str, bounce: Bounce | None
) -> None:
    message = sent_mail(seeded, now, "Pat@Example.com")
    tell(seeded, now, event(message, what, now, bounce=bounce))
    assert messaging.is_suppressed(seeded, address="pat@example.com")
    later = sent_mail(seeded, now, "pat@example.com")
    assert status(seeded, later) == "suppressed"
    (audited,) = seeded.execute(text("select entity_id, actor_id from audit_entry where action = 'mail.suppressed'"))
    assert tuple(audited) == (message, SYSTEM.user_id)


def test_soft_bounces_count_within_a_time(seeded: Session, now: datetime) -> None:
    assert ops.threshold(seeded, "soft_bounces") == 3
    old = sent_mail(seeded, now - timedelta(days=40))
    tell(seeded, now, event(old, "bounced", now - timedelta(days=40), bounce="soft"))
    for _ in range(2):
        assert not messaging.is_suppressed(seeded, address="pat@example.com")
        tell(seeded, now, event(sent_mail(seeded, now), "bounced", now, bounce="soft"))
    other = sent_mail(seeded, now, "sam@example.com")
    tell(seeded, now, event(other, "bounced", now, bounce="soft"))
    assert not messaging.is_suppressed(seeded, address="pat@example.com")
    tell(seeded, now, event(sent_mail(seeded, now), "bounced", now, bounce="soft"))
    assert messaging.is_suppressed(seeded, address="pat@example.com")
    assert not messaging.is_suppressed(seeded, address="sam@example.com")


def test_a_suppressed_mail_that_waits_to_be_sent_again_is_not(seeded: Session, now: datetime) -> None:
    row = mail.request_mail(seeded, "verification", key="1", now=now, user_id=uuid7(), sealed={"link": "https://x.example"})
    job = outbox.take(seeded, row, now=now) if row else None
    assert job is not None
    reader = Recipient("user", uuid7(), "pat@example.com")
    assert messaging.prepare(seeded, job=job, recipient=reader, now=now) is not None
    messaging.suppress(seeded, address="pat@example.com", reason="complaint", now=now)
    assert messaging.prepare(seeded, job=job, recipient=reader, now=now) is None
    assert status(seeded, job.id) == "suppressed"


def test_an_event_that_overtakes_our_own_note_stands(seeded: Session, now: datetime) -> None:
    row = mail.request_mail(seeded, "verification", key="1", now=now, user_id=uuid7(), sealed={"link": "https://x.example"})
    job = outbox.take(seeded, row, now=now) if row else None
    assert job is not None
    letter = messaging.prepare(seeded, job=job, recipient=Recipient("user", uuid7(), "pat@example.com"), now=now)
    assert letter is not None
    tell(seeded, now, event(job.id, "delivered", now))
    messaging.record_sent(seeded, letter=letter, now=now)
    assert status(seeded, job.id) == "delivered"
    assert messaging.prepare(seeded, job=job, recipient=Recipient("user", uuid7(), "pat@example.com"), now=now) is None


def test_the_list_of_suppressed_addresses(seeded: Session, now: datetime) -> None:
    messages = [sent_mail(seeded, now, f"person{n}@example.com") for n in range(3)]
    for n, message in enumerate(messages):
        tell(seeded, now + timedelta(minutes=n), event(message, "bounced", now, bounce="hard"))
    first = messaging.list_suppressed(seeded, actor=ADMIN, limit=2)
    rest = messaging.list_suppressed(seeded, actor=ADMIN, after=first[-1].address_key, limit=2)
    assert [view.message_id for view in first + rest] == messages[::-1]
    assert first[0].address == "p…@example.com"
    (found,) = messaging.list_suppressed(seeded, actor=ADMIN, address=" Person1@Example.com ")
    assert found.message_id == messages[1]
    messaging.lift_suppression(seeded, actor=ADMIN, key=found.address_key, now=now)
    assert not messaging.is_suppressed(seeded, address="person1@example.com")
    assert messaging.list_suppressed(seeded, actor=ADMIN, address="person1@example.com") == []
    with pytest.raises(NotFound, match="not on the list"):
        messaging.lift_suppression(seeded, actor=ADMIN, key=found.address_key, now=now)
    with pytest.raises(Forbidden):
        messaging.list_suppressed(seeded, actor=Actor(user_id=uuid7(), role="analyst"))
    entry = seeded.execute(text("select before::text from audit_entry where action = 'mail.suppression_lifted'")).scalar_one()
    assert "example.com" not in entry


def test_events_are_listed_by_what_where_and_when(seeded: Session, now: datetime) -> None:
    message = sent_mail(seeded, now)
    for hours, what in ((1, "delivered"), (2, "opened"), (3, "opened")):
        tell(seeded, now + timedelta(hours=5), event(message, what, now + timedelta(hours=hours)))
    found = messaging.list_events(seeded, actor=ADMIN, event="opened", limit=1)
    more = messaging.list_events(seeded, actor=ADMIN, event="opened", before_id=found[0].id)
    assert [view.at for view in found + more] == [now + timedelta(hours=3), now + timedelta(hours=2)]
    assert found[0].source == "ses" and found[0].title == "New lead" and found[0].recipient_type == "lead"
    since = messaging.list_events(seeded, actor=ADMIN, since=now + timedelta(hours=2), until=now + timedelta(hours=3))
    assert [view.event for view in since] == ["opened"]
    assert messaging.list_events(seeded, actor=ADMIN, recipient_type="user") == []
    assert messaging.list_events(seeded, actor=ADMIN, template="welcome") == []
    with pytest.raises(Forbidden):
        messaging.list_events(seeded, actor=Actor(user_id=uuid7(), role="analyst"))


def test_two_soft_bounces_at_once_are_both_counted(database: Engine, now: datetime) -> None:
    with transaction() as session:
        messaging.seed_templates(session, now=now)
        ops.set_threshold(session, actor=ADMIN, key="soft_bounces", value=2, now=now)
        messages = [sent_mail(session, now) for _ in range(2)]

    def bounce(message: UUID) -> None:
        with transaction() as session:
            tell(session, now, event(message, "bounced", now, bounce="soft"))

    each_at_once(bounce, messages)
    with transaction() as session:
        assert messaging.is_suppressed(session, address="pat@example.com")
        assert session.execute(text("select count(*) from audit_entry where action = 'mail.suppressed'")).scalar_one() == 1


def test_a_storm_of_bounces_is_taken_in_once(database: Engine, now: datetime) -> None:
    """Eight callers tell overlapping batches, in different orders: every event once, no circle of waiting."""
    with transaction() as session:
        messaging.seed_templates(session, now=now)
        messages = [sent_mail(session, now, f"person{n % 10}@example.com") for n in range(40)]
    events = [
        event(message, what, now, named=f"{n}:{what}", bounce="hard" if what == "bounced" else None)
        for n, message in enumerate(messages)
        for what in ("delivered", "opened", "bounced")
    ]

    def caller(number: int) -> Tally:
        mine = events[number * 7 :] + events[: number * 7]
        batch = tuple(mine if number % 2 else reversed(mine))
        with transaction() as session:
            return messaging.record_events(session, told=Told("sendgrid", batch), now=now)

    with ThreadPoolExecutor(8) as pool:
        tallies = list(pool.map(caller, range(8)))
    assert sum(tally.taken for tally in tallies) == 120 and sum(tally.repeated for tally in tallies) == 7 * 120
    with transaction() as session:
        assert session.execute(text("select count(*) from email_event where source = 'sendgrid'")).scalar_one() == 120
        assert set(session.execute(text("select distinct status from email_message")).scalars()) == {"bounced"}
        assert session.execute(text("select count(*) from email_suppression")).scalar_one() == 10
        counts = dict(session.execute(text("select outcome, events from email_event_tally")).all())
        assert counts == {"taken": 120, "repeated": 840}
