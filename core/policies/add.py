"""Add a policy: from a day to come, never back-dated; a mistake is put right by a newer row."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import Actor
from core.kit.ids import uuid7
from core.policies.errors import PolicyInvalid
from core.policies.in_force import changed
from core.policies.models import Policy
from core.policies.registry import RULES

# What a process remembers of the rules is younger than this (``in_force.CACHE_S``), and so is a transaction under way.
NOTICE = timedelta(minutes=2)


def add_policy(
    session: Session,
    *,
    actor: Actor,
    rule: str,
    value: int | None,
    ground: str,
    effective_from: datetime,
    state: str | None = None,
    niche_id: UUID | None = None,
    now: datetime,
) -> Policy:
    """Have a rule hold from a moment on, for a state, a niche, both or all; without ``value`` it ends there. Audited.

    ``value`` is in the rule's unit (days, minutes after midnight, 1 for yes). Raises ``PolicyInvalid``.
    """
    actor.require("admin")
    actor.require_person()
    state = state.strip().upper() or None if state else None
    _check(session, rule, value, ground, effective_from, state, niche_id, now=now)
    added = Policy(
        id=uuid7(), rule=rule, state=state, niche_id=niche_id, value=value, effective_from=effective_from,
        ground=ground.strip(), decided_by=actor.user_id, decided_at=now,
    )  # fmt: skip
    session.add(added)
    session.flush()
    changed(session)
    after = {"rule": rule, "value": value, "state": state, "niche_id": niche_id and str(niche_id)}
    after |= {"effective_from": effective_from.isoformat()}
    audit.record(
        session, actor, "policy.added", entity_type="policy", entity_id=added.id, now=now, after=after, memo=ground.strip()
    )
    return added


def _check(
    session: Session,
    rule: str,
    value: int | None,
    ground: str,
    effective_from: datetime,
    state: str | None,
    niche_id: UUID | None,
    *,
    now: datetime,
) -> None:
    wrong: dict[str, str] = {}
    known = RULES.get(rule)
    if known is None:
        wrong["rule"] = f"Choose one of: {', '.join(RULES)}."
    elif value is not None and (isinstance(value, bool) or not known.least <= value <= known.most):
        wrong["value"] = f"Enter a whole number from {known.least:,} to {known.most:,} ({known.unit})."
    if not 3 <= len(ground.strip()) <= 1000:
        wrong["ground"] = "Say on what ground in 3 to 1,000 characters: the law, the contract, the decision."
    if effective_from < now + NOTICE:
        wrong["effective_from"] = "Choose a time at least two minutes from now: what was judged before stays as it was."
    if state is not None and not (len(state) == 2 and state.isascii() and state.isalpha()):
        wrong["state"] = "Give the state by its two letters, such as NV."
    if (
        niche_id is not None
        and not session.execute(text("select exists (select from niche where id = :id)"), {"id": niche_id}).scalar_one()
    ):
        wrong["niche_id"] = "There is no such niche."
    if wrong:
        raise PolicyInvalid(wrong)
