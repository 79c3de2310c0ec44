"""What is put into a model's file: the blend, and what a typical lead looks like, against which a decision is explained."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from core.scoring import Reason
from ml.cases.cases import FACTS, Cases, table_of
from ml.tabular import Blend
from ml.tabular.quick import Quick, quick

SHOWN = 6  # most reasons that are given
LABELS: Mapping[str, tuple[str, str]] = {  # by fact: when there is more of it than usual, and when less
    "disposable_domain": (
        "The e-mail address is at a throw-away provider.",
        "The e-mail address is not at a throw-away provider.",
    ),
    "fake_phone": ("The phone number is a known made-up one.", "The phone number is not a known made-up one."),
    "email_leads_day": ("The same e-mail asked more within a day.", "The e-mail asked once in a day."),
    "phone_leads_day": ("The same phone asked more within a day.", "The phone asked once in a day."),
    "ip_leads_hour": ("Other requests came from the same internet address.", "No others came from this internet address."),
    "copied_text": ("The same text came with other people's leads.", "The text is this person's own."),
    "past_claims": ("Reports of earlier leads of this person were upheld.", "No report of an earlier lead was upheld."),
    "gibberish": ("Name or text look typed at random.", "Name and text look like words."),
    "area_code_away": ("The area code belongs to another state.", "The area code fits the place."),
    "address_wrong": ("City or state do not fit the ZIP code.", "The address fits the ZIP code."),
    "address_review": ("The address could not be read as a US address.", "The address reads as a US address."),
    "answered_share": ("More optional questions answered than usual.", "Fewer optional questions answered than usual."),
    "detail_words": ("Told at more length than usual.", "Told in fewer words than usual."),
    "confirmed_after_s": ("Confirmed later than usual.", "Confirmed sooner than usual."),
    "street_given": ("A street address is given.", "No street address is given."),
    "pin_given": ("The place is pinned on the map.", "The place is not pinned on the map."),
    "certificate_given": ("Consent comes with a certificate.", "Consent comes without a certificate."),
}


@dataclass
class Served:
    """A fraud or quality model with the middle of the leads it learned from."""

    kind: str
    blend: Blend
    typical: dict[str, Any]

    @cached_property
    def quick(self) -> Quick | None:
        """The blend laid out for few rows; ``None`` when that way would not give the same answers."""
        return quick(self.blend, FACTS, [self.typical])

    def __getstate__(self) -> dict[str, Any]:
        """What the file holds: nothing that is worked out from the rest."""
        return {name: value for name, value in self.__dict__.items() if name != "quick"}

    def score(self, facts: Mapping[str, Any]) -> tuple[float, tuple[Reason, ...]]:
        """The probability, and reasons whose weights sum to it: what each fact adds or takes, the rest in ``base``.

        Weights of quality are points of 100, those of fraud shares of one.
        """
        told = [name for name in FACTS if name in LABELS and not _same(facts.get(name), self.typical[name])]
        rows = [dict(facts), *({**facts, name: self.typical[name]} for name in told)]
        said = self.quick.predict(rows) if self.quick else self.blend.predict(table_of(rows))
        scale = 100.0 if self.kind == "quality" else 1.0
        effects = sorted(zip(told, (said[0] - said[1:]) * scale, strict=True), key=lambda pair: -abs(pair[1]))[:SHOWN]
        reasons = [
            Reason(name, _words(name, facts.get(name), self.typical[name]), round(float(effect), 3)) for name, effect in effects
        ]
        value = round(float(said[0]) * scale, 3)
        base = Reason(
            "base", "What is usual for leads of this niche, market and source.", round(value - sum(r.weight for r in reasons), 3)
        )
        return value, (base, *(reason for reason in reasons if reason.weight))


def typical_of(cases: Cases) -> dict[str, Any]:
    """The middle of each number, the commonest of named values."""
    found: dict[str, Any] = {}
    for name, column in cases.table.items():
        if column.kind == "number":
            known = column.numbers[~np.isnan(column.numbers)]
            found[name] = float(np.median(known)) if len(known) else None
        else:
            found[name] = max(sorted(set(column.values)), key=column.values.count)
    return found


def _same(value: Any, typical: Any) -> bool:
    return value is None or typical is None or float(value) == float(typical)


def _words(name: str, value: Any, typical: Any) -> str:
    more, less = LABELS[name]
    return more if float(value) > float(typical) else less


def _load_pyfunc(path: str) -> Any:
    """How MLflow's own tools load the model (its ``python_function`` flavour names this module)."""
    import pickle
    from pathlib import Path

    served: Served = pickle.loads(Path(path).read_bytes())
    return _Rows(served)


@dataclass
class _Rows:
    """A model that takes a frame of facts, as MLflow hands it over."""

    served: Served

    def predict(self, frame: Any) -> Any:
        """A probability per row of a pandas frame with the columns of ``FACTS``."""
        return self.served.blend.predict(table_of(frame.to_dict("records")))
