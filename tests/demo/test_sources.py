"""The demo's sources go through the real connectors and steps: leads, duplicates, quarantine, and what may not be sold."""

import pytest
from sqlalchemy import Engine, text

from core import sourcing
from core.kit import config
from core.kit.actor import SYSTEM
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.sourcing import dedupe
from demo import setting
from demo.sources import load_sources


def test_the_demo_has_sources_with_records_of_every_fate(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLEADS_DEMO", "true")
    config.settings.cache_clear()
    with transaction() as session:
        setting.prepare(session, now=utc_now())
    said: list[str] = []
    load_sources(said.append)
    load_sources(said.append)
    assert len(said) == 1
    with transaction() as session:
        rows = {row.slug: row for row in sourcing.list_sources(session, actor=SYSTEM, now=utc_now())}
        runs = {run.source: run for run in sourcing.list_runs(session, actor=SYSTEM)}
        sold = session.execute(
            text("select count(*) from lead l join source_record r on r.lead_id = l.id and r.founder")
        ).scalar_one()
    assert {slug: row.health for slug, row in rows.items()} == {
        "google-roof-check": "well", "meta-home-values": "well", "valley-mls-feed": "well", "homes-by-owner": "not_permitted",
        "spring-home-fair": "well",
    }  # fmt: skip
    google, meta, mls = (runs[name] for name in ("Google: roof check", "Meta: home values", "Valley MLS feed"))
    assert (google.fetched, google.quarantined, google.duplicates) == (28, 2, 2)
    assert (meta.fetched, meta.quarantined) == (18, 1) and (mls.kept, mls.fresh) == (20, 0)
    fair = runs["Spring home fair"]
    assert (fair.fetched, fair.quarantined) == (19, 2) and fair.duplicates == 3
    assert sold == google.fresh + meta.fresh + fair.fresh > 40
    with transaction() as session:
        file = sourcing.list_files(session, actor=SYSTEM)[0]
        assert dedupe.pair_figures(session, actor=SYSTEM, since=utc_now()).waiting >= 2
    assert (file.name, file.rows, file.bad_rows, file.quarantined) == ("home-fair-cards.csv", 19, 1, 2)
