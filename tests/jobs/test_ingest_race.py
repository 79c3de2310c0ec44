"""The same records from several processes at once, some of them killed: exactly the true number of leads (SPEC 8.4)."""

import os

from sqlalchemy import Engine, text

from core.kit.db import transaction
from tests.jobs.ingest_race import crowd, people, race
from tests.jobs.test_ingest import source_id as source_id

# `make race` asks for 20 workers and 10,000 records; here as many as are quick.
WORKERS, RECORDS = int(os.environ.get("RACE_WORKERS", "4")), int(os.environ.get("RACE_RECORDS", "600"))


def test_workers_racing_and_dying_make_each_person_one_lead(database: Engine, source_id) -> None:  # type: ignore[no-untyped-def]
    url = database.url.render_as_string(hide_password=False).replace("postgresql+psycopg", "postgresql")
    died = race(url, source_id, workers=WORKERS, records=RECORDS, kills=WORKERS // 3)
    assert died == WORKERS // 3, "nobody was killed in time"
    with transaction() as session:
        figures = session.execute(text(FIGURES)).one()._asdict()
    assert figures == {
        "leads": people(RECORDS), "linked": 0, "raw": RECORDS, "records": RECORDS, "founders": people(RECORDS),
        "scores": people(RECORDS), "told": people(RECORDS), "lost": 0,
    }  # fmt: skip
    assert len(crowd(RECORDS)) == RECORDS > people(RECORDS)


FIGURES = """
select (select count(*) from lead) as leads, (select count(*) from lead where status = 'duplicate') as linked,
  (select count(*) from raw_record) as raw, (select count(*) from source_record) as records,
  (select count(*) from source_record where founder) as founders,
  (select count(*) from outbox where kind = 'lead.score') as scores,
  (select count(*) from audit_entry where action = 'lead.submitted') as told,
  (select count(*) from raw_record where lead_id is null or content is null) as lost"""
