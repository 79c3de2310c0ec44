"""``hotleads rekey``: everything that an older secret key sealed, sealed by the newest (docs/how-to/change-the-secret-key.md)."""

import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from core import ops
from core.kit.actor import SYSTEM
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.local import use_services
from core.ops import Counted, SealedColumn

WALKS = 3  # through a column where other work holds rows


@dataclass(slots=True)
class Line:
    """One column: values that the newest key has sealed, that were or would be sealed anew, that wait, that nothing opens."""

    column: str
    newest: int = 0
    changed: int = 0
    busy: int = 0
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """What a run did, or with ``only_look`` would do."""

    only_look: bool
    lines: list[Line]

    @property
    def left(self) -> int:
        """Values that still need a previous key: in use by other work, or only looked at."""
        return sum(line.busy + (line.changed if self.only_look else 0) for line in self.lines)

    @property
    def unreadable(self) -> int:
        """Values that no key opens."""
        return sum(line.unreadable for line in self.lines)

    @property
    def code(self) -> int:
        """Exit code: 1 when a previous key is still needed, or a value can't be read."""
        return 1 if self.left or self.unreadable else 0


def rekey(*, only_look: bool, portion: int) -> Rekeyed:
    """Walk through every column, a transaction a portion; what is done stays done, wherever it is interrupted."""
    with use_services():
        lines = [_column(where, only_look=only_look, portion=portion) for where in ops.SEALED_COLUMNS]
        changed = sum(line.changed for line in lines)
        if changed and not only_look:
            with transaction() as session:
                ops.note_rekeyed(session, actor=SYSTEM, changed=changed, now=utc_now())
    return Rekeyed(only_look, lines)


def _column(where: SealedColumn, *, only_look: bool, portion: int) -> Line:
    line = Line(where.name)
    for walk in range(1 if only_look else WALKS):
        line.busy = line.unreadable = 0
        for counted in _walk(where, only_look=only_look, portion=portion):
            line.newest += counted.newest if walk == 0 else 0  # later walks meet what this run has sealed
            line.changed += counted.older
            line.busy += counted.busy
            line.unreadable += counted.unreadable
            print(f"{where.name}: {line.changed:,} sealed anew, {line.newest:,} already", file=sys.stderr, flush=True)
        if not line.busy:
            break
    return line


def _walk(where: SealedColumn, *, only_look: bool, portion: int) -> Iterator[Counted]:
    before = None
    while True:
        with transaction() as session:
            counted = ops.rekey_portion(session, where=where, before=before, most=portion, only_look=only_look)
        yield counted
        if counted.last is None:
            return
        before = counted.last


def as_dict(done: Rekeyed) -> dict[str, object]:
    """For programs."""
    columns = [asdict(line) for line in done.lines]
    figures = {"left": done.left, "unreadable": done.unreadable, "columns": columns}
    return {"ok": done.code == 0, "only_look": done.only_look} | figures


def told(done: Rekeyed) -> str:
    """A line a column, then what follows."""
    wide = max(len(line.column) for line in done.lines)
    verb = "to be sealed anew" if done.only_look else "sealed anew"
    lines = [
        f"{line.column:<{wide}}  {line.changed:>9,} {verb}, {line.newest:,} by the newest key already"
        + (f", {line.busy:,} held by other work" if line.busy else "")
        + (f", {line.unreadable:,} that no key opens" if line.unreadable else "")
        for line in done.lines
    ]
    return "\n".join([*lines, _follows(done)])


def _follows(done: Rekeyed) -> str:
    if done.unreadable:
        return (
            f"{done.unreadable:,} values can't be read with any of the keys given. Add the key that sealed them to"
            " HOTLEADS_SECRET_KEY_PREVIOUS and run it again; if that key is gone, so are they (docs/disaster-recovery.md)."
        )
    if done.only_look and done.left:
        return f"{done.left:,} values need a previous key. Run `hotleads rekey` before you take it out."
    if done.left:
        return f"{done.left:,} values are held by other work. Run it again in a minute."
    return "Nothing needs a previous key any more. Links and sessions signed by one work for as long as it is listed."
