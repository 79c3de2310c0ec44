"""``hotleads replay``: a niche's past under other rules, with progress on stderr (SPEC 5.8)."""

import json
import re
import sys
from collections.abc import Sequence
from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy.orm import Session

from cli.moments import moment
from core import distribution, niches
from core.distribution import Change, Replay
from core.kit.actor import SYSTEM
from core.kit.db import transaction
from core.kit.errors import Invalid, NotFound
from core.kit.local import use_services
from core.kit.money import format_usd

MOST_TOLD = 10
DOLLARS = re.compile(r"\$(\d[\d,]*)(?:\.(\d\d))?")


def play(niche: str, *, since: str, until: str, changes: Sequence[str]) -> Replay:
    """Replay the niche's runs from ``since`` up to ``until`` (ISO 8601, UTC unless it says otherwise). Raises in words."""
    import core.tables  # noqa: F401

    with use_services(), transaction() as session, transaction() as beside:
        known = _niche(session, niche)
        wanted = [_change(session, known, told) for told in changes]
        period = {"since": moment(since), "until": moment(until)}
        return distribution.replay(session, actor=SYSTEM, niche_id=known.id, changes=wanted, beside=beside, tell=_tell, **period)


def _niche(session: Session, named: str) -> niches.NicheView:
    try:
        return niches.get_niche(session, named)
    except NotFound as error:
        there = ", ".join(each.slug for each in niches.list_niches(session)) or "none yet"
        raise NotFound(error.code, f"There is no niche named {named}. There are: {there}.") from error


def as_json(told: Replay) -> str:
    """The replay for programs."""
    return json.dumps(to_jsonable_python(told))


def told(done: Replay) -> str:
    """The replay for people."""
    before, after = done.before, done.after
    lines = [
        f"{done.agreed:,} of {done.runs:,} runs come out exactly as they did when nothing is changed.",
        f"{'':<22}{'as it was':>16}{'as changed':>16}{'difference':>16}",
        _line("revenue", format_usd(before.revenue_cents), format_usd(after.revenue_cents),
              format_usd(after.revenue_cents - before.revenue_cents)),
        _line("sales", before.sales, after.sales, after.sales - before.sales),
        _line("leads for nobody", before.unsold, after.unsold, after.unsold - before.unsold),
        _line("Jain's index", *(f"{value:.4f}" if value is not None else "-" for value in (before.jain, after.jain)), ""),
        _line("purchases that fail", before.lost_purchases, after.lost_purchases, after.lost_purchases - before.lost_purchases),
    ]  # fmt: skip
    moved = [one for one in done.companies if one.leads_after != one.leads_before or one.cents_after != one.cents_before]
    shown = moved if len(moved) <= 2 * MOST_TOLD else [*moved[:MOST_TOLD], *moved[-MOST_TOLD:]]
    lines += [
        f"{one.name}: {one.leads_after - one.leads_before:+,} leads, {format_usd(one.cents_after - one.cents_before)}"
        for one in shown
    ]
    return "\n".join(lines + ([f"{len(moved) - len(shown):,} more companies change."] if len(moved) > len(shown) else []))


def _line(name: str, before: Any, after: Any, difference: Any) -> str:
    return f"{name:<22}" + "".join(
        f"{value:,}".rjust(16) if isinstance(value, int) else value.rjust(16) for value in (before, after, difference)
    )


def _change(session: Any, niche: niches.NicheView, told: str) -> Change:
    name, equals, value = told.partition("=")
    if not equals:
        raise Invalid("replay.change", f"{told!r} is no change. Write it as level.Shared.price_cents=3000.")
    return distribution.read_change(session, niche, name, _value(name, value))


def _value(name: str, told: str) -> Any:
    """JSON, a word, or of cents also dollars as people write them: ``$30``, ``$1,240.50``."""
    if name.endswith("_cents") and (dollars := DOLLARS.fullmatch(told.strip())):
        return int(dollars[1].replace(",", "")) * 100 + int(dollars[2] or 0)
    try:
        return json.loads(told)
    except ValueError:
        return told


def _tell(done: int, of: int) -> None:
    print(f"{done:,} of {of:,} events", file=sys.stderr, flush=True)
