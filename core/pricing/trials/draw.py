"""Which way prices a listing: drawn once by its id while a trial runs, the winner's for all after a verdict."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.pricing.trials.trial import Arm, Trial, running


@dataclass(frozen=True, slots=True)
class Drawn:
    """Which way prices a listing; ``trial`` names the one that drew it, and is empty when an earlier one decided."""

    arm: Arm
    trial: str = ""


def arms(session: Session, lead_ids: Sequence[UUID], *, now: datetime) -> dict[UUID, Drawn]:
    """Which way prices these listings, where a trial has a say: those it drew, drawing new ones; after a verdict on the
    version in force, the winner for all."""
    trial = running(session)
    if trial is None:
        verdict = _verdict(session)
        return {} if verdict is None else dict.fromkeys(lead_ids, Drawn(verdict))
    _draw(session, trial, lead_ids, now=now)
    rows = session.execute(
        text("select lead_id, arm from price_trial_listing where trial_id = :trial and lead_id = any (:leads)"),
        {"trial": trial.id, "leads": list(lead_ids)},
    )
    return {row.lead_id: Drawn(row.arm, trial.name) for row in rows}


def _draw(session: Session, trial: Trial, lead_ids: Sequence[UUID], *, now: datetime) -> None:
    fresh = session.scalars(
        text("""select i.lead_id from listing i where i.lead_id = any (:leads) and i.opened_at >= :since and i.state = 'open'
                   and not exists (select from price_trial_listing t where t.lead_id = i.lead_id)"""),
        {"leads": list(lead_ids), "since": trial.started_at},
    ).all()
    if fresh:
        session.execute(
            text("""insert into price_trial_listing (lead_id, trial_id, arm, at) values (:lead, :trial, :arm, :now)
                    on conflict do nothing"""),
            [{"lead": lead, "trial": trial.id, "arm": trial.arm_of(lead), "now": now} for lead in fresh],
        )


def _verdict(session: Session) -> Arm | None:
    """Who won the latest trial of the price model that is in force."""
    arm: Arm | None = session.execute(
        text("""select t.winner from price_trial t
                  join model_role r on r.model = 'price' and r.role = 'champion'
                  join model_version v on v.id = r.version_id and t.version = v.model || '-' || v.number
                 where t.winner is not null order by t.id desc limit 1""")
    ).scalar_one_or_none()
    return arm
