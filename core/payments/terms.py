"""On which terms a company buys, in one statement: whether it may, what its plan gives, since when it sees a listing."""

from dataclasses import dataclass, fields
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import providers
from core.kit.alone import rows_alone
from core.payments.plans import PlanView

_TERMS = text(f"""
    select {", ".join(field.name for field in fields(PlanView))}, status, longest_minutes
      from buying_terms where provider_id = :provider""")  # noqa: S608 -- constants


@dataclass(frozen=True, slots=True)
class Terms:
    """A company's plan, and how long the plan that sees a listing first sees it before the one that sees it last."""

    plan: PlanView
    longest: timedelta

    @property
    def wait(self) -> timedelta:
        """How long after it opened this company may see and hold a listing (SPEC 9.4)."""
        return self.longest - timedelta(minutes=self.plan.early_access_minutes)


def terms_of(session: Session, *, provider_id: UUID) -> Terms:
    """The terms of an active company; raises ``ProviderNotFound`` or ``ProviderNotActive`` (SPEC 1.3, 9.4)."""
    rows = rows_alone(session, _TERMS, {"provider": provider_id})
    if not rows:
        raise providers.ProviderNotFound
    *given, status, longest = rows[0]
    if status != "active":
        raise providers.ProviderNotActive(status)
    return Terms(PlanView(*given), timedelta(minutes=longest))
