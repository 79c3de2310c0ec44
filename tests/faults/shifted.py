"""The clock of a process that a test sets: imported before anything that asks for the time, it puts itself into ``kit.clock``.

How many seconds it is wrong stands in the file that ``FAULTS_CLOCK`` names, shared by every process and read at each question.
The database's clock and Redis's go on as they do.
"""

import mmap
import os
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.kit import clock

_FORM = struct.Struct("d")


def set_wrong(path: Path, seconds: float) -> None:
    """Have every process that follows the file be so many seconds ahead."""
    with path.open("r+b" if path.exists() else "w+b") as file:
        file.write(_FORM.pack(seconds))


if _path := os.environ.get("FAULTS_CLOCK"):
    with open(_path, "rb") as _file:
        _shared = mmap.mmap(_file.fileno(), _FORM.size, access=mmap.ACCESS_READ)
    clock.utc_now = lambda: datetime.now(UTC) + timedelta(seconds=_FORM.unpack_from(_shared)[0])
