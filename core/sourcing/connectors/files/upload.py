"""The source of files that people bring: its settings, what its rows mean, and a file as something to fetch (SPEC 8.1).

An upload that broke off is simply sent again: it goes on after the last stored row.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from itertools import islice
from typing import Any

from core.kit import words
from core.kit.db import Json
from core.sourcing.connectors.files.brought_file import VCARD, Problem, headers_of, records
from core.sourcing.connectors.files.table_columns import IGNORE
from core.sourcing.connectors.files.vcard import parse_card
from core.sourcing.connectors.forms.form_words import FormWords
from core.sourcing.connectors.line.wire import Wire
from core.sourcing.connectors.setting import Secrets, Settings
from core.sourcing.connectors.values import cents, moment, number, object_of, text, whole
from core.sourcing.errors import Unreadable
from core.sourcing.record import Batch, Holder, Parsed, RawRecord

PORTION = 500  # rows stored at a time
_READERS = {
    "price_cents": ("price", cents), "lat": ("lat", number), "lon": ("lon", number), "at": ("at", moment),
}  # fmt: skip
_FACTS = {"bedrooms": whole, "bathrooms": number, "living_area_sqft": number, "lot_sqft": number, "year_built": whole}


class UploadSettings(Settings):
    """``mapping``: what columns mean where their names do not tell (header: field). ``holder``: whose contact data it is."""

    mapping: Mapping[str, str] = {}
    holder: Holder = "consumer"
    form: FormWords = FormWords()


class UploadSecrets(Secrets):
    """None."""


def upload_settings(stored: Mapping[str, Any]) -> UploadSettings:
    """Settings of a source of files, as they are stored; raises ``pydantic.ValidationError`` when they are none."""
    return UploadSettings.model_validate(dict(stored))


class Upload:
    """The reading half of a kind that never fetches."""

    kind = "upload"

    def __init__(self, settings: UploadSettings, secrets: UploadSecrets, wire: Wire | None) -> None:
        self._settings = settings

    def fetch(self, cursor: Json | None) -> Iterator[Batch]:
        """Nothing: people bring files."""
        return iter(())

    def parse(self, record: RawRecord) -> Parsed:
        """A row by what its columns mean, or a card; raises ``Unreadable``."""
        if record.media_type == VCARD:
            return parse_card(record.content)
        kept = object_of(record.content)
        row, fields = kept.get("row"), kept.get("fields")
        if not isinstance(row, dict) or not isinstance(fields, dict):
            raise Unreadable("record.row", "The record is not a row of a file.")
        later = {header: field for header, field in self._settings.mapping.items() if str(fields.get(header)).startswith("fact:")}
        fields = fields | later  # a meaning given to a column after the file came counts when its rows are read again
        by_field = {fields.get(header, IGNORE): words.tidy(str(cell)) for header, cell in row.items()}
        return self._parsed({field: cell for field, cell in by_field.items() if cell and field != IGNORE})

    def _parsed(self, cells: dict[str, str]) -> Parsed:
        if not cells:
            raise Unreadable("record.row", "The row is empty.")
        plainly: dict[str, Any] = {
            name: text(cells.get(name)) for name in ("email", "phone", "street", "unit", "city", "state", "zip", "niche", "text")
        }
        numbers: dict[str, Any] = {name: read(cells.get(field)) for name, (field, read) in _READERS.items()}
        known = {name: read(cells.get(name)) for name, read in _FACTS.items()} | {"property_type": cells.get("property_type")}
        others = {field.removeprefix("fact:"): cell for field, cell in cells.items() if field.startswith("fact:")}
        names = [cells[part] for part in ("first_name", "last_name") if cells.get(part)]
        return Parsed(
            holder=self._settings.holder,
            name=cells.get("name") or " ".join(names) or None,
            facts=others | {name: fact for name, fact in known.items() if fact is not None},
            consent=self._settings.form.consent(agreed=True, at=numbers["at"]),
            **plainly,
            **numbers,
        )


class UploadedFile(Upload):
    """A file as something to fetch: in portions, going on after the last stored row. Bad rows are left to ``problems``."""

    def __init__(
        self, settings: UploadSettings, content: bytes, *, now: datetime, chosen: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(settings, UploadSecrets(), None)
        headers = headers_of(content)
        own = {header: field for header, field in settings.mapping.items() if header in headers}
        self._content, self._now, self.chosen = content, now, own | dict(chosen or {})
        self.problems: list[Problem] = []

    def fetch(self, cursor: Json | None) -> Iterator[Batch]:
        """The rows after the cursor's, when it is of this file."""
        file = sha256(self._content).hexdigest()
        kept = cursor if cursor and cursor.get("file") == file else {}
        done, at = int(kept.get("done", 0)), 0
        rows = records(self._content, chosen=self.chosen, now=self._now)
        self.problems = []
        while portion := list(islice(rows, PORTION)):
            start, at = at, at + len(portion)
            self.problems += [one for one in portion if isinstance(one, Problem)]
            if at > done:
                fresh = [one for one in portion[max(0, done - start) :] if isinstance(one, RawRecord)]
                yield Batch(tuple(fresh), {"file": file, "done": at})
