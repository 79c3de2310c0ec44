"""What companies ask support, and what they are answered: a few in ninety days, the newest still open (SPEC 7.8)."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from core import providers
from demo.companies import Company
from demo.past import then
from demo.setting import Ground

SHARE = 0.12  # of the companies ask once
OPEN_SINCE = timedelta(hours=9)  # what was asked later than this before the end waits for the person at the screen


@dataclass(frozen=True, slots=True)
class Question:
    """A question, its answer, and what the admin notes on the company's filter when it was about that."""

    subject: str
    message: str
    answer: str
    memo: str = ""


QUESTIONS = (
    Question(
        "Fewer leads than last week",
        "We got hardly anything since Monday, though the balance is fine. Is something wrong with our account?",
        "Nothing is wrong: most leads of these days lay outside your areas or were not wanted by your filter. "
        "Under Subscriptions, What you missed counts them by reason.",
        memo="They asked why so few leads come; told them about the preview and the count of what they missed.",
    ),
    Question(
        "A receipt for our bookkeeper",
        "Our bookkeeper needs a statement of last month with every movement. Where do we find it?",
        "On the Wallet page: choose the month and print the statement, or take the movements as CSV.",
    ),
    Question(
        "May a second person work on the leads",
        "My partner will take the calls from next week. Do we need another account for her?",
        "No. Invite her under Settings, Team; she gets an account of her own in your company.",
    ),
    Question(
        "Leads at night",
        "Leads that come at two in the morning are cold when we call. Can we have them in the morning instead?",
        "Set your delivery hours under Subscriptions, When. Leads outside them go to others, so keep them wide.",
        memo="Wants no leads at night; advised delivery hours rather than a filter.",
    ),
)


def moments(company: Company, joined: datetime, *, seed: int, now: datetime) -> list[datetime]:
    """When the company asks: the demo's own provider twice, some of the others once."""
    if company.number == 1:
        return [now - timedelta(days=19, hours=2), now - timedelta(hours=5)]
    rng = random.Random(f"{seed}:questions:{company.number}")
    first, last = joined + timedelta(days=1), now - timedelta(hours=1)
    return [first + (last - first) * rng.random()] if first < last and rng.random() < SHARE else []


def ask(session: Session, company: Company, ground: Ground, *, seed: int, now: datetime, ends: datetime) -> None:
    """Ask at ``now``; answered some hours later, unless the history ``ends`` too soon for that."""
    rng = random.Random(f"{seed}:question:{company.number}:{now.isoformat()}")
    question, owner = rng.choice(QUESTIONS), ground.owners[company.email]
    asked = then(
        providers.ask_support,
        session,
        actor=owner,
        subject=question.subject,
        message=question.message,
        code=f"{rng.getrandbits(48):012x}",
        now=now,
    )
    if ends - now < OPEN_SINCE:
        return
    answered = now + timedelta(hours=rng.uniform(1, 6))
    then(
        providers.answer_support,
        session,
        actor=ground.admin,
        request_id=asked.id,
        message=question.answer,
        now=answered,
    )
    newest = providers.find_filter_changes(session, actor=ground.admin, provider_id=owner.provider_id, limit=1)
    for change in newest if question.memo else ():
        then(
            providers.note_filter_change,
            session,
            actor=ground.admin,
            change_id=change.id,
            memo=question.memo,
            now=answered,
        )
