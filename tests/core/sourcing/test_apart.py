"""A record that was taken for somebody known is two people after all (SPEC 8.4)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from core import leads, sourcing
from core.kit.actor import Actor
from core.kit.errors import Forbidden, NotFound
from core.sourcing import CannotSetApart, RawRecord, RunCounts, dedupe, raw
from tests.core.sourcing.arrivals import JUNIOR, SENIOR
from tests.core.sourcing.lines import Lines, World
from tests.core.sourcing.test_sources import allow


def newest(world: World, record_id: str = "2") -> UUID:
    found = world.rows(
        "select id from raw_record where record_id = :one order by fetched_at desc, id desc limit 1", one=record_id
    )
    return found[0].id  # type: ignore[no-any-return]


def set_apart(world: World, record_id: str = "2") -> UUID:
    return sourcing.set_apart(
        world.session, actor=world.admin, raw_id=newest(world, record_id), connector=Lines(), now=world.now + timedelta(minutes=5)
    )


def later(world: World, hours: int, record: RawRecord, *, gone: bool = False) -> RawRecord:
    return replace(record, fetched_at=world.now + timedelta(hours=hours), gone=gone)


def founders(world: World) -> dict[str, tuple[UUID, bool]]:
    rows = world.rows("select record_id, lead_id, founder from source_record")
    return {row.record_id: (row.lead_id, row.founder) for row in rows}


@pytest.fixture
def twins(world: World) -> World:
    """Two records that are taken for one person, by likeness alone."""
    assert world.take(world.said("1", **SENIOR)).fresh == 1
    assert world.take(world.said("2", **JUNIOR)) == RunCounts(fetched=1, duplicates=1)
    return world


def test_the_record_gets_a_lead_of_its_own_and_both_are_noted(twins: World) -> None:
    first = founders(twins)["1"][0]
    made = set_apart(twins)
    assert founders(twins) == {"1": (first, True), "2": (made, True)}
    lead = leads.lock(twins.session, made)
    assert (lead.status, lead.duplicate_of, lead.source) == ("pending_approval", None, "connector")
    assert [tuple(row) for row in twins.rows("select outcome, lead_id from raw_record where record_id = '2'")] == [
        ("fresh", made)
    ]
    (pair,) = twins.rows("select first_id, second_id, state, decided_by, probability from duplicate_pair")
    assert ({pair.first_id, pair.second_id}, pair.state, pair.decided_by) == ({first, made}, "apart", twins.admin.user_id)
    assert pair.probability >= 0.9, "how alike they are is told"
    (event,) = twins.rows("select event, lead_id, into_id, cause, actor_id from merge_event")
    assert tuple(event) == ("split", made, first, "person", twins.admin.user_id)
    told = twins.rows("select action from audit_entry where entity_id = :id order by id", id=str(made))
    assert [row.action for row in told] == ["lead.submitted", "lead.split"]
    assert twins.rows("select from outbox where kind = 'lead.score' and key = :key", key=str(made))


def test_neither_its_next_word_nor_its_return_nor_the_other_s_makes_them_one_again(twins: World) -> None:
    made = set_apart(twins)
    assert twins.take(later(twins, 1, twins.said("2", "2", **JUNIOR, text="Also the gutters."))).changed == 1
    twins.take(later(twins, 2, twins.said("2", "gone"), gone=True))
    assert leads.lock(twins.session, made).status == "withdrawn"
    assert twins.take(later(twins, 3, twins.said("2", "3", **JUNIOR))) == RunCounts(fetched=1, fresh=1)
    twins.take(later(twins, 4, twins.said("1", "gone"), gone=True))
    assert twins.take(later(twins, 5, twins.said("1", "2", **SENIOR))) == RunCounts(fetched=1, fresh=1)
    gone = [later(twins, 6, twins.said(one, "away"), gone=True) for one in "12"]
    assert twins.take(*gone).withdrawn == 2
    back = [later(twins, 7, twins.said("1", "4", **SENIOR)), later(twins, 7, twins.said("2", "4", **JUNIOR))]
    assert twins.take(*back) == RunCounts(fetched=2, fresh=2), "both at once, as after a source that was empty by mistake"
    assert {row.state for row in twins.rows("select state from duplicate_pair")} == {"apart"}
    assert len({lead for lead, _ in founders(twins).values()}) == 2


def test_a_third_record_that_is_alike_is_still_met_and_the_audit_asks_nothing(twins: World) -> None:
    made = set_apart(twins)
    first = founders(twins)["1"][0]
    assert dedupe.meet_new(twins.session, now=twins.now) == 0, "later records meet the new lead already"
    niche_id = leads.lock(twins.session, made).niche_id
    told = dedupe.Verdict("review", first, 0.95)
    assert dedupe.note_questions(twins.session, [(made, niche_id, told)], found_by="audit", now=twins.now) == 0
    assert twins.take(twins.said("3", **JUNIOR | {"email": "josie@third.example.com"})).duplicates == 1
    assert founders(twins)["3"] == (made, False), "the name is the one of the two that it says"


def test_the_nightly_audit_finds_the_two_alike_and_asks_nobody(twins: World) -> None:
    names = (
        "Bram Okafor,Ada Quill,Wren Castellano,Ivo Petrakis,Lena Moritz,Omar Haddad,Tess Yardley,Hugo Brandt,Mei Tanaka,Raul Ibo"
    )
    for number, name in enumerate(names.split(",")):
        street = f"{number * 37 + 11} {name.split()[1]} Rd"
        twins.take(twins.said(f"s{number}", name=name, street=street, phone=f"+170223{number}{number}9{number}0"))
    set_apart(twins)
    found = dedupe.resolve_entities(twins.session, now=twins.now)
    assert (found.leads, found.pairs, found.asked) == (12, 1, 0)


def test_merging_the_two_leads_takes_it_back(twins: World) -> None:
    made, first = set_apart(twins), founders(twins)["1"][0]
    merged = dedupe.merge(twins.session, actor=twins.admin, lead_id=made, into_id=first, now=twins.now)
    assert (merged.status, merged.duplicate_of) == ("duplicate", first)
    assert [row.state for row in twins.rows("select state from duplicate_pair")] == ["merged"]
    with pytest.raises(CannotSetApart, match="a lead of its own"):
        set_apart(twins)
    twins.take(later(twins, 1, twins.said("2", "gone"), gone=True))
    assert twins.take(later(twins, 2, twins.said("2", "3", **JUNIOR))).duplicates == 1, "the last decision holds"


def test_what_is_equal_by_its_keys_stays_one_person_and_is_named_masked(world: World) -> None:
    world.take(world.said("1", **SENIOR))
    assert world.take(world.said("2", **JUNIOR | {"email": "jo@example.com"})).duplicates == 1
    with pytest.raises(CannotSetApart) as refused:
        set_apart(world)
    assert "the e-mail address j•••@example.com" in refused.value.message and "jo@" not in refused.value.message
    assert world.take(world.said("3", name="J Halvorsen", email=None, phone=SENIOR["phone"], zip="89109")).duplicates == 1
    with pytest.raises(CannotSetApart, match=r"the phone number \+1702•••••01"):
        set_apart(world, "3")
    assert len(world.rows("select from lead")) == 1 and not world.rows("select from duplicate_pair")


def test_who_gave_the_same_mailbox_stays_one_person_when_the_first_lead_has_ended(world: World) -> None:
    world.take(world.said("1", **SENIOR))
    world.take(world.said("2", **JUNIOR | {"email": "jo@example.com"}))
    leads.withdraw(world.session, actor=world.admin, lead_id=founders(world)["1"][0], reason="No longer", now=world.now)
    with pytest.raises(CannotSetApart, match="the e-mail address"):
        set_apart(world)


def erase(world: World) -> None:
    leads.erase(world.session, actor=world.admin, lead_ids=[founders(world)["1"][0]], reason="Asked us.", now=world.now)


def forget(world: World) -> None:
    after = world.now + timedelta(days=400)
    raw.forget_old(world.session, before=after, most=10, now=after)


def merge_first(world: World) -> None:
    other = founders(world)["9"][0]
    dedupe.merge(world.session, actor=world.admin, lead_id=founders(world)["1"][0], into_id=other, now=world.now)


def stop_sales(world: World) -> None:
    allow(world.session, world.now + timedelta(minutes=1), world.admin, world.source_id, may_sell="never")


def block(world: World) -> None:
    leads.block_contact(world.session, actor=world.admin, email=JUNIOR["email"], reason="Asked us.", now=world.now)


REFUSALS: dict[str, tuple[Callable[[World], Any], str]] = {
    "gone": (lambda w: w.take(later(w, 1, w.said("2", "gone"), gone=True)), "gone from its source"),
    "a test": (lambda w: w.rows("update source_record set test = true returning 1"), "a test"),
    "erased": (erase, "erased"),
    "kept long enough": (forget, "kept long enough"),
    "not for sale": (stop_sales, "may not be sold"),
    "do not contact": (block, "do-not-contact"),
    "no market": (lambda w: w.rows("update market set status = 'closed' returning 1"), "outside all markets"),
    "merged itself": (merge_first, "merged into another"),
    "quarantined since": (lambda w: w.take(later(w, 1, w.said("2", "2", **JUNIOR | {"zip": None}))), "newer"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSALS)
def test_what_cant_be_done_is_told_in_words_and_changes_nothing(twins: World, what: str) -> None:
    assert twins.take(twins.said("9", name="Bram Okafor", street="77 Quarry Rd")).fresh == 1
    happens, words = REFUSALS[what]
    raw_id = newest(twins)
    happens(twins)
    before = twins.rows("select id, status, duplicate_of from lead order by id")
    with pytest.raises(CannotSetApart, match=words), twins.session.begin_nested():
        sourcing.set_apart(
            twins.session, actor=twins.admin, raw_id=raw_id, connector=Lines(), now=twins.now + timedelta(minutes=5)
        )
    assert twins.rows("select id, status, duplicate_of from lead order by id") == before


def test_a_founder_a_stranger_and_an_analyst(twins: World) -> None:
    with pytest.raises(CannotSetApart, match="a lead of its own"):
        set_apart(twins, "1")
    with pytest.raises(NotFound):
        sourcing.set_apart(twins.session, actor=twins.admin, raw_id=twins.source_id, connector=Lines(), now=twins.now)
    with pytest.raises(Forbidden):
        sourcing.set_apart(twins.session, actor=Actor(twins.admin.user_id, "analyst"), raw_id=newest(twins), now=twins.now)


@pytest.mark.parametrize("status", ["withdrawn", "approved"])
def test_it_does_not_matter_what_became_of_the_first_lead(twins: World, status: str) -> None:
    first = founders(twins)["1"][0]
    if status == "approved":
        leads.approve(twins.session, actor=twins.admin, lead_id=first, now=twins.now)
    else:
        leads.withdraw(twins.session, actor=twins.admin, lead_id=first, reason="No longer", now=twins.now)
    made = set_apart(twins)
    assert (leads.lock(twins.session, first).status, leads.lock(twins.session, made).status) == (status, "pending_approval")


def test_who_is_erased_later_takes_only_their_own_records_along(twins: World) -> None:
    twins.take(later(twins, 1, twins.said("2", "2", **JUNIOR, text="Also the gutters.")))
    set_apart(twins)
    erase(twins)
    kept = twins.rows("select record_id, version from raw_record where content is not null order by version")
    assert [tuple(row) for row in kept] == [("2", "1"), ("2", "2")]


def test_the_list_and_both_sides(twins: World) -> None:
    analyst = Actor(twins.admin.user_id, "analyst")
    (row,) = sourcing.merged_on_arrival(twins.session, actor=analyst)
    assert (row.id, row.lead_id, row.source_id) == (newest(twins), founders(twins)["1"][0], twins.source_id)
    told = sourcing.compare_repeat(twins.session, actor=twins.admin, raw_id=row.id, connector=Lines(), now=twins.now)
    assert (told.record.email, told.lead.email, told.exact, told.refusal) == (JUNIOR["email"], SENIOR["email"], False, None)
    masked = sourcing.compare_repeat(twins.session, actor=analyst, raw_id=row.id, connector=Lines(), now=twins.now)
    assert (masked.record.email, masked.record.street, masked.record.masked) == ("j•••@other.example.com", "", True)
    read = twins.rows("select entity_type from audit_entry where action = 'contact.read' order by 1")
    assert [one.entity_type for one in read] == ["lead", "raw_record"], "an admin's reading is recorded"
    twins.take(later(twins, 1, twins.said("2", "2", **JUNIOR, text="Also the gutters.")))
    (row,) = sourcing.merged_on_arrival(twins.session, actor=analyst)
    assert row.id == newest(twins), "one row for a record: its newest version"
    assert not sourcing.merged_on_arrival(twins.session, actor=analyst, before_id=row.id)
    set_apart(twins)
    assert not sourcing.merged_on_arrival(twins.session, actor=analyst)
