"""What administrators do on the pages of sources: change settings, correct, replay and discard records (SPEC 8.1, 8.3)."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from core import sourcing
from core.kit.actor import Actor
from core.kit.clock import utc_now
from core.kit.db import Json, transaction
from dashboard.admin.sources_settings import pairs
from tests.dashboard.conftest import Open, sound
from tests.dashboard.test_actions import one
from tests.dashboard.test_sources import Sourced, quarantined, sourced  # noqa: F401 a fixture
from tests.dashboard.world import World

FORM = {
    "text": "I agree to be called.",
    "version": "7",
    "sellers": ["Ridge Roofing", "Valley Solar"],
    "channels": ["email", "sms"],
    "page_url": "https://us.example/form",
}
NEEDED: dict[str, Json] = {"meta": {"page_id": "12"}, "google": {}, "linkedin": {"owner": "urn:li:organization:5"}, "upload": {},
                           "adf": {}}  # fmt: skip


def a_source(world: World, kind: str, name: str, settings: Json) -> UUID:
    with transaction() as session:
        actor = Actor(world.users["admin"], "admin")
        return sourcing.add_source(session, actor=actor, kind=kind, name=name, settings=settings, now=utc_now()).id


def settings_of(page: Any, source: UUID) -> Json:
    next(button for button in page.button if button.label == "Save").click().run()
    assert not page.exception and told(page) == ["The source is saved."]
    kept: Json = one("select settings from source where id = :s", s=source).settings
    return kept


def told(page: Any) -> list[str]:
    return [toast.value for toast in page.toast]


def field(found: Any, label: str) -> Any:
    return next(each for each in found if each.label == label)


@pytest.mark.parametrize("kind", list(NEEDED))
def test_editing_keeps_everything_that_was_told(open_page: Open, world: World, kind: str) -> None:
    before = NEEDED[kind] | {"form": FORM}
    source = a_source(world, kind, f"Kept {kind}", before)
    page = open_page("admin", "sources", source=str(source), **{"source-view": "Settings"})
    field(page.text_input, "Name").input(f"Renamed {kind}")
    after = settings_of(page, source)
    assert {name: after[name] for name in before} == before
    assert one("select name from source where id = :s", s=source).name == f"Renamed {kind}"


def test_every_part_of_the_consent_can_be_changed(open_page: Open, world: World) -> None:
    source = a_source(world, "upload", "Changed words", {"form": FORM, "mapping": {"Cell": "phone"}})
    page = open_page("admin", "sources", source=str(source), **{"source-view": "Settings"})
    field(page.text_area, "Words people agree to").input("I agree to be written to.")
    field(page.text_input, "Version of the words").input("8")
    field(page.text_area, "Who may call").input("Ridge Roofing\n")
    field(page.multiselect, "How they may call").set_value(["email"])
    field(page.text_input, "Address of the form").input("")
    field(page.selectbox, "Whose contact data it is").select("owner")
    after = settings_of(page, source)
    assert after["form"] == {
        "text": "I agree to be written to.", "version": "8", "sellers": ["Ridge Roofing"], "channels": ["email"],
    }  # fmt: skip
    assert (after["holder"], after["mapping"]) == ("owner", {"Cell": "phone"})


def test_columns_are_read_line_by_line() -> None:
    assert pairs("Cell = phone") == {"Cell": "phone"}
    assert pairs("Cell = phone\nA=b = zip\nlost") == {"Cell": "phone", "A=b": "zip", "lost": ""}


def test_the_vendor_of_a_feed_is_a_choice(open_page: Open, sourced: Sourced) -> None:  # noqa: F811
    page = open_page("admin", "sources", new="1", kind=sourcing.KINDS["reso"].title)
    sound(page)
    assert field(page.selectbox, "Vendor").options == ["RESO Web API Core", "Replication endpoint", "MLS Grid", "Trestle"]


def waiting(sourced: Sourced, *records: str) -> list[UUID]:  # noqa: F811
    with transaction() as session:
        run = session.execute(text("select id from source_run where source_id = :s"), {"s": sourced.source}).scalars().first()
        assert run is not None
        return [quarantined(session, sourced.source, run, utc_now(), record=record) for record in records]


def tick(page: Any, *entries: UUID) -> None:
    """Choose these records of the quarantine as it is shown."""
    with transaction() as session:
        found = session.execute(text("select id from quarantine_entry where state = 'open' order by id desc")).scalars().all()
    rows = [found.index(entry) for entry in entries]
    page.session_state["quarantine"] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    page.run()


def state_of(entry: UUID) -> str:
    return str(one("select state from quarantine_entry where id = :e", e=entry).state)


def test_a_correction_is_kept_and_the_record_replayed(open_page: Open, sourced: Sourced) -> None:  # noqa: F811
    (entry,) = waiting(sourced, "ad-correct")
    page = open_page("admin", "sources", view="Quarantine")
    tick(page, entry)
    field(page.text_input, "Phone").input("702-555-0143")
    next(button for button in page.button if button.label == "Save and replay").click().run()
    assert not page.exception and len(told(page)) == 1 and told(page)[0].startswith("1 record: ")
    assert "too few digits" not in told(page)[0]
    assert state_of(entry) == "replayed"
    asked = "select count(*) as n from audit_entry where action = :a and entity_id = :e"
    assert [one(asked, a=f"quarantine.{act}", e=str(entry)).n for act in ("fixed", "replayed")] == [1, 1]


def test_many_are_replayed_each_by_itself(open_page: Open, sourced: Sourced) -> None:  # noqa: F811
    entries = waiting(sourced, "ad-many-1", "ad-many-2")
    page = open_page("admin", "sources", view="Quarantine")
    tick(page, *entries)
    next(button for button in page.button if button.label == "Replay 2 records").click().run()
    assert not page.exception and len(told(page)) == 1 and told(page)[0].startswith("2 records: ")
    assert [state_of(entry) for entry in entries] == ["replayed", "replayed"]


def test_many_are_discarded_with_one_reason(open_page: Open, sourced: Sourced) -> None:  # noqa: F811
    entries = waiting(sourced, "ad-drop-1", "ad-drop-2")
    page = open_page("admin", "sources", view="Quarantine")
    tick(page, *entries)
    field(page.text_input, "Why").input("Old tests.")
    next(button for button in page.button if button.label == "Discard 2 records").click().run()
    assert not page.exception and told(page) == ["2 records discarded."]
    assert [state_of(entry) for entry in entries] == ["discarded", "discarded"]
