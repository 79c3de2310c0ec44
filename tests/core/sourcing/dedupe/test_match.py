"""New records against the leads there are, merges and what takes them back (SPEC 2.6, 8.4)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import leads, policies
from core.kit.actor import SYSTEM, Actor
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from core.sourcing import dedupe, locks
from core.sourcing.dedupe import Candidate, CannotMerge, NotMerged, PairNotFound, shape_of
from core.sourcing.dedupe.keys import block_keys
from tests.builders import a_niche
from tests.core.leads.world import World, a_world, confirmed, submitted

HOME = {"street": "12 Oak St", "city": "Las Vegas", "state": "NV"}


def a_person(
    name: str = "Robert Larch", email: str = "bob@mail.com", phone: str = "702-300-4000", **changes: Any
) -> dict[str, Any]:
    contact = {"name": name, "email": email, "phone": phone}
    return {"contact": contact, "address": HOME | {"zip": "89109"} | changes}


def candidate(of: World, name: str, email: str | None, phone: str | None, **changes: Any) -> Candidate:
    home = {"unit": None, "zip": "89109"} | HOME | changes
    return Candidate(uuid7(), of.niche.id, shape_of(name=name, email=email, phone=phone, **home))


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    return a_world(session, now)


@pytest.fixture
def bob(session: Session, now: datetime, world: World) -> UUID:
    lead_id = confirmed(session, now, world.niche, **a_person())
    assert dedupe.meet_new(session, now=now) == 1 and dedupe.meet_new(session, now=now) == 0
    return lead_id


def test_the_sweep_decides_under_the_locks_of_the_pipeline(session: Session, now: datetime, world: World, bob: UUID) -> None:
    mine = "select objid from pg_locks where locktype = 'advisory' and classid = :class and pid = pg_backend_pid()"
    held = set(session.execute(text(mine), {"class": locks.CLASS}).scalars())
    shape = candidate(world, "Robert Larch", "bob@mail.com", "+17023004000").shape
    assert held == {trait % locks.BUCKETS for trait in block_keys(shape)}


@pytest.mark.parametrize(
    ("who", "kind"),
    [
        (("Bob Larch", "bob.larch@other.com", "+17023004000", {}), "merge"),  # the same phone, name and home
        (("Robert Larch", "bob@mail.com", "+17029990000", {"street": "4 Elm Rd", "zip": "89110"}), "merge"),  # moved
        (("Ada Quill", None, "+17023004000", {"street": "4 Elm Rd", "zip": "89110"}), "new"),  # the same phone only
        (("Mary Larch", "mary@mail.com", "+17023004000", {}), "new"),  # of one home
        (("Ada Quill", "ada@mail.com", "+17025556666", {"street": "4 Elm Rd"}), "new"),
    ],
)
def test_verdicts(
    session: Session, now: datetime, world: World, bob: UUID, who: tuple[str, str | None, str, dict[str, str]], kind: str
) -> None:
    (verdict,) = dedupe.match(session, [candidate(world, *who[:3], **who[3])], now)
    assert verdict.kind == kind, verdict
    assert (verdict.first_id == bob) == (kind != "new")


def test_an_unsure_pair_is_a_question(session: Session, now: datetime, world: World, bob: UUID) -> None:
    unsure = candidate(world, "R Larch", "rl@other.com", None, street="12 Oak St")
    (verdict,) = dedupe.match(session, [unsure], now)
    assert verdict.kind in ("review", "merge") and ("last", "same") in verdict.reasons
    assert not any("larch" in word.lower() for pair in verdict.reasons for word in pair), "reasons hold no contact data"


def test_records_of_one_batch_meet(session: Session, now: datetime, world: World) -> None:
    one, twin = candidate(world, "Ada Quill", "ada@mail.com", "+17022226666"), candidate(world, "Ada Quil", "ada@mail.com", None)
    first, second = dedupe.match(session, [one, twin], now)
    assert first.kind == "new" and second.kind == "merge" and second.first_id == one.lead_id


def test_other_niches_and_old_leads_are_not_met(session: Session, now: datetime, world: World, bob: UUID) -> None:
    same = candidate(world, "Robert Larch", "bob@mail.com", "+17023004000")
    elsewhere = Candidate(same.lead_id, a_niche(session, now).id, same.shape)
    assert [one.kind for one in dedupe.match(session, [same, elsewhere], now)] == ["merge", "new"]
    assert dedupe.match(session, [same], now + timedelta(days=91))[0].kind == "new"


def test_the_keys_hold_no_contact_data_and_go_with_the_person(session: Session, now: datetime, world: World, bob: UUID) -> None:
    twin = submitted(session, now, world.niche, 2, **a_person("Rob Larch", "rob@else.com", "702-300-4001"))
    dedupe.meet_new(session, now=now)
    (pair,) = dedupe.waiting_pairs(session, actor=world.admin)
    assert {pair.first.lead_id, pair.second.lead_id} == {bob, twin}
    leads.withdraw(session, actor=SYSTEM, lead_id=bob, reason="asked", now=now)
    leads.erase(session, actor=SYSTEM, lead_ids=[bob], reason="asked", now=now)
    assert session.execute(text("select count(*) from lead_block where lead_id = :id"), {"id": bob}).scalar_one() == 0
    assert not dedupe.waiting_pairs(session, actor=world.admin)
    with pytest.raises(PairNotFound):
        dedupe.keep_apart(session, actor=world.admin, pair_id=pair.id, now=now)


def a_pair(session: Session, now: datetime, world: World, bob: UUID) -> tuple[UUID, dedupe.PairView]:
    twin = confirmed(session, now, world.niche, 2, **a_person("Bob Larch", "rob@else.com", "702-300-4001"))
    dedupe.meet_new(session, now=now)
    (pair,) = dedupe.waiting_pairs(session, actor=world.analyst)
    return twin, pair


def test_merge_and_split(session: Session, now: datetime, world: World, bob: UUID) -> None:
    twin, pair = a_pair(session, now, world, bob)
    dedupe.merge(session, actor=world.analyst, lead_id=twin, into_id=bob, probability=pair.probability, now=now)
    lead = leads.lock(session, twin)
    assert (lead.status, lead.duplicate_of) == ("duplicate", bob) and not dedupe.waiting_pairs(session, actor=world.admin)
    with pytest.raises(CannotMerge):
        dedupe.merge(session, actor=world.admin, lead_id=twin, into_id=bob, now=now)
    dedupe.split(session, actor=world.admin, lead_id=twin, now=now)
    lead = leads.lock(session, twin)
    assert (lead.status, lead.duplicate_of) == ("pending_approval", None)
    held = session.execute(text("select count(*) from lead_identity where lead_id = :id"), {"id": twin}).scalar_one()
    assert held > 0, "its keys are its own again"
    log = session.execute(text("select event from merge_event where lead_id = :id order by id"), {"id": twin}).scalars().all()
    told = (
        session.execute(text("select action from audit_entry where entity_id = :id order by id"), {"id": str(twin)})
        .scalars()
        .all()
    )
    assert log == ["merge", "split"] and [one for one in told if one in ("lead.merged", "lead.split")] == [
        "lead.merged",
        "lead.split",
    ]
    assert [one.state for one in dedupe.decided_pairs(session, actor=world.admin)] == ["apart"]
    with pytest.raises(NotMerged):
        dedupe.split(session, actor=world.admin, lead_id=twin, now=now)


def test_what_was_split_keeps_its_keys_for_the_days_that_its_policy_says(
    session: Session, now: datetime, world: World, bob: UUID
) -> None:
    policies.add_policy(
        session, actor=world.admin, rule="dedupe_days", value=30, state="NV", ground="The law.",
        effective_from=now + timedelta(hours=1), now=now,
    )  # fmt: skip
    twin, _ = a_pair(session, now, world, bob)
    later = now + timedelta(hours=2)
    dedupe.merge(session, actor=world.admin, lead_id=twin, into_id=bob, now=later)
    dedupe.split(session, actor=world.admin, lead_id=twin, now=later)
    held = (
        session.execute(text("select distinct held_until from lead_identity where lead_id = :id"), {"id": twin}).scalars().all()
    )
    submitted_at = leads.lock(session, twin).submitted_at
    assert held == [submitted_at + timedelta(days=30)]


def test_a_merge_can_be_taken_back_when_the_first_request_is_on_sale(
    session: Session, now: datetime, world: World, bob: UUID
) -> None:
    twin, _ = a_pair(session, now, world, bob)
    dedupe.merge(session, actor=world.admin, lead_id=twin, into_id=bob, now=now)
    leads.approve(session, actor=world.admin, lead_id=bob, now=now)
    keys = text("select key from lead_identity where lead_id = :id order by key")
    before = session.execute(keys, {"id": bob}).scalars().all()
    dedupe.split(session, actor=world.admin, lead_id=twin, now=now)
    assert (leads.lock(session, bob).status, leads.lock(session, twin).status) == ("approved", "pending_approval")
    assert before and session.execute(keys, {"id": bob}).scalars().all() == before, "what is on sale keeps its keys"
    leads.approve(session, actor=world.admin, lead_id=twin, now=now)
    assert leads.lock(session, twin).status == "approved", "two people are two requests"


def test_duplicates_follow_a_merge_and_come_back(session: Session, now: datetime, world: World, bob: UUID) -> None:
    twin, _ = a_pair(session, now, world, bob)
    third = confirmed(session, now, world.niche, 3, **a_person("Ada Quill", "ada@mail.com", "702-300-9999"))
    dedupe.merge(session, actor=world.admin, lead_id=third, into_id=twin, now=now)
    dedupe.merge(session, actor=world.admin, lead_id=twin, into_id=bob, now=now)
    assert leads.lock(session, third).duplicate_of == bob
    dedupe.split(session, actor=world.admin, lead_id=twin, now=now)
    assert leads.lock(session, third).duplicate_of == twin


def test_kept_apart_is_not_asked_again_until_taken_back(session: Session, now: datetime, world: World, bob: UUID) -> None:
    twin, pair = a_pair(session, now, world, bob)
    dedupe.keep_apart(session, actor=world.analyst, pair_id=pair.id, now=now)
    verdict = dedupe.Verdict("review", bob, 0.9)
    dedupe.note_question(session, lead_id=twin, niche_id=world.niche.id, verdict=verdict, found_by="audit", now=now)
    assert not dedupe.waiting_pairs(session, actor=world.admin)
    dedupe.ask_again(session, actor=world.admin, pair_id=pair.id, now=now)
    figures = dedupe.pair_figures(session, actor=world.admin, since=now - timedelta(days=1))
    assert (figures.waiting, figures.merged, figures.kept_apart) == (1, 0, 0)


def test_who_may_decide_and_what_an_analyst_sees(session: Session, now: datetime, world: World, bob: UUID) -> None:
    twin, pair = a_pair(session, now, world, bob)
    for role in ("provider", "scientist", "public"):
        with pytest.raises(Forbidden):
            dedupe.merge(session, actor=Actor(uuid7(), role), lead_id=twin, into_id=bob, now=now)  # type: ignore[arg-type]
        with pytest.raises(Forbidden):
            dedupe.waiting_pairs(session, actor=Actor(uuid7(), role))  # type: ignore[arg-type]
    masked, _ = dedupe.both_contacts(session, actor=world.analyst, pair=pair, now=now)
    plain, _ = dedupe.both_contacts(session, actor=world.admin, pair=pair, now=now)
    assert masked.masked and "Larch" not in masked.name and "Larch" in plain.name


def test_an_approved_request_stays(session: Session, now: datetime, world: World, bob: UUID) -> None:
    twin, _ = a_pair(session, now, world, bob)
    leads.approve(session, actor=world.admin, lead_id=twin, now=now)
    with pytest.raises(CannotMerge, match="approved"):
        dedupe.merge(session, actor=world.admin, lead_id=twin, into_id=bob, now=now)
    assert dedupe.merge(session, actor=world.admin, lead_id=bob, into_id=twin, now=now).duplicate_of == twin
