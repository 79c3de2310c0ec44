"""How a company does with its leads, in figures, beside the market's median (SPEC 7.5)."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.inbox.errors import InboxInvalid
from core.kit.actor import Actor
from core.kit.cache import cached
from core.kit.replica import may_be_old
from core.kit.tenant import house
from core.providers import ProviderNotFound

LONGEST = timedelta(days=400)
# The market's median is told only when it hides single companies: so many others, with so many leads each.
FEWEST_COMPANIES, FEWEST_LEADS = 5, 5
KEEP_MEDIANS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Kpis:
    """Counts of leads and sums of cents; every rate and time follows from them.

    ``viewed`` counts what was opened or decided, ``contacted`` what has any outcome, ``claims`` reports of bad leads.
    """

    received: int = 0
    viewed: int = 0
    accepted: int = 0
    rejected: int = 0
    contacted: int = 0
    won: int = 0
    lost: int = 0
    claims: int = 0
    refunded: int = 0
    spent_cents: int = 0
    refunded_cents: int = 0
    won_value_cents: int = 0
    view_s: float | None = None  # median seconds from delivery to the first look
    accept_s: float | None = None  # median seconds from delivery to accepting

    @property
    def net_spend_cents(self) -> int:
        """What the leads cost after refunds, in cents."""
        return self.spent_cents - self.refunded_cents

    @property
    def acceptance_rate(self) -> float | None:
        """Accepted leads among those decided; ``None`` when none was."""
        return share(self.accepted, self.accepted + self.rejected)

    @property
    def rejection_rate(self) -> float | None:
        """Rejected leads among those decided."""
        return share(self.rejected, self.accepted + self.rejected)

    @property
    def win_rate(self) -> float | None:
        """Won leads among those received."""
        return share(self.won, self.received)

    @property
    def claim_rate(self) -> float | None:
        """Reported leads among those received."""
        return share(self.claims, self.received)

    @property
    def cost_per_won_cents(self) -> int | None:
        """Net spend for each won lead, in cents; ``None`` when none was won."""
        return round(self.net_spend_cents / self.won) if self.won else None


@dataclass(frozen=True, slots=True)
class Part:
    """The figures of one niche, channel or day."""

    key: str
    label: str
    kpis: Kpis


@dataclass(frozen=True, slots=True)
class Median:
    """The market's medians over all companies that bought in the same time and niche; ``None``: too few to tell."""

    companies: int
    acceptance_rate: float | None
    win_rate: float | None
    claim_rate: float | None
    cost_per_won_cents: int | None
    view_s: float | None


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
# Each company's own figures first, then the median of those who bought enough; never a single company's figure.
_MARKET = text("""
    with each as (
      select a.provider_id, count(*) as received,
             count(*) filter (where a.decision = 'accepted')::float8 / nullif(count(a.decision), 0) as acceptance_rate,
             count(*) filter (where a.outcome = 'won')::float8 / count(*) as win_rate,
             count(*) filter (where exists (
               select from claim c where c.assignment_id = a.id and c.status <> 'withdrawn'))::float8 / count(*) as claim_rate,
             sum(a.price_cents) filter (where a.refunded_at is null)::float8
               / nullif(count(*) filter (where a.outcome = 'won'), 0) as cost_per_won_cents,
             percentile_cont(0.5) within group (order by extract(epoch from a.viewed_at - a.assigned_at)) as view_s
        from assignment a
       where a.assigned_at >= :since and a.assigned_at < :until
         and (cast(:niche as uuid) is null or a.niche_id = :niche)
         and (cast(:channel as text) is null or a.channel = :channel)
       group by a.provider_id having count(*) >= :fewest)
    select count(*) as companies,
           percentile_cont(0.5) within group (order by acceptance_rate) as acceptance_rate,
           count(acceptance_rate) as n_acceptance_rate,
           percentile_cont(0.5) within group (order by win_rate) as win_rate, count(win_rate) as n_win_rate,
           percentile_cont(0.5) within group (order by claim_rate) as claim_rate, count(claim_rate) as n_claim_rate,
           percentile_cont(0.5) within group (order by cost_per_won_cents) as cost_per_won_cents,
           count(cost_per_won_cents) as n_cost_per_won_cents,
           percentile_cont(0.5) within group (order by view_s) as view_s, count(view_s) as n_view_s
      from each""")


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
        market=_market(session, given, now=now) if with_market else None,
    )


def share(part: int, whole: int) -> float | None:
    """A part of a whole, 0..1; ``None`` when there is no whole."""
    return part / whole if whole else None


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


def _market(session: Session, given: dict[str, Any], *, now: datetime) -> Median | None:
    """The medians of the market, an hour old at most and over whole hours, so that nobody can close in on one sale;
    ``None`` below five companies beside the asker's own."""
    given = given | {name: given[name].replace(minute=0, second=0, microsecond=0) for name in ("since", "until")}
    key = "results.market:" + ":".join(str(given[name]) for name in ("since", "until", "niche", "channel"))

    def compute() -> dict[str, float | None]:
        with house(session) as wide:
            row = wide.execute(_MARKET, given | {"fewest": FEWEST_LEADS}).one()
        return {name: None if value is None else float(value) for name, value in row._asdict().items()}

    found = cached(key, compute, now=now, keep=KEEP_MEDIANS).value
    if found["companies"] <= FEWEST_COMPANIES:
        return None
    return Median(
        companies=int(found["companies"]),
        acceptance_rate=_told(found, "acceptance_rate", 0.01),
        win_rate=_told(found, "win_rate", 0.01),
        claim_rate=_told(found, "claim_rate", 0.01),
        cost_per_won_cents=None if (cost := _told(found, "cost_per_won_cents", 100)) is None else round(cost),
        view_s=_told(found, "view_s", 60),
    )


def _told(found: dict[str, Any], name: str, step: float) -> float | None:
    """A median in whole steps, unless too few companies stand behind it."""
    if found[name] is None or found[f"n_{name}"] <= FEWEST_COMPANIES:
        return None
    return float(round(found[name] / step) * step)
