"""What is to be otherwise in a replay: levels, the niche's cap, and single subscriptions' limits, hours and filters."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import niches, providers
from core.kit.db import Json
from core.kit.errors import Invalid
from core.niches import NicheView

WHOLE = (int, type(None))
# Which setting of what may be changed, and what its value is.
LEVEL: dict[str, Any] = {"price_cents": int, "max_recipients": int, "active": bool, "exclusive": bool, "rotation": str}
NICHE: dict[str, Any] = {"max_providers": int}
SUBSCRIPTION: dict[str, Any] = {f"cap_leads_{period}": WHOLE for period in ("day", "week", "month")}
SUBSCRIPTION |= {f"cap_spend_{period}_cents": WHOLE for period in ("day", "week", "month")}
SUBSCRIPTION |= {"delivery_hours": (dict, type(None)), "filter_rules": dict, "paused": bool}
OF = {"level": LEVEL, "niche": NICHE, "subscription": SUBSCRIPTION}


@dataclass(frozen=True, slots=True)
class Change:
    """One setting that is to be otherwise: of a ``level`` or ``subscription`` by id, or of the ``niche``; ``setting`` as
    in the tables above, money in cents."""

    of: str
    id: UUID
    setting: str
    value: Any


class WhatIfInvalid(Invalid):
    """A change that names nothing of the niche, or a value that does not fit."""

    def __init__(self, sentence: str) -> None:
        super().__init__("replay.change", sentence, fields={"changes": sentence})


def read_change(session: Session, niche: NicheView, told: str, value: Any) -> Change:
    """A change as a person names it, such as ``level.Shared.price_cents`` or ``subscription.UUID.cap_leads_day``."""
    of, _, rest = told.partition(".")
    name, _, setting = rest.rpartition(".")
    if of == "niche":
        return Change("niche", niche.id, rest, value)
    if of == "level":
        for level in niches.levels_of(session, niche.id):
            if name.casefold() == level.name.casefold() or name == str(level.id):
                return Change("level", level.id, setting, value)
        raise WhatIfInvalid(f"There is no level named {name!r} in {niche.name}.")
    try:
        return Change(of, UUID(name), setting, value)
    except ValueError as error:
        raise WhatIfInvalid(f"{told!r} names no setting, such as level.Shared.price_cents.") from error


def as_patches(session: Session, niche: NicheView, changes: Sequence[Change]) -> list[Json]:
    """The changes as rows laid over those of then, checked; raises ``WhatIfInvalid``."""
    known = {
        "niche": {niche.id},
        "level": {level.id for level in niches.levels_of(session, niche.id)},
        "subscription": set(session.scalars(text("select id from subscription where niche_id = :n"), {"n": niche.id})),
    }
    patches: dict[tuple[str, UUID], Json] = {}
    for change in changes:
        if change.id not in known.get(change.of, ()):
            raise WhatIfInvalid(f"This {change.of} is not one of {niche.name}.")
        table = {"level": "competition_level"}.get(change.of, change.of)
        patches.setdefault((table, change.id), {}).update(_patch(session, niche, change))
    return [{"table": table, "id": str(id_), "patch": patch} for (table, id_), patch in patches.items()]


def moves_the_walk(patches: Sequence[Json]) -> bool:
    """Whether other levels would be walked than were."""
    return any(row["table"] == "competition_level" and "active" in row["patch"] for row in patches)


def _fits(setting: str, value: int) -> bool:
    """Within what the setting itself may be (SPEC 4.1, 4.8)."""
    if setting == "price_cents":
        return 0 <= value <= niches.DEAREST_CENTS
    most = providers.MOST_CENTS if setting.endswith("_cents") else providers.MOST_LEADS if setting.startswith("cap_") else 100
    return 1 <= value <= most


def _patch(session: Session, niche: NicheView, change: Change) -> Json:
    kind: Any = OF[change.of].get(change.setting)
    value = change.value
    if kind is None:
        raise WhatIfInvalid(f"A {change.of} has no setting {change.setting!r}. There are: {', '.join(OF[change.of])}.")
    if not isinstance(value, kind) or (isinstance(value, bool) and kind in (int, WHOLE)):
        raise WhatIfInvalid(f"{change.setting} can't be {value!r}.")
    if isinstance(value, int) and not isinstance(value, bool) and not _fits(change.setting, value):
        raise WhatIfInvalid(f"{change.setting} can't be {value:,}.")
    if change.setting == "rotation" and value not in niches.ROTATIONS:
        raise WhatIfInvalid(f"The turn goes by one of {', '.join(niches.ROTATIONS)}.")
    if change.setting == "delivery_hours" and value is not None:
        return {"delivery_hours": providers.check_hours(value)}
    if change.setting == "paused":
        return {"status": "paused" if value else "active"}
    if change.setting == "filter_rules":
        kept = providers.check_filter(value, niches.current_schema(session, niche.id))
        compiled = None if kept == {"all": []} else providers.compile_filter(kept)
        return {"filter_rules": kept, "filter_compiled": compiled, "filter_valid": True}
    return {change.setting: value}
