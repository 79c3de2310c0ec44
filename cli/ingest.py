"""``hotleads ingest``: one walk through a source by hand, with progress on stderr."""

import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cli import files
from core import sourcing
from core.kit.actor import SYSTEM
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.errors import HotleadsError, Invalid, NotFound
from core.kit.local import use_services
from core.sourcing import RunCounts, UploadedFile
from core.sourcing.models import Source
from core.sourcing.runs import Cause
from jobs import broker
from jobs.ingest import walk_through

MOST_TOLD = 50


class RunFailed(HotleadsError):
    """The source broke off; what came before it is stored."""


def ingest(slug: str, file: Path | None = None) -> dict[str, object]:
    """Bring in what a source has since the last time, or a file for it; returns the run's figures. Raises in words."""
    import core.tables  # noqa: F401

    with use_services():
        broker.connect()
        with transaction() as session:
            source = _source(session, slug)
            source_id = source.id
        began = time.monotonic()
        reader, note = _brought(source, file) if file else (None, None)
        cause: Cause = "upload" if reader else "person"
        counts = walk_through(
            source_id, actor=SYSTEM, cause=cause, connector=reader, noted=note, tell=lambda counts: _tell(slug, counts, began)
        )
        with transaction() as session:
            (run,) = sourcing.list_runs(session, actor=SYSTEM, source_id=source_id, limit=1)
    if run.state == "failed":
        raise RunFailed("source.failed", f"{slug}: {run.error}")
    figures = {"source": slug, "run": str(run.id), "seconds": round(time.monotonic() - began, 2), **asdict(counts)}
    return figures | ({"unreadable_rows": _problems(reader)} if reader else {})


def _source(session: Session, slug: str) -> Source:
    try:
        return sourcing.find_source(session, slug)
    except NotFound as error:
        there = ", ".join(session.scalars(select(Source.slug).order_by(Source.slug))) or "none yet, add one on the page Sources"
        raise NotFound(error.code, f"There is no source named {slug}. There are: {there}.") from error


def told(figures: dict[str, object]) -> str:
    """The figures for people."""
    counted = [f"{value:,} {name.replace('_', ' ')}" for name, value in figures.items() if isinstance(value, int) and value]
    return f"{figures['source']}: {', '.join(counted) or 'nothing new'}."


def _brought(source: Source, file: Path) -> tuple[UploadedFile, Callable[[Session], UUID]]:
    """The file as something to walk through, and what keeps that it was brought; raises ``Invalid`` when the source takes no
    files or the file is none."""
    if source.kind != "upload":
        raise Invalid("upload.source", f"{source.slug} takes no files: its kind is {source.kind}.")
    content = files.content(file)
    reader = UploadedFile(sourcing.upload_settings(source.settings), content, now=utc_now())
    looked = sourcing.preview_file(content, reader.chosen)

    def note(session: Session) -> UUID:
        return sourcing.note_file(
            session, actor=SYSTEM, source_id=source.id, door="command", name=file.name, content=content, looked=looked,
            now=utc_now(),
        )  # fmt: skip

    return reader, note


def _problems(reader: UploadedFile) -> int:
    """Say each row that could not be read, by number and reason; how many there were."""
    for problem in reader.problems[:MOST_TOLD]:
        print(f"row {problem.row}: {problem.why}", file=sys.stderr, flush=True)
    return len(reader.problems)


def _tell(slug: str, counts: RunCounts, began: float) -> None:
    rate = counts.fetched / max(time.monotonic() - began, 0.001)
    line = f"{slug}: {counts.fetched:,} records, {counts.fresh:,} new, {counts.quarantined:,} in quarantine, {rate:,.0f}/s"
    print(line, file=sys.stderr, flush=True)
