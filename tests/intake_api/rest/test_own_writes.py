"""A verb that forgets whose rows it means is refused by the database, whoever's request it answers (docs/adr/0029)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from flask import Blueprint, Flask
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from core.kit.actor import Actor
from core.kit.db import engine, transaction
from intake_api import scopes
from intake_api.app import create_app
from intake_api.rest import route
from tests.intake_api.rest.conftest import World
from tests.intake_api.rest.test_key_routes import made

METHODS = ("POST", "PUT", "PATCH", "DELETE")
WAYS = [(method, key) for method in METHODS for key in (None, "once")]


def forgetful(session: Session, actor: Actor, given: None, *, now: datetime) -> Any:
    """Changes every subscription, where the actor's own was meant."""
    done = session.execute(text("update subscription set cap_leads_day = 7, updated_at = :now"), {"now": now})
    return {"changed": done.rowcount}  # type: ignore[attr-defined]


@pytest.fixture
def world(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The exchange, with an address at which the forgetful verb answers each way of changing something."""
    monkeypatch.setitem(scopes.BLUEPRINTS, "forgetful", ("company.read", "company.write"))
    app: Flask = create_app()
    blueprint = Blueprint("forgetful", __name__, url_prefix="/api/v1")
    for method in METHODS:
        view = lambda *given, **named: forgetful(*given, **named)  # noqa: E731
        view.__name__ = f"forgetful_{method}"
        route(blueprint, method, "/forgetful", "provider", "admin")(view)
    app.register_blueprint(blueprint)
    with app.test_client() as client:
        yield replace(world, client=client)


def caps() -> dict[UUID, int | None]:
    with transaction() as session:
        return {each.id: each.cap_leads_day for each in session.execute(text("select id, cap_leads_day from subscription"))}


@pytest.mark.parametrize(("method", "key"), WAYS)
def test_a_verb_that_forgets_whose_rows_it_means_is_refused_and_changes_nothing(
    world: World, method: str, key: str | None
) -> None:
    before = caps()
    for _ in range(2):  # a key that was refused is free again
        answer = world.call("provider", method, "/forgetful", key=key)
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (403, "access.others_row")
    assert caps() == before == {world.subscription: None, world.rival_subscription: None}


@pytest.mark.parametrize("method", METHODS)
def test_so_is_a_program_s(world: World, method: str) -> None:
    world.tokens["program"] = made(world, "provider", "/provider/api-keys", ["company.write"])
    answer = world.call("program", method, "/forgetful")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (403, "access.others_row")
    assert set(caps().values()) == {None}


@pytest.mark.parametrize("method", METHODS)
def test_staff_mean_everybody_s(world: World, method: str) -> None:
    assert world.call("admin", method, "/forgetful").get_json() == {"changed": 2}
    assert set(caps().values()) == {7}


def test_who_has_all_of_them_may_change_all_of_them(world: World) -> None:
    with transaction() as session:
        session.execute(text("delete from subscription where id = :id"), {"id": world.rival_subscription})
    assert world.call("provider", "PUT", "/forgetful").get_json() == {"changed": 1}


def test_to_name_the_company_costs_no_round_trip(world: World) -> None:
    """What is sent for a change by a company's person is as much as for the same change by staff."""
    with transaction() as session:
        session.execute(text("delete from subscription where id = :id"), {"id": world.rival_subscription})
    sent: list[str] = []
    event.listen(engine(), "before_cursor_execute", lambda *told: sent.append(told[2]))
    counts = []
    for person in ("admin", "provider"):
        sent.clear()
        assert world.call(person, "PUT", "/forgetful").status_code == 200
        counts.append(len(sent))
    assert counts[0] == counts[1] > 0
