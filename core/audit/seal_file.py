"""The digests outside the database: one JSON line per seal, for the day somebody rewrites the whole chain.

Keep the file where the database's owner can't write (an append-only volume, a log collector).
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.config import settings
from core.kit.logs import logger

_TAIL_BYTES = 4096  # more than two lines
_LATER = text(
    """select id as seal, table_name as table, cardinality(row_ids) as rows, encode(digest, 'hex') as digest,
              sealed_at from seal where id > :after order by id"""
)


def path() -> Path:
    """Where the lines go: ``HOTLEADS_SEAL_FILE``, by default ``seals.jsonl`` in the home directory."""
    return settings().seal_file or settings().home / "seals.jsonl"


def publish(session: Session, file: Path | None = None) -> int:
    """Append the seals that the file lacks and return their number; call before new ones are made.

    A write that is cut short is repeated by the next call. A file that tells of another chain is left as it
    is, as evidence, and ``verify`` reports it.
    """
    file = file or path()
    file.parent.mkdir(parents=True, exist_ok=True)
    last = _last_line(file)
    if last and not _known(session, last):
        logger().error("audit.seal_file_differs", path=str(file), seal=last[0])
        return 0
    rows = session.execute(_LATER, {"after": last[0] if last else 0}).all()
    lines = [json.dumps(row._asdict() | {"sealed_at": row.sealed_at.isoformat()}) + "\n" for row in rows]
    if not lines and file.exists():
        return 0
    with file.open("a+b") as out:
        out.write(("\n" * _is_torn(out) + "".join(lines)).encode())
        out.flush()
        os.fsync(out.fileno())
    return len(lines)


def read(file: Path) -> Iterator[tuple[int, str] | None]:
    """Seal id and hex digest of every line; ``None`` for a line that is no seal and not the stump of a cut write."""
    stump = ""
    with file.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            parsed = _parse(line)
            if stump and not line.startswith(stump):
                yield None
            stump = "" if parsed else line.rstrip("\n")
            if parsed:
                yield parsed
    # A stump at the very end is a write that was cut and will be repeated.


def _parse(line: str) -> tuple[int, str] | None:
    try:
        found = json.loads(line)
        return int(found["seal"]), str(found["digest"])
    except (ValueError, TypeError, KeyError):
        return None


def _last_line(file: Path) -> tuple[int, str] | None:
    """The newest whole line."""
    if not file.exists():
        return None
    with file.open("rb") as lines:
        lines.seek(max(0, file.stat().st_size - _TAIL_BYTES))
        tail = lines.read().decode("utf-8", "replace").splitlines()
    return next((found for line in reversed(tail) if (found := _parse(line))), None)


def _is_torn(file: BinaryIO) -> bool:
    """True when the last write was cut in the middle of a line."""
    if file.seek(0, os.SEEK_END) == 0:
        return False
    file.seek(-1, os.SEEK_END)
    return file.read(1) != b"\n"


def _known(session: Session, last: tuple[int, str]) -> bool:
    found = session.execute(text("select encode(digest, 'hex') from seal where id = :id"), {"id": last[0]})
    return found.scalar_one_or_none() == last[1]
