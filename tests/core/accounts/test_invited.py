"""An invitation and its acceptance at the same moment (SPEC 1.3)."""

from datetime import datetime

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core import accounts
from core.accounts.models import User
from core.kit.db import transaction
from tests.core.accounts.people import NEW_PASSWORD, a_person, actor_of, at_once, links
from tests.core.accounts.test_links import accept, an_invitation

KIM = text("select id from user_account where email_key = 'kim@example.com'")


def test_an_invitation_sent_while_the_last_one_is_accepted_waits_and_is_refused(database: Engine, now: datetime) -> None:
    """Else a link that sets a password anew would lie in a mailbox for a week (SPEC 1.3)."""
    with transaction() as session:
        owner = a_person(session, now)
        actor = actor_of(session, owner, now)
        accounts.invite(session, actor=actor, email="kim@example.com", now=now)
        (token,) = links(session, session.execute(KIM).scalar_one(), "invitation")
    outcomes = at_once(
        lambda session: accounts.accept_invitation(session, token=token, full_name="Kim Lee", password=NEW_PASSWORD, now=now),
        *[lambda session: accounts.invite(session, actor=actor, email="kim@example.com", now=now)] * 3,
    )
    assert all(isinstance(each, User | accounts.EmailTaken | accounts.LinkUsed) for each in outcomes), outcomes
    with transaction() as session:
        kim = session.get_one(User, session.execute(KIM).scalar_one())
        alive = text("select count(*) from account_token where user_id = :id and purpose = 'invitation' and used_at is null")
        assert (kim.status == "active") == (session.execute(alive, {"id": kim.id}).scalar_one() == 0)


def test_an_invitation_sets_no_password_anew(session: Session, now: datetime) -> None:
    user, token = an_invitation(session, now)
    user.password_hash, user.status = "there is one", "active"
    session.flush()
    with pytest.raises(accounts.LinkUsed):
        accept(session, token, now)
