"""MLS listings by RESO Web API Core 2.1 (OData): pulled since a cursor, or told by EntityEvent and fetched (SPEC 8.1)."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from core.kit.db import Json
from core.sourcing.connectors.line.wire import Refused, Wire
from core.sourcing.connectors.reso import metadata as reso_metadata
from core.sourcing.connectors.reso.line import ResoLine
from core.sourcing.connectors.reso.property import is_gone, parse_property
from core.sourcing.connectors.reso.settings import ResoSecrets, ResoSettings, quoted
from core.sourcing.connectors.reso.walk import Walk
from core.sourcing.connectors.values import fingerprint, id_text, object_of, packed, text
from core.sourcing.errors import SourceBroken, Unreadable
from core.sourcing.record import Batch, Notice, Parsed, RawRecord

MEDIA_TYPE = "application/json"
NO_SUCH = {404, 410}
EXPIRED = {400, 404, 410}
NEEDED = ("ListingKey", "ModificationTimestamp")  # without them there is no walk
NOTHING = 15_000  # pages: 15 million records at a thousand a page; a server that never ends is broken


class Reso:
    """One feed; oldest change first where the server sorts, in the server's own order where it does not."""

    kind = "reso"

    def __init__(self, settings: ResoSettings, secrets: ResoSecrets, wire: Wire) -> None:
        self._settings = settings
        self._wire = wire
        self._line = ResoLine(settings, secrets, wire)
        self._asked, self._known = False, frozenset[str]()

    def fetch(self, cursor: Json | None) -> Iterator[Batch]:
        """Pages since the cursor; raises ``SourceUnavailable``, ``SourceBroken``."""
        self._wire.pace.restore((cursor or {}).get("budget"))
        walk = Walk.resumed(cursor, start=self._settings.start).begun(self._wire.clock.now())
        url: str | None = walk.next or self._first(walk)
        before: Any = None
        for _ in range(NOTHING):
            page, walk = self._page(url or self._first(walk), walk)
            batch, walk = self._delivered(page, walk)
            if walk.next == url and page.get("value") == before:
                raise SourceBroken("source.endless", "The feed names the same next page again and again.")
            yield batch
            url, before = walk.next, page.get("value")
            if url is None:
                return
        raise SourceBroken("source.endless", "The feed names a next page without end.")

    def fetch_one(self, notice: Notice) -> RawRecord:
        """The listing that an EntityEvent named, or ``gone``."""
        url = f"{self._resource()}({quote(quoted(notice.record_id))})"
        try:
            found = self._json(url)
        except Refused as error:
            if error.status not in NO_SUCH:
                raise
            content = packed({"ListingKey": notice.record_id})
            return RawRecord(notice.record_id, notice.version, content, MEDIA_TYPE, self._wire.clock.now(), url, gone=True)
        return self._record(found, url)

    def parse(self, record: RawRecord) -> Parsed:
        """What a listing says; the contact is the agent's."""
        return parse_property(object_of(record.content))

    def _page(self, url: str, walk: Walk) -> tuple[dict[str, Any], Walk]:
        """The page, and the walk it belongs to: one begun anew when the server has forgotten the page."""
        try:
            return self._json(url), walk
        except Refused as error:
            if not walk.next or error.status not in EXPIRED:
                raise
        again = walk.cut(ordered=self._ordered).begun(self._wire.clock.now())
        return self._json(self._first(again)), again

    def _delivered(self, page: dict[str, Any], walk: Walk) -> tuple[Batch, Walk]:
        values = page.get("value")
        if not isinstance(values, list):
            raise SourceBroken("source.page", "The feed's answer has no list of records. Check the root address.")
        url = page.get("@odata.nextLink")
        url = self._own(url) if isinstance(url, str) and url else None
        records = [self._record(value, None) for value in values if isinstance(value, dict)]
        fresh = tuple(record for record in records if not walk.knows(record.record_id, record.version))
        walk = walk.turned([(record.record_id, record.version) for record in records], url)
        return Batch(fresh, walk.cursor() | {"budget": self._wire.pace.kept()}), walk

    def _record(self, value: dict[str, Any], url: str | None) -> RawRecord:
        content = packed(value)
        key = id_text(value.get("ListingKey"))
        stamp = text(value.get("ModificationTimestamp"))
        if key is None:  # kept under its own hash: it goes to quarantine, not to nowhere
            key = f"nameless-{fingerprint(content)[:32]}"
        gone = is_gone(value, self._settings)
        return RawRecord(key, stamp or fingerprint(content), content, MEDIA_TYPE, self._wire.clock.now(), url, gone=gone)

    def _json(self, url: str) -> dict[str, Any]:
        try:
            return object_of(self._line.get(url).content)
        except Unreadable as error:
            raise SourceBroken("source.json", "The feed's answer is not a JSON object. Check the root address.") from error

    @property
    def _ordered(self) -> bool:
        return self._settings.vendor in {"core", "trestle"}

    def _resource(self) -> str:
        return self._settings.root_url.rstrip("/") + "/Property"

    def _first(self, walk: Walk) -> str:
        """The question a walk begins with."""
        settings = self._settings
        select, expand = self._heard_of(settings.fields()), self._heard_of(settings.expand)
        options = {"$filter": " and ".join(settings.conditions(walk.since)), "$select": ",".join(select)}
        options |= {"$expand": ",".join(expand), "$top": str(settings.top())}
        if self._ordered:
            options["$orderby"] = "ModificationTimestamp,ListingKey"
        path = self._resource() + ("/replication" if settings.vendor == "replication" else "")
        return path + "?" + "&".join(f"{name}={quote(value, safe=',:')}" for name, value in options.items() if value)

    def _heard_of(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The names that the server has, by its own ``$metadata``: asked for another one, many refuse the whole question."""
        if not self._asked:
            self._asked, self._known = True, self._described()
        return tuple(name for name in names if not self._known or name in self._known or name in NEEDED)

    def _described(self) -> frozenset[str]:
        """What the server says it has; nothing when it does not tell, and then everything is asked for."""
        try:
            url = self._settings.root_url.rstrip("/") + "/$metadata"
            answer = self._line.get(url, accept=reso_metadata.MEDIA_TYPE, most=reso_metadata.LARGEST)
            return reso_metadata.names_of_listings(answer.content)
        except (Refused, SourceBroken, Unreadable):
            return frozenset()

    def _own(self, url: str) -> str:
        """The next page's address, verbatim; credentials go to the feed's own host only."""
        whole = urljoin(self._resource(), url)
        ours, theirs = urlsplit(self._settings.root_url), urlsplit(whole)
        if (ours.scheme, ours.netloc.lower()) != (theirs.scheme, theirs.netloc.lower()):
            raise SourceBroken("source.next_page", f"The feed's next page is at {theirs.netloc[:100]}, so it was not opened.")
        return whole
