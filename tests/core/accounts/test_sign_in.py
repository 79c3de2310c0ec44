"""Signing in, the second factor, and what of it can be raced (SPEC 1.2, 1.5)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from argon2 import Parameters, PasswordHasher, extract_parameters, low_level
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core import accounts
from core.accounts import passwords, recovery_codes
from core.accounts.models import User
from core.kit.db import transaction
from core.kit.errors import Invalid
from tests.core.accounts.people import NEW_PASSWORD, PASSWORD, a_person, actor_of, at_once, code, half_way, links, trail


def sign_in(session: Session, user: User, now: datetime, password: str = PASSWORD) -> accounts.SignedIn | accounts.HalfWay:
    return accounts.sign_in(session, email=user.email, password=password, ip="203.0.113.9", user_agent="Firefox", now=now)


def second(session: Session, token: str, given: str, now: datetime) -> accounts.SignedIn | accounts.CodeRefused:
    return accounts.second_factor(session, half_way=token, code=given, ip="203.0.113.9", user_agent="Firefox", now=now)


@pytest.mark.parametrize(
    ("role", "second_factor", "status", "outcome"),
    [
        ("provider", False, "active", accounts.SignedIn),
        ("provider", True, "active", accounts.HalfWay),
        ("admin", True, "active", accounts.HalfWay),
        ("analyst", True, "active", accounts.HalfWay),
        ("scientist", True, "active", accounts.HalfWay),
        ("admin", False, "active", accounts.SignedIn),  # to enrol, see test_totp.py
        ("provider", False, "pending", accounts.NotVerified),
        ("provider", True, "suspended", accounts.AccountClosed),
        ("admin", True, "deactivated", accounts.AccountClosed),
    ],
)
def test_what_the_right_password_leads_to(
    session: Session, now: datetime, role: str, second_factor: bool, status: str, outcome: type[Any]
) -> None:
    user = a_person(session, now, role=role, second_factor=second_factor, status=status)
    if issubclass(outcome, Exception):
        with pytest.raises(outcome):
            sign_in(session, user, now)
        return
    done = sign_in(session, user, now)
    assert type(done) is outcome
    if isinstance(done, accounts.SignedIn):
        assert done.must_enrol == (role != "provider")
        assert done.expires_at == now + timedelta(days=7)
        assert trail(session, user.id) == ["session.opened"]


@pytest.mark.parametrize("status", ["active", "pending", "suspended", "deactivated"])
def test_a_wrong_password_says_the_same_whatever_the_account(session: Session, now: datetime, status: str) -> None:
    user = a_person(session, now, status=status)
    with pytest.raises(accounts.SignInRefused) as known:
        sign_in(session, user, now, password="not the password")
    for email in ("nobody@example.com", "not an address", "system@hotleads.invalid"):
        with pytest.raises(accounts.SignInRefused) as unknown:
            accounts.sign_in(session, email=email, password=PASSWORD, ip=None, user_agent=None, now=now)
        assert unknown.value.message == known.value.message


def test_somebody_unknown_costs_a_whole_password_check(session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes the time is Argon2's own work: as much of it, at the same cost, for whoever is not there (SPEC 1.3)."""
    done, verify = list[Parameters](), low_level.verify_secret

    def counted(stored: bytes, secret: bytes, type_: low_level.Type) -> bool:
        done.append(extract_parameters(stored.decode()))
        return verify(stored, secret, type_)

    monkeypatch.setattr("argon2._password_hasher.verify_secret", counted)
    known, invited = a_person(session, now), a_person(session, now, password_hash=None)
    for email in (known.email, invited.email, "nobody@example.com", "not an address"):
        with pytest.raises(accounts.SignInRefused):
            accounts.sign_in(session, email=email, password="not the password", ip=None, user_agent=None, now=now)
    ours = extract_parameters(passwords.hash_password(PASSWORD))
    assert done == [ours] * 4


def test_an_invited_person_without_a_password_cannot_sign_in(session: Session, now: datetime) -> None:
    user = a_person(session, now, password_hash=None)
    for password in ("", PASSWORD, "the password of nobody"):
        with pytest.raises(accounts.SignInRefused):
            sign_in(session, user, now, password=password)


def test_the_address_is_compared_without_case(session: Session, now: datetime) -> None:
    user = a_person(session, now, email="sam@example.com")
    done = accounts.sign_in(session, email=" SAM@EXAMPLE.COM ", password=PASSWORD, ip=None, user_agent=None, now=now)
    assert isinstance(done, accounts.SignedIn) and done.actor.user_id == user.id


def test_an_address_in_another_script_is_the_one_on_the_wire(session: Session, now: datetime) -> None:
    assert accounts.normalise_email("Sam@b\u00fccher.de") == ("Sam@xn--bcher-kva.de", "sam@xn--bcher-kva.de")
    user = a_person(session, now, email="sam@xn--bcher-kva.de")
    for typed in ("sam@b\u00fccher.de", "SAM@bu\u0308cher.de"):
        done = accounts.sign_in(session, email=typed, password=PASSWORD, ip=None, user_agent=None, now=now)
        assert isinstance(done, accounts.SignedIn) and done.actor.user_id == user.id
    with pytest.raises(Invalid) as refused:
        accounts.normalise_email("s\u00e4m@example.com")
    assert "before the @-sign" in refused.value.fields["email"], "no letter would ever reach it"


def test_an_old_hash_is_renewed_at_sign_in(session: Session, now: datetime) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    user = a_person(session, now, password_hash=old)
    sign_in(session, user, now)
    assert user.password_hash is not None and user.password_hash != old
    assert isinstance(sign_in(session, user, now), accounts.SignedIn)


def test_the_second_factor_finishes_the_sign_in(session: Session, now: datetime) -> None:
    user = a_person(session, now, role="admin", second_factor=True)
    done = second(session, half_way(session, user, now), code(session, user, now), now)
    assert isinstance(done, accounts.SignedIn) and not done.must_enrol
    actor = accounts.current_actor(session, token=done.token, now=now)
    assert actor is not None and (actor.user_id, actor.role) == (user.id, "admin")


def test_a_half_way_token_is_no_session(session: Session, now: datetime) -> None:
    token = half_way(session, a_person(session, now, second_factor=True), now)
    assert accounts.current_actor(session, token=token, now=now) is None


@pytest.mark.parametrize("seconds", [-30, 0, 30])
def test_clocks_may_be_off_by_one_step(session: Session, now: datetime, seconds: int) -> None:
    user = a_person(session, now, role="admin", second_factor=True)
    shown = code(session, user, now + timedelta(seconds=seconds))
    assert isinstance(second(session, half_way(session, user, now), shown, now), accounts.SignedIn)


@pytest.mark.parametrize("seconds", [-90, -60, 60, 90])
def test_older_and_later_codes_are_refused(session: Session, now: datetime, seconds: int) -> None:
    user = a_person(session, now, role="admin", second_factor=True)
    shown = code(session, user, now + timedelta(seconds=seconds))
    assert second(session, half_way(session, user, now), shown, now) == accounts.CodeRefused(4)


def test_a_used_code_and_every_older_one_are_dead(session: Session, now: datetime) -> None:
    user = a_person(session, now, role="admin", second_factor=True)
    older, shown = code(session, user, now - timedelta(seconds=30)), code(session, user, now)
    assert isinstance(second(session, half_way(session, user, now), shown, now), accounts.SignedIn)
    for replayed in (shown, older):
        assert isinstance(second(session, half_way(session, user, now), replayed, now), accounts.CodeRefused)
    later = now + timedelta(seconds=30)
    assert isinstance(second(session, half_way(session, user, later), code(session, user, later), later), accounts.SignedIn)


def test_five_tries_then_start_again(session: Session, now: datetime) -> None:
    user = a_person(session, now, role="admin", second_factor=True)
    token = half_way(session, user, now)
    for left in (4, 3, 2, 1, 0):
        assert second(session, token, "nonsense", now) == accounts.CodeRefused(left)
    with pytest.raises(accounts.HalfWayEnded):
        second(session, token, code(session, user, now), now)


def test_the_half_way_token_lives_five_minutes_and_is_used_once(session: Session, now: datetime) -> None:
    user = a_person(session, now, role="admin", second_factor=True)
    token = half_way(session, user, now)
    late = now + timedelta(minutes=5)
    with pytest.raises(accounts.HalfWayEnded):
        second(session, token, code(session, user, late), late)
    in_time = late - timedelta(seconds=1)
    assert isinstance(second(session, token, code(session, user, in_time), in_time), accounts.SignedIn)
    with pytest.raises(accounts.HalfWayEnded):
        second(session, token, code(session, user, in_time), in_time)


@pytest.mark.parametrize("given", ["", "      ", "12345", "1234567", "١٢٣٤٥٦", "abcdef", "0" * 10_000, "☃" * 6, "%s'--"])
def test_strange_codes_are_just_wrong(session: Session, now: datetime, given: str) -> None:
    user = a_person(session, now, role="admin", second_factor=True)
    assert second(session, half_way(session, user, now), given, now) == accounts.CodeRefused(4)


def test_suspended_between_password_and_code(session: Session, now: datetime) -> None:
    user, admin = a_person(session, now, second_factor=True), a_person(session, now, role="admin", second_factor=True)
    token = half_way(session, user, now)
    shown = code(session, user, now)
    accounts.set_user_status(
        session, actor=actor_of(session, admin, now), user_id=user.id, status="suspended", reason="Chargeback.", now=now
    )
    with pytest.raises(accounts.HalfWayEnded):
        second(session, token, shown, now)


class TestAtTheSameMoment:
    @pytest.fixture
    def user(self, database: Engine, now: datetime) -> User:
        with transaction() as session:
            return a_person(session, now, role="admin", second_factor=True)

    def test_one_code_two_sign_ins(self, user: User, now: datetime) -> None:
        with transaction() as session:
            tokens = [half_way(session, user, now) for _ in range(2)]
            shown = code(session, user, now)
        outcomes = at_once(*(lambda session, token=token: second(session, token, shown, now) for token in tokens))
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["CodeRefused", "SignedIn"]

    def test_one_recovery_code_two_sign_ins(self, user: User, now: datetime) -> None:
        with transaction() as session:
            recovery = recovery_codes.new_recovery_codes(session, user.id)[0]
            tokens = [half_way(session, user, now) for _ in range(2)]
        outcomes = at_once(*(lambda session, token=token: second(session, token, recovery, now) for token in tokens))
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["CodeRefused", "SignedIn"]

    def test_one_half_way_token_twice(self, user: User, now: datetime) -> None:
        with transaction() as session:
            token = half_way(session, user, now)
            recovery = recovery_codes.new_recovery_codes(session, user.id)
        outcomes = at_once(*(lambda session, given=given: second(session, token, given, now) for given in recovery[:2]))
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["HalfWayEnded", "SignedIn"]

    def test_ten_wrong_codes_count_as_five_tries(self, user: User, now: datetime) -> None:
        with transaction() as session:
            token = half_way(session, user, now)
        outcomes = at_once(*(lambda session: second(session, token, "000", now) for _ in range(10)))
        refused = [outcome.tries_left for outcome in outcomes if isinstance(outcome, accounts.CodeRefused)]
        assert sorted(refused) == [0, 1, 2, 3, 4]
        assert sum(isinstance(outcome, accounts.HalfWayEnded) for outcome in outcomes) == 5

    def test_signing_in_with_the_old_password_while_it_is_replaced(self, database: Engine, now: datetime) -> None:
        """Whichever comes first, no session opened with the old password is alive afterwards."""
        with transaction() as session:
            user = a_person(session, now)
            accounts.request_password_reset(session, email=user.email, now=now)
            token = links(session, user.id, "password_reset")[0]
        outcomes = at_once(
            lambda session: accounts.reset_password(session, token=token, password=NEW_PASSWORD, now=now),
            *(lambda session: sign_in(session, user, now) for _ in range(3)),
        )
        assert isinstance(outcomes[0], User)
        with transaction() as session:
            assert session.execute(text("select count(*) from user_session where revoked_at is null")).scalar_one() == 0


def test_a_clock_that_was_ahead_locks_nobody_out(session: Session, now: datetime) -> None:
    """What was used a day ahead is no reason to refuse today's codes once the clock is right; each still works once."""
    user = a_person(session, now, role="admin", second_factor=True)
    shown, ahead = code(session, user, now), now + timedelta(days=1)
    assert isinstance(second(session, half_way(session, user, ahead), code(session, user, ahead), ahead), accounts.SignedIn)
    assert isinstance(second(session, half_way(session, user, now), shown, now), accounts.SignedIn)
    assert isinstance(second(session, half_way(session, user, now), shown, now), accounts.CodeRefused)


def test_people_of_a_closed_company_are_told_so(session: Session, now: datetime) -> None:
    """A session of theirs would open nothing; before, they got one and were sent back to sign in (SPEC 1.3, 1.4)."""
    user = a_person(session, now)
    half_way_user = a_person(session, now, provider_id=user.provider_id, second_factor=True)
    token = half_way(session, half_way_user, now)
    session.execute(text("update provider set status = 'deactivated' where id = :id"), {"id": user.provider_id})
    with pytest.raises(accounts.AccountClosed, match="company"):
        sign_in(session, user, now)
    with pytest.raises(accounts.AccountClosed, match="company"):
        second(session, token, code(session, half_way_user, now), now)
