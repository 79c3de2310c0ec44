"""Subscribe, pause, resume, leave; stopped and started by the wallet (SPEC 4.2, 4.3)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import niches, providers
from core.kit.actor import SYSTEM
from core.kit.errors import Forbidden, NotFound
from core.kit.ids import uuid7
from tests.builders import a_level, a_niche, a_provider, a_subscription, fund
from tests.core.providers.people import an_admin, an_analyst, of


def audited(session: Session, entity_id: object) -> list[str]:
    return list(session.scalars(text("select action from audit_entry where entity_id = :id order by id"), {"id": entity_id}))


def jobs(session: Session, kind: str) -> list[Any]:
    return list(session.execute(text("select key, payload from outbox where kind = :k order by created_at, id"), {"k": kind}))


def test_who_can_pay_one_lead_receives_at_once(session: Session, now: datetime) -> None:
    level = a_level(session, now, a_niche(session, now), price_cents=2500)
    rich, poor = a_provider(session, now, balance_cents=2500), a_provider(session, now, balance_cents=2499)
    active = providers.subscribe(session, actor=of(rich), level_id=level.id, now=now)
    waiting = providers.subscribe(session, actor=of(poor), level_id=level.id, now=now)
    assert (active.status, active.inactive_reason) == ("active", None)
    assert (waiting.status, waiting.inactive_reason) == ("inactive", "insufficient_balance")
    assert audited(session, active.id) == ["subscription.created"]


def test_once_per_level(session: Session, now: datetime) -> None:
    level = a_level(session, now, a_niche(session, now))
    buyer = of(a_provider(session, now))
    first = providers.subscribe(session, actor=buyer, level_id=level.id, now=now)
    with pytest.raises(providers.AlreadySubscribed):
        providers.subscribe(session, actor=buyer, level_id=level.id, now=now)
    providers.unsubscribe(session, actor=buyer, subscription_id=first.id, now=now)
    assert providers.subscribe(session, actor=buyer, level_id=level.id, now=now).id != first.id


def test_leaving_and_coming_back_does_not_jump_the_queue(session: Session, now: datetime) -> None:
    level = a_level(session, now, a_niche(session, now))
    buyer = of(a_provider(session, now))
    first = providers.subscribe(session, actor=buyer, level_id=level.id, now=now)
    first.last_received_at = now
    providers.unsubscribe(session, actor=buyer, subscription_id=first.id, now=now)
    again = providers.subscribe(session, actor=buyer, level_id=level.id, now=now + timedelta(minutes=1))
    assert again.last_received_at == now


def test_a_level_that_is_not_offered(session: Session, now: datetime) -> None:
    buyer = of(a_provider(session, now))
    closed = a_level(session, now, a_niche(session, now), active=False)
    with pytest.raises(providers.LevelNotOffered):
        providers.subscribe(session, actor=buyer, level_id=closed.id, now=now)
    with pytest.raises(niches.LevelNotFound):
        providers.subscribe(session, actor=buyer, level_id=uuid7(), now=now)


@pytest.mark.parametrize("status", ["pending", "suspended", "deactivated"])
def test_only_active_providers_subscribe(session: Session, now: datetime, status: str) -> None:
    level = a_level(session, now, a_niche(session, now))
    with pytest.raises(providers.ProviderNotActive):
        providers.subscribe(session, actor=of(a_provider(session, now, status=status)), level_id=level.id, now=now)


def test_a_pause_ends_as_the_wallet_allows(session: Session, now: datetime) -> None:
    level = a_level(session, now, a_niche(session, now), price_cents=2500)
    provider = a_provider(session, now, balance_cents=0)
    buyer = of(provider)
    subscription = providers.subscribe(session, actor=buyer, level_id=level.id, now=now)
    providers.pause(session, actor=buyer, subscription_id=subscription.id, now=now)
    fund(session, now, provider.id, 10_000)
    session.refresh(subscription)
    assert (subscription.status, subscription.inactive_reason) == ("paused", None)
    with pytest.raises(providers.PausedAlready):
        providers.pause(session, actor=buyer, subscription_id=subscription.id, now=now)
    assert providers.resume(session, actor=buyer, subscription_id=subscription.id, now=now).status == "active"
    with pytest.raises(providers.NotPaused):
        providers.resume(session, actor=buyer, subscription_id=subscription.id, now=now)
    assert audited(session, subscription.id) == ["subscription.created", "subscription.paused", "subscription.resumed"]


def test_another_providers_subscription_does_not_exist(session: Session, now: datetime) -> None:
    level = a_level(session, now, a_niche(session, now))
    owner, stranger = a_provider(session, now), a_provider(session, now)
    theirs = a_subscription(session, now, owner, level)
    for verb in (providers.unsubscribe, providers.pause, providers.resume):
        with pytest.raises(NotFound):
            verb(session, actor=of(stranger), subscription_id=theirs.id, now=now)
        with pytest.raises(Forbidden):
            verb(session, actor=an_analyst(), subscription_id=theirs.id, now=now)
    with pytest.raises(NotFound):
        providers.get_subscription(session, actor=of(stranger), subscription_id=theirs.id)
    with pytest.raises(NotFound):
        providers.subscriptions_of(session, actor=of(stranger), provider_id=owner.id)
    with pytest.raises(Forbidden):
        providers.list_subscriptions(session, actor=of(stranger))
    assert providers.get_subscription(session, actor=an_admin(), subscription_id=theirs.id).provider_id == owner.id


def test_an_ended_subscription_is_gone_for_its_verbs_and_kept_for_its_history(session: Session, now: datetime) -> None:
    level = a_level(session, now, a_niche(session, now))
    provider = a_provider(session, now)
    buyer = of(provider)
    mine = providers.subscribe(session, actor=buyer, level_id=level.id, now=now)
    providers.unsubscribe(session, actor=buyer, subscription_id=mine.id, now=now)
    with pytest.raises(NotFound):
        providers.pause(session, actor=buyer, subscription_id=mine.id, now=now)
    assert providers.subscriptions_of(session, actor=buyer) == []
    assert [row.id for row in providers.subscriptions_of(session, actor=buyer, ended=True)] == [mine.id]


def test_the_sweep_makes_status_agree_with_wallets_and_levels(session: Session, now: datetime) -> None:
    """Whatever state rows were left in, one sweep puts every one right, and a second finds nothing to do."""
    niche = a_niche(session, now)
    cheap, dear = a_level(session, now, niche, price_cents=1000), a_level(session, now, niche, price_cents=9000)
    closed = a_level(session, now, niche, active=False)
    provider = a_provider(session, now, balance_cents=5000)
    wrongly_off = a_subscription(session, now, provider, cheap, status="inactive", inactive_reason="insufficient_balance")
    wrongly_on = a_subscription(session, now, provider, dear)
    off_level = a_subscription(session, now, provider, closed)
    paused = a_subscription(session, now, a_provider(session, now, balance_cents=0), dear, status="paused")
    assert providers.reactivate_funded(session, now=now) == 3
    rows = {row.id: (row.status, row.inactive_reason) for row in (wrongly_off, wrongly_on, off_level, paused)}
    assert rows == {
        wrongly_off.id: ("active", None),
        wrongly_on.id: ("inactive", "insufficient_balance"),
        off_level.id: ("inactive", "level_inactive"),
        paused.id: ("paused", None),
    }
    assert providers.reactivate_funded(session, now=now) == 0
    told = {key for key, _ in jobs(session, "subscription.changed")}
    assert {f"{wrongly_off.id}:reactivated", f"{wrongly_on.id}:deactivated", f"{off_level.id}:deactivated"} <= told


def test_a_level_that_closes_opens_or_changes_its_price_moves_its_subscriptions_at_once(session: Session, now: datetime) -> None:
    level = a_level(session, now, a_niche(session, now), price_cents=2500)
    mine = a_subscription(session, now, a_provider(session, now, balance_cents=3000), level)

    def after(**change: Any) -> tuple[str, str | None]:
        for name, value in change.items():
            setattr(level, name, value)
        session.flush()
        session.refresh(mine)
        return mine.status, mine.inactive_reason

    assert after(active=False) == ("inactive", "level_inactive")
    assert after(active=True) == ("active", None)
    assert after(price_cents=3001) == ("inactive", "insufficient_balance")
    assert after(price_cents=3000) == ("active", None)


def test_news_of_a_change_is_audited_and_mailed_while_true(session: Session, now: datetime) -> None:
    level = a_level(session, now, a_niche(session, now), price_cents=2500)
    broke = a_subscription(
        session, now, a_provider(session, now, balance_cents=0), level, status="inactive", inactive_reason="insufficient_balance"
    )
    providers.announce_subscription_change(session, subscription_id=broke.id, change="deactivated", now=now)
    # The news comes late: the wallet has been filled since, so it would be false.
    funded = a_subscription(session, now, a_provider(session, now), level)
    providers.announce_subscription_change(session, subscription_id=funded.id, change="deactivated", now=now)
    assert audited(session, broke.id) == ["subscription.deactivated"] == audited(session, funded.id)
    mails = [payload for _, payload in jobs(session, "email")]
    assert [mail["provider_id"] for mail in mails] == [str(broke.provider_id)]
    assert mails[0]["context"]["price"] == "$25.00"


def test_news_respects_the_providers_preferences(session: Session, now: datetime) -> None:
    level = a_level(session, now, a_niche(session, now))
    quiet = a_subscription(session, now, a_provider(session, now), level)
    providers.set_preferences(
        session, actor=SYSTEM, provider_id=quiet.provider_id, choices={"subscription_reactivated": False}, now=now
    )
    providers.announce_subscription_change(session, subscription_id=quiet.id, change="reactivated", now=now)
    assert audited(session, quiet.id) == ["subscription.reactivated"]
    assert jobs(session, "email") == []


def test_the_ladder_shows_what_a_level_costs_and_how_many_share(session: Session, now: datetime) -> None:
    niche = a_niche(session, now, max_providers=4)
    alone = a_level(session, now, niche, price_cents=9000, max_recipients=1, exclusive=True, name="Alone")
    shared = a_level(session, now, niche, price_cents=2500, max_recipients=3, name="Shared")
    a_level(session, now, niche, active=False, name="Old")
    me, other = a_provider(session, now, balance_cents=0), a_provider(session, now)
    a_subscription(session, now, other, shared)
    mine = a_subscription(session, now, me, shared, status="inactive", inactive_reason="insufficient_balance")
    rungs = providers.ladder(session, actor=of(me), niche_id=niche.id)
    assert [(r.name, r.position, r.price_cents, r.most_buyers, r.subscribers) for r in rungs] == [
        ("Alone", alone.position, 9000, 1, 0),
        ("Shared", shared.position, 2500, 4, 1),
    ]
    assert (rungs[0].subscription_id, rungs[0].status) == (None, None)
    assert (rungs[1].subscription_id, rungs[1].status, rungs[1].inactive_reason) == (mine.id, "inactive", "insufficient_balance")
    assert providers.ladder(session, actor=an_analyst(), niche_id=niche.id)[1].subscription_id is None


def test_staff_page_through_all_subscriptions(session: Session, now: datetime) -> None:
    niche = a_niche(session, now)
    level = a_level(session, now, niche)
    made = [a_subscription(session, now, a_provider(session, now), level).id for _ in range(5)]
    first = providers.list_subscriptions(session, actor=an_analyst(), niche_id=niche.id, limit=3)
    rest = providers.list_subscriptions(session, actor=an_analyst(), niche_id=niche.id, before_id=first[-1].id, limit=3)
    assert [row.id for row in first + rest] == sorted(made, reverse=True)
    assert providers.list_subscriptions(session, actor=an_analyst(), niche_id=niche.id, status="paused") == []
