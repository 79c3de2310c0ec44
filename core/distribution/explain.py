"""Why, or why not: every rule's verdict on one lead and one subscription, from the engine's own definition (SPEC 4.5)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import providers
from core.distribution.errors import SubscriptionNotInNiche
from core.distribution.rules import LEAD_RULES, LEVEL_RULES, RULES, Rule, looked_at
from core.kit.actor import Actor
from core.kit.db import Json


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """What one rule says: what it looked at, what it held that against, and the sentence for people.

    ``parts`` of the filter's verdict are the verdicts of its own rules.
    """

    rule: str
    passed: bool
    value: Any
    threshold: Any
    sentence: str
    parts: tuple[providers.RuleVerdict, ...] = ()


# The same functions that the engine calls, with every column asked for.
_SEEN = text("""
    select l.status as lead_status, lead_sale_refusal(l.id, :now) as sale_refusal, l.facts, f.schema,
           slots.open_slots, slots.sold, here.lacking,
           level_refusals(v.active, v.exclusive, slots.open_slots, slots.sold, here.lacking) as level_refuses,
           e.refuses || jsonb_build_object(
             'own_list', e.provider_id = any (own_lists_refusing(l.id, :now)),
             'consent_unnamed', coalesce(e.provider_id <> all (consent_named_only(l.id, :now)), false)) as refuses, e.seen
      from subscription s
      join lead l on l.id = :lead and l.niche_id = s.niche_id
      join market m on m.id = l.market_id
      join niche n on n.id = l.niche_id
      join form_schema f on f.niche_id = l.niche_id and f.version = l.schema_version
      join competition_level v on v.id = s.level_id
      cross join lateral (
        select case when count(*) = 0 then slots_allowed(l.id, n.max_providers)
                    else count(*) filter (where t.state = 'free' or t.expires_at < :now) end::integer as open_slots,
               count(*) filter (where t.state = 'sold' or t.expires_at >= :now)::integer as sold,
               coalesce(array_agg(t.provider_id) filter (where t.state = 'sold' or t.expires_at >= :now), '{}') as taken
          from slot t where t.lead_id = l.id) slots
      cross join lateral (
        select v.max_recipients - count(*)::integer as lacking from assignment a
         where a.lead_id = l.id and a.level_id = v.id and a.channel = 'distribution') here
      cross join lateral eligibility(l.facts, l.location, timezone(m.timezone, cast(:now as timestamptz)), slots.taken) e
     where s.id = :subscription and e.subscription_id = s.id""")


_COUNTS = ("open_slots", "sold", "lacking")


def explain(session: Session, *, actor: Actor, lead_id: UUID, subscription_id: UUID, now: datetime) -> list[RuleVerdict]:
    """Each rule's verdict at this moment, in the engine's order; the subscription could receive when all passed (SPEC 4.5).

    For staff. Raises ``SubscriptionNotInNiche`` when lead and subscription have no niche in common.
    """
    actor.require("admin", "analyst")
    row = session.execute(_SEEN, {"lead": lead_id, "subscription": subscription_id, "now": now}).one_or_none()
    if row is None:
        raise SubscriptionNotInNiche
    seen = looked_at(row.seen) | {name: getattr(row, name) for name in ("lead_status", "sale_refusal", *_COUNTS)}
    lead = {"lead_status": row.lead_status != "approved", "lead_sale": row.sale_refusal is not None}
    level = {rule.name: rule.name in row.level_refuses for rule in LEVEL_RULES}
    refuses = lead | level | row.refuses
    filter_parts = tuple(providers.explain_filter(row.seen["filter_rules"], row.facts, row.schema))
    return [_verdict(rule, refuses, seen, filter_parts) for rule in (*LEAD_RULES, *LEVEL_RULES, *RULES)]


def _verdict(rule: Rule, refuses: Json, seen: Json, filter_parts: tuple[providers.RuleVerdict, ...]) -> RuleVerdict:
    passed = not refuses[rule.name]
    value, threshold = (seen[key] if key else None for key in (rule.value, rule.threshold))
    parts = filter_parts if rule.name == "filter" else ()
    return RuleVerdict(rule.name, passed, value, threshold, rule.sentence(seen, passed=passed), parts)
