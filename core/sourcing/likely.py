"""Records that are somebody we know although no key is the same: met by their traits, judged by likeness (SPEC 8.4)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from core.sourcing import dedupe
from core.sourcing.decision import Decision
from core.sourcing.dedupe import Apart, Candidate, Verdict

Found = list[tuple[Candidate, Verdict]]


def apart(session: Session, decisions: Sequence[Decision]) -> list[Apart]:
    """Whom records that make a lead anew must not be taken for: what a person said of the leads that they had before."""
    anew = [one for one in decisions if one.outcome == "fresh"]
    return dedupe.apart_from(session, {one.lead_id: one.was for one in anew if one.lead_id and one.was})


def meet(session: Session, decisions: Sequence[Decision], apart: Sequence[Apart] = (), *, now: datetime) -> Found:
    """Make likely twins the same request, and mark those that a person should compare; returns every verdict.

    An agent's records are told apart by their homes alone, whoever the agent is.
    """
    fresh = [one for one in decisions if one.outcome == "fresh" and one.item.shape is not None and not is_agents(one)]
    candidates = [
        Candidate(one.landed.lead_id, one.landed.niche.id, one.item.shape) for one in fresh if one.landed and one.item.shape
    ]
    verdicts = dedupe.match(session, candidates, now, apart=[(one.lead_id, one.other_id) for one in apart])
    merged = {one.lead_id: verdict.first_id for one, verdict in zip(candidates, verdicts, strict=True) if verdict.kind == "merge"}
    for decision in decisions:
        if decision.lead_id in merged:
            decision.lead_id, decision.founder = _first(decision.lead_id, merged), False
            if decision.outcome in ("fresh", "changed", "withdrawn"):
                decision.outcome = "duplicate"
    for decision, verdict in zip(fresh, verdicts, strict=True):
        decision.review |= verdict.kind == "review"
    return [pair for pair in zip(candidates, verdicts, strict=True) if pair[0].lead_id not in merged]


def remember(session: Session, found: Found, *, now: datetime) -> None:
    """Let later records meet the leads that were made, and keep the questions about them."""
    dedupe.remember(session, [candidate for candidate, _ in found])
    asked = [(one.lead_id, one.niche_id, verdict) for one, verdict in found if verdict.kind == "review"]
    dedupe.note_questions(session, asked, found_by="insert", now=now)


def _first(lead_id: UUID, merged: dict[UUID, UUID | None]) -> UUID:
    """The request at the end of the line: a twin of a twin is one person."""
    while (first := merged.get(lead_id)) is not None:
        lead_id = first
    return lead_id


def is_agents(decision: Decision) -> bool:
    """True for what an agent put up: whose contact data it is says nothing of the person."""
    parsed = decision.item.parsed
    return parsed is not None and parsed.holder == "agent"
