"""Small histories for tests of models: the made-up world as rows of the exchange."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import advice
from core.kit.ids import SYSTEM_USER_ID
from ml.cases import Cases
from ml.cases.cases import FACTS
from tests import builders
from tests.builders import Market, Niche

SIGNALS = {"answered_share": "optional_answered"}


def enter(
    session: Session,
    cases: Cases,
    now: datetime,
    *,
    most: int,
    later: dict[str, Any] | None = None,
    place: tuple[Niche, Market] | None = None,
) -> None:
    """The first ``most`` cases as leads with the facts they were scored by and reviews that give them a label; ``later`` are
    signals of the second half, ``place`` where there is a niche and a market already."""
    niche, market = place or (builders.a_niche(session, now), builders.a_market(session, now))
    for n in range(most):
        at = now - timedelta(days=60) + timedelta(minutes=30 * n)
        fraud = bool(cases.fraud[n])
        lead = builders.a_lead(
            session, at, niche, market, status="rejected" if fraud else "approved", verdict="rejected" if fraud else "approved"
        )
        advice.keep_facts(
            session, lead_id=lead.id, signals=signals_of(cases, n) | ((later or {}) if n >= most // 2 else {}), now=at
        )


def signals_of(cases: Cases, n: int) -> dict[str, Any]:
    """One case as the signals that are kept when a lead is scored."""
    fact = {name: cases.table[name].numbers[n] for name, kind in FACTS.items() if kind == "number"}
    asked = {"optional_asked": 6, "optional_answered": round(fact["answered_share"] * 6)}
    area = {"area_code": "elsewhere" if fact["area_code_away"] else "zip", "address_in_zip": not fact["address_wrong"]}
    left_out = {"answered_share", "area_code_away", "address_wrong", "month", "hour"}
    return {name: float(value) for name, value in fact.items() if name not in left_out} | asked | area


def later_events(session: Session, now: datetime) -> None:
    """Rewrite everything that can change after a lead was scored, and add a flood of leads like the ones there are."""
    values = {"now": now, "by": SYSTEM_USER_ID}
    session.execute(
        text("update lead set facts = '{}', quality = 1, fraud = 0.999, text_key = 'same', updated_at = :now"), values
    )
    session.execute(text("update contact set email = 'gone@example.com', phone = null, street = null"))
