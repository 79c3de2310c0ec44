"""A file that somebody brought: waits sealed with its job, taken in once, gone on with after a kill (SPEC 8.1)."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import Engine, Row, text

from core import sourcing
from core.kit import outbox
from core.kit.actor import Actor
from core.kit.clock import utc_now
from core.kit.db import Json, transaction
from core.kit.errors import Forbidden, Invalid, NotFound
from core.sourcing import Batch, FileTaken, Preview, SourceBusy, SourceNotPermitted, UploadedFile
from core.sourcing.connectors.files import upload
from jobs import files
from jobs.work import work
from tests.builders import a_market, a_niche
from tests.core.sourcing.test_sources import a_source, allow, an_admin
from tests.jobs.test_ingest_file import FILE, stored


@pytest.fixture
def admin(database: Engine, now: datetime) -> Actor:
    with transaction() as session:
        a_market(session, now)
        return an_admin(session, now)


@pytest.fixture
def source_id(admin: Actor, now: datetime) -> UUID:
    with transaction() as session:
        source = a_source(session, now, admin, kind="upload", niche_id=a_niche(session, now).id, settings={})
        allow(session, now, admin, source.id)
        return source.id


def look(admin: Actor, source_id: UUID, content: bytes = FILE, **chosen: str) -> Preview:
    with transaction() as session:
        return sourcing.look_at_file(session, actor=admin, source_id=source_id, content=content, chosen=chosen)


def ask(admin: Actor, source_id: UUID, content: bytes = FILE, looked: Preview | None = None) -> UUID:
    looked = looked or look(admin, source_id, content)
    with transaction() as session:
        return sourcing.request_file(session, actor=admin, source_id=source_id, content=content, looked=looked, now=utc_now())


def one(sql: str, **values: object) -> Row[tuple[object, ...]]:
    with transaction() as session:
        return session.execute(text(sql), values).one()


def test_a_file_waits_sealed_and_is_taken_in_once(admin: Actor, source_id: UUID) -> None:
    job = ask(admin, source_id)
    assert b"example.com" not in bytes(one("select sealed from outbox where id = :id", id=job).sealed)
    assert "example.com" not in str(one("select payload from outbox where id = :id", id=job).payload)
    with transaction() as session:
        waiting = sourcing.waiting_file(session, actor=admin, source_id=source_id)
    assert waiting is not None and waiting.rows == 9
    with pytest.raises(SourceBusy):
        ask(admin, source_id)
    assert work(str(job)) == "done"
    run = one("select cause, state, fetched, fresh, expected from source_run where source_id = :s", s=source_id)
    assert tuple(run) == ("upload", "done", 9, 9, 9) and len(stored()) == 9
    assert one("select sealed from outbox where id = :id", id=job).sealed is None
    assert "taken in already" in look(admin, source_id).notes[-1]
    with pytest.raises(FileTaken):
        ask(admin, source_id)


class Killed(UploadedFile):
    """A file whose worker dies after a portion."""

    def fetch(self, cursor: Json | None) -> Iterator[Batch]:
        yield next(super().fetch(cursor))
        raise KeyboardInterrupt


def test_the_next_worker_goes_on_with_the_same_run(admin: Actor, source_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "PORTION", 4)
    asked = ask(admin, source_id)
    with transaction() as session:
        job = outbox.take(session, asked, now=utc_now())
    assert job is not None
    with pytest.raises(KeyboardInterrupt):
        files.take_in((job, Killed(sourcing.upload_settings({}), FILE, now=utc_now())), utc_now())
    assert one("select state from source_run").state == "running" and len(stored()) == 4
    with transaction() as session:
        session.execute(text("update outbox set lease_until = now() - interval '1 minute' where id = :id"), {"id": asked})
    assert work(str(asked)) == "done"
    run = one("select state, fetched, expected from source_run")
    assert tuple(run) == ("done", 9, 9) and len(stored()) == 9


def test_what_may_not_be_asked(admin: Actor, source_id: UUID, now: datetime) -> None:
    with pytest.raises(Invalid, match="another file"):
        ask(admin, source_id, b"name,email\nPat,p@example.com", look(admin, source_id))
    with pytest.raises(Invalid, match="No row"):
        ask(admin, source_id, b"name,email\na,b,c")
    with pytest.raises(Invalid) as twice:
        look(admin, source_id, b"mail a,mail b\na@example.com,b@example.com", **{"mail a": "email", "mail b": "email"})
    assert "can't both be email" in twice.value.fields["mail a"]
    with pytest.raises(Forbidden), transaction() as session:
        analyst = Actor(admin.user_id, "analyst")
        sourcing.look_at_file(session, actor=analyst, source_id=source_id, content=FILE)
    with transaction() as session:
        feed = a_source(session, now, admin, name="Feed").id
        bare = a_source(session, now, admin, kind="upload", name="Bare", settings={}).id
    with pytest.raises(Invalid, match="takes files"):
        look(admin, feed)
    with pytest.raises(SourceNotPermitted):
        ask(admin, bare)


def test_columns_are_read_as_they_were_chosen(admin: Actor, source_id: UUID) -> None:
    content = b"who,where to write\nPat Number,pat@example.com"
    looked = look(admin, source_id, content, **{"who": "name", "where to write": "email"})
    assert [column.field for column in looked.columns] == ["name", "email"] and looked.first == (
        ("Pat Number", "pat@example.com"),
    )
    job = ask(admin, source_id, content, looked)
    assert work(str(job)) == "done"
    assert one("select fetched from source_run").fetched == 1
    assert one("select payload -> 'mapping' ->> 'who' as name from outbox where id = :id", id=job).name == "name"


def test_what_a_person_made_of_a_column_is_remembered_for_the_next_file(admin: Actor, source_id: UUID) -> None:
    looked = look(admin, source_id)
    header = next(column.header for column in looked.columns if column.field == "name")
    ask(admin, source_id, looked=look(admin, source_id, **{header: "fact:who"}))
    again = look(admin, source_id, FILE + b"\n")
    assert {column.header: column.field for column in again.columns}[header] == "fact:who"
    undone = look(admin, source_id, **{header: "name"})
    assert {column.header: column.field for column in undone.columns}[header] == "name"


def test_a_row_s_own_id_is_no_formula_in_the_file_of_refused_rows(admin: Actor, source_id: UUID) -> None:
    content = b"Id,Name,Email,Zip\nfile:=1+1,Nobody,,89109\n"
    looked = look(admin, source_id, content)
    assert looked.columns[0].field == "record_id"
    with transaction() as session:
        asked = {"actor": admin, "source_id": source_id, "content": content, "looked": looked, "name": "ids.csv"}
        job = sourcing.request_file(session, now=utc_now(), **asked)
    assert work(str(job)) == "done"
    with transaction() as session:
        refused = sourcing.refused_rows(session, actor=admin, file_id=job).decode("utf-8-sig").splitlines()
    assert refused[1].startswith("'=1+1,")


def test_who_brought_what_and_which_rows_were_refused(admin: Actor, source_id: UUID) -> None:
    content = b"Name,Email,Zip\nAnn Lee,ann@example.com,89109\nNobody,,89109\n=1+1,x@example.com,1\nToo,many,cells,here\n"
    looked = look(admin, source_id, content)
    with transaction() as session:
        job = sourcing.request_file(
            session, actor=admin, source_id=source_id, content=content, looked=looked, name="fair.csv", now=utc_now()
        )
        waiting = sourcing.list_files(session, actor=admin)
    assert [(one.name, one.door, one.state, one.rows, one.bad_rows) for one in waiting] == [("fair.csv", "page", "waiting", 3, 1)]
    assert work(str(job)) == "done"
    with transaction() as session:
        done = sourcing.list_files(session, actor=admin, source_id=source_id)[0]
        refused = sourcing.refused_rows(session, actor=admin, file_id=job).decode("utf-8-sig").splitlines()
    assert (done.state, done.leads, done.quarantined) == ("done", 1, 2) and done.who
    assert refused[0] == "row,field,problem,state" and [line.partition(",")[0] for line in refused[1:4:2]] == ["5", "4"]
    assert any("no_contact" in line or "neither an e-mail" in line for line in refused) and "x@example.com" not in str(refused)
    with pytest.raises(NotFound), transaction() as session:
        sourcing.refused_rows(session, actor=admin, file_id=source_id)
    with pytest.raises(Forbidden), transaction() as session:
        sourcing.list_files(session, actor=Actor(admin.user_id, "provider"))
