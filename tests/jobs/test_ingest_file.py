"""A file walked through as a run: broken off anywhere, it goes on after its last stored portion (SPEC 8.1)."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from cli.ingest import ingest
from core import sourcing
from core.kit.actor import SYSTEM
from core.kit.db import Json, transaction
from core.sourcing import Batch, RunCounts, UploadedFile, upload_settings
from core.sourcing.connectors.files import upload
from jobs.ingest import walk_through
from tests.builders import a_market, a_niche
from tests.core.sourcing.test_sources import a_source, allow, an_admin

ROWS = [f"Pat Number{chr(97 + number)},p{number}@example.com,{number} Oak St,89109" for number in range(9)]
FILE = "\n".join(["name,email,street,zip", *ROWS, "too,many,cells,for,a,row"]).encode()


class Killed(UploadedFile):
    """A file whose reader dies after a portion."""

    def fetch(self, cursor: Json | None) -> Iterator[Batch]:
        yield next(super().fetch(cursor))
        raise KeyboardInterrupt


@pytest.fixture
def source_id(database: Engine, now: datetime) -> UUID:
    with transaction() as session:
        a_market(session, now)
        niche, admin = a_niche(session, now), an_admin(session, now)
        source = a_source(session, now, admin, kind="upload", niche_id=niche.id, settings={})
        allow(session, now, admin, source.id)
        return source.id


def walk(source_id: UUID, kind: type[UploadedFile], now: datetime) -> tuple[RunCounts, UploadedFile]:
    file = kind(upload_settings({}), FILE, now=now)
    return walk_through(source_id, actor=SYSTEM, cause="upload", connector=file), file


def stored() -> list[str]:
    with transaction() as session:
        return list(session.execute(text("select email from contact order by 1")).scalars())


def test_a_file_is_taken_in_once_whatever_happens(source_id: UUID, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "PORTION", 4)
    with pytest.raises(KeyboardInterrupt):
        walk(source_id, Killed, now)
    assert len(stored()) == 4
    counts, file = walk(source_id, UploadedFile, now)
    assert counts.fetched == 5 and stored() == [f"p{number}@example.com" for number in range(9)]
    assert [problem.row for problem in file.problems] == [11]
    counts, _ = walk(source_id, UploadedFile, now)
    assert counts == RunCounts() and len(stored()) == 9
    with transaction() as session:
        source = sourcing.find_source(session, source_id)
        assert source.cursor is not None and source.cursor["done"] == 10


def test_a_file_of_the_command_line_is_listed(source_id: UUID, tmp_path: Path) -> None:
    with transaction() as session:
        slug = sourcing.find_source(session, source_id).slug
    path = tmp_path / "fair.csv"
    path.write_bytes(FILE)
    figures = ingest(slug, path)
    assert figures["fresh"] == 9 and figures["unreadable_rows"] == 1
    with transaction() as session:
        (file,) = sourcing.list_files(session, actor=SYSTEM)
        refused = sourcing.refused_rows(session, actor=SYSTEM, file_id=file.id).decode().splitlines()
    assert (file.door, file.name, file.who, file.state) == ("command", "fair.csv", None, "done")
    assert (file.leads, file.bad_rows) == (9, 1) and refused[1].startswith("11,")
