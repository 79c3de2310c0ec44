"""From sign-up to active, suspended and back (SPEC 1.3, 1.8, 7.6, 7.8)."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import accounts, providers
from core.kit import config
from core.kit.actor import Actor
from core.kit.errors import Forbidden, Invalid, NotFound
from core.kit.ids import uuid7
from tests.builders import a_level, a_market, a_niche, a_provider, a_subscription, a_user
from tests.core.providers.people import an_admin, an_analyst, of

PASSWORD = "plum-gravel-orbit-71"


def sign_up(session: Session, now: datetime, **more: Any) -> providers.Registered:
    niche, market = more.pop("niche", None) or a_niche(session, now), more.pop("market", None) or a_market(session, now)
    form = {
        "company_name": "  Desert   Roofing ",
        "email": "owner@desert.example",
        "password": PASSWORD,
        "full_name": "Sam Rivera",
        "niche_ids": [niche.id],
        "market_ids": [market.id],
        "terms_accepted": True,
        "ip": "192.0.2.7",
    }
    return providers.register(session, **form | more, now=now)


def mails(session: Session) -> list[tuple[str, Any]]:
    rows = session.execute(text("select payload from outbox where kind = 'email' order by created_at, id")).scalars()
    return [(payload["template"], payload) for payload in rows]


def owner_of(session: Session, provider_id: Any) -> Any:
    return session.execute(text("select * from user_account where provider_id = :p"), {"p": provider_id}).one()


def test_signing_up_makes_a_pending_company_with_owner_wallet_and_interests(session: Session, now: datetime) -> None:
    made = sign_up(session, now)
    view = providers.get_provider(session, actor=an_admin(), provider_id=made.provider_id, now=now)
    assert (view.company_name, view.status, view.balance_cents) == ("Desert Roofing", "pending", 0)
    assert (view.owner_email, view.email_verified, len(view.niche_ids), len(view.market_ids)) == (
        "owner@desert.example",
        False,
        1,
        1,
    )
    owner = owner_of(session, made.provider_id)
    assert owner.owner and owner.role == "provider" and owner.terms_accepted_at == now and PASSWORD not in owner.password_hash
    assert [template for template, _ in mails(session)] == ["verification"]
    entry = session.execute(text("select * from audit_entry where action = 'provider.registered'")).one()
    assert (entry.actor_role, str(entry.ip)) == ("public", "192.0.2.7")


def test_an_address_that_has_an_account_is_not_given_away(session: Session, now: datetime) -> None:
    first = sign_up(session, now)
    niche, market = a_niche(session, now), session.execute(text("select id from market")).one()
    second = sign_up(session, now, email="OWNER@desert.example", company_name="Copycat", niche=niche, market=market)
    assert second.provider_id is None
    assert session.scalar(text("select count(*) from provider")) == 1
    assert session.scalar(text("select count(*) from wallet")) == 1
    told = mails(session)[-1]
    assert told[0] == "account_exists" and told[1]["user_id"] == str(owner_of(session, first.provider_id).id)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"company_name": " "}, "company_name"),
        ({"full_name": ""}, "full_name"),
        ({"email": "nobody"}, "email"),
        ({"password": "password"}, "password"),
        ({"password": "desert-roofing-9"}, "password"),  # holds the company's name
        ({"niche_ids": []}, "niche_ids"),
        ({"niche_ids": [uuid7()]}, "niche_ids"),
        ({"market_ids": [uuid7()]}, "market_ids"),
        ({"terms_accepted": False}, "terms_accepted"),
    ],
)
def test_every_wrong_field_is_named(session: Session, now: datetime, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        sign_up(session, now, **wrong)
    assert field in refused.value.fields
    assert session.scalar(text("select count(*) from provider")) == 0


def test_an_admin_activates_once_the_profile_is_complete(session: Session, now: datetime) -> None:
    made = sign_up(session, now)
    assert made.provider_id
    with pytest.raises(providers.ProfileIncomplete):
        providers.activate(session, actor=an_admin(), provider_id=made.provider_id, now=now)
    me = Actor(user_id=uuid7(), role="provider", provider_id=made.provider_id)
    saved = providers.complete_profile(
        session,
        actor=me,
        company_name="Desert Roofing",
        phone="(702) 555-0123",
        website="desert.example",
        about=" Roofs. ",
        now=now,
    )
    assert (saved.phone, saved.website, saved.about, saved.profile_completed_at) == (
        "+17025550123",
        "https://desert.example",
        "Roofs.",
        now,
    )
    assert saved.status == "pending"
    for outsider in (me, an_analyst()):
        with pytest.raises(Forbidden):
            providers.activate(session, actor=outsider, provider_id=made.provider_id, now=now)
    assert providers.activate(session, actor=an_admin(), provider_id=made.provider_id, now=now).status == "active"
    assert mails(session)[-1][0] == "welcome"
    with pytest.raises(providers.IllegalStanding):
        providers.activate(session, actor=an_admin(), provider_id=made.provider_id, now=now)


def test_a_setting_activates_who_is_verified_and_complete(
    session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTLEADS_AUTO_ACTIVATE_PROVIDERS", "true")
    config.settings.cache_clear()
    made = sign_up(session, now)
    me = Actor(user_id=uuid7(), role="provider", provider_id=made.provider_id)
    profile = {"company_name": "Desert Roofing", "phone": "702-555-0123"}
    assert providers.complete_profile(session, actor=me, now=now, **profile).status == "pending"
    session.execute(text("update user_account set email_verified_at = :now"), {"now": now})
    assert providers.complete_profile(session, actor=me, now=now, **profile).status == "active"
    monkeypatch.undo()
    config.settings.cache_clear()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"company_name": ""}, "company_name"),
        ({"phone": "call me"}, "phone"),
        ({"phone": "12"}, "phone"),
        ({"website": "ftp://example.com"}, "website"),
        ({"website": "http://[bad"}, "website"),
        ({"website": "javascript://x.y/%0aalert(1)"}, "website"),
        ({"about": "x" * 2001}, "about"),
    ],
)
def test_a_profile_that_can_not_be_is_refused_by_field(
    session: Session, now: datetime, wrong: dict[str, Any], field: str
) -> None:
    me = of(a_provider(session, now))
    with pytest.raises(Invalid) as refused:
        providers.complete_profile(session, actor=me, now=now, **{"company_name": "Mine", "phone": "702 555 0123"} | wrong)
    assert list(refused.value.fields) == [field]


def test_a_suspension_stops_everything_at_once_and_can_be_taken_back(session: Session, now: datetime) -> None:
    provider = a_provider(session, now)
    level = a_level(session, now, a_niche(session, now))
    running = a_subscription(session, now, provider, level)
    user = a_user(session, now, role="provider", provider_id=provider.id, owner=True)
    a_user(session, now, role="provider", provider_id=provider.id, status="deactivated", removed_at=now)  # has left it
    session.execute(
        text("""insert into user_session (id, user_id, created_at, expires_at, last_seen_at)
                values (:id, :user, :now, :now + interval '1 day', :now)"""),
        {"id": uuid7(), "user": user.id, "now": now},
    )
    with pytest.raises(Invalid):
        providers.set_status(session, actor=an_admin(), provider_id=provider.id, status="suspended", reason=" ", now=now)
    providers.set_status(session, actor=an_admin(), provider_id=provider.id, status="suspended", reason="Chargeback", now=now)
    assert (running.status, running.inactive_reason) == ("inactive", "provider_suspended")
    assert session.scalar(text("select count(*) from user_session where revoked_at is null")) == 0
    assert mails(session)[-1][1]["context"] == {"status": "suspended", "reason": "Chargeback"}
    assert [mail["user_id"] for kind, mail in mails(session) if kind == "account_status"] == [str(user.id)]
    with pytest.raises(providers.ProviderNotActive):
        providers.require_active(session, provider.id)
    providers.set_status(session, actor=an_admin(), provider_id=provider.id, status="active", reason="Settled", now=now)
    assert (running.status, running.inactive_reason) == ("active", None)
    changes = session.scalars(
        text("select after ->> 'status' from audit_entry where action = 'provider.status_changed' order by id")
    )
    assert changes.all() == ["suspended", "active"]


def test_only_admins_change_a_standing_and_only_along_the_steps(session: Session, now: datetime) -> None:
    provider = a_provider(session, now)
    for outsider in (of(provider), an_analyst()):
        with pytest.raises(Forbidden):
            providers.set_status(session, actor=outsider, provider_id=provider.id, status="suspended", reason="x", now=now)
    for status in ("active", "pending", "nonsense"):
        with pytest.raises(providers.IllegalStanding):
            providers.set_status(session, actor=an_admin(), provider_id=provider.id, status=status, reason="x", now=now)
    with pytest.raises(NotFound):
        providers.set_status(session, actor=an_admin(), provider_id=uuid7(), status="suspended", reason="x", now=now)


def test_staff_find_and_page_through_providers(session: Session, now: datetime) -> None:
    level = a_level(session, now, a_niche(session, now))
    made = [a_provider(session, now, company_name=f"100%_Roof {n}", balance_cents=n * 100) for n in range(4)]
    a_provider(session, now, company_name="Other", status="suspended")
    a_user(session, now, role="provider", provider_id=made[2].id, owner=True, email="boss@hidden.example")
    a_subscription(session, now, made[3], level, last_received_at=now)
    page = providers.list_providers(session, actor=an_analyst(), search="100%_", limit=3)
    rest = providers.list_providers(session, actor=an_analyst(), search="100%_", before_id=page[-1].id, limit=3)
    assert [row.id for row in page + rest] == [provider.id for provider in reversed(made)]
    assert (page[0].balance_cents, page[0].live_subscriptions, page[0].last_lead_at) == (300, 1, now)
    assert [row.id for row in providers.list_providers(session, actor=an_admin(), search="HIDDEN")] == [made[2].id]
    assert [row.company_name for row in providers.list_providers(session, actor=an_admin(), status="suspended")] == ["Other"]
    with pytest.raises(Forbidden):
        providers.list_providers(session, actor=of(made[0]))
    with pytest.raises(NotFound):
        providers.get_provider(session, actor=of(made[0]), provider_id=made[1].id, now=now)
    assert providers.get_provider(session, actor=of(made[0]), now=now).id == made[0].id


def test_mail_preferences_are_kept_and_unknown_kinds_refused(session: Session, now: datetime) -> None:
    me = a_provider(session, now)
    assert all(choice.enabled for choice in providers.get_preferences(session, actor=of(me)))
    saved = providers.set_preferences(session, actor=of(me), choices={"new_lead": False}, now=now)
    assert {choice.template for choice in saved if not choice.enabled} == {"new_lead"}
    assert not providers.wants_mail(session, provider_id=me.id, template="new_lead")
    assert providers.wants_mail(session, provider_id=me.id, template="low_balance")
    with pytest.raises(Invalid) as refused:
        providers.set_preferences(session, actor=of(me), choices={"account_status": False}, now=now)
    assert list(refused.value.fields) == ["account_status"]
    providers.set_preferences(session, actor=of(me), choices={"new_lead": True}, now=now)
    assert providers.wants_mail(session, provider_id=me.id, template="new_lead")


def test_accounts_of_a_suspended_company_are_still_their_own(session: Session, now: datetime) -> None:
    """A suspension ends sessions, it does not touch the people: they may come back when the company does."""
    provider = a_provider(session, now)
    user = a_user(session, now, role="provider", provider_id=provider.id, owner=True)
    providers.set_status(session, actor=an_admin(), provider_id=provider.id, status="suspended", reason="Chargeback", now=now)
    people = accounts.list_users(session, actor=an_admin(), search=user.email, now=now)
    assert [person.status for person in people] == ["active"]
