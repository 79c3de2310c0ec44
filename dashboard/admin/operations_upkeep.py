"""Upkeep: what there is to come back to, what is kept by the month, what was removed as its time was up (SPEC 13.6, 13.7)."""

from datetime import timedelta

from core import ops
from core.kit.clock import utc_now
from core.ops import backup
from dashboard.admin import operations_months, retention
from dashboard.components import figures, page, tables
from dashboard.components.tiles import Tile, tiles
from dashboard.current import read
from dashboard.live import fragment

STALE = timedelta(hours=26)  # as `hotleads doctor` judges: a daily backup and two hours of grace
KINDS = {"physical": "Whole server", "logical": "Dump"}


@fragment
def upkeep(*, may_act: bool) -> None:
    """Backups with the archive of the log, tables by the month, then retention with its last run."""
    found = read(backup.overview)
    page.section(
        "Backups",
        "`hotleads backup` makes one, from cron for instance; `hotleads restore --to DIRECTORY` brings one back beside"
        " the running exchange. Backups on other machines can't be seen from here.",
    )
    tiles([_age(found), _archive(found), Tile("Kept", f"{len(found.backups):,}", beside="on this machine")], least=240)
    if found.backups:
        tables.table([_row(view) for view in found.backups], COLUMNS | {"at": tables.time("Made")}, key="backups")
    else:
        page.empty("No backup yet", f"Run `hotleads backup`; it is kept in {found.place}.", icon="backup")
    operations_months.months(may_act=may_act)
    retention.removals(above=_last_run())


def _age(found: backup.Overview) -> Tile:
    if found.newest is None or found.newest.ended_at is None:
        return Tile("Newest backup", "None", beside="nothing to bring back")
    late = utc_now() - found.newest.ended_at > STALE
    words = "more than a day: scheduled?" if late else "daily is enough"
    return Tile("Newest backup", figures.ago(found.newest.ended_at), beside=words)


def _archive(found: backup.Overview) -> Tile:
    """How close to now a restore can come."""
    if not found.archiving:
        return Tile("Log archive", "Off", "HOTLEADS_WAL_ARCHIVE switches it on", beside="a backup's moment only")
    if found.archive_broken:
        return Tile(
            "Log archive", "Failing", "The server's log says why", beside=f"last try {figures.ago(found.archive_failed_at)}"
        )
    last = f"last segment {figures.ago(found.archived_at)}" if found.archived_at else "no segment yet"
    return Tile("Log archive", "On", "Restores reach any moment after a backup", beside=last)


COLUMNS = {
    "name": tables.text("Backup"),
    "kind": tables.text("Kind"),
    "size": tables.text("Size"),
    "reach": tables.text("Can be restored to"),
    "problem": tables.text("Problem", width="medium"),
}


def _row(view: backup.BackupView) -> tables.Row:
    key = None if view.key_is_ours is not False else "Made with another secret key"
    return {
        "name": view.name,
        "kind": KINDS.get(view.kind or "", "–"),
        "size": None if view.bytes is None else f"{view.bytes / 1e6:,.0f} MB",
        "reach": None if view.reaches_on is None else "Any later moment" if view.reaches_on else "Its own moment",
        "problem": view.problem or key,
        "at": view.ended_at,
    }


def _last_run() -> str:
    """When retention ran last and comes next, and what came of it."""
    known = next((view for view in read(ops.schedules) if view.name == "retention"), None)
    if known is None or known.last_run_at is None:
        return "Every night at 01:00 UTC; it has not run yet. Money, consent and the trail stay."
    ended = "failed" if known.result == "failed" else "ran"
    said = f"Last {ended} {figures.ago(known.last_run_at)}, next {figures.ago(known.next_run_at)}."
    return f"{said} Money, consent and the trail stay. How long each kind is kept is decided under Settings."
