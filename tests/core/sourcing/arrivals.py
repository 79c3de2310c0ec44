"""Two records of a file that are taken for one person by likeness alone, for tests that read them as the product does."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from core import sourcing
from core.kit.actor import Actor
from core.kit.ids import uuid7
from core.sourcing import RawRecord, connect
from tests.core.sourcing.test_sources import a_source, allow

HOME = {"street": "4821 Larkspur Canyon Dr", "zip": "89109"}
SENIOR = {"name": "Josephine Halvorsen", "email": "jo@example.com", "phone": "+17022340001"} | HOME
JUNIOR = {"name": "Josie Halvorsen", "email": "josie@other.example.com", "phone": "+17022340002"} | HOME


def twins_of_a_file(
    session: Session, now: datetime, admin: Actor, niche_id: UUID, *, people: Sequence[dict[str, str]] = (SENIOR, JUNIOR)
) -> UUID:
    """Bring two who are taken for one, each in a file of their own; returns the source."""
    source = a_source(session, now, admin, kind="upload", name="Spring fair", slug=f"fair-{uuid7()}", niche_id=niche_id)
    allow(session, now, admin, source.id)
    for number, person in enumerate(people):
        said = {"id": str(number), **person}
        content = "\n".join(",".join(line) for line in (said.keys(), said.values())).encode()
        records = [one for one in sourcing.read_file(content, now=now) if isinstance(one, RawRecord)]
        walk = sourcing.begin_run(session, actor=admin, source_id=source.id, cause="upload", now=now)
        items = sourcing.prepare(connect("upload", {}, {}), records, sourcing.rules_of(session, walk))
        told = sourcing.take(session, walk=walk, items=items, now=now)
        assert (told.fresh, told.duplicates) == ((1, 0), (0, 1))[number], told
    return source.id
