"""What happens to those the exchange talks to, done while it is used; each returns when it is over and was seen to be."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import text

from core.kit.config import settings
from core.kit.db import transaction
from core.sourcing.enrichment.budget import MICROCENTS
from tests.eventually import eventually
from tests.faults.door import Door
from tests.faults.ground import Ground
from tests.faults.troubles import pause

Around = Callable[[Ground], None]
LASTS_S = 6
_ANSWERED = text("select count(*) from enrichment where made_by = :made_by and coalesce(why_rules, '') = :why")
_SPEND = text("update enrichment_day set spent_microcents = greatest(0, spent_microcents + :more)")


def mail_server_shut(ground: Ground) -> None:
    """The mail server hangs up on whoever comes."""
    with _shut(ground.mail_door):
        pause(LASTS_S)


def mail_server_silent(ground: Ground) -> None:
    """The mail server takes whoever comes and says nothing; companies are told of their sales meanwhile."""
    ground.mail.hold()
    try:
        with _others_are_told(ground):
            eventually(ground.mail.is_asked)
    finally:
        ground.mail.release()


def payment_services_shut(ground: Ground) -> None:
    """Nobody gets through to the payment services."""
    with _shut(ground.gateway_door):
        pause(LASTS_S)


def crm_shut(ground: Ground) -> None:
    """Half of the companies' programs can't be reached; the others are told meanwhile."""
    with _shut(ground.crm.door), _others_are_told(ground):
        pause(LASTS_S)


def crm_failing(ground: Ground) -> None:
    """Half of the companies' programs answer 500."""
    with ground.crm.being("failing"), _others_are_told(ground):
        pause(LASTS_S)


def crm_silent(ground: Ground) -> None:
    """Half of the companies' programs take a call and say nothing."""
    with ground.crm.being("silent"), _others_are_told(ground):
        pause(LASTS_S)


def crm_flapping(ground: Ground) -> None:
    """Half of the companies' programs go and come every half second."""
    with _others_are_told(ground):
        for _ in range(LASTS_S):
            ground.crm.door.shut()
            pause(0.5)
            ground.crm.door.open()
            pause(0.5)


def model_shut(ground: Ground) -> None:
    """The language model can't be reached."""
    _asked_again()
    with _shut(ground.model_door):
        _rules_answer("unreachable")
    _asked_again()


def model_slow(ground: Ground) -> None:
    """The language model takes longer than anybody waits."""
    _model_being(ground, "slow", "slow")


def model_garbled(ground: Ground) -> None:
    """The language model answers what is no answer."""
    _model_being(ground, "garbled", "nonsense")


def model_over_budget(_ground: Ground) -> None:
    """What may be spent on the language model in a day is spent; then another day begins."""
    budget = settings().enrichment_daily_budget_cents * MICROCENTS
    _asked_again()
    before = _answered("rules", "over_budget")
    _spend(budget)
    try:
        eventually(lambda: _answered("rules", "over_budget") >= before + 3, within_s=90)
    finally:
        _spend(-budget)
    _asked_again()


@contextmanager
def _shut(door: Door) -> Iterator[None]:
    door.shut()
    try:
        yield
    finally:
        door.open()


@contextmanager
def _others_are_told(ground: Ground) -> Iterator[None]:
    """Leave when companies whose programs are well were told of sales since."""
    ground.world.more(20)  # so that there is something to sell, however long the load has gone on
    before = ground.crm.told_beside()
    yield
    eventually(lambda: ground.crm.told_beside() >= before + 3, within_s=240, every_s=0.5)


def _model_being(ground: Ground, way: str, why: str) -> None:
    _asked_again()
    ground.model.way = way
    try:
        _rules_answer(why)
    finally:
        ground.model.way = "well"
        ground.model.let_go()
    _asked_again()


def _rules_answer(why: str) -> None:
    """Wait until the rules answered because of that, and then because the service is left alone for a while."""
    before = {reason: _answered("rules", reason) for reason in (why, "paused")}
    eventually(lambda: all(_answered("rules", reason) > count for reason, count in before.items()), within_s=120, every_s=0.5)


def _asked_again() -> None:
    """Wait until the language model answers for a lead, by nobody's doing."""
    before = _answered("model", "")
    eventually(lambda: _answered("model", "") > before, within_s=240, every_s=0.5)


def _answered(made_by: str, why: str) -> int:
    with transaction() as session:
        return int(session.execute(_ANSWERED, {"made_by": made_by, "why": why}).scalar_one())


def _spend(microcents: int) -> None:
    with transaction() as session:
        session.execute(_SPEND, {"more": microcents})


AROUND: tuple[Around, ...] = (
    mail_server_shut,
    mail_server_silent,
    payment_services_shut,
    crm_shut,
    crm_failing,
    crm_silent,
    crm_flapping,
    model_shut,
    model_slow,
    model_garbled,
    model_over_budget,
)
