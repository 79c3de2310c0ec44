"""Files people bring: any encoding, delimiter and mistake; nothing lost, nothing calculated, nothing taken twice (SPEC 8.1)."""

import codecs
import csv
import io
import zipfile
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xlsxwriter import Workbook

from core.kit.errors import Invalid
from core.sourcing.connectors.files import brought_file, upload, xlsx_file
from core.sourcing.connectors.files.brought_file import Problem, error_file, preview, records
from core.sourcing.connectors.files.csv_file import read_csv
from core.sourcing.connectors.files.upload import Upload, UploadedFile, UploadSecrets, UploadSettings
from core.sourcing.connectors.line.wire import Wire
from core.sourcing.errors import Unreadable
from core.sourcing.record import Parsed, RawRecord

CARDS = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u1\r\nFN:Pat Lee\r\nEMAIL;TYPE=work:p@example.com\r\nTEL:+1 702 555 0142\r\n"
    "ADR:;;1 Main St;Las Vegas;NV;08901;USA\r\nNOTE:hello\\, you\r\nEND:VCARD\r\n"
    "BEGIN:VCARD\nVERSION:4.0\nFN:Sam\nTEL;VALUE=uri:tel:+17025550143\nEND:VCARD\n"
)


def parsed(content: bytes, now: datetime, settings: UploadSettings | None = None) -> list[Parsed]:
    reader = Upload(settings or UploadSettings(), UploadSecrets(), Wire())
    return [reader.parse(record) for record in records(content, now=now) if isinstance(record, RawRecord)]


def book(rows: list[list[object]], **options: object) -> bytes:
    sink = io.BytesIO()
    with Workbook(sink, {"in_memory": True, **options}) as made:
        made.add_worksheet("empty")
        sheet = made.add_worksheet("leads")
        for number, row in enumerate(rows):
            sheet.write_row(number + 2, 0, row)
    return sink.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_delimiters_and_marks_are_found(delimiter: str, encoding: str, now: datetime) -> None:
    text = (
        delimiter.join(("First Name", "Last Name", "ZIP", "E-Mail"))
        + "\r\n"
        + delimiter.join(("José", "Lee", "08901", "j@example.com"))
    )
    (lead,) = parsed(text.encode(encoding), now)
    assert (lead.name, lead.zip, lead.email) == ("José Lee", "08901", "j@example.com")


def test_mixed_encodings_formulas_and_broken_rows_are_told_in_words(now: datetime) -> None:
    lines = [
        b"name,phone,zip,note",
        "Zoë,=1+1,08901,@SUM(A1)".encode(),
        'Ren\xe9,+17025551234,89109,"two\nlines"'.encode("cp1252"),
        b"Too,many,cells,here,and here",
        b'Pipe,5" wide,89109,x',
        b'Quote,"never closed',
        b"Last,702,89109,ok",
        b"",
        b"Few",
    ]
    content = b"\r\n".join(lines)
    seen = preview(content)
    assert [(column.header, column.field) for column in seen.columns] == [
        ("name", "name"), ("phone", "phone"), ("zip", "zip"), ("note", "text"),
    ]  # fmt: skip
    assert (seen.rows, seen.bad_rows) == (5, 2) and "Windows-1252" in seen.notes[0]
    assert [(problem.row, problem.why) for problem in seen.problems] == [
        (5, "This row has 5 cells; the header names 4."), (7, "A quote is opened in this line and never closed."),
    ]  # fmt: skip
    found = parsed(content, now)
    assert [lead.name for lead in found] == ["Zoë", "René", "Pipe", "Last", "Few"]
    assert found[0].phone == "=1+1" and found[1].text == "two\nlines", "kept as written; nothing calculates it"
    told = error_file([Problem(5, "why", ("=cmd|' /C calc'!A0", "+1 702", "-x"))]).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(told)))[1] == ["5", "why", "'=cmd|' /C calc'!A0", "+1 702", "'-x"]


def test_lines_without_an_end_strange_encodings_and_nul_bytes(now: datetime) -> None:
    endless = b"name,zip\nAnn," + b"9" * (2 << 20) + b"\nPat,89109\n" + b'Kim,"' + b"x" * (2 << 20)
    seen = preview(endless)
    assert (seen.rows, seen.bad_rows) == (1, 2) and [problem.row for problem in seen.problems] == [2, 4]
    assert all("longer than 100,000 characters" in problem.why and len(str(problem.cells)) < 3_000 for problem in seen.problems)
    with pytest.raises(Invalid, match="longer than"):
        preview(b"a" * 200_000 + b"\n1")
    for encoding in ("utf-32", "utf-16", "utf-8-sig", "cp1252"):
        assert [lead.name for lead in parsed("name,zip\nZoë,89109\n".encode(encoding), now)] == ["Zoë"], encoding
    nul = b"name,zip\n" + b"Sam,89109\n" * 500 + b"Pat\0Lee,89\x00109\n"
    *_, last = parsed(nul, now)
    assert (last.name, last.zip) == ("PatLee", "89109"), "what no database keeps is left out, the row is not"


@given(st.binary(max_size=400))
def test_no_bytes_make_it_fail_and_no_line_vanishes(content: bytes) -> None:
    rows = list(read_csv(content))
    filled = [
        line for line in content.replace(b"\r", b"\n").split(b"\n") if line.strip(b' \t\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0",;|')
    ]
    if not content.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        assert bool(rows) or not filled
    assert [row.number for row in rows] == sorted({row.number for row in rows})


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=("C", "Z"))), min_size=2, max_size=2), max_size=8))
def test_what_a_writer_of_csv_writes_is_read_back(rows: list[list[str]]) -> None:
    sink = io.StringIO()
    csv.writer(sink).writerows([["a", "b"], *rows])
    filled = [tuple(row) for row in rows if "".join(row)]
    assert [row.cells for row in read_csv(sink.getvalue().encode()) if "".join(row.cells)][1:] == filled


def test_columns_are_mapped_and_remapped(now: datetime) -> None:
    content = b"Cust,Mail,Mail,Roof age,Secret\nPat,p@example.com,q@example.com,12,x\n"
    fields = {column.header: column.field for column in preview(content).columns}
    assert fields == {
        "Cust": "fact:cust", "Mail": "email", "Mail (3)": "fact:mail_3", "Roof age": "fact:roof_age", "Secret": "fact:secret",
    }  # fmt: skip
    chosen = {"Cust": "name", "Mail (3)": "email", "Secret": "ignore"}
    (record,) = records(content, chosen=chosen, now=now)
    assert isinstance(record, RawRecord)
    lead = Upload(UploadSettings(), UploadSecrets(), Wire()).parse(record)
    assert (lead.name, lead.email, lead.facts) == ("Pat", "q@example.com", {"mail": "p@example.com", "roof_age": "12"})
    later = Upload(UploadSettings(mapping={"Roof age": "year_built"}), UploadSecrets(), Wire()).parse(record)
    assert later.facts["year_built"] == 12
    with pytest.raises(Invalid) as refused:
        preview(content, {"Nope": "name", "Cust": "shoe_size"})
    assert refused.value.fields.keys() == {"Nope", "Cust"}


def test_the_same_file_brings_nothing_new(now: datetime) -> None:
    content = b"name,id\nPat,\nSam,77\n"
    ids = [(record.record_id, record.version) for record in records(content, now=now) if isinstance(record, RawRecord)]
    assert ids == [(record.record_id, record.version) for record in records(content, now=now) if isinstance(record, RawRecord)]
    assert ids[0][0].startswith("file:") and ids[1][0] == "77"
    assert preview(content).sha256 != preview(content + b"Kim,\n").sha256


def test_a_workbook_is_read_as_text(now: datetime) -> None:
    rows: list[list[object]] = [["Name", "ZIP", "Phone", "Price", "When"], ["Pat", "08901", 7025550142, 425000.5, True]]
    (lead,) = parsed(book(rows), now)
    assert (lead.name, lead.zip, lead.phone, lead.price_cents) == ("Pat", "08901", "7025550142", 42_500_050)
    assert preview(book(rows)).format == "xlsx"
    calculated = book([["Name", "ZIP"], ['=HYPERLINK("https://x.example")', "@89109"]], strings_to_formulas=False)
    (lead,) = parsed(calculated, now)
    assert (lead.name, lead.zip) == ('=HYPERLINK("https://x.example")', "@89109"), "words that look like a formula stay words"
    (lead,) = parsed(book([["Name", "ZIP"], ["Pat", "=1+1"]], strings_to_formulas=True), now)
    assert lead.zip in (None, "0"), "of a formula its last result is read; nothing calculates it"
    seen = preview(book([*rows, ["x", "", "", "", "", "beyond"]]))
    assert (seen.rows, seen.bad_rows) == (1, 1)


def test_bombs_and_strangers_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * (30 << 20))
    lying = bytearray(bomb.getvalue())
    at = lying.rindex(b"PK\x01\x02") + 24
    lying[at : at + 4] = (100).to_bytes(4, "little")  # the directory says 100 bytes
    monkeypatch.setattr(xlsx_file, "LARGEST_WHOLE", 10 << 20)
    for hostile in (bomb.getvalue(), bytes(lying), b"PK\x03\x04 not a zip", book([["a"]])[:-30]):
        with pytest.raises(Invalid, match=r"workbook"):
            preview(hostile)
    for stranger in (b"", b"\xd0\xcf\x11\xe0 old", b"%PDF-1.7", b"a\0b,c\n"):
        with pytest.raises(Invalid, match=r"neither|empty"):
            preview(stranger)
    monkeypatch.setattr(brought_file, "MOST_ROWS", 2)
    with pytest.raises(Invalid, match="more than 2 rows"):
        preview(b"a,b\n1,2\n1,2\n1,2\n")


def test_cards_are_read(now: datetime) -> None:
    pat, sam = parsed(CARDS.encode(), now)
    assert (pat.name, pat.email, pat.zip, pat.street, pat.text) == (
        "Pat Lee",
        "p@example.com",
        "08901",
        "1 Main St",
        "hello, you",
    )
    assert (sam.name, sam.phone) == ("Sam", "+17025550143")
    assert preview(CARDS.encode()).rows == 2
    reader = Upload(UploadSettings(), UploadSecrets(), Wire())
    for broken in (b"", b"BEGIN:VCARD\nEND:VCARD", b"BEGIN:VCARD\nFN\xff\n:\nEND:VCARD"):
        try:
            assert isinstance(reader.parse(RawRecord("1", "1", broken, "text/vcard", now)), Parsed)
        except Unreadable as error:
            assert error.message.endswith(".")
    with pytest.raises(Unreadable):
        reader.parse(RawRecord("1", "1", b'{"row": {"a": ""}, "fields": {"a": "name"}}', "application/json", now))


@given(st.integers(0, 30), st.lists(st.integers(0, 3), max_size=4))
def test_a_file_cut_anywhere_goes_on_without_loss_or_doubling(rows: int, cuts: list[int]) -> None:
    content = (
        "name,zip\n" + "".join(f"P{number},{number:05}{',extra' * (number % 7 == 3)}\n" for number in range(rows))
    ).encode()
    stored: list[str] = []
    cursor = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(upload, "PORTION", 3)
        for taken in [*cuts, 100]:
            file = UploadedFile(UploadSettings(), content, now=datetime(2026, 11, 4, tzinfo=UTC))
            for count, batch in enumerate(file.fetch(cursor)):
                if count >= taken:
                    break
                stored += [file.parse(record).zip or "" for record in batch.records]
                cursor = batch.cursor
    assert stored == [f"{number:05}" for number in range(rows) if number % 7 != 3]
    assert [problem.row for problem in file.problems] == [number + 2 for number in range(rows) if number % 7 == 3]
