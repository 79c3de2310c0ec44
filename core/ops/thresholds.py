"""Business settings that admins see and change, each with its sentence (SPEC, preamble).

A figure that protects money or privacy is a constant in its chapter, not a threshold.
"""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import event, text
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import Actor
from core.kit.errors import Invalid, NotFound

CACHE_S = 5.0


@dataclass(frozen=True, slots=True)
class Threshold:
    """One setting: its key, the shipped value, and what it means to a person.

    ``chapter`` groups it on the settings page; ``money`` says that the page asks before it is changed.
    """

    key: str
    default: int
    unit: str
    sentence: str
    least: int = 1
    most: int = 10_000
    chapter: str = ""
    money: bool = False


REGISTRY = {
    row.key: row
    for row in (
        Threshold(
            "duplicate_window_days", 90, "days", "The same person asking in the same niche within this time is a duplicate."
        ),
        Threshold("confirmation_hours", 24, "hours", "How long a confirmation link works.", most=168),
        Threshold("confirmation_resends", 3, "mails", "How often a confirmation may be sent again for one lead.", 0, 20),
        Threshold("confirmation_resend_minutes", 5, "minutes", "The least time between two confirmation mails of one lead.", 0),
        Threshold("unconfirmed_expiry_days", 7, "days", "A lead that is not confirmed by then expires."),
        Threshold("review_bulk_limit", 50, "leads", "The most leads that one bulk action takes.", most=500),
        Threshold("verification_hours", 24, "hours", "How long an e-mail verification or an invitation works.", most=168),
        Threshold("reset_minutes", 60, "minutes", "How long a password reset link works.", most=1440),
        Threshold("price_notice_days", 7, "days", "Notice that subscribers get before a level's price rises.", 0),
        Threshold("low_balance_cents", 5000, "cents", "A wallet falling below this sends its owners one mail.", 0, 100_000_000),
        Threshold("deposit_least_cents", 1000, "cents", "The smallest deposit.", 100, 1_000_000, chapter="payments", money=True),
        Threshold(
            "deposit_most_cents", 1_000_000, "cents", "The largest deposit.", 1000, 100_000_000, chapter="payments", money=True
        ),
        Threshold(
            "top_up_failures", 3, "failures", "An automatic top-up that fails this often in a row is switched off.", 1, 20,
            chapter="payments",
        ),
        Threshold("starvation_days", 7, "days", "A subscriber who got nothing for this long is starving."),
        Threshold("claim_days", 14, "days", "How long after delivery a bad lead can be reported."),
        Threshold("claims_per_day", 5, "claims", "A provider may always report this many bad leads a day.", 0),
        Threshold("claims_share_percent", 10, "percent", "Or this share of last week's leads, when that is more.", 0, 100),
        Threshold(
            "list_age_days", 31, "days", "An uploaded do-not-contact list older than this stops sales until it is renewed.", 1, 31
        ),
        Threshold("dead_letter_days", 30, "days", "Dead letters and finished jobs older than this are cleaned up."),
        Threshold(
            "queue_alarm_minutes", 10, "minutes", "The queue counts as stuck when its oldest due job has waited this long."
        ),
    )
}


@dataclass(frozen=True, slots=True)
class ThresholdView:
    """A threshold as the settings page shows it."""

    key: str
    value: int
    default: int
    unit: str
    sentence: str
    least: int
    most: int
    updated_at: datetime | None
    updated_by: UUID | None


# Per engine: when its values were read, and the values. A change made here is seen here at once, elsewhere
# within CACHE_S; a transaction that changed one reads past the cache until it commits.
_seen: WeakKeyDictionary[Any, tuple[float, dict[str, int]]] = WeakKeyDictionary()


def threshold(session: Session, key: str) -> int:
    """The value in force of a registered threshold, its default unless an admin changed it."""
    known = REGISTRY[key]
    return _values(session).get(key, known.default)


def thresholds(session: Session, *, actor: Actor) -> list[ThresholdView]:
    """Every threshold with its value and who changed it last."""
    actor.require("admin", "analyst", "scientist")
    stored = {row.key: row for row in session.execute(text("select key, value, updated_at, updated_by from threshold"))}
    return [
        ThresholdView(
            key=known.key,
            value=stored[known.key].value if known.key in stored else known.default,
            default=known.default,
            unit=known.unit,
            sentence=known.sentence,
            least=known.least,
            most=known.most,
            updated_at=stored[known.key].updated_at if known.key in stored else None,
            updated_by=stored[known.key].updated_by if known.key in stored else None,
        )
        for known in REGISTRY.values()
    ]


def set_threshold(session: Session, *, actor: Actor, key: str, value: int, now: datetime) -> None:
    """Change a threshold within its bounds; audited (SPEC, preamble)."""
    actor.require("admin")
    known = REGISTRY.get(key)
    if known is None:
        raise NotFound("threshold.unknown", "There is no such setting.")
    if isinstance(value, bool) or not isinstance(value, int) or not known.least <= value <= known.most:
        sentence = f"Enter a whole number of {known.unit} from {known.least:,} to {known.most:,}."
        raise Invalid("threshold.invalid", sentence, fields={"value": sentence})
    before = _values(session).get(key, known.default)
    session.execute(
        text("""insert into threshold (key, value, updated_at, updated_by)
                values (:key, to_jsonb(cast(:value as bigint)), :now, :by) on conflict (key) do update
                set value = excluded.value, updated_at = excluded.updated_at, updated_by = excluded.updated_by"""),
        {"key": key, "value": value, "now": now, "by": actor.user_id},
    )
    session.info["thresholds_changed"] = True
    audit.record(
        session,
        actor,
        "threshold.changed",
        entity_type="threshold",
        entity_id=None,
        now=now,
        before={"key": key, "value": before},
        after={"key": key, "value": value},
    )


def _values(session: Session) -> dict[str, int]:
    if session.info.get("thresholds_changed"):
        return _read(session)
    engine = session.get_bind().engine
    known = _seen.get(engine)
    if known is None or time.monotonic() - known[0] > CACHE_S:
        known = _seen[engine] = (time.monotonic(), _read(session))
    return known[1]


def _read(session: Session) -> dict[str, int]:
    rows = session.execute(text("select key, value from threshold"))
    return {key: value for key, value in rows if key in REGISTRY}


@event.listens_for(Session, "after_commit")
def _forget(session: Session) -> None:
    if session.info.pop("thresholds_changed", False):
        _seen.pop(session.get_bind().engine, None)
