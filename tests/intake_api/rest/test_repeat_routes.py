"""Records merged on arrival over HTTP: listed, compared, set apart (SPEC 8.4)."""

from datetime import datetime

import pytest

from core.kit.actor import Actor
from core.kit.db import transaction
from tests.core.sourcing.arrivals import JUNIOR, twins_of_a_file
from tests.intake_api.rest.conftest import World
from tests.intake_api.rest.test_provider_routes import ok

REPEATS = "/admin/sources/repeats"


@pytest.fixture
def source(world: World, now: datetime) -> str:
    with transaction() as session:
        return str(twins_of_a_file(session, now, Actor(world.users["admin"], "admin"), world.niche))


def test_a_record_is_listed_compared_and_set_apart_once(world: World, source: str) -> None:
    listed = ok(world.call("analyst", "GET", f"{REPEATS}?source_id={source}"))
    (row,) = listed["items"]
    assert (row["source"], row["source_id"], listed["next"]) == ("Spring fair", source, None)
    assert ok(world.call("analyst", "GET", f"{REPEATS}?source_id={world.niche}"))["items"] == []
    one = f"{REPEATS}/{row['id']}"
    masked = ok(world.call("analyst", "GET", one))["repeat"]
    assert (masked["record"]["email"], masked["exact"], masked["refusal"]) == ("j•••@other.example.com", False, None)
    assert ok(world.call("admin", "GET", one))["repeat"]["record"]["email"] == JUNIOR["email"]
    assert world.call("analyst", "POST", f"{one}/apart").status_code == 403
    made = ok(world.call("admin", "POST", f"{one}/apart", key="once"), 201)
    assert ok(world.call("admin", "POST", f"{one}/apart", key="once"), 201) == made, "a repeated key acts once"
    assert ok(world.call("admin", "GET", f"/admin/leads/{made['lead_id']}"))["lead"]["status"] == "pending_approval"
    again = world.call("admin", "POST", f"{one}/apart")
    assert (again.status_code, again.get_json()["error"]["code"]) == (409, "record.cannot_set_apart")
    assert ok(world.call("admin", "GET", REPEATS))["items"] == []
