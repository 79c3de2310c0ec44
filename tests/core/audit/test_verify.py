"""Whatever is altered, deleted or slipped in is found and named (SPEC 1.9, 13.8)."""

import hashlib
import json
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from core.audit import seal_file
from core.kit.config import settings
from core.kit.db import make_engine, transaction
from core.kit.ids import uuid7
from tests.core.audit.chain import behind_the_back, closing_pool, details, faults, first_id, record, seal_all


@pytest.mark.parametrize("table", ["audit_entry", "transfer", "consent_event"])
@pytest.mark.parametrize(
    ("change", "word"),
    [
        ("update {table} set {column} = concat({column}, 'x') where id = :id", "altered"),
        ("delete from {table} where id = :id", "deleted"),
    ],
)
def test_tampering_is_found_and_named(world: Engine, now: datetime, table: str, change: str, word: str) -> None:
    seal_all(now)
    column = {"audit_entry": "entity_type", "transfer": "memo", "consent_event": "wording"}[table]
    victim = first_id(table)
    with behind_the_back() as session:
        session.execute(text(change.format(table=table, column=column)), {"id": victim})
    (fault,) = faults()
    assert fault.startswith(f"{table} {victim} was {word} (seal ")


def test_each_column_is_covered(world: Engine, now: datetime) -> None:
    seal_all(now)
    victim = first_id("audit_entry")
    with transaction() as session:
        before = session.execute(text("select to_jsonb(a) from audit_entry a where id = :id"), {"id": victim}).scalar_one()
    for change in ("actor_id = gen_random_uuid()", "after = null", "at = at + interval '1 us'", "ip = '10.0.0.1'"):
        with behind_the_back() as session:
            session.execute(text(f"update audit_entry set {change} where id = :id"), {"id": victim})
        assert f"{victim} was altered" in faults()[0], change
        with behind_the_back() as session:
            session.execute(
                text("""update audit_entry a set actor_id = b.actor_id, after = b.after, at = b.at, ip = b.ip
                        from jsonb_populate_record(null::audit_entry, cast(:before as jsonb)) b where a.id = b.id"""),
                {"before": json.dumps(before)},
            )
        assert faults() == [], "put back as it was, it is whole again"


def test_a_row_slipped_in_behind_the_seals_is_named(world: Engine, now: datetime) -> None:
    seal_all(now)
    forged = uuid7()
    with transaction() as session:  # inserting is allowed, back-dating the position is what gives it away
        session.execute(
            text("""insert into audit_entry (id, at, actor_id, actor_role, action, entity_type, recorded_xid)
                    values (:id, :now, :id, 'admin', 'lead.approved', 'lead', '3')"""),
            {"id": forged, "now": now},
        )
    (fault,) = faults()
    assert fault.startswith(f"audit_entry {forged} was inserted")


def test_altered_seals_break_the_chain(world: Engine, now: datetime) -> None:
    seal_all(now)
    with behind_the_back() as session:
        session.execute(text("update seal set row_hashes[1] = sha256('x') where id = (select min(id) from seal)"))
    assert "Seal 1 was altered." in faults()


def test_a_seal_cut_out_of_the_chain_is_noticed(world: Engine, now: datetime) -> None:
    seal_all(now)
    with behind_the_back() as session:
        session.execute(text("delete from seal where id = 2"))
    assert "Seal 3 does not follow the seal before it." in faults()


def test_a_chain_rewritten_as_a_whole_differs_from_the_seal_file(world: Engine, now: datetime) -> None:
    seal_all(now)
    seal_all(now)  # the digests of the first run go out
    with behind_the_back() as session:
        session.execute(text("update audit_entry set entity_type = 'other'"))
        session.execute(text("delete from seal"))
        session.execute(text("alter sequence seal_id_seq restart"))
    seal_all(now)
    (fault,) = faults()
    assert "seal 1 has another digest in the database" in fault


def test_the_newest_seals_deleted_are_missed_by_the_seal_file(world: Engine, now: datetime) -> None:
    seal_all(now)
    seal_all(now)
    with behind_the_back() as session:
        session.execute(text("delete from seal where id = 3"))
    assert any("seal 3 is no longer in the database" in fault for fault in faults())


def test_the_seal_file_trails_by_one_run_and_repeats_a_cut_write(world: Engine, now: datetime) -> None:
    seal_all(now)
    assert "not written yet: 3" in details()
    with transaction() as session:
        record(session, now, 1)
    seal_all(now)
    file = seal_file.path()
    whole = file.read_bytes()
    assert [json.loads(line)["seal"] for line in whole.splitlines()] == [1, 2, 3]

    file.write_bytes(whole[:-30])  # the machine stopped in the middle of the third line
    assert faults() == []
    seal_all(now)
    assert faults() == []
    assert file.read_text().count('"seal": 3,') == 2


def test_a_vanished_or_doctored_seal_file_is_noticed(world: Engine, now: datetime) -> None:
    seal_all(now)
    seal_all(now)
    file = seal_file.path()
    lines = file.read_text().splitlines(keepends=True)
    for content, words in [
        (lines[0] + lines[2], "seal 2 of the database is missing in the file"),
        (lines[0].replace('"digest": "', '"digest": "0') + lines[1], "seal 1 has another digest"),
        ("rubbish\n" + lines[0], "line 1 is not a seal"),
    ]:
        file.write_text(content)
        assert words in faults()[0]
    file.unlink()
    assert "nothing outside the database vouches" in faults()[0]


def test_the_file_of_another_database_is_kept_as_it_is(world: Engine, now: datetime) -> None:
    foreign = json.dumps({"seal": 1, "digest": "ab" * 32}) + "\n"
    Path(seal_file.path()).write_text(foreign)
    seal_all(now)
    seal_all(now)
    assert seal_file.path().read_text() == foreign
    assert "seal 1 has another digest" in faults()[0]


def test_anybody_can_recompute_a_hash(world: Engine, now: datetime) -> None:
    seal_all(now)
    with transaction() as session:
        session.execute(text("set local timezone = 'Asia/Tokyo'"))  # the reader's zone must not matter
        row = session.execute(
            text("""select to_jsonb(a)::text as whole, sealed_row_hash(a) as hash, s.row_hashes[1] as sealed
                    from audit_entry a, seal s where s.table_name = 'audit_entry' order by a.recorded_xid, a.id limit 1""")
        ).one()
        session.execute(text("set local timezone = 'UTC'"))
        canonical = session.execute(
            text("""select jsonb_object_agg(key, value)::text from audit_entry a, jsonb_each(to_jsonb(a))
                    where value <> 'null' and a.id = cast(:id as uuid)"""),
            {"id": json.loads(row.whole)["id"]},
        ).scalar_one()
    assert bytes(row.hash) == bytes(row.sealed) == hashlib.sha256(canonical.encode()).digest()


@pytest.mark.parametrize("as_app_role", [True, False], ids=["application", "owner"])
def test_the_trail_is_append_only(world: Engine, now: datetime, as_app_role: bool) -> None:
    seal_all(now)
    engine = make_engine(settings().database_url, as_app_role=as_app_role)
    statements = ["update audit_entry set at = at", "update seal set sealed_at = sealed_at"]
    statements += [f"{verb} {table}" for verb in ("delete from", "truncate") for table in ("audit_entry", "seal")]
    with closing_pool(engine):
        for statement in statements:
            refusal = pytest.raises(DBAPIError, match="permission denied" if as_app_role else "append-only")
            with refusal, transaction(engine) as session:
                session.execute(text(statement))
