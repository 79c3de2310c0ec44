"""Searching the trail (SPEC 1.9)."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import Actor, Role
from core.kit.clock import utc_now
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from core.kit.logs import correlation_id

ADMIN = Actor(user_id=uuid7(), role="admin", ip="203.0.113.7")


@pytest.fixture
def trail(session: Session, now: datetime) -> list[UUID]:
    """Six entries, one a minute, of two kinds of thing and two actors."""
    things = [uuid7(), uuid7()]
    other = Actor(user_id=uuid7(), role="system")
    for number, action in enumerate(
        ["lead.submitted", "lead.approved", "wallet.credited", "lead.sold", "lead_source.added", "user.suspended"]
    ):
        audit.record(
            session,
            ADMIN if number % 2 else other,
            action,
            entity_type="lead" if action.startswith("lead.") else "thing",
            entity_id=things[number % 2],
            now=now + timedelta(minutes=number),
            memo="100% checked_by hand" if action == "lead.approved" else None,
            before={"status": "a"},
        )
    return things


def actions(session: Session, **filters: object) -> list[str]:
    return [entry.action for entry in audit.search(session, actor=ADMIN, now=utc_now(), **filters)]  # type: ignore[arg-type]


def test_newest_first_with_all_that_was_recorded(session: Session, trail: list[UUID], now: datetime) -> None:
    newest = audit.search(session, actor=ADMIN, now=now)[0]
    assert (newest.action, newest.entity_id, newest.ip, newest.actor_role) == ("user.suspended", trail[1], "203.0.113.7", "admin")
    assert (newest.before, newest.after, newest.at) == ({"status": "a"}, None, now + timedelta(minutes=5))


def test_filters(session: Session, trail: list[UUID], now: datetime) -> None:
    assert actions(session, action="lead.") == ["lead.sold", "lead.approved", "lead.submitted"]
    assert actions(session, action="lead_") == ["lead_source.added"], "an underscore is a letter, not a wildcard"
    assert actions(session, entity_type="lead", entity_id=trail[0]) == ["lead.submitted"]
    assert actions(session, actor_id=ADMIN.user_id, action="lead.") == ["lead.sold", "lead.approved"]
    assert actions(session, since=now + timedelta(minutes=1), until=now + timedelta(minutes=3)) == [
        "wallet.credited",
        "lead.approved",
    ]
    assert actions(session, memo="CHECKED_by") == ["lead.approved"]
    assert actions(session, memo="100_") == [], "an underscore is a letter, not a wildcard"


def test_entries_of_one_request_share_its_correlation_id(session: Session, trail: list[UUID], now: datetime) -> None:
    token = correlation_id.set("request-1")
    audit.record(session, ADMIN, "niche.closed", entity_type="niche", entity_id=None, now=now)
    correlation_id.reset(token)
    assert actions(session, correlation_id="request-1") == ["niche.closed"]


def test_paging_meets_every_entry_once(session: Session, trail: list[UUID]) -> None:
    seen, before = [], None
    while page := audit.search(session, actor=ADMIN, before_id=before, limit=4, now=utc_now()):
        seen += [entry.id for entry in page]
        before = page[-1].id
    assert len(seen) == len(set(seen)) == 6
    assert seen == sorted(seen, reverse=True)


def test_every_action_is_known_once(session: Session, now: datetime) -> None:
    assert audit.actions(session, actor=ADMIN) == [], "nothing was done yet"
    for action in ("user.suspended", "lead.sold", "lead_source.added", "lead.sold"):
        audit.record(session, ADMIN, action, entity_type="thing", entity_id=uuid7(), now=now)
    assert audit.actions(session, actor=ADMIN) == ["lead.sold", "lead_source.added", "user.suspended"]


@pytest.mark.parametrize("role", ["analyst", "scientist", "provider", "public"])
def test_only_administrators_read_the_trail(session: Session, role: Role) -> None:
    with pytest.raises(Forbidden):
        audit.search(session, actor=Actor(user_id=uuid7(), role=role), now=utc_now())
    with pytest.raises(Forbidden):
        audit.actions(session, actor=Actor(user_id=uuid7(), role=role))
