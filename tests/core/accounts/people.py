"""People of the accounts tests, and a way to let two of them act at the same moment."""

import re
import threading
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import accounts
from core.accounts import passwords, totp
from core.accounts.models import User
from core.kit import crypto
from core.kit.actor import Actor
from core.kit.db import transaction
from tests.builders import a_provider, a_user

PASSWORD = "mountain lantern quiet"
NEW_PASSWORD = "harbour violin sixteen"


@lru_cache(maxsize=1)
def password_hash() -> str:
    return passwords.hash_password(PASSWORD)


def a_person(session: Session, now: datetime, *, role: str = "provider", second_factor: bool = False, **more: Any) -> User:
    """Somebody active who signs in with ``PASSWORD``; providers get a company of their own."""
    if role == "provider" and "provider_id" not in more:
        more["provider_id"] = a_provider(session, now, balance_cents=0).id
        more.setdefault("owner", True)
    if second_factor:
        more |= {"totp_secret": totp.sealed_secret(), "totp_confirmed_at": now}
    return a_user(session, now, role=role, **{"password_hash": password_hash()} | more)


def signed_in(session: Session, user: User, now: datetime) -> accounts.SignedIn:
    """A session of the person, second factor included."""
    done = accounts.sign_in(session, email=user.email, password=PASSWORD, ip="203.0.113.9", user_agent="Firefox", now=now)
    if isinstance(done, accounts.HalfWay):
        second = accounts.second_factor(
            session, half_way=done.token, code=code(session, user, now), ip="203.0.113.9", user_agent="Firefox", now=now
        )
        assert isinstance(second, accounts.SignedIn)
        return second
    return done


def actor_of(session: Session, user: User, now: datetime) -> Actor:
    return signed_in(session, user, now).actor


def half_way(session: Session, user: User, now: datetime) -> str:
    done = accounts.sign_in(session, email=user.email, password=PASSWORD, ip=None, user_agent=None, now=now)
    assert isinstance(done, accounts.HalfWay)
    return done.token


def code(session: Session, user: User, now: datetime) -> str:
    """The code that the person's phone shows."""
    fresh = session.get_one(User, user.id, populate_existing=True)
    shown = totp.current_code(fresh, now=now)
    assert shown is not None
    return shown


def links(session: Session, user_id: UUID, template: str) -> list[str]:
    """Tokens of the links in the letters of one kind that were asked for, newest first."""
    rows = session.execute(
        text("""select sealed from outbox where kind = 'email' and payload ->> 'template' = :template
                and payload ->> 'user_id' = :user order by id desc"""),
        {"template": template, "user": str(user_id)},
    ).scalars()
    return [re.split("token=", crypto.unseal(bytes(sealed), purpose="outbox")["link"])[1] for sealed in rows]


def letters(session: Session, template: str) -> int:
    return int(
        session.execute(text("select count(*) from outbox where payload ->> 'template' = :t"), {"t": template}).scalar_one()
    )


def trail(session: Session, user_id: UUID) -> list[str]:
    """Actions recorded about a person, oldest first."""
    return list(
        session.execute(text("select action from audit_entry where entity_id = :id order by id"), {"id": user_id}).scalars()
    )


def at_once(*acts: Callable[[Session], Any]) -> list[Any]:
    """Run each act in a transaction of its own, all released at the same moment; results or exceptions, in order."""
    gate = threading.Barrier(len(acts))
    outcomes: list[Any] = [None] * len(acts)

    def run(place: int) -> None:
        try:
            with transaction() as session:
                session.execute(text("select 1"))
                gate.wait(timeout=10)
                outcomes[place] = acts[place](session)
        except Exception as error:
            outcomes[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
