"""What each worker process is at, in memory that outlives it: a job that kills its worker is told apart from bad luck.

A job inside the database holds its row by a lock only. Who dies with it leaves no trace there, and such a job would be tried for
ever; so the parent, which sees its child gone, counts the try in the child's place (jobs/worker.py).
"""

import multiprocessing
import struct
from dataclasses import dataclass
from multiprocessing import RawArray
from uuid import UUID

from core.kit.outbox import Job

PLACES = 64
_FORM = struct.Struct("16sh?")  # id, which try, whether by lock
_EMPTY = bytes(_FORM.size)

# Made before the workers are forked, so all of them see the same.
_kept = RawArray("c", PLACES * _FORM.size)


@dataclass(frozen=True, slots=True)
class Left:
    """A try that its worker did not live to end."""

    job_id: UUID
    attempts: int
    held: bool


def begin(job: Job) -> None:
    """This process is at a job from now on."""
    _write(_own_place(), _FORM.pack(job.id.bytes, job.attempts, job.held))


def end() -> None:
    """It is over, whatever came of it."""
    _write(_own_place(), _EMPTY)


def left_in(place: int) -> Left | None:
    """What the process of a place left when it died, told once."""
    found = bytes(_kept[place * _FORM.size : (place + 1) * _FORM.size])
    _write(place, _EMPTY)
    if found == _EMPTY:
        return None
    row, attempts, held = _FORM.unpack(found)
    return Left(UUID(bytes=row), attempts, held)


def _own_place() -> int | None:
    """Huey numbers its processes from one; any other process has no place."""
    name, _, number = multiprocessing.current_process().name.partition("-")
    return int(number) - 1 if name == "Worker" and number.isdigit() and int(number) <= PLACES else None


def _write(place: int | None, content: bytes) -> None:
    if place is not None:
        _kept[place * _FORM.size : (place + 1) * _FORM.size] = content
