"""Money on paper: statements to print, and movements as CSV, streamed to whoever may see the wallet (SPEC 6.5).

``provider=<id>`` names a wallet for staff; a provider's own people need no name and get no other.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from uuid import UUID

from flask import Blueprint, Response, render_template, request

from core import ledger, payments
from core.kit import clock
from core.kit.actor import Actor
from core.kit.db import transaction
from core.kit.errors import Invalid
from core.kit.money import format_usd
from core.reports import exports
from intake_api import rest
from intake_api.context import signed_in, storable
from intake_api.given import parameters, read
from intake_api.rest import Moment, Query

blueprint = Blueprint("money_files", __name__)
CHUNK = 1000
Row = tuple[object, ...]
MOVEMENT = ("time_utc", "kind", "amount_usd", "balance_usd", "memo", "reference_type", "reference_id", "id")


class Which(Query):
    """Which movements: by kind, from ``since`` up to but not including ``until``."""

    provider: UUID | None = None
    kind: ledger.Kind | None = None
    since: Moment | None = None
    until: Moment | None = None
    zone: str | None = None


@blueprint.get("/api/v1/provider/billing/history.csv")
@blueprint.get("/money/movements.csv")
def movements() -> Response:
    """Every movement of a wallet that fits, newest first, as CSV."""
    actor, given = _asker(), _given()
    provider_id = _wallet_of(actor, given)
    rows = _movements(actor, provider_id, given.kind, given.since, given.until)
    return _csv("movements.csv", MOVEMENT, rows)


@blueprint.get("/money/statements/<month>")
def statement(month: str) -> str:
    """A wallet's month as a page to print."""
    return render_template(
        "money/statement.html",
        told=_statement(month),
        words=ledger.KIND_WORDS,
        usd=format_usd,
        query=request.query_string.decode(),
    )


@blueprint.get("/money/statements/<month>/movements.csv")
def statement_movements(month: str) -> Response:
    """Every movement of a month as CSV; they add up to the statement's totals."""
    told, actor = _statement(month), _asker()
    rows = _movements(actor, told.provider_id, None, told.since, told.until)
    return _csv(f"statement-{told.month:%Y-%m}.csv", MOVEMENT, rows)


@blueprint.get("/money/partners/<uuid:partner_id>/<month>/shares.csv")
def partner_shares(partner_id: UUID, month: str) -> Response:
    """A partner's shares of a month as CSV, for staff."""
    actor, first = _asker(), rest.month(month)
    with transaction() as session:
        partner = payments.get_partner(session, actor=actor, partner_id=partner_id)
    columns = ("time_utc", "lead_id", "niche", "price_usd", "share_usd", "id")
    return _csv(f"shares-{first:%Y-%m}.csv", columns, _shares(actor, partner.id, first))


def _asker() -> Actor:
    with transaction() as session:
        return signed_in(session, "admin", "analyst", "provider")


def _given() -> Which:
    return read(Which, {name: storable(value) for name, value in parameters(Which, request.args).items()})


def _wallet_of(actor: Actor, given: Which) -> UUID:
    provider_id = actor.require_provider() if actor.role == "provider" and given.provider is None else given.provider
    if provider_id is None:
        raise Invalid("wallet.which", "Name the provider.", fields={"provider": "Whose wallet it is."})
    with transaction() as session:
        # Refuses another tenant's wallet before the first byte is sent.
        return ledger.balance(session, actor=actor, provider_id=provider_id).provider_id


def _statement(month: str) -> ledger.Statement:
    actor, given = _asker(), _given()
    provider_id, first = _wallet_of(actor, given), rest.month(month)
    with transaction() as session:
        return ledger.statement(session, actor=actor, provider_id=provider_id, month=first, zone=given.zone, now=clock.utc_now())


def _movements(
    actor: Actor, provider_id: UUID, kind: str | None, since: datetime | None, until: datetime | None
) -> Iterator[Row]:
    def page(before: UUID | None) -> list[ledger.TransferView]:
        with transaction() as session:
            return ledger.history(
                session,
                actor=actor,
                provider_id=provider_id,
                kind=kind,
                since=since,
                until=until,
                before_id=before,
                limit=CHUNK,
                now=clock.utc_now(),
            )

    for line in _all(page):
        yield (
            line.at.isoformat(),
            line.kind,
            _dollars(line.amount_cents),
            _dollars(line.balance_cents),
            line.memo or "",
            line.reference_type or "",
            line.reference_id or "",
            line.id,
        )


def _shares(actor: Actor, partner_id: UUID, month: date) -> Iterator[Row]:
    def page(before: UUID | None) -> list[payments.PartnerLine]:
        with transaction() as session:
            return payments.partner_lines(session, actor=actor, partner_id=partner_id, month=month, before_id=before, limit=CHUNK)

    for line in _all(page):
        price, share = _dollars(line.price_cents), _dollars(line.amount_cents)
        yield line.at.isoformat(), line.lead_id, line.niche, price, share, line.id


def _all(page: Callable[[UUID | None], list]) -> Iterator:  # type: ignore[type-arg]
    """All rows of a list that is read by pages, each in a short transaction of its own."""
    rows = page(None)
    while rows:
        yield from rows
        rows = page(rows[-1].id) if len(rows) == CHUNK else []


def _csv(name: str, columns: Iterable[str], rows: Iterator[Row]) -> Response:
    """The rows as a file, sent while they are read."""

    def lines() -> Iterator[str]:
        held = io.StringIO()
        writer = csv.writer(held)
        writer.writerow(columns)
        for number, row in enumerate(rows, start=1):
            writer.writerow([exports.plain(value) if isinstance(value, str) else value for value in row])
            if number % CHUNK == 0:
                yield held.getvalue()
                held.seek(0)
                held.truncate()
        yield held.getvalue()

    return Response(lines(), mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _dollars(cents: int) -> str:
    """Cents as a plain number that a spreadsheet adds up: ``-1240.50``."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"
