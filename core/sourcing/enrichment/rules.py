"""The rule-based twin: the same answer from written rules, when no service is set up or it fails (SPEC 8.5).

Keywords, amounts, dates and number words; the first rule that fits decides. What is written elsewhere in the form,
rooms, sizes and prices, is taken from there.
"""

import re
from collections.abc import Iterator
from typing import TypeVar

from core.sourcing.enrichment.answer import Enriched, Intent, PropertyFacts, PropertyType, Urgency
from core.sourcing.enrichment.figures import WORD_NUMBER, amounts, number
from core.sourcing.enrichment.redact import LONGEST_TEXT, plain
from core.sourcing.enrichment.request import Request
from core.sourcing.enrichment.when import urgency_of

VERSION = "rules-1"
Kind = TypeVar("Kind", bound=str)

# Whole words or their beginnings; what is asked for most clearly stands first.
_INTENTS: tuple[tuple[Intent, str], ...] = (
    ("repair", r"repair\w*|fix(?:ed|ing)?|leak\w*|broken?|not (?:cooling|heating|turning on|working)|stopped working|patch\w*"),
    ("replace", r"replac\w*|new roof|re-?roof\w*|tear[- ]?off|swap\w*|upgrade\w*"),
    ("install", r"install\w*|new (?:system|unit|construction|installation)|put in|adding an?"),
    ("maintain", r"maintenance|tune[- ]?up|servic(?:e|ing)|clean(?:ed|ing)"),
    ("sell", r"sell(?:ing)?|sale|list(?:ing)? (?:my|our|the|it)|cash offer|offer (?:for|on) (?:my|our)"),
    (
        "buy",
        r"buy(?:ing)?|purchas\w*|(?:house|home) hunting|first home|looking for an? (?:\w+[ -]){0,3}(?:home|house|condo|place)",
    ),
    ("estimate", r"estimates?|quotes?|inspect\w*|second opinion|what (?:it|my \w+) is worth|appraisal|compar\w+ prices"),
)
_OF_NICHE: tuple[tuple[Intent, str], ...] = (("sell", r"sell\w*"), ("buy", r"buy\w*"))
_TYPES: tuple[tuple[PropertyType, str], ...] = (
    ("townhouse", r"town ?(?:house|home)s?"),
    ("condo", r"condos?|condominium|apartment"),
    ("multi_family", r"duplex|triplex|fourplex|multi[- ]?family"),
    ("manufactured", r"manufactured|mobile home|double[- ]?wide|single[- ]?wide|trailer"),
    ("commercial", r"commercial|office building|warehouse|storefront|retail"),
    ("land", r"(?:vacant |empty )?land|(?:vacant|empty) lot"),
    ("house", r"single[- ]?family|house|detached|bungalow|ranch[- ]style|home"),
)
_NUMBER = rf"(?P<n>\d[\d,]{{0,11}}(?:\.\d{{1,3}})?|{WORD_NUMBER})"
_MEASURES = {
    "bedrooms": rf"{_NUMBER}[\s-]*(?:bed(?:room)?s?|br|bd|bdrms?)\b",
    "bathrooms": rf"{_NUMBER}(?P<half>[\s-]+(?:1/2|and a half))?[\s-]*(?:full )?(?:bath(?:room)?s?|ba)\b",
    "living_area_sqft": rf"{_NUMBER}[\s-]*(?:sq\.?\s?(?:ft|feet|foot)|sqft|square[\s-]f(?:ee|oo)t|sf)\b(?!\s+(?:lot|of land))",
    "lot_sqft": rf"{_NUMBER}[\s-]*(?:sq\.?\s?(?:ft|feet|foot)|sqft|square[\s-]f(?:ee|oo)t|sf)\b\s+(?:lot|of land)",
    "year_built": r"\b(?:built|constructed|from|dating)\s*(?:back\s+)?(?:in|around|about|to|:)?\s*(?P<n>1[789]\d\d|20\d\d)\b"
    r"|\b(?P<m>1[89]\d\d|20\d\d)\s+(?:build|construction)\b",
    "roof_age_years": rf"\broof\b(?:\s+\w+){{0,3}}?\s+{_NUMBER}\s+(?:years?|yrs?)\b"
    r"|(?P<m>\d{1,3})[\s-]*(?:years?|yrs?)[\s-]*old\s+(?:\w+\s+)?(?:roof|shingles)\b",
    "stories": rf"{_NUMBER}[\s-]*(?:stor(?:y|ies|eys?)|floors|levels)\b",
}
_ACRES = re.compile(r"(?P<n>\d{1,6}(?:\.\d{1,3})?|half an?|quarter|an?|one|two|five|ten)[\s-]*acres?\b", re.IGNORECASE)
_ACRE_WORDS = {"half a": 0.5, "half an": 0.5, "quarter": 0.25, "a": 1.0, "an": 1.0}
SQFT_PER_ACRE = 43_560
# Amounts that are no budget: what is owed, paid or deducted.
_NOT_BUDGET = re.compile(
    r"(?:ow(?:e|ed|ing)|mortgage|loan|deductible|rent|payments?|hoa|tax(?:es)?|income|earn|down)\b[^.;$]{0,20}$", re.IGNORECASE
)
# Which answers of a form tell the same.
_SAME_AS = {
    "bedrooms": ("bedrooms", "bedrooms_min"),
    "bathrooms": ("bathrooms", "bathrooms_min"),
    "living_area_sqft": ("living_area_sqft", "building_sqft"),
    "lot_sqft": ("lot_sqft",),
    "year_built": ("year_built",),
    "roof_age_years": ("roof_age",),
    "stories": ("stories",),
}
BUDGET_ANSWERS = ("budget_max", "price_expectation")


def by_rules(request: Request) -> Enriched:
    """The answer of the written rules; never fails, whatever it is given."""
    chosen = " . ".join(
        " . ".join(map(str, value)) if isinstance(value, list) else str(value) for value in request.answers.values()
    )
    text = plain(" . ".join([*request.texts]))[:LONGEST_TEXT]
    intent = _first(_INTENTS, chosen) or _first(_OF_NICHE, request.niche) or _first(_INTENTS, text) or "other"
    urgency = urgency_of(chosen, on=request.submitted_on) or urgency_of(text, on=request.submitted_on) or "unknown"
    facts = _facts(request, chosen, text)
    budget = _budget(request, text)
    summary = _summary(intent, urgency, budget, facts)
    return Enriched(intent=intent, urgency=urgency, budget_dollars=budget, property=facts, summary=summary)


def _first(rules: tuple[tuple[Kind, str], ...], text: str) -> Kind | None:
    return next((kind for kind, words in rules if re.search(rf"\b(?:{words})\b", text, re.IGNORECASE)), None)


def _budget(request: Request, text: str) -> int | None:
    answered = [request.answers[key] for key in BUDGET_ANSWERS if isinstance(request.answers.get(key), int)]
    told = [
        dollars for place, dollars in amounts(text) if dollars > 0 and not _NOT_BUDGET.search(text[max(0, place - 40) : place])
    ]
    most = answered or ([max(told)] if told else [])
    return most[0] if most and 1 <= most[0] <= 100_000_000 else None


def _facts(request: Request, chosen: str, text: str) -> PropertyFacts:
    found: dict[str, object] = {"property_type": _first(_TYPES, chosen) or _first(_TYPES, text)}
    for name in _MEASURES:
        value = next(_answered(request, name), None)
        found[name] = _fitting(name, value if value is not None else _measured(name, text))
    if found["lot_sqft"] is None:
        found["lot_sqft"] = _fitting("lot_sqft", _acres(text))
    return PropertyFacts.model_validate({key: value for key, value in found.items() if value is not None})


def _answered(request: Request, name: str) -> Iterator[float]:
    for key in _SAME_AS[name]:
        value = request.answers.get(key)
        if isinstance(value, str):
            value = number(value.split(" ")[0])
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield float(value)


def _measured(name: str, text: str) -> float | None:
    match = re.search(rf"(?<![\w.,/$])(?:{_MEASURES[name]})", text, re.IGNORECASE)
    if match is None:
        return None
    groups = match.groupdict()
    value = number(groups.get("n") or groups.get("m") or "")
    return value + 0.5 if value is not None and groups.get("half") else value


def _acres(text: str) -> float | None:
    match = _ACRES.search(text)
    if match is None:
        return None
    value = _ACRE_WORDS.get(match["n"].lower()) or number(match["n"])
    return None if value is None else round(value * SQFT_PER_ACRE)


def _fitting(name: str, value: float | None) -> float | int | None:
    """The value in the form the answer asks for, or nothing when it can't be true."""
    if value is None or not value < 1e9:
        return None
    typed = value if name == "bathrooms" else int(value)
    try:
        PropertyFacts.model_validate({name: typed})
    except ValueError:
        return None
    return typed


_DOING: dict[Intent, str] = {
    "sell": "Wants to sell", "buy": "Wants to buy", "repair": "Asks for a repair at", "replace": "Wants a replacement at",
    "install": "Wants an installation at", "maintain": "Asks for maintenance at", "estimate": "Asks for an estimate for",
    "other": "Asks about",
}  # fmt: skip
_SOON: dict[Urgency, str] = {
    "now": ", at once", "weeks": ", within weeks", "months": ", within months", "later": ", in no hurry", "unknown": "",
}  # fmt: skip
_KINDS: dict[PropertyType, str] = {
    "house": "house", "townhouse": "townhouse", "condo": "condo", "multi_family": "multi-family building",
    "manufactured": "manufactured home", "land": "piece of land", "commercial": "commercial building",
}  # fmt: skip


def _summary(intent: Intent, urgency: Urgency, budget: int | None, facts: PropertyFacts) -> str:
    """One sentence made of the facts alone, so that no word of the person's text can be in it."""
    rooms = [f"{facts.bedrooms}-bedroom"] if facts.bedrooms is not None else []
    kind = " ".join([*rooms, _KINDS[facts.property_type] if facts.property_type else "property"])
    built = f" built in {facts.year_built}" if facts.year_built else ""
    price = f", about ${budget:,}" if budget else ""
    article = "an" if facts.bedrooms in (8, 11, 18) else "a"
    return f"{_DOING[intent]} {article} {kind}{built}{price}{_SOON[urgency]}."
