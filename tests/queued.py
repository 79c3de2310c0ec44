"""What waits in the outbox, for tests that ask what was told to whom."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit import crypto


def mails(session: Session, template: str) -> list[dict[str, Any]]:
    """Queued mails of a template, oldest first, with the sealed part opened."""
    rows = session.execute(
        text("select payload, sealed, key from outbox where kind = 'email' and payload ->> 'template' = :t order by id"),
        {"t": template},
    )
    return [
        {**row.payload, "key": row.key, **(crypto.unseal(row.sealed, purpose="outbox") if row.sealed else {})} for row in rows
    ]
