"""All that speaks for or against a report, in one read, with the verdict it suggests (SPEC 7.4)."""

from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from core import audit, distribution, messaging
from core.kit.actor import Actor
from core.kit.db import Json
from core.kit.words import without_contact
from core.returns.claims import OPEN
from core.returns.errors import ClaimNotFound
from core.returns.evidence_query import EVIDENCE, MAILS
from core.returns.evidence_view import (
    ConsentLine,
    Delivery,
    Evidence,
    History,
    LinkedLead,
    MailReceipt,
    OtherBuyer,
    Score,
    SoldBefore,
    Step,
    Validation,
)
from core.returns.suggest import Facts, OtherSale, suggest

_PARTS = {"steps", "delivery", "validation", "consents", "linked", "sold_before", "others", "history", "suggestion"}
_OWN = tuple(field.name for field in fields(Evidence) if field.name not in _PARTS)


def evidence(session: Session, *, actor: Actor, claim_id: UUID, now: datetime) -> Evidence:
    """Everything about one report, for staff; analysts read what people wrote without addresses and numbers (SPEC 1.6).

    Who reads it is recorded. Raises ``ClaimNotFound``.
    """
    actor.require("admin", "analyst")
    row = session.execute(EVIDENCE, {"claim": claim_id, "now": now}).one_or_none()
    if row is None:
        raise ClaimNotFound
    audit.record_reading(session, actor, "evidence of a claim", entity_id=claim_id, now=now)
    told = distribution.news_of_sale(row.assignment_id)
    ids = [messaging.copy_of(told, user_id) for user_id in row.users]
    mails = session.scalars(MAILS, {"ids": ids}).all()
    return _assemble(row, mails, masked=actor.role == "analyst")


def _assemble(row: Row[Any], mails: Iterable[Json], *, masked: bool) -> Evidence:
    """The rows of the statement as one file; the suggestion is made of the file itself."""
    whole = Evidence(
        **{name: getattr(row, name) for name in _OWN},
        steps=tuple(_step(one, masked=masked) for one in row.events or ()),
        delivery=_delivery(row, mails, masked=masked),
        validation=_validation(row),
        consents=tuple(
            ConsentLine(one["event"], one["wording_version"], tuple(one["channels"]), _time(one["at"]))
            for one in row.consents or ()
        ),
        linked=tuple(LinkedLead(UUID(one["lead_id"]), one["status"], _time(one["submitted_at"])) for one in row.linked or ()),
        sold_before=tuple(
            SoldBefore(UUID(one["lead_id"]), one["niche"], _time(one["assigned_at"])) for one in row.sold_before or ()
        ),
        others=tuple(_other(one) for one in row.others or ()),
        history=History(**row.history, delivered_30_days=row.delivered_30_days),
        suggestion=None,
    )
    return replace(whole, suggestion=suggest(_facts(whole))) if row.status in OPEN else whole


def _step(one: Json, *, masked: bool) -> Step:
    said = without_contact(one["words"]) if masked else one["words"]
    return Step(one["event"], one["actor_role"], one["name"], said, _time(one["at"]))


def _delivery(row: Row[Any], mails: Iterable[Json], *, masked: bool) -> Delivery:
    return Delivery(
        assigned_at=row.assigned_at,
        mails=tuple(_mail(one) for one in mails),
        viewed_at=row.viewed_at,
        contact_reads=row.reads["times"],
        last_read_at=_moment(row.reads["last"]),
        decision=row.decision,
        decided_at=row.sale_decided_at,
        reject_reason=without_contact(row.reject_reason) if masked and row.reject_reason else row.reject_reason,
        outcome=row.outcome,
        outcome_at=row.outcome_at,
        rating=row.rating,
    )


def _mail(one: Json) -> MailReceipt:
    happened = tuple((event["event"], _time(event["at"])) for event in one["events"])
    return MailReceipt(one["status"], _time(one["queued_at"]), _moment(one["sent_at"]), happened)


def _validation(row: Row[Any]) -> Validation:
    scores = {one["kind"]: _score(one) for one in row.scores or ()}
    return Validation(
        fraud=scores.get("fraud"),
        quality=scores.get("quality"),
        confirmed_at=row.confirmed_at,
        location_source=row.location_source,
        accuracy_m=row.accuracy_m,
        address_review=row.address_review,
        consumer_mails=tuple((one["template"], one["status"]) for one in row.consumer_mails or ()),
        filter_fits=row.filter_fits,
        in_area=row.in_area,
    )


def _score(one: Json) -> Score:
    telling = [reason for reason in one["reasons"] if reason["weight"]]  # a weight of nothing says what was not looked at
    codes = tuple(reason["code"] for reason in telling)
    return Score(one["kind"], one["value"], codes, tuple(reason["text"] for reason in telling), one["version"])


def _other(one: Json) -> OtherBuyer:
    return OtherBuyer(
        company=one["company"],
        assigned_at=_time(one["assigned_at"]),
        viewed_at=_moment(one["viewed_at"]),
        decision=one["decision"],
        outcome=one["outcome"],
        rating=one["rating"],
        refunded_at=_moment(one["refunded_at"]),
        claim_id=UUID(one["claim_id"]) if one["claim_id"] else None,
        claim_reason=one["claim_reason"],
        claim_status=one["claim_status"],
    )


def _facts(file: Evidence) -> Facts:
    """The file as the rule of suggestion reads it."""
    checked = file.validation
    return Facts(
        reason=file.reason,
        viewed=file.delivery.viewed_at is not None,
        own_outcome=file.delivery.outcome,
        fraud=checked.fraud.value if checked.fraud else None,
        quality=checked.quality.value if checked.quality else None,
        fraud_codes=frozenset(checked.fraud.codes if checked.fraud else ()),
        confirmed=checked.confirmed_at is not None,
        consumer_mail_bounced=any(status == "bounced" for _, status in checked.consumer_mails),
        person_bought_before=len(file.sold_before),
        linked_requests=len(file.linked),
        filter_fits=checked.filter_fits,
        in_area=True if checked.in_area is None and checked.filter_fits is not None else checked.in_area,
        others=tuple(OtherSale(other.outcome, other.claim_reason, other.claim_status) for other in file.others),
        past_decided=file.history.approved + file.history.rejected,
        past_upheld=file.history.approved,
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else _time(text)
