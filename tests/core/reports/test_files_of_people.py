"""Files with people in them: for whom they stay, and what becomes of one while somebody in it is erased (SPEC 1.6, 13.6)."""

from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy.orm import Session

from core import leads, privacy
from core.kit.actor import SYSTEM, Actor
from core.reports import ExportNotFound, ExportRecalled, exports
from tests.core.reports.small_world import Town
from tests.core.reports.writing import DAYS, NOON, table, written

pytestmark = pytest.mark.usefixtures("own_folder")


def test_a_file_with_whole_contacts_is_not_for_who_sees_them_masked_since(
    session: Session, town: Town, staff: Any, now: datetime
) -> None:
    admin = staff("admin")
    town.lead(NOON)
    asked = exports.request_export(session, actor=admin, dataset="leads", **DAYS, now=now)
    assert b"pat" in written(session, asked.id, now=now).lower()
    link = exports.get_export(session, actor=admin, export_id=asked.id, now=now).link
    given = {name: value[0] for name, value in parse_qs(urlsplit(link or "").query).items()}
    analyst = Actor(admin.user_id, "analyst")
    signed: Any = {"expires": int(given["expires"]), "signature": given["signature"]}
    with pytest.raises(ExportNotFound):
        exports.download(session, actor=analyst, export_id=asked.id, **signed, now=now)
    assert exports.exports_of(session, actor=analyst, now=now) == []


def test_a_file_under_way_is_written_once_more_when_somebody_is_erased(
    session: Session, town: Town, staff: Any, now: datetime
) -> None:
    admin = staff("admin")
    lead = town.lead(NOON)
    asked = exports.request_export(session, actor=admin, dataset="leads", **DAYS, now=now)
    draft = exports.begin(session, export_id=asked.id, attempt=1, now=now)
    assert draft is not None
    with exports.store().create(draft.path) as sink:
        sink.write(b"pat@example.com")  # was read a moment ago
    privacy.erase_me(session, actor=SYSTEM, code=leads.my_request_code(lead.id), now=now)
    assert exports.recall(session, now=now) == 0
    with pytest.raises(ExportRecalled):
        exports.finish(session, draft=draft, rows=1, now=now)
    assert exports.store().size(draft.path) is None, "nor does half of it lie about"
    (line,) = table(written(session, asked.id, now=now, attempt=2))
    assert line["email"] == "" and exports.get_export(session, actor=admin, export_id=asked.id, now=now).state == "ready"
