"""What can be exported, by whom, and the statement that reads it (SPEC 12.3)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from core import audit
from core.kit.actor import Role
from core.reports.exports.formats import Column, Kind


class Field(NamedTuple):
    """A column of the file and where it comes from."""

    name: str
    kind: Kind
    sql: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """A table to export. Rows are read in the order of their id, which is where the next batch goes on, or with ``counts``
    in that of moment and id. An id is made when the row is, so none is older than its moment by more than a day.

    With ``lead`` the reader's view of that lead's contact data is added, whatever the reader may see of it. ``counts``:
    the source is made of the hourly counts. ``placed``: its rows are of a market, whose days they have; else days are
    UTC's. ``asks`` turns filters of its own into conditions and their values.
    """

    key: str
    title: str
    sentence: str
    roles: tuple[Role, ...]
    moment: str
    id: str
    source: str
    fields: tuple[Field, ...]
    lead: str | None = None
    counts: bool = False
    placed: bool = True
    asks: Callable[[Mapping[str, Any]], tuple[list[str], dict[str, Any]]] | None = None

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the file."""
        own = tuple(Column(field.name, field.kind) for field in self.fields)
        return own + (tuple(Column(name) for name in CONTACT) if self.lead else ())

    @property
    def sql(self) -> str:
        """``select`` to ``where``: the moment, the id, the lead if any, and the fields."""
        head = f"{self.moment}, {self.id}, {self.lead or 'null'}"
        return f"select {head}, {', '.join(field.sql for field in self.fields)} {self.source}"


CONTACT = ("name", "email", "phone", "street", "unit", "contact_city", "contact_state")
_SCOPE = """(cast(:market as uuid) is null or l.market_id = :market)
  and (cast(:niche as uuid) is null or l.niche_id = :niche)"""
_STATUS = """case when a.refunded_at is not null then 'refunded' when a.decision is not null then a.decision
  when a.viewed_at is not null then 'viewed' else 'new' end"""
_PLACED = (Field("niche", "text", "n.name"), Field("market", "text", "m.name"), Field("zip", "text", "l.zip"))
_FOLLOWED = (
    Field("price_cents", "cents", "a.price_cents"),
    Field("status", "text", _STATUS),
    Field("viewed_at", "time", "a.viewed_at"),
    Field("decided_at", "time", "a.decided_at"),
    Field("outcome", "text", "a.outcome"),
    Field("won_value_cents", "cents", "a.outcome_value_cents"),
    Field("rating", "whole", "a.rating"),
    Field("refunded_at", "time", "a.refunded_at"),
)
_SOLD = """from assignment a join lead l on l.id = a.lead_id join niche n on n.id = a.niche_id
  join market m on m.id = l.market_id left join competition_level v on v.id = a.level_id"""

_NAMED = "(select s.name from source_record r join source s on s.id = r.source_id where r.lead_id = l.id and r.founder)"
_CAME_BY = (Field("source", "text", "l.source"), Field("source_name", "text", _NAMED))

LEADS = Dataset(
    "leads",
    "Leads",
    "Every request with its status, scores and dates; contact data as you may see it.",
    ("admin", "analyst", "scientist"),
    "l.submitted_at",
    "l.id",
    f"from lead l join niche n on n.id = l.niche_id join market m on m.id = l.market_id where {_SCOPE}",
    (
        Field("lead_id", "text", "l.id::text"),
        Field("submitted_at", "time", "l.submitted_at"),
        Field("status", "text", "l.status"),
        Field("verdict", "text", "l.verdict"),
        *_PLACED,
        *_CAME_BY,
        Field("quality", "number", "l.quality::float8"),
        Field("fraud", "number", "l.fraud::float8"),
        Field("confirmed_at", "time", "l.confirmed_at"),
        Field("reviewed_at", "time", "l.reviewed_at"),
        Field("sales", "whole", "(select count(*) from assignment a where a.lead_id = l.id)"),
        Field("lon", "number", "ST_X(l.public_location)"),
        Field("lat", "number", "ST_Y(l.public_location)"),
        Field("geometry", "place", "ST_AsBinary(l.public_location)"),
    ),
    lead="l.id",
)
SALES = Dataset(
    "sales",
    "Sales",
    "Every lead delivered to a provider: source, price, answer, outcome, refund. No contact data.",
    ("admin", "analyst", "scientist"),
    "a.assigned_at",
    "a.id",
    f"{_SOLD} join provider p on p.id = a.provider_id where {_SCOPE}",
    (
        Field("sale_id", "text", "a.id::text"),
        Field("sold_at", "time", "a.assigned_at"),
        Field("lead_id", "text", "a.lead_id::text"),
        Field("provider", "text", "p.company_name"),
        *_PLACED,
        *_CAME_BY,
        Field("channel", "text", "a.channel"),
        Field("level", "text", "v.name"),
        *_FOLLOWED,
    ),
)
_WALKED = """(select string_agg(v.name, ' > ' order by t.nth) from unnest(r.traversal) with ordinality t (id, nth)
  join competition_level v on v.id = t.id)"""
RUNS = Dataset(
    "runs",
    "Distribution runs",
    "Each run of a lead: levels in the order walked, how many were looked at, sold to, passed over for what, how long it took.",
    ("admin", "analyst"),
    "r.started_at",
    "r.id",
    f"""from distribution_run r join lead l on l.id = r.lead_id join niche n on n.id = r.niche_id
       join market m on m.id = l.market_id where {_SCOPE}""",
    (
        Field("run_id", "text", "r.id::text"),
        Field("started_at", "time", "r.started_at"),
        Field("finished_at", "time", "r.finished_at"),
        Field("lead_id", "text", "r.lead_id::text"),
        *_PLACED,
        Field("state", "text", "r.state"),
        Field("turn", "whole", "r.turn"),
        Field("start_level", "text", "(select v.name from competition_level v where v.id = r.traversal[1])"),
        Field("levels_walked", "text", _WALKED),
        Field("looked_at", "whole", "r.candidates"),
        Field("assigned", "whole", "r.assigned"),
        Field("passed_over", "text", "r.skips::text"),
        Field("error", "text", "r.error"),
        Field("duration_ms", "number", "r.duration_ms::float8"),
    ),
)
TRANSFERS = Dataset(
    "transfers",
    "Transfers",
    "Every movement of money, as the ledger has it; of all markets and niches.",
    ("admin",),
    "t.at",
    "t.id",
    """from transfer t join ledger_account d on d.id = t.debit_account_id join ledger_account c on c.id = t.credit_account_id
       left join provider p on p.id = coalesce(d.provider_id, c.provider_id)
       where cast(:market as uuid) is null and cast(:niche as uuid) is null""",
    (
        Field("transfer_id", "text", "t.id::text"),
        Field("at", "time", "t.at"),
        Field("kind", "text", "t.kind"),
        Field("from_account", "text", "d.name"),
        Field("to_account", "text", "c.name"),
        Field("provider", "text", "p.company_name"),
        Field("amount_cents", "cents", "t.amount_cents"),
        Field("wallet_balance_cents", "cents", "t.wallet_balance_cents"),
        Field("reference_type", "text", "t.reference_type"),
        Field("reference_id", "text", "t.reference_id::text"),
        Field("memo", "text", "t.memo"),
    ),
    placed=False,
)
TRAIL = Dataset(
    "audit",
    "Audit trail",
    "Who did what and when, with what it was before and after. Contact data by reference alone.",
    ("admin",),
    "audit_entry.at",
    "audit_entry.id",
    """from audit_entry left join user_account u on u.id = audit_entry.actor_id
       where cast(:market as uuid) is null and cast(:niche as uuid) is null""",
    (
        Field("entry_id", "text", "audit_entry.id::text"),
        Field("at", "time", "audit_entry.at"),
        Field("action", "text", "audit_entry.action"),
        Field("entity_type", "text", "audit_entry.entity_type"),
        Field("entity_id", "text", "audit_entry.entity_id::text"),
        Field("actor", "text", "u.full_name"),
        Field("actor_role", "text", "audit_entry.actor_role"),
        Field("actor_id", "text", "audit_entry.actor_id::text"),
        Field("before", "text", "audit_entry.before::text"),
        Field("after", "text", "audit_entry.after::text"),
        Field("memo", "text", "audit_entry.memo"),
        Field("ip", "text", "host(audit_entry.ip)"),
        Field("correlation_id", "text", "audit_entry.correlation_id"),
    ),
    asks=audit.asked,
    placed=False,
)
_DAILY = ("submitted", "confirmed", "approved", "rejected", "distributed", "sold", "viewed", "accepted", "declined", "won")
_DAILY_CENTS = ("revenue_cents", "refund_cents")
DAYS = Dataset(
    "days",
    "Figures by day",
    "What reports are made of: counts and money per day, niche and market.",
    ("admin", "analyst", "scientist"),
    "d.day::timestamp at time zone 'UTC'",
    "md5(d.market_id::text || d.niche_id::text)::uuid",
    f"""from (select day, market_id, niche_id, {", ".join(f"sum({name})::bigint as {name}" for name in _DAILY + _DAILY_CENTS)}
       from counted group by 1, 2, 3) d join niche n on n.id = d.niche_id join market m on m.id = d.market_id where true""",  # noqa: S608
    (
        Field("day", "date", "d.day"),
        Field("niche", "text", "n.name"),
        Field("market", "text", "m.name"),
        *(Field(name, "whole", f"d.{name}") for name in _DAILY),
        *(Field(name, "cents", f"d.{name}") for name in _DAILY_CENTS),
    ),
    counts=True,
)
OWN_LEADS = Dataset(
    "own_leads",
    "My leads",
    "Every lead you received, with contact, price, outcome and your notes.",
    ("provider",),
    "a.assigned_at",
    "a.id",
    f"{_SOLD} where a.provider_id = :provider and {_SCOPE}",
    (
        Field("lead_id", "text", "a.id::text"),
        Field("received_at", "time", "a.assigned_at"),
        *_PLACED,
        Field("channel", "text", "a.channel"),
        Field("level", "text", "v.name"),
        *_FOLLOWED,
        Field("notes", "text", "a.notes"),
        Field("lon", "number", "ST_X(l.location)"),
        Field("lat", "number", "ST_Y(l.location)"),
        Field("geometry", "place", "ST_AsBinary(l.location)"),
    ),
    lead="l.id",
)

DATASETS = {dataset.key: dataset for dataset in (LEADS, SALES, RUNS, TRANSFERS, DAYS, TRAIL, OWN_LEADS)}
