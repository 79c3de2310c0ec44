"""Markets from the command line: added in three ways, listed, closed and opened by their short name (SPEC 0)."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from core.kit.db import transaction
from tests.cli.conftest import Run

Capture = pytest.CaptureFixture[str]
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[-110.98, 32.2], [-110.9, 32.2], [-110.9, 32.26], [-110.98, 32.26], [-110.98, 32.2]]],
}


def test_markets_are_added_listed_closed_and_opened(run: Run, database: Engine, tmp_path: Path, capsys: Capture) -> None:
    assert run("markets", "list") == 0
    assert "No markets yet" in capsys.readouterr().out
    drawn = tmp_path / "tucson.geojson"
    drawn.write_text(json.dumps(SQUARE))
    assert run("markets", "add", "Tucson", "--outline", str(drawn), "--json") == 0
    made = json.loads(capsys.readouterr().out)
    assert made["market"]["slug"] == "tucson" and made["zips"] == sum(county["zips"] for county in made["counties"]) > 0
    assert run("markets", "add", "Flagstaff", "--county", "Coconino, AZ", "--timezone", "America/Denver") == 0
    assert capsys.readouterr().out.startswith("Added: flagstaff  open")
    assert run("markets", "add", "Manhattan", "--zips", "10001, 10002 10003", "--slug", "ny") == 0
    assert run("markets", "close", "ny") == 0
    assert run("markets", "close", made["market"]["id"]) == 0
    assert run("markets", "open", "tucson") == 0
    capsys.readouterr()
    assert run("markets", "list", "--json") == 0
    rows = {row["market"]["slug"]: row for row in json.loads(capsys.readouterr().out)}
    assert [(slug, row["market"]["status"]) for slug, row in rows.items()] == [
        ("flagstaff", "open"), ("ny", "closed"), ("tucson", "open"),
    ]  # fmt: skip
    assert rows["ny"]["zips"] == 3 and rows["flagstaff"]["market"]["timezone"] == "America/Denver"
    assert run("markets", "list") == 0
    assert "ny         closed      3 ZIPs  America/New_York      New York, NY" in capsys.readouterr().out
    with transaction() as session:
        did = session.execute(text("select action from audit_entry where entity_type = 'market' order by id")).scalars().all()
    assert did == ["market.added"] * 3 + ["market.closed"] * 2 + ["market.opened"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("add", "Fifth"), 2, "--county, --zips and --outline"),
        (("add", "Fifth", "--zips", "85701", "--county", "Pima, AZ"), 2, "--county, --zips and --outline"),
        (("add", "Fifth", "--county", "Pima"), 1, "Write it as Pima, AZ"),
        (("add", "Fifth", "--zips", ""), 1, "an empty list"),
        (("add", "Fifth", "--outline", "nowhere.geojson"), 1, "nowhere.geojson can't be read: No such file"),
        (("close", "atlantis"), 1, "There is no market named atlantis. There are: none yet."),
    ],
)
def test_what_is_wrong_is_one_sentence(
    run: Run, database: Engine, capsys: Capture, words: tuple[str, ...], code: int, said: str
) -> None:
    assert run("markets", *words) == code
    err = " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert said in err and "Traceback" not in err
