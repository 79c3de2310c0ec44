"""What tests of the pipeline share: a source whose records are plain, and the world that it brings leads to."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import sourcing
from core.kit.actor import Actor
from core.kit.db import Json
from core.sourcing import Batch, Parsed, RawRecord, RunCounts, Unreadable
from core.sourcing.prepare import prepare
from core.sourcing.take import rules_of, take


class Lines:
    """A connector whose records are JSON objects of ``Parsed``: what a source says, without its protocol."""

    kind = "upload"

    def __init__(self, records: Sequence[RawRecord] = ()) -> None:
        self.records = records

    def fetch(self, cursor: Json | None) -> Iterator[Batch]:
        start = (cursor or {}).get("next", 0)
        for at in range(start, len(self.records), 2):
            yield Batch(tuple(self.records[at : at + 2]), {"next": at + 2})

    def parse(self, record: RawRecord) -> Parsed:
        try:
            said = json.loads(record.content)
        except ValueError as error:
            raise Unreadable("record.json", "The record is not JSON.") from error
        at = datetime.fromisoformat(said.pop("at")) if "at" in said else None
        return Parsed(at=at, **said)


@dataclass
class World:
    session: Session
    now: datetime
    admin: Actor
    source_id: UUID
    niche: str

    def take(self, *records: RawRecord, again: bool = False) -> RunCounts:
        walk = sourcing.begin_run(self.session, actor=self.admin, source_id=self.source_id, cause="upload", now=self.now)
        return take(self.session, walk=walk, items=prepare(Lines(), records, rules_of(self.session, walk)), now=self.now)

    def said(self, record_id: str = "1", version: str = "1", **said: Any) -> RawRecord:
        n = sum(map(ord, record_id)) % 10_000
        known = {
            "name": f"Pat {record_id.title()}", "email": f"pat.{record_id}@example.com", "phone": f"+1702234{n:04d}",
            "street": f"{n} Main St", "zip": "89109", "facts": {"bedrooms": 3, "property_type": "house"},
        }  # fmt: skip
        content = json.dumps({key: value for key, value in (known | said).items() if value is not None}).encode()
        return RawRecord(record_id, version, content, "application/json", self.now)

    def rows(self, sql: str, **values: Any) -> list[Any]:
        return list(self.session.execute(text(sql), values))
