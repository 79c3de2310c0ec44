"""What a source sent of a person is kept of them, too, and so it is in their file, until it is erased (SPEC 13.6)."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from core import leads, privacy
from core.kit import outbox
from core.kit.actor import public
from jobs.handlers import handler_of
from tests.core.sourcing.conftest import world
from tests.core.sourcing.lines import World

__all__ = ["world"]  # a fixture


def test_a_person_gets_what_a_source_sent_as_it_came(world: World) -> None:
    world.take(world.said())
    ((lead_id,),) = world.rows("select id from lead")
    code = leads.my_request_code(lead_id)
    (mine,) = privacy.my_file(world.session, actor=public("203.0.113.9"), code=code, now=world.now)["requests"]
    (record,) = mine["records"]
    ((source,),) = world.rows("select name from source")
    assert (record["source"], record["content"]) == (source, world.said().content.decode())
    assert record["received_at"] <= world.now
    world.session.execute(text("update raw_record set content = :nonsense"), {"nonsense": b"sealed by nobody"})
    (mine,) = privacy.my_file(world.session, actor=public("203.0.113.9"), code=code, now=world.now)["requests"]
    assert mine["records"][0]["content"] is None, "what no key opens keeps nothing else back"
    privacy.erase_me(world.session, actor=public("203.0.113.9"), code=code, now=world.now)
    (mine,) = privacy.my_file(world.session, actor=public("203.0.113.9"), code=code, now=world.now)["requests"]
    assert "pat.1" not in str(mine)


def test_who_is_forgotten_at_their_source_is_in_no_file_either(world: World) -> None:
    world.take(world.said())
    ((lead_id,),) = world.rows("select id from lead")
    world.take(replace(world.said(version="2"), gone=True, erase=True, fetched_at=world.now + timedelta(hours=1)))
    (job,) = world.rows("select id from outbox where kind = 'person.erased'")
    assert handler_of("person.erased").inside(world.session, held(world, job.id), None, world.now) is None
    (recall,) = world.rows("select key from outbox where kind = 'export.recall'")
    assert recall.key == str(lead_id)


def held(world: World, job_id: UUID) -> outbox.Job:
    job = outbox.hold(world.session, job_id, now=world.now + timedelta(days=1))
    assert job is not None
    return job
