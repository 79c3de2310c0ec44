"""Sessions: one row behind each token, dead the moment it is revoked, impossible to forge (SPEC 1.4)."""

import base64
import string
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from core import accounts
from core.accounts import sessions
from core.accounts.models import User, UserSession
from core.kit import crypto
from core.kit.actor import Actor
from core.kit.db import transaction
from core.kit.ids import uuid7
from core.providers.models import Provider
from tests.core.accounts.people import NEW_PASSWORD, PASSWORD, a_person, actor_of, links, signed_in, trail

SIGNS = string.ascii_letters + string.digits + "-_.=%$ \x00é"


def is_alive(session: Session, token: str, now: datetime) -> bool:
    actor = accounts.current_actor(session, token=token, now=now)
    view = accounts.session_view(session, token=token, now=now)
    assert (actor is None) == (view is None)
    return actor is not None


def test_the_actor_of_a_session(session: Session, now: datetime) -> None:
    user = a_person(session, now)
    done = signed_in(session, user, now)
    actor = accounts.current_actor(session, token=done.token, ip="198.51.100.4", user_agent="Safari", now=now)
    assert actor == Actor(user.id, "provider", user.provider_id, done.actor.session_id, "198.51.100.4", "Safari")
    view = accounts.session_view(session, token=done.token, now=now)
    assert view is not None and view.actor.user_id == user.id and view.actor.ip == "203.0.113.9"
    assert (view.user_name, view.email, view.owner, view.must_enrol, view.second_factor) == (
        "Test Person",
        user.email,
        True,
        False,
        False,
    )
    assert view.company is not None and view.company.startswith("Company")


def test_a_session_ends_after_seven_days(session: Session, now: datetime) -> None:
    token = signed_in(session, a_person(session, now), now).token
    assert is_alive(session, token, now + timedelta(days=7) - timedelta(seconds=1))
    assert not is_alive(session, token, now + timedelta(days=7))


def test_signing_out_ends_this_session_only(session: Session, now: datetime) -> None:
    user = a_person(session, now)
    one, other = signed_in(session, user, now), signed_in(session, user, now)
    accounts.sign_out(session, actor=one.actor, now=now)
    assert not is_alive(session, one.token, now)
    assert is_alive(session, other.token, now)
    assert trail(session, user.id)[-1] == "session.ended"
    accounts.sign_out(session, actor=one.actor, now=now)
    assert trail(session, user.id).count("session.ended") == 1, "a second click changes nothing"


def test_a_person_ends_their_own_sessions_and_nobody_elses(session: Session, now: datetime) -> None:
    user, stranger = a_person(session, now), a_person(session, now)
    here, phone, theirs = signed_in(session, user, now), signed_in(session, user, now), signed_in(session, stranger, now)
    lines = accounts.sessions_of(session, actor=here.actor, now=now)
    assert [(line.id, line.current) for line in lines] == [(phone.actor.session_id, False), (here.actor.session_id, True)]
    assert lines[0].ip == "203.0.113.9" and lines[0].user_agent == "Firefox"
    for session_id in (phone.actor.session_id, theirs.actor.session_id):
        assert session_id is not None
        accounts.revoke_session(session, actor=here.actor, session_id=session_id, now=now)
    assert [is_alive(session, done.token, now) for done in (here, phone, theirs)] == [True, False, True]


def test_suspension_and_deactivation_end_sessions(session: Session, now: datetime) -> None:
    admin = a_person(session, now, role="admin", second_factor=True)
    for status in ("suspended", "deactivated"):
        user = a_person(session, now)
        token = signed_in(session, user, now).token
        accounts.set_user_status(
            session, actor=actor_of(session, admin, now), user_id=user.id, status=status, reason="Fraud report.", now=now
        )
        assert not is_alive(session, token, now)
        accounts.set_user_status(
            session,
            actor=actor_of(session, admin, now + timedelta(minutes=1)),
            user_id=user.id,
            status="active",
            reason="Cleared.",
            now=now,
        )
        assert not is_alive(session, token, now), "what was revoked stays revoked"
        admin = a_person(session, now, role="admin", second_factor=True)


@pytest.mark.parametrize("status", ["pending", "suspended", "deactivated"])
def test_the_status_counts_whatever_became_of_the_sessions(session: Session, now: datetime, status: str) -> None:
    user = a_person(session, now)
    token = signed_in(session, user, now).token
    user.status = status
    session.flush()
    assert not is_alive(session, token, now)


def test_changing_the_password_ends_the_other_sessions(session: Session, now: datetime) -> None:
    user = a_person(session, now)
    here, elsewhere = signed_in(session, user, now), signed_in(session, user, now)
    accounts.change_password(session, actor=here.actor, current=PASSWORD, password=NEW_PASSWORD, now=now)
    assert is_alive(session, here.token, now)
    assert not is_alive(session, elsewhere.token, now)


def test_resetting_the_password_ends_all_sessions(session: Session, now: datetime) -> None:
    user = a_person(session, now)
    token = signed_in(session, user, now).token
    accounts.request_password_reset(session, email=user.email, now=now)
    accounts.reset_password(session, token=links(session, user.id, "password_reset")[0], password=NEW_PASSWORD, now=now)
    assert not is_alive(session, token, now)


def test_a_deactivated_company_locks_its_people_out(session: Session, now: datetime) -> None:
    user = a_person(session, now)
    token = signed_in(session, user, now).token
    company = session.get_one(Provider, user.provider_id)
    company.status = "suspended"
    session.flush()
    assert is_alive(session, token, now), "a suspended company can still see why, and write to us"
    company.status = "deactivated"
    session.flush()
    assert not is_alive(session, token, now)


def test_all_sessions_of_a_company_end_together(session: Session, now: datetime) -> None:
    owner = a_person(session, now)
    colleague = a_person(session, now, provider_id=owner.provider_id)
    tokens = [signed_in(session, user, now).token for user in (owner, colleague, owner)]
    assert owner.provider_id is not None
    assert accounts.revoke_provider_sessions(session, provider_id=owner.provider_id, reason="suspended", now=now) == 3
    assert not any(is_alive(session, token, now) for token in tokens)


def test_staff_without_second_factor_are_nobody_until_they_enrol(session: Session, now: datetime) -> None:
    done = signed_in(session, a_person(session, now, role="admin"), now)
    assert done.must_enrol
    assert accounts.current_actor(session, token=done.token, now=now) is None
    view = accounts.session_view(session, token=done.token, now=now)
    assert view is not None and view.must_enrol


def test_a_session_is_marked_as_seen_once_a_minute(session: Session, now: datetime) -> None:
    done = signed_in(session, a_person(session, now), now)

    def seen_after(seconds: int) -> datetime:
        accounts.session_view(session, token=done.token, now=now + timedelta(seconds=seconds))
        return session.get_one(UserSession, done.actor.session_id, populate_existing=True).last_seen_at

    assert seen_after(59) == now
    assert seen_after(61) == now + timedelta(seconds=61)


def test_looking_never_waits_for_another_request_of_the_same_session(database: Engine, now: datetime) -> None:
    with transaction() as session:
        token = signed_in(session, a_person(session, now), now).token
    later = now + timedelta(hours=1)
    with transaction() as slow:
        assert accounts.session_view(slow, token=token, now=later)
        with transaction() as quick:
            quick.execute(text("set local lock_timeout = '1ms'"))
            assert accounts.session_view(quick, token=token, now=later)
            assert accounts.current_actor(quick, token=token, now=later)


def test_revocation_counts_for_the_very_next_look(database: Engine, now: datetime) -> None:
    with transaction() as session:
        done = signed_in(session, a_person(session, now), now)
    with transaction() as reader:
        assert accounts.current_actor(reader, token=done.token, now=now)
        with transaction() as other:
            accounts.revoke_sessions(other, user_id=done.actor.user_id, reason="test", now=now)
        assert accounts.current_actor(reader, token=done.token, now=now) is None, "also inside an open transaction"


def test_one_statement_finds_the_actor(session: Session, now: datetime) -> None:
    token = signed_in(session, a_person(session, now), now).token
    statements: list[str] = []
    connection = session.connection()
    event.listen(connection, "before_cursor_execute", lambda *args: statements.append(args[2]))
    accounts.current_actor(session, token=token, now=now)
    assert len(statements) == 1


@pytest.fixture(scope="module")
def sample() -> str:
    return sessions._token(uuid7())


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_an_edited_token_is_never_ours(sample: str, data: st.DataObject) -> None:
    """One sign changed, added, dropped or swapped anywhere: the id can't be read from it any more."""
    place = data.draw(st.integers(0, len(sample) - 1))
    sign = data.draw(st.sampled_from(SIGNS))
    edited = data.draw(
        st.sampled_from(
            [
                sample[:place] + sign + sample[place + 1 :],
                sample[:place] + sign + sample[place:],
                sample[:place] + sample[place + 1 :],
                sample[:place],
                sample + sign,
                sample.upper(),
                sample.replace(".", ""),
                ".".join(reversed(sample.split("."))),
            ]
        )
    )
    assert sessions._session_id(sample) is not None
    assert edited == sample or sessions._session_id(edited) is None


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(token=st.one_of(st.text(max_size=100), st.from_regex(r"[0-9a-f]{32}\.[A-Za-z0-9_-]{43}", fullmatch=True)))
def test_whatever_a_cookie_holds_it_is_nobody(session: Session, token: str) -> None:
    moment = datetime.fromisoformat("2026-11-04T18:00:00+00:00")
    assert accounts.current_actor(session, token=token, now=moment) is None
    assert accounts.session_view(session, token=token, now=moment) is None


def test_a_signature_for_another_purpose_or_key_is_refused(session: Session, now: datetime) -> None:
    user = a_person(session, now)
    done = signed_in(session, user, now)
    session_id = done.token.split(".")[0]
    other_session = signed_in(session, user, now).token.split(".")[0]
    forgeries = [
        f"{session_id}.{crypto.sign(session_id, purpose='lead-status')}",
        f"{other_session}.{done.token.split('.')[1]}",
        f"{session_id}.{base64.urlsafe_b64encode(bytes(32)).rstrip(b'=').decode()}",
        session_id,
    ]
    assert [accounts.current_actor(session, token=forged, now=now) for forged in forgeries] == [None] * 4


def test_a_signed_id_without_a_row_is_nobody(session: Session, sample: str, now: datetime) -> None:
    assert sessions._session_id(sample) is not None
    assert accounts.current_actor(session, token=sample, now=now) is None


def test_the_table_alone_does_not_give_a_session_away(session: Session, now: datetime) -> None:
    """Whoever reads the database sees ids, not tokens."""
    user: User = a_person(session, now)
    done = signed_in(session, user, now)
    row = session.execute(text("select s::text from user_session s where id = :id"), {"id": done.actor.session_id}).scalar_one()
    assert done.token.split(".")[1] not in row
