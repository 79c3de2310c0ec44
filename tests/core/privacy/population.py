"""Fill an instance with one person in every way there is, and look for traces of them."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit import crypto

NAME, STREET = "Quillon Xanthakis", "4711 Zephyrine Crescent"
EMAIL, PHONE = "quillon.xanthakis@example.com", "+17022347719"
LON, LAT = -115.172813, 36.114709
# As people, programs and files write them.
TRACES = (
    "quillon", "xanthakis", "zephyrine", "quillon.xanthakis@example.com", "7022347719", "(702) 234-7719", "702-234-7719",
    "702 234 7719", "-115.172813", "36.114709",
)  # fmt: skip


@dataclass(frozen=True)
class Trace:
    """Where something of the person is still to be read."""

    table: str
    column: str
    found: str


def traces(session: Session) -> list[Trace]:
    """Look through every column of every table, whatever its type, as text; geometries also as the point they hold."""
    return [found for table, column, kind in _columns(session) for found in _in_column(session, table, column, kind)]


def _columns(session: Session) -> Iterator[tuple[str, str, str]]:
    rows = session.execute(
        text("""select c.table_name, c.column_name, c.udt_name from information_schema.columns c
                join information_schema.tables t using (table_schema, table_name)
                where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
                  and c.table_name not in ('spatial_ref_sys', 'alembic_version') order by 1, c.ordinal_position""")
    )
    yield from ((row[0], row[1], row[2]) for row in rows)


def _in_column(session: Session, table: str, column: str, kind: str) -> list[Trace]:
    shown = {"geometry": f'ST_AsText("{column}", 6)', "bytea": f"encode(\"{column}\", 'escape')"}.get(kind, f'"{column}"::text')
    found = session.execute(
        text(f"select left({shown}, 2000) as said from {table} where lower({shown}) similar to :any limit 3"),
        {"any": "%(" + "|".join(_escaped(trace) for trace in TRACES) + ")%"},
    )
    return [Trace(table, column, row.said) for row in found]


def _escaped(trace: str) -> str:
    return "".join(f"\\{letter}" if letter in "().+-" else letter for letter in trace)


# What is encrypted, and for what: read with our own key, as whoever has the database and the key would.
SEALED = (
    ("email_message", "sealed", "mail"), ("outbox", "sealed", "outbox"), ("raw_record", "content", "raw-record"),
    ("quarantine_entry", "fix", "quarantine"), ("support_message", "sealed", "support"),
)  # fmt: skip


def sealed_traces(session: Session) -> list[Trace]:
    """Look into every encrypted column."""
    found = []
    for table, column, purpose in SEALED:
        for said in session.execute(text(f"select {column} from {table} where {column} is not null")).scalars():
            shown = crypto.unseal_bytes(bytes(said), purpose=purpose).decode().lower()
            found += [Trace(table, column, shown) for trace in TRACES if trace in shown]
    return found


def sums(session: Session) -> dict[str, object]:
    """What must be the same after somebody is forgotten: the ledger, sales, fairness, reports."""
    asked = {
        "accounts": "select string_agg(id::text || booked_balance(id), ',' order by id) from ledger_account",
        "wallets": "select string_agg(provider_id::text || balance_cents, ',' order by provider_id) from wallet",
        "transfers": "select count(*), sum(amount_cents) from transfer",
        "sales": "select count(*), sum(price_cents), count(refunded_at) from assignment",
        "turns": "select string_agg(niche_id::text || turns, ',' order by niche_id) from niche_turn",
        "received": "select string_agg(id::text || last_received_at, ',' order by id) from subscription",
        "usage": "select count(*), sum(leads), sum(spent_cents) from subscription_usage",
        "runs": "select count(*), sum(assigned), sum(candidates) from distribution_run",
        "claims": "select count(*), count(decided_at) from claim",
    }
    return {name: tuple(session.execute(text(sql)).one()) for name, sql in asked.items()}
