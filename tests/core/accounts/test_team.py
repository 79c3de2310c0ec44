"""A company's people among themselves: leave, come back, hand over (SPEC 7.8)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import accounts, providers
from core.accounts.models import User
from core.kit.actor import Actor
from core.kit.db import transaction
from core.kit.errors import Conflict, Forbidden, Invalid, NotFound
from tests.core.accounts.people import NEW_PASSWORD, PASSWORD, a_person, actor_of, at_once, letters, links, signed_in, trail


@pytest.fixture
def firm(session: Session, now: datetime) -> Any:
    class Firm:
        owner = a_person(session, now)
        member = a_person(session, now, provider_id=owner.provider_id, owner=False, full_name="Kim Lee")
        boss = actor_of(session, owner, now)
        kim = actor_of(session, member, now)
        rival = actor_of(session, a_person(session, now), now)
        admin = actor_of(session, a_person(session, now, role="admin", second_factor=True), now)

    return Firm


def emails(session: Session, actor: Actor) -> list[str]:
    return [member.email for member in accounts.team(session, actor=actor)]


def test_a_removed_colleague_is_out_at_once_and_may_come_back(session: Session, now: datetime, firm: Any) -> None:
    done = signed_in(session, firm.member, now)
    accounts.remove_member(session, actor=firm.boss, user_id=firm.member.id, now=now)
    assert accounts.current_actor(session, token=done.token, now=now) is None
    assert emails(session, firm.boss) == [firm.owner.email]
    with pytest.raises(accounts.AccountClosed):
        accounts.sign_in(session, email=firm.member.email, password=PASSWORD, ip=None, user_agent=None, now=now)
    assert letters(session, "account_status") == 1 and trail(session, firm.member.id)[-1] == "user.removed"
    again = accounts.invite(session, actor=firm.boss, email=firm.member.email, now=now)
    assert (again.id, again.status, again.password_hash) == (firm.member.id, "pending", None)
    token = links(session, again.id, "invitation")[0]
    accounts.accept_invitation(session, token=token, full_name="Kim Lee", password=NEW_PASSWORD, now=now)
    assert emails(session, firm.boss) == [firm.owner.email, firm.member.email]
    with pytest.raises(accounts.SignInRefused):
        accounts.sign_in(session, email=firm.member.email, password=PASSWORD, ip=None, user_agent=None, now=now)


def test_an_invitation_is_taken_back(session: Session, now: datetime, firm: Any) -> None:
    invited = accounts.invite(session, actor=firm.boss, email="lou@example.com", now=now)
    (token,) = links(session, invited.id, "invitation")
    lou = accounts.team(session, actor=firm.boss)[-1]
    assert (lou.status, lou.invited_until) == ("pending", now + timedelta(days=7))
    accounts.remove_member(session, actor=firm.boss, user_id=invited.id, now=now)
    with pytest.raises(accounts.LinkUsed):
        accounts.accept_invitation(session, token=token, full_name="Lou", password=NEW_PASSWORD, now=now)
    assert "lou@example.com" not in emails(session, firm.boss)
    assert letters(session, "account_status") == 0, "nobody has an account yet"


def test_the_company_changes_hands(session: Session, now: datetime, firm: Any) -> None:
    accounts.hand_over(session, actor=firm.boss, user_id=firm.member.id, now=now)
    assert [(member.email, member.owner) for member in accounts.team(session, actor=firm.kim)] == [
        (firm.owner.email, False),
        (firm.member.email, True),
    ]
    with pytest.raises(Forbidden):
        accounts.invite(session, actor=firm.boss, email="lou@example.com", now=now)
    accounts.remove_member(session, actor=firm.kim, user_id=firm.owner.id, now=now)
    assert emails(session, firm.kim) == [firm.member.email]


def test_what_an_owner_can_not_do(session: Session, now: datetime, firm: Any) -> None:
    with pytest.raises(Conflict):
        accounts.remove_member(session, actor=firm.boss, user_id=firm.owner.id, now=now)
    with pytest.raises(Conflict):
        accounts.hand_over(session, actor=firm.boss, user_id=firm.owner.id, now=now)
    invited = accounts.invite(session, actor=firm.boss, email="lou@example.com", now=now)
    with pytest.raises(Conflict):
        accounts.hand_over(session, actor=firm.boss, user_id=invited.id, now=now)
    for verb in (accounts.remove_member, accounts.hand_over):
        with pytest.raises(NotFound):  # somebody of another company
            verb(session, actor=firm.rival, user_id=firm.member.id, now=now)
        for outsider in (firm.kim, firm.admin):
            with pytest.raises(Forbidden):
                verb(session, actor=outsider, user_id=firm.member.id, now=now)


def test_an_owner_does_not_undo_an_administrator(session: Session, now: datetime, firm: Any) -> None:
    accounts.set_user_status(
        session, actor=firm.admin, user_id=firm.member.id, status="suspended", reason="Called consumers at night", now=now
    )
    with pytest.raises(Conflict):
        accounts.remove_member(session, actor=firm.boss, user_id=firm.member.id, now=now)
    with pytest.raises(accounts.EmailTaken):
        accounts.invite(session, actor=firm.boss, email=firm.member.email, now=now)


def test_an_administrator_may_bring_back_whom_an_owner_removed(session: Session, now: datetime, firm: Any) -> None:
    accounts.remove_member(session, actor=firm.boss, user_id=firm.member.id, now=now)
    accounts.set_user_status(
        session, actor=firm.admin, user_id=firm.member.id, status="active", reason="Removed by mistake", now=now
    )
    assert firm.member.email in emails(session, firm.boss)


def closed(session: Session, now: datetime, firm: Any) -> None:
    """The only owner's account is closed by an administrator."""
    accounts.set_user_status(
        session, actor=firm.admin, user_id=firm.owner.id, status="deactivated", reason="Left the company", now=now
    )


def named(session: Session, now: datetime, firm: Any, **more: Any) -> None:
    accounts.name_owner(
        session, **{"actor": firm.admin, "user_id": firm.member.id, "reason": "Letter of the company", "now": now} | more
    )


def test_an_administrator_names_the_owner_of_a_company_whose_owner_is_gone(session: Session, now: datetime, firm: Any) -> None:
    closed(session, now, firm)
    named(session, now, firm)
    assert [(member.email, member.owner) for member in accounts.team(session, actor=firm.kim)] == [
        (firm.owner.email, False),
        (firm.member.email, True),
    ]
    assert accounts.invite(session, actor=firm.kim, email="lou@example.com", now=now).status == "pending"
    told = session.execute(
        text("select entity_id, actor_id, before, after, memo from audit_entry where action = 'user.owner_changed' order by id")
    ).all()
    assert [(row.entity_id, row.after["owner"]) for row in told] == [(firm.owner.id, False), (firm.member.id, True)]
    assert {(row.actor_id, row.memo) for row in told} == {(firm.admin.user_id, "Letter of the company")}


def test_who_can_not_be_named_an_owner(session: Session, now: datetime, firm: Any) -> None:
    with pytest.raises(Conflict, match="hand it over"):
        named(session, now, firm)  # its owner can do it
    closed(session, now, firm)
    for outsider in (firm.kim, firm.rival):
        with pytest.raises(Forbidden):
            named(session, now, firm, actor=outsider)
    with pytest.raises(Conflict, match="active"):
        named(session, now, firm, user_id=firm.owner.id)
    with pytest.raises(NotFound):
        named(session, now, firm, user_id=firm.admin.user_id)
    with pytest.raises(Invalid):
        named(session, now, firm, reason=" ")
    named(session, now, firm)
    with pytest.raises(Conflict):
        named(session, now, firm)  # twice


def test_the_database_keeps_owners_in_their_company(session: Session, firm: Any) -> None:
    for change in ("removed_at = now()", "removed_at = now(), status = 'deactivated'"):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(text(f"update user_account set {change} where id = :id"), {"id": firm.owner.id})


def test_every_other_session_ends(session: Session, now: datetime, firm: Any) -> None:
    phone, desk = signed_in(session, firm.owner, now), signed_in(session, firm.owner, now)
    assert accounts.revoke_other_sessions(session, actor=desk.actor, now=now) >= 1
    assert accounts.current_actor(session, token=phone.token, now=now) is None
    assert accounts.current_actor(session, token=desk.token, now=now) is not None
    assert trail(session, firm.owner.id)[-1] == "session.others_ended"
    assert accounts.revoke_other_sessions(session, actor=desk.actor, now=now) == 0


def test_a_company_that_changes_hands_twice_at_once_has_one_owner(database: Engine, now: datetime) -> None:
    with transaction() as session:
        owner = a_person(session, now)
        heirs = [a_person(session, now, provider_id=owner.provider_id, owner=False) for _ in range(2)]
        boss = actor_of(session, owner, now)
    outcomes = at_once(
        *(lambda session, heir=heir: accounts.hand_over(session, actor=boss, user_id=heir.id, now=now) for heir in heirs)
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Forbidden", "NoneType"]
    with transaction() as session:
        assert session.query(User).filter_by(provider_id=owner.provider_id, owner=True).count() == 1


def test_people_of_a_suspended_company_sign_in_and_learn_of_it(session: Session, now: datetime, firm: Any) -> None:
    before = signed_in(session, firm.owner, now)
    assert firm.owner.provider_id is not None
    given = {"actor": firm.admin, "provider_id": firm.owner.provider_id, "reason": "A chargeback", "now": now}
    providers.set_status(session, status="suspended", **given)
    assert accounts.session_view(session, token=before.token, now=now) is None, "open sessions end at once"
    again = signed_in(session, firm.owner, now)
    view = accounts.session_view(session, token=again.token, now=now)
    assert view is not None and view.company_status == "suspended"
    providers.set_status(session, status="deactivated", **given)
    assert accounts.session_view(session, token=again.token, now=now) is None
    with pytest.raises(accounts.AccountClosed, match="company"):
        signed_in(session, firm.owner, now)
