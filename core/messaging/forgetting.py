"""Empty mails that need not be readable any more: that they were sent, and their events, stay (SPEC 13.6)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

_READABLE = "from email_message where sealed is not null and status <> 'queued' and queued_at < :before"


def forget_mails_to(session: Session, *, recipient_ids: Sequence[UUID]) -> None:
    """Address and text of every mail to these consumers."""
    session.execute(
        text("""update email_message set sealed = null, address_key = null
                where recipient_type = 'lead' and recipient_id = any(:ids) and sealed is not null"""),
        {"ids": list(recipient_ids)},
    )


def forget_mails_about(session: Session, *, ids: Sequence[UUID]) -> None:
    """Address and text of every mail, to whomever, whose links name one of these leads, assignments or claims."""
    session.execute(
        text(
            "update email_message set sealed = null where about && cast(:ids as uuid[]) and sealed is not null and about <> '{}'"
        ),
        {"ids": list(ids)},
    )


def count_readable(session: Session, *, before: datetime, most: int) -> int:
    """How many mails older than a moment can still be read; counts up to ``most``."""
    counted = text(f"select count(*) from (select 1 {_READABLE} limit :most) found")  # noqa: S608 -- constant
    return int(session.execute(counted, {"before": before, "most": most}).scalar_one())


def forget_old_mails(session: Session, *, before: datetime, most: int) -> int:
    """Address and text of up to ``most`` mails older than a moment, oldest first; returns how many."""
    chosen = f"select id {_READABLE} order by queued_at limit :most for update skip locked"
    emptied = session.execute(
        text(f"update email_message set sealed = null, address_key = null where id in ({chosen}) returning id"),  # noqa: S608
        {"before": before, "most": most},
    )
    return len(emptied.all())
