"""``hotleads dedupe`` and ``hotleads normalize`` on files as people have them."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from cli.dedupe import dedupe_file, mapping, normalize_file
from core.kit.errors import Invalid

PEOPLE = "id;Full Name;Street;Zip;Note\n"
PEOPLE += "7;Robert Larch;12 Oak St;89501;a\n8;Bob Larch;12 Oak Street;89501;\n9;Ada Quill;4 Elm Rd;89502;ü\n"


def rows(path: Path, delimiter: str = ",") -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter=delimiter))


def test_a_file_put_together_from_several_keeps_every_letter(tmp_path: Path) -> None:
    given, out = tmp_path / "in.csv", tmp_path / "out.csv"
    given.write_bytes("name,zip\nZoë Müller,89109\n".encode() + "Íñigo Peña,89109\n".encode("cp1252"))
    dedupe_file(given, out, {})
    assert [row[0] for row in rows(out)[1:]] == ["Zoë Müller", "Íñigo Peña"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_every_row_and_column_comes_out_in_order(tmp_path: Path, encoding: str) -> None:
    given, out = tmp_path / "in.csv", tmp_path / "out.csv"
    given.write_bytes(PEOPLE.encode(encoding))
    assert "3 rows are 2 different ones" in dedupe_file(given, out, {})
    written = rows(out, ";")
    assert written[0] == ["id", "Full Name", "Street", "Zip", "Note", "cluster_id", "match_probability"]
    assert [row[0] for row in written[1:]] == ["7", "8", "9"] and [row[5] for row in written[1:]] == ["1", "1", "2"]
    assert written[3][4] == "ü" and all(0 < float(row[6]) <= 1 for row in written[1:])


def test_columns_by_hand(tmp_path: Path) -> None:
    given, out = tmp_path / "in.csv", tmp_path / "out.csv"
    given.write_text("who,where\nRobert Larch,12 Oak St\nBob Larch,12 Oak Street\n")
    with pytest.raises(Invalid, match="who, where"):
        dedupe_file(given, out, {})
    dedupe_file(given, out, mapping(["name=who", "address=where"]))
    assert [row[2] for row in rows(out)[1:]] == ["1", "1"]
    for wrong in ({"name": "nobody"}, {"shoe": "who"}):
        with pytest.raises(Invalid, match=r"no (column|field)"):
            dedupe_file(given, out, wrong)
    with pytest.raises(Invalid, match="--map field=column"):
        mapping(["name"])


@pytest.mark.parametrize(
    ("text", "width", "length"),
    [("", 2, 1), ("name,zip\n", 4, 1), ("name,name,cluster_id\nA,B,9\n", 5, 2), ("name,zip\nPat,1,extra\n\nSam\n", 5, 3)],
)
def test_odd_files(tmp_path: Path, text: str, width: int, length: int) -> None:
    given, out = tmp_path / "in.csv", tmp_path / "out.csv"
    given.write_text(text)
    dedupe_file(given, out, {})
    written = rows(out)
    assert len(written) == length and {len(row) for row in written} == {width}


def test_a_quote_left_open_takes_no_other_row(tmp_path: Path) -> None:
    given, out = tmp_path / "in.csv", tmp_path / "out.csv"
    given.write_text('name,zip\n"Bob Larch,89501\nAnn Lee,89502\nCy "Red" Poe,89503\n"two\nlines",89504\n"Dan\n')
    assert "5 rows" in dedupe_file(given, out, {})
    assert [row[0] for row in rows(out)[1:]] == ['"Bob Larch', "Ann Lee", 'Cy "Red" Poe', "two\nlines", "Dan\n"]


@pytest.mark.parametrize("cell", ["a\rb", "a\r\nb", "a\nb", '"', "a\0b", "007", " x ", "=1+1", "\u2028", ""])
def test_every_cell_comes_out_as_it_went_in(tmp_path: Path, cell: str) -> None:
    given, out = tmp_path / "in.csv", tmp_path / "out.csv"
    with given.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([["id", "name"], [cell, "Bob Larch"], ["x", "Ann Lee"]])
    dedupe_file(given, out, {})
    assert [row[0] for row in rows(out)] == ["id", cell, "x"]


@pytest.mark.parametrize("content", [b"PK\x03\x04" + bytes(300), bytes(range(256)) * 4, b"\xd0\xcf\x11\xe0" + bytes(2000)])
def test_what_is_no_text_is_told(tmp_path: Path, content: bytes) -> None:
    given, out = tmp_path / "in.csv", tmp_path / "out.csv"
    given.write_bytes(content)
    with pytest.raises(Invalid, match="CSV first"):
        dedupe_file(given, out, {})
    assert not out.exists()


def test_a_column_of_our_name_stays_and_that_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given, out = tmp_path / "in.csv", tmp_path / "out.csv"
    given.write_text("cluster_id,name\n7,Bob Larch\n")
    dedupe_file(given, out, {})
    assert rows(out) == [["cluster_id", "name", "cluster_id_2", "match_probability"], ["7", "Bob Larch", "1", "1.0000"]]
    assert "the new one is called cluster_id_2" in capsys.readouterr().err


def test_fields_are_mapped_by_the_names_people_give_them(tmp_path: Path) -> None:
    given, out = tmp_path / "in.csv", tmp_path / "out.csv"
    given.write_text("who,where\nRobert Larch,12 Oak St\nBob Larch,12 Oak Street\n")
    dedupe_file(given, out, mapping(["Full Name=who", "street=where"]))
    assert [row[2] for row in rows(out)[1:]] == ["1", "1"]


@pytest.mark.parametrize(
    ("header", "names"), [("company", ["Larch", "Ada Quill"]), ("name", ["Cafe Zoe", "Larch's Grill", "Bar of Reno", "The Oak"])]
)
def test_names_of_firms_are_not_taken_apart(tmp_path: Path, header: str, names: list[str]) -> None:
    given, out = tmp_path / "in.csv", tmp_path / "out.csv"
    given.write_text("\n".join([f"{header},phone", *(f"{name},775-234-1111" for name in names)]) + "\n")
    assert f"{len(names)} ok" in normalize_file(given, out, {})
    head, *body = rows(out)
    read = [dict(zip(head, row, strict=True)) for row in body]
    assert [row["norm_name"] for row in read] == names and not any(row["norm_last_name"] for row in read)


def test_normal_forms_status_and_reasons(tmp_path: Path) -> None:
    given, out = tmp_path / "in.csv", tmp_path / "out.csv"
    given.write_text("name,address,zip,phone\nLARCH, 12 North Oak Street #4,89501,702-234-5679\n,n/a,,\n")
    assert "2 rows: 0 ok, 1 review, 1 unusable" in normalize_file(given, out, {})
    head, *body = rows(out)
    read = [dict(zip(head, row, strict=True)) for row in body]
    assert read[0]["norm_street"] == "12 N OAK ST" and read[0]["norm_unit"] == "# 4" and read[0]["norm_phone"] == "+17022345679"
    assert read[0]["reasons"] == "name_partial" and read[1]["reasons"] == "nothing_given"


def test_the_commands_answer_in_words(tmp_path: Path) -> None:
    hotleads = Path(sys.executable).with_name("hotleads")
    done = subprocess.run(
        [hotleads, "dedupe", tmp_path / "none.csv", "--out", tmp_path / "o.csv"], capture_output=True, text=True
    )
    assert done.returncode == 1 and "can't be read" in done.stderr and "Traceback" not in done.stderr
