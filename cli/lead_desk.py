"""The work of ``hotleads lead``: the verbs of a lead's page, done as the system user (SPEC 2.7, 13.6)."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from uuid import UUID

from core import leads
from core.kit.actor import SYSTEM
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.local import use_services

VERBS: dict[str, Callable[..., leads.Lead]] = {
    "withdraw": leads.withdraw,
    "do-not-sell": leads.do_not_sell,
    "quarantine": leads.quarantine,
    "release": leads.release,
}


@dataclass(frozen=True, slots=True)
class Turned:
    """What a lead is now."""

    id: str
    status: leads.Status
    do_not_sell: bool


def turn(verb: str, lead_id: UUID, reason: str | None) -> Turned:
    """Do one of the verbs. Raises in words."""
    with use_services(), transaction() as session:
        lead = VERBS[verb](session, actor=SYSTEM, lead_id=lead_id, reason=reason, now=utc_now())
        return Turned(str(lead.id), lead.status, lead.do_not_sell)  # type: ignore[arg-type]


def as_json(turned: Turned) -> str:
    """For programs."""
    return json.dumps(asdict(turned))


def told(turned: Turned) -> str:
    """For people."""
    wish = ", and the person's wish not to be sold is noted" if turned.do_not_sell else ""
    return f"{turned.id} is {turned.status.replace('_', ' ')}{wish}."
