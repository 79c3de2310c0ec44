"""Partners ask before they send: would this lead be bought, and what would their share be (SPEC 6.7)?

Asked with facts that name nobody. The answer is the engine's own rules on a lead that does not exist; it holds for five
minutes, and the post that takes it is paid by the share that was offered, whatever the partner's share is by then.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from core import leads
from core.distribution.errors import PingInvalid, PingOver
from core.kit import crypto
from core.kit.actor import Actor
from core.kit.alone import execute_alone, rows_alone
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from core.leads import Submission, Submitted

HOLDS = timedelta(minutes=5)

# The partner's share, and who would buy, level by level: as far as a run could come.
_ASK = text("""
    select p.share_percent, b.*
      from partner p left join ping_buyers(:niche, cast(:facts as jsonb), ST_Point(:lon, :lat, 4326),
                                           timezone(:zone, cast(:now as timestamptz)), :cap, :oldest) b on true
     where p.id = :partner""")
_OFFER = text("""
    insert into ping (id, partner_id, niche_id, zip, form_data, share_percent, expected_cents, buyers, created_at, expires_at)
    values (:id, :partner, :niche, :zip, cast(:form as jsonb), :percent, :share, :buyers, :now, :until) returning id""")


@dataclass(frozen=True, slots=True)
class Offer:
    """What a ping is answered: ``expected_cents`` is the partner's expected share; ``ping_id`` takes it until ``expires_at``."""

    accepted: bool
    reason: str | None
    ping_id: str | None = None
    expected_cents: int = 0
    share_percent: Decimal = Decimal(0)
    buyers: int = 0
    expires_at: datetime | None = None


def ping(session: Session, *, actor: Actor, niche: Any, zip: Any, form_data: Any, now: datetime) -> Offer:
    """Would this lead be bought? Raises ``SubmissionInvalid`` by field, ``NicheClosed``, ``OutsideMarkets``."""
    partner_id = _partner(actor)
    ground = leads.unnamed(session, niche=niche, zip=zip, form_data=form_data, now=now)
    oldest = leads.oldest_good_list(session, niche_id=ground.niche_id, state=ground.facts["state"], now=now)
    asked = {"facts": json.dumps(ground.facts), "lon": ground.lon, "lat": ground.lat, "zone": ground.timezone, "now": now,
             "niche": ground.niche_id, "cap": ground.max_providers, "oldest": oldest, "partner": partner_id}  # fmt: skip
    levels = rows_alone(session, _ASK, asked)
    percent = levels[0].share_percent
    gross, buyers = expected([level for level in levels if level.level_id], cap=ground.max_providers)
    share = int(gross * percent / 100)
    if share <= 0:
        return Offer(False, "No company would buy this lead now." if not buyers else "It would bring no share.")
    made, until = uuid7(), now + HOLDS
    offered = {"id": made, "partner": partner_id, "niche": ground.niche_id, "zip": ground.zip, "percent": percent, "now": now}
    more = {"form": json.dumps(ground.form_data), "share": share, "buyers": buyers, "until": until}
    execute_alone(session, _OFFER, offered | more)
    return Offer(True, None, _signed(made), share, percent, buyers, until)


def expected(levels: Sequence[Row[Any]], *, cap: int) -> tuple[int, int]:
    """What a lead brings in cents and how many buy it, on average over the levels a run may start with (SPEC 5.1, 5.2)."""
    if not levels:
        return 0, 0
    walks = [_walk([*levels[start:], *levels[:start]], cap) for start in range(len(levels))]
    return sum(gross for gross, _ in walks) // len(walks), round(sum(sold for _, sold in walks) / len(walks))


def _walk(levels: Sequence[Row[Any]], cap: int) -> tuple[int, int]:
    """One run on paper: level by level, each company once, never beyond the cap; an exclusive sale is the only one."""
    gross, taken = 0, set[UUID]()
    for level in levels:
        if level.exclusive and taken:
            continue
        most = 1 if level.exclusive else min(level.max_recipients, cap - len(taken))
        chosen = [buyer for buyer in level.buyers if buyer not in taken][:most]
        gross, taken = gross + len(chosen) * level.price_cents, taken | set(chosen)
        if (level.exclusive and chosen) or len(taken) >= cap:
            break
    return gross, len(taken)


def post(session: Session, *, actor: Actor, ping_id: Any, submission: Submission, now: datetime) -> Submitted:
    """Send the lead that was asked about, under the terms that were offered; one post per ping.

    Raises ``PingInvalid`` for a ping that is not this partner's or asked about something else, ``PingOver`` for one that has
    run out or was taken, and whatever ``leads.submit`` raises; a refused post leaves the offer standing.
    """
    partner_id = _partner(actor)
    offer = session.execute(
        text("select * from ping where id = :id and partner_id = :partner for update"),
        {"id": _opened(ping_id), "partner": partner_id},
    ).one_or_none()
    if offer is None:
        raise PingInvalid
    if offer.lead_id is not None or offer.expires_at <= now:
        raise PingOver
    done = leads.submit(session, submission=submission, actor=actor, now=now)
    _check_same(session, offer, done.lead_id)
    leads.agree_share(session, lead_id=done.lead_id, percent=offer.share_percent)
    session.execute(
        text("update ping set lead_id = :lead, posted_at = :now where id = :id"),
        {"lead": done.lead_id, "now": now, "id": offer.id},
    )
    return done


def _check_same(session: Session, offer: Row[Any], lead_id: UUID) -> None:
    """What came is what was asked about, as the form reads both; words, which no ping has, are not compared."""
    sent = session.execute(text("select niche_id, zip, form_data from lead where id = :id"), {"id": lead_id}).one()
    answers = {key: sent.form_data.get(key) for key in offer.form_data}
    if (sent.niche_id, sent.zip, answers) != (offer.niche_id, offer.zip, offer.form_data):
        raise PingInvalid


def _partner(actor: Actor) -> UUID:
    if actor.role != "partner" or actor.partner_id is None:
        raise Forbidden("access.forbidden", "Only a partner's key can do this.")
    return actor.partner_id


def _signed(made: UUID) -> str:
    return f"{made.hex}.{crypto.sign(made.hex, purpose='ping')}"


def _opened(ping_id: Any) -> UUID:
    name, _, signature = ping_id.partition(".") if isinstance(ping_id, str) else ("", "", "")
    if not crypto.signature_ok(name, signature, purpose="ping"):
        raise PingInvalid
    return UUID(name)
