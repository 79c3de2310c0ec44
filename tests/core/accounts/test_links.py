"""Links by mail: verification, reset, invitation; single use, short lived, silent about who is known (SPEC 1.3)."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core import accounts, ops
from core.accounts.models import User
from core.kit.actor import SYSTEM, Actor, public
from core.kit.config import settings
from core.kit.db import transaction
from core.kit.errors import Forbidden, Invalid
from tests.builders import a_provider
from tests.core.accounts.people import NEW_PASSWORD, PASSWORD, a_person, actor_of, at_once, letters, links, signed_in, trail


def a_registration(session: Session, now: datetime, email: str = "new@example.com") -> User:
    provider = a_provider(session, now, balance_cents=0, status="pending")
    return accounts.create_user(
        session,
        actor=public("203.0.113.9"),
        email=email,
        password=PASSWORD,
        full_name="New  Person ",
        role="provider",
        provider_id=provider.id,
        owner=True,
        now=now,
    )


def verify(session: Session, token: str, now: datetime) -> User:
    return accounts.verify_email(session, token=token, now=now)


def reset(session: Session, token: str, now: datetime) -> User:
    return accounts.reset_password(session, token=token, password=NEW_PASSWORD, now=now)


def accept(session: Session, token: str, now: datetime) -> User:
    return accounts.accept_invitation(session, token=token, full_name="Kim Lee", password=NEW_PASSWORD, now=now)


def a_verification(session: Session, now: datetime) -> tuple[User, str]:
    user = a_registration(session, now)
    return user, links(session, user.id, "verification")[0]


def a_reset(session: Session, now: datetime) -> tuple[User, str]:
    user = a_person(session, now)
    accounts.request_password_reset(session, email=user.email.upper(), now=now)
    return user, links(session, user.id, "password_reset")[0]


def an_invitation(session: Session, now: datetime) -> tuple[User, str]:
    owner = a_person(session, now)
    user = accounts.invite(session, actor=actor_of(session, owner, now), email="kim@example.com", now=now)
    return user, links(session, user.id, "invitation")[0]


Ask = Callable[[Session, datetime], tuple[User, str]]
Act = Callable[[Session, str, datetime], User]
KINDS = [
    pytest.param(a_verification, verify, timedelta(hours=24), id="verification"),
    pytest.param(a_reset, reset, timedelta(hours=1), id="reset"),
    pytest.param(an_invitation, accept, timedelta(days=7), id="invitation"),
]
every_kind = pytest.mark.parametrize(("ask", "act", "lifetime"), KINDS)


@every_kind
def test_a_link_works_once(session: Session, now: datetime, ask: Ask, act: Act, lifetime: timedelta) -> None:
    user, token = ask(session, now)
    done = act(session, token, now + lifetime - timedelta(seconds=1))
    assert done.id == user.id and done.status == "active" and done.email_verified_at is not None
    with pytest.raises(accounts.LinkUsed):
        act(session, token, now)


@every_kind
def test_a_link_expires(session: Session, now: datetime, ask: Ask, act: Act, lifetime: timedelta) -> None:
    _, token = ask(session, now)
    with pytest.raises(accounts.LinkExpired):
        act(session, token, now + lifetime)


@pytest.mark.parametrize(
    ("ask", "act", "key", "unit"),
    [(a_verification, verify, "verification_hours", timedelta(hours=1)), (a_reset, reset, "reset_minutes", timedelta(minutes=1))],
)
def test_how_long_a_link_works_is_a_setting(
    session: Session, now: datetime, ask: Ask, act: Act, key: str, unit: timedelta
) -> None:
    ops.set_threshold(session, actor=SYSTEM, key=key, value=2, now=now)
    _, token = ask(session, now)
    with pytest.raises(accounts.LinkExpired):
        act(session, token, now + 2 * unit)
    act(session, token, now + 2 * unit - timedelta(seconds=1))


@every_kind
def test_unknown_links_and_links_for_something_else(
    session: Session, now: datetime, ask: Ask, act: Act, lifetime: timedelta
) -> None:
    _, token = ask(session, now)
    for stranger in ("", "x" * 43, token[:-1], token + "A", token.swapcase()):
        with pytest.raises(accounts.LinkUnknown):
            act(session, stranger, now)
    for other in (verify, reset, accept):
        if other is not act:
            with pytest.raises(accounts.LinkUnknown):
                other(session, token, now)


@every_kind
def test_two_uses_at_the_same_moment(database: Engine, now: datetime, ask: Ask, act: Act, lifetime: timedelta) -> None:
    with transaction() as session:
        _, token = ask(session, now)
    outcomes = at_once(*(lambda session: act(session, token, now) for _ in range(4)))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LinkUsed"] * 3 + ["User"]


@every_kind
def test_only_a_hash_of_the_link_is_kept(session: Session, now: datetime, ask: Ask, act: Act, lifetime: timedelta) -> None:
    _, token = ask(session, now)
    for table in ("account_token", "outbox", "audit_entry"):
        whole = session.execute(text(f"select string_agg(t::text, ' ') from {table} t")).scalar_one() or ""
        assert token not in whole and token.encode().hex() not in whole


def test_registration_asks_to_verify_and_nothing_more(session: Session, now: datetime) -> None:
    user = a_registration(session, now)
    assert (user.status, user.full_name, user.owner, user.terms_accepted_at) == ("pending", "New Person", True, now)
    with pytest.raises(accounts.NotVerified):
        signed_in(session, user, now)
    verify(session, links(session, user.id, "verification")[0], now)
    assert isinstance(signed_in(session, user, now), accounts.SignedIn)
    assert trail(session, user.id) == ["user.created", "user.email_verified", "session.opened"]


def test_the_mail_carries_the_whole_address(session: Session, now: datetime) -> None:
    from core.kit import crypto

    user = a_registration(session, now)
    sealed = session.execute(text("select sealed from outbox order by id desc limit 1")).scalar_one()
    link = crypto.unseal(bytes(sealed), purpose="outbox")["link"]
    assert link == f"{settings().base_url}/verify?token={links(session, user.id, 'verification')[0]}"


def test_a_new_verification_link_replaces_the_old(session: Session, now: datetime) -> None:
    user, old = a_verification(session, now)
    accounts.resend_verification(session, email="NEW@example.com ", now=now)
    new = links(session, user.id, "verification")[0]
    with pytest.raises(accounts.LinkUsed):
        verify(session, old, now)
    assert verify(session, new, now).status == "active"


@pytest.mark.parametrize("status", ["active", "suspended", "deactivated"])
def test_no_verification_for_those_who_need_none(session: Session, now: datetime, status: str) -> None:
    user = a_person(session, now, status=status)
    accounts.resend_verification(session, email=user.email, now=now)
    accounts.resend_verification(session, email="nobody@example.com", now=now)
    accounts.resend_verification(session, email="not an address", now=now)
    assert letters(session, "verification") == 0


def test_forgetting_is_answered_the_same_for_everybody(session: Session, now: datetime) -> None:
    accounts.ensure_system_user(session, now=now)
    closed = [a_person(session, now, status=status).email for status in ("pending", "suspended", "deactivated")]
    for email in [*closed, "nobody@example.com", "not an address", "", "system@hotleads.invalid", "x" * 5000]:
        assert accounts.request_password_reset(session, email=email, now=now) is None
    assert letters(session, "password_reset") == 0


def test_after_a_reset_the_new_password_counts_and_other_links_are_dead(session: Session, now: datetime) -> None:
    user, first = a_reset(session, now)
    accounts.request_password_reset(session, email=user.email, now=now)
    second = links(session, user.id, "password_reset")[0]
    with pytest.raises(accounts.LinkUsed):
        reset(session, first, now)
    reset(session, second, now)
    with pytest.raises(accounts.SignInRefused):
        signed_in(session, user, now)
    done = accounts.sign_in(session, email=user.email, password=NEW_PASSWORD, ip=None, user_agent=None, now=now)
    assert isinstance(done, accounts.SignedIn)


def test_a_reset_does_not_go_around_the_second_factor(session: Session, now: datetime) -> None:
    user = a_person(session, now, role="admin", second_factor=True)
    accounts.request_password_reset(session, email=user.email, now=now)
    reset(session, links(session, user.id, "password_reset")[0], now)
    done = accounts.sign_in(session, email=user.email, password=NEW_PASSWORD, ip=None, user_agent=None, now=now)
    assert isinstance(done, accounts.HalfWay)


def test_a_weak_password_leaves_the_link_usable(session: Session, now: datetime) -> None:
    _, token = a_reset(session, now)
    with pytest.raises(accounts.WeakPassword):
        accounts.reset_password(session, token=token, password="password12", now=now)
    assert reset(session, token, now).status == "active"


def test_a_suspended_person_cannot_come_back_by_an_old_mail(session: Session, now: datetime) -> None:
    admin = actor_of(session, a_person(session, now, role="admin", second_factor=True), now)
    for ask, act in ((a_verification, verify), (a_reset, reset), (an_invitation, accept)):
        user, token = ask(session, now)
        accounts.set_user_status(session, actor=admin, user_id=user.id, status="suspended", reason="Fraud.", now=now)
        with pytest.raises(accounts.LinkUsed):
            act(session, token, now)
        assert user.status == "suspended"


def test_changing_the_password_needs_the_old_one(session: Session, now: datetime) -> None:
    actor = actor_of(session, a_person(session, now), now)
    with pytest.raises(accounts.WrongPassword) as refused:
        accounts.change_password(session, actor=actor, current="wrong", password=NEW_PASSWORD, now=now)
    assert "current" in refused.value.fields


class TestInvitations:
    def test_an_invited_colleague_joins_the_company(self, session: Session, now: datetime) -> None:
        user, token = an_invitation(session, now)
        shown = accounts.invitation_of(session, token=token, now=now)
        assert (shown.email, shown.company[:7]) == ("kim@example.com", "Company")
        accept(session, token, now)
        assert (user.full_name, user.owner, user.role, user.terms_accepted_at) == ("Kim Lee", False, "provider", now)
        done = accounts.sign_in(session, email=user.email, password=NEW_PASSWORD, ip=None, user_agent=None, now=now)
        assert isinstance(done, accounts.SignedIn) and done.actor.provider_id == user.provider_id
        colleagues = accounts.team(session, actor=done.actor)
        assert [(one.owner, one.email) for one in colleagues][1] == (False, "kim@example.com") and len(colleagues) == 2

    def test_only_owners_invite(self, session: Session, now: datetime) -> None:
        member = a_person(session, now, owner=False)
        staff = a_person(session, now, role="admin", second_factor=True)
        for user in (member, staff):
            with pytest.raises(Forbidden):
                accounts.invite(session, actor=actor_of(session, user, now), email="kim@example.com", now=now)

    def test_inviting_again_mails_a_new_link(self, session: Session, now: datetime) -> None:
        owner = actor_of(session, a_person(session, now), now)
        user = accounts.invite(session, actor=owner, email="kim@example.com", now=now)
        again = accounts.invite(session, actor=owner, email="Kim@Example.com", now=now)
        new, old = links(session, user.id, "invitation")
        assert again.id == user.id
        with pytest.raises(accounts.LinkUsed):
            accept(session, old, now)
        accept(session, new, now)

    def test_nobody_is_taken_from_another_company(self, session: Session, now: datetime) -> None:
        rival, taken = a_person(session, now), a_person(session, now)
        invited, _ = an_invitation(session, now)
        for email in (taken.email, invited.email):
            with pytest.raises(accounts.EmailTaken):
                accounts.invite(session, actor=actor_of(session, rival, now), email=email, now=now)

    def test_staff_are_invited_by_an_administrator(self, session: Session, now: datetime) -> None:
        user = accounts.create_user(
            session, actor=SYSTEM, email="ana@hotleads.example", password=None, full_name="Ana Lyst", role="analyst", now=now
        )
        token = links(session, user.id, "invitation")[0]
        assert accounts.invitation_of(session, token=token, now=now).company == "Hotleads"
        accept(session, token, now)
        done = accounts.sign_in(session, email=user.email, password=NEW_PASSWORD, ip=None, user_agent=None, now=now)
        assert isinstance(done, accounts.SignedIn) and done.must_enrol

    @pytest.mark.parametrize("name", ["", "   ", "x" * 201])
    def test_a_name_is_needed(self, session: Session, now: datetime, name: str) -> None:
        _, token = an_invitation(session, now)
        with pytest.raises(Invalid) as refused:
            accounts.accept_invitation(session, token=token, full_name=name, password=NEW_PASSWORD, now=now)
        assert "full_name" in refused.value.fields


def test_actors_of_links_have_a_name_in_the_trail(session: Session, now: datetime) -> None:
    user, token = a_verification(session, now)
    verify(session, token, now)
    actors: list[Actor] = list(
        session.execute(text("select actor_id from audit_entry where action = 'user.email_verified'")).scalars()
    )
    assert actors == [user.id]
