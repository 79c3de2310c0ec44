"""Commands about the data: migrate, seed, verify."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import text

import core.tables  # noqa: F401
from core import accounts, markets, messaging, niches, ops
from core.kit.actor import SYSTEM
from core.kit.checks import Check
from core.kit.clock import utc_now
from core.kit.config import settings
from core.kit.db import transaction
from core.kit.local import use_services
from core.kit.migrations import upgrade
from jobs.verification import verify_all

Say = Callable[[str], None]


def migrate() -> str:
    """Run missing migrations; returns the revision the database is at."""
    with use_services():
        upgrade(settings().database_url)
        with transaction() as session:
            return str(session.execute(text("select version_num from alembic_version")).scalar_one())


def seed(*, say: Say) -> None:
    """Migrate, add what every instance needs, then the demo market while its setting is on; safe to repeat."""
    with use_services():
        upgrade(settings().database_url)
        seed_core()
        say("Markets, niches, templates and accounts are in place.")
        if settings().demo:
            from demo.load import load
            from demo.sources import load_sources

            load(say, after_story=load_sources)
            load_sources(say)


def seed_core() -> None:
    """What every instance needs; what is there already stays."""
    now = utc_now()
    with transaction() as session:
        accounts.ensure_system_user(session, now=now)
        markets.seed_launch_markets(session, now=now)
        niches.seed_launch_niches(session, now=_opened(now))
        messaging.seed_templates(session, now=now)


def _opened(now: datetime) -> datetime:
    """Since when the launch niches are there: in the demo since before its history, which asks how their levels stood then."""
    if not settings().demo:
        return now
    from demo.rhythm import DAYS

    return now - timedelta(days=DAYS + 1)


def invite_admin(*, email: str, name: str) -> str:
    """Invite an administrator in the system's name; returns the address. Raises ``EmailTaken`` or ``Invalid``."""
    with use_services(), transaction() as session:
        user = accounts.create_user(
            session, actor=SYSTEM, email=email, full_name=name, password=None, role="admin", now=utc_now()
        )
        return user.email


def verify() -> list[Check]:
    """Every check of money, trail and slots, on one snapshot of the database."""
    with use_services(), transaction() as session:
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        database = ops.check_database(session)
        if not database.ok:
            return [database]
        return verify_all(session)
