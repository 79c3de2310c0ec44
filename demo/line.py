"""Where everybody stands in line once the history is there.

The story is loaded first, and both sides of the market beside each other, so turns were taken in another order than the sales
are dated in. Afterwards everybody stands where these sales say: whoever got the latest lead last. The next runs then walk a line
that a second look at their past finds again (32_why.sql).
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

AS_OF_NOW = text("""
    select set_config('past.moment', now()::text, true),
           set_config('past.before', 'ffffffff-ffff-ffff-ffff-ffffffffffff', true)""")
# As a run locks them, so that one that goes on meanwhile and this never wait for each other.
_LOCK = text("select from subscription order by provider_id, id for no key update")
# Leads of one moment came in the order of their ids; a microsecond apart, as the engine gives them out.
_STAND = text("""
    update subscription s set last_received_at = line.at
      from (select p.id, p.last_received_at + interval '1 microsecond' * (row_number() over same_moment - 1) as at
              from past.subscription p
            window same_moment as (partition by p.level_id, p.last_received_at
                                   order by (past.last_sale(p.provider_id, p.level_id)).id nulls first, p.provider_id)) line
     where line.id = s.id and line.at is distinct from s.last_received_at""")


def stand_in_line(session: Session) -> None:
    """Put every subscription where its sales say, as of now."""
    session.execute(AS_OF_NOW)
    session.execute(_LOCK)
    session.execute(_STAND)
