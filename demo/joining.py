"""What happens to a company: it joins, pays in, takes a holiday, is suspended."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from core import accounts, ledger, providers
from core.kit.actor import Actor
from demo import memberships
from demo.afterwork import newest_link_token
from demo.companies import Company
from demo.past import then
from demo.paying import pay_in
from demo.plans import SubscriptionPlan, plan_of
from demo.setting import Ground
from demo.sign_ins import PASSWORD

LEAVES_ONCE = 6  # one of so many leaves the first payment page and comes back


def join(session: Session, company: Company, ground: Ground, *, seed: int, now: datetime) -> None:
    """Sign up, prove the address, complete the profile, be activated, pay in, say what is wanted."""
    owner = _sign_up(session, company, ground, now=now)
    ground.owners[company.email] = owner
    if not company.activated:
        return
    assert owner.provider_id
    then(providers.activate, session, actor=ground.admin, provider_id=owner.provider_id, now=now + timedelta(minutes=30))
    left = company.number % LEAVES_ONCE == 1
    pay_in(session, company, ground, cents=company.deposit_cents, left=left, now=now + timedelta(minutes=40))
    memberships.choose_plan(session, company, owner, now=now)
    plan = plan_of(company, ground.schemas, seed=seed, levels={slug: len(rows) for slug, rows in ground.levels.items()})
    for area in plan.areas:
        definition = {"market_id" if key == "market" else key: value for key, value in area.definition.items()}
        if "market_id" in definition:
            definition["market_id"] = str(ground.markets[definition["market_id"]])
        then(
            providers.add_area,
            session,
            actor=owner,
            name=area.name,
            kind=area.kind,
            definition=definition,
            now=now + timedelta(minutes=45),
        )
    for wanted in plan.subscriptions:
        _subscribe(session, owner, wanted, ground, now=now + timedelta(minutes=50))


def _sign_up(session: Session, company: Company, ground: Ground, *, now: datetime) -> Actor:
    registered = then(
        providers.register,
        session,
        company_name=company.name,
        email=company.email,
        password=PASSWORD,
        full_name=company.owner,
        niche_ids=[ground.niches[niche].id for niche in company.niches],
        market_ids=[ground.markets[company.market]],
        terms_accepted=True,
        now=now,
    )
    assert registered.provider_id
    user = then(accounts.verify_email, session, token=newest_link_token(session), now=now + timedelta(minutes=6))
    owner = Actor(user.id, "provider", registered.provider_id)
    then(
        providers.complete_profile,
        session,
        actor=owner,
        company_name=company.name,
        phone=company.phone,
        website=company.website,
        about=company.about,
        now=now + timedelta(minutes=12),
    )
    return owner


def _subscribe(session: Session, owner: Actor, wanted: SubscriptionPlan, ground: Ground, *, now: datetime) -> None:
    level = ground.levels[wanted.niche][wanted.level]
    subscription = then(providers.subscribe, session, actor=owner, level_id=level.id, now=now)
    chosen: dict[str, Any] = {"actor": owner, "subscription_id": subscription.id, "now": now + timedelta(minutes=2)}
    if wanted.rules:
        then(providers.set_filter, session, rules=wanted.rules, **chosen)
    caps = dict(wanted.caps)
    if wanted.spend_cap_leads:
        caps["spend_week_cents"] = wanted.spend_cap_leads * max(level.price_cents, 100)
    if caps:
        then(providers.set_caps, session, caps=providers.Caps(**caps), **chosen)
    if wanted.hours:
        then(providers.set_delivery_hours, session, hours=wanted.hours, **chosen)


def top_up(session: Session, company: Company, ground: Ground, *, now: datetime) -> None:
    """Look at the wallet and pay in when it has become light: companies differ in how often they look."""
    provider_id = ground.owners[company.email].provider_id
    assert provider_id
    balance = ledger.balance(session, actor=ground.admin, provider_id=provider_id).balance_cents
    light = 0.5 if company.funding == "steady" else 0.15
    if balance < company.deposit_cents * light:
        pay_in(session, company, ground, cents=company.deposit_cents, now=now)


def set_paused(session: Session, company: Company, ground: Ground, *, paused: bool, now: datetime) -> None:
    """Go on holiday, or come back: all subscriptions stop or start (SPEC 4.2)."""
    owner = ground.owners[company.email]
    assert owner.provider_id
    for line in providers.subscriptions_of(session, actor=owner, provider_id=owner.provider_id):
        if paused and line.status in ("active", "inactive"):
            then(providers.pause, session, actor=owner, subscription_id=line.id, now=now)
        elif not paused and line.status == "paused":
            then(providers.resume, session, actor=owner, subscription_id=line.id, now=now)


def suspend(session: Session, company: Company, ground: Ground, *, now: datetime) -> None:
    """An administrator stops a company for a while (SPEC 1.8)."""
    provider_id = ground.owners[company.email].provider_id
    assert provider_id
    reason = "Consumers complained about calls at night; suspended until we have talked."
    then(providers.set_status, session, actor=ground.admin, provider_id=provider_id, status="suspended", reason=reason, now=now)
