"""How a company does with its leads, in figures, beside the market's median (SPEC 7.5)."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.inbox.errors import InboxInvalid
from core.inbox.kpis import Kpis, Part
from core.inbox.market_median import Median, market_median
from core.kit.actor import Actor
from core.kit.replica import may_be_old
from core.providers import ProviderNotFound

LONGEST = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Results:
    """A company's figures of ``[since, until)`` by the time of delivery: whole, by niche, by channel and by day."""

    since: datetime
    until: datetime
    whole: Kpis
    niches: tuple[Part, ...]
    channels: tuple[Part, ...]
    days: tuple[Part, ...]
    market: Median | None


# One walk over the company's own leads; grouping sets give the whole and each way to part it.
_OWN = text("""
    with own as (
      select a.*, (a.assigned_at at time zone :zone)::date as day,
             exists (select from claim c where c.assignment_id = a.id and c.status <> 'withdrawn') as claimed
        from assignment a
       where a.provider_id = :provider and a.assigned_at >= :since and a.assigned_at < :until
         and (cast(:niche as uuid) is null or a.niche_id = :niche)
         and (cast(:channel as text) is null or a.channel = :channel))
    select case when grouping(niche_id) = 0 then 'niche' when grouping(channel) = 0 then 'channel'
                when grouping(day) = 0 then 'day' else 'whole' end as part,
           coalesce(niche_id::text, channel, day::text, '') as key,
           (select n.name from niche n where n.id = niche_id) as niche,
           count(*) as received, count(*) filter (where viewed_at is not null or decision is not null) as viewed,
           count(*) filter (where decision = 'accepted') as accepted, count(*) filter (where decision = 'rejected') as rejected,
           count(outcome) as contacted, count(*) filter (where outcome = 'won') as won,
           count(*) filter (where outcome = 'lost') as lost, count(*) filter (where claimed) as claims,
           count(refunded_at) as refunded, coalesce(sum(price_cents), 0)::bigint as spent_cents,
           coalesce(sum(price_cents) filter (where refunded_at is not null), 0)::bigint as refunded_cents,
           coalesce(sum(outcome_value_cents) filter (where outcome = 'won'), 0)::bigint as won_value_cents,
           percentile_cont(0.5) within group (order by extract(epoch from viewed_at - assigned_at)) as view_s,
           percentile_cont(0.5) within group (order by extract(epoch from decided_at - assigned_at))
             filter (where decision = 'accepted') as accept_s
      from own group by grouping sets ((), (niche_id), (channel), (day)) order by 1, 2""")


@may_be_old
def results(
    session: Session,
    *,
    actor: Actor,
    since: datetime,
    until: datetime,
    niche_id: UUID | None = None,
    channel: str | None = None,
    provider_id: UUID | None = None,
    zone: str = "UTC",
    with_market: bool = True,
    now: datetime,
) -> Results:
    """A company's figures of the leads delivered in ``[since, until)``, 400 days at most (SPEC 7.5).

    A provider's user reads only their own company's; admins and analysts any. Days are those of the IANA ``zone``;
    ``with_market`` adds the market's medians. Raises ``InboxInvalid`` by field.
    """
    owner = _owner(actor, provider_id)
    _check(since, until, channel, zone)
    given = {"since": since, "until": until, "niche": niche_id, "channel": channel}
    parts: dict[str, list[Part]] = {"whole": [], "niche": [], "channel": [], "day": []}
    for row in session.execute(_OWN, given | {"provider": owner, "zone": zone}):
        parts[row.part].append(Part(row.key, row.niche or row.key, _kpis(row)))
    whole = parts["whole"][0].kpis if parts["whole"] else Kpis()
    return Results(
        since=since,
        until=until,
        whole=whole,
        niches=tuple(parts["niche"]),
        channels=tuple(parts["channel"]),
        days=tuple(parts["day"]),
        market=market_median(session, given, now=now) if with_market else None,
    )


def _owner(actor: Actor, provider_id: UUID | None) -> UUID:
    if actor.role == "provider":
        own = actor.require_provider()
        if provider_id not in (None, own):
            raise ProviderNotFound
        return own
    actor.require("admin", "analyst")
    if provider_id is None:
        raise ProviderNotFound
    return provider_id


def _check(since: datetime, until: datetime, channel: str | None, zone: str) -> None:
    if not since < until:
        raise InboxInvalid("until", "The period must end after it begins.")
    if until - since > LONGEST:
        raise InboxInvalid("since", f"Choose a period of at most {LONGEST.days} days.")
    if channel not in (None, "distribution", "marketplace"):
        raise InboxInvalid("channel", "Choose distribution or marketplace.")
    if zone not in available_timezones():
        raise InboxInvalid("zone", "Name a time zone such as America/Phoenix.")


def _kpis(row: Any) -> Kpis:
    values = {field.name: getattr(row, field.name) for field in fields(Kpis)}
    for name in ("view_s", "accept_s"):
        values[name] = None if values[name] is None else float(values[name])
    return Kpis(**values)
