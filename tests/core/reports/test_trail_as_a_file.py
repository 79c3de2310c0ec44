"""The trail as a file: what the filters of the Audit page leave, for administrators alone (SPEC 1.9, 12.3)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import Actor
from core.kit.errors import Invalid
from core.reports import ExportInvalid, exports
from tests.core.reports.small_world import Town
from tests.core.reports.writing import DAYS, NOON, table, written

pytestmark = pytest.mark.usefixtures("own_folder")


def test_the_trail_goes_out_as_it_is_searched_for_and_for_admins_alone(
    session: Session, town: Town, staff: Any, now: datetime
) -> None:
    admin = staff("admin")
    lead = town.lead(NOON)
    moments = [NOON + timedelta(minutes=n) for n in range(4)]
    for moment, action, memo in zip(
        moments,
        ("lead.approved", "lead.rejected", "lead.approved", "niche.opened"),
        (None, "100% spam", "=1+1", None),
        strict=True,
    ):
        about = {"entity_type": "lead", "entity_id": lead.id, "before": {"status": "pending_approval"}}
        audit.record(session, Actor(admin.user_id, "admin", ip="203.0.113.7"), action, **about, memo=memo, now=moment)  # type: ignore[arg-type]
    wanted = {"dataset": "audit", **DAYS}
    matching = {"action": "lead.", "entity_id": lead.id, "ip": "203.0.113.0/24", "actor_ids": [admin.user_id], "memo": None}
    asked = exports.request_export(session, actor=admin, **wanted, matching=matching, now=now)
    assert asked.rows_total == 3
    first, second, third = table(written(session, asked.id, now=now))
    assert (first["action"], first["actor"], first["ip"], first["memo"]) == ("lead.approved", "Test Person", "203.0.113.7", "")
    assert (second["memo"], second["entity_id"], second["at"]) == ("100% spam", str(lead.id), "2026-11-02T20:01:00+00:00")
    assert third["memo"] == "'=1+1" and third["before"] == '{"status": "pending_approval"}'
    assert "example.com" not in str((first, second, third)), "the trail names people by reference"
    told = session.scalar(text("select after from audit_entry where action = 'export.requested'"))
    assert told["filters"]["matching"]["action"] == "lead."
    for role in ("analyst", "scientist"):
        with pytest.raises(ExportInvalid, match="Choose one of"):
            exports.request_export(session, actor=staff(role), **wanted, now=now)


def test_the_newest_day_of_the_trail_is_utcs_also_before_any_market_has_begun_it(
    session: Session, town: Town, staff: Any
) -> None:
    admin, early = staff("admin"), datetime(2026, 11, 29, 0, 24, tzinfo=UTC)  # still the 28th in every market
    audit.record(session, Actor(admin.user_id, "admin"), "niche.opened", entity_type="niche", entity_id=town.solar.id, now=early)
    asked = exports.request_export(session, actor=admin, dataset="audit", matching={"action": "niche.opened"}, now=early)
    assert asked.rows_total == 1


@pytest.mark.parametrize(
    ("wanted", "field", "sentence"),
    [
        ({"dataset": "audit", "matching": {"ip": "over there"}}, "ip", "over there is no address"),
        ({"dataset": "audit", "matching": {"entity_id": "12"}}, "entity_id", "12 is no id"),
        ({"dataset": "audit", "matching": {"colour": "red"}}, "colour", "no filter colour"),
        ({"dataset": "leads", "matching": {"action": "lead."}}, "matching", "dates, market and niche"),
    ],
)
def test_filters_that_a_table_does_not_have(
    session: Session, staff: Any, now: datetime, wanted: Any, field: str, sentence: str
) -> None:
    with pytest.raises(Invalid, match=sentence) as refused:
        exports.request_export(session, actor=staff("admin"), **wanted, now=now)
    assert list(refused.value.fields) == [field]
