"""What an event says: built when it is sent, so that the person's data lies nowhere else (SPEC 13.6)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core import inbox
from core.inbox import AssignmentDetail
from core.kit.config import settings
from core.kit.db import Json
from core.kit.money import format_usd

TEST = "test"
# For the editor's preview and the test send: nobody's data, on reserved names and numbers.
SAMPLE: Json = {
    "event": "lead.assigned",
    "test": True,
    "contact": {
        "name": "Pat Example", "first_name": "Pat", "last_name": "Example", "email": "pat@example.com", "phone": "+17025550142",
        "street": "100 Example Street", "unit": "", "city": "Las Vegas", "state": "NV", "zip": "89109",
    },
    "form": {"details": "A sample answer."},
    "lead": {
        "id": "00000000-0000-7000-8000-000000000000", "niche": "Roofing", "market": "Las Vegas", "price": "25.00",
        "level": "Shared", "channel": "distribution", "submitted_at": "2026-11-04T18:00:00+00:00",
        "assigned_at": "2026-11-04T18:05:00+00:00", "answers": "Details: A sample answer.", "link": "https://example.com/inbox",
    },
}  # fmt: skip


def document_of(session: Session, *, delivery: Any, judged: Json | None = None, now: datetime) -> Json:
    """The event as JSON: ids, figures, and for a lead what its holder may know of it; the reading is recorded.

    ``judged``: what the policies said (``judge_delivery``); a contact that they withhold is left out.
    """
    told: Json = {"event": delivery.event, "id": str(delivery.id), "created_at": delivery.created_at.isoformat(), "test": False}
    if delivery.event == TEST:
        return told | SAMPLE | {"event": TEST}
    if delivery.assignment_id is None:
        return told | dict(delivery.facts)
    if delivery.event == "lead.revoked":  # nobody's data leaves when it has just been taken back
        return told | {"lead": {"id": str(delivery.assignment_id), "link": _link(delivery.assignment_id)}} | dict(delivery.facts)
    if judged is not None and judged["contact"] == "withheld":
        lead = {"id": str(delivery.assignment_id), "link": _link(delivery.assignment_id)}
        return told | {"lead": lead, "policy": judged} | dict(delivery.facts)
    held = inbox.assignment_for_delivery(session, assignment_id=delivery.assignment_id, now=now)
    return (
        told | {"policy": judged} | {"lead": _lead(held), "contact": _contact(held), "form": _form(held)} | dict(delivery.facts)
    )


def _lead(held: AssignmentDetail) -> Json:
    return {
        "id": str(held.id),
        "niche": held.niche,
        "market": held.market,
        "price": format_usd(held.price_cents).lstrip("$").replace(",", ""),
        "price_cents": held.price_cents,
        "level": held.level,
        "channel": held.channel,
        "submitted_at": held.submitted_at.isoformat(),
        "assigned_at": held.assigned_at.isoformat(),
        "answers": "\n".join(f"{answer.label}: {answer.value}" for answer in held.answers),
        "link": _link(held.id),
        "consent": None if held.consent is None else {"at": held.consent.at.isoformat(), "wording": held.consent.wording},
    }


def _contact(held: AssignmentDetail) -> Json:
    shown = held.contact
    first, _, last = shown.name.partition(" ")
    named = {"name": shown.name, "first_name": first, "last_name": last or first}
    return named | {part: getattr(shown, part) for part in ("email", "phone", "street", "unit", "city", "state", "zip")}


def _form(held: AssignmentDetail) -> Json:
    return {answer.key: answer.value for answer in held.answers}


def _link(assignment_id: UUID) -> str:
    return f"{settings().base_url}/inbox?lead={assignment_id}"
