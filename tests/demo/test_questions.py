"""Companies of the demo ask now and then, and find an answer (SPEC 7.8)."""

import random
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from core import providers
from core.kit.actor import Actor
from demo import questions
from demo.companies import companies
from demo.setting import Ground
from tests.builders import a_provider, a_user

FIRMS = companies(random.Random("a seed"))


def test_some_ask_once_and_the_demos_own_provider_twice(now: datetime) -> None:
    joined = now - timedelta(days=80)
    asked = {firm.number: questions.moments(firm, joined, seed=7, now=now) for firm in FIRMS}
    assert asked == {firm.number: questions.moments(firm, joined, seed=7, now=now) for firm in FIRMS}
    assert len(asked.pop(1)) == 2
    assert 5 <= sum(map(len, asked.values())) <= 30
    assert all(joined < at < now for moments in asked.values() for at in moments)
    assert questions.moments(FIRMS[20], now - timedelta(hours=3), seed=7, now=now) == []


def test_the_newest_question_waits_for_the_person_at_the_screen(session: Session, now: datetime) -> None:
    provider = a_provider(session, now)
    owner = a_user(session, now, role="provider", provider_id=provider.id)
    admin = Actor(a_user(session, now).id, "admin")
    mine = Actor(owner.id, "provider", provider.id)
    ground = Ground(admin=admin, markets={}, niches={}, schemas={}, levels={}, owners={FIRMS[0].email: mine})
    for at in questions.moments(FIRMS[0], now - timedelta(days=80), seed=7, now=now):
        questions.ask(session, FIRMS[0], ground, seed=7, now=at, ends=now)
    newest, oldest = providers.support_requests(session, actor=mine)
    assert (newest.status, oldest.status, oldest.messages) == ("open", "answered", 2)
    assert oldest.created_at < oldest.updated_at < now and newest.created_at == now - timedelta(hours=5)
