"""Classifieds by RSS 2.0, RSS 1.0 (RDF) or Atom (SPEC 8.1)."""

import calendar
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import feedparser
import nh3
from pydantic import Field

from core.kit.db import Json
from core.sourcing.connectors.line.wire import Wire
from core.sourcing.connectors.setting import Secrets, Settings, WebAddress
from core.sourcing.connectors.values import cents, fingerprint, number, object_of, packed, text
from core.sourcing.errors import SourceBroken, Unreadable
from core.sourcing.record import Batch, Parsed, RawRecord

LARGEST = 10 * 1024 * 1024
BATCH = 100
PRICE = re.compile(r"\$\s?\d[\d,]*(?:\.\d\d)?")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_PHONE = re.compile(r"(?<!\d)(?:\+?1[\s.-]?)?\(?[2-9]\d{2}\)?[\s.-]?\d{3}[\s.-]?\d{4}(?!\d)")
_ZIP = re.compile(r"(?<![\d$,.])\d{5}(?:-\d{4})?(?![\d,])")
_KEPT = ("id", "guid", "link", "title", "summary", "author", "published", "updated", "tags", "links", "content")
ACCEPTED = frozenset({200, 304})


class FeedSettings(Settings):
    """``contact_url``: where the feed's owner finds out who we are."""

    feed_url: WebAddress
    contact_url: WebAddress
    most_entries: int = Field(5_000, ge=1, le=50_000)


class FeedSecrets(Secrets):
    """None: feeds are public."""


class Feed:
    """One feed. What has left a feed is not gone: feeds show the newest only."""

    kind = "feed"

    def __init__(self, settings: FeedSettings, secrets: FeedSecrets, wire: Wire) -> None:
        self._settings = settings
        self._wire = wire

    def fetch(self, cursor: Json | None) -> Iterator[Batch]:
        """Entries that are new or changed, oldest first; nothing when the server says that nothing changed.

        The feed counts as read only with the last batch, so a kill in between asks for all of it again.
        """
        kept: dict[str, Any] = cursor or {}
        known: dict[str, str] = dict(kept.get("entries") or {})
        given = {"If-None-Match": kept.get("etag"), "If-Modified-Since": kept.get("modified")}
        headers = {"User-Agent": f"HotleadsBot/1.0 (+{self._settings.contact_url})"}
        headers |= {name: value for name, value in given.items() if value}
        url = self._settings.feed_url
        answer = self._wire.ask("GET", url, headers=headers, accept=ACCEPTED, most=LARGEST, redirects=True)
        if answer.status == 304:
            yield Batch((), kept)
            return
        records = self._records(answer.content)
        fresh = [record for record in records if known.get(record.record_id) != record.version]
        for start in range(0, max(len(fresh), 1), BATCH):
            part = fresh[start : start + BATCH]
            known |= {record.record_id: record.version for record in part}
            if start + BATCH < len(fresh):
                yield Batch(tuple(part), {"entries": known.copy()})
                continue
            state = {"etag": answer.headers.get("ETag"), "modified": answer.headers.get("Last-Modified")}
            shown = {record.record_id: record.version for record in records}
            yield Batch(tuple(part), {name: value for name, value in state.items() if value} | {"entries": shown})

    def parse(self, record: RawRecord) -> Parsed:
        """Title, text, price and what contact the author wrote down; raises ``Unreadable`` for an entry without words."""
        entry = object_of(record.content)
        title, body = _plain(entry.get("title")), _plain(entry.get("summary"))
        words = "\n\n".join(part for part in (title, body) if part)
        if not words:
            raise Unreadable("record.empty", "The entry has neither a title nor a text.")
        email, phone, place = (_first(pattern, words) for pattern in (_EMAIL, _PHONE, _ZIP))
        price = PRICE.search(title or "") or PRICE.search(words)
        return Parsed(
            holder="owner",
            email=email,
            phone=phone,
            zip=place,
            lat=number(entry.get("lat")),
            lon=number(entry.get("lon")),
            text=words,
            price_cents=cents(price[0]) if price else None,
            at=datetime.fromisoformat(entry["at"]) if entry.get("at") else None,
            facts={"title": title} if title else {},
            attribution={"url": record.url} if record.url else {},
        )

    def _records(self, content: bytes) -> list[RawRecord]:
        """The feed's entries, the oldest first."""
        found = feedparser.parse(content)
        if not found.entries and not found.version:
            raise SourceBroken("source.feed", "The address does not hold an RSS or Atom feed.")
        records: dict[str, RawRecord] = {}
        for entry in reversed(found.entries[: self._settings.most_entries]):
            kept = _kept(entry)
            key = text(entry.get("id")) or text(entry.get("link")) or f"nameless-{fingerprint(packed(kept))[:32]}"
            body = packed(kept)
            url = text(entry.get("link"), most=2_000)
            records[key[:500]] = RawRecord(
                key[:500], fingerprint(body), body, "application/json", self._wire.clock.now(), url if _is_web(url) else None
            )
        return list(records.values())


def _kept(entry: Any) -> dict[str, Any]:
    """An entry as feedparser reads it, without what it adds to say the same again."""
    found = {name: entry[name] for name in _KEPT if name in entry}
    stamp = entry.get("published_parsed") or entry.get("updated_parsed")
    if stamp:
        found["at"] = datetime.fromtimestamp(calendar.timegm(stamp), UTC).isoformat()
    for name, value in (("lat", entry.get("geo_lat")), ("lon", entry.get("geo_long"))):
        found |= {name: value} if value else {}
    return found


def _plain(value: Any) -> str | None:
    """Words without markup."""
    given = text(value)
    if given is None:
        return None
    bare = nh3.clean(re.sub(r"<(?:br|/p|/div|/li)\b[^>]*>", "\n", given), tags=set())
    return text(bare.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", " "))


def _first(pattern: re.Pattern[str], words: str) -> str | None:
    found = pattern.search(words)
    return found[0] if found else None


def _is_web(url: str | None) -> bool:
    return url is not None and url.startswith(("https://", "http://"))
