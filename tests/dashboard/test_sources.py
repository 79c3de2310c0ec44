"""Sources and data quality: seen by staff, changed by administrators, with a sentence for everything (SPEC 8)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import sourcing
from core.kit.actor import Actor
from core.kit.clock import utc_now
from core.kit.crypto import seal_bytes
from core.kit.db import transaction
from core.kit.ids import uuid7
from core.sourcing import RunCounts, Uses, enrichment
from core.sourcing.runs import advance
from dashboard.admin.quality import DEFINITIONS
from dashboard.admin.sources_records import laid_out
from dashboard.admin.sources_words import HEALTH, OUTCOMES, setting
from tests.dashboard.conftest import Open, sound, words
from tests.dashboard.test_actions import one
from tests.dashboard.world import World

TABS = ["Sources", "Quarantine", "Runs", "Files", "Enrichment"]
PARTS = ["Runs", "Records", "Quarantine", "Permission", "Costs", "Settings"]
SETTINGS = {"feed_url": "https://feed.example/all.xml", "contact_url": "https://us.example/about"}


@dataclass(frozen=True, slots=True)
class Sourced:
    """A feed that ran, one of its records in quarantine, and a source that nobody has allowed yet."""

    source: UUID
    entry: UUID
    waiting: UUID


@pytest.fixture(scope="module")
def sourced(world: World) -> Iterator[Sourced]:
    now = utc_now()
    admin = Actor(world.users["admin"], "admin")
    with transaction() as session:
        source = sourcing.add_source(
            session, actor=admin, kind="feed", name="Valley classifieds", settings=SETTINGS, every_minutes=60, now=now
        )
        waiting = sourcing.add_source(session, actor=admin, kind="feed", name="Unread terms", settings=SETTINGS, now=now)
        sourcing.grant_permission(
            session, actor=admin, source_id=source.id, uses=Uses(True, True, "with_consent"), licence="Terms of 1 May",
            evidence="Ticket 12", now=now,
        )  # fmt: skip
        sourcing.add_cost(
            session, actor=admin, source_id=source.id, kind="monthly", amount_cents=30_000, starts_on=date(2026, 1, 1), now=now
        )
        walk = sourcing.begin_run(session, actor=admin, source_id=source.id, cause="person", now=now)
        counts = RunCounts(fetched=40, fresh=30, duplicates=6, quarantined=4)
        advance(session, run_id=walk.run_id, source_id=source.id, counts=counts, cursor=None, newest=now, now=now)
        sourcing.finish_run(session, run_id=walk.run_id, now=now)
        entry = quarantined(session, source.id, walk.run_id, now)
        enrichment.apply_rules(session, lead_id=world.waiting[0], why="not_set_up", now=now)
    yield Sourced(source.id, entry, waiting.id)


def quarantined(session: Session, source: UUID, run: UUID, now: datetime, record: str = "ad-1") -> UUID:
    raw, entry = uuid7(), uuid7()
    content = json.dumps({"title": "Roof wanted", "phone": "702-555-01"}).encode()
    reasons = [{"code": "phone.invalid", "field": "phone", "message": "The phone number has too few digits."}]
    values = {"raw": raw, "source": source, "record": record, "run": run, "plain": content, "bytes": len(content), "now": now}
    session.execute(
        text("""insert into raw_record (id, source_id, record_id, version, run_id, content, content_hash, content_bytes,
                  media_type, fetched_at, received_at, gone, test, outcome)
                values (:raw, :source, :record, '1', :run, :sealed, sha256(:plain), :bytes, 'application/json', :now, :now,
                  false, false, 'quarantined')"""),
        values | {"sealed": seal_bytes(content, purpose="raw-record")},
    )
    session.execute(
        text("""insert into quarantine_entry (id, raw_id, source_id, reasons, entered_at)
                values (:entry, :raw, :source, cast(:reasons as jsonb), :now)"""),
        {"entry": entry, "raw": raw, "source": source, "reasons": json.dumps(reasons), "now": now},
    )
    return entry


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("role", ["admin", "analyst"])
def test_every_tab_opens(open_page: Open, sourced: Sourced, role: str, tab: str) -> None:
    page = open_page(role, "sources", view=tab)
    sound(page)
    assert page.title[0].value == "Sources"
    assert ("Add a source" in words(page)) == (role == "admin")


def test_the_list_tells_health_rates_and_what_may_be_sold(open_page: Open, sourced: Sourced) -> None:
    page = open_page("analyst", "sources")
    rows = page.dataframe[0].value.set_index("name")
    ours, theirs = rows.loc["Valley classifieds"], rows.loc["Unread terms"]
    assert (ours["health"], ours["sell"], ours["fresh"], ours["waiting"]) == ("Well", "With consent", 30, 1)
    assert (ours["errors"], ours["duplicates"]) == (0.1, 0.15)
    assert (theirs["health"], theirs["sell"]) == ("No permission", "No permission")


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("role", ["admin", "analyst"])
def test_every_part_of_a_source_opens(open_page: Open, sourced: Sourced, role: str, part: str) -> None:
    page = open_page(role, "sources", source=str(sourced.source), **{"source-view": part})
    sound(page)
    assert page.title[0].value == "Valley classifieds"
    assert ("Run now" in words(page)) == (role == "admin")


def test_a_source_without_permission_says_what_to_do(open_page: Open, sourced: Sourced) -> None:
    page = open_page("admin", "sources", source=str(sourced.waiting), **{"source-view": "Permission"})
    sound(page)
    assert "No permission in force" in words(page)
    (run,) = [button for button in page.button if button.label == "Run now"]
    assert run.disabled


def test_a_source_that_never_was_is_told_in_words(open_page: Open, sourced: Sourced) -> None:
    page = open_page("admin", "sources", source="01a20213-8ed2-7185-915b-50e26978e0ea")
    assert not page.exception and "There is no such source" in words(page)


def test_run_now_and_pause(open_page: Open, sourced: Sourced) -> None:
    page = open_page("admin", "sources", source=str(sourced.source))
    next(button for button in page.button if button.label == "Run now").click().run()
    sound(page)
    assert one("select count(*) as n from outbox where kind = 'source.run' and key = :s", s=str(sourced.source)).n == 1
    next(button for button in page.button if button.label == "Pause").click().run()
    assert one("select status from source where id = :s", s=sourced.source).status == "paused"
    next(button for button in page.button if button.label == "Wake").click().run()
    assert one("select status from source where id = :s", s=sourced.source).status == "active"


def test_an_analyst_reads_no_record_and_corrects_none(open_page: Open, sourced: Sourced) -> None:
    page = open_page("analyst", "sources", view="Quarantine")
    assert "702" not in words(page) and "too few digits" in page.dataframe[0].value["why"][0]
    assert not [button for button in page.button if button.label.startswith(("Replay", "Discard"))]


def choose(page: Any, sourced: Sourced) -> None:
    """Tick the one record of the quarantine."""
    page.session_state["quarantine"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    page.run()


def test_a_record_opens_with_its_reason_and_the_field_to_correct(open_page: Open, sourced: Sourced) -> None:
    page = open_page("admin", "sources", view="Quarantine")
    choose(page, sourced)
    sound(page)
    assert "Roof wanted" in page.code[0].value and "The phone number has too few digits." in words(page)
    assert [field.label for field in page.text_input if field.label == "Phone"]
    read = "select count(*) as n from audit_entry where action = 'contact.read' and entity_id = :e"
    for _ in range(2):
        page.run()
    assert one(read, e=str(sourced.entry)).n == 1, "a page that is drawn again is one reading"


def test_discarding_wants_a_reason(open_page: Open, sourced: Sourced, world: World) -> None:
    with transaction() as session:
        run = session.execute(text("select id from source_run where source_id = :s"), {"s": sourced.source}).scalars().first()
        assert run is not None
        entry = quarantined(session, sourced.source, run, utc_now(), record="ad-2")
    page = open_page("admin", "sources", view="Quarantine")
    page.session_state["quarantine"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    page.run()
    page.button(key="do-discard").click().run()
    assert one("select state from quarantine_entry where id = :e", e=entry).state == "open", "not without a reason"
    page.session_state["quarantine"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    page.run()
    next(field for field in page.text_input if field.label == "Why").input("A test of the site.")
    next(button for button in page.button if button.label == "Discard 1 record").click().run()
    sound(page)
    assert one("select state, note from quarantine_entry where id = :e", e=entry) == ("discarded", "A test of the site.")


@pytest.mark.parametrize("kind", list(sourcing.KINDS))
def test_the_form_of_a_kind_explains_every_setting(open_page: Open, sourced: Sourced, kind: str) -> None:
    page = open_page("admin", "sources", new="1", kind=sourcing.KINDS[kind].title)
    sound(page)
    model = sourcing.KINDS[kind]
    for name in (*model.settings.model_fields, *model.secrets.model_fields):
        assert setting(name)[1], f"{kind}.{name} has no sentence"


def test_a_new_source_is_added_or_refused_in_words(open_page: Open, sourced: Sourced) -> None:
    page = open_page("admin", "sources", new="1", kind="Classifieds (RSS or Atom)")
    fields = {field.label: field for field in page.text_input}
    fields["Name"].input("Bargain board")
    fields["Address of the feed (needed)"].input("not an address")
    fields["Who we are (needed)"].input("https://us.example/about")
    next(button for button in page.button if button.label == "Add the source").click().run()
    assert not page.exception and "missing or wrong" in words(page)
    {field.label: field for field in page.text_input}["Address of the feed (needed)"].input("https://feed.example/b.xml")
    next(button for button in page.button if button.label == "Add the source").click().run()
    assert not page.exception
    added = one("select settings, every_minutes from source where name = 'Bargain board'")
    assert added.settings["feed_url"] == "https://feed.example/b.xml" and added.every_minutes == 60


def test_every_word_of_core_has_one_for_people() -> None:
    with transaction() as session:
        check = session.execute(
            text("select pg_get_constraintdef(oid) from pg_constraint where conname = 'raw_record_outcome_check'")
        ).scalar_one()
    assert all(f"'{outcome}'" in check for outcome in OUTCOMES) and check.count("'::text") == len(OUTCOMES)
    assert set(HEALTH) == {"well", "quiet", "failing", "resting", "paused", "retired", "not_permitted", "new"}


@pytest.mark.parametrize("role", ["admin", "analyst", "scientist"])
def test_quality_tells_targets_definitions_and_sources(open_page: Open, sourced: Sourced, role: str) -> None:
    page = open_page(role, "quality", days="90 days")
    sound(page)
    told = words(page)
    assert all(name in told for name in DEFINITIONS)
    assert "at most 1%" in told and "at most 0" in told


def test_quality_over_days_without_leads(open_page: Open, sourced: Sourced) -> None:
    with transaction() as session:
        session.execute(text("set local role none"))
        session.execute(text("update lead set submitted_at = submitted_at - interval '2 years'"))
        session.execute(text("update assignment set assigned_at = assigned_at - interval '2 years'"))
    page = open_page("analyst", "quality", days="7 days")
    with transaction() as session:
        session.execute(text("set local role none"))
        session.execute(text("update lead set submitted_at = submitted_at + interval '2 years'"))
        session.execute(text("update assignment set assigned_at = assigned_at + interval '2 years'"))
    sound(page)
    assert "Nothing was sold in these days" in words(page)


@pytest.mark.parametrize(
    ("came", "shown"),
    [
        ('{"row":{"Zip":""},"n":[1]}', '{\n  "row": {\n    "Zip": ""\n  },\n  "n": [\n    1\n  ]\n}'),
        ('{"a":1,"a":2}', '{"a":1,"a":2}'),
        ('{"price":1.50}', '{"price":1.50}'),
        ("[" * 100_000, "[" * 100_000),
        ("Zip,Name\n,Pat", "Zip,Name\n,Pat"),
    ],
    ids=["parts in lines", "a name said twice", "a figure as written", "no end of brackets", "no JSON"],
)
def test_a_record_is_laid_out_only_where_nothing_of_it_changes(came: str, shown: str) -> None:
    assert laid_out(came)[0] == shown
