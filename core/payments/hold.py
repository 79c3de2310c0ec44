"""An admin puts a wallet on hold and its people are told why (SPEC 6.1, 6.2); releasing it is ``ledger.unfreeze``."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from core import ledger
from core.kit.actor import Actor
from core.kit.config import settings
from core.kit.mail import request_mail
from core.payments.reversals import FROZEN


def freeze_wallet(session: Session, *, actor: Actor, provider_id: UUID, reason: str, now: datetime) -> bool:
    """Freeze a wallet and mail its people the reason (10..500); admins only. ``False`` when it was frozen already.

    One that only a reversal holds, which a won dispute would release by itself, is held for this reason, too.
    """
    frozen = ledger.freeze(session, actor=actor, provider_id=provider_id, reason=reason, besides=FROZEN, now=now)
    if frozen:
        request_mail(
            session,
            "wallet_frozen",
            key=f"{provider_id}:{now.isoformat()}",
            now=now,
            provider_id=provider_id,
            context={"reason": reason.strip(), "link": f"{settings().base_url}/wallet"},
        )
    return frozen
