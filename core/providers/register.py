"""A company signs up: provider, owner, wallet and interests in one go (SPEC 1.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import accounts, audit, ledger
from core.kit.actor import public
from core.kit.config import settings
from core.kit.errors import Invalid
from core.kit.ids import uuid7
from core.kit.mail import request_mail
from core.providers.models import Provider, ProviderInterest
from core.providers.profile import checked_company

MOST_INTERESTS = 50


@dataclass(frozen=True, slots=True)
class Registered:
    """What became of a registration; whoever asked is told the same in both cases.

    ``provider_id`` is ``None`` when the address has an account already: its owner got a mail instead.
    """

    provider_id: UUID | None


def register(
    session: Session,
    *,
    company_name: str,
    email: str,
    password: str,
    full_name: str,
    niche_ids: Sequence[UUID],
    market_ids: Sequence[UUID],
    terms_accepted: bool,
    now: datetime,
    ip: str | None = None,
) -> Registered:
    """Make a pending provider with its owner and an empty wallet; the owner gets a verification link (SPEC 1.3).

    An address that has an account makes nothing and is not given away: its owner is told by mail.
    """
    company = _check(session, company_name, full_name, niche_ids, market_ids, terms_accepted)
    accounts.check_password(password, email=email, company=company)
    visitor = public(ip)
    provider = Provider(id=uuid7(), company_name=company, created_at=now, updated_at=now)
    theirs: Any = {"role": "provider", "provider_id": provider.id, "owner": True}
    try:
        with session.begin_nested():
            _open(session, provider, niche_ids, market_ids, now)
            owner = accounts.create_user(
                session, actor=visitor, email=email, password=password, full_name=full_name, **theirs, now=now
            )
    except accounts.EmailTaken:
        accounts.hash_password(password)  # so that the answer takes as long as for a new address
        _tell_owner(session, email, now)
        return Registered(None)
    after = {"company_name": company, "owner_id": str(owner.id)}
    audit.record(session, visitor, "provider.registered", entity_type="provider", entity_id=provider.id, after=after, now=now)
    return Registered(provider.id)


def _open(session: Session, provider: Provider, niche_ids: Sequence[UUID], market_ids: Sequence[UUID], now: datetime) -> None:
    session.add(provider)
    session.flush()
    pairs = [(niche_id, market_id) for niche_id in dict.fromkeys(niche_ids) for market_id in dict.fromkeys(market_ids)]
    session.add_all(ProviderInterest(provider_id=provider.id, niche_id=niche, market_id=market) for niche, market in pairs)
    session.flush()
    ledger.open_wallet(session, provider_id=provider.id, now=now)


def _check(
    session: Session,
    company_name: str,
    full_name: str,
    niche_ids: Sequence[UUID],
    market_ids: Sequence[UUID],
    terms_accepted: bool,
) -> str:
    """The company's name as kept; raises ``Invalid`` naming every field that is wrong."""
    problems: dict[str, str] = {}
    company = checked_company(company_name, problems)
    if not 1 <= len(full_name.strip()) <= 200:
        problems["full_name"] = "Enter your name."
    if not _all_open(session, "niche", niche_ids):
        problems["niche_ids"] = "Choose at least one of the listed niches."
    if not _all_open(session, "market", market_ids):
        problems["market_ids"] = "Choose at least one of the listed markets."
    if terms_accepted is not True:
        problems["terms_accepted"] = "Please accept the terms to register."
    if problems:
        raise Invalid(
            "registration.invalid", "The registration can't be taken. Please correct the marked fields.", fields=problems
        )
    return company


def _all_open(session: Session, table: str, ids: Sequence[UUID]) -> bool:
    wanted = list(dict.fromkeys(ids))
    query: Any = text(f"select count(*) from {table} where id = any(:ids) and status = 'open'")  # noqa: S608
    return 1 <= len(wanted) <= MOST_INTERESTS and session.scalar(query, {"ids": wanted}) == len(wanted)


def _tell_owner(session: Session, email: str, now: datetime) -> None:
    _, key = accounts.normalise_email(email)
    user_id = session.scalar(text("select id from user_account where email_key = :key"), {"key": key})
    request_mail(
        session,
        "account_exists",
        key=f"{user_id}:{now:%Y-%m-%dT%H}",
        now=now,
        user_id=user_id,
        context={"link": f"{settings().base_url}/sign-in", "reset_link": f"{settings().base_url}/forgot"},
    )
