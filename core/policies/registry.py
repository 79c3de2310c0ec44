"""The rules that a policy may set, each with its bounds and its words: add a row here and a column in ``36_policies.sql``."""

from dataclasses import dataclass
from typing import Literal

Stage = Literal["intake", "sale", "delivery", "retention"]
Unit = Literal["days", "minutes", "yes"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: when it is asked, in which unit, what it means, and what holds where no policy speaks."""

    key: str
    title: str
    stage: Stage
    unit: Unit
    least: int
    most: int
    sentence: str
    otherwise: str


RULES = {
    rule.key: rule
    for rule in (
        Rule("dedupe_days", "Window for duplicates", "intake", "days", 1, 3650,
             "The same person asking in the same niche within this time is a duplicate; nightly matching looks as far back.",
             "The setting of the house"),
        Rule("consent_days", "Age of a consent", "sale", "days", 1, 3650,
             "A lead whose consent is older is not sold.", "No limit"),
        Rule("consent_phone", "Consent to calls", "sale", "yes", 0, 1,
             "A lead is sold only with a consent that names the phone.", "Any live consent"),
        Rule("consent_named", "Consent to named companies", "sale", "yes", 0, 1,
             "A lead is sold only to companies that its consent names.", "Any company the consent describes"),
        Rule("resale_days", "Window for sales", "sale", "days", 1, 3650,
             "A lead is not sold any more when it was submitted longer ago.", "No limit"),
        Rule("list_age_days", "Age of a do-not-contact list", "sale", "days", 1, 365,
             "Nothing is sold while an uploaded list is older.", "The setting of the house"),
        Rule("call_from", "Calls from", "delivery", "minutes", 0, 1439,
             "No call earlier than this on the clock of the person's market.", "8:00"),
        Rule("call_until", "Calls until", "delivery", "minutes", 1, 1440,
             "No call later than this on the clock of the person's market.", "21:00"),
        Rule("retain_days", "Keeping unsold requests", "retention", "days", 1, 3650,
             "Contact data of a request that ended unsold is erased after this time.", "The setting of the house"),
    )
}  # fmt: skip


def words(rule: str, value: int | None) -> str:
    """A value as people say it: ``30 days``, ``20:30``, ``Yes``; without one, what holds otherwise."""
    known = RULES[rule]
    if value is None:
        return known.otherwise
    if known.unit == "minutes":
        return f"{value // 60}:{value % 60:02d}"
    return ("Yes" if value else "No") if known.unit == "yes" else f"{value} days"
