"""What is known of a request when it is enriched: its niche, its answers, its own words (SPEC 8.5)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.kit.db import Json
from core.niches import CONTACT_TYPES
from core.sourcing.enrichment.redact import Known, redacted

WRITTEN = ("text", "textarea")


@dataclass(frozen=True, slots=True)
class Request:
    """One request as both the rules and the service read it. ``answers`` are chosen or counted, ``texts`` written freely."""

    niche: str
    answers: Mapping[str, Any]  # by key
    labels: Mapping[str, str]
    texts: Sequence[str]
    submitted_on: date
    known: Known

    def for_service(self) -> str:
        """What leaves the house: answers by label and redacted text, as JSON, so that no text can step out of its place.

        Of the day only the month is told: that is enough for "before June", and the same request is the same text for long.
        """
        told = {
            "niche": self.niche,
            "month": f"{self.submitted_on:%Y-%m}",
            "answers": {self.labels[key]: value for key, value in sorted(self.answers.items())},
            "text": [words for text in self.texts if (words := redacted(text, known=self.known))],
        }
        return json.dumps(told, ensure_ascii=False, sort_keys=True)


def request_of(*, niche: str, schema: Json, form_data: Mapping[str, Any], submitted_on: date, known: Known) -> Request:
    """A request from the form it was made with; contact data is left out."""
    answers: dict[str, Any] = {}
    labels: dict[str, str] = {}
    texts: list[str] = []
    for field in schema["fields"]:
        value = form_data.get(field["key"])
        if value in (None, "", []) or field["type"] in CONTACT_TYPES:
            continue
        if field["type"] in WRITTEN:
            texts.append(str(value))
        else:
            answers[field["key"]], labels[field["key"]] = value, field["label"]
    return Request(niche, answers, labels, texts, submitted_on, known)
