"""From raw record to lead: every step, once and for all (SPEC 8.3, 8.4)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core import leads, sourcing
from core.leads import NotForSale
from core.sourcing import RawRecord, RunCounts
from tests.core.sourcing.lines import Lines, World
from tests.core.sourcing.test_sources import allow


def test_a_record_becomes_one_lead_with_its_facts_and_origin(world: World) -> None:
    assert world.take(world.said()) == RunCounts(fetched=1, fresh=1)
    (lead,) = world.rows("select l.*, c.full_name, c.email, c.phone, c.street from lead l join contact c on c.id = l.contact_id")
    assert (lead.status, lead.source, lead.zip) == ("pending_approval", "connector", "89109")
    assert (lead.full_name, lead.email, lead.phone) == ("Pat 1", "pat.1@example.com", "+17022340049")
    assert lead.form_data == {"bedrooms": 3, "property_type": "house"} and lead.facts["bedrooms"] == 3
    (raw,) = world.rows("select * from raw_record")
    assert (raw.outcome, raw.lead_id, raw.content_bytes) == ("fresh", lead.id, len(world.said().content))
    assert b"pat.1" not in bytes(raw.content)
    assert sourcing.read_raw(world.session, actor=world.admin, raw_id=raw.id, now=world.now) == world.said().content
    assert [row.action for row in world.rows("select action from audit_entry where entity_id = :id", id=lead.id)] == [
        "lead.submitted"
    ]
    assert [row.key for row in world.rows("select key from outbox where kind = 'lead.score'")] == [str(lead.id)]


def test_the_same_version_again_changes_nothing(world: World) -> None:
    world.take(world.said())
    before = world.rows("select * from lead")
    assert world.take(world.said(), world.said()) == RunCounts(fetched=2, unchanged=2)
    assert world.rows("select * from lead") == before
    assert len(world.rows("select from raw_record")) == 1


def test_a_changed_record_updates_its_lead(world: World) -> None:
    world.take(world.said())
    counts = world.take(world.said(version="2", phone="(702) 234-9999", facts={"bedrooms": 5, "property_type": "condo"}))
    assert counts == RunCounts(fetched=1, changed=1)
    (lead,) = world.rows("select l.form_data, l.facts, l.status, c.phone from lead l join contact c on c.id = l.contact_id")
    assert lead.form_data == {"bedrooms": 5, "property_type": "condo"} and lead.facts["bedrooms"] == 5
    assert (lead.phone, lead.status) == ("+17022349999", "pending_approval")
    (told,) = world.rows("select after from audit_entry where action = 'lead.changed'")
    assert told.after["fields"] == ["phone", "form_data.bedrooms", "form_data.property_type"]


def test_what_an_older_version_says_late_changes_nothing(world: World) -> None:
    newer = (world.now - timedelta(hours=1)).isoformat()
    older = (world.now - timedelta(hours=2)).isoformat()
    world.take(world.said(version="b", at=newer, name="Pat Newer"))
    assert world.take(world.said(version="a", at=older, name="Pat Older")) == RunCounts(fetched=1, unchanged=1)
    assert [row.full_name for row in world.rows("select full_name from contact")] == ["Pat Newer"]
    assert {row.outcome for row in world.rows("select outcome from raw_record")} == {"fresh", "stale"}


def test_a_source_whose_clock_is_ahead_is_still_heard_when_it_says_something_new(world: World) -> None:
    ahead = (world.now + timedelta(days=400)).isoformat()
    world.take(world.said(version="a", at=ahead, name="Pat First"))
    said = world.said(version="b", at=world.now.isoformat(), name="Pat Later")
    assert world.take(replace(said, fetched_at=world.now + timedelta(hours=1))) == RunCounts(fetched=1, changed=1)
    assert [row.full_name for row in world.rows("select full_name from contact")] == ["Pat Later"]


def test_one_record_several_times_in_one_batch_is_one_lead(world: World) -> None:
    older, newer = ((world.now - timedelta(hours=hours)).isoformat() for hours in (2, 1))
    first, second = world.said(version="a", at=older), world.said(version="b", at=newer, name="Pat Newer")
    assert world.take(second, first, first, second) == RunCounts(fetched=4, fresh=1, changed=1, unchanged=2)
    assert [row.full_name for row in world.rows("select full_name from contact")] == ["Pat Newer"]


def test_a_record_gone_from_its_source_withdraws_its_lead(world: World) -> None:
    world.take(world.said())
    gone = replace(world.said(version="2"), gone=True, fetched_at=world.now + timedelta(hours=1))
    assert world.take(gone) == RunCounts(fetched=1, withdrawn=1)
    assert [row.status for row in world.rows("select status from lead")] == ["withdrawn"]
    back = replace(world.said(version="3"), fetched_at=world.now + timedelta(hours=2))
    assert world.take(back) == RunCounts(fetched=1, fresh=1)
    assert sorted(row.status for row in world.rows("select status from lead")) == ["pending_approval", "withdrawn"]


def test_the_same_person_from_two_records_is_one_lead(world: World) -> None:
    counts = world.take(world.said("1"), world.said("2", email="PAT.1@example.com"), world.said("3"))
    assert counts == RunCounts(fetched=3, fresh=2, duplicates=1)
    (repeated,) = world.rows("select * from source_record where not founder")
    (first,) = world.rows("select lead_id from source_record where record_id = '1'")
    assert (repeated.record_id, repeated.lead_id) == ("2", first.lead_id)
    gone = replace(world.said("2", "9"), gone=True, fetched_at=world.now + timedelta(hours=1))
    world.take(gone)
    assert {row.status for row in world.rows("select status from lead")} == {"pending_approval"}, "the first record still stands"


def test_a_shared_phone_alone_is_no_identity(world: World) -> None:
    shared = "+17022345555"
    same_home = {"street": "7 Elm St", "phone": shared}
    counts = world.take(
        world.said("1", phone=shared, name="Pat Rivera"),
        world.said("2", phone=shared, name="Sam Stone"),
        world.said("3", phone=shared, name="Rivera, Pat", email=None, street=None),
    )
    assert counts == RunCounts(fetched=3, fresh=2, duplicates=1, in_review=1)
    assert world.take(world.said("4", name="Kim Lowe", **same_home)).fresh == 1


def test_who_is_likely_somebody_known_is_a_question_for_a_person(world: World) -> None:
    world.take(world.said("1", name="Josephine Halvorsen", street="4821 Larkspur Canyon Dr"))
    slipped = world.said("2", name="Josephine Halvorson", street="4821 Larkspur Canyon Drive", email="other@example.com")
    stranger = world.said("3", name="Bram Okafor", street="77 Quarry Rd")
    assert world.take(slipped, stranger) == RunCounts(fetched=2, fresh=2, in_review=1)
    (question,) = world.rows("select p.state, p.found_by, p.first_id, p.second_id from duplicate_pair p")
    leads_of = {row.record_id: row.lead_id for row in world.rows("select record_id, lead_id from source_record")}
    assert (question.state, question.found_by) == ("open", "insert")
    assert {question.first_id, question.second_id} == {leads_of["1"], leads_of["2"]}


def test_bad_records_wait_with_typed_reasons_and_nothing_is_dropped(world: World) -> None:
    broken = RawRecord("broken", "1", b"{", "application/json", world.now)
    counts = world.take(
        world.said("1", email="nobody", phone="12"), world.said("2", zip=None), broken,
        world.said("4", form_data={"bedrooms": "many"}), world.said("5", zip="10001"),
    )  # fmt: skip
    assert counts == RunCounts(fetched=5, quarantined=4, kept=1)
    rows = sourcing.list_quarantine(world.session, actor=world.admin)
    reasons = {row.record_id: [(why.code, why.field) for why in row.reasons] for row in rows}
    assert reasons == {
        "1": [("email_invalid", "email"), ("phone_invalid", "phone")], "2": [("zip_missing", "zip")],
        "broken": [("unreadable", "record")], "4": [("invalid", "form_data.bedrooms")],
    }  # fmt: skip
    assert len(world.rows("select from raw_record where content is not null")) == 5
    assert not world.rows("select from lead")


def test_a_quarantined_record_is_fixed_and_replayed(world: World) -> None:
    world.take(world.said("1", zip=None))
    (entry,) = sourcing.list_quarantine(world.session, actor=world.admin)
    asked = {"actor": world.admin, "entry_id": entry.id, "now": world.now}
    again = sourcing.replay_quarantined(world.session, connector=Lines(), **asked)
    assert (again.outcome, [why.code for why in again.reasons]) == ("quarantined", ["zip_missing"])
    (entry,) = sourcing.list_quarantine(world.session, actor=world.admin)
    asked["entry_id"] = entry.id
    sourcing.fix_quarantined(world.session, fields={"zip": "89109", "form_data.bedrooms": "2"}, **asked)
    done = sourcing.replay_quarantined(world.session, connector=Lines(), **asked)
    assert (done.outcome, done.reasons) == ("fresh", ())
    (lead,) = world.rows("select id, form_data, zip from lead")
    assert (lead.id, lead.zip, lead.form_data["bedrooms"]) == (done.lead_id, "89109", 2)
    with pytest.raises(sourcing.QuarantineSettled):
        sourcing.replay_quarantined(world.session, connector=Lines(), **asked)


def test_a_test_record_is_kept_and_never_a_lead(world: World) -> None:
    assert world.take(replace(world.said(), test=True)) == RunCounts(fetched=1, kept=1)
    assert not world.rows("select from lead")


def test_a_person_who_must_not_be_contacted_leaves_no_content(world: World) -> None:
    leads.block_contact(world.session, actor=world.admin, email="pat.1@example.com", reason="asked us", now=world.now)
    assert world.take(world.said()) == RunCounts(fetched=1, kept=1)
    (raw,) = world.rows("select outcome, content, erased_at from raw_record")
    assert (raw.outcome, raw.content, raw.erased_at) == ("discarded", None, world.now)


def test_without_the_right_to_sell_records_are_kept_and_no_lead_is_made(world: World) -> None:
    allow(world.session, world.now, world.admin, world.source_id, may_sell="never")
    assert world.take(world.said()) == RunCounts(fetched=1, kept=1)
    assert not world.rows("select from lead")


def test_a_source_that_needs_consent_brings_it_with_each_record(world: World) -> None:
    allow(world.session, world.now, world.admin, world.source_id, may_sell="with_consent")
    agreed = {"agreed": True, "text": "I agree to be called.", "version": "v1", "sellers": ["Hotleads"], "channels": ["phone"]}
    counts = world.take(world.said("1", consent=agreed), world.said("2"), world.said("3", consent={"agreed": True}))
    assert counts == RunCounts(fetched=3, fresh=1, quarantined=2)
    (given,) = world.rows("select * from consent_event")
    assert (given.event, given.wording, given.sellers) == ("given", "I agree to be called.", ["Hotleads"])


def test_whether_a_lead_may_be_sold_follows_its_source(world: World) -> None:
    world.take(world.said())
    (lead,) = world.rows("select id from lead")
    asked = {"actor": world.admin, "lead_id": lead.id, "now": world.now}
    allow(world.session, world.now, world.admin, world.source_id, may_sell="with_consent")
    with pytest.raises(NotForSale) as unagreed:
        leads.approve(world.session, **asked)
    sourcing.deny_permission(
        world.session, actor=world.admin, source_id=world.source_id, licence="Ended", evidence="Letter", now=world.now
    )
    with pytest.raises(NotForSale) as ended:
        leads.approve(world.session, **asked)
    assert (unagreed.value.reason, ended.value.reason) == ("no_consent", "source_may_not_sell")
    allow(world.session, world.now, world.admin, world.source_id)
    assert leads.approve(world.session, **asked).status == "approved"


def test_who_is_erased_is_erased_from_records_and_quarantine_too(world: World) -> None:
    world.take(world.said("1"), world.said("2", email="pat.1@example.com", phone=None))
    world.take(world.said("3", email="pat.1@example.com", phone=None, zip=None))
    assert len(world.rows("select from raw_record where content is not null")) == 3
    (lead,) = world.rows("select id from lead")
    leads.erase(world.session, actor=world.admin, lead_ids=[lead.id], reason="asked", now=world.now)
    assert not world.rows("select from raw_record where content is not null or erased_at is null")
    assert len(world.rows("select from raw_record where content_hash is not null")) == 3
    (entry,) = sourcing.list_quarantine(world.session, actor=world.admin)
    assert entry.erased
    with pytest.raises(sourcing.QuarantineSettled):
        sourcing.replay_quarantined(world.session, connector=Lines(), actor=world.admin, entry_id=entry.id, now=world.now)
    assert world.take(world.said("1")) == RunCounts(fetched=1, unchanged=1), "the same record does not come back"


def test_a_record_whose_person_asked_its_source_to_be_forgotten_is_erased(world: World) -> None:
    world.take(world.said())
    forgotten = replace(world.said(version="2"), gone=True, erase=True, fetched_at=world.now + timedelta(hours=1))
    assert world.take(forgotten).withdrawn == 1
    assert [row.status for row in world.rows("select status from lead")] == ["erased"]
    assert not world.rows("select from raw_record where content is not null")
    (job,) = world.rows("select payload from outbox where kind = 'person.erased'")
    (lead,) = world.rows("select id from lead")
    assert job.payload == {"lead_id": str(lead.id)}, "mails, reports and files go, too"


@pytest.mark.parametrize("became", ["kept", "quarantined", "repeat"])
def test_a_record_that_became_no_lead_of_its_own_is_forgotten_at_its_source_s_word_too(world: World, became: str) -> None:
    if became == "kept":
        allow(world.session, world.now, world.admin, world.source_id, may_sell="never")
    elif became == "repeat":
        world.take(world.said("2", email="pat.1@example.com"))
    world.take(world.said("1", zip="nowhere") if became == "quarantined" else world.said("1"))
    (mine,) = world.rows("select content, outcome from raw_record where record_id = '1'")
    assert mine.content and mine.outcome == {"kept": "kept", "quarantined": "quarantined", "repeat": "duplicate"}[became]
    world.take(replace(world.said("1", "2"), gone=True, erase=True, fetched_at=world.now + timedelta(hours=1)))
    assert not world.rows("select from raw_record where record_id = '1' and content is not null")
    assert not world.rows("select from quarantine_entry where person_keys <> '{}'")
    assert [row.status for row in world.rows("select status from lead")] == ["pending_approval"] * (became == "repeat")


def test_what_a_source_pushes_is_taken_in_once_and_notices_are_queued(world: World) -> None:
    pushed = sourcing.Pushed(records=(world.said(),), notices=(sourcing.Notice("7", "event-1"),))
    for _ in range(2):
        sourcing.receive(world.session, source_id=world.source_id, pushed=pushed, connector=Lines(), now=world.now)
    assert len(world.rows("select from lead")) == 1
    assert [row.payload["record_id"] for row in world.rows("select payload from outbox where kind = 'source.fetch'")] == ["7"]
    (run,) = sourcing.list_runs(world.session, actor=world.admin)
    assert (run.cause, run.fetched, run.fresh, run.unchanged) == ("push", 2, 1, 1)
    (inlet,) = sourcing.inlets(world.session, kind="feed", now=world.now)
    assert inlet.source_id == world.source_id
