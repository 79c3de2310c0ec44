"""How much a subscription may receive, and when: caps and delivery hours (SPEC 4.8)."""

import re
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import null, text
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import Actor
from core.kit.db import Json
from core.kit.money import format_usd
from core.niches import CompetitionLevel
from core.providers.errors import InvalidCaps
from core.providers.ladder import get_subscription
from core.providers.models import Subscription
from core.providers.scope import lock_subscription

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_LEADS, MOST_CENTS, MOST_SPANS = 1_000_000, 100_000_000_000, 6
_START = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_END = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")


@dataclass(frozen=True, slots=True)
class Caps:
    """The most leads and money (cents) per day, week (from Monday) and month of the lead's market; ``None``: no cap."""

    leads_day: int | None = None
    leads_week: int | None = None
    leads_month: int | None = None
    spend_day_cents: int | None = None
    spend_week_cents: int | None = None
    spend_month_cents: int | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What a subscription has received in a running period, beside its caps."""

    period: str
    starts_on: date
    leads: int
    spent_cents: int
    cap_leads: int | None
    cap_spend_cents: int | None


def set_caps(session: Session, *, actor: Actor, subscription_id: UUID, caps: Caps, now: datetime) -> Subscription:
    """Replace all six caps; zero is refused, and so is a money cap that one lead's price exceeds (SPEC 4.8)."""
    subscription = lock_subscription(session, actor, subscription_id)
    level = session.get_one(CompetitionLevel, subscription.level_id)
    _check_caps(caps, level.price_cents)
    before = asdict(caps_of(subscription))
    for name, value in asdict(caps).items():
        setattr(subscription, f"cap_{name}", value)
    subscription.updated_at = now
    session.flush()
    _record(session, actor, subscription, "subscription.caps_changed", before, asdict(caps), now)
    return subscription


def set_delivery_hours(
    session: Session, *, actor: Actor, subscription_id: UUID, hours: Json | None, now: datetime
) -> Subscription:
    """Say when leads may come, per weekday on the clock of the lead's market; ``None``: always (SPEC 4.8)."""
    subscription = lock_subscription(session, actor, subscription_id)
    kept = None if hours is None else check_hours(hours)
    before = {"hours": subscription.delivery_hours}
    # A plain None would be stored as the JSON value null.
    subscription.delivery_hours = null() if kept is None else kept
    subscription.updated_at = now
    session.flush()
    _record(session, actor, subscription, "subscription.hours_changed", before, {"hours": kept}, now)
    return subscription


def usage(session: Session, *, actor: Actor, subscription_id: UUID, now: datetime) -> list[Usage]:
    """What has come in the running day, week and month, beside the caps; a period without a lead counts zero.

    Periods run on each market's own clock, so around midnight two days may be running at once.
    """
    view = get_subscription(session, actor=actor, subscription_id=subscription_id)
    rows = session.execute(
        text("""with running as (
                  select distinct period, date_trunc(period, cast(:now as timestamptz) at time zone timezone)::date as starts_on
                    from market cross join unnest(array['day', 'week', 'month']) period)
                select r.period, r.starts_on, coalesce(sum(u.leads), 0)::int as leads,
                       coalesce(sum(u.spent_cents), 0)::bigint as spent_cents
                  from running r left join subscription_usage u
                    on u.subscription_id = :id and u.day >= r.starts_on and u.day < r.starts_on + ('1 ' || r.period)::interval
                 group by r.period, r.starts_on
                 order by array_position(array['day', 'week', 'month'], r.period), r.starts_on"""),
        {"id": subscription_id, "now": now},
    )
    return [
        Usage(
            **row,
            cap_leads=getattr(view, f"cap_leads_{row['period']}"),
            cap_spend_cents=getattr(view, f"cap_spend_{row['period']}_cents"),
        )
        for row in rows.mappings()
    ]


def caps_of(subscription: Any) -> Caps:
    """The caps of a subscription's row or view."""
    return Caps(**{field.name: getattr(subscription, f"cap_{field.name}") for field in fields(Caps)})


def _check_caps(caps: Caps, price_cents: int) -> None:
    problems: dict[str, str] = {}
    for name, value in asdict(caps).items():
        money = name.startswith("spend")
        most = MOST_CENTS if money else MOST_LEADS
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= most:
            problems[name] = "Enter more than zero, or leave it empty for no cap. To receive nothing, pause the subscription."
        elif money and value < price_cents:
            problems[name] = (
                f"One lead costs {format_usd(price_cents)}, so no lead could ever come. Raise the cap or leave it empty."
            )
    if problems:
        raise InvalidCaps(problems)


def check_hours(hours: Json) -> Json:
    """Delivery hours as they are kept; raises ``InvalidCaps`` for what is none."""
    problems = {f"hours.{day}": "Days are mon, tue, wed, thu, fri, sat, sun." for day in hours if day not in DAYS}
    kept: Json = {}
    for day in DAYS:
        try:
            kept[day] = _spans(hours.get(day) or [])
        except ValueError as error:
            problems[f"hours.{day}"] = str(error)
    if not problems and not any(kept.values()):
        problems["hours"] = "No hour is left open. Pause the subscription instead, or clear the hours to receive at any time."
    if problems:
        raise InvalidCaps(problems)
    return {day: spans for day, spans in kept.items() if spans}


def _spans(spans: object) -> list[list[str]]:
    """One day's open spans in order, none overlapping; raises ``ValueError`` with the sentence."""
    if not isinstance(spans, list) or len(spans) > MOST_SPANS:
        raise ValueError(f"A day takes at most {MOST_SPANS} spans, each a start and an end.")
    kept = sorted(_span(span) for span in spans)
    if any(later[0] < earlier[1] for earlier, later in pairwise(kept)):
        raise ValueError("Spans of one day may not overlap.")
    return kept


def _span(span: object) -> list[str]:
    if not isinstance(span, list) or len(span) != 2 or not all(isinstance(time, str) for time in span):
        raise ValueError("A span is a start and an end, such as 08:00 to 18:00.")
    start, end = span
    if not _START.fullmatch(start) or not _END.fullmatch(end):
        raise ValueError("Times are written HH:MM, from 00:00 to 24:00.")
    if start >= end:
        raise ValueError("A span ends after it starts. For a night, use two: until 24:00, and from 00:00 the next day.")
    return [start, end]


def _record(
    session: Session, actor: Actor, subscription: Subscription, action: str, before: Json, after: Json, now: datetime
) -> None:
    audit.record(
        session, actor, action, entity_type="subscription", entity_id=subscription.id, before=before, after=after, now=now
    )
