"""The same person in the same niche within 90 days: one original, whatever the spelling and however many at once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core import leads
from core.kit.db import transaction
from core.leads import Lead
from tests.at_once import each_at_once
from tests.builders import a_niche
from tests.core.leads.world import VISITOR, World, a_request, a_world, actions, confirmed, force, jobs, status, submitted
from tests.queued import mails

PERSON = {"name": "Pat Example", "email": "pat.example@gmail.com", "phone": "(702) 234-5678"}
HOME = {"street": "123 North Main Street", "unit": "Apt 4", "zip": "89109"}
SAME_HOME = {"street": "123 N. Main St", "unit": "#4", "zip": "89109"}


def ask(
    session: Session, now: datetime, world: World, person: dict[str, str], home: dict[str, str] | None = None
) -> leads.Submitted:
    request = a_request(world.niche, contact=person, address=home)
    return leads.submit(session, submission=request, actor=VISITOR, now=now)


@pytest.mark.parametrize(
    ("person", "home"),
    [
        (PERSON, None),
        ({**PERSON, "email": "P.AT.EXAMPLE+roof@googlemail.com", "phone": "702 234 0001"}, None),
        ({**PERSON, "email": "other@example.com", "phone": "+1 702-234-5678"}, None),
        ({"name": "Example, PAT", "email": "other@example.com", "phone": "702 234 0001"}, SAME_HOME),
    ],
    ids=["all", "e-mail", "phone", "name and address"],
)  # fmt: skip
def test_the_second_request_is_linked_to_the_first(
    session: Session, now: datetime, world: World, person: dict[str, str], home: dict[str, str] | None
) -> None:
    first = ask(session, now, world, PERSON, HOME)
    second = ask(session, now + timedelta(days=89), world, person, home)
    assert (first.status, second.status) == ("pending_confirmation", "duplicate")
    lead = session.get_one(Lead, second.lead_id)
    assert lead.duplicate_of == first.lead_id and actions(session, second.lead_id) == ["lead.submitted"]
    owned = session.execute(text("select distinct lead_id from lead_identity")).scalars().all()
    assert owned == [first.lead_id], "a duplicate owns no key"


def test_other_people_and_other_niches_are_new(session: Session, now: datetime, world: World) -> None:
    ask(session, now, world, PERSON, HOME)
    housemate = {"name": "Sam Example", "email": "sam@example.com", "phone": "702 234 0002"}
    assert ask(session, now, world, housemate, HOME).status == "pending_confirmation"
    elsewhere = a_request(a_niche(session, now), contact=PERSON)
    assert leads.submit(session, submission=elsewhere, actor=VISITOR, now=now).status == "pending_confirmation"


def test_after_ninety_days_the_person_is_new(session: Session, now: datetime, world: World) -> None:
    first = ask(session, now, world, PERSON)
    again = ask(session, now + timedelta(days=90), world, PERSON)
    assert again.status == "pending_confirmation" and again.lead_id != first.lead_id
    assert ask(session, now + timedelta(days=91), world, PERSON).status == "duplicate"


def test_an_end_before_approval_lets_the_person_ask_again(session: Session, now: datetime, world: World) -> None:
    first = submitted(session, now, world.niche)
    leads.withdraw(session, actor=world.admin, lead_id=first, reason="Asked.", now=now)
    second = confirmed(session, now, world.niche)
    leads.reject(session, actor=world.admin, lead_id=second, reason="No such street.", now=now)
    assert submitted(session, now, world.niche)


def test_an_approved_lead_keeps_its_keys_whatever_becomes_of_it(session: Session, now: datetime, world: World) -> None:
    first = confirmed(session, now, world.niche)
    leads.approve(session, actor=world.admin, lead_id=first, now=now)
    leads.withdraw(session, actor=world.admin, lead_id=first, reason="Asked.", now=now)
    again = leads.submit(session, submission=a_request(world.niche), actor=VISITOR, now=now)
    assert again.status == "duplicate", "it may have been sold already"


def test_a_lost_mail_is_sent_once_more_within_its_limits(session: Session, now: datetime, world: World) -> None:
    first = submitted(session, now, world.niche)
    for minutes, sent in ((1, 1), (6, 2), (7, 2), (12, 3), (18, 4), (24, 4)):
        leads.submit(session, submission=a_request(world.niche), actor=VISITOR, now=now + timedelta(minutes=minutes))
        assert len(mails(session, "lead_confirmation")) == sent
    assert {mail["lead_id"] for mail in mails(session, "lead_confirmation")} == {str(first)}
    assert status(session, first) == "pending_confirmation"


def test_a_duplicate_of_a_confirmed_lead_asks_for_nothing(session: Session, now: datetime, world: World) -> None:
    confirmed(session, now, world.niche)
    leads.submit(session, submission=a_request(world.niche), actor=VISITOR, now=now + timedelta(days=1))
    assert len(mails(session, "lead_confirmation")) == 1 and len(jobs(session, "lead.score")) == 1


def test_the_page_shows_the_whole_family(session: Session, now: datetime, world: World) -> None:
    first, *others = [ask(session, now, world, PERSON).lead_id for _ in range(3)]
    shown = leads.get_lead(session, actor=world.admin, lead_id=others[0], now=now).duplicates
    assert [(view.lead_id, view.first) for view in shown] == [(first, True), (others[1], False)]
    assert [view.lead_id for view in leads.get_lead(session, actor=world.admin, lead_id=first, now=now).duplicates] == others


def test_a_conflict_with_a_lead_that_just_let_go_is_no_duplicate(session: Session, now: datetime, world: World) -> None:
    """The keys stand in the way of the insert, and are free when their owner is looked for."""
    first = submitted(session, now, world.niche)
    session.execute(
        text("update lead_identity set held_until = :now where lead_id = :id and key like 'email:%'"), {"now": now, "id": first}
    )
    force(session, first, status="pending_confirmation")
    session.execute(text("delete from lead_identity where lead_id = :id and key not like 'email:%'"), {"id": first})
    assert submitted(session, now, world.niche) != first


def test_many_at_once_leave_exactly_one_original(database: Engine, now: datetime) -> None:
    """20 threads with connections of their own: same mailbox, same phone or same home, each in another mixture."""
    with transaction() as session:
        world = a_world(session, now)
    people = []
    for n in range(20):
        mailbox, line = (n if n % 3 else 0), (n if n % 3 == 1 else 0)
        people.append({"name": "Pat Example", "email": f"pat{mailbox}@example.com", "phone": f"702 234 {1000 + line}"})

    def one(person: dict[str, str]) -> str:
        with transaction() as session:
            return ask(session, now, world, person, HOME).status

    assert Counter(each_at_once(one, people)) == {"pending_confirmation": 1, "duplicate": 19}
    with transaction() as session:
        rows = session.execute(text("select id, duplicate_of from lead")).all()
        (original,) = [row.id for row in rows if row.duplicate_of is None]
        assert {row.duplicate_of for row in rows} == {None, original}
        # Any of the mailboxes may be the right one: each is asked once, and who confirms first keeps the request.
        assert len(mails(session, "lead_confirmation")) == len({person["email"] for person in people})
        assert set(session.execute(text("select lead_id from lead_identity")).scalars()) == {original}


def test_asking_again_while_the_first_is_being_withdrawn(database: Engine, now: datetime) -> None:
    """Whoever wins, nobody waits for ever: the one holds the lead and wants its keys, the other the reverse."""
    with transaction() as session:
        world = a_world(session, now)
        numbers = range(12)
        first = [submitted(session, now, world.niche, n) for n in numbers]
    barrier = Barrier(2 * len(numbers))
    later = now + timedelta(minutes=6)

    def end(number: int) -> str:
        barrier.wait()
        with transaction() as session:
            return leads.withdraw(session, actor=world.admin, lead_id=first[number], reason="Asked.", now=later).status

    def again(number: int) -> str:
        barrier.wait()
        with transaction() as session:
            return leads.submit(session, submission=a_request(world.niche, number), actor=VISITOR, now=later).status

    with ThreadPoolExecutor(2 * len(numbers)) as pool:
        ended = [pool.submit(end, n) for n in numbers]
        asked = [pool.submit(again, n) for n in numbers]
        assert {done.result() for done in ended} == {"withdrawn"}
        assert {done.result() for done in asked} <= {"duplicate", "pending_confirmation"}
