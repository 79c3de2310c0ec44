"""The first minutes of a first start: something is on sale before the history has filled in."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, text

import core.tables  # noqa: F401
from core import distribution, inventory
from core.kit.db import transaction
from demo import setting
from demo.load import put_on_sale
from demo.replay import replay
from demo.timeline import timeline
from demo.world import world
from tests.demo.test_load import NOW, demo_instance


def test_listings_are_there_before_the_first_company_joins(database: Engine, tmp_path: Path) -> None:
    url = database.url.render_as_string(hide_password=False)
    with demo_instance(url, tmp_path):
        with transaction() as session:
            setting.prepare(session, now=NOW)
        with transaction() as session:
            whole = world(setting.first_forms(session), seed=7, now=NOW, size=240)
            shelf = [event for event in timeline(whole, "story") if event.request and event.request.fate == "sold"][:16]
            assert timeline(whole, "story")[:16] == shelf
            replay(session, shelf, whole, setting.ground(session))
            put_on_sale(session, whole)
        with transaction() as session:
            shown = session.execute(text("select count(*), count(distinct niche_id), min(price_cents) from on_sale")).one()
            assert shown[:2] == (16, 4) and shown[2] > 0
            assert session.scalar(text("select count(*) from assignment")) == 0
            assert all(check.ok for check in inventory.verify(session))
            assert distribution.zero_streak(session) == 16 < 20, "no alarm for what is meant"
            assert datetime.now(UTC) > session.scalar(text("select max(opened_at) from listing"))
