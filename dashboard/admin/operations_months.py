"""Upkeep, by the month: since when there is what, what waits for export, what is taken off next (docs/adr/0032)."""

from core import ops
from dashboard.components import figures, page, tables
from dashboard.components.confirm import confirm_button
from dashboard.components.tiles import Tile, tiles
from dashboard.current import act, read

TABLES = {"market_event": "Looks and searches", "prediction": "What models said"}
COLUMNS = {
    "table": tables.text("Data"),
    "part": tables.text("Month"),
    "rows": tables.number("Rows, about"),
    "size": tables.text("Size"),
    "since": tables.text("Oldest"),
    "standing": tables.text("Standing"),
}


def months(*, may_act: bool) -> None:
    """What is kept by the month, what was taken off, and for administrators the button that does not wait for the night."""
    kept = read(ops.months)
    page.section(
        "By the month",
        "Old months are taken off whole, every night at 05:00 UTC, and kept apart until `hotleads months --out FOLDER --drop`"
        " has exported them.",
    )
    tiles([_kept(kept), _next(kept), _apart(kept)], least=240)
    shown = [month for month in kept.items if month.kind == "month" or month.since]
    tables.table([_row(month, due=month.name in kept.due) for month in shown], COLUMNS, key="months")
    if may_act and kept.due:
        confirm_button(
            "Take off now",
            will=f"{_several(kept)}: reports and models no longer see what is in there. It is kept apart until it is exported.",
            verb="Take off",
            key="months-detach",
            on_confirm=_detach,
            icon="inventory_2",
        )


def _several(kept: ops.MonthsKept) -> str:
    return "1 month leaves its table" if len(kept.due) == 1 else f"{len(kept.due)} months leave their tables"


def _kept(kept: ops.MonthsKept) -> Tile:
    return Tile(
        "Kept in the tables",
        figures.count(kept.keep_months, "month"),
        "Whole months beside the running one; a setting under Settings",
        beside=f"since {figures.day(kept.kept_since)} at most",
    )


def _next(kept: ops.MonthsKept) -> Tile:
    going = [month for month in kept.items if month.leaves_on is not None and month.leaves_on == kept.next_on]
    if kept.due:
        return Tile("Taken off next", figures.count(len(kept.due), "month"), beside="with the next run")
    if not going or kept.next_on is None:
        return Tile("Taken off next", "None")
    return Tile("Taken off next", going[0].title, beside=f"on {figures.day(kept.next_on)}")


def _apart(kept: ops.MonthsKept) -> Tile:
    waiting = [month for month in kept.items if not month.attached]
    words = _size(sum(month.bytes for month in waiting)) if waiting else "nothing to export"
    return Tile("Waiting for export", figures.count(len(waiting), "month"), beside=words)


def _row(month: ops.Month, *, due: bool) -> tables.Row:
    return {
        "table": TABLES.get(month.of_table, month.of_table),
        "part": month.title[:1].upper() + month.title[1:],
        "rows": month.rows,
        "size": _size(month.bytes),
        "since": figures.day(month.since.date()) if month.since else None,
        "standing": "Leaves with the next run" if due else _standing(month),
    }


def _standing(month: ops.Month) -> str:
    if not month.attached:
        return f"Taken off {figures.ago(month.taken_off_at)}" if month.taken_off_at else "Taken off"
    return f"Kept until {figures.day(month.leaves_on)}" if month.leaves_on else "Kept"


def _size(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size >= 1e6 else f"{size / 1e3:,.0f} kB"


def _detach() -> None:
    act(ops.keep_months, said="Old months are taken off. Export them with hotleads months.")
