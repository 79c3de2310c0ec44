"""Take in a file that somebody brought: its rows walk as a source's records do, with progress (SPEC 8.1, 13.1)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from core import sourcing
from core.kit.actor import Actor
from core.kit.outbox import Job
from core.sourcing import RunCounts, UploadedFile
from jobs.ingest import walk_through

Wanted = tuple[Job, UploadedFile]


def begin(session: Session, job: Job, now: datetime) -> Wanted:
    """The file as something to walk through, by the settings its source has now."""
    source = sourcing.find_source(session, UUID(job.payload["source_id"]))
    settings = sourcing.upload_settings(source.settings)
    return job, UploadedFile(settings, sourcing.file_of(job.sealed), now=now, chosen=job.payload["mapping"])


def take_in(wanted: Wanted, _now: datetime) -> RunCounts:
    """Walk through it; a worker that dies leaves it to the next one, which goes on after the last stored portion."""
    job, file = wanted
    asked = job.payload
    actor = Actor(UUID(asked["asked_by"]), "admin")
    return walk_through(
        UUID(asked["source_id"]), actor=actor, cause="upload", job=job, connector=file, expected=int(asked["rows"])
    )
