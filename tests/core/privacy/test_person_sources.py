"""What a source sent of a person is kept of them, too, and so it is in their file, until it is erased (SPEC 13.6)."""

from sqlalchemy import text

from core import leads, privacy
from core.kit.actor import public
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
