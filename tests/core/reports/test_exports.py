"""Files of rows: who may have what, how much, for how long, and what a cell may hold (SPEC 12.3, 7.6)."""

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import distribution, ops
from core.kit.actor import SYSTEM, Actor
from core.kit.errors import Invalid
from core.kit.ids import uuid7
from core.providers import ProviderNotActive
from core.reports import (
    ExportGone,
    ExportInvalid,
    ExportNotFound,
    ExportNotReady,
    ExportQuota,
    ExportTooLarge,
    exports,
)
from core.reports.exports.formats import Column
from tests import builders
from tests.core.reports.small_world import Town
from tests.core.reports.writing import DAYS, NOON, table, written

pytestmark = pytest.mark.usefixtures("own_folder")


def buyer(session: Session, town: Town, now: datetime) -> tuple[Actor, Any]:
    company = town.company()
    user = builders.a_user(session, now, role="provider", provider_id=company.id)
    return Actor(user.id, "provider", company.id), town.subscribes(company)


def test_leads_as_csv_in_batches(session: Session, town: Town, staff: Any, now: datetime) -> None:
    wanted = [town.lead(NOON + timedelta(minutes=n)) for n in range(5)]
    town.lead(datetime(2026, 10, 31, 20, 0, tzinfo=UTC))
    admin = staff("admin")
    asked = exports.request_export(session, actor=admin, dataset="leads", **DAYS, now=now)
    assert (asked.state, asked.rows_total, asked.link) == ("queued", 5, None)
    rows = table(written(session, asked.id, now=now))
    assert [row["lead_id"] for row in rows] == [str(lead.id) for lead in wanted]
    assert rows[0]["email"].endswith("@example.com") and rows[0]["phone"].startswith("+1702") and rows[0]["name"] == "Pat Example"
    ready = exports.get_export(session, actor=admin, export_id=asked.id, now=now)
    assert (ready.state, ready.rows_done) == ("ready", 5) and ready.bytes and ready.link
    mail = session.execute(text("select payload, sealed from outbox where kind = 'email'")).one()
    assert mail.payload["template"] == "export_ready" and "example.com" not in str(mail.payload) and mail.sealed


def test_analysts_get_masked_contacts_and_admins_are_recorded(session: Session, town: Town, staff: Any, now: datetime) -> None:
    town.lead(NOON)
    for role, full in (("admin", True), ("analyst", False), ("scientist", False)):
        actor = staff(role)
        asked = exports.request_export(session, actor=actor, dataset="leads", **DAYS, now=now)
        (row,) = table(written(session, asked.id, now=now))
        assert (row["name"] == "Pat Example") is full and (row["street"] == "1 Main St") is full
        assert ("•" in row["email"]) is not full
        read = session.scalar(
            text("select after from audit_entry where action = 'contact.exported' and entity_id = :id"), {"id": asked.id}
        )
        assert read == ({"leads": 1} if full else None)


def test_providers_get_their_own_leads_alone(session: Session, town: Town, now: datetime) -> None:
    ann, by_ann = buyer(session, town, now)
    bob, by_bob = buyer(session, town, now)
    shared = town.approved(NOON)
    town.sale(shared, by_ann, NOON, notes="=HYPERLINK(1)")
    town.sale(shared, by_bob, NOON)
    town.sale(town.approved(NOON), by_bob, NOON)
    asked = exports.request_export(session, actor=ann, dataset="own_leads", **DAYS, now=now)
    (row,) = table(written(session, asked.id, now=now))
    assert row["name"] == "Pat Example" and row["price_cents"] == "2500" and row["notes"] == "'=HYPERLINK(1)"
    for stranger in (bob, Actor(uuid7(), "provider", ann.provider_id), Actor(uuid7(), "analyst")):
        with pytest.raises(ExportNotFound):
            exports.get_export(session, actor=stranger, export_id=asked.id, now=now)
    assert exports.exports_of(session, actor=bob, now=now) == []
    with pytest.raises(ExportInvalid, match="own_leads"):
        exports.request_export(session, actor=ann, dataset="leads", now=now)


def test_a_provider_has_five_a_day(session: Session, town: Town, now: datetime) -> None:
    ann, _ = buyer(session, town, now)
    for hour in range(5):
        exports.request_export(session, actor=ann, dataset="own_leads", **DAYS, now=now + timedelta(hours=hour))
    with pytest.raises(ExportQuota, match="5 exports") as refused:
        exports.request_export(session, actor=ann, dataset="own_leads", **DAYS, now=now + timedelta(hours=5))
    assert refused.value.retry_after_s == 19 * 3600
    assert exports.request_export(session, actor=ann, dataset="own_leads", **DAYS, now=now + timedelta(hours=24))


def test_too_many_rows_are_refused_in_words(session: Session, town: Town, staff: Any, now: datetime) -> None:
    admin = staff("admin")
    ops.set_threshold(session, actor=admin, key="export_rows", value=1000, now=now)
    first = town.lead(NOON)
    session.execute(
        text("""insert into lead (id, niche_id, market_id, contact_id, schema_version, form_data, facts, zip, public_location,
                                  submitted_at, updated_at)
                select uuid7(), niche_id, market_id, contact_id, 1, '{}', '{}', zip, public_location, submitted_at, updated_at
                  from lead, generate_series(1, 1000) where id = :id"""),
        {"id": first.id},
    )
    with pytest.raises(ExportTooLarge, match="more than 1,000 rows"):
        exports.request_export(session, actor=admin, dataset="leads", **DAYS, now=now)
    assert session.scalar(text("select count(*) from export")) == 0
    assert session.scalar(text("select count(*) from outbox where kind = 'export.write'")) == 0
    other = exports.request_export(session, actor=admin, dataset="leads", **DAYS, niche_id=town.solar.id, now=now)
    assert other.rows_total == 0


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"dataset": "nothing"}, "dataset"),
        ({"dataset": "leads", "format": "pdf"}, "format"),
        ({"dataset": "sales", "format": "geoparquet"}, "format"),
        ({"dataset": "leads", "since": date(2026, 11, 2), "until": date(2026, 11, 1)}, "since"),
        ({"dataset": "leads", "since": date(2020, 1, 1), "until": date(2026, 11, 1)}, "since"),
        ({"dataset": "leads", "niche_id": uuid7()}, "niche_id"),
        ({"dataset": "leads", "market_id": uuid7()}, "market_id"),
    ],
)
def test_bad_requests_name_their_field(session: Session, staff: Any, now: datetime, wanted: Any, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        exports.request_export(session, actor=staff("admin"), **wanted, now=now)
    assert list(refused.value.fields) == [field]


def test_links_run_out_and_files_go(session: Session, town: Town, staff: Any, now: datetime) -> None:
    admin = staff("admin")
    town.lead(NOON)
    asked = exports.request_export(session, actor=admin, dataset="leads", **DAYS, now=now)
    content = written(session, asked.id, now=now)
    link = exports.get_export(session, actor=admin, export_id=asked.id, now=now).link
    assert link

    def fetch(actor: Actor, at: datetime, **changed: Any) -> bytes:
        query = parse_qs(urlsplit(link).query)
        given = {"expires": int(query["expires"][0]), "signature": query["signature"][0], **changed}
        return b"".join(exports.download(session, actor=actor, export_id=asked.id, **given, now=at).chunks)

    assert fetch(admin, now + timedelta(minutes=59)) == content
    with pytest.raises(ExportGone, match="link has run out"):
        fetch(admin, now + timedelta(minutes=61))
    for forged in ({"signature": "x" * 43}, {"expires": int(now.timestamp()) + 10**7}):
        with pytest.raises(ExportNotFound):
            fetch(admin, now, **forged)
    with pytest.raises(ExportNotFound):
        fetch(staff("analyst"), now)
    later = now + timedelta(hours=24)
    fresh = exports.links.link(asked.id, now=later)
    query = parse_qs(urlsplit(fresh).query)
    with pytest.raises(ExportGone, match="no longer kept"):
        fetch(admin, later, expires=int(query["expires"][0]), signature=query["signature"][0])
    assert exports.get_export(session, actor=admin, export_id=asked.id, now=later).state == "expired"
    assert exports.expire(session, now=later - timedelta(seconds=1)) == 0
    assert exports.expire(session, now=later) == 1
    assert exports.store().size(f"exports/{asked.id}/1.csv") is None
    seen = session.scalars(text("select action from audit_entry where entity_id = :id order by id"), {"id": asked.id}).all()
    assert seen == ["export.requested", "contact.exported", "export.ready", "export.downloaded", "export.expired"]


def test_half_a_file_is_never_offered(session: Session, town: Town, staff: Any, now: datetime) -> None:
    admin = staff("admin")
    town.lead(NOON)
    asked = exports.request_export(session, actor=admin, dataset="leads", **DAYS, now=now)
    draft = exports.begin(session, export_id=asked.id, attempt=1, now=now)
    assert draft is not None
    with exports.store().create(draft.path) as sink:
        sink.write(b"lead_id,subm")  # and here the worker dies
    half = exports.get_export(session, actor=admin, export_id=asked.id, now=now)
    assert (half.state, half.link) == ("running", None)
    query = parse_qs(urlsplit(exports.links.link(asked.id, now=now)).query)
    signed = {"expires": int(query["expires"][0]), "signature": query["signature"][0]}
    with pytest.raises(ExportNotReady):
        exports.download(session, actor=admin, export_id=asked.id, **signed, now=now)
    whole = written(session, asked.id, now=now, attempt=2)
    assert b"".join(exports.download(session, actor=admin, export_id=asked.id, **signed, now=now).chunks) == whole
    assert exports.begin(session, export_id=asked.id, attempt=3, now=now) is None, "what is ready is not written again"


def test_who_lost_the_right_gets_no_file(session: Session, town: Town, staff: Any, now: datetime) -> None:
    for change in ("status = 'suspended'", "role = 'scientist'"):
        admin = staff("admin")
        asked = exports.request_export(session, actor=admin, dataset="leads", **DAYS, now=now)
        session.execute(text(f"update user_account set {change} where id = :id"), {"id": admin.user_id})
        assert exports.begin(session, export_id=asked.id, attempt=1, now=now) is None
        state, error = session.execute(text("select state, error from export where id = :id"), {"id": asked.id}).one()
        assert state == "failed" and "no longer" in error


def test_a_suspended_company_downloads_no_file_that_was_written_before(session: Session, town: Town, now: datetime) -> None:
    ann, by_ann = buyer(session, town, now)
    town.sale(town.approved(NOON), by_ann, NOON)
    asked = exports.request_export(session, actor=ann, dataset="own_leads", **DAYS, now=now)
    written(session, asked.id, now=now)
    link = exports.get_export(session, actor=ann, export_id=asked.id, now=now).link
    given = {name: value[0] for name, value in parse_qs(urlsplit(link or "").query).items()}
    signed: Any = {"expires": int(given["expires"]), "signature": given["signature"]}
    session.execute(text("update provider set status = 'suspended' where id = :id"), {"id": ann.provider_id})
    with pytest.raises(ProviderNotActive):
        exports.download(session, actor=ann, export_id=asked.id, **signed, now=now)


def test_spreadsheets_take_nothing_for_a_formula(session: Session, town: Town, staff: Any, now: datetime) -> None:
    evil = town.company(company_name="=cmd|' /C calc'!A0")
    town.sale(town.approved(NOON), town.subscribes(evil), NOON)
    asked = exports.request_export(session, actor=staff("admin"), dataset="sales", format="xlsx", **DAYS, now=now)
    content = written(session, asked.id, now=now)
    head, row = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    told = dict(zip(head, row, strict=True))
    assert told["provider"] == "=cmd|' /C calc'!A0" and told["price_cents"] == 2500
    assert told["sold_at"] == datetime(2026, 11, 2, 20, 0)  # noqa: DTZ001 -- a spreadsheet knows no zones; the column is UTC
    assert b"<f>" not in content
    assert exports.formats.plain("=1+1") == "'=1+1" and exports.formats.plain("+17025550142") == "+17025550142"
    for text_ in ("+cmd", "@SUM(A1)", "-2+3+cmd|x", "\tx"):
        assert exports.formats.plain(text_).startswith("'")


def test_a_cell_that_a_spreadsheet_can_not_hold_says_that_it_was_cut() -> None:
    file = io.BytesIO()
    with exports.sheet("xlsx", [Column("after")], file) as sheet:
        sheet.write([["x" * 32_767], ["y" * 40_000]])
    whole, cut = CalamineWorkbook.from_filelike(io.BytesIO(file.getvalue())).get_sheet_by_index(0).to_python()[1:]
    assert whole == ["x" * 32_767]
    assert len(cut[0]) == 32_767 and cut[0].endswith("y … (cut: a cell holds 32,767 characters, CSV holds all)")


def test_parquet_and_geoparquet(session: Session, town: Town, staff: Any, now: datetime) -> None:
    import geopandas

    lead = town.approved(NOON, quality=70)
    admin = staff("admin")
    for format in ("parquet", "geoparquet"):
        asked = exports.request_export(session, actor=admin, dataset="leads", format=format, **DAYS, now=now)
        content = written(session, asked.id, now=now)
        found = pq.read_table(io.BytesIO(content)).to_pylist()
        assert found[0]["submitted_at"] == NOON and found[0]["quality"] == 70 and found[0]["lead_id"] == str(lead.id)
        assert ("geometry" in found[0]) is (format == "geoparquet")
    frame = geopandas.read_parquet(io.BytesIO(content))
    assert frame.crs == "OGC:CRS84" and frame.geometry[0].x == pytest.approx(builders.STRIP[0])


def test_runs_tell_how_they_walked(session: Session, town: Town, staff: Any, now: datetime) -> None:
    town.subscribes(town.company())
    lead = town.approved(NOON)
    (turn,) = distribution.claim_turns(session, lead_ids=[lead.id], actor=SYSTEM, now=NOON)
    run = distribution.assign(session, run_id=turn.run_id, actor=SYSTEM, now=NOON)
    asked = exports.request_export(session, actor=staff("analyst"), dataset="runs", **DAYS, now=now)
    (row,) = table(written(session, asked.id, now=now))
    assert (row["run_id"], row["lead_id"], row["state"]) == (str(run.id), str(lead.id), "finished")
    assert (row["looked_at"], row["assigned"]) == (str(run.candidates), str(run.assigned))
    assert row["start_level"] and row["levels_walked"].startswith(row["start_level"])
    with pytest.raises(ExportInvalid):
        exports.request_export(session, actor=staff("scientist"), dataset="runs", **DAYS, now=now)


def test_figures_by_day_and_transfers(session: Session, town: Town, staff: Any, now: datetime) -> None:
    company = town.company()
    sale = town.sale(town.approved(NOON), town.subscribes(company), NOON)
    town.give_back(sale, NOON + timedelta(days=1))
    admin = staff("admin")
    asked = exports.request_export(session, actor=admin, dataset="days", **DAYS, now=now)
    first, second = table(written(session, asked.id, now=now, batch=1))
    assert (first["day"], first["sold"], first["revenue_cents"]) == ("2026-11-02", "1", "2500")
    assert (second["day"], second["refund_cents"]) == ("2026-11-03", "2500")
    asked = exports.request_export(session, actor=admin, dataset="transfers", **DAYS, now=now)
    kinds = [row["kind"] for row in table(written(session, asked.id, now=now))]
    assert sorted(kinds) == ["lead_charge", "manual_credit", "refund"]
    with pytest.raises(ExportInvalid):
        exports.request_export(session, actor=staff("analyst"), dataset="transfers", **DAYS, now=now)
