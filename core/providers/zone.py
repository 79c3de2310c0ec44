"""The clock of a company's people: for what reaches them at their hour (SPEC 11).

It is that of the first market, by name, of those the company named; UTC for whoever named none.
"""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

_ZONE = """coalesce((select m.timezone from provider_interest i join market m on m.id = i.market_id
                      where i.provider_id = {provider} order by m.name limit 1), 'UTC')"""


def zone_of_user(session: Session, *, user_id: UUID) -> str:
    """IANA zone of a user's company; UTC for whoever has none."""
    found = session.execute(
        text(f"select {_ZONE.format(provider='u.provider_id')} from user_account u where u.id = :user"),  # noqa: S608 -- constant
        {"user": user_id},
    ).scalar_one_or_none()
    return found or "UTC"


def zones(session: Session) -> dict[UUID, str]:
    """IANA zone of every active provider."""
    rows = session.execute(text(f"select p.id, {_ZONE.format(provider='p.id')} from provider p where p.status = 'active'"))  # noqa: S608 -- constant
    return dict(rows.all())
