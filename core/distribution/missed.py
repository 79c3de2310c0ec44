"""What a subscription missed and why, for the company that holds it: counts only, nobody else's data (SPEC 4.5).

The rules are the engine's own (``eligibility``), held against each lead on the clock of its first run. Filter, areas,
hours and limits are those of today, since they are what can be changed; whether the subscription ran at all is what
the trail says of that moment.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import niches, providers
from core.kit.actor import Actor
from core.kit.db import Json
from core.kit.tenant import house

MOST_LEADS = 500
NOT_THEIR_TURN = "turn"
# Why, in words, and which setting of the subscription would change it; in the order in which they are asked.
SENTENCES = {
    "paused": ("You had paused the subscription.", None),
    "insufficient_balance": ("Your wallet could not pay one lead.", "wallet"),
    "provider_suspended": ("Your account was not active.", None),
    "own_list": ("Your do-not-contact list holds its person, or was too old.", None),
    "consent_unnamed": ("Its person's consent does not name you.", None),
    "level_inactive": ("The level was switched off.", None),
    "filter_invalid": ("Your filter no longer fits the form.", "filter"),
    "filter": ("Your filter does not want it.", "filter"),
    "service_area": ("It lies outside your areas.", "areas"),
    "delivery_hours": ("It came outside your delivery hours.", "hours"),
    **{f"cap_leads_{period}": (f"Your limit of leads was used up that {period}.", "caps") for period in ("day", "week", "month")},
    **{f"cap_spend_{period}": (f"Your limit of money was used up that {period}.", "caps") for period in ("day", "week", "month")},
    NOT_THEIR_TURN: ("Companies that had waited longer were served first.", None),
}
_STANDING = ("paused", "insufficient_balance", "provider_suspended", "level_inactive")


@dataclass(frozen=True, slots=True)
class MissedReason:
    """One reason, in words, with the leads it kept away; ``setting`` names what could be changed, if anything."""

    reason: str
    sentence: str
    leads: int
    setting: str | None


@dataclass(frozen=True, slots=True)
class Missed:
    """The niche's leads since the subscription began, in ``days`` days at most and the newest 500: how many came to
    the company, and why the others did not. ``cuts``: how many each outermost rule of the filter refused."""

    days: int
    leads: int
    received: int
    reasons: tuple[MissedReason, ...]
    cuts: tuple[providers.RuleCut, ...]


# The trail's last word on the subscription's standing before each run, and the engine's verdicts on its clock.
_SEEN = text("""
    with recent as (
      select l.id, l.facts, l.location, m.timezone, run.at
        from lead l join market m on m.id = l.market_id
        cross join lateral (select r.started_at as at from distribution_run r
                             where r.lead_id = l.id and r.state = 'finished' order by r.id limit 1) run
       where l.niche_id = :niche and l.reviewed_at >= :since and l.reviewed_at <= :now and run.at >= :since
         and l.status in ('approved', 'sold_out', 'closed')
       order by l.reviewed_at desc limit :most)
    select exists (select from assignment a where a.lead_id = recent.id and a.provider_id = :provider) as received,
           coalesce(told.status, 'active') as status, told.reason, recent.facts,
           e.refuses || jsonb_build_object(
             'own_list', e.provider_id = any (own_lists_refusing(recent.id, recent.at)),
             'consent_unnamed', coalesce(e.provider_id <> all (consent_named_only(recent.id, recent.at)), false)) as refuses
      from recent
      left join lateral (
        select t.after ->> 'status' as status, t.after ->> 'reason' as reason from audit_entry t
         where t.entity_type = 'subscription' and t.entity_id = :subscription and t.after ? 'status' and t.at <= recent.at
         order by t.at desc, t.id desc limit 1) told on true
      cross join lateral eligibility(recent.facts, recent.location, timezone(recent.timezone, recent.at), '{}') e
     where e.subscription_id = :subscription""")


def missed(session: Session, *, actor: Actor, subscription_id: UUID, days: int = 30, now: datetime) -> Missed:
    """Why the niche's leads of the last ``days`` days did or did not reach a subscription's company (SPEC 4.5).

    For the company itself and for staff; raises ``SubscriptionNotFound`` for anybody else's, ``ProviderNotActive`` for a
    company that may see no leads.
    """
    view = providers.subscription_to_explain(session, actor=actor, subscription_id=subscription_id)
    given = {
        "subscription": view.id,
        "provider": view.provider_id,
        "niche": view.niche_id,
        "since": max(now - timedelta(days=max(1, min(days, 365))), view.created_at),
        "now": now,
        "most": MOST_LEADS,
    }
    with house(session) as wide:  # the engine's rules ask of everybody in the niche
        rows = wide.execute(_SEEN, given).all()
    away = [(_reason(row), row.facts) for row in rows if not row.received]
    counted = Counter(reason for reason, _ in away)
    reasons = tuple(
        MissedReason(reason, sentence, counted[reason], setting)
        for reason, (sentence, setting) in SENTENCES.items()
        if counted[reason]
    )
    unwanted = [facts for reason, facts in away if reason == "filter"]
    cuts = _cuts(view.filter_rules, unwanted, niches.current_schema(session, view.niche_id))
    return Missed(days, len(rows), len(rows) - len(away), reasons, cuts)


def _reason(row: Any) -> str:
    """The first thing that kept the lead away."""
    standing = row.status if row.status == "paused" else row.reason if row.status == "inactive" else None
    if standing in _STANDING:
        return str(standing)
    return next((name for name in SENTENCES if name not in _STANDING and row.refuses.get(name)), NOT_THEIR_TURN)


def _cuts(rules: Json, unwanted: list[Json], schema: Json) -> tuple[providers.RuleCut, ...]:
    """The outermost rules by how many leads each one refused, most first."""
    counted = [
        providers.RuleCut(providers.filter_in_words(part, schema), sum(not providers.matches(part, facts) for facts in unwanted))
        for part in rules.get("all", [rules])
    ]
    return tuple(sorted((cut for cut in counted if cut.leads), key=lambda cut: -cut.leads))
