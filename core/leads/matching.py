"""Whether the hashes by which people are known again are made with the key of today (docs/adr/0034)."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.leads import identity

LOOKED_AT = 50  # people at either end of time
_ENDS = text("""(select id, email_key, phone, block_keys from contact where block_keys <> '{}' order by id limit :most)
 union (select id, email_key, phone, block_keys from contact where block_keys <> '{}' order by id desc limit :most)""")


def strangers(session: Session) -> tuple[int, int]:
    """How many of the oldest and the newest people would not be known again, and how many were looked at.

    Those were hashed with another ``HOTLEADS_MATCHING_KEY``: neither do-not-contact lists nor an earlier request find them.
    """
    rows = session.execute(_ENDS, {"most": LOOKED_AT}).all()
    unknown = sum(not set(identity.block_keys(row.email_key, row.phone)) <= set(row.block_keys) for row in rows)
    return unknown, len(rows)
