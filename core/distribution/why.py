"""Why, or why not me: the trace of a lead's runs for staff, and a company's own verdicts without other people's data
(SPEC 4.5, 5.5)."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import leads, providers
from core.distribution.remedy import MONEY, Ground, remedy, sentence, spend_remedy
from core.distribution.trace import Considered, walk
from core.kit.actor import Actor
from core.kit.db import Json

MOST = 100
MOST_OF_A_WEEK = 500
WON = "It came to you."
WAITED = "Companies that had waited longer were served first."
HAS_IT = "You got this lead through another level."
REPLAYED = "This run is of the demo's replayed history, or was made while that was written; who stood where then is not kept."


@dataclass(frozen=True, slots=True)
class WhyRow:
    """One subscription in the line of a run: ``won``, ``refused`` or ``stood_still``, why in words, and what would have
    won it; ``others`` counts further rules that refused."""

    subscription_id: UUID
    company: str
    level: str
    place: int
    verdict: str
    rule: str | None
    value: Any
    threshold: Any
    sentence: str
    change: str | None
    others: int


@dataclass(frozen=True, slots=True)
class RunWhy:
    """One run of a lead; ``agrees``: the trace came to the sales, skips and number that the run wrote down itself.

    ``replayed``: it belongs to the demo's history, or was made before all of that was written. Such runs were not made in the
    order of their dates, so a trace may differ without anything being wrong."""

    run_id: UUID
    at: datetime
    agrees: bool
    replayed: bool
    rows: tuple[WhyRow, ...]


@dataclass(frozen=True, slots=True)
class OwnVerdict:
    """What one run meant for one company's subscription; ``lead_id`` only while the lead is on the marketplace for all.

    ``verdict`` is ``won``, ``refused``, ``stood_still`` or ``waited``; ``would_win`` says that ``change`` alone would have
    brought the lead.
    """

    run_id: UUID
    at: datetime
    city: str | None
    verdict: str
    rule: str | None
    sentence: str
    change: str | None
    would_win: bool
    lead_id: UUID | None


_RUNS = text("""
    select r.id, r.finished_at, t.agrees, l.facts, l.status = 'erased' as forgotten, f.schema,
           exists (select from demo_load h
                    where r.finished_at <= greatest(h.history_ends, h.written_at) or h.done < h.total) as replayed,
           (select jsonb_agg(to_jsonb(d) order by d.place) from distribution_trace d where d.run_id = r.id) as kept
      from distribution_run r join lead l on l.id = r.lead_id
      join form_schema f on f.niche_id = l.niche_id and f.version = l.schema_version
      left join distribution_traced t on t.run_id = r.id
     where r.lead_id = :lead and r.state = 'finished' order by r.id desc""")
_NAMES = text("""
    select s.id, p.company_name as company, v.name as level, v.price_cents from subscription s
      join provider p on p.id = s.provider_id join competition_level v on v.id = s.level_id
     where s.id = any (cast(:ids as uuid[]))""")
# How far each area is from where strangers see the lead.
_AREAS = text("""
    select s.id, area_distances(s.provider_id, l.public_location) as areas from subscription s join lead l on l.id = :lead
     where s.id = any (cast(:ids as uuid[]))""")
_OWN = text("""
    select r.id, r.lead_id, r.finished_at, l.facts, l.status = 'erased' as forgotten, f.schema, v.price_cents,
           d.verdict, d.rule, d.value, d.threshold, d.also,
           exists (select from assignment a where a.lead_id = r.lead_id and a.provider_id = s.provider_id) as has_it,
           (select o.opened_at <= :now and o.state = 'open' from listing o where o.lead_id = r.lead_id) as on_sale,
           case when d.rule = 'service_area' then area_distances(s.provider_id, l.public_location) end as areas
      from distribution_traced t join distribution_run r on r.id = t.run_id join lead l on l.id = r.lead_id
      join form_schema f on f.niche_id = l.niche_id and f.version = l.schema_version
      join subscription s on s.id = :subscription join competition_level v on v.id = s.level_id
      left join distribution_trace d on d.run_id = t.run_id and d.subscription_id = s.id
     where t.niche_id = s.niche_id and r.finished_at >= s.created_at and (s.ended_at is null or r.finished_at < s.ended_at)
       and (cast(:before as uuid) is null or t.run_id < :before) and r.finished_at >= :since and r.finished_at <= :now
     order by t.run_id desc limit :limit""")
_BEGINNING = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


def why(session: Session, *, actor: Actor, lead_id: UUID) -> list[RunWhy]:
    """Each finished run of a lead, newest first, with everybody it considered and why (SPEC 5.5); staff only.

    A run that is not traced yet is worked out at once. Raises ``LeadNotFound``.
    """
    actor.require("admin", "analyst")
    if session.scalar(text("select true from lead where id = :lead"), {"lead": lead_id}) is None:
        raise leads.LeadNotFound
    return [_run(session, lead_id, row) for row in session.execute(_RUNS, {"lead": lead_id}).all()]


def own_verdicts(
    session: Session,
    *,
    actor: Actor,
    subscription_id: UUID,
    before_run: UUID | None = None,
    since: datetime = _BEGINNING,
    limit: int = 25,
    now: datetime,
) -> list[OwnVerdict]:
    """What the niche's runs meant for a subscription, newest first, ``limit`` (at most 100) before ``before_run`` (SPEC 4.5).

    For the company itself and for staff; raises ``SubscriptionNotFound`` for anybody else's, ``ProviderNotActive`` for a
    company that may see no leads.
    """
    view = providers.subscription_to_explain(session, actor=actor, subscription_id=subscription_id)
    named = {"subscription": view.id, "before": before_run, "since": since, "now": now, "limit": min(max(limit, 1), MOST)}
    return [_own(row) for row in session.execute(_OWN, named).all()]


def changes_that_win(
    session: Session, *, actor: Actor, subscription_id: UUID, since: datetime, now: datetime
) -> list[tuple[str, int]]:
    """Changes each of which alone would have won leads since then, with how many, most first; of the newest 500 runs."""
    view = providers.subscription_to_explain(session, actor=actor, subscription_id=subscription_id)
    named = {"subscription": view.id, "before": None, "since": since, "now": now, "limit": MOST_OF_A_WEEK}
    verdicts = [_own(row) for row in session.execute(_OWN, named).all()]
    return Counter(one.change for one in verdicts if one.would_win and one.change).most_common()


def _run(session: Session, lead_id: UUID, row: Any) -> RunWhy:
    if row.agrees is None:
        found = walk(session, run_id=row.id)
        considered, agrees = (found.considered, found.agrees) if found else ((), False)
    else:
        considered, agrees = tuple(_kept(one) for one in row.kept or ()), row.agrees
    ids = {"ids": [one.subscription_id for one in considered], "lead": lead_id}
    names = {named.id: named for named in session.execute(_NAMES, ids)}
    areas = {land.id: tuple(land.areas or ()) for land in session.execute(_AREAS, ids)}
    rows = tuple(
        _row(one, names[one.subscription_id], Ground(row.facts, row.schema, areas.get(one.subscription_id, ()), row.forgotten))
        for one in considered
    )
    return RunWhy(row.id, row.finished_at, agrees, row.replayed, rows)


def _row(one: Considered, named: Any, ground: Ground) -> WhyRow:
    said = sentence(one.rule, one.value, one.threshold) if one.rule else "Won it."
    return WhyRow(
        subscription_id=one.subscription_id,
        company=named.company,
        level=named.level,
        place=one.place,
        verdict=one.verdict,
        rule=one.rule,
        value=one.value,
        threshold=one.threshold,
        sentence=said,
        change=_change(one.rule, one.value, one.threshold, named.price_cents, ground),
        others=len(one.also),
    )


def _own(row: Any) -> OwnVerdict:
    ground = Ground(row.facts, row.schema, tuple(row.areas or ()), row.forgotten)
    change = _change(row.rule, row.value, row.threshold, row.price_cents, ground)
    verdict = row.verdict or "waited"
    said = WON if verdict == "won" else sentence(row.rule, row.value, row.threshold) if row.rule else WAITED
    if row.has_it and verdict != "won":
        said, change = HAS_IT, None
    return OwnVerdict(
        run_id=row.id,
        at=row.finished_at,
        city=row.facts.get("city"),
        verdict=verdict,
        rule=row.rule,
        sentence=said,
        change=change,
        # Whoever is considered would have been served, had nothing refused: the run came by and went on.
        would_win=change is not None and not row.also,
        lead_id=row.lead_id if row.on_sale else None,
    )


def _change(rule: str | None, value: Any, threshold: Any, price_cents: int, ground: Ground) -> str | None:
    if rule is None:
        return None
    if rule in MONEY and rule.startswith("cap_"):
        return spend_remedy(rule, value, threshold, price_cents)
    return remedy(rule, value, threshold, ground)


def _kept(one: Json) -> Considered:
    return Considered(
        UUID(one["subscription_id"]),
        UUID(one["level_id"]),
        one["place"],
        one["verdict"],
        one["rule"],
        one["value"],
        one["threshold"],
        tuple(one["also"]),
    )
