"""The ground the demo stands on: system user, mail templates, markets, niches, staff, a partner; and what was made, by name."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import accounts, markets, messaging, niches, payments
from core.kit.actor import SYSTEM, Actor
from core.kit.db import Json
from core.niches import LevelView, NicheView
from demo.rhythm import DAYS
from demo.sign_ins import STAFF
from demo.world import NICHES

PARTNER, PARTNER_SHARE = "Neighbor Network", "15"


@dataclass(frozen=True, slots=True)
class Ground:
    """What the demo's names stand for in this database."""

    admin: Actor
    markets: dict[str, UUID]  # by slug
    niches: dict[str, NicheView]  # by slug
    schemas: dict[str, Json]  # by niche slug
    levels: dict[str, list[LevelView]]  # by niche slug, in their order
    owners: dict[str, Actor] = field(default_factory=dict)  # companies' owners by e-mail


def prepare(session: Session, *, now: datetime) -> None:
    """Make everything that leads and providers need; what is there already stays (SPEC 2.1, 4.1)."""
    accounts.ensure_system_user(session, now=now)
    messaging.seed_templates(session, now=now)
    markets.seed_launch_markets(session, now=now)
    # Before the history begins: its runs ask how their levels stood then, and so do replays.
    niches.seed_launch_niches(session, now=now - timedelta(days=DAYS + 1))
    known = set(session.scalars(text("select email_key from user_account")))
    for person in STAFF:
        if person.email not in known:
            accounts.add_demo_user(
                session, email=person.email, password=person.password, full_name=person.full_name, role=person.role, now=now
            )
    if not payments.list_partners(session, actor=SYSTEM):
        payments.add_partner(session, actor=SYSTEM, name=PARTNER, share_percent=PARTNER_SHARE, now=now)


def ground(session: Session) -> Ground:
    """What stands in the database now."""
    open_niches = {view.slug: view for view in niches.list_niches(session)}
    return Ground(
        admin=_admin(session),
        markets={view.slug: view.id for view in markets.all_markets(session)},
        niches=open_niches,
        schemas=first_forms(session),
        levels={slug: niches.levels_of(session, view.id) for slug, view in open_niches.items()},
        owners={
            email: Actor(user_id, "provider", provider_id)
            for email, user_id, provider_id in session.execute(
                text("select email_key, id, provider_id from user_account where owner order by id")
            )
        },
    )


def first_forms(session: Session) -> dict[str, Json]:
    """The forms the launch niches began with, by slug: the demo's people answer these, whatever is published later."""
    return {slug: niches.schema_at(session, niches.get_niche(session, slug).id, 1) for slug in NICHES}


def _admin(session: Session) -> Actor:
    key = STAFF[0].email
    user_id: UUID = session.execute(text("select id from user_account where email_key = :key"), {"key": key}).scalar_one()
    return Actor(user_id, "admin")
