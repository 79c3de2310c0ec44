"""What the evidence speaks for: a written rule, the same every time, that an admin may follow or not (SPEC 7.4)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["approve", "class_credit", "reject", "look"]
VERSION = "claims-rule-1"
CLEAR = 3  # points from which the evidence is clear, in either direction
# A defect that every buyer of the lead has bought.
OF_THE_LEAD = ("spam", "invalid_contact")
REACHED = ("contacted", "appointment", "won")


@dataclass(frozen=True, slots=True)
class OtherSale:
    """How another buyer of the same lead fared."""

    outcome: str | None = None
    claim_reason: str | None = None
    claim_status: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rule looks at; ``None`` is unknown and speaks for nothing."""

    reason: str
    viewed: bool = True
    own_outcome: str | None = None
    fraud: float | None = None
    quality: float | None = None
    fraud_codes: frozenset[str] = frozenset()
    confirmed: bool = False
    consumer_mail_bounced: bool = False
    person_bought_before: int = 0  # leads of the same person that this provider got in the 90 days before
    linked_requests: int = 0  # other requests of the same person in the niche
    filter_fits: bool | None = None
    in_area: bool | None = None
    others: tuple[OtherSale, ...] = ()
    past_decided: int = 0
    past_upheld: int = 0


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that speaks for the report (above zero) or against it; ``of_lead``: it would for every buyer."""

    points: int
    text: str
    of_lead: bool = False


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The verdict, its reasons with the weightiest first, and the rule that made it."""

    verdict: Verdict
    points: int
    reasons: tuple[Point, ...]
    version: str = VERSION


def suggest(facts: Facts) -> Suggestion:
    """Weigh the evidence: 3 points for the report approve it, 3 against reject it, anything between needs a person.

    Where the defect is in the lead itself and others hold it too, the suggestion is to credit them all.
    """
    found = tuple(sorted(_points(facts), key=lambda point: -abs(point.points)))
    total = sum(point.points for point in found)
    verdict: Verdict = "look"
    if facts.reason != "other" and total >= CLEAR:
        verdict = "class_credit" if _everybodys(facts, found) else "approve"
    elif facts.reason != "other" and total <= -CLEAR:
        verdict = "reject"
    return Suggestion(verdict, total, found)


def _everybodys(facts: Facts, found: tuple[Point, ...]) -> bool:
    of_lead = sum(point.points for point in found if point.of_lead)
    return facts.reason in OF_THE_LEAD and bool(facts.others) and of_lead >= CLEAR


def _points(facts: Facts) -> Iterator[Point]:
    by_reason = {
        "spam": _spam,
        "duplicate": _duplicate,
        "invalid_contact": _invalid_contact,
        "out_of_scope": _out_of_scope,
    }
    if facts.reason in by_reason:
        yield from by_reason[facts.reason](facts)
    yield from _conduct(facts)
    if facts.reason in OF_THE_LEAD:
        yield from _other_buyers(facts)


def _spam(facts: Facts) -> Iterator[Point]:
    if facts.fraud is not None and facts.fraud >= 0.6:
        yield Point(3, f"The fraud score is high: {facts.fraud:.0%}.", of_lead=True)
    elif facts.fraud is not None and facts.fraud >= 0.35:
        yield Point(1, f"The fraud score is raised: {facts.fraud:.0%}.", of_lead=True)
    elif facts.fraud is not None and facts.fraud < 0.15:
        yield Point(-2, f"The fraud score is low: {facts.fraud:.0%}.")
    if "gibberish" in facts.fraud_codes:
        yield Point(2, "Name or text look typed at random.", of_lead=True)
    if "copied_text" in facts.fraud_codes:
        yield Point(2, "The same text came with other people's leads.", of_lead=True)
    if facts.quality is not None and facts.quality < 25:
        yield Point(1, f"The quality score is low: {facts.quality:.0f} of 100.", of_lead=True)


def _duplicate(facts: Facts) -> Iterator[Point]:
    if facts.person_bought_before:
        times = "once" if facts.person_bought_before == 1 else f"{facts.person_bought_before} times"
        yield Point(4, f"This company had bought the same person {times} within the 90 days before.")
    elif facts.linked_requests:
        yield Point(1, "Other requests of this person are linked to the lead, but none was sold to this company.")
    else:
        yield Point(-3, "No other request of this person was found, by e-mail or phone.")


def _invalid_contact(facts: Facts) -> Iterator[Point]:
    if facts.consumer_mail_bounced:
        yield Point(3, "Mail to this address came back.", of_lead=True)
    if facts.fraud_codes & {"fake_phone"}:
        yield Point(2, "The phone number is a known made-up one.", of_lead=True)
    if facts.fraud_codes & {"disposable_domain", "reserved_domain"}:
        yield Point(2, "The e-mail address is a throw-away one or reaches nobody.", of_lead=True)
    if facts.confirmed and not facts.consumer_mail_bounced:
        yield Point(-1, "The e-mail address was confirmed by a click on its link.")


def _out_of_scope(facts: Facts) -> Iterator[Point]:
    if facts.filter_fits is False:
        yield Point(4, "The lead does not fit the subscription's filter.")
    if facts.in_area is False:
        yield Point(4, "The lead lies outside the company's service areas.")
    if facts.filter_fits is not False and facts.in_area is not False and None not in (facts.filter_fits, facts.in_area):
        yield Point(-3, "The lead fits the company's own filter and service areas.")


def _conduct(facts: Facts) -> Iterator[Point]:
    if facts.own_outcome in REACHED:
        yield Point(-3, f"The company itself recorded: {facts.own_outcome}.")
    if not facts.viewed and facts.reason in OF_THE_LEAD:
        yield Point(-2, "The company has not opened the lead.")
    if facts.past_decided >= 5 and facts.past_upheld * 4 <= facts.past_decided:
        yield Point(-1, f"Of its {facts.past_decided} answered reports {facts.past_upheld} were upheld.")


def _other_buyers(facts: Facts) -> Iterator[Point]:
    reached = sum(other.outcome in REACHED for other in facts.others)
    if reached:
        yield Point(-3, f"{_buyers(reached)} reached this person.")
    upheld = sum(other.claim_status == "approved" and other.claim_reason in OF_THE_LEAD for other in facts.others)
    waiting = sum(other.claim_status in ("pending", "appealed") and other.claim_reason in OF_THE_LEAD for other in facts.others)
    if upheld:
        yield Point(3, f"The report of {_buyers(upheld).lower()} was upheld.", of_lead=True)
    if waiting:
        yield Point(min(2, waiting), f"{_buyers(waiting)} reported the lead as well.", of_lead=True)


def _buyers(count: int) -> str:
    return "Another buyer" if count == 1 else f"{count} other buyers"
