"""ADF 1.0 (Auto-lead Data Format): prospects as XML, posted to us; widely used beyond cars, seldom well-formed (SPEC 8.1).

Read strictly first; what is merely untidy is mended by a parser that unfolds no entity and opens no file. A document that
declares entities is refused before anything is read.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from defusedxml import ElementTree as defused
from defusedxml.common import DefusedXmlException
from lxml import etree

from core.kit.db import Json
from core.sourcing.connectors.forms.form_words import FormWords
from core.sourcing.connectors.line.wire import Wire
from core.sourcing.connectors.pushed import Malformed
from core.sourcing.connectors.setting import Settings
from core.sourcing.connectors.shown_key import ShownKey
from core.sourcing.connectors.values import fingerprint, moment, text
from core.sourcing.errors import Unreadable
from core.sourcing.record import Batch, Parsed, Pushed, RawRecord

MEDIA_TYPE = "application/xml"
LARGEST, MOST_PROSPECTS = 1 << 20, 500
_DECLARES = re.compile(rb"<!\s*(?:ENTITY|DOCTYPE[^>]*\[)", re.IGNORECASE)
_DATES = ("%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M", "%m/%d/%Y", "%Y/%m/%d %H:%M:%S", "%d %b %Y %H:%M:%S")


class AdfSettings(Settings):
    """``form``: the words people agreed to where they left their data."""

    form: FormWords = FormWords()


class AdfSecrets(ShownKey):
    """The key that senders show."""

    given_as = "key"
    purpose = "adf"
    shortest = 20


def verify_push(given: str, secrets: AdfSecrets) -> bool:
    """True when the key shown is the source's; constant time."""
    return secrets.is_key(given)


def read_push(body: bytes, *, now: datetime) -> Pushed:
    """A record for each prospect; raises ``Malformed`` for what is no ADF, or might be an attack."""
    root = _root(body)
    found = [node for node in root.iter() if _name(node) == "prospect"][: MOST_PROSPECTS + 1]
    if not found:
        raise Malformed("push.malformed", "The document holds no prospect. Send ADF 1.0: adf/prospect.")
    if len(found) > MOST_PROSPECTS:
        raise Malformed("push.malformed", f"The document holds more than {MOST_PROSPECTS} prospects. Send them in parts.")
    return Pushed(tuple(_record(node, now) for node in found))


class Adf:
    """The reading half of a kind that never fetches."""

    kind = "adf"

    def __init__(self, settings: AdfSettings, secrets: AdfSecrets, wire: Wire) -> None:
        self._settings = settings

    def fetch(self, cursor: Json | None) -> Iterator[Batch]:
        """Nothing: senders post to us."""
        return iter(())

    def parse(self, record: RawRecord) -> Parsed:
        """Contact and comments of a prospect; raises ``Unreadable`` when it names nobody."""
        try:
            prospect = _root(record.content)
        except Malformed as error:
            raise Unreadable("record.xml", error.message) from error
        contact = _find(prospect, "customer", "contact")
        if contact is None:
            raise Unreadable("record.contact", "The prospect has no customer with a contact.")
        at = _date(_words(_find(prospect, "requestdate")))
        address = _find(contact, "address")
        sender = {"vendor": ("vendor", "vendorname"), "provider": ("provider", "name"), "service": ("provider", "service")}
        told = {name: words for name, path in sender.items() if (words := _words(_find(prospect, *path)))}
        return Parsed(
            name=_full_name(contact),
            email=_words(_find(contact, "email")),
            phone=_words(_find(contact, "phone")),
            street=_words(_find(address, "street")),
            unit=_words(_find(address, "apartment")),
            city=_words(_find(address, "city")),
            state=_words(_find(address, "regioncode")),
            zip=_words(_find(address, "postalcode")),
            text=_words(_find(prospect, "customer", "comments")),
            at=at,
            consent=self._settings.form.consent(agreed=True, at=at or record.fetched_at),
            attribution={"platform": "adf"} | told,
        )


def _root(body: bytes) -> Any:
    """The document; entities refused, untidiness mended. Raises ``Malformed``."""
    if len(body) > LARGEST:
        raise Malformed("push.too_large", "The document is larger than 1 MB.")
    if _DECLARES.search(body.replace(b"\0", b"")):
        raise Malformed("push.entities", "The document declares entities, so it was not read.")
    try:
        return defused.fromstring(body)
    except DefusedXmlException as error:
        raise Malformed("push.entities", "The document declares entities, so it was not read.") from error
    except (defused.ParseError, ValueError, LookupError):
        pass
    mending = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body.strip(), mending)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise Malformed("push.malformed", "The document is not XML.") from error
    if root is None:
        raise Malformed("push.malformed", "The document is not XML.")
    return root


def _record(prospect: Any, now: datetime) -> RawRecord:
    content = etree.tostring(prospect) if isinstance(prospect, etree._Element) else defused.tostring(prospect)
    number = _find(prospect, "id")
    source = text(number.get("source")) if number is not None else None
    key = ":".join(part for part in (source, _words(number)) if part) if _words(number) else f"adf-{fingerprint(content)[:32]}"
    return RawRecord(key[:500], fingerprint(content), content, MEDIA_TYPE, now)


def _full_name(contact: Any) -> str | None:
    names = [node for node in contact if _name(node) == "name"]
    parts = {str(node.get("part", "full")).lower(): _words(node) for node in names}
    split = " ".join(part for name in ("first", "middle", "last") if (part := parts.get(name)))
    return parts.get("full") or split or None


def _find(node: Any, *path: str) -> Any:
    """The first element on the path, whatever its namespace and case."""
    for step in path:
        node = next((child for child in node if _name(child) == step), None) if node is not None else None
    return node


def _name(node: Any) -> str:
    return node.tag.rpartition("}")[2].lower() if isinstance(node.tag, str) else ""


def _words(node: Any) -> str | None:
    return text(" ".join("".join(node.itertext()).split())) if node is not None else None


def _date(given: str | None) -> datetime | None:
    """ISO 8601, the date of a mail, or American; without a zone: UTC."""
    if given is None:
        return None
    found = moment(given)
    for form in _DATES if found is None else ():
        try:
            return datetime.strptime(given, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    if found is None:
        try:
            mailed = parsedate_to_datetime(given)
            return mailed.astimezone(UTC) if mailed.tzinfo else mailed.replace(tzinfo=UTC)
        except ValueError:
            return None
    return found
