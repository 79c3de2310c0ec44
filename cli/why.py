"""``hotleads why``: everybody whom a lead's runs considered, with the reason (SPEC 4.5)."""

import json
from uuid import UUID

from pydantic_core import to_jsonable_python

from core import distribution
from core.distribution import RunWhy
from core.kit.actor import SYSTEM
from core.kit.db import transaction
from core.kit.local import use_services

WORDS = {"won": "won", "refused": "passed over", "stood_still": "stood still"}


def look(lead_id: UUID) -> list[RunWhy]:
    """The lead's runs, newest first. Raises ``LeadNotFound``."""
    import core.tables  # noqa: F401

    with use_services(), transaction() as session:
        return distribution.why(session, actor=SYSTEM, lead_id=lead_id)


def as_json(runs: list[RunWhy]) -> str:
    """The runs for programs."""
    return json.dumps(to_jsonable_python(runs))


def told(runs: list[RunWhy]) -> str:
    """The runs for people, one line per subscription in turn."""
    return "\n".join(line for run in runs for line in _lines(run)) or "No run of this lead has finished yet."


def _lines(run: RunWhy) -> list[str]:
    head = f"{run.at:%Y-%m-%d %H:%M:%S} UTC. {_proof(run)}"
    wide = max((len(f"{row.company}, {row.level}") for row in run.rows), default=0)
    return [head] + [
        f"{row.place:>5}  {f'{row.company}, {row.level}':<{wide}}  {WORDS[row.verdict]:<11}  {row.sentence}"
        + (f" [{row.change}]" if row.change else "")
        for row in run.rows
    ]


def _proof(run: RunWhy) -> str:
    if not run.agrees and run.replayed:
        return distribution.REPLAYED
    return f"This {'agrees with' if run.agrees else 'DIFFERS from'} the run's own record."
