"""The first minute of an exchange: no niche, no lead, no money, and every page still says what it is for."""

from sqlalchemy import Engine

from core.kit.clock import utc_now
from core.kit.db import transaction
from dashboard import navigation
from tests import builders
from tests.dashboard.conftest import page_as, sound
from tests.dashboard.world import token_of


def test_every_page_opens_in_an_empty_exchange(database: Engine) -> None:
    with transaction() as session:
        now = utc_now()
        provider = builders.a_provider(session, now, balance_cents=0)
        people = [
            ("admin", builders.a_user(session, now, role="admin", totp_confirmed_at=now, totp_secret=b"x")),
            ("provider", builders.a_user(session, now, role="provider", provider_id=provider.id)),
        ]
        tokens = {role: token_of(session, user, now) for role, user in people}
    for role, token in tokens.items():
        for entry in navigation.pages_of(role):
            page = page_as(token, entry.path)
            sound(page)
            assert page.title, entry.path
