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


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
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
