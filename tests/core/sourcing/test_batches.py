"""What happens to a batch before and under its locks (SPEC 8.3, 8.4; ADR 0013, 0027)."""

from datetime import timedelta

from core import sourcing
from core.leads import grounds
from core.sourcing import RunCounts, raw
from core.sourcing.dedupe import shape_of
from core.sourcing.dedupe.keys import block_keys, in_niche
from core.sourcing.locks import BUCKETS, CLASS
from core.sourcing.prepare import prepare
from core.sourcing.take import rules_of, take
from tests.core.sourcing.lines import Lines, World


def test_what_was_landed_ahead_is_landed_again_when_the_ground_has_changed(world: World) -> None:
    walk = sourcing.begin_run(world.session, actor=world.admin, source_id=world.source_id, cause="upload", now=world.now)
    rules = rules_of(world.session, walk)
    grounds.forget(world.session)  # what other tests, rolled back since, have left there
    records = [world.said(one) for one in ("1", "2")] + [world.said("3", zip="10001"), world.said("4", zip="00000")]
    first, second, elsewhere, nowhere = sourcing.land_ahead(world.session, prepare(Lines(), records, rules), now=world.now)
    assert first.landed is not None and second.landed is not None
    assert elsewhere.landed is None and nowhere.landed is None, "take says why"
    assert take(world.session, walk=walk, items=[first, elsewhere, nowhere], now=world.now) == RunCounts(
        fetched=3, fresh=1, kept=1, quarantined=1
    )
    assert [row.id for row in world.rows("select id from lead")] == [first.landed.lead_id]
    world.rows("update market set status = 'closed' returning id")
    assert take(world.session, walk=walk, items=[second], now=world.now) == RunCounts(fetched=1, kept=1)


def test_whoever_shares_no_more_than_a_name_and_a_zip_waits_for_the_other_batch(world: World) -> None:
    home = {"street": None, "zip": "89109", "name": "Josephine Halvorsen"}
    world.take(world.said("1", **home, email="one@example.com", phone=None))
    other = shape_of(**home | {"email": None, "phone": "+17022349876", "unit": None, "city": None, "state": None})
    filed = {
        row.key ^ in_niche(row.niche_id)
        for row in world.rows("select b.key, l.niche_id from lead_block b join lead l on l.id = b.lead_id")
    }
    (shared,) = set(block_keys(other)) & filed
    held = world.rows(
        "select objid from pg_locks where locktype = 'advisory' and classid = :class and granted", **{"class": CLASS}
    )
    assert shared % BUCKETS in {row.objid for row in held}


def test_what_a_source_sent_is_emptied_when_its_time_is_up(world: World) -> None:
    world.take(world.said("1"), world.said("2", zip=None))
    kept = "select r.record_id, r.erased_at from raw_record r where r.content is not null order by 1"
    later = world.now + timedelta(days=400)
    asked = {"before": later - timedelta(days=365), "most": 10}
    assert raw.count_old(world.session, before=world.now - timedelta(days=1), most=10) == 0
    assert raw.count_old(world.session, **asked) == 1, "what waits in quarantine is needed still"
    assert raw.forget_old(world.session, **asked, now=later) == 1 and raw.count_old(world.session, **asked) == 0
    assert [tuple(row) for row in world.rows(kept)] == [("2", None)]
    assert world.take(world.said("1")) == RunCounts(fetched=1, unchanged=1), "the same record does not come back"
