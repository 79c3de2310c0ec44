"""What administrators see and do beside status and role (SPEC 1.4, 1.5, 1.8)."""

from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import accounts, audit
from core.accounts.sessions import open_session
from core.kit.actor import SYSTEM, Actor
from core.kit.errors import Conflict, Forbidden, Invalid, NotFound
from core.kit.ids import uuid7
from tests.builders import a_user

ADMIN = Actor(user_id=uuid7(), role="admin")


def test_one_person_with_their_sessions(session: Session, now: datetime) -> None:
    user = a_user(session, now, role="analyst", full_name="Robin Example", email="robin@example.com")
    open_session(session, user=user, ip="203.0.113.9", user_agent="Firefox", now=now)
    view = accounts.get_user(session, actor=ADMIN, user_id=user.id, now=now)
    assert (view.full_name, view.role, view.email) == ("Robin Example", "analyst", "robin@example.com")
    (line,) = accounts.sessions_of_user(session, actor=ADMIN, user_id=user.id, now=now)
    assert (line.ip, line.user_agent, line.current) == ("203.0.113.9", "Firefox", False)
    with pytest.raises(NotFound):
        accounts.get_user(session, actor=ADMIN, user_id=SYSTEM.user_id, now=now)


def test_signed_out_everywhere_at_once(session: Session, now: datetime) -> None:
    user = a_user(session, now, role="analyst", totp_confirmed_at=now, totp_secret=b"x")
    tokens = [open_session(session, user=user, ip=None, user_agent=None, now=now).token for _ in range(3)]
    assert accounts.end_sessions(session, actor=ADMIN, user_id=user.id, reason="  lost laptop ", now=now) == 3
    assert [accounts.current_actor(session, token=token, now=now) for token in tokens] == [None] * 3
    (entry,) = audit.search(session, actor=ADMIN, action="user.sessions_ended", now=now)
    assert (entry.memo, entry.after, entry.entity_id) == ("lost laptop", {"sessions": 3}, user.id)
    with pytest.raises(Conflict, match="not signed in"):
        accounts.end_sessions(session, actor=ADMIN, user_id=user.id, reason="again", now=now)


def test_reasons_are_never_left_out(session: Session, now: datetime) -> None:
    user = a_user(session, now, role="analyst", totp_confirmed_at=now, totp_secret=b"x")
    for reason in ("", "  a ", "x" * 501):
        for verb in (accounts.end_sessions, accounts.reset_totp):
            with pytest.raises(Invalid) as refused:
                verb(session, actor=ADMIN, user_id=user.id, reason=reason, now=now)
            assert "3 to 500 characters" in refused.value.fields["reason"]
        with pytest.raises(Invalid):
            accounts.set_user_role(session, actor=ADMIN, user_id=user.id, role="scientist", reason=reason, now=now)
    assert user.role == "analyst" and user.totp_secret is not None


def test_an_invitation_again(session: Session, now: datetime) -> None:
    person = accounts.create_user(
        session, actor=ADMIN, email="new@example.com", password=None, full_name="New Person", role="analyst", now=now
    )
    accounts.invite_again(session, actor=ADMIN, user_id=person.id, now=now)
    live = text("select count(*) from account_token where user_id = :u and used_at is null and expires_at > :now")
    assert session.execute(live, {"u": person.id, "now": now}).scalar_one() == 1, "the old link died"
    with pytest.raises(Conflict, match="has a password already"):
        accounts.invite_again(session, actor=ADMIN, user_id=a_user(session, now).id, now=now)


def test_found_by_a_part_of_name_or_address(session: Session, now: datetime) -> None:
    robin = a_user(session, now, full_name="Robin 100% Example", email="robin_x@example.com")
    a_user(session, now, full_name="Somebody Else", email="else@example.com")
    for fragment in ("robin 100%", "ROBIN_X@", " example"):
        assert robin.id in accounts.find_people(session, actor=ADMIN, fragment=fragment)
    assert accounts.find_people(session, actor=ADMIN, fragment="robinxx") == []
    names = accounts.names_of(session, actor=ADMIN, user_ids=[robin.id, uuid7()])
    assert names == {robin.id: "Robin 100% Example"}


def test_all_of_it_is_for_administrators(session: Session, now: datetime) -> None:
    analyst, user = Actor(user_id=uuid7(), role="analyst"), a_user(session, now)
    with pytest.raises(Forbidden):
        accounts.get_user(session, actor=analyst, user_id=user.id, now=now)
    with pytest.raises(Forbidden):
        accounts.sessions_of_user(session, actor=analyst, user_id=user.id, now=now)
    with pytest.raises(Forbidden):
        accounts.end_sessions(session, actor=analyst, user_id=user.id, reason="because", now=now)
    with pytest.raises(Forbidden):
        accounts.invite_again(session, actor=analyst, user_id=user.id, now=now)
    with pytest.raises(Forbidden):
        accounts.find_people(session, actor=analyst, fragment="x")
    with pytest.raises(Forbidden):
        accounts.names_of(session, actor=Actor(user_id=uuid7(), role="provider", provider_id=uuid7()), user_ids=[user.id])
