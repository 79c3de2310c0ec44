"""What a source says later: back to what it said before, gone and there again, known from another source too (SPEC 8.3, 2.6)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core import sourcing
from core.sourcing import RawRecord, RunCounts, SourceNotPermitted
from core.sourcing.prepare import prepare
from core.sourcing.take import rules_of, take
from tests.core.sourcing.lines import Lines, World
from tests.core.sourcing.test_sources import a_source, allow


def later(world: World, hours: int, record: RawRecord, *, gone: bool = False) -> RawRecord:
    return replace(record, fetched_at=world.now + timedelta(hours=hours), gone=gone)


def test_a_record_that_says_again_what_it_said_before_the_last_time_is_a_change(world: World) -> None:
    world.take(world.said(version="a", name="Pat First"))
    world.take(later(world, 1, world.said(version="b", name="Pat Second")))
    back = later(world, 2, world.said(version="a", name="Pat First"))
    assert world.take(back) == RunCounts(fetched=1, changed=1)
    assert [row.full_name for row in world.rows("select full_name from contact")] == ["Pat First"]
    assert world.take(back, back) == RunCounts(fetched=2, unchanged=2), "the same call again changes nothing"
    assert len(world.rows("select from raw_record")) == 3
    world.take(later(world, 3, world.said(version="b", name="Pat Second")))
    world.take(later(world, 4, world.said(version="a", name="Pat First")))
    assert [row.full_name for row in world.rows("select full_name from contact")] == ["Pat First"]


def test_a_record_gone_by_mistake_comes_back_as_it_was_and_may_go_again(world: World) -> None:
    world.take(world.said(version="a"))
    gone = later(world, 1, world.said(version="gone-a"), gone=True)
    assert world.take(gone).withdrawn == 1
    back = later(world, 2, world.said(version="a"))
    assert world.take(back).fresh == 1
    again = later(world, 3, world.said(version="gone-a"), gone=True)
    assert world.take(again).withdrawn == 1
    assert [row.status for row in world.rows("select status from lead")] == ["withdrawn", "withdrawn"]


def test_an_older_version_that_is_delivered_again_changes_nothing(world: World) -> None:
    older, newer = ((world.now - timedelta(hours=hours)).isoformat() for hours in (2, 1))
    first = world.said(version="a", at=older, name="Pat First")
    world.take(first)
    world.take(later(world, 1, world.said(version="b", at=newer, name="Pat Second")))
    assert world.take(later(world, 2, first)) == RunCounts(fetched=1, unchanged=1)
    world.take(later(world, 3, world.said(version="c"), gone=True))
    assert world.take(later(world, 4, first)) == RunCounts(fetched=1, unchanged=1)
    assert [row.status for row in world.rows("select status from lead")] == ["withdrawn"]


def test_who_is_gone_from_one_source_and_says_something_new_at_another_is_a_request_again(world: World) -> None:
    world.take(world.said("1"))
    niche_id = world.rows("select niche_id from source where id = :id", id=world.source_id)[0].niche_id
    other = a_source(world.session, world.now, world.admin, slug="other", niche_id=niche_id)
    allow(world.session, world.now, world.admin, other.id)
    elsewhere = replace(world, source_id=other.id)
    same = {"email": "pat.1@example.com", "name": "Pat 1"}
    assert elsewhere.take(world.said("9", **same)).duplicates == 1
    assert world.take(later(world, 1, world.said("1", "2"), gone=True)).withdrawn == 1
    changed = later(world, 2, world.said("9", "2", **same, text="Still for sale."))
    assert elsewhere.take(changed) == RunCounts(fetched=1, fresh=1)
    assert sorted(row.status for row in world.rows("select status from lead")) == ["pending_approval", "withdrawn"]


def test_a_permission_that_ends_while_a_source_is_read_ends_the_reading(world: World) -> None:
    walk = sourcing.begin_run(world.session, actor=world.admin, source_id=world.source_id, cause="person", now=world.now)
    rules = rules_of(world.session, walk)

    def portion(name: str) -> None:
        items = prepare(Lines(), [world.said(name)], rules)
        take(world.session, walk=walk, items=items, cursor={"after": name}, now=world.now)

    portion("1")
    sourcing.deny_permission(
        world.session, actor=world.admin, source_id=world.source_id, licence="Ended", evidence="Mail of today", now=world.now
    )
    with pytest.raises(SourceNotPermitted):
        portion("2")
    (source,) = world.rows("select cursor from source where id = :id", id=world.source_id)
    assert source.cursor == {"after": "1"} and len(world.rows("select from raw_record")) == 1
