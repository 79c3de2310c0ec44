"""Who may exist, and what they may be (SPEC 1.1, 1.6, 1.8)."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import accounts
from core.accounts.models import User
from core.kit.actor import SYSTEM, Actor, Role, public
from core.kit.db import transaction
from core.kit.errors import Conflict, Forbidden, Invalid, NotFound
from core.kit.ids import SYSTEM_USER_ID, uuid7
from core.providers.profile import checked_company
from tests.builders import a_provider
from tests.core.accounts.people import NEW_PASSWORD, PASSWORD, a_person, actor_of, at_once, letters, links, trail

NOT_ADMIN: list[Role] = ["analyst", "scientist", "provider", "public"]


@pytest.fixture
def admin(session: Session, now: datetime) -> Actor:
    return actor_of(session, a_person(session, now, role="admin", second_factor=True), now)


def new(session: Session, now: datetime, **more: Any) -> User:
    given = {"actor": SYSTEM, "email": "new@example.com", "password": PASSWORD, "full_name": "New Person", "role": "analyst"}
    return accounts.create_user(session, **(given | more), now=now)


@pytest.mark.parametrize("role", NOT_ADMIN)
def test_only_administrators_rule_over_people(session: Session, now: datetime, role: Role) -> None:
    user = a_person(session, now, role="analyst")
    actor = Actor(uuid7(), role, provider_id=uuid7() if role == "provider" else None)
    for act in (
        lambda: accounts.list_users(session, actor=actor, now=now),
        lambda: accounts.set_user_status(session, actor=actor, user_id=user.id, status="suspended", reason="Because.", now=now),
        lambda: accounts.set_user_role(session, actor=actor, user_id=user.id, role="admin", now=now),
        lambda: accounts.reset_totp(session, actor=actor, user_id=user.id, reason="Because.", now=now),
        lambda: new(session, now, actor=actor),
    ):
        with pytest.raises(Forbidden):
            act()


def test_status_changes_are_mailed_audited_and_remembered(session: Session, now: datetime, admin: Actor) -> None:
    user = a_person(session, now)
    accounts.set_user_status(session, actor=admin, user_id=user.id, status="suspended", reason=" Chargeback is open. ", now=now)
    assert user.status == "suspended" and letters(session, "account_status") == 1
    entry = session.execute(text("select * from audit_entry where entity_id = :id"), {"id": user.id}).mappings().one()
    assert (entry["action"], entry["actor_id"], entry["memo"]) == ("user.status_changed", admin.user_id, "Chargeback is open.")
    assert (entry["before"], entry["after"]) == ({"status": "active"}, {"status": "suspended"})
    with pytest.raises(Conflict):
        accounts.set_user_status(session, actor=admin, user_id=user.id, status="suspended", reason="Again.", now=now)


@pytest.mark.parametrize(
    ("status", "reason", "field"),
    [
        ("suspended", "", "reason"),
        ("suspended", "  ", "reason"),
        ("suspended", "x" * 501, "reason"),
        ("pending", "Why not", "status"),
        ("gone", "Why", "status"),
    ],
)
def test_a_change_needs_a_known_status_and_a_reason(
    session: Session, now: datetime, admin: Actor, status: str, reason: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        accounts.set_user_status(session, actor=admin, user_id=a_person(session, now).id, status=status, reason=reason, now=now)
    assert field in refused.value.fields


def test_nobody_becomes_active_without_a_proved_address(session: Session, now: datetime, admin: Actor) -> None:
    user = a_person(session, now, status="pending")
    user.email_verified_at = None
    session.flush()
    with pytest.raises(Conflict):
        accounts.set_user_status(session, actor=admin, user_id=user.id, status="active", reason="Known to us.", now=now)


@pytest.mark.parametrize(("password", "letter"), [(True, "verification"), (False, "invitation")])
def test_who_was_shut_out_before_confirming_the_address_can_come_in(
    session: Session, now: datetime, admin: Actor, password: bool, letter: str
) -> None:
    user = a_person(session, now, status="pending", **({} if password else {"password_hash": None}))
    user.email_verified_at = None
    session.flush()
    told: Any = {"actor": admin, "user_id": user.id, "reason": "It was a mistake.", "now": now}
    accounts.set_user_status(session, status="suspended", **told)
    assert accounts.set_user_status(session, status="active", **told).status == "pending"
    (link,) = links(session, user.id, letter)
    if password:
        assert accounts.verify_email(session, token=link, now=now).status == "active"
    else:
        joined = accounts.accept_invitation(session, token=link, full_name="Sam", password=NEW_PASSWORD, now=now)
        assert joined.status == "active"


def test_nobody_changes_their_own_role(session: Session, now: datetime, admin: Actor) -> None:
    with pytest.raises(Forbidden):
        accounts.set_user_role(session, actor=admin, user_id=admin.user_id, role="scientist", now=now)


def test_a_new_role_needs_a_new_session(session: Session, now: datetime, admin: Actor) -> None:
    user = a_person(session, now, role="analyst", second_factor=True)
    actor_of(session, user, now)
    accounts.set_user_role(session, actor=admin, user_id=user.id, role="scientist", now=now)
    assert user.role == "scientist" and trail(session, user.id)[-1] == "user.role_changed"
    live = text("select count(*) from user_session where user_id = :id and revoked_at is null")
    assert session.execute(live, {"id": user.id}).scalar_one() == 0


@pytest.mark.parametrize(
    ("role", "target"), [("provider", "analyst"), ("analyst", "provider"), ("analyst", "system"), ("analyst", "king")]
)
def test_staff_and_companies_do_not_mix(session: Session, now: datetime, admin: Actor, role: str, target: Any) -> None:
    with pytest.raises(Invalid):
        accounts.set_user_role(session, actor=admin, user_id=a_person(session, now, role=role).id, role=target, now=now)


@pytest.mark.parametrize("status", ["suspended", "deactivated"])
def test_the_last_administrator_stays(session: Session, now: datetime, admin: Actor, status: str) -> None:
    with pytest.raises(accounts.LastAdmin):
        accounts.set_user_status(session, actor=admin, user_id=admin.user_id, status=status, reason="Leaving.", now=now)
    other = a_person(session, now, role="admin", second_factor=True)
    accounts.set_user_status(session, actor=admin, user_id=admin.user_id, status=status, reason="Leaving.", now=now)
    with pytest.raises(accounts.LastAdmin):
        accounts.set_user_role(session, actor=admin, user_id=other.id, role="analyst", now=now)


def test_two_administrators_cannot_remove_each_other(database: Engine, now: datetime) -> None:
    with transaction() as session:
        actors = [actor_of(session, a_person(session, now, role="admin", second_factor=True), now) for _ in range(2)]
    one, two = actors
    outcomes = at_once(
        lambda session: accounts.set_user_status(
            session, actor=one, user_id=two.user_id, status="suspended", reason="Coup.", now=now
        ),
        lambda session: accounts.set_user_role(session, actor=two, user_id=one.user_id, role="analyst", now=now),
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LastAdmin", "User"]


def test_the_system_user_is_made_once_and_cannot_be_touched(session: Session, now: datetime, admin: Actor) -> None:
    for _ in range(2):
        accounts.ensure_system_user(session, now=now)
    system = session.get_one(User, SYSTEM_USER_ID)
    assert (system.role, system.status, system.password_hash) == ("system", "active", None)
    with pytest.raises(NotFound):
        accounts.set_user_status(session, actor=admin, user_id=SYSTEM_USER_ID, status="suspended", reason="No.", now=now)
    assert SYSTEM_USER_ID not in [user.id for user in accounts.list_users(session, actor=admin, now=now)]
    with pytest.raises(IntegrityError, match="user_account_check"), session.begin_nested():
        session.execute(text("update user_account set password_hash = 'x' where role = 'system'"))


class TestCreating:
    @pytest.mark.parametrize("email", ["", "nobody", "a@b", "two words@example.com", "a@x.invalid", "x" * 250 + "@example.com"])
    def test_the_address_must_be_one(self, session: Session, now: datetime, email: str) -> None:
        with pytest.raises(Invalid) as refused:
            new(session, now, email=email)
        assert "email" in refused.value.fields

    def test_an_address_has_one_account(self, session: Session, now: datetime) -> None:
        new(session, now, email="Sam@Example.com")
        with pytest.raises(accounts.EmailTaken) as refused:
            new(session, now, email="sam@example.COM")
        assert "email" in refused.value.fields
        new(session, now, email="somebody.else@example.com")

    def test_two_with_one_address_at_the_same_moment(self, database: Engine, now: datetime) -> None:
        outcomes = at_once(*(lambda session: new(session, now) for _ in range(3)))
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["EmailTaken", "EmailTaken", "User"]

    def test_a_weak_password_is_refused(self, session: Session, now: datetime) -> None:
        with pytest.raises(accounts.WeakPassword):
            new(session, now, password="newpassword")
        company = a_provider(session, now, company_name="Sunset Plumbing")
        with pytest.raises(accounts.WeakPassword, match="company"):
            new(session, now, role="provider", provider_id=company.id, password="sunsetplumbing kite 4")

    @pytest.mark.parametrize("role", ["system", "public", "king"])
    def test_only_people_are_created(self, session: Session, now: datetime, role: Any) -> None:
        with pytest.raises(Invalid):
            new(session, now, role=role)

    def test_companies_and_staff_do_not_mix(self, session: Session, now: datetime) -> None:
        for more in ({"role": "provider"}, {"role": "admin", "provider_id": a_provider(session, now).id}):
            with pytest.raises(Invalid):
                new(session, now, **more)

    def test_a_visitor_only_owns_a_company_without_people(self, session: Session, now: datetime) -> None:
        company = a_provider(session, now)
        mine = {"actor": public(), "role": "provider", "provider_id": company.id, "owner": True}
        for refused in ({"owner": False}, {"role": "admin", "provider_id": None, "owner": False}):
            with pytest.raises(Forbidden):
                new(session, now, **(mine | refused))
        new(session, now, **mine)
        with pytest.raises(Forbidden):
            new(session, now, **mine, email="second@example.com")


def test_names_hold_no_marks_that_turn_text_around(session: Session, now: datetime) -> None:
    assert new(session, now, full_name="Sam \u202e  Exa\u0007mple\u2066").full_name == "Sam Example"
    problems: dict[str, str] = {}
    assert checked_company("Desert\u202e \x7fRoofing\ud800", problems) == "Desert Roofing" and not problems
    assert checked_company("\u202e\u2066", problems) == "" and problems


def test_the_list_of_people(session: Session, now: datetime, admin: Actor) -> None:
    people = [a_person(session, now, full_name=f"Person {n}", email=f"p_{n}@example.com") for n in range(5)]
    people[0].status = "suspended"
    analyst = a_person(session, now, role="analyst", second_factor=True, full_name="Ana 100%")
    session.flush()

    def names(**filters: Any) -> list[str]:
        return [user.full_name for user in accounts.list_users(session, actor=admin, **filters, now=now)]

    assert names(role="provider") == [f"Person {n}" for n in (4, 3, 2, 1, 0)]
    assert names(role="provider", status="suspended") == ["Person 0"]
    assert names(search="P_3@EX") == ["Person 3"] and names(search="erson 2") == ["Person 2"]
    assert names(search="100%") == ["Ana 100%"] and names(search="%") == ["Ana 100%"]
    assert names(provider_id=people[1].provider_id) == ["Person 1"]
    assert names(limit=2, before_id=people[3].id) == ["Person 2", "Person 1"]
    first = accounts.list_users(session, actor=admin, role="analyst", now=now)[0]
    assert (first.id, first.second_factor, first.company) == (analyst.id, True, None)
    assert accounts.list_users(session, actor=admin, search="Person 4", now=now)[0].company is not None
