"""Enrich a lead: the service's answer where there is one, the rules' where not; either way the lead goes on (SPEC 8.5)."""

import json
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from core.kit import crypto, outbox
from core.kit.config import settings
from core.kit.ids import uuid7
from core.niches import protected_class
from core.sourcing.enrichment import asking, breaker, budget, prompt, rules
from core.sourcing.enrichment.answer import Enriched
from core.sourcing.enrichment.asking import Answered
from core.sourcing.enrichment.facts import facts_of
from core.sourcing.enrichment.loading import Loaded, load
from core.sourcing.enrichment.models import Enrichment
from core.sourcing.enrichment.redact import Known, redacted

KIND = "lead.enrich"
TRIES = 3

WhyRules = Literal["not_set_up", "not_permitted", "paused", "over_budget"] | asking.Why


@dataclass(frozen=True, slots=True)
class Question:
    """What is put to the service, or why it is not. ``reserved`` of the day's budget, in millionths of a cent."""

    lead_id: UUID
    text: str = ""
    key: str = ""
    cached: Enriched | None = None
    why_not: WhyRules | None = None
    reserved: int = 0
    asked_at: datetime | None = None


def enrich_before_scoring(session: Session, *, lead_id: UUID, now: datetime) -> bool:
    """Enrich a lead that never was: by rules at once, or by a job that asks the service and scores afterwards.

    ``True`` when such a job was added: scoring is its affair then. A lead that was enriched before stays as it is.
    """
    lead = load(session, lead_id, now=now)
    if lead is None or lead.enriched:
        return False
    if asking.is_set_up():
        ask_for_enrichment(session, lead_id=lead_id, now=now)
        return True
    apply_rules(session, lead_id=lead_id, why="not_set_up", now=now)
    return False


def ask_for_enrichment(session: Session, *, lead_id: UUID, now: datetime) -> None:
    """Add the job that enriches one lead and scores it."""
    outbox.enqueue(session, KIND, key=str(lead_id), now=now, payload={"lead_id": str(lead_id)}, priority=4, max_attempts=TRIES)


def apply_rules(session: Session, *, lead_id: UUID, why: WhyRules, now: datetime) -> None:
    """Enrich one lead by the rules alone, inside this transaction; nothing for one that has ended."""
    conclude(session, question=Question(lead_id, why_not=why), answered=None, now=now)


def begin(session: Session, *, lead_id: UUID, now: datetime) -> Question | None:
    """What to ask about a lead, its price taken out of the day's budget; ``None`` for a lead that has ended."""
    lead = load(session, lead_id, now=now)
    if lead is None:
        return None
    if not asking.is_set_up():
        return Question(lead_id, why_not="not_set_up")
    if not lead.permitted:
        return Question(lead_id, why_not="not_permitted")
    told = lead.request.for_service()
    key = crypto.keyed_hash(f"{settings().enrichment_model}\n{prompt.VERSION}\n{told}", purpose="enrichment")
    if (cached := _cached(session, key)) is not None:
        return Question(lead_id, told, key, cached)
    if breaker.paused_until(session, now=now) is not None:
        return Question(lead_id, why_not="paused")
    most = budget.cost(asking.most_input_tokens(told), asking.MOST_OUTPUT_TOKENS)
    if not budget.reserve(session, microcents=most, now=now):
        return Question(lead_id, why_not="over_budget")
    return Question(lead_id, told, key, reserved=most, asked_at=now)


def put(question: Question | None) -> Answered | None:
    """Ask the service, where there is something to ask; no transaction may be open meanwhile."""
    if question is None or question.asked_at is None:
        return None
    return asking.ask(question.text)


def conclude(session: Session, *, question: Question, answered: Answered | None, now: datetime) -> None:
    """Keep what was found: the enrichment, the lead's facts, the cached answer, and what it cost.

    A lead that has ended meanwhile keeps nothing of it but the price.
    """
    lead = load(session, question.lead_id, lock=True, now=now)
    spent = _spent(question, answered)
    if question.asked_at is not None:
        budget.settle(session, reserved=question.reserved, spent=spent, asked_at=question.asked_at)
    if lead is None:
        return
    began = time.perf_counter_ns()
    by_rules = rules.by_rules(lead.request)
    rules_us = (time.perf_counter_ns() - began) // 1000
    found = question.cached or (answered.answer if answered else None)
    if answered and answered.answer:
        _remember(session, question.key, answered.answer, now=now)
    by_model = _lawful(found, by_rules, lead.request.known) if found else None
    facts = facts_of(by_model or by_rules, schema=lead.schema, form_data=lead.form_data)
    _set_facts(session, lead, facts, now=now)
    row = {"rules_answer": by_rules.model_dump(), "rules_us": rules_us, "fact_keys": sorted(facts), "cost_microcents": spent}
    session.execute(insert(Enrichment), row | _of_service(question, answered, by_model, lead.lead_id, now))


def _of_service(
    question: Question, answered: Answered | None, by_model: Enriched | None, lead_id: UUID, now: datetime
) -> dict[str, Any]:
    why = None if by_model else question.why_not or (answered.why if answered else None) or "not_set_up"
    asked = question.key != ""
    return {
        "id": uuid7(),
        "lead_id": lead_id,
        "made_by": "model" if by_model else "rules",
        "why_rules": why,
        "model": settings().enrichment_model if asked else None,
        "prompt_version": prompt.VERSION if asked else None,
        "rules_version": rules.VERSION,
        "answer_key": question.key if by_model else None,
        "model_answer": by_model.model_dump() if by_model else None,
        "cached": question.cached is not None,
        "input_tokens": answered.input_tokens if answered else None,
        "output_tokens": answered.output_tokens if answered else None,
        "latency_ms": answered.latency_ms if answered else None,
        "at": now,
    }


def _spent(question: Question, answered: Answered | None) -> int:
    """What a question did cost, in millionths of a cent; where nobody tells, the most it can have cost."""
    if answered is None or not answered.charged:
        return 0
    if answered.input_tokens is None or answered.output_tokens is None:
        return question.reserved
    return budget.cost(answered.input_tokens, answered.output_tokens)


def _lawful(found: Enriched, by_rules: Enriched, known: Known) -> Enriched:
    """The answer with a summary that tells neither who the person is nor anything of a protected class (SPEC 2.1)."""
    summary = redacted(found.summary, known=known)
    if not summary or protected_class(summary) is not None:
        summary = by_rules.summary
    return found.model_copy(update={"summary": summary})


def _set_facts(session: Session, lead: Loaded, facts: dict[str, Any], *, now: datetime) -> None:
    old = set(lead.fact_keys) - set(facts)
    if not facts and not old:
        return
    session.execute(
        text("""update lead set facts = (facts - cast(:old as text[])) || cast(:facts as jsonb), updated_at = :now
                where id = :lead"""),
        {"lead": lead.lead_id, "old": sorted(old), "facts": json.dumps(facts), "now": now},
    )


def _cached(session: Session, key: str) -> Enriched | None:
    found = session.execute(text("select answer from enrichment_answer where key = :key"), {"key": key}).scalar_one_or_none()
    return None if found is None else Enriched.model_validate(found)


def _remember(session: Session, key: str, answer: Enriched, *, now: datetime) -> None:
    session.execute(
        text("""insert into enrichment_answer (key, model, prompt_version, answer, created_at)
                values (:key, :model, :prompt, cast(:answer as jsonb), :now) on conflict (key) do nothing"""),
        {
            "key": key,
            "model": settings().enrichment_model,
            "prompt": prompt.VERSION,
            "answer": answer.model_dump_json(),
            "now": now,
        },
    )
