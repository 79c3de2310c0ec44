"""Setting up, losing and replacing the second factor (SPEC 1.5)."""

from datetime import datetime, timedelta
from xml.etree import ElementTree

import pyotp
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core import accounts
from core.accounts import demo as demo_people
from core.accounts.models import User
from core.kit import config
from core.kit.actor import Actor
from core.kit.db import transaction
from core.kit.errors import Forbidden
from tests.core.accounts.people import a_person, actor_of, at_once, code, half_way, signed_in, trail


def enrol(session: Session, actor: Actor, now: datetime) -> accounts.Enrolled:
    secret = accounts.start_totp(session, actor=actor, now=now).secret
    return accounts.confirm_totp(session, actor=actor, code=pyotp.TOTP(secret).at(now), now=now)


def with_recovery(session: Session, user: User, recovery: str, now: datetime) -> accounts.SignedIn | accounts.CodeRefused:
    token = half_way(session, user, now)
    return accounts.second_factor(session, half_way=token, code=recovery, ip=None, user_agent=None, now=now)


@pytest.mark.parametrize("role", ["admin", "analyst", "scientist", "provider"])
def test_enrolling_opens_a_fresh_session_with_all_rights(session: Session, now: datetime, role: str) -> None:
    user = a_person(session, now, role=role)
    before, elsewhere = signed_in(session, user, now), signed_in(session, user, now)
    enrolled = enrol(session, before.actor, now)
    after = enrolled.signed_in
    assert not after.must_enrol and after.actor.session_id != before.actor.session_id
    actors = [accounts.current_actor(session, token=token, now=now) for token in (before.token, elsewhere.token, after.token)]
    assert actors[:2] == [None, None] and actors[2] is not None and actors[2].role == role
    assert "user.second_factor_added" in trail(session, user.id)


def test_the_qr_code_says_what_the_secret_says(session: Session, now: datetime) -> None:
    user = a_person(session, now, role="admin")
    enrolment = accounts.start_totp(session, actor=actor_of(session, user, now), now=now)
    parsed = pyotp.parse_uri(enrolment.uri)
    assert (parsed.secret, parsed.issuer, parsed.name) == (enrolment.secret, "Hotleads", user.email)
    svg = ElementTree.fromstring(enrolment.qr_svg)
    assert svg.get("class") == "qr" and "style" not in enrolment.qr_svg, "inline styles are refused by the pages' policy"


def test_the_secret_survives_a_reload_and_is_seen_by_this_session_only(session: Session, now: datetime) -> None:
    user = a_person(session, now, role="admin")
    mine, other = actor_of(session, user, now), actor_of(session, user, now)
    secret = accounts.start_totp(session, actor=mine, now=now).secret
    assert accounts.start_totp(session, actor=mine, now=now).secret == secret
    assert accounts.start_totp(session, actor=other, now=now).secret != secret
    stored = session.execute(
        text("select pending_totp::text from user_session where id = :id"), {"id": mine.session_id}
    ).scalar_one()
    assert secret.encode().hex() not in stored, "encrypted at rest"


def test_a_wrong_first_code_changes_nothing(session: Session, now: datetime) -> None:
    user = a_person(session, now, role="admin")
    actor = actor_of(session, user, now)
    accounts.start_totp(session, actor=actor, now=now)
    for wrong in ("", "abc", "00000000"):
        with pytest.raises(accounts.WrongCode):
            accounts.confirm_totp(session, actor=actor, code=wrong, now=now)
    assert user.totp_confirmed_at is None


def test_confirming_without_starting_is_refused(session: Session, now: datetime) -> None:
    actor = actor_of(session, a_person(session, now, role="admin"), now)
    with pytest.raises(accounts.TotpMissing):
        accounts.confirm_totp(session, actor=actor, code="123456", now=now)


def test_the_enrolling_code_cannot_sign_in(session: Session, now: datetime) -> None:
    user = a_person(session, now, role="admin")
    actor = actor_of(session, user, now)
    used = pyotp.TOTP(accounts.start_totp(session, actor=actor, now=now).secret).at(now)
    accounts.confirm_totp(session, actor=actor, code=used, now=now)
    assert isinstance(with_recovery(session, user, used, now), accounts.CodeRefused)


def test_nobody_enrols_over_a_second_factor_that_is_there(session: Session, now: datetime) -> None:
    actor = actor_of(session, a_person(session, now, role="admin", second_factor=True), now)
    with pytest.raises(accounts.TotpConfirmed):
        accounts.start_totp(session, actor=actor, now=now)


def test_recovery_codes_work_once_each(session: Session, now: datetime) -> None:
    user = a_person(session, now, role="admin")
    enrolled = enrol(session, actor_of(session, user, now), now)
    codes = enrolled.recovery_codes
    assert len(set(codes)) == 10
    stored = session.execute(text("select string_agg(r::text, ' ') from recovery_code r")).scalar_one()
    assert not any(code.replace("-", "") in stored for code in codes), "hashed at rest"
    spelled = [codes[0], codes[1].lower(), codes[2].replace("-", ""), f"  {codes[3]} "]
    for recovery in spelled:
        assert isinstance(with_recovery(session, user, recovery, now), accounts.SignedIn)
        assert isinstance(with_recovery(session, user, recovery, now), accounts.CodeRefused)
    assert accounts.recovery_codes_left(session, actor=enrolled.signed_in.actor) == 6
    assert trail(session, user.id).count("user.recovery_code_used") == 4


def test_a_recovery_code_is_its_owners(session: Session, now: datetime) -> None:
    user, other = a_person(session, now, role="admin"), a_person(session, now, role="admin")
    codes = enrol(session, actor_of(session, user, now), now).recovery_codes
    enrol(session, actor_of(session, other, now), now)
    assert isinstance(with_recovery(session, other, codes[0], now), accounts.CodeRefused)


def test_new_recovery_codes_replace_the_old(session: Session, now: datetime) -> None:
    user = a_person(session, now, role="admin")
    enrolled = enrol(session, actor_of(session, user, now), now)
    later = now + timedelta(minutes=1)
    fresh = accounts.renew_recovery_codes(session, actor=enrolled.signed_in.actor, code=code(session, user, later), now=later)
    assert isinstance(with_recovery(session, user, enrolled.recovery_codes[0], later), accounts.CodeRefused)
    assert isinstance(with_recovery(session, user, fresh[0], later), accounts.SignedIn)


def test_providers_may_switch_it_off_with_a_code(session: Session, now: datetime) -> None:
    user = a_person(session, now, second_factor=True)
    actor = actor_of(session, user, now)
    elsewhere = signed_in(session, user, now + timedelta(minutes=1))
    later = now + timedelta(minutes=5)
    with pytest.raises(accounts.WrongCode):
        accounts.disable_totp(session, actor=actor, code="000", now=later)
    accounts.disable_totp(session, actor=actor, code=code(session, user, later), now=later)
    assert isinstance(signed_in(session, user, later), accounts.SignedIn)
    assert accounts.current_actor(session, token=elsewhere.token, now=later) is None


@pytest.mark.parametrize("role", ["admin", "analyst", "scientist"])
def test_staff_may_not_switch_it_off(session: Session, now: datetime, role: str) -> None:
    user = a_person(session, now, role=role, second_factor=True)
    actor = actor_of(session, user, now)
    later = now + timedelta(minutes=1)
    with pytest.raises(Forbidden):
        accounts.disable_totp(session, actor=actor, code=code(session, user, later), now=later)


def test_an_administrator_lets_somebody_else_enrol_again(session: Session, now: datetime) -> None:
    admin, user = (a_person(session, now, role=role, second_factor=True) for role in ("admin", "analyst"))
    theirs = signed_in(session, user, now)
    actor = actor_of(session, admin, now)
    accounts.reset_totp(session, actor=actor, user_id=user.id, reason="Lost phone, called back.", now=now)
    assert accounts.current_actor(session, token=theirs.token, now=now) is None
    assert signed_in(session, user, now).must_enrol
    with pytest.raises(Forbidden):
        accounts.reset_totp(session, actor=actor, user_id=admin.id, reason="My own.", now=now)
    with pytest.raises(Forbidden):
        accounts.reset_totp(session, actor=theirs.actor, user_id=admin.id, reason="No right.", now=now)


def test_two_confirmations_at_the_same_moment(database: Engine, now: datetime) -> None:
    with transaction() as session:
        actor = actor_of(session, a_person(session, now, role="admin"), now)
        shown = pyotp.TOTP(accounts.start_totp(session, actor=actor, now=now).secret).at(now)
    outcomes = at_once(*(lambda session: accounts.confirm_totp(session, actor=actor, code=shown, now=now) for _ in range(2)))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Enrolled", "TotpConfirmed"]
    with transaction() as session:
        assert session.execute(text("select count(*) from recovery_code")).scalar_one() == 10


class TestDemo:
    @pytest.fixture(autouse=True)
    def _demo(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOTLEADS_DEMO", "true")
        config.settings.cache_clear()
        demo_people._hash_once.cache_clear()
        yield
        monkeypatch.undo()
        config.settings.cache_clear()

    def a_demo_admin(self, session: Session, now: datetime) -> User:
        return accounts.add_demo_user(
            session,
            email="admin@hotleads.example",
            password="mountain lantern quiet",
            full_name="Demo Admin",
            role="admin",
            now=now,
        )

    def test_its_people_sign_in_with_the_code_that_is_shown(self, session: Session, now: datetime) -> None:
        user = self.a_demo_admin(session, now)
        for _ in range(2):  # twice within one step: the code shown is always one that works
            token = half_way(session, user, now)
            shown = accounts.demo_code(session, half_way=token, now=now)
            assert shown is not None
            done = accounts.second_factor(session, half_way=token, code=shown, ip=None, user_agent=None, now=now)
            assert isinstance(done, accounts.SignedIn) and not done.must_enrol

    def test_nobody_elses_code_is_shown(self, session: Session, now: datetime) -> None:
        user = a_person(session, now, role="admin", second_factor=True)
        assert accounts.demo_code(session, half_way=half_way(session, user, now), now=now) is None
        assert accounts.demo_code(session, half_way="unknown", now=now) is None

    @pytest.mark.parametrize(
        ("name", "value"),
        [("HOTLEADS_DEMO", "false"), ("HOTLEADS_PUBLIC_URL", "https://demo.hotleads.example"), ("HOTLEADS_HOST", "0.0.0.0")],
    )
    def test_never_outside_the_demo_or_loopback(
        self, session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch, name: str, value: str
    ) -> None:
        token = half_way(session, self.a_demo_admin(session, now), now)
        assert accounts.demo_code(session, half_way=token, now=now) is not None
        monkeypatch.setenv(name, value)
        config.settings.cache_clear()
        assert accounts.demo_code(session, half_way=token, now=now) is None


def test_people_of_the_demo_are_made_by_the_demo_only(session: Session, now: datetime) -> None:
    with pytest.raises(Forbidden):
        accounts.add_demo_user(session, email="a@example.com", password="x", full_name="A", role="admin", now=now)
