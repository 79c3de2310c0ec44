"""Take a request in (SPEC 2.2): one statement writes it all, so that a busy form costs few round trips."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, TextClause, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import audit
from core.kit import outbox
from core.kit.actor import Actor
from core.kit.alone import execute_alone
from core.kit.sql_values import as_json
from core.leads import confirmation, duplicates, fields, grounds
from core.leads.errors import NicheClosed, NotAccepted, SubmissionInvalid
from core.leads.fields import Cleaned
from core.leads.grounds import NicheGround
from core.leads.lifecycle import Status
from core.leads.request_values import request_values
from core.leads.submission import Submission, Submitted

TRIES = 3

# The request travels as one JSON document. Everything hangs on `go`: niche, form version and market are still as
# read, and nobody asked us not to contact the person. The identity keys come in one order, so racing writers queue
# instead of deadlocking; a key that another live lead holds is left out, and `claimed` then counts short (SPEC 2.6).
# (psycopg remembers how to send a statement of up to 4,096 characters and 50 parameters; beyond, each call pays.)
_WRITE = """
with given as (
select * from jsonb_to_record(cast(:request as jsonb)) r (
 lead uuid, contact uuid, consent uuid, niche uuid, version int, max_providers int, market uuid, now timestamptz,
 until timestamptz,
 name text, email text, phone text, street text, unit text, city text, state text, email_key text, address_key text,
 block_keys text[], keys text[], form_data jsonb, facts jsonb, source text, attribution jsonb, text_key text,
 partner uuid, zip text, lon float8, lat float8, location_source text, accuracy_m int, public_lon float8, public_lat float8,
 wording text, wording_version text, sellers text[], channels text[], ip inet, agent text, page_url text, certificate_url text,
 token uuid, token_hash text, token_until timestamptz)
), blocked as (select from given, do_not_contact d where d.key = any (block_keys)),
go as (
 select given.* from given join niche n on n.id = niche join market m on m.id = market
 where n.status = 'open' and n.schema_version = version and n.max_providers = given.max_providers and m.status = 'open'
  and not exists (select from blocked) {unknown}
), person as (
 insert into contact (id, full_name, email, phone, street, unit, city, state, email_key, phone_key, address_key, block_keys,
  created_at)
 select contact, name, email, phone, street, unit, city, state, email_key, phone, address_key, block_keys, now from go
), request as (
 insert into lead (id, niche_id, market_id, contact_id, schema_version, form_data, facts, source, attribution, partner_id, zip,
  location, location_source, accuracy_m, public_location, text_key, submitted_ip, submitted_at, updated_at)
 select lead, niche, market, contact, version, form_data, facts, source, attribution, partner, zip,
  ST_Point(lon, lat, 4326), location_source, accuracy_m, ST_Point(public_lon, public_lat, 4326), text_key, ip, now, now from go
), claimed as (
 insert into lead_identity as held (niche_id, key, lead_id, held_until)
 select niche, k, lead, until from go, unnest(keys) k
 {known}
 returning key
), agreed as (
 insert into consent_event (id, lead_id, event, wording, wording_version, sellers, channels, ip, user_agent, page_url,
  certificate_url, at)
 select consent, lead, 'given', wording, wording_version, sellers, channels, ip, agent, page_url, certificate_url, now from go
), original as (
 select token, lead, token_hash, now, token_until from go where (select count(*) from claimed) = cardinality(keys)
), invited as (
 insert into lead_token (id, lead_id, token_hash, created_at, expires_at)
 select token, lead, decode(token_hash, 'hex'), now, token_until from original
), asked as (
 {mail} from original
), told as (
 {trail} from original
)
select exists (select from go) as went, exists (select from blocked) as blocked, exists (select from original) as original
"""

# Keys that an earlier lead let go of are taken over; keys that a live one holds are left out.
_KNOWN = """on conflict (niche_id, key) do update set lead_id = excluded.lead_id, held_until = excluded.held_until
  where held.held_until <= cast(:now as timestamptz)"""
# For a person of whom we know nothing yet; whoever comes in between makes the whole statement fail. Key by key, since
# of `key = any (keys)` the planner makes a walk over the whole niche as long as it takes the table for a small one.
_UNKNOWN = """and not exists (select from unnest(keys) k cross join lateral (
  select from lead_identity i where i.niche_id = given.niche and i.key = k limit 1) held)"""


def submit(session: Session, *, submission: Submission, actor: Actor, now: datetime) -> Submitted:
    """Store a request as ``pending_confirmation`` and ask its sender to confirm, or as ``duplicate`` (SPEC 2.2, 2.6).

    Raises ``NicheClosed``, ``SubmissionInvalid`` with every wrong field, ``OutsideMarkets``, or ``NotAccepted`` for
    a person on the do-not-contact list.
    """
    for _ in range(TRIES):
        niche, cleaned = _read(session, submission)
        values, token = request_values(session, submission, niche, cleaned, actor, now)
        written = _write(session, actor, niche, values, token, now=now)
        if written.blocked:
            raise NotAccepted
        if written.went:
            status: Status = "pending_confirmation"
            if not written.original:
                status = duplicates.settle(session, actor, values, token, niche, now=now)
            return Submitted(values["lead"], status, niche.slug)
        grounds.forget(session)  # niche, form or market changed since they were read
    raise NicheClosed


def submit_unknown(session: Session, *, submission: Submission, actor: Actor, now: datetime) -> Submitted | None:
    """``submit`` for a person who has never asked in this niche, as a single statement; ``None``: take the long way.

    For a session of ``kit.db.one_statement``: without BEGIN and COMMIT a busy form costs one round trip instead of
    three. Nothing is written unless everything is. Raises as ``submit`` for what can't be read.
    """
    niche, cleaned = _read(session, submission)
    values, token = request_values(session, submission, niche, cleaned, actor, now)
    try:
        written = _write(session, actor, niche, values, token, now=now, known=False)
    except IntegrityError:  # the same person, at this very moment
        return None
    return Submitted(values["lead"], "pending_confirmation", niche.slug) if written.went else None


def _read(session: Session, submission: Submission) -> tuple[NicheGround, Cleaned]:
    """The niche and what its form makes of the request; a form that changed meanwhile gets a second look."""
    niche = _niche(session, submission.niche)
    try:
        return niche, fields.clean(session, submission, niche)
    except SubmissionInvalid:
        if not grounds.changed(session, niche):
            raise
    niche = _niche(session, submission.niche)
    return niche, fields.clean(session, submission, niche)


def _niche(session: Session, wanted: Any) -> NicheGround:
    if not isinstance(wanted, str) or not wanted:
        raise SubmissionInvalid({"niche": "Name the niche by its id or slug."})
    return grounds.niche(session, wanted)


def _write(
    session: Session, actor: Actor, niche: NicheGround, values: dict[str, Any], token: str, *, now: datetime, known: bool = True
) -> Row[Any]:
    """Store everything in one statement; mail, trail and token only for the first lead of a person."""
    lead_id = values["lead"]
    mail = confirmation.mail(lead_id, token, niche_name=niche.name, now=now)
    told = {"status": "pending_confirmation", "niche": niche.slug, "source": values["source"]}
    trail = audit.part(actor, "lead.submitted", entity_type="lead", entity_id=lead_id, now=now, after=told)
    request = {"request": as_json(values), "now": now}
    statement, given = _statement(mail.sql, trail.sql, known), request | mail.values | trail.values
    written: Row[Any] = session.execute(statement, given).one() if known else execute_alone(session, statement, given)
    if written.original:
        outbox.push_after_commit(session, mail.values["job_id"], outbox.WAITED_FOR)
    return written


@lru_cache(maxsize=4)
def _statement(mail: str, trail: str, known: bool) -> TextClause:
    way = {"known": _KNOWN, "unknown": ""} if known else {"known": "", "unknown": _UNKNOWN}
    return text(_WRITE.format(mail=mail, trail=trail, **way))
