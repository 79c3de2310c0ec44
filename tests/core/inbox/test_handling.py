"""Open, accept, reject, outcome, rating, notes."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core import inbox
from core.inventory import Assignment
from core.kit import crypto
from core.kit.actor import Actor
from core.kit.db import transaction
from core.kit.errors import Forbidden, Invalid
from core.kit.ids import uuid7
from core.leads import ConsentEvent
from tests import builders
from tests.at_once import at_once, done_or_refused
from tests.core.inbox.conftest import World, a_world, contact_of, sold

Sell = Callable[..., Assignment]
LATER = timedelta(hours=1)


def trail(session: Session, assignment: Assignment) -> list[Any]:
    return list(
        session.execute(
            text("select action, before, after, actor_id from audit_entry where entity_id in (:a, :l) order by id"),
            {"a": assignment.id, "l": assignment.lead_id},
        )
    )


def test_opening_shows_everything_and_stamps_the_first_view(session: Session, now: datetime, world: World, sell: Sell) -> None:
    made = sell(world.ann)
    opened = inbox.open_assignment(session, actor=world.ann.actor, assignment_id=made.id, now=now)
    contact = contact_of(session, made)
    assert (opened.contact.name, opened.contact.email, opened.contact.phone) == ("Pat Example", contact.email, contact.phone)
    assert not opened.contact.masked
    assert (opened.lon, opened.lat) == pytest.approx(builders.STRIP)
    assert (opened.zip, opened.city, opened.county, opened.niche, opened.price_cents) == (
        "89109",
        "Las Vegas",
        "Clark",
        "Roofing",
        0,
    )
    assert [(answer.label, answer.value) for answer in opened.answers] == [("Property type", "house"), ("Bedrooms", "3")]
    assert opened.consent is not None
    assert (opened.consent.wording, opened.consent.at, opened.consent.revoked_at) == ("I agree.", now, None)
    assert (opened.viewed_at, opened.status) == (now, "viewed")
    again = inbox.open_assignment(session, actor=world.ann.actor, assignment_id=made.id, now=now + LATER)
    assert again.viewed_at == now
    actions = [entry.action for entry in trail(session, made)]
    assert actions.count("assignment.viewed") == 1 and actions.count("contact.read") == 2


def test_answers_are_those_of_the_leads_own_form_version(session: Session, now: datetime, world: World, sell: Sell) -> None:
    made = sell(world.ann)
    session.execute(
        text("""insert into form_schema values (:n, 2, '{"fields": [{"key": "bedrooms", "label": "Rooms", "type": "number"}]}',
                :u, :now)"""),
        {"n": world.niche.id, "u": uuid7(), "now": now},
    )
    session.execute(text("update niche set schema_version = 2 where id = :n"), {"n": world.niche.id})
    opened = inbox.open_assignment(session, actor=world.ann.actor, assignment_id=made.id, now=now)
    assert [answer.label for answer in opened.answers] == ["Property type", "Bedrooms"]


def test_a_revoked_consent_shows(session: Session, now: datetime, world: World, sell: Sell) -> None:
    made = sell(world.ann)
    session.add(
        ConsentEvent(id=uuid7(), lead_id=made.lead_id, event="revoked", wording="I agree.", wording_version="1", at=now + LATER)
    )
    session.flush()
    opened = inbox.open_assignment(session, actor=world.ann.actor, assignment_id=made.id, now=now + LATER)
    assert opened.consent is not None and opened.consent.revoked_at == now + LATER


def test_accept_once(session: Session, now: datetime, world: World, sell: Sell) -> None:
    made = sell(world.ann)
    row = inbox.accept(session, actor=world.ann.actor, assignment_id=made.id, now=now)
    assert (row.decision, row.decided_at) == ("accepted", now)
    with pytest.raises(inbox.AlreadyDecided):
        inbox.accept(session, actor=world.ann.actor, assignment_id=made.id, now=now)
    with pytest.raises(inbox.AlreadyDecided):
        inbox.reject(session, actor=world.ann.actor, assignment_id=made.id, reason="changed my mind", now=now)
    assert inbox.open_assignment(session, actor=world.ann.actor, assignment_id=made.id, now=now).status == "accepted"


def test_reject_with_a_reason_tells_every_admin(session: Session, now: datetime, world: World, sell: Sell) -> None:
    admins = {str(builders.a_user(session, now).id) for _ in range(2)}
    builders.a_user(session, now, status="suspended")
    builders.a_user(session, now, role="analyst")
    made = sell(world.ann)
    reason = "Wrong number, call Pat at +17025550100"
    row = inbox.reject(session, actor=world.ann.actor, assignment_id=made.id, reason=f"  {reason} ", now=now)
    assert (row.decision, row.reject_reason) == ("rejected", reason)
    mails = session.execute(
        text("select payload, sealed from outbox where kind = 'email' and key like :k"),
        {"k": f"lead_rejected_by_provider:{made.id}%"},
    ).all()
    assert {mail.payload["user_id"] for mail in mails} == admins
    for mail in mails:
        assert mail.payload["context"]["company"] == world.ann.provider.company_name
        assert reason not in str(mail.payload)
        assert crypto.unseal(mail.sealed, purpose="outbox") == {"reason": reason}
    assert "7025550100" not in str(trail(session, made))
    with pytest.raises(inbox.AlreadyDecided):
        inbox.accept(session, actor=world.ann.actor, assignment_id=made.id, now=now)


@pytest.mark.parametrize("reason", ["", "  ", "no", "x" * 501, "\x00\x00\x00ab"])
def test_a_reason_has_3_to_500_characters(session: Session, now: datetime, world: World, sell: Sell, reason: str) -> None:
    made = sell(world.ann)
    with pytest.raises(Invalid) as refused:
        inbox.reject(session, actor=world.ann.actor, assignment_id=made.id, reason=reason, now=now)
    assert set(refused.value.fields) == {"reason"}
    assert made.decision is None


def test_outcomes_follow_each_other_after_acceptance(session: Session, now: datetime, world: World, sell: Sell) -> None:
    made = sell(world.ann)
    me = world.ann.actor
    with pytest.raises(inbox.NotAcceptedYet):
        inbox.record_outcome(session, actor=me, assignment_id=made.id, outcome="contacted", now=now)
    inbox.accept(session, actor=me, assignment_id=made.id, now=now)
    for outcome in ("contacted", "appointment"):
        assert inbox.record_outcome(session, actor=me, assignment_id=made.id, outcome=outcome, now=now).outcome == outcome
    won = inbox.record_outcome(session, actor=me, assignment_id=made.id, outcome="won", value_cents=1_250_000, now=now + LATER)
    assert (won.outcome, won.outcome_value_cents, won.outcome_at) == ("won", 1_250_000, now + LATER)
    lost = inbox.record_outcome(session, actor=me, assignment_id=made.id, outcome="lost", now=now + LATER)
    assert (lost.outcome, lost.outcome_value_cents) == ("lost", None)
    last = trail(session, made)[-1]
    assert (last.action, last.before) == ("assignment.outcome_recorded", {"outcome": "won", "value_cents": 1_250_000})


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"outcome": "sold"}, "outcome"),
        ({"outcome": "lost", "value_cents": 1}, "value_cents"),
        ({"outcome": "won", "value_cents": -1}, "value_cents"),
        ({"outcome": "won", "value_cents": 1.5}, "value_cents"),
        ({"outcome": "won", "value_cents": 10**12}, "value_cents"),
    ],
)
def test_outcomes_out_of_range(
    session: Session, now: datetime, world: World, sell: Sell, wanted: dict[str, Any], field: str
) -> None:
    made = sell(world.ann, decision="accepted", decided_at=now)
    with pytest.raises(inbox.InboxInvalid) as refused:
        inbox.record_outcome(session, actor=world.ann.actor, assignment_id=made.id, now=now, **wanted)
    assert set(refused.value.fields) == {field}


def test_rating_and_notes(session: Session, now: datetime, world: World, sell: Sell) -> None:
    made = sell(world.ann)
    me = world.ann.actor
    assert inbox.rate(session, actor=me, assignment_id=made.id, stars=5, now=now).rating == 5
    assert inbox.rate(session, actor=me, assignment_id=made.id, stars=1, now=now).rating == 1
    for stars in (0, 6, 2.5, True, "5"):
        with pytest.raises(inbox.InboxInvalid):
            inbox.rate(session, actor=me, assignment_id=made.id, stars=stars, now=now)
    note = "Call after 5 pm.\nHas two dogs, pat@example.com"
    assert inbox.write_note(session, actor=me, assignment_id=made.id, text=note, now=now).notes == note
    inbox.write_note(session, actor=me, assignment_id=made.id, text=note, now=now)
    assert inbox.write_note(session, actor=me, assignment_id=made.id, text="", now=now).notes == ""
    with pytest.raises(Invalid):
        inbox.write_note(session, actor=me, assignment_id=made.id, text="x" * 4001, now=now)
    entries = trail(session, made)
    assert [entry.action for entry in entries] == ["assignment.rated"] * 2 + ["assignment.noted"] * 2
    assert "dogs" not in str(entries) and "pat@" not in str(entries)


def test_a_refunded_lead_is_closed(session: Session, now: datetime, world: World, sell: Sell) -> None:
    made = sell(world.ann, refunded_at=now, decision="accepted", decided_at=now)
    fresh = sell(world.ann, refunded_at=now)
    me = world.ann.actor
    with pytest.raises(inbox.AlreadyRefunded):
        inbox.record_outcome(session, actor=me, assignment_id=made.id, outcome="won", now=now)
    with pytest.raises(inbox.AlreadyRefunded):
        inbox.accept(session, actor=me, assignment_id=fresh.id, now=now)


def every_verb(session: Session, actor: Any, assignment: Assignment, now: datetime) -> list[Callable[[], object]]:
    common = {"actor": actor, "assignment_id": assignment.id, "now": now}
    return [
        lambda: inbox.open_assignment(session, **common),
        lambda: inbox.accept(session, **common),
        lambda: inbox.reject(session, reason="not mine", **common),
        lambda: inbox.record_outcome(session, outcome="won", **common),
        lambda: inbox.rate(session, stars=1, **common),
        lambda: inbox.write_note(session, text="mine now", **common),
    ]


def test_another_providers_lead_does_not_exist(session: Session, now: datetime, world: World, sell: Sell) -> None:
    made = sell(world.ann, decision="accepted", decided_at=now)
    before = trail(session, made)
    for act in every_verb(session, world.bob.actor, made, now):
        with pytest.raises(inbox.AssignmentNotFound):
            act()
    session.expire_all()
    assert (made.viewed_at, made.outcome, made.rating, made.notes) == (None, None, None, "")
    assert trail(session, made) == before


@pytest.mark.parametrize("role", ["admin", "analyst", "scientist", "system", "public"])
def test_staff_do_not_act_for_a_provider(session: Session, now: datetime, world: World, sell: Sell, role: Any) -> None:
    made = sell(world.ann)
    for act in every_verb(session, Actor(user_id=uuid7(), role=role), made, now):
        with pytest.raises(Forbidden):
            act()


def test_two_members_decide_at_once_exactly_one_counts(database: Engine, now: datetime) -> None:
    """Accept against accept, and accept against reject, on connections of their own."""
    with transaction(database) as session:
        world = a_world(session, now)
        made = [sold(session, now, world, world.ann) for _ in range(6)]
        builders.a_user(session, now)

    def decide(assignment: Assignment, how: str) -> None:
        with transaction(database) as session:
            if how == "accept":
                inbox.accept(session, actor=world.ann.actor, assignment_id=assignment.id, now=now)
            else:
                inbox.reject(session, actor=world.ann.actor, assignment_id=assignment.id, reason="too far", now=now)

    for number, assignment in enumerate(made):
        rivals = ("accept", "accept" if number % 2 else "reject")
        told = at_once(*[partial(done_or_refused, partial(decide, assignment, how)) for how in rivals])
        assert sorted(told) == ["assignment.decided", "done"]
        with transaction(database) as session:
            entries = [entry.action for entry in trail(session, assignment)]
            assert len(entries) == 1
            mails = session.execute(
                text("select count(*) from outbox where key like :k"), {"k": f"lead_rejected_by_provider:{assignment.id}%"}
            ).scalar_one()
            assert mails == (1 if entries == ["assignment.rejected"] else 0)
