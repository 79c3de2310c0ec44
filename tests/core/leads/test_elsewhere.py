"""One person, two mailboxes, nobody has confirmed yet: whoever confirms first keeps the request (SPEC 2.6)."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core import leads
from core.kit.db import transaction
from core.kit.errors import Conflict
from core.leads import Lead
from tests.core.leads.world import VISITOR, World, a_request, a_world, actions, jobs, mails, status, token_of

TYPO, RIGHT = "pat@exmaple.com", "pat@example.com"
PHONE = "(702) 234-5678"


def ask(session: Session, now: datetime, world: World, email: str, phone: str = PHONE) -> leads.Submitted:
    contact = {"name": "Pat Example", "email": email, "phone": phone}
    return leads.submit(session, submission=a_request(world.niche, contact=contact), actor=VISITOR, now=now)


def confirm(session: Session, lead_id: UUID, now: datetime) -> leads.Confirmed:
    return leads.confirm(session, token=token_of(session, lead_id), ip=None, user_agent=None, now=now)


def owners(session: Session) -> set[UUID]:
    return set(session.execute(text("select distinct lead_id from lead_identity")).scalars())


def test_the_right_address_after_a_mistyped_one_can_confirm(session: Session, now: datetime, world: World) -> None:
    first, second = ask(session, now, world, TYPO), ask(session, now, world, RIGHT)
    assert (first.status, second.status) == ("pending_confirmation", "duplicate")
    assert [mail["lead_id"] for mail in mails(session, "lead_confirmation")] == [str(first.lead_id), str(second.lead_id)]
    assert not confirm(session, second.lead_id, now).already and confirm(session, second.lead_id, now).already
    assert (status(session, second.lead_id), status(session, first.lead_id)) == ("pending_approval", "duplicate")
    assert session.get_one(Lead, first.lead_id).duplicate_of == second.lead_id
    assert session.get_one(Lead, second.lead_id).duplicate_of is None
    assert owners(session) == {second.lead_id} and jobs(session, "lead.score") == [str(second.lead_id)]
    assert actions(session, first.lead_id) == ["lead.submitted", "lead.merged"]
    with pytest.raises(leads.LinkExpired) as over:
        confirm(session, first.lead_id, now)
    assert over.value.over
    assert ask(session, now, world, RIGHT, "702 234 0001").status == "duplicate"
    assert ask(session, now, world, TYPO, "702 234 0002").status == "pending_confirmation", "whose mailbox it really is"


def test_a_stranger_does_not_keep_a_number_busy_nor_end_a_request(session: Session, now: datetime, world: World) -> None:
    first, second = ask(session, now, world, RIGHT), ask(session, now, world, "other@example.com")
    confirm(session, first.lead_id, now)
    link = leads.look(session, token=token_of(session, second.lead_id), now=now)
    assert (link.state, link.over) == ("expired", True)
    with pytest.raises(leads.LinkExpired):
        confirm(session, second.lead_id, now)
    assert (status(session, first.lead_id), status(session, second.lead_id)) == ("pending_approval", "duplicate")
    assert owners(session) == {first.lead_id}


def test_whoever_has_confirmed_by_another_request_is_not_asked(session: Session, now: datetime, world: World) -> None:
    ask(session, now, world, TYPO)
    confirm(session, ask(session, now, world, RIGHT, "702 234 0001").lead_id, now)
    asked = len(mails(session, "lead_confirmation"))
    assert ask(session, now, world, RIGHT).status == "duplicate" and len(mails(session, "lead_confirmation")) == asked


def test_a_request_of_their_own_meanwhile_stands(session: Session, now: datetime, world: World) -> None:
    first, second = ask(session, now, world, TYPO), ask(session, now, world, RIGHT)
    own = ask(session, now, world, RIGHT, "702 234 0001")
    assert own.status == "pending_confirmation"
    with pytest.raises(leads.LinkExpired), session.begin_nested():
        confirm(session, second.lead_id, now)
    assert (status(session, first.lead_id), status(session, second.lead_id)) == ("pending_confirmation", "duplicate")
    assert owners(session) == {first.lead_id, own.lead_id}


def test_the_third_one_repeats_whoever_confirmed(session: Session, now: datetime, world: World) -> None:
    first, second, third = (ask(session, now, world, email) for email in (TYPO, RIGHT, "pat@example.org"))
    confirm(session, second.lead_id, now)
    assert {session.get_one(Lead, each.lead_id).duplicate_of for each in (first, third)} == {second.lead_id}
    with pytest.raises(leads.LinkExpired):
        confirm(session, third.lead_id, now)


def test_its_mail_is_sent_again_while_the_first_waits(session: Session, now: datetime, world: World) -> None:
    first, second = ask(session, now, world, TYPO), ask(session, now, world, RIGHT)
    old, later = token_of(session, second.lead_id), now + timedelta(days=1)
    assert leads.look(session, token=old, now=later).state == "expired"
    leads.resend_confirmation(session, lead_id=second.lead_id, now=later)
    assert leads.look(session, token=old, now=later).message == "A newer mail was sent, and this link has stopped working. " \
        "Use the link in the newest mail."  # fmt: skip
    confirm(session, second.lead_id, later)
    with pytest.raises(Conflict):
        leads.resend_confirmation(session, lead_id=second.lead_id, now=later + timedelta(hours=1))
    assert status(session, first.lead_id) == "duplicate"


def test_confirming_all_at_once_leaves_one(database: Engine, now: datetime) -> None:
    """Each from a connection of its own, while others ask for the same person."""
    mailboxes = [f"pat{n}@example.com" for n in range(8)]
    with transaction() as session:
        world = a_world(session, now)
        asked = [ask(session, now, world, email).lead_id for email in mailboxes]
    barrier = Barrier(2 * len(asked))

    def confirming(lead_id: UUID) -> str:
        barrier.wait()
        try:
            with transaction() as session:
                confirm(session, lead_id, now)
        except leads.LinkExpired:
            return "over"
        return "confirmed"

    def asking(number: int) -> str:
        barrier.wait()
        with transaction() as session:
            return ask(session, now, world, f"late{number}@example.com").status

    with ThreadPoolExecutor(2 * len(asked)) as pool:
        done = [pool.submit(confirming, lead_id) for lead_id in asked]
        late = [pool.submit(asking, number) for number in range(len(asked))]
        assert Counter(each.result() for each in done) == {"confirmed": 1, "over": len(asked) - 1}
        assert {each.result() for each in late} == {"duplicate"}
    with transaction() as session:
        rows = session.execute(text("select id, status, duplicate_of from lead")).all()
        (kept,) = [row.id for row in rows if row.status == "pending_approval"]
        assert {row.duplicate_of for row in rows} == {None, kept} and owners(session) == {kept}
