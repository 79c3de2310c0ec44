"""Bringing a file: its source with its permission, a look, columns, what can't be read, and how far it is (SPEC 8.1)."""

import re
import tomllib
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import xlsxwriter

from core import sourcing
from core.kit.actor import Actor
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.sourcing import Uses
from dashboard.admin.source_upload_file import error_rows, field_word
from jobs.work import work
from tests.dashboard.conftest import Open, sound, words
from tests.dashboard.test_actions import one
from tests.dashboard.world import World

ROOT = Path(__file__).parent.parent.parent
CSV = b"""Full name,Write to,Street,Zip,Colour
Ann Lee,ann@example.com,1 Oak St,89109,red
Bo Day,bo@example.com,2 Oak St,89109,
a,b,c,d,e,f
"""


@pytest.fixture
def source(world: World) -> UUID:
    """A source of files that may be used."""
    admin, now = Actor(world.users["admin"], "admin"), utc_now()
    with transaction() as session:
        made = sourcing.add_source(
            session, actor=admin, kind="upload", name=f"Fair {now:%H%M%S%f}", niche_id=world.niche, now=now
        )
        uses = Uses(may_enrich=True, may_price=True, may_sell="allowed")
        sourcing.grant_permission(
            session, actor=admin, source_id=made.id, uses=uses, licence="Agreement", evidence="Contract 3", now=now
        )
    return made.id


def bring(page: Any, content: bytes, name: str = "fair.csv") -> None:
    page.file_uploader[0].set_value((name, content, "text/csv")).run()


def button(page: Any, label: str) -> Any:
    return next(found for found in page.button if found.label.startswith(label))


def test_the_whole_way(open_page: Open, source: UUID) -> None:
    page = open_page("admin", "sources", source=str(source))
    button(page, "Upload a file").click().run()
    sound(page)
    bring(page, CSV)
    sound(page)
    told = words(page)
    assert "1 row can't be read" in told and [tile.value for tile in page.metric] == ["CSV", "2", "1"]
    means = {box.label: box for box in page.selectbox}
    assert means["Full name means"].value == "name" and means["Write to means"].value == "fact:write_to"
    means["Write to means"].select("email").run()
    sound(page)
    assert "E-mail" in str(page.dataframe[0].proto.columns)
    assert list(page.dataframe[0].value.iloc[0]) == ["Ann Lee", "ann@example.com", "1 Oak St", "89109", "red"]
    assert page.dataframe[1].value["why"][0] == "This row has 6 cells; the header names 5."
    button(page, "Take in 2 rows").click().run()
    sound(page)
    assert "2 rows wait for a worker" in words(open_page("admin", "sources", source=str(source), file="1"))
    job = one("select id from outbox where kind = 'source.file' and key = :s", s=str(source)).id
    assert work(str(job)) == "done"
    again = open_page("admin", "sources", source=str(source), file="1")
    assert "The last file is through" in str([done.value for done in again.success]) and "2 new leads" in again.success[0].value
    listed = open_page("analyst", "sources", view="Files").dataframe[0].value
    mine = listed[listed["source"] == one("select name from source where id = :s", s=source).name].iloc[0]
    assert (mine["name"], mine["rows"], mine["leads"], mine["refused"], mine["state"]) == ("fair.csv", 3, 2, 1, "Done")
    assert "Brought by" in str(again.dataframe[0].proto.columns)
    bring(again, CSV)
    means = {box.label: box for box in again.selectbox}
    assert "taken in already" in words(again)
    means["Write to means"].select("email").run()
    button(again, "Take in 2 rows").click().run()
    assert any("taken in already" in toast.value for toast in again.toast)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"  \n", "This file is empty."),
        (b"name,email\n", "there is nothing to take in"),
        (b"%PDF-1.7 offer", "neither CSV, XLSX nor vCard"),
        (b"PK\x03\x04 not a workbook", "workbook"),
        (b"name,email\nZo\xe9,zoe@example.com\n", "were read as Windows-1252"),
        (b"x" * (50 * 1024 * 1024 + 1), "larger than 50 MB"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_in_words(open_page: Open, source: UUID, content: bytes, said: str) -> None:
    page = open_page("admin", "sources", source=str(source), file="1")
    bring(page, content)
    sound(page)
    assert said in words(page)


def test_one_field_for_two_columns_is_refused_in_words(open_page: Open, source: UUID) -> None:
    page = open_page("admin", "sources", source=str(source), file="1")
    bring(page, CSV)
    next(box for box in page.selectbox if box.label == "Colour means").select("name").run()
    sound(page)
    assert "can't both be name" in words(page)
    assert not [found for found in page.button if found.label.startswith("Take in")]


def test_formulas_come_by_their_result_and_go_out_as_text(open_page: Open, source: UUID) -> None:
    sink = BytesIO()
    with xlsxwriter.Workbook(sink) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["name", "email"])
        sheet.write_string(1, 0, "Ann")
        sheet.write_formula(1, 1, '=LOWER("ANN@EXAMPLE.COM")', value="ann@example.com")
    page = open_page("admin", "sources", source=str(source), file="1")
    bring(page, sink.getvalue(), "fair.xlsx")
    sound(page)
    assert list(page.dataframe[0].value.iloc[0]) == ["Ann", "ann@example.com"]
    assert b"'=1+1" in error_rows(b"name,email\n=1+1,b,c\n")


def test_cards_have_no_columns_to_choose(open_page: Open, source: UUID) -> None:
    page = open_page("admin", "sources", source=str(source), file="1")
    bring(page, b"BEGIN:VCARD\nVERSION:3.0\nFN:Ann Lee\nEMAIL:ann@example.com\nEND:VCARD\n", "ann.vcf")
    sound(page)
    assert button(page, "Take in 1 card") and not [box for box in page.selectbox if box.label.endswith("means")]


def test_a_source_is_added_and_wants_its_permission_first(open_page: Open, world: World) -> None:
    page = open_page("admin", "sources", file="1")
    sound(page)
    next(field for field in page.text_input if field.label == "Name").input("Home show of May")
    button(page, "Add the source").click().run()
    sound(page)
    assert "What may be done with its records?" in words(page) and not page.file_uploader
    {area.label: area for area in page.text_area}["Licence or terms, in your words"].input("The show's terms")
    next(field for field in page.text_input if field.label == "Where the proof lies").input("Folder 7")
    button(page, "Record the decision").click().run()
    made = one("select id from source where name = 'Home show of May'").id
    page = open_page("admin", "sources", source=str(made), file="1")
    sound(page)
    assert len(page.file_uploader) == 1


def test_who_may_not_act_sees_no_place_for_files(open_page: Open, source: UUID) -> None:
    page = open_page("analyst", "sources", source=str(source), file="1")
    sound(page)
    assert not page.file_uploader and not [found for found in page.button if found.label == "Upload a file"]


@pytest.mark.parametrize("field", [*sourcing.UPLOAD_FIELDS, "ignore", "fact:colour"])
def test_every_field_has_a_word(field: str) -> None:
    assert field_word(field)[0].isupper() and "_" not in field_word(field)


def test_the_server_and_the_proxy_let_the_largest_file_through() -> None:
    config = tomllib.loads((ROOT / "dashboard" / ".streamlit" / "config.toml").read_text())
    assert config["server"]["maxUploadSize"] << 20 == sourcing.LARGEST_FILE
    proxy = re.search(r"max_size (\d+)MB", (ROOT / "deploy" / "proxy" / "Caddyfile").read_text())
    assert proxy and int(proxy[1]) * 1_000_000 > sourcing.LARGEST_FILE + (1 << 20), "the multipart frame comes on top"
