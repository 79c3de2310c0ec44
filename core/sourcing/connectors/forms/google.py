"""Google Ads lead forms: each lead arrives whole, with a key instead of a signature (SPEC 8.1)."""

import json
from collections.abc import Iterator
from datetime import datetime

from core.kit.db import Json
from core.sourcing.connectors.forms.form_words import FormWords, contact_of
from core.sourcing.connectors.line.wire import Wire
from core.sourcing.connectors.pushed import Malformed
from core.sourcing.connectors.setting import Settings
from core.sourcing.connectors.shown_key import ShownKey
from core.sourcing.connectors.values import fingerprint, id_text, moment, object_of, packed, text
from core.sourcing.errors import Unreadable
from core.sourcing.record import Batch, Parsed, Pushed, RawRecord

MEDIA_TYPE = "application/json"
_IDS = ("form_id", "campaign_id", "adgroup_id", "creative_id", "asset_group_id", "gcl_id")


class GoogleSettings(Settings):
    """``form``: the words people agree to on the form."""

    form: FormWords = FormWords()


class GoogleSecrets(ShownKey):
    """The key that the form sends."""

    given_as = "google_key"
    purpose = "google-lead-form"
    shortest = 12


def verify_push(body: bytes, secrets: GoogleSecrets) -> bool:
    """True when the body carries the source's key; constant time."""
    try:
        given = object_of(body).get("google_key")
    except Unreadable:
        return False
    return secrets.is_key(given)


def read_push(body: bytes, *, now: datetime) -> Pushed:
    """The lead of a call, without the key; raises ``Malformed`` when it has no ``lead_id``."""
    try:
        found = json.loads(body)  # numbers as they are: 64-bit ids stay exact
    except (ValueError, RecursionError) as error:
        raise Malformed("push.malformed", "The body is not valid JSON.") from error
    key = id_text(found.get("lead_id")) if isinstance(found, dict) else None
    if key is None:
        raise Malformed("push.malformed", "The lead has no lead_id.")
    content = packed({name: value for name, value in found.items() if name != "google_key"})
    version = text(found.get("lead_submit_time")) or fingerprint(content)
    return Pushed((RawRecord(key, version, content, MEDIA_TYPE, now, test=found.get("is_test") is True),))


class Google:
    """The reading half of a kind that never fetches."""

    kind = "google"

    def __init__(self, settings: GoogleSettings, secrets: GoogleSecrets, wire: Wire) -> None:
        self._settings = settings

    def fetch(self, cursor: Json | None) -> Iterator[Batch]:
        """Nothing: Google calls us."""
        return iter(())

    def parse(self, record: RawRecord) -> Parsed:
        """Contact and answers of a lead; raises ``Unreadable`` when it has no answers."""
        lead = object_of(record.content)
        columns = lead.get("user_column_data")
        if not isinstance(columns, list):
            raise Unreadable("record.answers", "The lead has no answers (user_column_data).")
        answers = {
            str(column.get("column_id") or column.get("column_name")).lower(): answer
            for column in columns
            if isinstance(column, dict) and (answer := text(column.get("string_value")))
        }
        contact, others = contact_of(answers)
        at = moment(lead.get("lead_submit_time"))
        attribution = {key: found for key in _IDS if (found := id_text(lead.get(key))) and found != "0"}
        consent = self._settings.form.consent(agreed=True, at=at or record.fetched_at)
        return Parsed(**contact, at=at, form_data=others, consent=consent, attribution={"platform": "google"} | attribution)
