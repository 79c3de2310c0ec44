"""After-work of the past: the news it makes is recorded at its own time, its mails are set aside unsent."""

import json
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import providers
from core.kit import crypto
from core.kit.clock import utc_now
from demo.past import then

CORRELATION = "demo-history"
NOTE = "History of the demo market: worked off while loading; mails were not sent."

# What the loader's own verbs enqueued, and what the database's triggers did on their behalf.
_MINE = """state = 'ready' and created_at <= :until
           and (correlation_id = :correlation or kind in ('subscription.changed', 'wallet.low', 'listing.publish'))"""


KNOWN = {"email", "lead.score", "distribution.run", "subscription.changed", "wallet.low", "listing.publish", "payment.webhook"}


def settle(session: Session, *, until: datetime) -> None:
    """Work off what this transaction has queued up to a moment of the past; nothing of it reaches a worker.

    Scores, distribution and payments have been done by the loader at their own time. Raises for a kind it does not know.
    """
    marks = {"until": until, "correlation": CORRELATION}
    news = session.execute(
        text(f"select payload, created_at from outbox where {_MINE} and kind = 'subscription.changed' order by created_at"),  # noqa: S608
        marks,
    ).all()
    for payload, at in news:
        then(
            providers.announce_subscription_change,
            session,
            subscription_id=UUID(payload["subscription_id"]),
            change=payload["change"],
            now=at,
        )
    done = session.execute(
        text(f"""update outbox set state = 'done', attempts = 1, sealed = null, finished_at = created_at,
                 progress = cast(:note as jsonb) where {_MINE} returning kind"""),  # noqa: S608 -- constants
        marks | {"note": json.dumps({"note": NOTE})},
    )
    unknown = set(done.scalars()) - KNOWN
    if unknown:
        raise RuntimeError(f"The demo's history does not know how to work off {', '.join(sorted(unknown))}.")
    # What is left is for the worker, and due from today: it has not been waiting since its day in the past.
    session.execute(
        text("update outbox set run_at = :today where state = 'ready' and created_at <= :until and run_at <= :until"),
        {"today": utc_now(), "until": until},
    )


def newest_link_token(session: Session) -> str:
    """The token in the link of the mail that this transaction asked for last, as its reader would click it."""
    pushed = session.info["outbox_pushes"][-1]
    sealed: bytes = session.execute(text("select sealed from outbox where id = :id"), {"id": pushed.id}).scalar_one()
    link: str = crypto.unseal(sealed, purpose="outbox")["link"]
    return link.partition("token=")[2]
