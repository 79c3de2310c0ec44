"""Cases from the exchange's own history: read through a verb of core, masked, up to a cut-off."""

from datetime import datetime

import numpy as np
from sqlalchemy.orm import Session

from core import reports
from core.kit.actor import Actor
from ml.cases.cases import Cases, facts_of, table_of
from ml.splits import together


def from_exchange(session: Session, *, actor: Actor, until: datetime, most: int | None = None) -> Cases:
    """Every lead that was scored before ``until``, or the latest ``most``: what was known then, what had become of it by then.

    Leads of one person or with one text are one group. Staff only.
    """
    past = reports.past_leads(session, actor=actor, until=until, most=most)
    rows = [facts_of(each.signals, niche=each.niche, market=each.market, source=each.source, at=each.at) for each in past]
    groups = together([each.person for each in past], [each.wording for each in past]) if past else np.array([], np.int64)
    return Cases(
        table=table_of(rows),
        fraud=np.array([np.nan if each.fraud is None else float(each.fraud) for each in past]),
        good=np.array([np.nan if each.good is None else float(each.good) for each in past]),
        order=np.array([each.at.timestamp() for each in past]),
        groups=groups,
        origin="exchange",
        cut_off=until.isoformat(),
    )
